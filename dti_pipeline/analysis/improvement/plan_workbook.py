"""Write a plan as a workbook: the table provinces fill in, byte for byte the same for one plan.

Status and progress are filled in there; a hidden sheet keeps what the plan is about, so that
``progress`` reads the workbook back. A second sheet asks for the causes of lost points: put into
``appraisals/``, that sheet is read and the plan passed over.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dti_pipeline.intake.forms.frame import height_of, new_book, set_page
from dti_pipeline.intake.numbers.entry import day_of
from dti_pipeline.intake.tables.appraisals import PLAN_SHEET
from schemas.causes import CAUSES
from schemas.words import words_of

Row = Mapping[str, Any]

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


# Heading and width of a column, by what `_cells` puts into it.
COLUMNS: Final = {
    "number": ("TT", 5),
    "component_code": ("Mã · Code", 9),
    "name": ("Chỉ số thành phần · Component", 52),
    "max_points": ("Điểm tối đa · Maximum", 11),
    "points_from": ("Hiện tại · Present", 11),
    "points_to": ("Chỉ tiêu · Target", 11),
    "points_gained": ("Tăng · Gain", 11),
    "median_in_group": ("Trung vị nhóm · Median", 11),
    "measures": ("Việc cần đạt · Figures to reach", 60),
    "focal": ("Đầu mối · Focal", 22),
    "lead": ("Cơ quan chủ trì (gợi ý) · Lead (suggested)", 30),
    "coordinating": ("Phối hợp · Coordinating", 30),
    "deadline": ("Thời hạn · Deadline", 13),
    "status": ("Trạng thái · Status", 13),
    "progress": ("Tiến độ (%) · Progress (%)", 11),
    "basis": ("Căn cứ · Basis", 14),
}
_PLACES: Final = {name: place for place, name in enumerate(COLUMNS)}


def _cells(row: Row, number: int) -> dict[str, str | float | None]:
    day = day_of(row["deadline"] or "")
    kinds = {"basis": "bases", "data_basis": "data_bases"}
    bases = [words_of(kind)[row[key]].vi for key, kind in kinds.items() if row[key]]
    cells = {
        **row,
        "number": number,
        "name": f"{row['name_vi']}\n{row['name_en']}",
        "measures": "\n".join(map(measure_text, row["measures"])),
        "deadline": f"{day:%d/%m/%Y}" if day else row["deadline"],
        "status": STATUS_LABELS[0],
        "progress": None,
        "basis": "; ".join(bases),
    }
    return {name: cells[name] for name in COLUMNS}


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

    Args:
        notes: lines below it: what is aimed at, what is assumed, what the data stand on.
        meta: what the plan is of and aims at, for the hidden sheet.
        losses: unit, code and name of the components that lost points, and the points.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_book(path, title) as book:
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
        for column, (heading, width) in enumerate(COLUMNS.values()):
            sheet.set_column(column, column, width)
            sheet.write_string(top, column, heading, head)
        sheet.set_row(top, height_of(*COLUMNS.values()))
        looks = {"status": entry, "progress": entry}
        for place, row in enumerate(rows, start=1):
            line, cells = top + place, _cells(row, place)
            for column, (name, content) in enumerate(cells.items()):
                look = number if isinstance(content, float) else looks.get(name, text)
                write = sheet.write_string if isinstance(content, str) else sheet.write
                write(line, column, content, look)
            texts = ((str(content), COLUMNS[name][1]) for name, content in cells.items())
            sheet.set_row(line, height_of(*texts))
        first, last = top + 1, top + len(rows)
        sheet.write_string(last + 1, _PLACES["name"], "Cộng · Total", head)
        for key in ("points_from", "points_to", "points_gained"):
            sheet.write_number(last + 1, _PLACES[key], sum(row[key] for row in rows), number)
        sheet.freeze_panes(first, _PLACES["name"] + 1)
        if rows:
            status, progress = _PLACES["status"], _PLACES["progress"]
            choices = {"validate": "list", "source": STATUS_LABELS}
            sheet.data_validation(first, status, last, status, choices)
            share = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 100}
            sheet.data_validation(first, progress, last, progress, share)
            sheet.autofilter(top, 0, last, len(COLUMNS) - 1)
        set_page(sheet)
        sheet.repeat_rows(top)
        _write_meta(book.add_worksheet(META_SHEET), rows, meta)
        _write_causes(book, losses, {"head": head, "text": text, "number": number})


def _write_causes(
    book: Workbook,
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
    set_page(sheet)
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
