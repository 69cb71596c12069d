"""Write workbooks as people make them: cells crossed out, merged, hidden, in odd formats."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.cell import Cell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Color, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

_FILE: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
# A case with a rule is not read.
CASES: Final = [
    *_FILE["read"],
    *({"rule": "value.look_differs"} | case for case in _FILE["not_read"]),
]
SHEETS: Final = tomllib.loads(Path(__file__).with_name("sheets.toml").read_text("utf-8"))
PLAIN: Final = SHEETS.pop("plain")
# Colour of the text, and of its fill.
COLOURS: Final = {
    "white": ("FFFFFFFF", None),
    "white_theme": (Color(theme=0), None),
    "as_fill": ("FFDDEBF7", "FFDDEBF7"),
    "white_on_dark": ("FFFFFFFF", "FF1F4E79"),
}


def write_look(cell: Cell, case: dict[str, Any]) -> None:
    """Write a case of ``looks.toml`` into a cell."""
    cell.value = _rich(case["runs"]) if "runs" in case else case["value"]
    cell.number_format = case.get("format", "General")
    if look := case.get("look"):
        colour, fill = COLOURS.get(look, ("FFFF0000", None))
        cell.font = Font(bold=look == "bold", strike=look == "strike", color=colour)
        cell.fill = PatternFill("solid", fgColor=fill) if fill else PatternFill()


def _rich(runs: list[list[str]]) -> CellRichText:
    return CellRichText([TextBlock(_font(look), text) for text, look in runs])


def _font(look: str) -> InlineFont:
    raised = look if look.endswith("script") else None
    return InlineFont(b=look == "bold", strike=look == "strike", vertAlign=raised)


def write_rows(path: Path, rows: Sequence[Sequence[object]], **settings: Any) -> Path:
    """Write a workbook of one sheet; settings as of ``sheets.toml``."""
    return write_book(path, {"Sheet": {"rows": rows} | settings})


def write_book(path: Path, sheets: Mapping[str, Mapping[str, Any]]) -> Path:
    """Write a workbook of sheets as ``sheets.toml`` describes them; "" is an empty cell."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, settings in sheets.items():
        _fill(book.create_sheet(name), settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def _fill(sheet: Worksheet, settings: Mapping[str, Any]) -> None:
    # Merged first: openpyxl empties what it merges, other programs do not.
    for area in settings.get("merged", ()):
        sheet.merged_cells.add(area)
    for number, texts in enumerate(settings["rows"], start=1):
        for column, text in enumerate(texts, start=1):
            sheet.cell(number, column).value = None if text == "" else text
    for place, text in settings.get("cells", {}).items():
        sheet[place] = None if text == "" else text
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
