from fractions import Fraction

import numpy as np
import pytest

from dti_pipeline.analysis.robustness.ranks import Pools, competition_ranks, round_half_up


def exact(numerator: int, denominator: int, decimals: int) -> int:
    return (Fraction(numerator, denominator) * 10**decimals * 2 + 1) // 2


def test_an_exact_half_rounds_up() -> None:
    values = round_half_up(np.array([12345.0, 12344.0]), np.array([100_000.0]), decimals=4)
    assert values.tolist() == [1235, 1234]


def test_values_next_to_a_half_round_to_their_own_side() -> None:
    """One part in 2**52 below a half: the float quotient itself sits on the half."""
    maximum = 2**52 - 5 * 2**20 * 5**3  # any large maximum will do
    half = (2 * 1234 + 1) * maximum / 20_000
    below, above = float(np.floor(half)), float(np.ceil(half))
    values = round_half_up(np.array([below, above]), np.array([float(maximum)]), decimals=4)
    assert values.tolist() == [exact(int(below), maximum, 4), exact(int(above), maximum, 4)]
    assert values.tolist() == [1234, 1235]


@pytest.mark.parametrize("decimals", [0, 2, 4, 6, 9])
def test_rounding_agrees_with_fractions(decimals: int) -> None:
    random = np.random.default_rng(decimals)
    denominators = random.integers(1, 2**50, 400)
    numerators = (random.random(400) * 1.1 * denominators).astype(np.int64)
    # Every fourth is an exact half of the last place, or its neighbour, or a penalty.
    denominators[::4] = 2 * 10**decimals * random.integers(1, 2**18, 100)
    step = denominators[::4] // (2 * 10**decimals)
    numerators[::4] = step * (2 * random.integers(0, 10**decimals, 100) + 1)
    numerators[::8] -= 1
    numerators[3::8] *= -1
    expected = [
        exact(n, d, decimals)
        for n, d in zip(numerators.tolist(), denominators.tolist(), strict=True)
    ]
    values = round_half_up(numerators.astype(float), denominators.astype(float), decimals=decimals)
    assert values.tolist() == expected


def test_a_maximum_of_zero_is_an_error_not_a_zero_score() -> None:
    with pytest.raises(ValueError, match="maximum is zero"):
        round_half_up(np.array([0.0]), np.array([0.0]), decimals=4)


def test_ties_share_the_better_rank_and_the_next_is_skipped() -> None:
    ranks = competition_ranks(np.array([[7, 9, 7, 8, 9, 1]]), Pools.of(None, n_units=6))
    assert ranks.tolist() == [[4, 1, 4, 3, 1, 6]]


@pytest.mark.parametrize("top", [5, 10_000, 2**40])
@pytest.mark.parametrize("n_pools", [1, 3, 40])
def test_ranks_agree_with_counting_the_better_ones(n_pools: int, top: int) -> None:
    random = np.random.default_rng(n_pools)
    pool_ids = random.integers(0, n_pools, 40)
    values = random.integers(-3, top, (20, 40))
    ranks = competition_ranks(values, Pools.of(pool_ids, n_units=40))
    same = pool_ids[:, None] == pool_ids
    better = (values[:, None, :] > values[:, :, None]) & same
    assert (ranks == better.sum(axis=2) + 1).all()


def test_a_single_unit_is_first() -> None:
    assert competition_ranks(np.array([[3], [0]]), Pools.of(None, n_units=1)).tolist() == [[1], [1]]


def test_more_than_63_bits_of_key_are_refused() -> None:
    with pytest.raises(OverflowError, match="do not fit"):
        competition_ranks(np.array([[0, 2**62, 1]]), Pools.of(None, n_units=3))


def test_pools_may_be_named() -> None:
    pools = Pools.of(np.array(["north", "south", "north"]), n_units=3)
    assert pools.size.tolist() == [2, 1]
    assert competition_ranks(np.array([[1, 1, 2]]), pools).tolist() == [[2, 1, 1]]
