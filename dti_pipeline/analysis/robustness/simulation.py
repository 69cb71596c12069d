"""The Monte Carlo simulation: how far ranks move when weights and unchecked figures are uncertain.

Plain arrays in, plain arrays out; it knows nothing of tables, units' names or files.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.draws import CHUNK, RejectionDraws, WeightDraws
from dti_pipeline.analysis.robustness.points import ScoredPoints
from dti_pipeline.analysis.robustness.ranks import Pools, competition_ranks
from dti_pipeline.analysis.settings import RobustnessSettings

# Neighbours are told apart when one is above the other in at least this share of draws, in percent.
APART_PERCENT: Final = 95

# Numpy leaves the interpreter free while it works, so threads use several cores, but only on long
# arrays; with fewer units they wait for each other more than they work.
WORKERS: Final = 2
THREADED_UNITS: Final = 1000


@dataclass(frozen=True, eq=False)
class SimulatedRanks:
    """Every unit's ranks in all draws, ``drawn`` (units × draws).

    ``value`` and ``rank`` (units,) are without a draw: the published overall value, a whole number
    of last places, and its rank in the pool.
    """

    pools: Pools
    value: NDArray[np.int64]
    rank: NDArray[np.int64]
    drawn: NDArray[Any]

    @property
    def draws(self) -> int:
        return int(self.drawn.shape[1])

    @cached_property
    def _in_order(self) -> NDArray[Any]:
        return np.sort(self.drawn, axis=1)

    def quantile(self, percent: int) -> NDArray[np.int64]:
        """Return each unit's smallest rank that at least ``percent`` % of the draws reach or beat.

        It is always a rank that occurred; 0 and 100 give the best and the worst one.
        """
        place = max(1, -(-percent * self.draws // 100))
        return self._in_order[:, place - 1].astype(np.int64)

    def p_top(self, rank: int) -> NDArray[np.float64]:
        share: NDArray[np.float64] = (self.drawn <= rank).mean(axis=1)
        return share

    def p_rank(self, rank: int | NDArray[np.int64]) -> NDArray[np.float64]:
        """Return each unit's share of draws with exactly this rank (one for all, or one each)."""
        share: NDArray[np.float64] = (self.drawn == np.reshape(rank, (-1, 1))).mean(axis=1)
        return share

    def p_above_and_equal(self, unit: int, other: int) -> tuple[float, float]:
        """Return the shares of draws with ``unit`` above ``other``, and with both equal.

        Raises:
            ValueError: if the two are in different pools.
        """
        if self.pools.code[unit] != self.pools.code[other]:
            msg = "units of different pools are not ranked against each other"
            raise ValueError(msg)
        own, others = self.drawn[unit], self.drawn[other]
        return float((own < others).mean()), float((own == others).mean())

    @cached_property
    def cluster(self) -> NDArray[np.int64]:
        """Number of each unit's group that cannot be told apart, from 1 in each pool.

        Going down the ranking of a pool, a unit joins the group of the one before it unless one of
        the two is above the other in at least 95 % of the draws. Links chain: the first and the
        last of a group may well be told apart from each other, no two neighbours are.
        """
        order = self.pools.in_order(self.value)
        upper, lower = self.drawn[order[:-1]], self.drawn[order[1:]]
        above = np.count_nonzero(upper < lower, axis=1)
        below = np.count_nonzero(upper > lower, axis=1)
        is_apart = np.maximum(above, below) * 100 >= APART_PERCENT * self.draws
        pool = self.pools.code[order]
        number = np.cumsum(np.append(True, is_apart | (pool[1:] != pool[:-1])))
        first = np.searchsorted(pool, pool)
        cluster = np.empty_like(number)
        cluster[order] = number - number[first] + 1
        return cluster


def simulate_ranks(
    points: ScoredPoints,
    settings: RobustnessSettings,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> SimulatedRanks:
    """Draw weights and rejections jointly and rank all units in every draw.

    Args:
        progress: called with draws done and draws in all, after every chunk.

    Raises:
        ValueError: if a setting is out of range, or a draw leaves a unit without any maximum.
        NotDrawnError: if the index is too large for exact sums.
    """
    weights = WeightDraws(
        points=points,
        seed=settings.seed,
        noise=float(settings.weight_noise),
        left_out=settings.left_out,
    )
    rejections = RejectionDraws(points, seed=settings.seed)
    n_units, draws = len(points.points_micro), settings.draws
    drawn = np.empty((n_units, draws), dtype=np.min_scalar_type(n_units))

    def simulate(chunk: int) -> int:
        start = chunk * CHUNK
        end = min(start + CHUNK, draws)
        of_chunk = weights.chunk(chunk)
        lost = rejections.lost_points(chunk, of_chunk)
        values = points.values(of_chunk[: end - start], lost=lost[: end - start])
        drawn[:, start:end] = competition_ranks(values, points.pools).T
        return end

    with ThreadPoolExecutor(WORKERS if n_units >= THREADED_UNITS else 1) as threads:
        for done in threads.map(simulate, range(-(-draws // CHUNK))):
            if progress is not None:
                progress(done, draws)
    value = points.nominal_values()
    return SimulatedRanks(
        pools=points.pools,
        value=value,
        rank=competition_ranks(value[None, :], points.pools)[0],
        drawn=drawn,
    )
