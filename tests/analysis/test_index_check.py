import numpy as np
import polars as pl
import pytest

from dti_pipeline.analysis.index_check import correlation, cronbach_alpha, index_checks
from dti_pipeline.analysis.pools import Results
from dti_pipeline.analysis.settings import load_analysis_settings
from dti_pipeline.release.folder import Release
from schemas.tables.analysis import FactIndexCheck

UNITS = 12


def checked(columns: dict[str, list[float]]) -> dict[str, dict[str, object]]:
    """Check one main from the points of 10 per component and unit; NaN where it does not apply."""
    about = {"assessment_id": "a", "assessment_year": 2025, "level": "local"}
    components = pl.DataFrame(
        [
            {
                **about,
                "unit_id": f"U{unit:02d}",
                "main_code": "1",
                "component_code": code,
                "points_micro": 0 if np.isnan(points) else round(points * 1_000_000),
                "max_points_effective": 0.0 if np.isnan(points) else 10.0,
                "data_basis": "sample",
            }
            for code, own in columns.items()
            for unit, points in enumerate(own)
        ]
    )
    mains = (
        components.group_by("unit_id", maintain_order=True)
        .agg(pl.col("points_micro", "max_points_effective").sum())
        .with_columns(main_code=pl.lit("1"), is_counted=True)
    )
    ranking = mains.select(
        "unit_id",
        framework_id=pl.lit("f"),
        scope=pl.lit("overall"),
        **{name: pl.lit(value) for name, value in about.items()},
    )
    thresholds = load_analysis_settings().index_check
    rows = index_checks(Results(ranking, components, mains, decimals=4), thresholds=thresholds)
    return {row["indicator_code"]: row for row in rows.iter_rows(named=True)}


RISING = [float(unit % 10) for unit in range(UNITS)]
NOISY = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0, 8.0]


def test_alpha_of_known_figures() -> None:
    # Two columns with variances 2.5 and 2.5 and covariance 2.0: 2 × (1 - 5 / 9).
    points = np.array([[1, 1], [2, 3], [3, 2], [4, 5], [5, 4]], dtype=float)
    assert cronbach_alpha(points) == pytest.approx(2 * (1 - 5 / 9))


def test_alpha_of_equal_columns_is_one_and_of_opposite_ones_unknown() -> None:
    column = np.arange(6, dtype=float)[:, None]
    assert cronbach_alpha(np.hstack([column, column, column])) == pytest.approx(1.0)
    assert cronbach_alpha(np.hstack([column, -column])) is None


def test_alpha_leaves_out_columns_that_apply_to_nobody_and_incomplete_units() -> None:
    points = np.array([[1, 1], [2, 3], [3, 2], [4, 5], [5, 4], [9, 9]], dtype=float)
    points[5, 1] = np.nan
    nobody = np.full((6, 1), np.nan)
    assert cronbach_alpha(np.hstack([points, nobody])) == pytest.approx(2 * (1 - 5 / 9))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2, 3, 4, 5], [2, 4, 6, 8, 10], 1.0),
        ([1, 2, 3, 4, 5], [5, 4, 3, 2, 1], -1.0),
        ([1, 2, 3, 4, 5], [7, 7, 7, 7, 7], None),
        ([1, 2, 3, 4], [1, 2, 3, 5], None),
        ([1, 2, 3, 4, 5], [1, 3, 2, 5, 4], 0.8),
    ],
)
def test_correlations_of_known_figures(
    first: list[float], second: list[float], expected: float | None
) -> None:
    result = correlation(np.array(first, dtype=float), np.array(second, dtype=float))
    assert result == (None if expected is None else pytest.approx(expected))


def test_what_everybody_or_nobody_has_tells_nobody_apart() -> None:
    rows = checked({"0101": [10.0] * UNITS, "0102": [0.0] * UNITS, "0103": RISING, "0104": NOISY})
    assert (rows["0101"]["finding"], rows["0102"]["finding"]) == ("all_pass", "none_pass")
    assert rows["0101"]["share_at_maximum"] == 1.0
    assert rows["0101"]["correlation_rest"] is None
    assert "100% of the units are at the maximum" in str(rows["0101"]["finding_en"])
    assert rows["0103"]["finding"] is None


