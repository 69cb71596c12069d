"""Random weights and random rejections, the same for a seed however the work is cut up.

Draws come in chunks of fixed length. Every chunk has random streams of its own, seeded by the seed,
the purpose and the chunk's number, so a chunk can be computed at any time, in any order, by any
thread; and more draws with the same seed begin with the fewer ones.
"""

from dataclasses import dataclass
from threading import local
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.points import ScoredPoints
from dti_pipeline.analysis.robustness.ranks import EXACT_LIMIT
from dti_pipeline.analysis.robustness.tree import path_weights

# Draws per chunk. Part of the definition of the random numbers: changing it changes results.
CHUNK: Final = 128

# Coarsest grid of weights that still deserves the name: 2**10 steps of weight one.
MIN_WEIGHT_BITS: Final = 10

# A random word of 32 bits turns a cell's rejections around the chunk (the lowest bits) and decides
# whether there is one more (the rest).
TURN_BITS: Final = CHUNK.bit_length() - 1
FRACTION_BITS: Final = 32 - TURN_BITS

# What a stream is for; part of its seed. Rejection streams add the whole rejections per chunk.
WEIGHTS: Final = 0
REJECTIONS: Final = 1


def stream(seed: int, *purpose: int, chunk: int = 0) -> np.random.Generator:
    """Return the random stream of one purpose and chunk."""
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
        points: the assessment.
        seed: of all random numbers.
        noise: half-width of the factors, 0 to below 1.
        left_out: components left out of each draw, chosen at random.
    """

    points: ScoredPoints
    seed: int
    noise: float
    left_out: int

    def __post_init__(self) -> None:
        if not 0 <= self.noise < 1:
            msg = f"weight noise must be at least 0 and below 1, not {self.noise}"
            raise ValueError(msg)
        if not 0 <= self.left_out < self.points.tree.sizes[0]:
            msg = f"cannot leave {self.left_out} of {self.points.tree.sizes[0]} components out"
            raise ValueError(msg)
        if self._scale_bits < MIN_WEIGHT_BITS:
            msg = f"{self.points.largest_total / 1e6:.0f} points in all are too many for exact sums"
            raise OverflowError(msg)

    @property
    def _scale_bits(self) -> int:
        """Bits of the grid: as many as exact sums allow, one kept back for rounding."""
        largest_weight = (1 + self.noise) ** 2
        room = EXACT_LIMIT / self.points.largest_total / largest_weight
        return int(room).bit_length() - 2

    @property
    def scale(self) -> int:
        """Whole number that stands for weight one, a power of two."""
        return 1 << self._scale_bits

    def chunk(self, number: int) -> NDArray[np.float64]:
        """Draw the weights of one chunk: (CHUNK × counted components) whole numbers."""
        random = stream(self.seed, WEIGHTS, chunk=number)
        tree = self.points.tree
        factors = [
            random.uniform(1 - self.noise, 1 + self.noise, (CHUNK, size)) for size in tree.sizes
        ]
        weights: NDArray[np.float64] = np.rint(
            path_weights(tree, factors, normalised=False) * self.scale
        )
        if self.left_out:
            lot = random.random(weights.shape)
            out = np.argpartition(lot, self.left_out - 1, axis=1)[:, : self.left_out]
            np.put_along_axis(weights, out, 0.0, axis=1)
        return weights


def unit_slices(points: ScoredPoints, *, block_bytes: int) -> list[slice]:
    """Cut the units so that what one slice needs for a chunk of draws is about one block."""
    chance = points.rejection_probability
    at_stake = 0.0 if chance is None else chance.sum() * CHUNK + np.count_nonzero(chance)
    per_unit = max(2 * CHUNK, at_stake / points.n_units)
    step = max(1, int(block_bytes / 8 / per_unit))
    return [
        slice(first, min(first + step, points.n_units)) for first in range(0, points.n_units, step)
    ]


@dataclass(frozen=True, eq=False)
class _Cells:
    """Cells of a slice of units that have the same number of certain rejections per chunk."""

    whole: int  # draws of a chunk in which each of these cells is rejected for certain
    fraction: NDArray[np.uint32]  # chance of one more, in units of 2**-FRACTION_BITS
    unit: NDArray[np.int64]  # counted from the first of the slice
    component: NDArray[np.int64]
    points: NDArray[np.float64]

    @property
    def rows(self) -> int:
        """Draws of a chunk at stake for each cell: the whole rejections and the fraction."""
        return min(self.whole + 1, CHUNK)


class RejectionDraws:
    """Random loss of points of unchecked figures.

    A cell with probability p is rejected in ⌊p · CHUNK⌋ of a chunk's draws or in one more, so that
    p comes out on average. Which draws these are: the first ones in a random order of the chunk's
    draws, turned around the chunk by a random amount of the cell's own. The turn makes every draw
    equally likely whatever the order, and cells turn independently, so within one draw all cells
    are rejected independently, each with its own p (to 2**-32). Over the draws of a chunk a cell's
    rejections are spread evenly, which only lessens the noise; and no number is drawn for the many
    cells that stand.

    Args:
        points: the assessment.
        seed: of all random numbers.
        slices: the units to be worked on together, in order.
    """

    def __init__(self, points: ScoredPoints, *, seed: int, slices: list[slice]) -> None:
        self._seed = seed
        self._cells = [_group_cells(points, units) for units in slices]
        units = max(part.stop - part.start for part in slices)
        # Row length of the tables of weights and of losses; odd, so that rows do not share one
        # place in the cache.
        self._stride = max(len(points.components), units) | 1
        self._largest = max(
            (cells.rows * len(cells.unit) for group in self._cells for cells in group), default=0
        )
        self._own = local()

    def chunk(self, number: int, weights: NDArray[np.float64]) -> "ChunkRejections":
        """Start the rejections of one chunk.

        Args:
            number: of the chunk.
            weights: (CHUNK × counted components) of the same chunk.
        """
        if not hasattr(self._own, "buffers"):
            # One pair per thread: fresh arrays for every slice would cost more than the work.
            self._own.buffers = np.empty(self._largest, dtype=np.int64), np.empty(self._largest)
        wholes = {cells.whole for group in self._cells for cells in group}
        randoms = {
            whole: stream(self._seed, REJECTIONS, whole, chunk=number) for whole in sorted(wholes)
        }
        return ChunkRejections(
            self._cells, weights, randoms, stride=self._stride, buffers=self._own.buffers
        )


class ChunkRejections:
    """The rejections of one chunk, taken slice by slice in the order of the units."""

    def __init__(
        self,
        cells: list[list[_Cells]],
        weights: NDArray[np.float64],
        randoms: dict[int, np.random.Generator],
        *,
        stride: int,
        buffers: tuple[NDArray[np.int64], NDArray[np.float64]],
    ) -> None:
        self._slices = iter(cells)
        self._randoms = randoms
        self._orders = {
            whole: random.permutation(CHUNK) * stride for whole, random in randoms.items()
        }
        self._buffers = buffers
        # Draws run twice, so that a turned draw is a plain offset; the halves are added at the end.
        self._weights = np.zeros((2, CHUNK, stride))
        self._weights[:, :, : weights.shape[1]] = weights

    def take_from_next(self, numerators: NDArray[np.float64]) -> None:
        """Take the next slice's rejected cells' weighted points out of the sums, in place.

        Whole numbers throughout: sums stay exact.

        Args:
            numerators: (draws of the chunk, or its first ones × units of the slice).
        """
        _, _, stride = shape = self._weights.shape
        flat_weights = self._weights.reshape(-1)
        for cells in next(self._slices):
            order = self._orders[cells.whole][: cells.rows]
            n_cells = len(cells.unit)
            word = self._randoms[cells.whole].integers(0, 2**32, n_cells, dtype=np.uint32)
            place, loss = (
                buffer[: cells.rows * n_cells].reshape(cells.rows, n_cells)
                for buffer in self._buffers
            )
            turn = (word & (CHUNK - 1)).astype(np.int64) * stride
            in_weights = turn + cells.component
            for row, offset in zip(loss, order.tolist(), strict=True):
                np.take(flat_weights[offset:], in_weights, out=row, mode="clip")
            loss *= cells.points
            if cells.rows > cells.whole:
                loss[-1] *= (word >> TURN_BITS) < cells.fraction
            np.add(turn + cells.unit, order[:, None], out=place)
            lost = np.bincount(place.reshape(-1), loss.reshape(-1), minlength=flat_weights.size)
            once, again = lost.reshape(shape)[:, : len(numerators), : numerators.shape[1]]
            numerators -= once
            numerators -= again


def _group_cells(points: ScoredPoints, units: slice) -> list[_Cells]:
    """Sort out the cells that have points to lose; a rejected penalty gives nothing back."""
    if points.rejection_probability is None:
        return []
    expected = points.rejection_probability[units, points.components] * CHUNK
    owned = points.points_micro[units, points.components]
    whole = np.where((expected > 0) & (owned > 0), expected, -1).astype(np.int64)
    groups = []
    for number in np.flatnonzero(np.bincount(whole.reshape(-1) + 1, minlength=1)[1:]).tolist():
        unit, component = np.nonzero(whole == number)
        fraction = (expected[unit, component] - number) * 2**FRACTION_BITS
        groups.append(
            _Cells(
                whole=number,
                fraction=np.rint(fraction).astype(np.uint32),
                unit=unit,
                component=component,
                points=owned[unit, component].astype(np.float64),
            )
        )
    return groups
