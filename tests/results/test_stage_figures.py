"""What the stages of an appraisal say of figures that stay as they are, or are corrected."""

from pathlib import Path

import pytest

from dti_pipeline.pipeline import compute
from tests.index.rules.cases import component, main, yes_no
from tests.small_index import SmallIndex

APPRAISAL = "unit,component_code,variable,state,value,by,date,reason\n"
CORRECTION = "unit,component_code,variable,value,reason,authority,reference\n"
CONFIRMED = "Sở U1,01,,accepted,,Hội đồng,2025-12-01,\n"
SHARES = ["share_central", "share_accepted", "share_unchecked"]


@pytest.fixture
def index(tmp_path: Path) -> SmallIndex:
    """Return two offices: 5 and 7 of 10 in one component, yes in the other."""
    index = SmallIndex(tmp_path)
    answer = {"rule": {"kind": "yes_no", "value": "x"}, "variables": {"x": yes_no("x")}}
    index.framework([component("01", 20), component("02", 10, **answer)], [main("1", 30)])
    index.units({"U1": "", "U2": ""})
    index.assessment()
    for unit, a in (("U1", 5), ("U2", 7)):
        index.report(unit, {("01", "a"): a, ("01", "b"): 10, ("02", "x"): "yes"})
    return index


def stages(index: SmallIndex, column: str | list[str]) -> dict[str, object]:
    """Return stage → figures of the first office's first component."""
    rows = compute(index.define())["fact_stage_score"].filter(unit_id="U1", scope_code="01")
    columns = [column] if isinstance(column, str) else column
    found = {stage: rest for stage, *rest in rows.select("stage", *columns).iter_rows()}
    return {stage: rest[0] if isinstance(column, str) else rest for stage, rest in found.items()}


@pytest.mark.parametrize("other", ["", "Sở U2,02,,rejected,,Hội đồng,2025-12-01,sai\n"])
def test_a_figure_is_unchecked_until_the_council_confirms_it(index: SmallIndex, other: str) -> None:
    index.decisions("appraisals", APPRAISAL + CONFIRMED + other)
    assert stages(index, SHARES) == {
        "self_scored": [0.0, 0.0, 1.0],
        "appraised": [0.0, 1.0, 0.0],
        "accepted_only": [0.0, 1.0, 0.0],
        "final": [0.0, 1.0, 0.0],
    }


def test_a_figure_that_the_council_let_stand_is_appraised_as_it_was_reported(
    index: SmallIndex,
) -> None:
    index.decisions("corrections", CORRECTION + "Sở U1,01,a,6,nhầm,Hội đồng,CV 1\n")
    index.decisions("appraisals", APPRAISAL + CONFIRMED)
    found = stages(index, "points")
    assert (found["self_scored"], found["appraised"], found["final"]) == (10.0, 10.0, 12.0)


def test_a_figure_that_the_council_adjusted_stays_adjusted_when_it_is_confirmed_later(
    index: SmallIndex,
) -> None:
    index.decisions("corrections", CORRECTION + "Sở U1,01,a,6,nhầm,Hội đồng,CV 1\n")
    adjusted = "Sở U1,01,a,adjusted,4,Tổ rà soát,2025-11-01,sai\n"
    index.decisions("appraisals", APPRAISAL + adjusted, name="01_review.csv")
    index.decisions("appraisals", APPRAISAL + CONFIRMED, name="02_council.csv")
    found = stages(index, "points")
    assert (found["reviewed"], found["appraised"], found["final"]) == (8.0, 8.0, 8.0)
