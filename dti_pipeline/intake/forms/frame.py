"""The self-report workbook around its table: guide, titles, header, signatures, hidden sheet."""

from collections.abc import Mapping
from itertools import groupby
from math import ceil
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
    "sample": {
        **{"bold": True, "align": "center", "text_wrap": True},
        **{"font_color": "#C00000", "bg_color": "#FFF2CC"},
    },
    "header": {
        **{"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1},
        **{"font_color": "#FFFFFF", "bg_color": _BLUE},
    },
    "main": {"bold": True, "bg_color": "#D9E2F3", "border": 1},
    "text": {"text_wrap": True, "valign": "top", "border": 1},
    "points": {"text_wrap": True, "valign": "top", "border": 1, "num_format": "#,##0.00"},
    "sum": {"bold": True, "bg_color": "#D9E2F3", "border": 1, "num_format": "#,##0.00"},
    "day_label": {"bold": True, "align": "right"},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "strong": {"bold": True, "text_wrap": True, "valign": "top"},
    "entry": {
        **{"locked": False, "valign": "top", "border": 1, "bg_color": "#FFFBE6"},
        **{"num_format": "#,##0.######", "text_wrap": True},
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

_LINE: Final = 15.0
_A4: Final = 9
_GUIDE_WIDTH: Final = 66

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
        "Tài liệu kiểm chứng: ghi số, ký hiệu, ngày ban hành, trích yếu và đường dẫn, mỗi văn bản "
        "một dòng; thiếu tài liệu kiểm chứng có thể bị mất điểm.",
        "Evidence: give document number, date, title and link, one document per row; without it "
        "points may be lost.",
    ),
    (
        "Điểm tự chấm: tự tính từ số liệu đã nhập, không nhập vào. Chỗ chưa có điểm thì ghi lý do: "
        "chưa có số liệu, thiếu tài liệu kiểm chứng, chờ số liệu cơ quan quản lý, hoặc so với đơn "
        "vị khác nên chỉ biết khi tổng hợp. Tổng chỉ cộng các điểm đã tính được.",
        "Self-score: computed from the figures entered, nothing to enter. Where there are no "
        "points yet, the cell says why: no figure, no evidence, the agency's figure is awaited, or "
        "compared with other units and known later. Totals add up the points known so far.",
    ),
    (
        "Ghi chú: điều đơn vị muốn giải thích thêm; không tính điểm.",
        "Note: anything the unit wants to explain; never scored.",
    ),
)


def height_of(*cells: tuple[str, float]) -> float:
    """Return the height of a row in points, from its texts and the widths of their columns.

    LibreOffice does not fit the rows of a file it opens, and nobody fits rows of merged cells.
    """
    lines = [
        sum(max(1, ceil(len(line) * 1.05 / width)) for line in text.split("\n"))
        for text, width in cells
    ]
    return _LINE * max(lines, default=1)


def book_options() -> dict[str, Any]:
    """Keep texts texts, in the letters of offices; new each time, as XlsxWriter changes it."""
    return {
        **{"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        "default_format_properties": {"font_name": "Times New Roman", "font_size": 11},
    }


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
    sheet.set_column(1, 2, _GUIDE_WIDTH)
    sheet.merge_range(0, 0, 0, 2, "HƯỚNG DẪN ĐIỀN BÁO CÁO", formats["title"])
    names = (
        f"{assessment.title_vi} – {_name_of(unit)}",
        f"{assessment.title_en} – {unit['name_en']}",
    )
    for place, name in enumerate(names, start=1):
        sheet.write_string(1, place, name, formats["strong"])
    sheet.set_row(1, height_of(*((name, _GUIDE_WIDTH - 8) for name in names)))
    if is_sample:
        sheet.merge_range(2, 0, 2, 2, SAMPLE_LINE, formats["sample"])
        sheet.set_row(2, height_of((SAMPLE_LINE, _GUIDE_WIDTH)))
    for row, (vi, en) in enumerate(_GUIDE, start=4):
        sheet.set_row(row, height_of((vi, _GUIDE_WIDTH), (en, _GUIDE_WIDTH)))
        sheet.write_number(row, 0, row - 3, formats["wrapped"])
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


def write_contact(sheet: Worksheet, formats: Mapping[str, Format]) -> None:
    """Write the line for the sender's contact; nothing reads it, since it names a person."""
    place = PLACES["value"]
    label = "Đầu mối liên hệ (họ tên, chức vụ, điện thoại, thư điện tử) · Contact:"
    sheet.merge_range(6, 0, 6, place - 1, label, formats["day_label"])
    sheet.merge_range(6, place, 6, LAST, "", formats["entry_text"])


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
    labels = [(column.label, column.width - 1) for column in COLUMNS]
    sheet.set_row(top + 1, height_of(*labels))
    sheet.freeze_panes(top + 2, PLACES["variable"])
    sheet.repeat_rows(top, top + 1)


def set_page(sheet: Worksheet) -> None:
    """Print on A4 landscape, as wide as the page, with page numbers."""
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&C&P/&N")
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
