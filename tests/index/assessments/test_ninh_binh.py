"""Ninh Bình 2021 and 2022: what was published comes out, and groups have maxima of their own."""

import tomllib
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.acceptance.reconciliation import reconciliation
from tests.index.assessments.conftest import Run, run
from tests.tables import one

PUBLISHED = tomllib.loads(Path(__file__).with_name("ninh_binh.toml").read_text("utf-8"))
MEANS = [
    pytest.param(mean["group"], year, mean["units"], points, id=f"{mean['group']} {year}")
    for mean in PUBLISHED["mean"]
    for year, points in mean["points"].items()
]
FIRSTS = [
    pytest.param(first["group"], first["units"], first["points"], id=first["group"])
    for first in PUBLISHED["first"]
]


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {year: run(f"ninh-binh-{year}") for year in ("2021", "2022")}


@pytest.fixture(scope="module")
def result(runs: dict[str, Run]) -> Run:
    return runs["2022"]


def in_places(points: int, text: str) -> Decimal:
    """Round micro-points to the decimals of a printed figure."""
    return (Decimal(points) / 10**6).quantize(Decimal(text), ROUND_HALF_UP)


@pytest.mark.parametrize("year", ["2021", "2022"])
def test_nothing_blocks(year: str, runs: dict[str, Run]) -> None:
    assert runs[year].issues.filter(severity="blocking").is_empty()


def test_the_misprint_alone_differs_from_what_was_published(runs: dict[str, Run]) -> None:
    assert runs["2021"].differences.is_empty()
    difference = one(runs["2022"].differences)
    assert difference["unit_id"] == "VN-NB-D02"
    assert "331.01" in difference["message_en"]
    assert "3,331.01" in difference["message_en"]


@pytest.mark.parametrize(("group", "year", "units", "mean"), MEANS)
def test_group_means_equal_the_published_ones(
    group: str, year: str, units: int, mean: str, runs: dict[str, Run]
) -> None:
    overall = runs[year].overall().filter(pl.col("group_code").is_in(group.split("+")))
    assert overall.height == units
    exact = Decimal(overall["points_micro"].sum()) / units / 10**6
    assert exact.quantize(Decimal(mean), ROUND_HALF_UP) == Decimal(mean)


@pytest.mark.parametrize(("group", "units", "points"), FIRSTS)
def test_the_published_first_three_come_first_with_their_points(
    group: str, units: Sequence[str], points: Sequence[str], result: Run
) -> None:
    best = result.overall(group).filter(pl.col("rank") <= 3).sort("rank")
    assert best["unit_name"].to_list() == units
    assert best["rank"].to_list() == [1, 2, 3]
    found = [in_places(*pair) for pair in zip(best["points_micro"], points, strict=True)]
    assert found == [Decimal(text) for text in points]
    marks = ["sample" if text == "331.01" else "calibrated_sample" for text in points]
    assert best["data_basis"].to_list() == marks


def test_no_office_without_procedures_has_more_points_than_the_first_three_departments(
    result: Run,
) -> None:
    assert result.overall("department-750")["points"].max() < 322.65


def test_each_group_is_ranked_by_itself_on_its_own_maximum(result: Run) -> None:
    overall = result.overall()
    best = overall.filter(rank=1)
    assert sorted(best["group_code"]) == ["commune", "department", "department-750", "district"]
    assert overall.filter(pl.col("rank") != pl.col("rank_in_group")).is_empty()
    maxima = dict(overall.group_by("group_code").agg(pl.col("max_points").max()).iter_rows())
    assert maxima == {"department": 1000, "department-750": 750, "district": 1000, "commune": 1000}
    smaller = overall.filter(group_code="department-750")
    assert smaller["value"].to_list() == [round(p / 750, 4) for p in smaller["points"]]


def test_bands_count_percent_of_each_groups_own_maximum(result: Run) -> None:
    for row in result.overall().iter_rows(named=True):
        percent = Decimal(row["points_micro"]) / Decimal(row["max_points_effective_micro"]) * 100
        bands = ((75, "level_4"), (50, "level_3"), (25, "level_2"), (-1, "level_1"))
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
    absent = result.issues.filter(rule_id="report.absence_declared")
    assert absent["unit_id"].sort().to_list() == ["VN-NB-D18", "VN-NB-O06"]


