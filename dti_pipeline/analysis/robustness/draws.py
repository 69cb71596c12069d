"""Random weights and random rejections, the same for a seed whatever is computed when.

Draws come in chunks of fixed length. Every chunk has random streams of its own, seeded by the seed,
the purpose and the chunk's number, so a chunk can be computed at any time, by any thread; and more
draws with the same seed begin with the fewer ones. Streams are part of published tables: changing
them changes every release.

Rounding here makes whole random weights and chances, no figure that anybody sees.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.points import NotDrawnError, ScoredPoints

# Draws per chunk. Part of the definition of the random numbers: changing it changes results.
CHUNK: Final = 128

# Coarsest grid of weights that still deserves the name: 2**10 steps of weight one.
MIN_WEIGHT_BITS: Final = 10

# A random word of 32 bits holds a cell's turn (one of CHUNK) and a fraction in these many steps.
FRACTION_STEPS: Final = 2**32 // CHUNK

# Cells rejected together: few enough that their arrays stay in a core's own cache.
CELLS_AT_ONCE: Final = 2**13

# What a stream is for; part of its seed. Rejection streams add the whole rejections per chunk.
WEIGHTS: Final = 0
REJECTIONS: Final = 1


def stream(seed: int, *purpose: int, chunk: int) -> np.random.Generator:
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=(*purpose, chunk))
    return np.random.Generator(np.random.PCG64DXSM(sequence))


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightDraws:
    """Joint draws over the weights of components and mains.

    Each component's and each main's factor is uniform in [1 - noise, 1 + noise]; a component's
    weight is the product of the two, on a grid of whole numbers fine enough not to matter
    (at least 2**10 steps, 2**21 for an index of 1,000 points) and coarse enough for exact sums.
    Dividing the weighted points by the weighted maxima rescales the draw, so that the whole keeps
    its maximum.

    Attributes:
        noise: half-width of the factors, 0 to below 1.
    """

    points: ScoredPoints
    seed: int
    noise: float
    left_out: int

    def __post_init__(self) -> None:
        if not 0 <= self.noise < 1:
            msg = f"weight noise must be at least 0 and below 1, not {self.noise}"
            raise ValueError(msg)
        n_components = len(self.points.main_of_component)
        if not 0 <= self.left_out < n_components:
            msg = f"cannot leave {self.left_out} of {n_components} components out"
            raise ValueError(msg)
        if self.scale < 2**MIN_WEIGHT_BITS:
            msg = f"{self.points.largest_total / 1e6:.0f} points in all are too many for exact sums"
            raise NotDrawnError("too_many_points", msg)

    @property
    def scale(self) -> int:
        """The whole number that stands for weight one."""
        return self.points.weight_scale((1 + self.noise) ** 2)

    def chunk(self, number: int) -> NDArray[np.float64]:
        """Draw the weights of one chunk: (CHUNK × components) whole numbers."""
        random = stream(self.seed, WEIGHTS, chunk=number)
        main = self.points.main_of_component
        of_component, of_main = (
            random.uniform(1 - self.noise, 1 + self.noise, (CHUNK, size))
            for size in (len(main), main.max() + 1)
        )
        weights = np.rint(of_component * of_main[:, main] * self.scale)
        if self.left_out:
            lot = random.random(weights.shape)
            out = np.argpartition(lot, self.left_out - 1, axis=1)[:, : self.left_out]
            np.put_along_axis(weights, out, 0.0, axis=1)
        return weights


@dataclass(frozen=True, eq=False)
class _Cells:
    """Cells with the same number of certain rejections per chunk, unit by unit.

    Attributes:
        certain: draws of a chunk in which each of these cells is rejected for certain.
        chance: (cells,) chance of one more, in `FRACTION_STEPS`.
    """

    certain: int
    chance: NDArray[np.float64]
    unit: NDArray[np.intp]
    component: NDArray[np.intp]
    points: NDArray[np.float64]


class RejectionDraws:
    """Random loss of points of unchecked figures.

    A cell with probability p is rejected in ⌊p · CHUNK⌋ of a chunk's draws or in one more, so that
    p comes out on average. Which draws these are: the first ones in a random order of the chunk's
    draws, turned around the chunk by a random amount of the cell's own. The turn makes every draw
    equally likely whatever the order, and cells turn independently, so within one draw all cells
    are rejected independently, each with its own p (to 2**-32). Over the draws of a chunk a cell's
    rejections are spread evenly, which only lessens the noise; and no number is drawn for the many
    cells that stand.
    """

    def __init__(self, points: ScoredPoints, *, seed: int) -> None:
        self._seed = seed
        self._n_units = len(points.points_micro)
        expected = points.rejection_probability * CHUNK
        # A rejected penalty gives nothing back.
        at_stake = (expected > 0) & (points.points_micro > 0)
        certain = np.where(at_stake, expected, -1).astype(np.int64)
        self._groups = []
        for number in np.unique(certain[at_stake]).tolist():
            unit, component = np.nonzero(certain == number)
            self._groups.append(
                _Cells(
                    certain=number,
                    chance=np.rint((expected[unit, component] - number) * FRACTION_STEPS),
                    unit=unit,
                    component=component,
                    points=points.points_micro[unit, component].astype(np.float64),
                )
            )

    def lost_points(self, chunk: int, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Draw the rejections of one chunk, with its weights (CHUNK × components).

        Returns:
            (CHUNK × units) weighted points that are lost, whole numbers.
        """
        lost = np.zeros((self._n_units, CHUNK))
        for cells in self._groups:
            random = stream(self._seed, REJECTIONS, cells.certain, chunk=chunk)
            order = random.permutation(CHUNK)[: cells.certain + 1, None]
            word = random.integers(0, 2**32, len(cells.unit), dtype=np.uint32)
            turn, fraction = (word % CHUNK).astype(np.int64), word // CHUNK
            is_one_more = fraction < cells.chance
            for first in range(0, len(word), CELLS_AT_ONCE):
                part = slice(first, first + CELLS_AT_ONCE)
                draw = (order + turn[part]) % CHUNK
                weight = weights.take(draw * weights.shape[1] + cells.component[part])
                loss = weight * cells.points[part]
                if cells.certain < CHUNK:
                    loss[-1] *= is_one_more[part]
                unit = cells.unit[part]
                of_units = lost[unit[0] : unit[-1] + 1]
                place = (unit - unit[0]) * CHUNK + draw
                of_units += np.bincount(
                    place.ravel(), loss.ravel(), minlength=of_units.size
                ).reshape(of_units.shape)
        return lost.T
