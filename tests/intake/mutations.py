"""Ways in which people spoil a good form, each with what must come of it.

Every fault that has been seen in deliveries is here once as a mutation of the good form; the tests
check the expected issue, the fuzz run combines them.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from tests.intake.intake_cases import CELL, SHEET
from tests.intake.looks import write_look

LOOK = "value.look_differs"
NO_RESULT = ("formula_without_value", "value.formula_without_value")
SIGNED = ("0110", "signed")
SHARE = ("0201", "share")
SECTION = ("0102", "section")
CHAIR = ("0101", "chair")

Change = Callable[[Worksheet], object]


class Mutation(NamedTuple):
    """One way to spoil the form."""

    name: str  # what a sender did
    on_sheet: Change  # does it to the report
    rules: tuple[str, ...] = ()  # of all issues that must be told; none: it reads as before
    status: str | None = None  # of the spoilt figure; None where no single figure is spoilt
    key: tuple[str, str] = SIGNED  # component and variable of the spoilt figure

    def change(self, book: openpyxl.Workbook) -> None:
        self.on_sheet(book[SHEET])


def cells(values: Mapping[str, object]) -> Change:
    """Put values into cells of the report."""

    def change(sheet: Worksheet) -> None:
        for address, value in values.items():
            sheet[address] = value

    return change


def _entry(
    name: str, value: object, status: str, *rules: str, key: tuple[str, str] = SIGNED
) -> Mutation:
    return Mutation(name, cells({CELL[key]: value}), rules, status, key)


def _share(
    name: str, value: object, status: str, *rules: str, shown_as: str = "General"
) -> Mutation:
    def change(sheet: Worksheet) -> None:
        sheet[CELL[SHARE]] = value
        sheet[CELL[SHARE]].number_format = shown_as

    return Mutation(name, change, rules, status, SHARE)


def _look(name: str, case: dict[str, object], status: str, *rules: str) -> Mutation:
    """Write a figure as ``looks.toml`` describes it."""
    return Mutation(name, lambda sheet: write_look(sheet[CELL[SIGNED]], case), rules, status)


def _merge(places: str) -> Change:
    return lambda sheet: sheet.merge_cells(places)


def _hide_row(number: int) -> Change:
    return lambda sheet: setattr(sheet.row_dimensions[number], "hidden", True)


def _hide_column(letter: str) -> Change:
    return lambda sheet: setattr(sheet.column_dimensions[letter], "hidden", True)


def _strike(place: str, value: object = None) -> Change:
    """Cross out a cell, with a value where one is given."""

    def change(sheet: Worksheet) -> None:
        sheet[place] = sheet[place].value if value is None else value
        sheet[place].font = Font(strike=True)

    return change


def _hide_sheet(sheet: Worksheet) -> None:
    extra = sheet.parent.create_sheet("Nháp")
    extra["A1"] = "ghi chú"
    extra.sheet_state = "hidden"


def _two_tables(sheet: Worksheet) -> None:
    sheet.parent.copy_worksheet(sheet).title = "Báo cáo (2)"


def _insert_row(sheet: Worksheet) -> None:
    below = [one for one in sheet.merged_cells.ranges if one.min_row >= 13]
    sheet.insert_rows(13)
    for one in below:  # spreadsheet programs move merged ranges along
        one.shift(row_shift=1)


def _repeat_header(sheet: Worksheet) -> None:
    for column in range(1, 18):
        first = sheet.cell(8, column).value
        sheet.cell(20, column).value = sheet.cell(9, column).value or first


def _comment(sheet: Worksheet) -> None:
    sheet["H14"].comment = Comment("tính cả văn bản của huyện", "Chuyên viên")


def _link(sheet: Worksheet) -> None:
    sheet["P14"].value = "Kế hoạch"
    sheet["P14"].hyperlink = "https://example.vn/34-kh"


def _colour(sheet: Worksheet) -> None:
    for place in CELL.values():
        sheet[place].font = Font(bold=True, color="FFFF0000")


FAULTS: tuple[Mutation, ...] = (
    _entry("thousands dot in a count", "1.234", "out_of_range", "value.out_of_range"),
    _entry("a thousand or one", "1.000", "ambiguous", "value.ambiguous"),
    _entry("decimal comma in a count", "12,5", "out_of_range", "value.out_of_range"),
    _entry("typed fraction in a count", 12.5, "out_of_range", "value.out_of_range"),
    _entry("lost zeros", 1.29, "out_of_range", "value.out_of_range"),
    _entry("words after the figure", "12 cuộc", "text", "value.not_a_number"),
    _entry("own unit after the figure", "12 văn bản", "ok"),
    _entry("prose", "đang rà soát với các sở", "text", "value.not_a_number"),
    _entry("percent on a count", "12%", "ambiguous", "value.ambiguous"),
    _entry("negative count", -3, "out_of_range", "value.out_of_range"),
    _entry("beyond the maximum", 4000, "out_of_range", "value.out_of_range"),
    _entry("two figures in one cell", "12 và 15", "text", "value.not_a_number"),
    _entry("range", "10-12", "text", "value.not_a_number"),
    _entry("approximation", "~12", "text", "value.not_a_number"),
    _entry("exponent", "1.2E+01", "text", "value.shortened"),
    _entry("reference error", "#REF!", "formula_error", "value.formula_error"),
    _entry("division error", "#DIV/0!", "formula_error", "value.formula_error"),
    _entry("formula without a result", "=6+6", *NO_RESULT),
    _entry("formula to elsewhere", "=H999", *NO_RESULT),
    _entry("boolean", True, "text", "value.not_a_number"),
    _entry("blank", None, "blank", "value.missing"),
    _entry("spaces only", "   ", "blank", "value.missing"),
    _entry("no figure yet", "chưa có số liệu", "blank", "value.missing"),
    _entry("three dots", "…", "blank", "value.missing"),
    _entry("none declared", "không có", "none_declared"),
    _entry("none declared without marks", "KHONG CO", "none_declared"),
    _entry("dash for none", "-", "none_declared"),
    _entry("zero is a figure", 0, "ok"),
    _entry("apostrophe before the figure", "'12", "ok"),
    _entry("full-width digits", "１２", "ok"),
    _entry("no-break space around", "\u00a012\u00a0", "ok"),
    _share("percent sign and comma", "61,7%", "percent"),
    _share("percent format", 0.617, "percent", shown_as="0.0%"),
    _share("fraction in place of percent", 0.617, "ambiguous", "value.ambiguous"),
    _share("text fraction in place of percent", "0,617", "ambiguous", "value.ambiguous"),
    _share("one is one percent or all", 1, "ambiguous", "value.ambiguous"),
    _share("above a hundred percent", 617, "out_of_range", "value.out_of_range"),
    _share("negative percent", "-5%", "out_of_range", "value.out_of_range"),
    _share("hundredfold percent format", 61.7, "out_of_range", "value.out_of_range", shown_as="0%"),
    _entry("unknown option", "Trưởng phòng", "text", "option.unknown", key=CHAIR),
    _entry("option in the other language", "Deputy", "ok", key=CHAIR),
    _entry("option without marks", "CAP PHO", "ok", key=CHAIR),
    _entry("figure for a yes/no", 7, "text", "option.unknown", key=SECTION),
    _entry("yes/no formula without a result", "=6>5", *NO_RESULT, key=SECTION),
    Mutation(
        "not applicable where it is not allowed",
        cells({CELL[SECTION]: "không phát sinh", "J13": "lý do"}),
        ("value.not_applicable_refused",),
        "not_applicable",
        SECTION,
    ),
    Mutation("code typed as a number", cells({"A14": 110}), ("code.typed_as_number",), "ok"),
    Mutation("code lost its zero", cells({"A14": "1.1"}), ("variable.unknown", "value.missing")),
    Mutation("foreign component", cells({"A13": "0999"}), ("component.unknown", "value.missing")),
    Mutation("foreign variable", cells({"C14": "signd"}), ("variable.unknown", "value.missing")),
    Mutation("hidden sheet", _hide_sheet, ("file.hidden_sheet",)),
    Mutation("two tables", _two_tables, ("report.form_changed",)),
    Mutation("row inserted", _insert_row),
    Mutation("signature block", cells({"B24": "TM. ỦY BAN NHÂN DÂN", "B28": "Nguyễn Văn A"})),
    Mutation("colours", _colour),
    # What stands in the formatting.
    _look("raised mark", {"runs": [["12", ""], ["1", "superscript"]]}, "ambiguous", LOOK),
    _look("crossed-out part", {"runs": [["1", "strike"], ["3", ""]]}, "ambiguous", LOOK),
    _look("crossed out", {"value": 12, "look": "strike"}, "ambiguous", LOOK),
    _look("word in the format", {"value": 12, "format": '0" nghìn"'}, "ambiguous", LOOK),
    _look("own unit in the format", {"value": 12, "format": '0" văn bản"'}, "ok"),
    _look("scaled by the format", {"value": 12, "format": "0.000,"}, "ambiguous", LOOK),
    _look("invisible", {"value": 12, "format": ";;;"}, "ambiguous", LOOK),
    _look("zero that is not shown", {"value": 0, "format": "#,###"}, "ambiguous", LOOK),
    _look("thousands format", {"value": 12, "format": "#,##0"}, "ok"),
    _look("direction marks", {"value": "\u200e12\u200f"}, "ok"),
    _look("reversed digits", {"value": "\u202e21"}, "text", "value.not_a_number"),
    _share("percent sign as a word", 61.7, "percent", shown_as='0.0"%"'),
    Mutation("answer crossed out", _strike(CELL[SECTION]), (LOOK,), "ambiguous", SECTION),
    Mutation(
        "mark crossed out", _strike("I14", "x"), (LOOK, "value.beside_not_applicable"), "ambiguous"
    ),
    Mutation("evidence crossed out", _strike("M14"), (LOOK,), "ok"),
    Mutation("note crossed out", _strike("A24", "Ghi chú: sơ bộ")),
    Mutation(
        "day of delivery crossed out", _strike("H6", "31/01/2023"), ("report.day_unreadable",), "ok"
    ),
    Mutation("code crossed out", _strike("A14"), (LOOK,)),
    Mutation(
        "figure merged over two rows", _merge("H14:H15"), (LOOK,), "ambiguous", ("0110", "required")
    ),
    Mutation("code merged over its rows", _merge("A14:A15"), ("table.cell_merged",)),
    Mutation("document merged over its rows", _merge("M14:M15")),
    Mutation("hidden row", _hide_row(14), ("table.hidden_cells",), "ok"),
    Mutation("hidden column of figures", _hide_column("H"), ("table.hidden_cells",), "ok"),
    Mutation("hidden column of rules", _hide_column("F")),
    Mutation(
        "hidden report",
        lambda sheet: setattr(sheet, "sheet_state", "hidden"),
        ("file.hidden_sheet", "report.form_changed"),
    ),
    Mutation("heading twice", cells({"I9": "Số liệu báo cáo"}), ("report.form_changed",)),
    Mutation("header repeated", _repeat_header, ("table.row_ignored",), "ok"),
    Mutation("direction marks in a code", cells({"A14": "\u202a0110\u202c"}), (), "ok"),
    Mutation("comment on a figure", _comment, ("table.remarks_unread",), "ok"),
    Mutation("address behind a document", _link, ("table.remarks_unread",), "ok"),
    Mutation("two-digit year", cells({"N14": "1/3/22"}), (), "ok"),
    Mutation("date in words", cells({"N14": "ngày 01 tháng 3 năm 2022"}), (), "ok"),
    Mutation("date of a late year", cells({"N14": "1/3/23"}), ("evidence.outside_period",), "ok"),
    Mutation(
        "month before the day", cells({"N14": "3/15/2022"}), ("evidence.date_unreadable",), "ok"
    ),
    Mutation("date as a number", cells({"N14": "44621"}), ("evidence.date_unreadable",), "ok"),
)
