"""How ranks answer to weights that a person lets range: one at a time, and all together.

The measure is the mean shift: by how many places a unit moves on average. Together, Sobol's indices
say what share of its variance each weight explains alone (first order) and with the others (total).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.ranks import competition_ranks
from dti_pipeline.analysis.robustness.table import RankedUnits
from dti_pipeline.exact import round_statistic

# Base sample of Sobol's indices: DRAWS × (codes + 2) sets of weights are ranked.
DRAWS: Final = 256
# Sets of weights ranked at once: bounds the memory of large assessments.
CHUNK: Final = 256


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Weights that range: main or component → factor on its weight at its low and high end."""

    ranked: RankedUnits
    ranges: Mapping[str, tuple[Fraction, Fraction]]

    @cached_property
    def _columns(self) -> list[NDArray[np.bool_]]:
        """Which components each code weighs."""
        frame = self.ranked.components
        return [
            ((frame["component_code"] == code) | (frame["main_code"] == code)).to_numpy()
            for code in self.ranges
        ]

    def _ranks(self, factors: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return (sets × units) ranks; factors are (sets × codes)."""
        weights = np.ones((len(factors), self.ranked.components.height))
        for number, columns in enumerate(self._columns):
            weights[:, columns] *= factors[:, number, None]
        points = self.ranked.points
        scale = points.weight_scale(max(1.0, *(float(high) for _, high in self.ranges.values())))
        return competition_ranks(points.values(np.floor(weights * scale)), points.pools)

    def shifts(self, factors: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return (sets × units) places moved, up is positive."""
        return self._ranks(np.ones((1, len(self.ranges)))) - self._ranks(factors)

    def one_at_a_time(self) -> list[dict[str, Any]]:
        rows = []
        for number, (code, ends) in enumerate(self.ranges.items()):
            factors = np.ones((2, len(self.ranges)))
            factors[:, number] = [float(end) for end in ends]
            for end, factor, moves in zip(("low", "high"), ends, self.shifts(factors), strict=True):
                furthest = int(np.abs(moves).argmax())
                unit = self.ranked.units["unit_name"][furthest]
                rows.append(
                    {
                        "code": code,
                        "end": end,
                        "factor": round_statistic(float(factor)),
                        "mean_shift": round_statistic(float(np.abs(moves).mean())),
                        "n_moved": int(np.count_nonzero(moves)),
                        "furthest_unit": unit if moves[furthest] else None,
                        "furthest_move": int(moves[furthest]),
                    }
                )
        return rows

    def together(self, *, seed: int) -> list[dict[str, Any]]:
        """Return Sobol's indices of every code; null where the draws do not move ranks apart."""
        from scipy import stats  # half a second, which nothing else here needs

        sizes: set[float] = set()

        def mean_shift(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
            chunks = np.array_split(drawn.T, -(-drawn.shape[1] // CHUNK))
            shifts = np.concatenate([np.abs(self.shifts(chunk)).mean(axis=1) for chunk in chunks])
            sizes.update(shifts.tolist())
            # Twice: of one number and one weight scipy cannot say that nothing varies.
            return np.vstack((shifts, shifts))

        ends = [(float(low), float(high)) for low, high in self.ranges.values()]
        dists = [stats.uniform(low, high - low) for low, high in ends]
        indices = stats.sobol_indices(func=mean_shift, n=DRAWS, dists=dists, rng=seed)
        orders = (each.reshape(2, -1)[0] for each in (indices.first_order, indices.total_order))
        return [
            {"code": code}
            | {
                name: round_statistic(float(share)) if len(sizes) > 1 else None
                for name, share in (("first_order", first), ("total_order", total))
            }
            for code, first, total in zip(self.ranges, *orders, strict=True)
        ]
