"""The generic functions the kernel is made of reproduce COINr on its ASEM example."""

from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.points import ScoredPoints
from dti_pipeline.analysis.robustness.ranks import Pools, competition_ranks, round_half_up
from dti_pipeline.analysis.robustness.tree import aggregate, membership, path_weights, without_each
from tests.analysis.robustness.oracle import codes_of_level, columns, levels, rows, texts, tree

TOLERANCE = 1e-9
ONE_POOL = Pools.of(None, n_units=51)


def ranks_of(scores: NDArray[Any]) -> NDArray[Any]:
    """Rank (units × columns) doubles or fractions as they are; equal means equal to the last bit."""
    codes = [np.unique(column, return_inverse=True)[1] for column in scores.T]
    return competition_ranks(np.array(codes), ONE_POOL).T


def equal_weights() -> list[NDArray[np.float64]]:
    return [np.ones(size) for size in tree().sizes]


def test_the_example_is_all_there() -> None:
    assert tree().sizes == (49, 8, 2)
    assert {row["Weight"] for row in rows("weights_original")} == {"1"}
    assert len(rows("data_6_Normalised")) == 51


@pytest.mark.parametrize("level", [2, 3, 4])
def test_aggregation_of_normalised_data_agrees_with_coinr(level: int) -> None:
    normalised = columns("data_6_Normalised", levels()[0])
    expected = columns("data_7_Aggregated", codes_of_level(level))
    scores = aggregate(normalised, tree(), equal_weights(), level=level)
    assert scores.shape == expected.shape
    assert np.abs(scores - expected).max() < TOLERANCE
    assert (ranks_of(scores) == columns("ranks_all_columns", codes_of_level(level))).all()


def test_ranks_of_the_indicators_themselves_agree_with_coinr() -> None:
    normalised = columns("data_6_Normalised", levels()[0])
    assert (ranks_of(normalised) == columns("ranks_all_columns", levels()[0])).all()


def test_weight_of_each_indicator_in_the_index_agrees_with_coinr() -> None:
    expected = {row["iCode"]: float(row["EffWeight"]) for row in rows("weights_effective")}
    weights = path_weights(tree(), equal_weights(), normalised=True)
    assert weights == pytest.approx([expected[code] for code in levels()[0]], abs=1e-15)
    assert weights.sum() == pytest.approx(1)


def test_200_noisy_weight_sets_give_the_scores_and_ranks_of_coinr() -> None:
    by_level: dict[str, list[list[float]]] = {}
    sets = [f"set_{number}" for number in range(1, 201)]
    for row in rows("noisy_weight_sets_200"):
        by_level.setdefault(row["Level"], []).append([float(row[name]) for name in sets])
    factors = [np.array(by_level[level]).T for level in ("1", "2", "3")]
    for own in factors:
        assert own.min() >= 0.75
        assert own.max() <= 1.25
    weights = path_weights(tree(), factors, normalised=True)
    assert weights.shape == (200, 49)
    scores = columns("data_6_Normalised", levels()[0]) @ weights.T
    assert np.abs(scores - columns("noisy_weight_index_scores", sets)).max() < TOLERANCE
    assert (ranks_of(scores) == columns("noisy_weight_index_ranks", sets)).all()


@pytest.mark.parametrize(("level", "n_elements"), [(1, 49), (2, 8), (3, 2)])
def test_leaving_elements_out_gives_the_scores_and_ranks_of_coinr(
    level: int, n_elements: int
) -> None:
    names = ["Nominal", *codes_of_level(level)]
    assert len(names) == n_elements + 1
    weights = path_weights(
        tree(), without_each(tree(), equal_weights(), level=level), normalised=True
    )
    everything = path_weights(tree(), equal_weights(), normalised=True)
    normalised = columns("data_6_Normalised", levels()[0])
    scores = normalised @ np.vstack((everything, weights)).T
    ranks = ranks_of(scores).astype(np.int64)
    assert np.abs(scores - columns(f"remove_L{level}_Scores", names)).max() < TOLERANCE
    assert (ranks == columns(f"remove_L{level}_Ranks", names)).all()
    moves = ranks[:, :1] - ranks
    assert (moves == columns(f"remove_L{level}_RankDiffs", names)).all()
    mean = {row["iCode"]: float(row["MeanAbsDiff"]) for row in rows(f"remove_L{level}_MeanAbsDiff")}
    assert np.abs(moves).mean(axis=0) == pytest.approx([mean[name] for name in names], abs=1e-12)


