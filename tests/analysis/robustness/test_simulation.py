from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dti_pipeline.analysis.robustness.draws import CHUNK, WeightDraws
from dti_pipeline.analysis.robustness.points import ScoredPoints
from dti_pipeline.analysis.robustness.ranks import Pools, competition_ranks
from dti_pipeline.analysis.robustness.simulation import SimulatedRanks, simulate_ranks
from dti_pipeline.analysis.settings import RobustnessSettings
from tests.analysis.robustness.samples import MICRO, random_scores, scored


def run(points: ScoredPoints, *, draws: int = 300, **more: Any) -> SimulatedRanks:
    given = {"draws": draws, "seed": 42, "weight_noise": "25%", "rejection": {}, **more}
    return simulate_ranks(points, RobustnessSettings(**given))


# --- what draws say about ranks -----------------------------------------------------------------

POOLS = Pools.of(np.array([0, 0, 1, 0, 1, 1, 0, 2]))
DRAWS = 230
RANKS = competition_ranks(np.random.default_rng(5).integers(0, 6, (DRAWS, 8)), POOLS).T


@pytest.fixture
def simulated() -> SimulatedRanks:
    return SimulatedRanks(pools=POOLS, value=np.arange(8), rank=RANKS[:, 0], drawn=RANKS)


@pytest.mark.parametrize("percent", [1, 5, 50, 95, 100])
def test_a_quantile_is_the_nearest_rank_from_below(simulated: SimulatedRanks, percent: int) -> None:
    expected = np.quantile(RANKS, percent / 100, axis=1, method="inverted_cdf")
    assert (simulated.quantile(percent) == expected).all()


def test_five_percent_of_twenty_draws_is_the_best_one() -> None:
    one = SimulatedRanks(
        pools=Pools.of(np.zeros(1)),
        value=np.zeros(1, int),
        rank=np.ones(1, int),
        drawn=np.arange(1, 21)[None, :],
    )
    assert [int(one.quantile(percent)[0]) for percent in (5, 6, 95, 96)] == [1, 2, 19, 20]


def test_best_and_worst_are_those_of_all_draws(simulated: SimulatedRanks) -> None:
    assert (simulated.quantile(0) == RANKS.min(axis=1)).all()
    assert (simulated.quantile(100) == RANKS.max(axis=1)).all()


@pytest.mark.parametrize("rank", [0, 1, 2, 3, 100])
def test_draws_at_most_a_rank_are_counted(simulated: SimulatedRanks, rank: int) -> None:
    assert (simulated.p_top(rank) == (rank >= RANKS).sum(axis=1) / DRAWS).all()


def test_each_unit_may_be_asked_for_a_rank_of_its_own(simulated: SimulatedRanks) -> None:
    asked = np.array([0, 1, 2, 3, 4, 1, 2, 9])
    assert (simulated.p_rank(asked) == (asked[:, None] == RANKS).sum(axis=1) / DRAWS).all()


def test_any_pair_of_a_pool_is_compared(simulated: SimulatedRanks) -> None:
    above = (RANKS[0] < RANKS[1]).mean()
    equal = (RANKS[0] == RANKS[1]).mean()
    assert 0 < equal < above
    assert simulated.p_above_and_equal(0, 1) == (above, equal)
    assert simulated.p_above_and_equal(1, 0) == pytest.approx((1 - above - equal, equal))
    with pytest.raises(ValueError, match="different pools"):
        simulated.p_above_and_equal(0, 2)


