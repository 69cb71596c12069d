"""Random weights and random rejections, the same for a seed however the work is cut up.

Draws come in chunks of fixed length. Every chunk has random streams of its own, seeded by the seed,
the purpose and the chunk's number, so a chunk can be computed at any time, in any order, by any
thread; and more draws with the same seed begin with the fewer ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import local
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.robustness.points import ScoredPoints
from dti_pipeline.robustness.ranks import EXACT_LIMIT
from dti_pipeline.robustness.tree import path_weights

# Draws per chunk. Part of the definition of the random numbers: changing it changes results.
CHUNK: Final = 128

# Coarsest grid of weights that still deserves the name: 2**10 steps of weight one.
MIN_WEIGHT_BITS: Final = 10

# A random word of 32 bits turns a cell's rejections around the chunk (the lowest bits) and decides
# whether there is one more (the rest).
TURN_BITS: Final = CHUNK.bit_length() - 1
FRACTION_BITS: Final = 32 - TURN_BITS

# Units worked on at a time; the number of components, if that is more. Fits a core's own cache.
SLICE_UNITS: Final = 96

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


@dataclass(frozen=True, eq=False)
class _Cells:
    """Cells that may be rejected and share a whole number of rejections per chunk, by unit."""

    whole: int  # draws of a chunk in which each of these cells is rejected for certain
    fraction: NDArray[np.uint32]  # chance of one more, in units of 2**-FRACTION_BITS
    unit: NDArray[np.int32]
    component: NDArray[np.int32]
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
    """

    def __init__(self, points: ScoredPoints, *, seed: int, block_bytes: int) -> None:
        self._seed = seed
        self._groups = _group_cells(points)
        # Row length of the tables of weights and of losses; odd, so that rows do not share one
        # place in the cache.
        self._stride = max(len(points.components), SLICE_UNITS) | 1
        self._slices = {
            cells.whole: list(self._cut(cells, points, block_bytes=block_bytes))
            for cells in self._groups
        }
        self._own = local()

    def _cut(
        self, cells: _Cells, points: ScoredPoints, *, block_bytes: int
    ) -> Iterator[tuple[slice, int, int]]:
        """Cut cells between units: the cells of each slice, its first unit and the one after."""
        largest = block_bytes // (8 * cells.rows * len(points.components))
        step = max(1, min(self._stride, largest))
        for first in range(0, points.n_units, step):
            last = min(first + step, points.n_units)
            start, stop = np.searchsorted(cells.unit, (first, last)).tolist()
            if start < stop:
                yield slice(start, stop), first, last

    def take_from(
        self, numerators: NDArray[np.float64], weights: NDArray[np.float64], *, chunk: int
    ) -> None:
        """Take the rejected cells' weighted points out of the sums, in place.

        Whole numbers throughout: sums stay exact.

        Args:
            numerators: (draws of the chunk, or its first ones × units) weighted points.
            weights: (CHUNK × counted components) of the same chunk.
            chunk: its number.
        """
        # Draws run twice, so that a turned draw is a plain offset; the halves are added at the end.
        table = np.zeros((2, CHUNK, self._stride))
        table[:, :, : weights.shape[1]] = weights
        flat_weights = table.reshape(-1)
        buffers = self._buffers()
        for cells in self._groups:
            random = stream(self._seed, REJECTIONS, cells.whole, chunk=chunk)
            order = random.permutation(CHUNK)[: cells.rows] * self._stride
            word = random.integers(0, 2**32, len(cells.unit), dtype=np.uint32)
            for part, first, last in self._slices[cells.whole]:
                shape = (cells.rows, part.stop - part.start)
                place, loss = (buffer[: shape[0] * shape[1]].reshape(shape) for buffer in buffers)
                turn = (word[part] & (CHUNK - 1)).astype(np.int64) * self._stride
                in_weights = turn + cells.component[part]
                for row, offset in zip(loss, order.tolist(), strict=True):
                    np.take(flat_weights[offset:], in_weights, out=row, mode="clip")
                loss *= cells.points[part]
                if cells.rows > cells.whole:
                    loss[-1] *= (word[part] >> TURN_BITS) < cells.fraction[part]
                np.add(turn + (cells.unit[part] - first), order[:, None], out=place)
                lost = np.bincount(place.reshape(-1), loss.reshape(-1), minlength=table.size)
                once, again = lost.reshape(table.shape)[:, : len(numerators), : last - first]
                numerators[:, first:last] -= once + again

    def _buffers(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return this thread's working arrays; fresh ones for every slice would cost more."""
        if not hasattr(self._own, "buffers"):
            size = max(
                (
                    cells.rows * (part.stop - part.start)
                    for cells in self._groups
                    for part, _, _ in self._slices[cells.whole]
                ),
                default=0,
            )
            self._own.buffers = (np.empty(size, dtype=np.int64), np.empty(size))
        place, loss = self._own.buffers
        return place, loss


def _group_cells(points: ScoredPoints) -> list[_Cells]:
    """Sort out the cells that have points to lose; a rejected penalty gives nothing back."""
    if points.rejection_probability is None:
        return []
    expected = points.rejection_probability[:, points.components] * CHUNK
    owned = points.points_micro[:, points.components]
    whole = np.where((expected > 0) & (owned > 0), expected, -1).astype(np.int16)
    groups = []
    for number in np.flatnonzero(np.bincount(whole.reshape(-1) + 1, minlength=1)[1:]).tolist():
        cell = np.flatnonzero(whole == number)
        fraction = (expected.take(cell) - number) * 2**FRACTION_BITS
        unit, component = np.divmod(cell.astype(np.int32), np.int32(owned.shape[1]))
        groups.append(
            _Cells(
                whole=number,
                fraction=np.rint(fraction).astype(np.uint32),
                unit=unit,
                component=component,
                points=owned.take(cell).astype(np.float64),
            )
        )
    return groups
