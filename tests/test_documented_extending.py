"""The tables of docs/extending.md name what files may really hold."""

import re
from pathlib import Path

from pydantic import BaseModel

from dti_pipeline.index.rules.component import RULE_KINDS
from dti_pipeline.index.rules.measure import MeasureRule
from dti_pipeline.index.units.registry import load_registry
from schemas.codes import LEVELS
from schemas.files.units import UnitFile
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "extending.md").read_text("utf-8")


def settings_of(rule: type[BaseModel]) -> set[str]:
    measure = {"numerator", "denominator", "value"} if issubclass(rule, MeasureRule) else set()
    names = {field.alias or name for name, field in rule.model_fields.items()}
    return names - measure - {"kind"}


def test_every_kind_of_rule_stands_there_with_all_its_settings() -> None:
    section = PAGE.partition("### Rules")[2].partition("### ")[0]
    rows = {
        kind: cells[1]
        for cells in (line.split("|")[1:] for line in section.splitlines() if "`" in line)
        if len(cells) > 2
        for kind in re.findall(r"`(\w+)`", cells[0])
    }
    assert set(rows) == set(RULE_KINDS)
    for kind, rule in RULE_KINDS.items():
        for name in settings_of(rule):
            assert f"`{name}`" in rows[kind], (kind, name)
        assert ("measure" in rows[kind]) == issubclass(rule, MeasureRule), kind


def test_the_example_of_a_unit_file_is_one(tmp_path: Path) -> None:
    example = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)[0]
    assert example.splitlines()[0].split(",") == UnitFile.content().names()
    (tmp_path / "offices.csv").write_text(example, "utf-8")
    (unit,) = load_registry(search=[tmp_path]).of_set("offices").to_dicts()
    assert (unit["unit_id"], unit["group_code"]) == ("OFF-01", "department")
    assert f"is one of {', '.join(LEVELS)}." in " ".join(PAGE.split())


def test_every_folder_of_deliveries_is_named() -> None:
    head = PAGE.partition("```\n")[2].partition("```")[0]
    for folder in ("central", "self_reports", "corrections", "appraisals", "official"):
        assert folder in head
