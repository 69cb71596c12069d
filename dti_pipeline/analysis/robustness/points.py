"""What the kernel is given: points, maxima, mains, pools; checked once, here."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.ranks import EXACT_LIMIT, Pools, round_half_up
from dti_pipeline.analysis.robustness.tree import LevelTree

# Matrix products up to this many multiplications run in the calling thread. Beyond it, OpenBLAS
# wakes threads of its own, which then spin for a while and take the cores from ours.
QUIET_PRODUCT: Final = 2**18


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredPoints:
    """The scores of one assessment as plain arrays.

    Attributes:
        points_micro: (units × components) whole micro-points; negative ones are penalties.
        max_micro: (components,) effective maxima, or (units × components) where they differ from
            unit to unit (not applicable, and taken out of the maximum).
        main_of_component: (components,) number of the main index, from 0.
        counted: (components,) False for components that never enter the overall value.
        rejection_probability: (units × components) chance that a figure does not stand up to
            checking and its points are lost; None: every figure stands.
        pool_ids: (units,) whom each unit is ranked against; None: one pool.
    """

    points_micro: NDArray[np.int64]
    max_micro: NDArray[np.int64]
    main_of_component: NDArray[np.intp]
    counted: NDArray[np.bool_]
    rejection_probability: NDArray[np.float64] | None = None
    pool_ids: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        if self.points_micro.ndim != 2 or 0 in self.points_micro.shape:
            msg = f"points_micro must be units × components, not {self.points_micro.shape}"
            raise ValueError(msg)
        n_units, n_components = self.points_micro.shape
        per_cell, per_component = (n_units, n_components), (n_components,)
        _expect("max_micro", self.max_micro, (per_component, per_cell))
        _expect("main_of_component", self.main_of_component, (per_component,))
        _expect("counted", self.counted, (per_component,))
        for name, whole in (("points_micro", self.points_micro), ("max_micro", self.max_micro)):
            if whole.dtype != np.int64:
                msg = f"{name} must be int64 micro-points, not {whole.dtype}"
                raise TypeError(msg)
        if self.pool_ids is not None:
            _expect("pool_ids", self.pool_ids, ((n_units,),))
        if self.rejection_probability is not None:
            _expect("rejection_probability", self.rejection_probability, (per_cell,))
            if not ((self.rejection_probability >= 0) & (self.rejection_probability <= 1)).all():
                msg = "rejection_probability must lie between 0 and 1 in every cell"
                raise ValueError(msg)
        if self.main_of_component.min() < 0 or self.max_micro.min() < 0:
            msg = "main_of_component and max_micro must not be negative"
            raise ValueError(msg)
        empty = np.flatnonzero((self.max_micro * self.counted).sum(axis=-1, keepdims=True) <= 0)
        if empty.size:
            msg = f"nothing is counted (maximum zero) for unit row {empty[0]}; leave the unit out"
            raise ValueError(msg)

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.points_micro)

    @cached_property
    def components(self) -> NDArray[np.intp]:
        """Places of the counted components; every array below has these columns only."""
        return np.flatnonzero(self.counted)

    @cached_property
    def mains(self) -> NDArray[np.intp]:
        """Numbers of the mains that have counted components."""
        return np.unique(self.main_of_component[self.components])

    @cached_property
    def tree(self) -> LevelTree:
        """Counted components under their mains."""
        parent = np.searchsorted(self.mains, self.main_of_component[self.components])
        return LevelTree(parents=(parent,), sizes=(len(self.components), len(self.mains)))

    @cached_property
    def pools(self) -> Pools:
        """Who is ranked against whom."""
        return Pools.of(self.pool_ids, n_units=self.n_units)

    @cached_property
    def _by_component(self) -> NDArray[np.float64]:
        """(counted components × units) points as doubles, ready for the matrix product."""
        return np.ascontiguousarray(self.points_micro[:, self.components].T, dtype=np.float64)

    @cached_property
    def _maxima(self) -> tuple[NDArray[np.float64], NDArray[np.intp] | None]:
        """Distinct rows of counted maxima (components × rows), and each unit's row if many."""
        counted = np.atleast_2d(self.max_micro)[:, self.components]
        rows, row_of_unit = np.unique(counted, axis=0, return_inverse=True)
        as_double = np.ascontiguousarray(rows.T, dtype=np.float64)
        return as_double, None if len(rows) == 1 else row_of_unit.reshape(-1)

    @cached_property
    def largest_total(self) -> int:
        """Largest sum of sizes any unit can reach, in micro-points, with all weights 1."""
        counted = self.points_micro[:, self.components]
        maxima = np.atleast_2d(self.max_micro)[:, self.components]
        return int(max(np.abs(counted).sum(axis=1).max(), maxima.sum(axis=1).max()))

    def numerators(
        self, weights: NDArray[np.float64], *, units: slice = slice(None)
    ) -> NDArray[np.float64]:
        """Weigh the points of some units: (sets × units), exact for whole, small enough weights."""
        return _product(weights, self._by_component[:, units])

    def denominators(
        self, weights: NDArray[np.float64], *, units: slice = slice(None)
    ) -> NDArray[np.float64]:
        """Weigh the maxima: (sets × 1), or (sets × units) where units differ."""
        maxima, row_of_unit = self._maxima
        return _product(weights, maxima if row_of_unit is None else maxima[:, row_of_unit[units]])

    def values(self, weights: NDArray[np.float64], *, decimals: int) -> NDArray[Any]:
        """Compute the published overall value of every unit under every set of weights.

        Args:
            weights: (sets × counted components) whole numbers.
            decimals: published decimals.

        Returns:
            (sets × units) whole numbers of last places.

        Raises:
            OverflowError: if a sum could leave the whole numbers a double holds exactly.
        """
        if float(weights.max()) * self.largest_total >= EXACT_LIMIT:
            msg = "weights are too large for exact sums of these points"
            raise OverflowError(msg)
        return round_half_up(
            self.numerators(weights), self.denominators(weights), decimals=decimals
        )


def _product(weights: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply matrices without waking other threads."""
    product = np.empty((len(weights), columns.shape[1]))
    step = max(1, QUIET_PRODUCT // weights.size)
    for first in range(0, columns.shape[1], step):
        part = slice(first, first + step)
        np.matmul(weights, columns[:, part], out=product[:, part])
    return product


def _expect(name: str, array: NDArray[Any], shapes: tuple[tuple[int, ...], ...]) -> None:
    """Raise if an array has none of the shapes it may have."""
    if array.shape not in shapes:
        allowed = " or ".join(str(shape) for shape in shapes)
        msg = f"{name} must have shape {allowed}, not {array.shape}"
        raise ValueError(msg)
