"""Ways in which people spoil a good form, each with what must come of it.

Every fault that has been seen in deliveries is here once as a mutation of the good form; the tests
check the expected issue, the fuzz run combines them.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font

from tests.intake.intake_cases import CELL, SHEET
from tests.intake.looks import write_look

LOOK = "value.look_differs"

Change = Callable[[openpyxl.Workbook], None]


class Mutation(NamedTuple):
    """One way to spoil the form.

    Attributes:
        name: what a sender did.
        change: does it to a loaded workbook.
        rules: the issues that must be told, in any order; empty: the form still reads as before.
        status: the status of the spoilt figure; None where no single figure is spoilt.
        key: component and variable of the spoilt figure.
    """

    name: str
    change: Change
    rules: tuple[str, ...] = ()
    status: str | None = None
    key: tuple[str, str] = ("0110", "signed")


def cells(values: Mapping[str, object], *, formats: Mapping[str, str] | None = None) -> Change:
    """Put values into cells of the report, with number formats where given."""

    def change(book: openpyxl.Workbook) -> None:
        for address, value in values.items():
            book[SHEET][address] = value
        for address, text in (formats or {}).items():
            book[SHEET][address].number_format = text

    return change


def _typed(name: str, value: object, status: str, *rules: str) -> Mutation:
    return Mutation(name, cells({CELL["0110", "signed"]: value}), rules, status)


def _share(
    name: str, value: object, status: str, *rules: str, shown_as: str = "General"
) -> Mutation:
    place = CELL["0201", "share"]
    change = cells({place: value}, formats={place: shown_as})
    return Mutation(name, change, rules, status, ("0201", "share"))


def _hide_sheet(book: openpyxl.Workbook) -> None:
    extra = book.create_sheet("Nháp")
    extra["A1"] = "ghi chú"
    extra.sheet_state = "hidden"


def _two_tables(book: openpyxl.Workbook) -> None:
    book.copy_worksheet(book[SHEET]).title = "Báo cáo (2)"


def _insert_row(book: openpyxl.Workbook) -> None:
    sheet = book[SHEET]
    below = [one for one in sheet.merged_cells.ranges if one.min_row >= 13]
    sheet.insert_rows(13)
    for one in below:  # spreadsheet programs move merged ranges along
        one.shift(row_shift=1)


def _sign(book: openpyxl.Workbook) -> None:
    book[SHEET]["B24"] = "TM. ỦY BAN NHÂN DÂN"
    book[SHEET]["B28"] = "Nguyễn Văn A"


def look(name: str, case: dict[str, object], status: str, *rules: str) -> Mutation:
    """Write a figure as ``looks.toml`` describes it."""
    place = CELL["0110", "signed"]
    return Mutation(name, lambda book: write_look(book[SHEET][place], case), rules, status)


def _merge(places: str) -> Change:
    return lambda book: book[SHEET].merge_cells(places)


def _hide_row(book: openpyxl.Workbook) -> None:
    book[SHEET].row_dimensions[14].hidden = True


def _hide_column(letter: str) -> Change:
    def change(book: openpyxl.Workbook) -> None:
        book[SHEET].column_dimensions[letter].hidden = True

    return change


def _hide_report(book: openpyxl.Workbook) -> None:
    book[SHEET].sheet_state = "hidden"


def _repeat_header(book: openpyxl.Workbook) -> None:
    sheet = book[SHEET]
    for column in range(1, 18):
        first = sheet.cell(8, column).value
        sheet.cell(20, column).value = sheet.cell(9, column).value or first


def _comment(book: openpyxl.Workbook) -> None:
    book[SHEET]["H14"].comment = Comment("tính cả văn bản của huyện", "Chuyên viên")


def _link(book: openpyxl.Workbook) -> None:
    book[SHEET]["P14"].value = "Kế hoạch"
    book[SHEET]["P14"].hyperlink = "https://example.vn/34-kh"


def _strike(place: str) -> Change:
    def change(book: openpyxl.Workbook) -> None:
        book[SHEET][place].font = Font(strike=True)

    return change


def _strike_mark(book: openpyxl.Workbook) -> None:
    book[SHEET]["I14"] = "x"
    _strike("I14")(book)


def _strike_note(book: openpyxl.Workbook) -> None:
    book[SHEET]["A24"] = "Ghi chú: sơ bộ"
    _strike("A24")(book)


def _strike_day(book: openpyxl.Workbook) -> None:
    book[SHEET]["H6"] = "31/01/2023"
    _strike("H6")(book)


def _colour(book: openpyxl.Workbook) -> None:
    for place in CELL.values():
        book[SHEET][place].font = Font(bold=True, color="FFFF0000")


FAULTS: tuple[Mutation, ...] = (
    _typed("thousands dot in a count", "1.234", "out_of_range", "value.out_of_range"),
    _typed("a thousand or one", "1.000", "ambiguous", "value.ambiguous"),
    _typed("decimal comma in a count", "12,5", "out_of_range", "value.out_of_range"),
    _typed("typed fraction in a count", 12.5, "out_of_range", "value.out_of_range"),
    _typed("lost zeros", 1.29, "out_of_range", "value.out_of_range"),
    _typed("words after the figure", "12 cuộc", "text", "value.not_a_number"),
    _typed("own unit after the figure", "12 văn bản", "ok"),
    _typed("prose", "đang rà soát với các sở", "text", "value.not_a_number"),
    _typed("percent on a count", "12%", "ambiguous", "value.ambiguous"),
    _typed("negative count", -3, "out_of_range", "value.out_of_range"),
    _typed("beyond the maximum", 4000, "out_of_range", "value.out_of_range"),
    _typed("two figures in one cell", "12 và 15", "text", "value.not_a_number"),
    _typed("range", "10-12", "text", "value.not_a_number"),
    _typed("approximation", "~12", "text", "value.not_a_number"),
    _typed("exponent", "1.2E+01", "text", "value.shortened"),
    _typed("reference error", "#REF!", "formula_error", "value.formula_error"),
    _typed("division error", "#DIV/0!", "formula_error", "value.formula_error"),
    _typed(
        "formula without a result", "=6+6", "formula_without_value", "value.formula_without_value"
    ),
    _typed("formula to elsewhere", "=H999", "formula_without_value", "value.formula_without_value"),
    _typed("boolean", True, "text", "value.not_a_number"),
    _typed("blank", None, "blank", "value.missing"),
    _typed("spaces only", "   ", "blank", "value.missing"),
    _typed("no figure yet", "chưa có số liệu", "blank", "value.missing"),
    _typed("three dots", "…", "blank", "value.missing"),
    _typed("none declared", "không có", "none_declared"),
    _typed("none declared without marks", "KHONG CO", "none_declared"),
    _typed("dash for none", "-", "none_declared"),
    _typed("zero is a figure", 0, "ok"),
    _typed("apostrophe before the figure", "'12", "ok"),
    _typed("full-width digits", "１２", "ok"),
    _typed("no-break space around", "\u00a012\u00a0", "ok"),
    _share("percent sign and comma", "61,7%", "percent"),
    _share("percent format", 0.617, "percent", shown_as="0.0%"),
    _share("fraction in place of percent", 0.617, "ambiguous", "value.ambiguous"),
    _share("text fraction in place of percent", "0,617", "ambiguous", "value.ambiguous"),
    _share("one is one percent or all", 1, "ambiguous", "value.ambiguous"),
    _share("above a hundred percent", 617, "out_of_range", "value.out_of_range"),
    _share("negative percent", "-5%", "out_of_range", "value.out_of_range"),
    _share("hundredfold percent format", 61.7, "out_of_range", "value.out_of_range", shown_as="0%"),
    Mutation(
        "unknown option",
        cells({CELL["0101", "chair"]: "Trưởng phòng"}),
        ("option.unknown",),
        "text",
        ("0101", "chair"),
    ),
    Mutation(
        "option in the other language",
        cells({CELL["0101", "chair"]: "Deputy"}),
        (),
        "ok",
        ("0101", "chair"),
    ),
    Mutation(
        "option without marks",
        cells({CELL["0101", "chair"]: "CAP PHO"}),
        (),
        "ok",
        ("0101", "chair"),
    ),
    Mutation(
        "figure for a yes/no",
        cells({CELL["0102", "section"]: 7}),
        ("option.unknown",),
        "text",
        ("0102", "section"),
    ),
    Mutation(
        "yes/no formula without a result",
        cells({CELL["0102", "section"]: "=6>5"}),
        ("value.formula_without_value",),
        "formula_without_value",
        ("0102", "section"),
    ),
    Mutation(
        "not applicable where it is not allowed",
        cells({CELL["0102", "section"]: "không phát sinh", "J13": "lý do"}),
        ("value.not_applicable_refused",),
        "not_applicable",
        ("0102", "section"),
    ),
    Mutation("code typed as a number", cells({"A14": 110}), ("code.typed_as_number",), "ok"),
    Mutation("code lost its zero", cells({"A14": "1.1"}), ("variable.unknown", "value.missing")),
    Mutation("foreign component", cells({"A13": "0999"}), ("component.unknown", "value.missing")),
    Mutation("foreign variable", cells({"C14": "signd"}), ("variable.unknown", "value.missing")),
    Mutation("hidden sheet", _hide_sheet, ("file.hidden_sheet",)),
    Mutation("two tables", _two_tables, ("report.form_changed",)),
    Mutation("row inserted", _insert_row),
    Mutation("signature block", _sign),
    Mutation("colours", _colour),
    # What stands in the formatting.
    look("raised mark", {"runs": [["12", ""], ["1", "superscript"]]}, "ambiguous", LOOK),
    look("crossed-out part", {"runs": [["1", "strike"], ["3", ""]]}, "ambiguous", LOOK),
    look("crossed out", {"value": 12, "look": "strike"}, "ambiguous", LOOK),
    look("word in the format", {"value": 12, "format": '0" nghìn"'}, "ambiguous", LOOK),
    look("own unit in the format", {"value": 12, "format": '0" văn bản"'}, "ok"),
    look("scaled by the format", {"value": 12, "format": "0.000,"}, "ambiguous", LOOK),
    look("invisible", {"value": 12, "format": ";;;"}, "ambiguous", LOOK),
    look("zero that is not shown", {"value": 0, "format": "#,###"}, "ambiguous", LOOK),
    look("thousands format", {"value": 12, "format": "#,##0"}, "ok"),
    look("direction marks", {"value": "\u200e12\u200f"}, "ok"),
    look("reversed digits", {"value": "\u202e21"}, "text", "value.not_a_number"),
    _share("percent sign as a word", 61.7, "percent", shown_as='0.0"%"'),
    Mutation(
        "answer crossed out",
        _strike(CELL["0102", "section"]),
        (LOOK,),
        "ambiguous",
        ("0102", "section"),
    ),
    Mutation("mark crossed out", _strike_mark, (LOOK, "value.beside_not_applicable"), "ambiguous"),
    Mutation("evidence crossed out", _strike("M14"), (LOOK,), "ok"),
    Mutation("note crossed out", _strike_note),
    Mutation("day of delivery crossed out", _strike_day, ("report.day_unreadable",), "ok"),
    Mutation("code crossed out", _strike("A14"), (LOOK,)),
    Mutation(
        "figure merged over two rows", _merge("H14:H15"), (LOOK,), "ambiguous", ("0110", "required")
    ),
    Mutation("code merged over its rows", _merge("A14:A15"), ("table.cell_merged",)),
    Mutation("document merged over its rows", _merge("M14:M15")),
    Mutation("hidden row", _hide_row, ("table.hidden_cells",), "ok"),
    Mutation("hidden column of figures", _hide_column("H"), ("table.hidden_cells",), "ok"),
    Mutation("hidden column of rules", _hide_column("F")),
    Mutation("hidden report", _hide_report, ("file.hidden_sheet", "report.form_changed")),
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
