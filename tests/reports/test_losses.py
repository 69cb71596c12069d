import pytest

from dti_pipeline.reports.figures import to_micro
from dti_pipeline.reports.losses import Losses
from dti_pipeline.reports.release_view import AssessmentView, ReleaseView
from dti_pipeline.reports.site.charts import Bar, span
from dti_pipeline.reports.unit_page import UnitPages


@pytest.fixture
def pages(assessment: AssessmentView) -> UnitPages:
    return UnitPages(assessment)


def found(pages: UnitPages, unit_id: str) -> Losses:
    losses = pages.content(unit_id)["losses"]
    assert isinstance(losses, Losses)
    return losses


def test_the_steps_of_every_unit_add_up_to_what_it_lost(pages: UnitPages) -> None:
    for unit_id in pages.unit_ids:
        overall = next(r for r in pages.rows("fact_ranking", unit_id) if r["scope"] == "overall")
        losses = found(pages, unit_id)
        missing = to_micro(overall["max_points_effective"]) - to_micro(overall["points"])
        assert losses.total == missing
        assert sum(main.lost for main in losses.mains) == missing
        for main in losses.mains:
            assert sum(part.lost for part in main.components) + main.other == main.lost


def test_each_step_starts_where_the_one_before_ended(pages: UnitPages) -> None:
    losses = found(pages, pages.unit_ids[3])
    at = 0
    for main in losses.mains:
        assert main.start == at
        inner = at
        for part in main.components:
            assert part.start == inner
            inner += part.lost
        at += main.lost


def test_what_scaling_up_costs_is_a_step_of_its_own(pages: UnitPages) -> None:
    # Unit 0 does not have component 0101: its main is scaled up, so it loses more than its parts.
    first = found(pages, "SMALL-00000").mains[0]
    other = found(pages, "SMALL-00001").mains[0]
    assert first.other > 0
    assert other.other == 0


def test_a_main_for_reference_only_is_no_step(pages: UnitPages) -> None:
    losses = found(pages, "SMALL-00002")
    assert [main.row["main_code"] for main in losses.mains] == ["1", "2", "3"]
    assert [main.row["main_code"] for main in losses.reference] == ["4"]


def test_the_largest_losses_come_first_and_count(pages: UnitPages) -> None:
    largest = found(pages, "SMALL-00002").largest
    lost = [part.lost for part in largest]
    assert lost == sorted(lost, reverse=True)
    assert min(lost) > 0
    assert {part.row["main_code"] for part in largest} <= {"1", "2", "3"}


def test_a_main_that_is_its_only_component_has_nothing_to_open(release: ReleaseView) -> None:
    assessment = release.assessment("large-2025")
    pages = UnitPages(assessment)
    losses = found(pages, "LARGE-00001")
    assert all(not main.components and main.only is not None for main in losses.mains)
    assert {part.row["main_code"] for part in losses.largest} <= {"1", "2"}


def test_every_component_brings_its_reason_and_its_figures(pages: UnitPages) -> None:
    for main in found(pages, "SMALL-00002").mains:
        for part in main.components:
            assert (part.lost > 0) == (part.row["lost_reason"] is not None)
            assert part.figures[0]["source_cell"].startswith("H")


def test_a_gain_runs_to_the_left_of_the_steps_before() -> None:
    assert span(50, -20, 100) == Bar(start=30.0, width=20.0)
    assert span(0, 25, 100) == Bar(start=0.0, width=25.0)
    assert span(0, 0, 0) == Bar(start=0, width=0)
