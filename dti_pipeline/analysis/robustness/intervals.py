"""What the draws say about ranks: distributions, pairs, groups that cannot be told apart.

Ranks of draws are not kept where counting them is smaller: memory is bounded by the pools, not by
the number of draws.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.ranks import Pools

# Neighbours are told apart when one is above the other in at least this share of draws, in percent.
APART_PERCENT: Final = 95

# Up to this many units the shares of all pairs are kept, not only those of neighbours.
ALL_PAIRS_UNITS: Final = 200

# Pairs are compared in blocks of this size, small enough to be allocated again and again for free.
PAIR_BLOCK_BYTES: Final = 2**16


class RankDistribution(Protocol):
    """Every unit's ranks over all draws."""

    def nth(self, place: int) -> NDArray[np.int64]:
        """Return each unit's rank at ``place`` (from 1) of its draws, best rank first."""

    def at_most(self, rank: int | NDArray[np.int64]) -> NDArray[np.int64]:
        """Count each unit's draws with this rank (one for all, or one per unit) or a better one."""

    def mean(self) -> NDArray[np.float64]:
        """Average each unit's ranks."""


class RankTally(RankDistribution, Protocol):
    """A distribution being filled; chunks may come in any order, from one thread at a time."""

    def add(self, start: int, ranks: NDArray[Any]) -> None:
        """Take in the ranks (units × draws) of the draws from ``start`` on."""

    def close(self) -> None:
        """Finish; no draws may be added after this."""


def rank_tally(pools: Pools, *, draws: int) -> RankTally:
    """Return the smaller of the two ways to hold ``draws`` ranks of every unit.

    Args:
        pools: who is ranked against whom.
        draws: number of draws to come.

    Returns:
        Counts per unit and rank (4 bytes × the sum of squared pool sizes), or sorted ranks
        (2 bytes × draws × units).
    """
    n_units = len(pools.code)
    counted = int((pools.size**2).sum()) * 4
    kept = draws * n_units * (2 if n_units < 2**16 else 4)
    return CountedRanks(pools, draws=draws) if counted <= kept else KeptRanks(pools, draws=draws)


class CountedRanks:
    """Draws counted per unit and rank; the ranks of a unit lie next to each other."""

    def __init__(self, pools: Pools, *, draws: int) -> None:
        self._draws = draws
        self._size = pools.size[pools.code]
        self._first = np.cumsum(self._size) - self._size
        self._counts = np.zeros(int(self._size.sum()), dtype=np.uint32)
        self._running = np.zeros(0, dtype=np.int64)

    def add(self, start: int, ranks: NDArray[Any]) -> None:
        """Take in the ranks (units × draws) of the draws from ``start`` on."""
        place = ranks + (self._first - 1)[:, None]
        np.add.at(self._counts, place.reshape(-1), np.uint32(1))

    def close(self) -> None:
        """Sum up, so that quantiles become look-ups: unit u starts at u · draws."""
        self._running = np.cumsum(self._counts, dtype=np.int64)

    def nth(self, place: int) -> NDArray[np.int64]:
        """Return each unit's rank at ``place`` (from 1) of its draws, best rank first."""
        wanted = np.arange(len(self._first)) * self._draws + place
        return np.searchsorted(self._running, wanted) - self._first + 1

    def at_most(self, rank: int | NDArray[np.int64]) -> NDArray[np.int64]:
        """Count each unit's draws with this rank (one for all, or one per unit) or a better one."""
        last = self._first + np.clip(rank, 1, self._size) - 1
        counted = self._running[last] - np.arange(len(self._first)) * self._draws
        return np.where(np.asarray(rank) < 1, 0, counted)

    def mean(self) -> NDArray[np.float64]:
        """Average each unit's ranks: whole-number sums, divided once."""
        rank = np.arange(len(self._counts)) - np.repeat(self._first, self._size) + 1
        total = np.add.reduceat(self._counts * rank, self._first)
        return total / self._draws


