import numpy as np
import pytest

from dti_pipeline.analysis.robustness.ranks import Pools, competition_ranks


def test_ties_share_the_better_rank_and_the_next_is_skipped() -> None:
    ranks = competition_ranks(np.array([[7, 9, 7, 8, 9, 1]]), Pools.of(np.zeros(6)))
    assert ranks.tolist() == [[4, 1, 4, 3, 1, 6]]


@pytest.mark.parametrize("top", [5, 10_000, 2**40])
@pytest.mark.parametrize("n_pools", [1, 3, 40])
def test_ranks_agree_with_counting_the_better_ones(n_pools: int, top: int) -> None:
    random = np.random.default_rng(n_pools)
    pool_ids = random.integers(0, n_pools, 40)
    values = random.integers(-3, top, (20, 40))
    ranks = competition_ranks(values, Pools.of(pool_ids))
    same = pool_ids[:, None] == pool_ids
    better = (values[:, None, :] > values[:, :, None]) & same
    assert (ranks == better.sum(axis=2) + 1).all()


def test_a_single_unit_is_first() -> None:
    assert competition_ranks(np.array([[3], [0]]), Pools.of(np.zeros(1))).tolist() == [[1], [1]]


def test_pools_may_be_named() -> None:
    pools = Pools.of(np.array(["north", "south", "north"]))
    assert pools.size.tolist() == [2, 1]
    assert competition_ranks(np.array([[1, 1, 2]]), pools).tolist() == [[2, 1, 1]]
