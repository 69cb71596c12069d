"""An assessment whose groups have frameworks of their own: the same code names two components."""

import polars as pl
import pytest

from dti_pipeline.reports.release_view import AssessmentView, ReleaseView
from dti_pipeline.reports.site.pages import comparison_data, rank_intervals_context
from dti_pipeline.reports.workbook.sheets import sheets

OWN, OTHER = "made-up-pools-2025", "other"


@pytest.fixture
def mixed(release: ReleaseView) -> AssessmentView:
    """Return the assessment of two groups, the second with a framework of its own."""
    of_other = (pl.col("assessment_id") == "pools-2025") & (pl.col("group_code") == "with")
    framework = pl.when(of_other).then(pl.lit(OTHER)).otherwise("framework_id")
    release._tables["fact_ranking"] = release.table("fact_ranking").with_columns(
        framework_id=framework
    )
    indicators = release.table("dim_indicator")
    copied = indicators.filter(framework_id=OWN).with_columns(
        framework_id=pl.lit(OTHER), name_vi=pl.concat_str(pl.lit("Khác: "), "name_vi")
    )
    release._tables["dim_indicator"] = pl.concat([indicators, copied])
    return release.assessment("pools-2025")


def test_components_of_the_same_code_have_places_of_their_own(mixed: AssessmentView) -> None:
    assert set(mixed.frameworks) == {OWN, OTHER}
    assert mixed.anchor(OWN, "0101") != mixed.anchor(OTHER, "0101")
    anchors = [row[7] for row in comparison_data(mixed)["list"]]
    assert len(set(anchors)) == len(anchors) == 2 * 20


def test_one_framework_keeps_the_plain_address(assessment: AssessmentView) -> None:
    assert assessment.anchor(assessment.frameworks[0], "0101") == "c-0101"


def test_two_units_of_different_frameworks_share_no_component(mixed: AssessmentView) -> None:
    data = comparison_data(mixed)
    units = mixed.overall["unit_id"].to_list()
    for row, points in zip(data["list"], data["points"], strict=True):
        known = {mixed.framework_of[u] for u, p in zip(units, points, strict=True) if p is not None}
        assert known == {OTHER if row[1].startswith("Khác: ") else OWN}


def test_a_decisive_component_is_that_of_the_units_framework(mixed: AssessmentView) -> None:
    context = rank_intervals_context(mixed)
    assert context is not None
    for row in context["rows"]:
        assert row["anchor"] == mixed.anchor(mixed.framework_of[row["unit_id"]], "0101")


def test_every_framework_has_its_own_sheet_of_components(mixed: AssessmentView) -> None:
    found = {sheet.name: sheet for sheet in sheets(mixed)}
    parts = [found["Điểm thành phần 1"], found["Điểm thành phần 2"]]
    assert "Điểm thành phần" not in found
    heads = [sheet.columns[2].title for sheet in parts]
    assert sum("Khác: " in head for head in heads) == 1
    assert sum(len(sheet.rows) for sheet in parts) == mixed.overall.height
    assert all(value is not None for sheet in parts for row in sheet.cells() for value in row[2:])
