"""Write cells of a workbook as people format them: crossed out, raised, in odd number formats."""

import tomllib
from pathlib import Path
from typing import Any, Final

from openpyxl.cell import Cell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Color, Font, PatternFill

CASES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
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
