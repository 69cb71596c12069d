"""What single pages say: tiles, gaps, ranking data, groups, changes, quality, method."""

import polars as pl
import pytest

from dti_pipeline.reports.figures import signed
from dti_pipeline.reports.release_view import AssessmentView, ReleaseView
from dti_pipeline.reports.site import pages
from dti_pipeline.reports.site.ranking_page import ranking_context, ranking_data
from dti_pipeline.reports.site.tiles import classes, tile_map, wrap
from dti_pipeline.reports.timeline import Timeline
from dti_pipeline.reports.unit_page import gaps


def test_equal_values_share_a_shade_and_unknown_ones_have_none() -> None:
    assert classes([0.1, 0.2, 0.3, 0.4, 0.5]) == [1, 2, 3, 4, 5]
    assert classes([0.5, 0.5, 0.5, None]) == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Ninh Bình", ["Ninh Bình"]),
        ("Thừa Thiên Huế", ["Thừa Thiên", "Huế"]),
        ("Bà Rịa - Vũng Tàu", ["Bà Rịa - Vũng", "Tàu"]),
        ("Hoàng Sa (Đà Nẵng)", ["Hoàng Sa", "(Đà Nẵng)"]),
    ],
)
def test_names_are_broken_at_spaces(name: str, lines: list[str]) -> None:
    assert wrap(name) == lines


def test_the_archipelagos_stand_on_every_tile_map(assessment: AssessmentView) -> None:
    made = tile_map(assessment)
    assert made is not None
    assert [box["label"].vi for box in made["boxes"]] == ["Hoàng Sa", "Trường Sa"]
    assert len(made["tiles"]) == 24
    places = {(tile["x"], tile["y"]) for tile in made["tiles"]}
    assert len(places) == 24


def test_units_without_tiles_have_no_map(release: ReleaseView) -> None:
    assert tile_map(release.assessment("large-2025")) is None


def ranked(place: int, value: float, maximum: float) -> dict[str, object]:
    unit = {"unit_id": f"U{place}", "unit_name": f"U{place}"}
    basis = {"rank_basis": "computed", "max_points_effective": maximum}
    return {**unit, **basis, "rank": place, "value": value}


def test_the_gap_to_the_next_rank_is_in_points_of_the_units_own_maximum() -> None:
    pool = [ranked(place, round(0.9 - place / 100, 2), 940.0) for place in range(1, 15)]
    assert [
        (gap["rank"], gap["unit_name"], gap["value"], gap["points"]) for gap in gaps(pool[13], pool)
    ] == [(13, "U13", 0.01, 9.4), (10, "U10", 0.04, 37.6), (1, "U1", 0.13, 122.2)]
    assert gaps(pool[0], pool) == []


def test_no_gap_is_measured_to_a_published_rank() -> None:
    """Units whose figures are not public stand between: the third known is no next rank up."""
    published = {"rank_basis": "published"}
    pool = [ranked(place, 0.9 - place / 100, 940.0) | published for place in (3, 12)]
    assert gaps(pool[1], pool) == []


def test_the_points_of_a_gap_are_rounded_once() -> None:
    pool = [ranked(1, 0.9004, 912.5), ranked(2, 0.9, 912.499999)]
    # 0.3649999996 points; by way of six decimals they would be 0.365000, and then 0.37.
    assert [signed(gap["points"], 2) for gap in gaps(pool[1], pool)] == ["+0,36"]


def test_the_data_of_the_ranking_repeat_the_release(assessment: AssessmentView) -> None:
    data = ranking_data(assessment, Timeline(assessment))
    units = [unit[0] for unit in data["units"]]
    rows = {row["unit_id"]: row for row in assessment.overall.iter_rows(named=True)}
    assert units == assessment.overall["unit_id"].to_list()
    column = data["columns"]["DTI"]
    assert column["v"] == [round(rows[unit]["value"] * 10_000) for unit in units]
    assert column["r"] == [rows[unit]["rank"] for unit in units]
    assert column["n"] == 23
    assert column["b"] == "sample"
    assert column["k"] == "framework_changed"


def test_units_ranked_within_groups_are_shown_one_group_at_a_time(release: ReleaseView) -> None:
    assessment = release.assessment("pools-2025")
    assert assessment.ranks_groups
    shown = ranking_context(assessment, Timeline(assessment))
    assert shown["groups"] == ["with", "without"]
    assert {row["group_code"] for row in shown["rows"]} == {"with"}
    assert [row["rank"] for row in shown["rows"]][:2] == [1, 2]


def test_a_page_holds_the_first_rows_and_the_script_the_rest(release: ReleaseView) -> None:
    assessment = release.assessment("large-2025")
    shown = ranking_context(assessment, Timeline(assessment))
    assert len(shown["rows"]) == 100
    assert shown["n_all"] == 215
    assert len(ranking_data(assessment, Timeline(assessment))["units"]) == 215


def test_medians_and_best_values_are_those_of_the_units_own_group(release: ReleaseView) -> None:
    assessment = release.assessment("pools-2025")
    rows = assessment.ranking.filter(scope="overall")
    for group in ("with", "without"):
        own = rows.filter(group_code=group)
        assert own["best"].unique().to_list() == [own["value"].max()]
        assert own["median"].unique().to_list() == [own["value"].median()]


