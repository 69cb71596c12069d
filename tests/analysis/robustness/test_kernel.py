from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dti_pipeline.analysis.robustness.draws import CHUNK, WeightDraws
from dti_pipeline.analysis.robustness.intervals import RankIntervals
from dti_pipeline.analysis.robustness.kernel import DrawSettings, simulate_ranks
from tests.analysis.robustness.samples import MICRO, random_scores, scored

ARRAYS = (
    "value", "rank", "rank_min", "rank_p05", "rank_p50", "rank_p95", "rank_max", "rank_mean",
    "group", "above_next",
)  # fmt: skip


def run(points: Any, *, draws: int = 300, seed: int = 42, **more: Any) -> RankIntervals:
    return simulate_ranks(points, DrawSettings(draws=draws, seed=seed, **more))


def assert_same(one: RankIntervals, other: RankIntervals) -> None:
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    np.testing.assert_array_equal(one.pairs.above, other.pairs.above)
    np.testing.assert_array_equal(one.pairs.equal, other.pairs.equal)


@pytest.mark.parametrize("left_out", [0, 2])
def test_every_rank_is_that_of_exact_fractions(left_out: int) -> None:
    """Redo 200 draws of nine units in two pools with fractions, unit by unit."""
    points = random_scores(9, pool_ids=np.array([0, 0, 0, 0, 0, 1, 1, 1, 1]))
    result = run(points, draws=200, left_out_per_draw=left_out)
    draws = WeightDraws(points=points, seed=42, noise=0.25, left_out=left_out)
    weights = np.concatenate([draws.chunk(0), draws.chunk(1)])[:200].astype(np.int64)
    ranks = []
    for weight in weights.tolist():
        values = []
        for own in points.points_micro.tolist():
            of = sum(w * most for w, most in zip(weight, points.max_micro.tolist(), strict=True))
            got = sum(w * point for w, point in zip(weight, own, strict=True))
            values.append((Fraction(got, of) * 20_000 + 1) // 2)
        ranks.append(
            [
                1 + sum(other > mine for other in (values[:5] if unit < 5 else values[5:]))
                for unit, mine in enumerate(values)
            ]
        )
    expected = np.array(ranks)
    assert (result.rank_min == expected.min(axis=0)).all()
    assert (result.rank_max == expected.max(axis=0)).all()
    assert result.rank_mean == pytest.approx(expected.mean(axis=0))
    for k in (1, 2, 3):
        assert result.p_top(k).tolist() == (expected <= k).mean(axis=0).tolist()
        assert result.p_rank(k).tolist() == (expected == k).mean(axis=0).tolist()
    assert result.p_above(0, 1) == (expected[:, 0] < expected[:, 1]).mean()
    assert result.p_equal(5, 6) == (expected[:, 5] == expected[:, 6]).mean()


def test_units_with_the_same_points_always_share_a_rank() -> None:
    random = np.random.default_rng(3)
    figures = random.integers(0, 10**7, (4, 98)) / MICRO
    points = scored(np.repeat(figures, 2, axis=0), [10.0] * 98, (np.arange(98) // 13).tolist())
    result = run(points, draws=1000)
    for unit in range(0, 8, 2):
        assert result.p_equal(unit, unit + 1) == 1
        assert result.group[unit] == result.group[unit + 1]
    assert (result.rank_max[::2] == result.rank_max[1::2]).all()


def test_a_value_on_the_rounding_boundary_never_flips() -> None:
    """12.345 % of every maximum is 0.12345 under any weights, and prints 0.1235: a tie, always."""
    maxima = np.array([3.0, 7.0, 11.0, 19.0, 20.0, 40.0])
    points = scored(
        [maxima * 0.1235, maxima * 0.12345, maxima * 0.123449], maxima.tolist(), [0, 0, 1, 1, 2, 2]
    )
    result = run(points, draws=2000)
    assert result.value.tolist() == [1235, 1235, 1234]
    assert result.p_equal(0, 1) == 1
    assert result.p_above(1, 2) == 1
    # The same sums in plain doubles come out on both sides of the boundary.
    factors = np.random.default_rng(1).uniform(0.75, 1.25, (2000, 6))
    naive = np.floor((factors @ (maxima * 0.12345)) / (factors @ maxima) * 10_000 + 0.5)
    assert set(naive.tolist()) == {1234.0, 1235.0}


def test_without_noise_every_draw_is_the_published_ranking() -> None:
    result = run(random_scores(30), weight_noise=0.0)
    assert (result.rank_min == result.rank).all()
    assert (result.rank_max == result.rank).all()
    better = (result.value[None, :] > result.value[:, None]).sum(axis=1)
    assert (result.rank == better + 1).all()


def test_same_seed_same_result_whatever_the_blocks_and_threads() -> None:
    """1,100 units, enough for threads to be used; three chunks, the last one cut."""
    chance = np.where(np.random.default_rng(0).random((1100, 12)) < 0.5, 0.1, 0.0)
    points = random_scores(1100, rejection_probability=chance, pool_ids=np.arange(1100) % 7)
    one = run(points, block_bytes=1, workers=1)
    assert_same(one, run(points, block_bytes=2**24, workers=1))
    assert_same(one, run(points, workers=3))
    other = run(points, seed=43)
    assert (other.rank_mean != one.rank_mean).any()


def test_more_draws_begin_with_the_fewer_ones() -> None:
    points = random_scores(6)
    few, many = run(points, draws=CHUNK), run(points, draws=2 * CHUNK)
    assert (many.rank_min <= few.rank_min).all()
    assert (many.pairs.above >= few.pairs.above).all()


def test_a_unit_that_is_better_everywhere_is_always_first() -> None:
    points = scored([[5, 5, 5], [4, 4, 4], [4, 3, 5], [0, 0, 0]], [6, 6, 6], [0, 1, 1])
    result = run(points)
    assert result.p_top(1).tolist() == [1, 0, 0, 0]
    assert result.rank_p05[3] == result.rank_p95[3] == 4
    assert result.rank.tolist() == [1, 2, 2, 4]
    assert result.rank_min.tolist() == [1, 2, 2, 4]
    assert result.rank_max.tolist() == [1, 3, 3, 4]
    assert result.group.tolist() == [1, 2, 2, 3]


def test_ranks_are_within_the_pool() -> None:
    points = scored([[5], [4], [3], [2]], [6], [0], pool_ids=np.array(["b", "a", "b", "a"]))
    result = run(points)
    assert result.rank.tolist() == [1, 1, 2, 2]
    assert result.rank_max.tolist() == [1, 1, 2, 2]
    with pytest.raises(KeyError):
        result.p_above(0, 1)


def test_unchecked_figures_widen_the_intervals_of_those_who_have_them() -> None:
    figures = np.full((3, 20), 5.0) + np.array([[0.2], [0.1], [0.0]])
    chance = np.zeros((3, 20))
    chance[0] = 0.1
    points = scored(figures, [10.0] * 20, [0] * 20, rejection_probability=chance)
    checked = scored(figures, [10.0] * 20, [0] * 20)
    assert run(checked).rank_max.tolist() == [1, 2, 3]
    result = run(points, draws=2000)
    # It stays first only if none of its twenty figures is rejected: 0.9 ** 20 = 0.1216.
    assert result.p_top(1)[0] == pytest.approx(0.9**20, abs=0.02)
    assert result.p_above(1, 2) == 1
    assert result.rank.tolist() == [1, 2, 3]


def test_figures_certain_to_be_rejected_leave_nothing() -> None:
    chance = np.zeros((2, 3))
    chance[0] = 1
    points = scored([[6, 6, 6], [1, 0, 0]], [6, 6, 6], [0, 1, 1], rejection_probability=chance)
    result = run(points)
    assert result.rank.tolist() == [1, 2]
    assert (result.rank_min[0], result.rank_max[0]) == (2, 2)


def test_units_with_maxima_of_their_own_are_compared_by_value() -> None:
    """Half of everything that applies is 0.5 in every draw, whatever applies."""
    points = scored([[3, 2], [3, 0], [0, 2]], [[6, 4], [6, 0], [0, 4]], [0, 1])
    result = run(points)
    assert result.value.tolist() == [5000] * 3
    assert (result.rank_max == 1).all()


def test_a_draw_that_leaves_a_unit_nothing_to_be_scored_on_is_an_error() -> None:
    points = scored([[3, 2], [3, 0]], [[6, 4], [6, 0]], [0, 1])
    with pytest.raises(ValueError, match="maximum is zero"):
        run(points, left_out_per_draw=1)


def test_progress_counts_up_to_all_draws() -> None:
    seen: list[tuple[int, int]] = []
    simulate_ranks(
        random_scores(4),
        DrawSettings(draws=300, seed=1),
        progress=lambda done, of: seen.append((done, of)),
    )
    assert seen == [(128, 300), (256, 300), (300, 300)]


def test_pairs_asked_for_are_answered_in_a_large_pool() -> None:
    points = random_scores(250)
    result = run(points, pairs=np.array([[3, 200]]))
    assert result.p_above(3, 200) + result.p_equal(3, 200) + result.p_above(
        200, 3
    ) == pytest.approx(1)
    with pytest.raises(KeyError, match="were not compared"):
        result.p_above(0, 0)


@pytest.mark.parametrize("name", ["draws", "block_bytes", "workers"])
def test_settings_below_one_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        DrawSettings(**({"draws": 10, "seed": 1} | {name: 0}))