def test_a_component_that_moves_against_the_others_is_named() -> None:
    falling = [9.0 - points for points in RISING]
    rows = checked({"0101": RISING, "0102": RISING, "0103": falling})
    assert rows["0103"]["finding"] == "against_rest"
    assert rows["0103"]["correlation_rest"] == -1.0
    assert "tương quan -1,00" in str(rows["0103"]["finding_vi"])
    assert "correlation -1.00" in str(rows["0103"]["finding_en"])
    assert rows["0103"]["alpha_without"] == 1.0


def test_a_component_that_repeats_another_names_it() -> None:
    rows = checked({"0101": RISING, "0102": [p / 2 for p in RISING], "0103": NOISY})
    assert rows["0101"]["finding"] == "repeats_another"
    assert rows["0101"]["nearest_code"] == "0102"
    assert rows["0101"]["nearest_correlation"] == 1.0


def test_a_main_whose_components_do_not_hang_together_is_named() -> None:
    rows = checked({"0101": RISING, "0102": NOISY, "0103": list(reversed(RISING))})
    assert rows["1"]["finding"] == "weak_main"
    assert rows["1"]["n_components"] == 3
    assert rows["1"]["correlation_main"] == 1.0
    assert rows["1"]["correlation_rest"] is None


def test_who_a_component_does_not_apply_to_is_left_out() -> None:
    rows = checked({"0101": [*RISING[:-1], float("nan")], "0102": RISING, "0103": NOISY})
    assert (rows["0101"]["n_units"], rows["0102"]["n_units"]) == (UNITS - 1, UNITS)
    assert rows["0101"]["nearest_correlation"] == 1.0


def test_a_unit_counts_in_no_sum_of_a_main_that_lacks_a_component_for_it() -> None:
    odd = [7.0, 2.0, 5.0, 5.0, 1.0, 8.0, 3.0, 9.0, 0.0, 4.0, np.nan, np.nan]
    rows = checked({"0101": RISING, "0102": NOISY, "0103": odd, "0104": [np.nan] * UNITS})
    own, others = np.array(RISING[:10]), np.array(NOISY[:10]) + np.array(odd[:10])
    assert rows["0101"]["correlation_rest"] == round(np.corrcoef(own, others)[0, 1], 6)
    assert rows["0101"]["correlation_main"] == round(np.corrcoef(own, own + others)[0, 1], 6)
    assert (rows["0104"]["n_units"], rows["0104"]["correlation_rest"]) == (0, None)


def test_the_table_keeps_its_contract(province_release: Release) -> None:
    table = province_release.table("fact_index_check")
    assert FactIndexCheck.conform(table.drop("release_id")).height == table.height
    of_2022 = table.filter(pl.col("assessment_id") == "province-2022")
    # Eight counted mains, and their 95 components.
    assert of_2022.group_by("indicator_level").len().sort("indicator_level").rows() == [
        ("component", 95),
        ("main", 8),
    ]
    # The sample was calibrated: data_basis says that the checks say nothing on the real index.
    assert of_2022["data_basis"].unique().to_list() == ["sample"]


def test_the_mean_share_is_the_mean_value_of_the_main(
    province_release: Release, ranking: pl.DataFrame
) -> None:
    main = province_release.table("fact_index_check").filter(
        pl.col("assessment_id") == "province-2024", pl.col("indicator_code") == "6"
    )
    values = ranking.filter(pl.col("assessment_id") == "province-2024", pl.col("scope_code") == "6")
    assert main["mean_share"][0] == pytest.approx(values["value"].mean(), abs=1e-6)


def test_units_with_equal_sums_in_another_order_vary_in_nothing() -> None:
    # Added as floats, these give 9.6 in one order and another number in the next.
    figures = [2.0, 3.0, 3.8, 0.2, 0.6]
    orders = [np.random.default_rng(unit).permutation(figures) for unit in range(UNITS)]
    rows = checked({f"010{place + 1}": [o[place] for o in orders] for place in range(5)})
    assert rows["1"]["alpha"] is None
    assert [rows[f"010{place + 1}"]["correlation_main"] for place in range(5)] == [None] * 5
    # What is left is the opposite of its own points, as the sum is the same for all.
    assert [rows[f"010{place + 1}"]["correlation_rest"] for place in range(5)] == [-1.0] * 5