def test_groups_name_their_first_three(assessment: AssessmentView) -> None:
    context = pages.groups_context(assessment)
    assert context is not None
    table = context["tables"][0]
    assert (table["scope"].kind, table["measure"]) == ("overall", "value")
    rows = table["rows"]
    pool = rows[0]
    assert pool["group_kind"] == "pool"
    assert [one["rank"] for one in pool["firsts"][:3]] == [1, 2, 3]
    assert {row["n"] for row in rows[1:]} <= {4, 5}


def test_changes_tell_revisions_and_the_year_before_apart(
    assessment: AssessmentView, release: ReleaseView
) -> None:
    found = pages.changes_context(assessment)
    assert found["pairs"] == [("small-2025-r0001-00000000", "small-2025-r0002-00000000")]
    assert found["n_moves"] == 12
    assert all(row["rank_change"] > 0 for row in found["rose"])
    assert all(row["rank_change"] < 0 for row in found["fell"])
    first = pages.changes_context(release.assessment("small-2024"))
    assert first["pairs"] == []
    assert first["n_previous"] == 0


def test_quality_counts_issues_and_files(assessment: AssessmentView) -> None:
    found = pages.quality_context(assessment)
    assert found["n_issues"] == 2
    assert dict(found["severities"]) == {"warning": 1, "info": 1}
    assert [row["figures"] for row in found["files"]] == [24 * 20]
    assert found["reconciled"]["n_differing"] == 3


def test_the_method_lists_every_component_with_rule_and_basis(assessment: AssessmentView) -> None:
    found = pages.method_context(assessment)
    (framework,) = found["frameworks"]
    components = [c for _, parts in framework["mains"] for c in parts]
    assert len(components) == 20
    assert all(c["rule_text_vi"] and c["basis"] for c in components)


def test_the_check_of_the_index_lists_every_kind_of_finding(assessment: AssessmentView) -> None:
    context = pages.index_check_context(assessment)
    assert context is not None
    (part,) = context["parts"]
    found = {kind: [row["indicator_code"] for row in rows] for kind, rows in part["findings"]}
    assert found == {
        "all_pass": ["0101"],
        "none_pass": ["0102"],
        "against_rest": ["0103"],
        "repeats_another": ["0104"],
        "weak_main": ["1"],
    }
    assert [row["indicator_code"] for row in part["mains"]] == ["1", "2", "3"]
    assert len(part["components"]) == 15
    assert all(row["indicator"]["name_vi"] for row in part["components"])
    assert pages.method_context(assessment)["findings"] == {"n": 18, "found": 5}


def test_an_index_that_was_not_checked_has_no_page_about_it(assessment: AssessmentView) -> None:
    assessment._tables["fact_index_check"] = assessment.table("fact_index_check").clear()
    assert pages.index_check_context(assessment) is None
    assert pages.method_context(assessment)["findings"] is None


def test_components_of_a_framework_are_left_out_where_none_was_scored(release: ReleaseView) -> None:
    assessment = release.assessment("small-2025")
    release._tables["fact_component_score"] = release.table("fact_component_score").filter(
        pl.col("assessment_id") != "small-2025"
    )
    assert not assessment.has_components
    assert assessment.unofficial is None
    (framework,) = pages.method_context(assessment)["frameworks"]
    assert all(parts == [] for _, parts in framework["mains"])


def test_a_table_the_release_lacks_reads_as_empty(release: ReleaseView) -> None:
    assert release.table("fact_pillar_score").is_empty()


def test_a_rank_before_stands_beside_the_number_of_units_of_that_time(
    assessment: AssessmentView,
) -> None:
    ranked = assessment.overall.drop_nulls("rank_prev")
    assert ranked["n_ranked_prev"].unique().to_list() == [23]
    assert assessment.ranking.height == assessment.table("fact_ranking").height


def test_where_no_rank_was_before_values_tell_who_moved(assessment: AssessmentView) -> None:
    table = assessment.table("fact_ranking")
    assessment._tables["fact_ranking"] = table.with_columns(
        rank_prev=pl.lit(None, dtype=pl.Int32), rank_change=pl.lit(None, dtype=pl.Int32)
    )
    found = pages.changes_context(assessment)
    assert not found["by_rank"]
    changes = assessment.overall["value_change"].drop_nulls()
    assert found["rose"][0]["value_change"] == changes.max()
    assert found["fell"][0]["value_change"] == changes.min()
    assert len(found["rose"]) == len(found["fell"]) == 10


def test_the_comparison_knows_samples_and_what_counts_in_no_total(
    assessment: AssessmentView,
) -> None:
    listed = pages.comparison_data(assessment)["list"]
    assert {row[5] for row in listed} == {"sample"}
    assert {row[0][:2]: row[6] for row in listed} == {
        "01": True,
        "02": True,
        "03": True,
        "04": False,
    }


def test_a_ranking_with_nothing_to_compare_says_so(
    release: ReleaseView, assessment: AssessmentView
) -> None:
    assert ranking_context(assessment, Timeline(assessment))["has_changes"]
    alone = release.assessment("pools-2025")
    assert not ranking_context(alone, Timeline(alone))["has_changes"]