class KeptRanks:
    """Every rank kept, sorted at the end: the smaller way for many units and few draws."""

    def __init__(self, pools: Pools, *, draws: int) -> None:
        n_units = len(pools.code)
        self._ranks = np.empty((n_units, draws), np.uint16 if n_units < 2**16 else np.uint32)

    def add(self, start: int, ranks: NDArray[Any]) -> None:
        """Take in the ranks (units × draws) of the draws from ``start`` on."""
        self._ranks[:, start : start + ranks.shape[1]] = ranks

    def close(self) -> None:
        """Sort each unit's ranks."""
        self._ranks.sort(axis=1)

    def nth(self, place: int) -> NDArray[np.int64]:
        """Return each unit's rank at ``place`` (from 1) of its draws, best rank first."""
        ranks: NDArray[np.int64] = self._ranks[:, place - 1].astype(np.int64)
        return ranks

    def at_most(self, rank: int | NDArray[np.int64]) -> NDArray[np.int64]:
        """Count each unit's draws with this rank (one for all, or one per unit) or a better one."""
        limit = np.clip(rank, 0, len(self._ranks)).astype(self._ranks.dtype).reshape(-1, 1)
        counted: NDArray[np.int64] = np.count_nonzero(self._ranks <= limit, axis=1)
        return counted

    def mean(self) -> NDArray[np.float64]:
        """Average each unit's ranks: whole-number sums, divided once."""
        total: NDArray[np.float64] = self._ranks.sum(axis=1, dtype=np.int64) / self._ranks.shape[1]
        return total