# --- ties ---------------------------------------------------------------------------------------


def fractions(level: int) -> NDArray[Any]:
    """Aggregate the ties data up to a level in exact fractions."""
    values = np.array(
        [[Fraction(cell) for cell in row] for row in texts("input_ties", levels()[0])], dtype=object
    )
    ones = [np.array([Fraction(1)] * size, dtype=object) for size in tree().sizes]
    return aggregate(values, tree(), ones, level=level)


@pytest.mark.parametrize("level", [2, 3, 4])
def test_exact_scores_of_the_ties_data_are_the_exact_fractions(level: int) -> None:
    stored = texts("agg_ties_EXACT_fractions_not_COINr", codes_of_level(level))
    expected = np.array([[Fraction(cell) for cell in row] for row in stored], dtype=object)
    assert (fractions(level) == expected).all()


@pytest.mark.parametrize("level", [2, 3, 4])
def test_kernel_ranks_the_ties_data_exactly(level: int) -> None:
    """Weights become whole maximum points, as in a framework; the kernel does the rest."""
    ones = [np.array([Fraction(1)] * size, dtype=object) for size in tree().sizes]
    weights = path_weights(tree(), ones, normalised=True, level=level)
    whole = (weights * lcm(*(weight.denominator for weight in weights))).astype(np.int64)
    grid = columns("input_ties", levels()[0]).astype(np.int64)
    below = membership(tree().ancestors(level)).astype(bool)
    for number, code in enumerate(codes_of_level(level)):
        points = ScoredPoints(
            points_micro=grid * whole,
            max_micro=100 * whole,
            main_of_component=np.zeros(49, dtype=np.intp),
            counted=below[:, number],
        )
        values = points.values(np.ones((1, int(below[:, number].sum()))), decimals=9)
        ranks = competition_ranks(values, points.pools)[0]
        expected = columns("ranks_ties_EXACT_not_COINr", [code])[:, 0]
        assert (ranks == expected).all(), code


def test_ranks_of_floats_split_ties_that_are_exact() -> None:
    """COINr ranks unrounded doubles, so the order of addition decides its ties."""
    wrong = {}
    for level in (2, 3, 4):
        for code in codes_of_level(level):
            naive = ranks_of(columns("agg_ties", [code]))[:, 0]
            assert (naive == columns("ranks_ties", [code])[:, 0]).all()
            exact = columns("ranks_ties_EXACT_not_COINr", [code])[:, 0]
            if (naive != exact).any():
                wrong[code] = int((naive != exact).sum())
    assert wrong == {"Political": 7, "Instit": 3, "Social": 5}


def test_whole_percent_of_the_ties_data_differ_from_r_only_at_exact_halves() -> None:
    """R rounds halves to even; the index rounds them up."""
    halves = 0
    for level in (2, 3, 4):
        exact = fractions(level)
        rounded = columns("agg_ties_rounded0", codes_of_level(level)).astype(np.int64)
        parts = np.array(
            [[(x.numerator, 100 * x.denominator) for x in row] for row in exact], float
        )
        half_up = round_half_up(parts[..., 0], parts[..., 1], decimals=2)
        differs = half_up != rounded
        assert all(2 * score % 2 == 1 for score in exact[differs])
        halves += int(differs.sum())
    assert halves > 0


def test_ranks_within_groups_agree_with_coinr() -> None:
    """Ranks of the rounded scores within Asia and Europe; the file is sorted by group."""
    grouped = rows("ranks_ties_rounded0_by_group")
    group_of = {row["uCode"]: row["EurAsia_group"] for row in grouped}
    units = [row["uCode"] for row in rows("agg_ties_rounded0")]
    pools = Pools.of(np.array([group_of[unit] for unit in units]), n_units=51)
    for level in (1, 2, 3, 4):
        codes = codes_of_level(level)
        values = columns("agg_ties_rounded0", codes).astype(np.int64).T
        ranks = competition_ranks(values, pools).T
        stored = {row["uCode"]: [int(row[code]) for code in codes] for row in grouped}
        assert (ranks == np.array([stored[unit] for unit in units])).all()