def test_a_department_without_a_report_is_scored_on_central_figures_alone(result: Run) -> None:
    own = result.components.filter(unit_id="VN-NB-D18")
    scored = own.filter(pl.col("points") > 0)["component_code"].to_list()
    assert set(scored) <= {"0601", "0602", "0603", "0604", "0605"}
    assert scored
    rest = own.filter(~pl.col("component_code").str.starts_with("060"))
    assert rest["lost_reason"].unique().to_list() == ["no_data"]


@pytest.mark.parametrize(
    ("unit_id", "code", "points", "maximum"),
    [
        ("VN-NB-D17", "0501", 0, 0),
        ("VN-NB-D17", "0205", 0, 0),
        ("VN-NB-D17", "0604", 0, 0),
        ("VN-NB-C027", "0609", 20, 20),
        ("VN-NB-C040", "0702", 0, 0),
        ("VN-NB-O02", "0501", 0, 0),
    ],
)
def test_what_does_not_apply_is_treated_as_its_component_says(
    unit_id: str, code: str, points: float, maximum: float, result: Run
) -> None:
    row = one(result.components, unit_id=unit_id, component_code=code)
    assert row["obs_status"] == "not_applicable"
    assert (row["points"], row["max_points_effective"]) == (points, maximum)


def test_the_effective_maximum_stands_beside_the_nominal_one(result: Run) -> None:
    def of(unit_id: str, code: str) -> dict[str, float]:
        return one(result.scopes, unit_id=unit_id, scope_code=code)

    # Leaves the whole: 950 points instead of 1,000.
    whole = of("VN-NB-D17", "DTI")
    assert (whole["max_points"], whole["max_points_effective"]) == (1000, 950)
    assert of("VN-NB-D17", "6")["max_points_effective"] == 450
    # Leaves the main, and the rest is scaled up to the main's 100 points.
    main = of("VN-NB-D17", "5")
    assert (main["max_points"], main["max_points_effective"]) == (100, 100)
    assert main["max_points_assessed"] < 100
    scaled = main["points_assessed"] * 100 / main["max_points_assessed"]
    assert main["points"] == pytest.approx(scaled, abs=1e-6)


def test_a_report_that_differs_from_the_central_figure_is_told_and_does_not_count(
    result: Run,
) -> None:
    issue = result.issues.filter(rule_id="source.disagrees").row(0, named=True)
    assert (issue["unit_id"], issue["severity"]) == ("VN-NB-D17", "warning")
    assert issue["source_cell"]
    rows = reconciliation(result.definition, result.observations)
    assert rows.height == 17
    differing = one(rows, agrees=False)
    assert differing["unit_name"] == "Sở, ngành giả định 01"
    assert differing["component_code"] == "0601"
    assert differing["report_value"] - differing["central_value"] == differing["difference"] == 3
    assert differing["counted_source"] == "central"
    assert differing["report_file"].endswith("017_so_nganh_gia_dinh_01.xlsx")
    assert differing["central_cell"]


@pytest.mark.parametrize("year", ["2021", "2022"])
def test_faults_stand_under_fictitious_units_alone(year: str, runs: dict[str, Run]) -> None:
    names = runs[year].definition.units.select("unit_id", "unit_name")
    issues = runs[year].issues.filter(pl.col("rule_id") != "report.absence_declared")
    blamed = issues.join(names, on="unit_id")
    assert blamed["unit_name"].str.contains(" giả định ").all()
    reasons = ("evidence_missing", "no_data")
    lost = runs[year].components.filter(pl.col("lost_reason").is_in(reasons))
    assert lost["unit_name"].str.contains(" giả định ").all()
    assert set(lost["lost_reason"]) == set(reasons)
    away = runs[year].components.filter(obs_status="not_applicable")
    assert away["unit_name"].str.contains(" giả định ").all()


def test_all_of_it_is_marked_as_sample(runs: dict[str, Run]) -> None:
    assert set(runs["2021"].scopes["data_basis"]) == {"sample"}
    assert set(runs["2022"].scopes["data_basis"]) == {"sample", "calibrated_sample"}
    for result in runs.values():
        assert set(result.components["data_basis"]) == {"sample"}