class PairCounts:
    """How often the first unit of each pair was above the second, and how often they were equal."""

    def __init__(self, first: NDArray[np.intp], second: NDArray[np.intp], *, draws: int) -> None:
        self.first = first
        self.second = second
        self.above = np.zeros(len(first), dtype=np.int64)
        self.equal = np.zeros(len(first), dtype=np.int64)
        self.draws = draws

    def add(self, ranks: NDArray[Any]) -> None:
        """Take in the ranks (units × draws, at most 255 draws) of some draws."""
        step = max(1, PAIR_BLOCK_BYTES // (ranks.shape[1] * ranks.itemsize))
        for start in range(0, len(self.first), step):
            part = slice(start, start + step)
            first = ranks.take(self.first[part], axis=0)
            second = ranks.take(self.second[part], axis=0)
            # Summing in bytes is several times faster than counting, and holds 255 draws.
            self.above[part] += np.add.reduce(first < second, axis=1, dtype=np.uint8)
            self.equal[part] += np.add.reduce(first == second, axis=1, dtype=np.uint8)

    def shares(self, unit: int, other: int) -> tuple[float, float]:
        """Return the shares of draws with ``unit`` above ``other``, and with both equal.

        Raises:
            KeyError: if the pair was not asked for before the draws.
        """
        for first, second, turned in ((unit, other, False), (other, unit, True)):
            place = np.flatnonzero((self.first == first) & (self.second == second))
            if place.size:
                above, equal = int(self.above[place[0]]), int(self.equal[place[0]])
                wins = self.draws - above - equal if turned else above
                return wins / self.draws, equal / self.draws
        msg = f"units {unit} and {other} were not compared; name the pair in the settings"
        raise KeyError(msg)


def pairs_to_compare(
    pools: Pools, order: NDArray[np.intp], asked: NDArray[np.intp] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Choose the pairs: neighbours first, then all (up to 200 units) or those asked for.

    Args:
        pools: who is ranked against whom.
        order: the units pool by pool, best first.
        asked: (pairs × 2) units, or None.

    Returns:
        First and second units; the first ``len(order) - 1`` pairs are the neighbours in ``order``.

    Raises:
        ValueError: if a pair asked for is not within one pool.
    """
    n_units = len(order)
    more = np.zeros((0, 2), dtype=np.intp) if asked is None else asked.reshape(-1, 2)
    if (pools.code[more[:, 0]] != pools.code[more[:, 1]]).any():
        msg = "units of different pools are not ranked against each other; take the pair out"
        raise ValueError(msg)
    if n_units <= ALL_PAIRS_UNITS:
        first, second = np.triu_indices(n_units, k=1)
        same = pools.code[first] == pools.code[second]
        more = np.stack((first[same], second[same]), axis=1)
    return np.concatenate((order[:-1], more[:, 0])), np.concatenate((order[1:], more[:, 1]))


def link_neighbours(
    pools: Pools, order: NDArray[np.intp], pairs: PairCounts
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Group the units that cannot be told apart.

    Going down the ranking of a pool, a unit joins the group of the one before it unless one of the
    two is above the other in at least 95 % of the draws. Links chain: the first and the last of a
    group may well be told apart from each other, no two neighbours are.

    Args:
        pools: who is ranked against whom.
        order: the units pool by pool, best first.
        pairs: counted, neighbours first.

    Returns:
        Group of each unit, from 1 in each pool; share of draws with the unit above the next one
        down (NaN for the last of a pool).
    """
    n_links = len(order) - 1
    above, equal = pairs.above[:n_links], pairs.equal[:n_links]
    strongest = np.maximum(above, pairs.draws - above - equal)
    pool = pools.code[order]
    new_pool = np.concatenate(([True], pool[1:] != pool[:-1]))
    apart = np.concatenate(([True], strongest * 100 >= APART_PERCENT * pairs.draws)) | new_pool
    number: NDArray[np.int64] = np.cumsum(apart)
    number = number - (number[new_pool] - 1)[np.cumsum(new_pool) - 1]
    group = np.empty(len(order), dtype=np.int64)
    group[order] = number
    above_next = np.full(len(order), np.nan)
    linked = ~new_pool[1:]
    above_next[order[:-1][linked]] = above[linked] / pairs.draws
    return group, above_next


@dataclass(frozen=True, kw_only=True, eq=False)
class RankIntervals:
    """How firm each unit's rank is. All arrays have one entry per unit.

    A quantile is the nearest rank from below: ``rank_p05`` is the smallest rank that at least 5 %
    of the draws reach or beat, so it is always a rank that occurred.

    Attributes:
        draws: number of draws.
        value: published overall value, whole number of last places, nothing drawn.
        rank: its rank in the pool.
        rank_min: best rank of all draws.
        rank_p05: rank quantile.
        rank_p50: rank quantile.
        rank_p95: rank quantile.
        rank_max: worst rank of all draws.
        rank_mean: mean rank.
        group: number of the group of units that cannot be told apart, from 1 in each pool.
        above_next: share of draws in which the unit is above the next one down; NaN for the last.
        distribution: all ranks of all draws.
        pairs: pairs compared; all of them up to 200 units.
    """

    draws: int
    value: NDArray[Any]
    rank: NDArray[np.int64]
    rank_min: NDArray[np.int64]
    rank_p05: NDArray[np.int64]
    rank_p50: NDArray[np.int64]
    rank_p95: NDArray[np.int64]
    rank_max: NDArray[np.int64]
    rank_mean: NDArray[np.float64]
    group: NDArray[np.int64]
    above_next: NDArray[np.float64]
    distribution: RankDistribution
    pairs: PairCounts

    def p_top(self, k: int) -> NDArray[np.float64]:
        """Return each unit's share of draws with rank ``k`` or better."""
        return self.distribution.at_most(k) / self.draws

    def p_rank(self, rank: int | NDArray[np.int64]) -> NDArray[np.float64]:
        """Return each unit's share of draws with exactly this rank (one for all, or one each)."""
        exactly = self.distribution.at_most(rank) - self.distribution.at_most(rank - 1)
        return exactly / self.draws

    def quantile(self, percent: int) -> NDArray[np.int64]:
        """Return each unit's rank quantile."""
        return quantile(self.distribution, percent, draws=self.draws)

    def p_above(self, unit: int, other: int) -> float:
        """Return the share of draws in which ``unit`` is above ``other``."""
        return self.pairs.shares(unit, other)[0]

    def p_equal(self, unit: int, other: int) -> float:
        """Return the share of draws in which the two share a rank."""
        return self.pairs.shares(unit, other)[1]


def quantile(distribution: RankDistribution, percent: int, *, draws: int) -> NDArray[np.int64]:
    """Return the smallest rank that at least ``percent`` % of the draws reach or beat."""
    return distribution.nth(max(1, -(-percent * draws // 100)))
