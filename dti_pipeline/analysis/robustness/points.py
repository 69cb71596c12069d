"""The scores of one assessment as the arrays that a simulation works on.

Sums are float matrix products and yet exact: points and weights are whole numbers, and every
possible sum stays below 2**53, so each product and partial sum is a whole number that a double
holds, in whatever order it is added. Units with the same points get the same sum to the last bit.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.ranks import Pools
from dti_pipeline.exact import EXACT_LIMIT, array_value_units

# Matrix products up to this many multiplications run in the calling thread. Beyond it, OpenBLAS
# wakes threads of its own, which then spin for a while: twice the processor time, measured.
QUIET_PRODUCT: Final = 2**18


class NotDrawnError(ValueError):
    """Points that no ranks can be drawn from.

    Attributes:
        reason: what ``fact_robustness`` says of it, one of its reasons for a null.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredPoints:
    """The counted components of the units that are ranked.

    Attributes:
        points_micro: (units × components) whole micro-points; negative ones are penalties.
        max_micro: (units × components) effective maxima.
        main_of_component: (components,) number of the main index, from 0 without a gap.
        rejection_probability: (units × components) chance that a figure does not stand up to
            checking and its points are lost.
        pool_ids: (units,) whom each unit is ranked against.
        decimals: published decimals of the overall value; ranks compare these.
    """

    points_micro: NDArray[np.int64]
    max_micro: NDArray[np.int64]
    main_of_component: NDArray[np.intp]
    rejection_probability: NDArray[np.float64]
    pool_ids: NDArray[Any]
    decimals: int

    def __post_init__(self) -> None:
        cells = self.points_micro.shape
        if len(cells) != 2 or 0 in cells:
            msg = f"points_micro must be units × components, not {cells}"
            raise ValueError(msg)
        for name, shape in (
            ("max_micro", cells),
            ("rejection_probability", cells),
            ("main_of_component", cells[1:]),
            ("pool_ids", cells[:1]),
        ):
            if getattr(self, name).shape != shape:
                msg = f"{name} must have shape {shape}, not {getattr(self, name).shape}"
                raise ValueError(msg)
        for name in ("points_micro", "max_micro"):
            if getattr(self, name).dtype != np.int64:
                msg = f"{name} must be int64 micro-points, not {getattr(self, name).dtype}"
                raise TypeError(msg)
        chance = self.rejection_probability
        if not ((chance >= 0) & (chance <= 1)).all():
            msg = "rejection_probability must lie between 0 and 1 in every cell"
            raise ValueError(msg)
        if self.main_of_component.min() < 0 or self.max_micro.min() < 0:
            msg = "main_of_component and max_micro must not be negative"
            raise ValueError(msg)
        empty = np.flatnonzero(self.max_micro.sum(axis=1) == 0)
        if empty.size:
            msg = f"nothing is counted (maximum zero) for unit row {empty[0]}; leave the unit out"
            raise ValueError(msg)

    @cached_property
    def pools(self) -> Pools:
        return Pools.of(self.pool_ids)

    @cached_property
    def largest_total(self) -> int:
        """Largest sum of sizes any unit can reach, in micro-points, with all weights 1."""
        points = np.abs(self.points_micro).sum(axis=1).max()
        return int(max(points, self.max_micro.sum(axis=1).max()))

    def weight_scale(self, largest: float) -> int:
        """Return the whole number that stands for weight one, where no weight is above ``largest``.

        The largest power of two that keeps sums exact, and one bit less for rounding.
        """
        room = int(EXACT_LIMIT / self.largest_total / largest)
        return 1 << max(room.bit_length() - 2, 0)

    @cached_property
    def _points(self) -> NDArray[np.float64]:
        return self.points_micro.T.astype(np.float64)

    @cached_property
    def _maxima(self) -> NDArray[np.float64]:
        """(components × units), or one column where all units have the same maxima."""
        is_common = (self.max_micro == self.max_micro[0]).all()
        return (self.max_micro[:1] if is_common else self.max_micro).T.astype(np.float64)

    def values(
        self, weights: NDArray[np.float64], *, lost: NDArray[np.float64] | float = 0.0
    ) -> NDArray[np.int64]:
        """Compute the published overall value of every unit under every set of weights.

        Args:
            weights: (sets × components) whole numbers.
            lost: (sets × units) weighted points that are taken out of the sums.

        Returns:
            (sets × units) whole numbers of last places.

        Raises:
            NotDrawnError: if a sum could leave the whole numbers a double holds exactly.
            ValueError: if a set leaves a unit without any maximum.
        """
        if float(weights.max()) * self.largest_total >= EXACT_LIMIT:
            msg = "weights are too large for exact sums of these points"
            raise NotDrawnError("too_many_points", msg)
        points = _product(weights, self._points) - lost
        return array_value_units(points, _product(weights, self._maxima), decimals=self.decimals)

    def nominal_values(self) -> NDArray[np.int64]:
        """Compute the values with all weights 1 and nothing lost: those that are published."""
        values: NDArray[np.int64] = self.values(np.ones((1, len(self.main_of_component))))[0]
        return values


def _product(weights: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply matrices without waking other threads."""
    step = max(1, QUIET_PRODUCT // weights.size)
    starts = range(0, columns.shape[1], step)
    return np.hstack([weights @ columns[:, start : start + step] for start in starts])
