"""The Excel workbook of an assessment: ranking, components, changes, issues, dictionary.

Numbers are numbers, texts can never become formulas, and every sheet carries what its figures
stand on. The same release gives the same bytes: the only date inside is that of the release.
"""

import math
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dti_pipeline.exact import rounded_decimal
from dti_pipeline.reports.release_view import AssessmentView
from dti_pipeline.reports.words import name_of
from dti_pipeline.reports.workbook.sheet import Sheet
from dti_pipeline.reports.workbook.sheets import basis_note, sheets
from dti_pipeline.whole_file import write_whole
from schemas.plain_text import plain_text

FONT: Final = "Arial"
ACCENT: Final = "#0F4C81"
BAR: Final = "#9DC3E6"
# Fill and ink of a band, the best green, the worst red; the words stand in the cell as well.
BAND_COLOURS: Final = {
    **dict.fromkeys(("maximum", "level_4", "leading", "good"), ("#CFE9DA", "#0F4A2B")),
    **dict.fromkeys(("high", "level_3", "advanced", "fair"), ("#E2F1E8", "#17503A")),
    **dict.fromkeys(("average", "level_2", "forming"), ("#FDF3CF", "#5C4700")),
    **dict.fromkeys(("low", "weak"), ("#FBE0D3", "#7A2E10")),
    **dict.fromkeys(("very_low", "level_1", "starting", "zero"), ("#F6CFC8", "#7A1D10")),
}
# Rows above the headers: title, what the figures stand on.
HEAD_ROW: Final = 2
A4: Final = 9
# A heading of more lines would leave no room on the screen; its end is then cut.
MOST_HEAD_LINES: Final = 16
# A printed page holds so many characters side by side; more would be too small to read.
WIDEST_PRINT: Final = 260


# How each kind of column shows its figures, and at how many decimals they are rounded.
NUMBER_FORMATS: Final = {
    "whole": "#,##0",
    "change": "+#,##0;-#,##0;0",
    "points": "#,##0.00",
    **{f"value{n}": f"0.{'0' * n}" for n in range(1, 7)},
    **{f"delta{n}": f"+0.{'0' * n};-0.{'0' * n};0" for n in range(1, 7)},
}
DECIMALS: Final = {
    "points": 6,
    **{f"{kind}{n}": n for kind in ("value", "delta") for n in range(1, 7)},
}


def write_workbook(assessment: AssessmentView, path: Path) -> Path:
    """Write the workbook of an assessment into a folder that exists; replace an older one."""
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    content = BytesIO()
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties(
            {
                "title": assessment.title.vi,
                "comments": f"{assessment.release.release_id} · {assessment.id}",
                "created": assessment.release.computed_at.replace(tzinfo=None),
            }
        )
        book.set_size(2400, 1600)
        formats = _formats(book)
        for sheet in sheets(assessment):
            _write_sheet(book.add_worksheet(sheet.name), sheet, formats, basis_note(assessment))
    write_whole(path, content.getvalue())
    return path


def _formats(book: xlsxwriter.Workbook) -> dict[str, Format]:
    """Return the looks of heads and notes, of every kind of column, and of bands by their code."""

    def look(**properties: Any) -> Format:
        plain = {"font_name": FONT, "font_size": 10, "valign": "top"}
        return book.add_format(plain | properties)

    return {
        "title": look(bold=True, font_size=13, font_color=ACCENT),
        "note": look(font_color="#526069"),
        "warning": look(bold=True, font_color="#6B4400"),
        "head": look(
            bold=True,
            text_wrap=True,
            bg_color=ACCENT,
            font_color="#FFFFFF",
            border=1,
            border_color="#D5DDE3",
        ),
        "date": look(num_format="dd/mm/yyyy"),
        "text": look(),
        "wrap": look(text_wrap=True),
        **{kind: look(num_format=text) for kind, text in NUMBER_FORMATS.items()},
        **{
            f"band {code}": look(bg_color=fill, font_color=ink)
            for code, (fill, ink) in BAND_COLOURS.items()
        },
    }


def _write_sheet(
    sheet: Worksheet, content: Sheet, formats: dict[str, Format], basis: tuple[str, bool]
) -> None:
    first_row, last_row = HEAD_ROW + 1, HEAD_ROW + len(content.rows)
    sheet.write_string(0, 0, plain_text(content.title), formats["title"])
    note, is_warning = (content.note, content.is_warning) if content.note else basis
    sheet.write_string(1, 0, plain_text(note), formats["warning" if is_warning else "note"])
    # Programs do not fit the rows of a file that they open; a line has 13 points.
    lines = max(math.ceil(len(column.title) / column.width) for column in content.columns)
    sheet.set_row(HEAD_ROW, 7 + 13 * min(lines, MOST_HEAD_LINES))
    for place, column in enumerate(content.columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(HEAD_ROW, place, plain_text(column.title), formats["head"])
    for row, values in enumerate(content.cells(), start=first_row):
        for place, (value, column) in enumerate(zip(values, content.columns, strict=True)):
            if value is not None:
                _write_cell(sheet, row, place, value, column.kind, formats)
    sheet.freeze_panes(first_row, content.frozen)
    sheet.autofilter(HEAD_ROW, 0, max(last_row, first_row), len(content.columns) - 1)
    for place, column in enumerate(content.columns):
        if column.bar_maximum is not None and content.rows:
            bar = {
                "type": "data_bar",
                "data_bar_2010": True,
                "bar_solid": True,
                "bar_color": BAR,
                "min_type": "num",
                "min_value": 0,
                "max_type": "num",
                "max_value": column.bar_maximum,
            }
            sheet.conditional_format(first_row, place, last_row, place, bar)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&8&A&R&8&P/&N")
    sheet.repeat_rows(0, HEAD_ROW)
    pages = math.ceil(sum(column.width for column in content.columns) / WIDEST_PRINT)
    sheet.fit_to_pages(pages, 0)
    if pages > 1 and content.frozen:
        sheet.repeat_columns(0, content.frozen - 1)


def _write_cell(
    sheet: Worksheet, row: int, place: int, value: Any, kind: str, formats: dict[str, Format]
) -> None:
    if kind == "band":
        sheet.write_string(
            row, place, plain_text(name_of("bands", value).vi), formats.get(f"band {value}")
        )
    elif isinstance(value, bool):
        sheet.write_string(row, place, "có" if value else "không", formats[kind])
    elif isinstance(value, int | float):
        number = float(rounded_decimal(value, DECIMALS[kind])) if kind in DECIMALS else value
        sheet.write_number(row, place, number, formats[kind])
    elif isinstance(value, date):
        time = datetime(value.year, value.month, value.day)
        sheet.write_datetime(row, place, time, formats["date"])
    else:
        sheet.write_string(row, place, plain_text(value), formats[kind])
