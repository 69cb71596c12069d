"""Sheets as people make them: hidden, merged, repeated, crossed out; each with what is told."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.intake.looks import PLAIN, SHEETS, write_book
from tests.intake.tables.test_central import figures, read_files
from tests.intake.test_looks import read_decisions

MICRO = 1_000_000


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        pytest.param(kind, PLAIN[kind] | case, id=name)
        for kind, cases in SHEETS.items()
        for name, case in cases.items()
    ],
)
def test_a_sheet_is_read_as_people_see_it(
    tmp_path: Path, kind: str, case: dict[str, Any], delivered: pl.DataFrame
) -> None:
    path = write_book(tmp_path / "01_population.xlsx", {"T": case} | case.get("others", {}))
    if kind == "central":
        reading = read_files(path, units=("VN-P63-01", "VN-P63-06"))
        values, issues = figures(reading), reading.issues
    else:
        rows, issues = read_decisions(path, kind, delivered)
        values = {row.unit_id: row.value_micro for row in rows if row.variable == "signed"}
    assert sorted(f"{one.rule_id} {one.source_cell or ''}" for one in issues) == case["told"]
    assert values == {
        unit: None if figure == "" else round(figure * MICRO)
        for unit, figure in case["figures"].items()
    }
