"""What reading and acceptance make of deliveries, case by case; the cases stand in `reading/`."""

import shutil
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.cli.check import check_deliveries
from dti_pipeline.cli.rank import show_ranking
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.index.definition import define
from dti_pipeline.pipeline import accept, read
from dti_pipeline.workspace import Workspace
from tests.cli.conftest import Call

READING = Path(__file__).parent / "reading"
CASES = tomllib.loads((READING / "cases.toml").read_text(encoding="utf-8"))["case"]
MICRO = 1_000_000


def replaced(path: Path, changes: list[list[str]]) -> str:
    """Return a file's text with every change made; one that changes nothing is a wrong case."""
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{path.name} does not hold {old!r}"
        text = text.replace(old, new)
    return text


def write_case(data: Path, case: dict[str, Any]) -> None:
    shutil.copytree(READING / "config", data / "config", dirs_exist_ok=True)
    for kind, name in (("framework", "small"), ("assessment", "small-2025")):
        path = data / "config" / f"{kind}s" / f"{name}.toml"
        path.write_text(replaced(path, case.get(kind, [])), encoding="utf-8")
    table = replaced(READING / "services.csv", case.get("table", []))
    for name, text in {"central/01_services.csv": table, **case.get("files", {})}.items():
        path = data / "raw" / "small-2025" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_delivery_gives_exactly_these_issues_and_figures(
    case: dict[str, Any], tmp_path: Path
) -> None:
    write_case(tmp_path, case)
    definition = define("small-2025", workspace=Workspace(data=tmp_path))
    intake = read(definition)
    accepted = accept(definition, intake.observations)
    issues = pl.concat([intake.issues, accepted.issues])
    places = issues.select("severity", "rule_id", "unit_id", "source_cell").fill_null("")
    assert sorted(places.rows()) == sorted(map(tuple, case.get("issues", [])))
    figures = {
        (unit, f"{code}.{variable}"): "none" if micro is None else micro / MICRO
        for unit, code, variable, micro in accepted.values.select(
            "unit_id", "component_code", "variable", "value_micro"
        ).rows()
    }
    for unit, variable, figure in case.get("figures", []):
        assert figures[unit, variable] == figure


def test_hostile_names_steer_neither_terminal_nor_spreadsheet(
    tmp_path: Path, printed: Call
) -> None:
    names = [["Hà Giang", "=1+Hà Giang"], ["Cao Bằng", "Cao\u202e Bằng"]]
    write_case(tmp_path, {"table": [*names, ["90,120", "90,hỏi\x1b[31m"]]})
    units = tmp_path / "config" / "units" / "small.csv"
    units.write_text(replaced(units, names), encoding="utf-8")
    text = printed(check_deliveries, "small-2025", data=tmp_path, status=1)
    assert r"“hỏi\x1b[31m” không phải là số" in text
    assert "\x1b" not in text
    write_case(tmp_path, {"table": names})
    units.write_text(replaced(units, names), encoding="utf-8")
    assert run_assessments(["small-2025"], data=tmp_path, reason="") == 0
    text = printed(show_ranking, "small-2025", data=tmp_path)
    assert r"Cao\u202e Bằng" in text
    assert "\u202e" not in text
    assert ",'=1+Hà Giang," in printed(show_ranking, "small-2025", data=tmp_path, as_csv=True)


def test_units_ranked_in_groups_are_listed_in_a_table_per_group(
    tmp_path: Path, printed: Call
) -> None:
    groups = "".join(
        f'\n[[groups]]\ncode = "{code}"\nname_vi = "{code}"\nname_en = "{code}"\n'
        'framework = "small"\n'
        for code in ("city", "rural")
    )
    own = [["framework = ", "rank_pool = "], ['= "small"\nperiod', '= "group"\nperiod']]
    write_case(tmp_path, {"assessment": [*own, ["-12-31", f"-12-31{groups}"]]})
    units = tmp_path / "config" / "units" / "small.csv"
    codes = [["thành phố,,,,,,", "thành phố,,,,,city,"], ["tỉnh,,,,,,", "tỉnh,,,,,rural,"]]
    units.write_text(replaced(units, codes), encoding="utf-8")
    assert run_assessments(["small-2025"], data=tmp_path, reason="") == 0
    text = printed(show_ranking, "small-2025", data=tmp_path)
    lines = [line.rstrip() for line in text.splitlines()]
    (city,) = (number for number, line in enumerate(lines) if line.endswith(" · city"))
    (rural,) = (number for number, line in enumerate(lines) if line.endswith(" · rural"))
    assert lines[city + 2].split()[:3] == ["1/1", "Hà", "Nội"]
    assert [line[:3] for line in lines[rural + 2 : rural + 6]] == ["1/4", "2/4", "3/4", "4/4"]
