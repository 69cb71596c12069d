"""Ninh Bình 2022: published means and first three, groups with maxima of their own."""

from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest

from dti_pipeline.exact import with_figures
from dti_pipeline.results.group_summary import group_summary
from tests.index.assessments.conftest import Run, run


@pytest.fixture(scope="module")
def result() -> Run:
    return run("ninh-binh-2022")


def test_nothing_blocks_and_nothing_differs_from_what_was_published(result: Run) -> None:
    assert result.issues.filter(pl.col("severity") == "blocking").is_empty()
    assert result.differences.is_empty()


@pytest.mark.parametrize(
    ("group", "units", "mean"),
    [("department", 18, "299.33"), ("district", 8, "521.76"), ("commune", 143, "343.93")],
)
def test_group_means_equal_the_published_ones(
    group: str, units: int, mean: str, result: Run
) -> None:
    points = result.overall(group)["points_micro"]
    assert points.len() == units
    exact = Decimal(points.sum()) / units / 10**6
    assert exact.quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal(mean)


@pytest.mark.parametrize(
    ("group", "mean_prev", "growth", "growth_pct"),
    [
        ("department", 207.73, 91.60, 44.10),
        ("district", 381.21, 140.55, 36.87),
        ("commune", 232.93, 111.00, 47.65),
    ],
)
def test_means_of_2021_stand_beside_as_published_history(
    group: str, mean_prev: float, growth: float, growth_pct: float, result: Run
) -> None:
    summary = with_figures(group_summary(result.scopes, assessment=result.definition.assessment))
    row = summary.row(
        by_predicate=(pl.col("group_code") == group)
        & (pl.col("scope") == "overall")
        & (pl.col("measure") == "points"),
        named=True,
    )
    assert row["mean_prev"] == mean_prev
    assert round(row["mean"] - row["mean_prev"], 2) == growth
    assert round((row["mean"] / row["mean_prev"] - 1) * 100, 2) == growth_pct


@pytest.mark.parametrize(
    ("group", "first"),
    [
        ("department", ["Sở Giáo dục và Đào tạo", "Sở Thông tin và Truyền thông", "Sở Tài chính"]),
        ("district", ["Ninh Bình", "Tam Điệp", "Nho Quan"]),
    ],
)
def test_the_published_first_three_come_first(group: str, first: list[str], result: Run) -> None:
    best = result.overall(group).filter(pl.col("rank") <= 3).sort("rank")
    assert best["unit_name"].to_list() == first
    assert best["rank"].to_list() == [1, 2, 3]


def test_each_group_is_ranked_by_itself_on_its_own_maximum(result: Run) -> None:
    overall = result.overall()
    best = overall.filter(pl.col("rank") == 1)
    assert sorted(best["group_code"]) == ["commune", "department", "department-750", "district"]
    assert overall.filter(pl.col("rank") != pl.col("rank_in_group")).is_empty()
    maxima = dict(overall.group_by("group_code").agg(pl.col("max_points").max()).iter_rows())
    assert maxima == {"department": 1000, "department-750": 750, "district": 1000, "commune": 1000}
    smaller = overall.filter(pl.col("group_code") == "department-750")
    assert smaller["value"].to_list() == [round(p / 750, 4) for p in smaller["points"]]


def test_bands_count_percent_of_each_groups_own_maximum(result: Run) -> None:
    for row in result.overall().iter_rows(named=True):
        percent = Decimal(row["points_micro"]) / Decimal(row["max_points_effective_micro"]) * 100
        bands = ((75, "leading"), (50, "advanced"), (25, "forming"), (-1, "starting"))
        assert row["band_code"] == next(code for low, code in bands if percent > low)


def test_two_offices_are_assessed_but_not_ranked_and_one_is_not_assessed(result: Run) -> None:
    overall = result.overall("department-750")
    assert overall["unit_id"].sort().to_list() == [f"VN-NB-O0{n}" for n in range(1, 6)]
    unranked = overall.filter(pl.col("rank").is_null())
    assert unranked["unit_id"].sort().to_list() == ["VN-NB-O04", "VN-NB-O05"]
    assert unranked["rank_basis"].to_list() == ["none", "none"]
    # They have more points than all others, whose ranks start at 1 all the same.
    ranked = overall.filter(pl.col("rank").is_not_null())
    assert unranked["points"].min() > ranked["points"].max()
    assert ranked["rank"].sort().to_list() == [1, 2, 3]
    assert ranked["n_ranked"].unique().to_list() == [3]
    absent = result.issues.filter(pl.col("rule_id") == "report.absence_declared")
    assert absent["unit_id"].sort().to_list() == ["VN-NB-D18", "VN-NB-O06"]


def test_a_department_without_a_report_is_scored_on_central_figures_alone(result: Run) -> None:
    own = result.components.filter(pl.col("unit_id") == "VN-NB-D18")
    scored = own.filter(pl.col("points") > 0)["component_code"].to_list()
    assert set(scored) <= {"0601", "0602", "0603", "0604", "0605"}
    assert scored
    rest = own.filter(~pl.col("component_code").str.starts_with("060"))
    assert rest["lost_reason"].unique().to_list() == ["no_data"]


@pytest.mark.parametrize(
    ("unit_id", "code", "points", "maximum"),
    [
        ("VN-NB-D14", "0501", 0, 0),
        ("VN-NB-D17", "0205", 0, 0),
        ("VN-NB-D15", "0604", 0, 0),
        ("VN-NB-C027", "0609", 20, 20),
        ("VN-NB-C040", "0702", 0, 0),
        ("VN-NB-H374", "0507", 10, 10),
        ("VN-NB-H377", "0807", 0, 20),
    ],
)
def test_what_does_not_apply_is_treated_as_its_component_says(
    unit_id: str, code: str, points: float, maximum: float, result: Run
) -> None:
    row = result.components.row(
        by_predicate=(pl.col("unit_id") == unit_id) & (pl.col("component_code") == code), named=True
    )
    assert row["obs_status"] == "not_applicable"
    assert (row["points"], row["max_points_effective"]) == (points, maximum)


def test_the_effective_maximum_stands_beside_the_nominal_one(result: Run) -> None:
    def of(unit_id: str, code: str) -> dict[str, float]:
        return result.scopes.row(
            by_predicate=(pl.col("unit_id") == unit_id) & (pl.col("scope_code") == code), named=True
        )

    # Leaves the whole: 950 points instead of 1,000.
    whole = of("VN-NB-D15", "DTI")
    assert (whole["max_points"], whole["max_points_effective"]) == (1000, 950)
    assert of("VN-NB-D15", "6")["max_points_effective"] == 450
    # Leaves the main, and the rest is scaled up to the main's 100 points.
    main = of("VN-NB-D14", "5")
    assert (main["max_points"], main["max_points_effective"]) == (100, 100)
    assert main["max_points_assessed"] < 100
    scaled = main["points_assessed"] * 100 / main["max_points_assessed"]
    assert main["points"] == pytest.approx(scaled, abs=1e-6)


def test_all_of_it_is_marked_as_sample(result: Run) -> None:
    assert result.scopes["data_basis"].unique().to_list() == ["sample"]
    assert result.components["data_basis"].unique().to_list() == ["sample"]
