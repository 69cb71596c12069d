"""The self-report workbook around its table: guide, titles, header, signatures, hidden sheet."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dti_pipeline.intake.forms.layout import COLUMNS, DELIVERED_ON, SAMPLE_LINE
from schemas.files.assessment import Assessment

HEADER_ROW: Final = 7
"""The header takes this row (counted from 0) and the next; titles stand above it."""

PLACES: Final[Mapping[str, int]] = {column.key: at for at, column in enumerate(COLUMNS)}
"""Column key → column number, counted from 0."""

LAST: Final = len(COLUMNS) - 1

# Units with a people's committee, which is the sender; others send under their own name.
_PEOPLES_COMMITTEES: Final = frozenset(
    {"tỉnh", "thành phố", "quận", "huyện", "thị xã", "thị trấn", "phường", "xã", "đặc khu"}
)
_BLUE: Final = "#1F3864"
_FORMATS: Final[Mapping[str, dict[str, Any]]] = {
    "state": {"bold": True, "align": "center"},
    "title": {"bold": True, "font_size": 14, "align": "center", "font_color": _BLUE},
    "subtitle": {"italic": True, "align": "center"},
    "sample": {"bold": True, "align": "center", "font_color": "#C00000", "bg_color": "#FFF2CC"},
    "header": {
        **{"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1},
        **{"font_color": "#FFFFFF", "bg_color": _BLUE},
    },
    "main": {"bold": True, "bg_color": "#D9E2F3", "border": 1},
    "text": {"text_wrap": True, "valign": "top", "border": 1},
    "day_label": {"bold": True, "align": "right"},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "strong": {"bold": True},
    "entry": {
        **{"locked": False, "valign": "top", "border": 1, "bg_color": "#FFFBE6"},
        **{"num_format": "#,##0.######"},
    },
    "entry_text": {
        **{"locked": False, "valign": "top", "border": 1, "bg_color": "#FFFBE6"},
        **{"text_wrap": True, "num_format": "@"},
    },
    "entry_date": {
        **{"locked": False, "valign": "top", "border": 1, "bg_color": "#FFFBE6"},
        **{"num_format": "dd/mm/yyyy"},
    },
}

_GUIDE: Final = (
    (
        "Chỉ nhập vào các ô màu vàng nhạt; không sửa mã, không thêm hoặc xóa dòng.",
        "Fill in the pale yellow cells only; do not change codes, add or delete rows.",
    ),
    (
        "Số liệu: nhập số theo đơn vị tính ghi bên cạnh; tỷ lệ % thì nhập số phần trăm "
        "(61,7 nghĩa là 61,7%).",
        "Figures: enter numbers in the unit beside them; percentages as percent (61.7 is 61.7%).",
    ),
    (
        "Có/Không và lựa chọn: chọn trong danh sách của ô.",
        "Yes/no and choices: pick from the list of the cell.",
    ),
    (
        "0 hoặc “không có”: có đánh giá, kết quả bằng 0. Để trống: chưa báo cáo.",
        "0 or “không có” (none): assessed, the result is 0. Blank: not reported.",
    ),
    (
        "Không phát sinh: đánh dấu x, ghi lý do; chỉ nhận ở chỉ số mà bộ chỉ số cho phép.",
        "Not applicable: mark x and give the reason; accepted only where the framework allows it.",
    ),
    (
        "Tài liệu kiểm chứng: ghi số, ký hiệu, ngày ban hành, trích yếu và đường dẫn; thiếu tài "
        "liệu kiểm chứng có thể bị mất điểm.",
        "Evidence: give document number, date, title and link; without it points may be lost.",
    ),
)


def add_formats(book: Workbook) -> dict[str, Format]:
    return {name: book.add_format(dict(look)) for name, look in _FORMATS.items()}


def _name_of(unit: Mapping[str, Any]) -> str:
    """Name the sender as forms do: people's committees by kind and place, others by name."""
    kind, name = str(unit.get("unit_type") or ""), str(unit["name_vi"])
    if kind in _PEOPLES_COMMITTEES:
        # A numbered name carries its kind already: Phường 1.
        name = f"ỦY BAN NHÂN DÂN {name if name.casefold().startswith(kind) else f'{kind} {name}'}"
    return name.upper()


