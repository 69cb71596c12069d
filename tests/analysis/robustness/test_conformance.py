"""Values and ranks of the simulation reproduce COINr on its ASEM example."""

from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.ranks import Pools, competition_ranks
from dti_pipeline.exact import array_value_units
from tests.analysis.robustness.oracle import aggregate, codes_of_level, columns, ones, rows, texts
from tests.analysis.robustness.samples import MICRO, scored

TOLERANCE = 1e-9
INDICATORS = codes_of_level(1)
ONE_POOL = Pools.of(np.zeros(51))


def ranks_of(scores: NDArray[Any]) -> NDArray[Any]:
    """Rank (units × columns) doubles or fractions as they are; equal means equal to the last bit."""
    codes = [np.unique(column, return_inverse=True)[1] for column in scores.T]
    return competition_ranks(np.array(codes), ONE_POOL).T


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_ranks_of_weighted_means_agree_with_coinr(level: int) -> None:
    scores = aggregate(columns("data_6_Normalised", INDICATORS), ones(), level=level)
    codes = codes_of_level(level)
    if level > 1:
        assert np.abs(scores - columns("data_7_Aggregated", codes)).max() < TOLERANCE
    assert (ranks_of(scores) == columns("ranks_all_columns", codes)).all()


def test_weight_of_each_indicator_in_the_index_agrees_with_coinr() -> None:
    expected = {row["iCode"]: float(row["EffWeight"]) for row in rows("weights_effective")}
    weights = aggregate(np.eye(49), ones(), level=4)[:, 0]
    assert weights == pytest.approx([expected[code] for code in INDICATORS], abs=1e-15)
    assert weights.sum() == pytest.approx(1)


def test_200_noisy_weight_sets_give_the_scores_and_ranks_of_coinr() -> None:
    by_level: dict[str, list[list[float]]] = {}
    sets = [f"set_{number}" for number in range(1, 201)]
    for row in rows("noisy_weight_sets_200"):
        by_level.setdefault(row["Level"], []).append([float(row[name]) for name in sets])
    factors = [np.array(by_level[level]) for level in ("1", "2", "3")]
    assert all(own.min() >= 0.75 and own.max() <= 1.25 for own in factors)
    normalised = columns("data_6_Normalised", INDICATORS)
    scores = np.hstack(
        [aggregate(normalised, [own[:, n] for own in factors], level=4) for n in range(200)]
    )
    assert np.abs(scores - columns("noisy_weight_index_scores", sets)).max() < TOLERANCE
    assert (ranks_of(scores) == columns("noisy_weight_index_ranks", sets)).all()


@pytest.mark.parametrize(("level", "n_elements"), [(1, 49), (2, 8), (3, 2)])
def test_leaving_elements_out_gives_the_scores_and_ranks_of_coinr(
    level: int, n_elements: int
) -> None:
    names = ["Nominal", *codes_of_level(level)]
    assert len(names) == n_elements + 1
    normalised = columns("data_6_Normalised", INDICATORS)
    sets = [ones()]
    for element in range(n_elements):
        weights = ones()
        weights[level - 1][element] = 0
        sets.append(weights)
    scores = np.hstack([aggregate(normalised, weights, level=4) for weights in sets])
    ranks = ranks_of(scores)
    assert np.abs(scores - columns(f"remove_L{level}_Scores", names)).max() < TOLERANCE
    assert (ranks == columns(f"remove_L{level}_Ranks", names)).all()
    moves = ranks[:, :1] - ranks
    assert (moves == columns(f"remove_L{level}_RankDiffs", names)).all()
    mean = {row["iCode"]: float(row["MeanAbsDiff"]) for row in rows(f"remove_L{level}_MeanAbsDiff")}
    assert np.abs(moves).mean(axis=0) == pytest.approx([mean[name] for name in names], abs=1e-12)


# --- ties ---------------------------------------------------------------------------------------


def fractions(level: int) -> NDArray[Any]:
    """Aggregate the ties data up to a level in exact fractions."""
    values = np.array([[Fraction(cell) for cell in row] for row in texts("input_ties", INDICATORS)])
    return aggregate(values, ones(Fraction(1)), level=level)


@pytest.mark.parametrize("level", [2, 3, 4])
def test_exact_scores_of_the_ties_data_are_the_exact_fractions(level: int) -> None:
    stored = texts("agg_ties_EXACT_fractions_not_COINr", codes_of_level(level))
    expected = np.array([[Fraction(cell) for cell in row] for row in stored])
    assert (fractions(level) == expected).all()


@pytest.mark.parametrize("level", [2, 3, 4])
def test_the_ties_data_are_ranked_exactly(level: int) -> None:
    """Weights become whole maximum points, as in a framework; the product does the rest."""
    each = np.array([[Fraction(int(own == other)) for other in range(49)] for own in range(49)])
    shares = aggregate(each, ones(Fraction(1)), level=level)
    whole = (shares * lcm(*(share.denominator for share in shares.flat))).astype(np.int64)
    grid = columns("input_ties", INDICATORS).astype(np.int64)
    for code, weight in zip(codes_of_level(level), whole.T, strict=True):
        points = scored(grid * weight / MICRO, 100 * weight / MICRO, [0] * 49, decimals=9)
        ranks = competition_ranks(points.nominal_values()[None, :], points.pools)[0]
        expected = columns("ranks_ties_EXACT_not_COINr", [code])[:, 0]
        assert (ranks == expected).all(), code


def test_ranks_of_floats_split_ties_that_are_exact() -> None:
    """COINr ranks unrounded doubles, so the order of addition decides its ties."""
    wrong = {}
    for code in (code for level in (2, 3, 4) for code in codes_of_level(level)):
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
        half_up = array_value_units(parts[..., 0], parts[..., 1], decimals=2)
        differs = half_up != rounded
        assert all(2 * score % 2 == 1 for score in exact[differs])
        halves += int(differs.sum())
    assert halves > 0


def test_ranks_within_groups_agree_with_coinr() -> None:
    """Ranks of the rounded scores within Asia and Europe; the file is sorted by group."""
    grouped = rows("ranks_ties_rounded0_by_group")
    group_of = {row["uCode"]: row["EurAsia_group"] for row in grouped}
    units = [row["uCode"] for row in rows("agg_ties_rounded0")]
    pools = Pools.of(np.array([group_of[unit] for unit in units]))
    for level in (1, 2, 3, 4):
        codes = codes_of_level(level)
        values = columns("agg_ties_rounded0", codes).astype(np.int64).T
        ranks = competition_ranks(values, pools).T
        stored = {row["uCode"]: [int(row[code]) for code in codes] for row in grouped}
        assert (ranks == np.array([stored[unit] for unit in units])).all()
