import numpy as np
import pytest

from dti_pipeline.analysis.robustness.intervals import (
    CountedRanks,
    KeptRanks,
    PairCounts,
    link_neighbours,
    pairs_to_compare,
    quantile,
    rank_tally,
)
from dti_pipeline.analysis.robustness.ranks import Pools, competition_ranks

POOLS = Pools.of(np.array([0, 0, 1, 0, 1, 1, 0, 2]), n_units=8)
DRAWS = 230
RANKS = competition_ranks(np.random.default_rng(5).integers(0, 6, (DRAWS, 8)), POOLS).T


@pytest.fixture(params=[CountedRanks, KeptRanks])
def tally(request: pytest.FixtureRequest) -> CountedRanks | KeptRanks:
    """Both ways to hold ranks, filled in two pieces, the later one first."""
    filled = request.param(POOLS, draws=DRAWS)
    filled.add(128, RANKS[:, 128:])
    filled.add(0, RANKS[:, :128])
    filled.close()
    return filled


@pytest.mark.parametrize("percent", [1, 5, 50, 95, 100])
def test_a_quantile_is_the_nearest_rank_from_below(
    tally: CountedRanks | KeptRanks, percent: int
) -> None:
    expected = np.quantile(RANKS, percent / 100, axis=1, method="inverted_cdf")
    assert (quantile(tally, percent, draws=DRAWS) == expected).all()


def test_five_percent_of_twenty_draws_is_the_best_one() -> None:
    tally = KeptRanks(Pools.of(None, n_units=1), draws=20)
    tally.add(0, np.arange(1, 21)[None, :].astype(np.uint16))
    tally.close()
    assert [int(quantile(tally, percent, draws=20)[0]) for percent in (5, 6, 95, 96)] == [
        1,
        2,
        19,
        20,
    ]


def test_best_worst_and_mean_are_those_of_all_draws(tally: CountedRanks | KeptRanks) -> None:
    assert (tally.nth(1) == RANKS.min(axis=1)).all()
    assert (tally.nth(DRAWS) == RANKS.max(axis=1)).all()
    assert tally.mean() == pytest.approx(RANKS.mean(axis=1))


@pytest.mark.parametrize("rank", [0, 1, 2, 3, 100])
def test_draws_at_most_a_rank_are_counted(tally: CountedRanks | KeptRanks, rank: int) -> None:
    assert (tally.at_most(rank) == (rank >= RANKS).sum(axis=1)).all()


def test_each_unit_may_be_asked_for_a_rank_of_its_own(tally: CountedRanks | KeptRanks) -> None:
    asked = np.array([0, 1, 2, 3, 4, 1, 2, 9])
    assert (tally.at_most(asked) == (asked[:, None] >= RANKS).sum(axis=1)).all()


def test_the_smaller_way_to_hold_ranks_is_taken() -> None:
    """Counting is bounded by the pools; keeping by the draws."""
    assert isinstance(rank_tally(Pools.of(None, n_units=63), draws=10_000), CountedRanks)
    assert isinstance(rank_tally(Pools.of(None, n_units=10_600), draws=1000), KeptRanks)
    districts = Pools.of(np.arange(10_600) // 15, n_units=10_600)
    assert isinstance(rank_tally(districts, draws=1000), CountedRanks)
    assert isinstance(rank_tally(Pools.of(None, n_units=10_600), draws=50_000), CountedRanks)


def test_pairs_are_counted_and_the_turned_pair_follows() -> None:
    pairs = PairCounts(np.array([0, 2]), np.array([1, 5]), draws=DRAWS)
    pairs.add(RANKS[:, :200])
    pairs.add(RANKS[:, 200:])
    above = (RANKS[0] < RANKS[1]).mean()
    equal = (RANKS[0] == RANKS[1]).mean()
    assert 0 < equal < above
    assert pairs.shares(0, 1) == (above, equal)
    assert pairs.shares(1, 0) == pytest.approx((1 - above - equal, equal))
    with pytest.raises(KeyError, match="were not compared"):
        pairs.shares(0, 3)


def test_up_to_200_units_all_pairs_of_a_pool_are_compared() -> None:
    order = POOLS.in_order(np.arange(8))
    first, second = pairs_to_compare(POOLS, order, None)
    compared = set(zip(first[7:].tolist(), second[7:].tolist(), strict=True))
    assert len(compared) == 6 + 3
    assert (0, 2) not in compared
    assert {(0, 1), (2, 4)} <= compared


def test_above_200_units_neighbours_and_pairs_asked_for_are_compared() -> None:
    pools = Pools.of(None, n_units=300)
    order = pools.in_order(np.arange(300))
    first, second = pairs_to_compare(pools, order, np.array([[4, 250]]))
    assert (len(first), first[-1], second[-1]) == (300, 4, 250)
    assert (first[0], second[0]) == (299, 298)


def test_a_pair_across_pools_is_refused() -> None:
    with pytest.raises(ValueError, match="different pools"):
        pairs_to_compare(POOLS, np.arange(8), np.array([[0, 2]]))


def test_neighbours_are_linked_unless_one_is_above_in_95_percent_of_the_draws() -> None:
    """100 draws; units 3, 2, 1, 0 in order, then the other pool."""
    pools = Pools.of(np.array([0, 0, 0, 0, 1, 1]), n_units=6)
    order = pools.in_order(np.array([1, 2, 3, 4, 5, 9]))
    assert order.tolist() == [3, 2, 1, 0, 5, 4]
    pairs = PairCounts(order[:-1], order[1:], draws=100)
    pairs.above[:] = [94, 95, 3, 100, 60]
    pairs.equal[:] = [6, 0, 2, 0, 40]
    group, above_next = link_neighbours(pools, order, pairs)
    # 94: linked. 95: apart. 3 above and 2 equal leave 95 below: apart too. Other pool: from 1.
    assert group[order].tolist() == [1, 1, 2, 3, 1, 1]
    assert above_next[order][:3].tolist() == [0.94, 0.95, 0.03]
    assert np.isnan(above_next[order][[3, 5]]).all()
    assert above_next[5] == 0.6
