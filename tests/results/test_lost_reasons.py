"""Why points are missing, in the results and in the unit's own page alike."""

from pathlib import Path

import pytest

from dti_pipeline.analysis.unit_points import unit_outlook
from dti_pipeline.pipeline import compute, read
from tests.index.rules.cases import RATIO, component, count, main, yes_no
from tests.small_index import SmallIndex

FIGURES = {"a": count("a"), "b": count("b")}
PARTS = [
    {"share": "1/2", "rule": {"kind": "yes_no", "value": "x"}},
    {"share": "1/2", "rule": RATIO},
]
QUARTERS = {"kind": "per_period", "values": ["q1", "q2"], "points": {"yes": 5, "no": 0}}
GATED = {"kind": "ladder", "value": "n", "steps": [">= 5: 1", ">= 2: 1/2"], "gate": "g"}
COMPONENTS = [
    component("01", 10, rule=QUARTERS, variables={"q1": yes_no("q1"), "q2": yes_no("q2")}),
    component("02", 10, parts=PARTS, variables={"x": yes_no("x"), **FIGURES}),
    component("03", 10, rule=GATED, variables={"g": yes_no("g"), "n": count("n")}),
]
# What the first unit leaves out is blank in its report.
ANSWERS = {
    "U1": {("01", "q1"): "yes", ("02", "x"): "yes", ("03", "g"): "no"},
    "U2": {
        **{("01", "q1"): "yes", ("01", "q2"): "no"},
        **{("02", "x"): "yes", ("02", "a"): 3, ("02", "b"): 10},
        **{("03", "g"): "yes", ("03", "n"): 2},
    },
}


def reported(data: Path, *units: str, more: str = "") -> SmallIndex:
    """Return two offices, of which some have reported."""
    index = SmallIndex(data)
    index.framework(COMPONENTS, [main("1", 30)])
    index.units({"U1": "", "U2": ""})
    index.assessment(f'framework = "small"\n{more}')
    for unit in units:
        index.report(unit, ANSWERS[unit])
    return index


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SmallIndex:
    return reported(tmp_path_factory.mktemp("lost"), *ANSWERS)


def test_a_blank_quarter_or_part_is_no_data_and_a_measure_behind_a_closed_gate_is_not_needed(
    index: SmallIndex,
) -> None:
    rows = compute(index.define())["fact_component_score"]
    found = rows.sort("unit_id", "component_code").select("points", "lost_reason").rows()
    of_u1 = [(5.0, "no_data"), (5.0, "no_data"), (0.0, "not_reached")]
    assert found == [*of_u1, *((points, "not_reached") for points in (5.0, 6.5, 5.0))]


@pytest.mark.parametrize(
    ("unit", "reasons"),
    [
        ("U1", ["no_data", "no_data", "true_zero"]),
        ("U2", ["not_reached", "not_reached", "not_reached"]),
    ],
)
def test_the_units_own_page_gives_the_same_reasons(
    index: SmallIndex, unit: str, reasons: list[str]
) -> None:
    definition = index.define()
    observations = read(definition).observations.filter(unit_id=unit)
    outlook = unit_outlook(definition, unit, observations)
    assert [one.lost for one in outlook.components] == reasons


def test_a_component_that_is_not_assessed_has_lost_nothing_on_the_units_own_page(
    tmp_path: Path,
) -> None:
    more = '[[not_assessed]]\ncomponent = "02"\nscope = "total"\nreason_vi = "thử"'
    definition = reported(tmp_path, "U1", more=more).define()
    outlook = unit_outlook(definition, "U1", read(definition).observations)
    shown = [(one.maximum, one.low, one.high, one.lost) for one in outlook.components]
    assert shown[1] == (0, 0, 0, "")
    assert sum(maximum for maximum, *_ in shown) == outlook.overall[2] == 20_000_000
