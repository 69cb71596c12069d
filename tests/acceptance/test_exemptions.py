"""“Not applicable” in one cell of a component does not throw away the figures in its others."""

from pathlib import Path

import pytest

from dti_pipeline.acceptance.accept import accept_values
from tests.acceptance.conftest import TABLE, UNITS, observations
from tests.index.rules.cases import component, count, framework
from tests.intake.intake_cases import definition, deliver, edit, observed, put

RULE = "value.beside_not_applicable"
FORM = "raw/province-2022/self_reports/06.xlsx"
NA = "không phát sinh"
BECAUSE = "nhập sai,Hội đồng,CV 1"
DECIDED = "Hội đồng,01/03/2023,xã mới lập"


def issues(data_dir: Path) -> list[tuple[str, str | None]]:
    """Return the cells of the figures that stand beside “not applicable”, with what they hold."""
    assessed = definition(data_dir)
    found = accept_values(
        observed(data_dir).observations, frameworks=assessed.frameworks, units=assessed.units
    )
    rows = found.issues.filter(rule_id=RULE, severity="blocking")
    return rows.select("source_cell", "raw_text").rows()


@pytest.mark.parametrize(
    ("cells", "contradiction"),
    [
        ({"H14": NA, "J14": "không có"}, [("H15", "15")]),
        ({"H14": NA, "H15": 0, "J14": "không có"}, [("H15", "0")]),
        ({"H15": NA, "J14": "không có"}, [("H14", "12")]),
        ({"H14": NA, "H15": NA, "J14": "không có"}, []),
        ({"H14": NA, "H15": None, "J14": "không có"}, []),
        ({"H14": NA}, []),  # without a reason it does not count, and the figure does
    ],
)
def test_a_form_with_a_figure_beside_not_applicable_blocks(
    tmp_path: Path, cells: dict[str, object], contradiction: list[tuple[str, str]]
) -> None:
    edit(deliver(tmp_path, {}) / FORM, put(cells))
    assert issues(tmp_path) == contradiction


def test_a_correction_of_one_figure_of_two_blocks(tmp_path: Path) -> None:
    head = "unit,component_code,variable,value,reason,authority,reference"
    rows = [f"Bắc Kạn,0110,{name},N/A,{BECAUSE}" for name in ("signed", "required")]
    deliver(tmp_path, {"corrections/01.csv": "\n".join([head, rows[0], ""])})
    assert issues(tmp_path) == [("H15", "15")]
    deliver(tmp_path, {"corrections/01.csv": "\n".join([head, *rows, ""])})
    assert issues(tmp_path) == []


def test_an_appraisal_of_one_figure_of_two_blocks(tmp_path: Path) -> None:
    head = "unit,component_code,variable,state,value,by,date,reason"
    row = f"Bắc Kạn,0110,signed,điều chỉnh,N/A,{DECIDED}"
    deliver(tmp_path, {"appraisals/01.csv": "\n".join([head, row, ""])})
    assert issues(tmp_path) == [("H15", "15")]


def test_an_agencys_figure_does_not_contradict_a_unit(tmp_path: Path) -> None:
    entry = component(
        "01",
        1,
        rule={"kind": "ratio", "numerator": "m", "denominator": "n"},
        variables={"n": count("n"), "m": count("m", source="central:network.share")},
        not_applicable={"treatment": "rescale", "scope": "main"},
    )
    bound = framework(tmp_path, entry, tables=[TABLE])
    central = {"component_code": "01", "variable": "m", "source_kind": "central", "value": 3}
    exempt = {
        "component_code": "01",
        "obs_status": "not_applicable",
        "value": None,
        "na_reason": "không có",
    }
    found = accept_values(observations(central, exempt), frameworks={"small": bound}, units=UNITS)
    assert found.observations["accepted"].to_list() == [True, True]
    assert found.issues.filter(rule_id=RULE).is_empty()
