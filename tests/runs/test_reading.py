"""What reading and acceptance make of deliveries, case by case; the cases stand in `reading/`."""

import shutil
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.index.definition import define
from dti_pipeline.pipeline import accept, read
from dti_pipeline.workspace import Workspace

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
    shutil.copytree(READING / "config", data / "config")
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
