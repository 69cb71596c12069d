"""Hồ Chí Minh City 2026: 168 units, ranks in the city and among their kind, every treatment."""

from pathlib import Path

import polars as pl
import pytest

from tests.hashes import hashes
from tests.index.assessments.conftest import REPOSITORY, Run, run
from tools.sample.write import write_sample

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result() -> Run:
    return run("commune-hcmc-2026")


def test_nothing_blocks(result: Run) -> None:
    counts = dict(result.issues.group_by("rule_id").len().iter_rows())
    assert result.issues.filter(severity="blocking").is_empty()
    assert counts["value.missing"] == 4


def test_units_are_ranked_in_the_city_and_among_their_kind(result: Run) -> None:
    overall = result.overall()
    assert overall["n_ranked"].unique().to_list() == [168]
    sizes = dict(overall.select("group_code", "n_in_group").unique().iter_rows())
    assert sizes == {"ward": 113, "commune": 54, "special_zone": 1}
    values = overall["value_micro"].to_list()
    expected = [sum(other > value for other in values) + 1 for value in values]
    assert overall["rank"].to_list() == expected
    for _, group in overall.group_by("group_code"):
        own = group["value_micro"].to_list()
        best = [sum(other > value for other in own) + 1 for value in own]
        assert group["rank_in_group"].to_list() == best
    (zone,) = overall.filter(group_code="special_zone").iter_rows(named=True)
    assert zone["rank_in_group"] == 1
    assert zone["rank"] > 1


@pytest.mark.parametrize(
    ("code", "units", "points", "maximum"),
    [
        ("36", 12, 4, 4),
        ("22", 10, 0, 0),
        ("23", 10, 0, 0),
        ("24", 6, 0, 1),
        ("27", 3, 0, 0),
        ("33", 3, 0, 0),
        ("34", 3, 0, 0),
    ],
)
def test_every_treatment_of_what_does_not_apply_occurs(
    code: str, units: int, points: float, maximum: float, result: Run
) -> None:
    away = result.components.filter(component_code=code, obs_status="not_applicable")
    assert away.height == units
    assert away["points"].unique().to_list() == [points]
    assert away["max_points_effective"].unique().to_list() == [maximum]


def test_maxima_shrink_with_the_whole_and_are_made_up_within_a_main(result: Run) -> None:
    assert sorted(result.overall()["max_points_effective"].unique()) == [92, 100]
    security = result.scopes.filter(scope_code="CS")
    assert security["max_points_effective"].unique().to_list() == [5]
    assert sorted(security["max_points_assessed"].unique()) == [3, 5]
    rescaled = security.filter(max_points_assessed=3)
    expected = [round(points * 5 / 3, 6) for points in rescaled["points_assessed"]]
    assert rescaled["points"].to_list() == pytest.approx(expected, abs=1e-6)


def test_other_ways_to_have_no_figure_occur(result: Run) -> None:
    reasons = dict(result.components.group_by("lost_reason").len().iter_rows())
    assert {"no_data", "evidence_missing", "denominator_zero", "not_applicable"} <= set(reasons)
    statuses = set(result.observations["obs_status"])
    assert {"ok", "blank", "none_declared", "not_applicable"} <= statuses
    nobody_met = result.components.filter(component_code="02", lost_reason="denominator_zero")
    assert nobody_met.height == 3
    assert nobody_met["max_points_effective"].unique().to_list() == [2]


def test_every_step_of_every_rule_occurs(result: Run) -> None:
    (scores,) = result.scores
    bound = result.definition.frameworks["commune-hcmc-2026"]
    for component in bound.components:
        reached = set(scores.points[component.code].drop_nulls())
        steps = component.steps()
        assert reached >= set(steps.levels), component.code
        for low, high in steps.ranges:
            assert any(low < points < high for points in reached), component.code


def test_borrowed_figures_are_those_of_the_component_they_come_from(result: Run) -> None:
    (scores,) = result.scores
    values = result.observations.filter("accepted").filter(
        pl.col("component_code").is_in(["22", "23"])
    )
    figures = {
        (row["unit_id"], row["component_code"], row["variable"]): row["value_micro"]
        for row in values.iter_rows(named=True)
    }
    points = dict(scores.points.select("unit_id", "23").iter_rows())
    checked = 0
    for unit_id, found in points.items():
        above, below = figures.get((unit_id, "23", "a")), figures.get((unit_id, "22", "a"))
        if above is not None and below:
            share = min(above / below, 1)
            assert found == pytest.approx(share * 10**6, abs=1)
            checked += 1
    assert checked > 100


def test_all_of_it_is_marked_as_sample(result: Run) -> None:
    assert result.scopes["data_basis"].unique().to_list() == ["sample"]


SAMPLES = "commune-hcmc-2026 commune-tayninh-2025 ninh-binh-2021 ninh-binh-2022 province-2025"


@pytest.mark.parametrize("assessment_id", SAMPLES.split())
def test_the_repository_holds_what_the_sample_command_writes(
    assessment_id: str, tmp_path: Path
) -> None:
    written = write_sample(assessment_id, out=tmp_path)
    assert list(written) == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert hashes(tmp_path) == hashes(REPOSITORY / "data" / "raw" / assessment_id)
