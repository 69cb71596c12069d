"""Write a plan as a workbook: the table provinces fill in, byte for byte the same for one plan.

Status and progress are filled in there; a hidden sheet keeps what the plan is about, so that
``progress`` reads the workbook back. A second sheet asks for the causes of lost points: put into
``appraisals/``, that sheet is read and the plan passed over.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dti_pipeline.intake.forms.frame import height_of
from dti_pipeline.intake.numbers.entry import day_of
from dti_pipeline.intake.tables.appraisals import PLAN_SHEET
from dti_pipeline.whole_file import write_whole
from schemas.causes import CAUSES
from schemas.words import words_of

Row = Mapping[str, Any]

# XlsxWriter stamps the time of writing unless told otherwise.
EPOCH: Final = datetime(2020, 1, 1)
POINTS: Final = "#,##0.00"
META_SHEET: Final = "_plan"
# What may be chosen as status; the first is what a new plan says.
STATUS_LABELS: Final = [text.vi for text in words_of("plan_statuses").values()]
CAUSE_SHEET: Final = "Nguyên nhân"
# Headings that the reader of appraisals knows; the last two are for what a council decides.
CAUSE_HEADINGS: Final = (
    ("Đơn vị", 20),
    ("Mã chỉ số", 9),
    ("Tên chỉ số", 52),
    ("Điểm bị mất", 11),
    ("Nguyên nhân", 30),
    ("Ghi chú nguyên nhân", 40),
    ("Người nêu", 24),
    ("Ngày", 12),
    ("Kết quả thẩm định", 18),
    ("Lý do", 30),
)


def measure_text(measure: Row, *, language: str = "vi") -> str:
    label, after = measure[f"label_{language}"], measure[f"to_{language}"]
    if measure["only_evidence"]:
        evidence = "tài liệu kiểm chứng" if language == "vi" else "evidence"
        return f"{label}: {after} + {evidence}"
    before = "–" if measure["from"] is None else measure[f"from_{language}"]
    return f"{label}: {before} → {after}"


def _deadline(row: Row) -> str:
    day = day_of(row["deadline"] or "")
    return f"{day:%d/%m/%Y}" if day else row["deadline"] or ""


def _bases(row: Row) -> str:
    kinds = {"basis": "bases", "data_basis": "data_bases"}
    return "; ".join(words_of(kind)[row[key]].vi for key, kind in kinds.items() if row[key])


# Heading and width of a column, and what a row has in it; nothing where people fill it in.
_NUMBER: Final = ("TT", 5)
_STATUS: Final = ("Trạng thái · Status", 13)
_PROGRESS: Final = ("Tiến độ (%) · Progress (%)", 11)
COLUMNS: Final[Mapping[tuple[str, int], Callable[[Row], str | float | None]]] = {
    ("Mã · Code", 9): itemgetter("component_code"),
    ("Chỉ số thành phần · Component", 52): lambda row: f"{row['name_vi']}\n{row['name_en']}",
    ("Điểm tối đa · Maximum", 11): itemgetter("max_points"),
    ("Hiện tại · Present", 11): itemgetter("points_from"),
    ("Chỉ tiêu · Target", 11): itemgetter("points_to"),
    ("Tăng · Gain", 11): itemgetter("points_gained"),
    ("Trung vị nhóm · Median", 11): itemgetter("median_in_group"),
    ("Việc cần đạt · Figures to reach", 60): lambda row: "\n".join(
        map(measure_text, row["measures"])
    ),
    ("Đầu mối · Focal", 22): lambda row: row["focal"] or "",
    ("Cơ quan chủ trì (gợi ý) · Lead (suggested)", 30): lambda row: row["lead"] or "",
    ("Phối hợp · Coordinating", 30): lambda row: row["coordinating"] or "",
    ("Thời hạn · Deadline", 13): _deadline,
    _STATUS: lambda _: None,
    _PROGRESS: lambda _: None,
    ("Căn cứ · Basis", 14): _bases,
}
HEADINGS: Final = (_NUMBER, *COLUMNS)


def write_plan(
    path: Path,
    rows: Sequence[Row],
    *,
    title: str,
    notes: Sequence[str],
    meta: Mapping[str, str],
    losses: Sequence[tuple[str, str, str, float]],
) -> None:
    """Write the plan's table with its title and notes.

    Texts are written as texts: one that starts with = never becomes a formula.

    Args:
        notes: lines below it: what is aimed at, what is assumed, what the data stand on.
        meta: what the plan is of and aims at, for the hidden sheet.
        losses: unit, code and name of the components that lost points, and the points.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    whole = BytesIO()
    with xlsxwriter.Workbook(whole, options) as book:
        book.set_properties({"title": title, "created": EPOCH})
        sheet = book.add_worksheet(PLAN_SHEET)
        bold = book.add_format({"bold": True, "font_size": 14})
        centred = {"text_wrap": True, "valign": "vcenter", "align": "center", "border": 1}
        head = book.add_format({**centred, "bold": True, "bg_color": "#DCE6F1"})
        text = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        entry = book.add_format(
            {"text_wrap": True, "valign": "top", "border": 1, "bg_color": "#FFFBE6"}
        )
        number = book.add_format({"num_format": POINTS, "valign": "top", "border": 1})
        sheet.write_string(0, 0, title, bold)
        for line, note in enumerate(notes, start=1):
            sheet.write_string(line, 0, note)
        top = len(notes) + 2
        for column, (heading, width) in enumerate(HEADINGS):
            sheet.set_column(column, column, width)
            sheet.write_string(top, column, heading, head)
        sheet.set_row(top, height_of(*HEADINGS))
        for place, row in enumerate(rows, start=1):
            line = top + place
            sheet.write_number(line, 0, place, text)
            status, progress = HEADINGS.index(_STATUS), HEADINGS.index(_PROGRESS)
            sheet.write_string(line, status, STATUS_LABELS[0], entry)
            sheet.write_blank(line, progress, None, entry)
            choices = {"validate": "list", "source": STATUS_LABELS}
            sheet.data_validation(line, status, line, status, choices)
            share = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 100}
            sheet.data_validation(line, progress, line, progress, share)
            cells = [content(row) for content in COLUMNS.values()]
            for column, content in enumerate(cells, start=1):
                if isinstance(content, float):
                    sheet.write_number(line, column, content, number)
                elif content is not None:
                    sheet.write_string(line, column, content, text)
            widths = (width for _, width in COLUMNS)
            sheet.set_row(line, height_of(*zip(map(str, cells), widths, strict=True)))
        last = top + len(rows) + 1
        sheet.write_string(last, 2, "Cộng · Total", head)
        for column, key in ((4, "points_from"), (5, "points_to"), (6, "points_gained")):
            sheet.write_number(last, column, sum(row[key] for row in rows), number)
        sheet.freeze_panes(top + 1, 3)
        if rows:
            sheet.autofilter(top, 0, top + len(rows), len(HEADINGS) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(top)
        _write_meta(book.add_worksheet(META_SHEET), rows, meta)
        _write_causes(book, losses, {"head": head, "text": text, "number": number})
    write_whole(path, whole.getvalue())


def _write_causes(
    book: xlsxwriter.Workbook,
    losses: Sequence[tuple[str, str, str, float]],
    formats: Mapping[str, Format],
) -> None:
    """Ask for the causes of lost points, as an appraisal names them."""
    sheet, text = book.add_worksheet(CAUSE_SHEET), formats["text"]
    for column, (heading, width) in enumerate(CAUSE_HEADINGS):
        sheet.set_column(column, column, width, text if column > 3 else None)
        sheet.write_string(0, column, heading, formats["head"])
    for line, (unit, code, name, lost) in enumerate(losses, start=1):
        for column, content in enumerate((unit, code, name)):
            sheet.write_string(line, column, content, text)
        sheet.write_number(line, 3, lost, formats["number"])
    lists = book.add_worksheet("_danh mục")
    lists.hide()
    for line, cause in enumerate(CAUSES.values()):
        lists.write_string(line, 0, cause.name.vi)
    choice = {"validate": "list", "source": f"='_danh mục'!$A$1:$A${len(CAUSES)}"}
    sheet.data_validation(1, 4, max(len(losses), 1), 4, choice)
    sheet.freeze_panes(1, 3)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write_meta(sheet: Worksheet, rows: Sequence[Row], meta: Mapping[str, str]) -> None:
    """Keep what the plan is of, and its figures in millionths from column D on."""
    for line, (key, value) in enumerate(meta.items()):
        sheet.write_string(line, 0, key)
        sheet.write_string(line, 1, value)
    figures = [(row["component_code"], measure) for row in rows for measure in row["measures"]]
    for line, (code, measure) in enumerate(figures):
        before = measure["from_micro"]
        texts = (code, measure["variable"], "" if before is None else str(before))
        for column, content in enumerate((*texts, str(measure["to_micro"]), measure["kind"]), 3):
            sheet.write_string(line, column, content)
    sheet.hide()