def test_neighbours_are_linked_unless_one_is_above_in_95_percent_of_the_draws() -> None:
    """100 draws; units 3, 2, 1, 0 in order, then the other pool."""
    below = {2: 94, 1: 95, 0: 3, 4: 60}  # draws in which the unit is below the one before it
    equal = {2: 6, 1: 0, 0: 2, 4: 40}
    drawn = np.zeros((6, 100), dtype=int)
    for unit, before in ((2, 3), (1, 2), (0, 1), (4, 5)):
        step = np.repeat([1, 0, -1], [below[unit], equal[unit], 100 - below[unit] - equal[unit]])
        drawn[unit] = drawn[before] + step
    simulated = SimulatedRanks(
        pools=Pools.of(np.array([0, 0, 0, 0, 1, 1])),
        value=np.array([1, 2, 3, 4, 5, 9]),
        rank=np.array([4, 3, 2, 1, 2, 1]),
        drawn=drawn,
    )
    # 94: linked. 95: apart. 3 above and 2 equal leave 95 below: apart too. Other pool: from 1.
    assert simulated.cluster[[3, 2, 1, 0, 5, 4]].tolist() == [1, 1, 2, 3, 1, 1]


# --- whole simulations --------------------------------------------------------------------------


@pytest.mark.parametrize("left_out", [0, 2])
def test_every_rank_is_that_of_exact_fractions(left_out: int) -> None:
    """Redo 200 draws of nine units in two pools with fractions, unit by unit."""
    points = random_scores(9, pool_ids=np.array([0, 0, 0, 0, 0, 1, 1, 1, 1]))
    result = run(points, draws=200, left_out=left_out)
    draws = WeightDraws(points=points, seed=42, noise=0.25, left_out=left_out)
    weights = np.concatenate([draws.chunk(0), draws.chunk(1)])[:200].astype(np.int64)
    ranks = []
    for weight in weights.tolist():
        values = []
        for own, maxima in zip(
            points.points_micro.tolist(), points.max_micro.tolist(), strict=True
        ):
            of = sum(w * most for w, most in zip(weight, maxima, strict=True))
            got = sum(w * point for w, point in zip(weight, own, strict=True))
            values.append((Fraction(got, of) * 20_000 + 1) // 2)
        ranks.append(
            [
                1 + sum(other > mine for other in (values[:5] if unit < 5 else values[5:]))
                for unit, mine in enumerate(values)
            ]
        )
    assert (result.drawn == np.array(ranks).T).all()


def test_units_with_the_same_points_always_share_a_rank() -> None:
    random = np.random.default_rng(3)
    figures = random.integers(0, 10**7, (4, 98)) / MICRO
    points = scored(np.repeat(figures, 2, axis=0), [10.0] * 98, (np.arange(98) // 13).tolist())
    result = run(points, draws=1000)
    for unit in range(0, 8, 2):
        assert result.p_above_and_equal(unit, unit + 1) == (0, 1)
        assert result.cluster[unit] == result.cluster[unit + 1]
    assert (result.quantile(100)[::2] == result.quantile(100)[1::2]).all()


def test_a_value_on_the_rounding_boundary_never_flips() -> None:
    """12.345 % of every maximum is 0.12345 under any weights, and prints 0.1235: a tie, always."""
    maxima = np.array([3.0, 7.0, 11.0, 19.0, 20.0, 40.0])
    points = scored(
        [maxima * 0.1235, maxima * 0.12345, maxima * 0.123449], maxima.tolist(), [0, 0, 1, 1, 2, 2]
    )
    result = run(points, draws=2000)
    assert result.value.tolist() == [1235, 1235, 1234]
    assert result.p_above_and_equal(0, 1) == (0, 1)
    assert result.p_above_and_equal(1, 2) == (1, 0)
    # The same sums in plain doubles come out on both sides of the boundary.
    factors = np.random.default_rng(1).uniform(0.75, 1.25, (2000, 6))
    naive = np.floor((factors @ (maxima * 0.12345)) / (factors @ maxima) * 10_000 + 0.5)
    assert set(naive.tolist()) == {1234.0, 1235.0}


def test_without_noise_every_draw_is_the_published_ranking() -> None:
    result = run(random_scores(30), weight_noise=0)
    assert (result.drawn == result.rank[:, None]).all()
    better = (result.value[None, :] > result.value[:, None]).sum(axis=1)
    assert (result.rank == better + 1).all()


def test_same_seed_same_result() -> None:
    """Three chunks, the last one cut."""
    chance = np.where(np.random.default_rng(0).random((110, 12)) < 0.5, 0.1, 0.0)
    points = random_scores(110, rejection_probability=chance, pool_ids=np.arange(110) % 7)
    one = run(points)
    assert (one.drawn == run(points).drawn).all()
    assert (one.drawn != run(points, seed=43).drawn).any()


def test_more_draws_begin_with_the_fewer_ones() -> None:
    points = random_scores(6)
    few, many = run(points, draws=CHUNK), run(points, draws=2 * CHUNK)
    assert (many.drawn[:, :CHUNK] == few.drawn).all()


def test_a_unit_that_is_better_everywhere_is_always_first() -> None:
    points = scored([[5, 5, 5], [4, 4, 4], [4, 3, 5], [0, 0, 0]], [6, 6, 6], [0, 1, 1])
    result = run(points)
    assert result.p_top(1).tolist() == [1, 0, 0, 0]
    assert result.quantile(5)[3] == result.quantile(95)[3] == 4
    assert result.rank.tolist() == [1, 2, 2, 4]
    assert result.quantile(0).tolist() == [1, 2, 2, 4]
    assert result.quantile(100).tolist() == [1, 3, 3, 4]
    assert result.cluster.tolist() == [1, 2, 2, 3]


def test_ranks_are_within_the_pool() -> None:
    points = scored([[5], [4], [3], [2]], [6], [0], pool_ids=np.array(["b", "a", "b", "a"]))
    result = run(points)
    assert result.rank.tolist() == [1, 1, 2, 2]
    assert result.quantile(100).tolist() == [1, 1, 2, 2]


def test_unchecked_figures_widen_the_intervals_of_those_who_have_them() -> None:
    figures = np.full((3, 20), 5.0) + np.array([[0.2], [0.1], [0.0]])
    chance = np.zeros((3, 20))
    chance[0] = 0.1
    points = scored(figures, [10.0] * 20, [0] * 20, rejection_probability=chance)
    checked = scored(figures, [10.0] * 20, [0] * 20)
    assert run(checked).quantile(100).tolist() == [1, 2, 3]
    result = run(points, draws=2000)
    # It stays first only if none of its twenty figures is rejected: 0.9 ** 20 = 0.1216.
    assert result.p_top(1)[0] == pytest.approx(0.9**20, abs=0.02)
    assert result.p_above_and_equal(1, 2) == (1, 0)
    assert result.rank.tolist() == [1, 2, 3]


def test_figures_certain_to_be_rejected_leave_nothing() -> None:
    chance = np.zeros((2, 3))
    chance[0] = 1
    points = scored([[6, 6, 6], [1, 0, 0]], [6, 6, 6], [0, 1, 1], rejection_probability=chance)
    result = run(points)
    assert result.rank.tolist() == [1, 2]
    assert (result.drawn[0] == 2).all()


def test_units_with_maxima_of_their_own_are_compared_by_value() -> None:
    """Half of everything that applies is 0.5 in every draw, whatever applies."""
    points = scored([[3, 2], [3, 0], [0, 2]], [[6, 4], [6, 0], [0, 4]], [0, 1])
    result = run(points)
    assert result.value.tolist() == [5000] * 3
    assert (result.drawn == 1).all()


def test_a_draw_that_leaves_a_unit_nothing_to_be_scored_on_is_an_error() -> None:
    points = scored([[3, 2], [3, 0]], [[6, 4], [6, 0]], [0, 1])
    with pytest.raises(ValueError, match="maximum is zero"):
        run(points, left_out=1)


def test_progress_counts_up_to_all_draws() -> None:
    seen: list[tuple[int, int]] = []
    settings = RobustnessSettings(draws=300, seed=1, weight_noise="25%", rejection={})
    simulate_ranks(random_scores(4), settings, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(128, 300), (256, 300), (300, 300)]


def test_fewer_than_one_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="draws"):
        run(random_scores(4), draws=0)
