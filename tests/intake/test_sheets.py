"""Sheets as people make them: hidden, merged, repeated, crossed out; each with what is told."""

import tomllib
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from tests.intake.looks import write_look
from tests.intake.tables.test_central import figures, read_files
from tests.intake.test_looks import read_decisions

CASES = tomllib.loads(Path(__file__).with_name("sheets.toml").read_text("utf-8"))["case"]
MICRO = 1_000_000


def fill(sheet: Worksheet, settings: dict[str, Any]) -> None:
    # Merged first: openpyxl empties what it merges, other programs do not.
    for area in settings.get("merged", ()):
        sheet.merged_cells.add(area)
    for number, texts in enumerate(settings["rows"], start=1):
        for column, text in enumerate(texts, start=1):
            sheet.cell(number, column).value = None if text == "" else text
    for place, case in settings.get("looks", {}).items():
        write_look(sheet[place], case)
    for place, text in settings.get("comments", {}).items():
        sheet[place].comment = Comment(text, "Chuyên viên")
    for place, address in settings.get("links", {}).items():
        sheet[place].hyperlink = address
    for number in settings.get("hidden_rows", ()):
        sheet.row_dimensions[number].hidden = True
    for letter in settings.get("hidden_columns", ()):
        sheet.column_dimensions[letter].hidden = True
    sheet.sheet_view.showZeros = not settings.get("hides_zeros", False)
    sheet.sheet_state = "hidden" if settings.get("hidden") else "visible"


def write(path: Path, sheets: dict[str, Any]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, settings in sheets.items():
        fill(book.create_sheet(name), settings)
    book.save(path)
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_sheet_is_read_as_people_see_it(
    tmp_path: Path, case: dict[str, Any], delivered: pl.DataFrame
) -> None:
    path = write(tmp_path / "01_population.xlsx", case["sheets"])
    if case["input"] == "central":
        reading = read_files(path, units=("VN-P63-01", "VN-P63-06"))
        values, issues = figures(reading), reading.issues
    else:
        rows, issues = read_decisions(path, case["input"], delivered)
        values = {row.unit_id: row.value_micro for row in rows if row.variable == "signed"}
    assert sorted(f"{one.rule_id} {one.source_cell or ''}" for one in issues) == case["told"]
    assert values == {
        unit: None if figure == "" else round(figure * MICRO)
        for unit, figure in case["figures"].items()
    }