def write_guide(
    sheet: Worksheet,
    formats: Mapping[str, Format],
    *,
    assessment: Assessment,
    unit: Mapping[str, Any],
    is_sample: bool,
) -> None:
    sheet.set_column(0, 0, 4)
    sheet.set_column(1, 2, 70)
    sheet.write_string(0, 1, "HƯỚNG DẪN ĐIỀN BÁO CÁO", formats["title"])
    sheet.write_string(1, 1, f"{assessment.title_vi} – {_name_of(unit)}", formats["strong"])
    sheet.write_string(1, 2, f"{assessment.title_en} – {unit['name_en']}", formats["strong"])
    if is_sample:
        sheet.write_string(2, 1, SAMPLE_LINE, formats["sample"])
    for row, (vi, en) in enumerate(_GUIDE, start=4):
        sheet.write_number(row, 0, row - 3)
        sheet.write_string(row, 1, vi, formats["wrapped"])
        sheet.write_string(row, 2, en, formats["wrapped"])


def write_titles(
    sheet: Worksheet,
    formats: Mapping[str, Format],
    *,
    assessment: Assessment,
    unit: Mapping[str, Any],
    is_sample: bool,
) -> None:
    """Write state, sender, title and period, and for samples the line that says so."""
    half = PLACES["rule"]
    sheet.merge_range(0, 0, 0, half - 1, _name_of(unit), formats["state"])
    state = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    sheet.merge_range(0, half, 0, LAST, state, formats["state"])
    sheet.merge_range(1, half, 1, LAST, "Độc lập - Tự do - Hạnh phúc", formats["state"])
    title = f"BÁO CÁO KẾT QUẢ TỰ ĐÁNH GIÁ – {assessment.title_vi}"
    sheet.merge_range(2, 0, 2, LAST, title, formats["title"])
    subtitle = f"Self-assessment report – {assessment.title_en} – {unit['name_en']}"
    sheet.merge_range(3, 0, 3, LAST, subtitle, formats["subtitle"])
    period = f"Số liệu từ {assessment.period_start:%d/%m/%Y} đến {assessment.period_end:%d/%m/%Y}"
    if assessment.deadline:
        period += f"; hạn nộp: {assessment.deadline:%d/%m/%Y}"
    sheet.merge_range(4, 0, 4, LAST, period, formats["subtitle"])
    if is_sample:
        sheet.merge_range(5, 0, 5, LAST, SAMPLE_LINE, formats["sample"])


def write_delivery_day(
    sheet: Worksheet, formats: Mapping[str, Format], *, assessment: Assessment
) -> None:
    """Write the cell for the day of delivery above the table, where samples say what they are.

    A sample is delivered by nobody and has none.
    """
    place = PLACES["value"]
    label = " · ".join(DELIVERED_ON)
    sheet.merge_range(5, 0, 5, place - 1, f"{label} (dd/mm/yyyy):", formats["day_label"])
    sheet.write_blank(5, place, None, formats["entry_date"])
    # A report may be sent before its period ends, never before it begins.
    sheet.data_validation(
        *(5, place, 5, place),
        {
            "validate": "date",
            "criteria": ">=",
            "value": assessment.period_start,
            "error_title": "Ngày nộp",
            "error_message": "Nhập ngày nộp báo cáo (ngày/tháng/năm). "
            "Enter the day of delivery (day/month/year).",
        },
    )


def write_header(sheet: Worksheet, formats: Mapping[str, Format]) -> None:
    """Write the two-row header and set widths, frozen panes and the printed page."""
    top, look = HEADER_ROW, formats["header"]
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width)
        if column.group:
            sheet.write_string(top + 1, place, column.label, look)
        else:
            sheet.merge_range(top, place, top + 1, place, column.label, look)
    place = 0
    for group, members in groupby(COLUMNS, key=lambda column: column.group):
        width = len(list(members))
        if group:
            sheet.merge_range(top, place, top, place + width - 1, group, look)
        place += width
    sheet.freeze_panes(top + 2, PLACES["variable"])
    sheet.repeat_rows(top, top + 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def write_signature(sheet: Worksheet, formats: Mapping[str, Format], *, row: int) -> None:
    left, right = PLACES["name"], PLACES["value"]
    place = "…………, ngày …… tháng …… năm ……"
    sheet.merge_range(row, right, row, LAST, place, formats["subtitle"])
    sheet.write_string(row + 1, left, "NGƯỜI LẬP BIỂU", formats["state"])
    sheet.merge_range(row + 1, right, row + 1, LAST, "THỦ TRƯỞNG ĐƠN VỊ", formats["state"])
    sheet.write_string(row + 2, left, "(Ký, ghi rõ họ tên)", formats["subtitle"])
    note = "(Ký, ghi rõ họ tên, đóng dấu)"
    sheet.merge_range(row + 2, right, row + 2, LAST, note, formats["subtitle"])


def write_meta(sheet: Worksheet, entries: Mapping[str, str]) -> None:
    for row, (key, text) in enumerate(entries.items()):
        sheet.write_string(row, 0, key)
        sheet.write_string(row, 1, text)
    sheet.hide()
