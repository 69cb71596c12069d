"""An assessment file that units, frameworks and its source do not bear out is refused, by line."""

from pathlib import Path

import pytest

from dti_pipeline.index.definition import define
from dti_pipeline.index.toml_files import FileError
from dti_pipeline.workspace import Workspace
from tests.runs.test_own_index import ASSESSMENT, UNITS, write_index

ONE = 'framework = "offices"\n'
DERIVED = 'kind = "derived"\nderived_from = "offices-{}"\n'
GROUP = '[[groups]]\ncode = "{}"\nname_vi = "x"\nframework = "offices"\n'
UNIT = '[[{}]]\nunit_id = "{}"\nreason_vi = "x"\n'
TREATED = UNIT.format("without_report", "OWN-1") + 'treatment = "zero"\n'
COMPONENT = '[[not_assessed]]\ncomponent = "{}"\nscope = "main"\nreason_vi = "x"\n'
MEAN = '[[published_means]]\nscope = "overall"\nscope_code = "DTI"\nsource = "x"\nmean = "{}"\n'
OFFICIAL = '[[official]]\nmatch = "*x*"\ncolumns = {{ "Hạng" = "{}" }}\n'


def problems_of(data: Path, text: str, *, without_groups: bool = False) -> list[tuple[int, str]]:
    write_index(data)
    if without_groups:
        units = data / "config/units/offices.csv"
        units.write_text(units.read_text("utf-8").replace(",office,", ",,"), encoding="utf-8")
    path = data / "config/assessments/offices-2025.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as refused:
        define("offices-2025", workspace=Workspace(data=data))
    assert str(path) in str(refused.value)
    return [(line, text.en) for line, text in refused.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('unit_set = "offices"', 'unit_set = "office"', "unit_set: there is no unit set 'office'"),
        ('level = "department"', 'level = "commune"', "level: the unit set has units of level dep"),
        (ONE, 'framework = ""\n', "framework: '' is no code"),
        (ONE, 'framework = "office"\n', "no framework 'office'; known"),
        (ONE, f"{DERIVED.format(2025)}{ONE}", ""),
        (ONE, f"{ONE}{DERIVED.format(2024)}", "no assessment 'offices-2024'; known"),
        ("period_end", "deadline = 2024-12-31\nperiod_end", "deadline lies before period_start"),
        (ONE, f'{ONE}parent_unit_id = "OWN-9"\n', "parent_unit_id: there is no unit 'OWN-9'"),
        (ONE, f'{ONE}compared_with = "offices-2025"\n', "compared_with is this assessment itself"),
    ],
)
def test_what_stands_in_the_head_is_borne_out(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in ASSESSMENT
    [(_, text)] = problems_of(tmp_path, ASSESSMENT.replace(old, new, 1))
    assert message in text


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (UNIT.format("not_ranked", "OWN-9"), "not_ranked: there is no 'OWN-9'; the nearest codes"),
        (UNIT.format("not_ranked", "Sở Y tế"), "not_ranked: there is no 'Sở Y tế'; the nearest"),
        (TREATED.replace("-1", "-7"), "without_report: there is no 'OWN-7'; the nearest codes"),
        (TREATED + TREATED, "without_report: 'OWN-1' stands twice; take one away"),
        (COMPONENT.format("0999"), "not_assessed: there is no '0999'; the nearest codes are"),
        (
            UNIT.format("not_ranked", "3"),
            "not_ranked: there is no '3'; the nearest codes are OWN-3",
        ),
        (COMPONENT.format("0101") * 2, "not_assessed: '0101' stands twice"),
        (MEAN.format("0,5"), "'0,5' is no number as printed, with a decimal point"),
        (OFFICIAL.format("overall:DTI"), "'overall:DTI' is not of the form SCOPE:CODE:WHAT"),
        (OFFICIAL.format("overal:DTI:rank"), "'overal:DTI:rank' is not of the form SCOPE:CODE"),
    ],
)
def test_units_components_and_figures_exist(tmp_path: Path, tables: str, message: str) -> None:
    text = f"{ASSESSMENT}\n{tables}"
    [(line, problem)] = problems_of(tmp_path, text)
    assert message in problem
    assert line >= ASSESSMENT.count("\n") + 2


ENDED = UNIT.format("without_report", "OWN-3") + 'treatment = "not_assessed"\n'


def test_a_unit_that_ended_before_the_period_is_refused_unless_it_is_left_out(
    tmp_path: Path,
) -> None:
    write_index(tmp_path)
    units = tmp_path / "config/units/offices.csv"
    workspace = Workspace(data=tmp_path)
    for last_day in ("2025-01-01", "2024-12-31"):
        rows = UNITS.splitlines()
        rows[-1] = rows[-1].replace("2020-01-01,,,", f"2020-01-01,{last_day},,")
        units.write_text("\n".join(rows), encoding="utf-8")
        if last_day == "2025-01-01":
            assert define("offices-2025", workspace=workspace).units.height == 3
    with pytest.raises(FileError) as refused:
        define("offices-2025", workspace=workspace)
    [(line, text)] = refused.value.problems
    assert line == 1 + ASSESSMENT.splitlines().index('unit_set = "offices"')
    assert "unit_set: OWN-3 ended before period_start 2025-01-01" in text.en
    path = tmp_path / "config/assessments/offices-2025.toml"
    path.write_text(f"{ASSESSMENT}\n{ENDED}", encoding="utf-8")
    assert define("offices-2025", workspace=workspace).units.height == 2


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (GROUP.format("office") + GROUP.format("offic"), "there is no 'offic'; the nearest codes"),
        (GROUP.format("office") * 2, "groups: 'office' stands twice"),
        ("", "give either one framework for all units or groups"),
    ],
)
def test_groups_are_those_of_the_units(tmp_path: Path, groups: str, message: str) -> None:
    [(_, problem)] = problems_of(tmp_path, ASSESSMENT.replace(ONE, "") + groups)
    assert message in problem


def test_units_of_a_group_without_framework_are_told(tmp_path: Path) -> None:
    found = problems_of(tmp_path, ASSESSMENT.replace(ONE, "") + GROUP.format("other"))
    assert [text for _, text in found] == [
        "groups: units of group office have no framework; add the group, or correct their "
        "group_code",
        "groups: there is no 'other'; the nearest codes are office",
    ]


def test_where_units_have_no_groups_none_is_near(tmp_path: Path) -> None:
    text = ASSESSMENT.replace(ONE, "") + GROUP.format("other")
    _, (_, problem) = problems_of(tmp_path, text, without_groups=True)
    assert problem == "groups: there is no 'other'; correct it or take it away"
