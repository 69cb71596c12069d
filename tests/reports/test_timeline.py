from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from dti_pipeline.reports.release_view import AssessmentView, ReleaseView
from dti_pipeline.reports.site.bump import bump_chart
from dti_pipeline.reports.site.charts import history_chart, segments, sparkline
from dti_pipeline.reports.timeline import Timeline


@pytest.fixture
def timeline(assessment: AssessmentView) -> Timeline:
    return Timeline(assessment)


def test_stops_are_the_assessments_that_share_units_in_the_order_of_years(
    timeline: Timeline,
) -> None:
    assert [stop.assessment.id for stop in timeline.stops] == ["small-2024", "small-2025"]
    assert [stop.short for stop in timeline.stops] == ["2024", "2025"]


def test_a_declared_break_stands_before_its_assessment(timeline: Timeline) -> None:
    before, after = timeline.stops
    assert before.break_before is None
    assert after.break_before is not None
    assert after.break_before.vi == "Đổi bộ chỉ số thử nghiệm."


def test_a_line_is_dashed_across_a_break_and_solid_elsewhere() -> None:
    solid, across = segments([(0, 1, False), (10, 2, False), (20, 3, True)])
    assert solid == "M0 1h0L10 2M20 3h0"
    assert across == "M10 2L20 3"


def test_a_unit_with_one_value_has_no_small_history(timeline: Timeline) -> None:
    size = {"width": 70.0, "height": 20.0, "low": 0.0, "high": 1.0}
    assert sparkline(timeline.stops, "SMALL-00003", **size)[1].startswith("M0 ")
    assert sparkline(timeline.stops[:1], "SMALL-00003", **size) == ("", "")
    assert sparkline(timeline.stops, "NOBODY", **size) == ("", "")


def test_the_chart_of_a_unit_marks_the_break_between_its_years(timeline: Timeline) -> None:
    chart = history_chart(timeline.stops, "SMALL-00003", predecessors=[])
    assert chart is not None
    assert len(chart["dots"]) == 2
    assert len(chart["breaks"]) == 1
    assert chart["dots"][0][0] < chart["breaks"][0][0] < chart["dots"][1][0]


def test_a_predecessors_line_is_solid_within_comparable_years_alone(timeline: Timeline) -> None:
    chart = history_chart(timeline.stops, "SMALL-00004", predecessors=["SMALL-00003", "NOBODY"])
    assert chart is not None
    ((line, across, unit),) = chart["earlier"]
    assert unit == "SMALL-00003"
    assert "L" not in line
    assert "L" in across


def test_units_that_share_a_rank_stand_below_one_another(timeline: Timeline) -> None:
    chart = bump_chart(timeline)
    assert chart is not None
    for place in range(2):
        heights = [line["dots"][place][1] for line in chart["lines"] if len(line["dots"]) == 2]
        assert len(set(heights)) == len(heights)


def test_ranks_are_drawn_in_their_order(timeline: Timeline) -> None:
    chart = bump_chart(timeline)
    assert chart is not None
    ends = sorted((line["dots"][-1][1], line["dots"][-1][2]["rank"]) for line in chart["lines"])
    assert [rank for _, rank in ends] == sorted(rank for _, rank in ends)
    assert len(chart["breaks"]) == 1


def test_one_assessment_alone_has_no_chart_of_years(release: ReleaseView) -> None:
    assert bump_chart(Timeline(release.assessment("large-2025"))) is None


def test_a_merged_unit_is_followed_into_its_successor(release: ReleaseView) -> None:
    merged = pl.DataFrame(
        {"old_unit_id": ["SMALL-00003", "SMALL-00004"], "new_unit_id": ["NEW", "NEW"]}
    )
    release._tables["bridge_unit_succession"] = merged.with_columns(
        effective_date=pl.date(2025, 7, 1), release_id=pl.lit("r")
    )
    timeline = Timeline(release.assessment("small-2025"))
    assert timeline.predecessors == {"NEW": ["SMALL-00003", "SMALL-00004"]}
    succession = timeline.succession_of("SMALL-00003")
    assert succession is not None
    assert succession["unit"] == "NEW"
    assert timeline.succession_of("SMALL-00005") is None


def test_a_change_of_units_is_dated_by_the_succession(
    release: ReleaseView, assessment: AssessmentView
) -> None:
    release.assessment("small-2024").row["unit_set"] = "older"
    release._tables["bridge_unit_succession"] = pl.DataFrame(
        {
            "old_unit_id": ["OLD-1"],
            "new_unit_id": ["SMALL-00003"],
            "effective_date": [date(2025, 7, 1)],
        }
    )
    break_before = Timeline(assessment).stops[1].break_before
    assert break_before is not None
    assert break_before.vi == "Đổi đơn vị từ 01/7/2025: 24 → 24"
    assert break_before.en == "Units changed on 1 July 2025: 24 → 24"


def test_the_small_line_leaves_out_years_in_which_other_units_were_assessed(
    timeline: Timeline,
) -> None:
    of_others = replace(timeline.stops[0], rows={"OTHER-00001": {"value": 0.5, "rank": 1}})
    timeline.__dict__["stops"] = (of_others, *timeline.stops)
    assert timeline.own_stops == timeline.stops[1:]
