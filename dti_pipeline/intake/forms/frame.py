"""The self-report workbook around its table: guide, titles, header, signatures, hidden sheet."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dti_pipeline.intake.forms.layout import COLUMNS, DELIVERED_ON, SAMPLE_LINE
from dti_pipeline.whole_file import write_whole
from schemas.files.assessment import Assessment
from schemas.package_data import toml_beside
from schemas.words import body_of

Unit = Mapping[str, Any]
"""A row of ``dim_unit``."""

HEADER_ROW: Final = 7
"""The header takes this row (counted from 0) and the next; titles stand above it."""

PLACES: Final[Mapping[str, int]] = {column.key: at for at, column in enumerate(COLUMNS)}
"""Column key → column number, counted from 0."""

LAST: Final = len(COLUMNS) - 1

_LINE: Final = 15.0
_A4: Final = 9
_GUIDE_WIDTH: Final = 66


def form_words() -> dict[str, Any]:
    return toml_beside(__file__, "form.toml")


def height_of(*cells: tuple[str, float]) -> float:
    """Return the height of a row in points, from its texts and the widths of their columns.

    LibreOffice does not fit the rows of a file it opens, and nobody fits rows of merged cells.
    """
    lines = [
        sum(max(1, ceil(len(line) * 1.05 / width)) for line in text.split("\n"))
        for text, width in cells
    ]
    return _LINE * max(lines, default=1)


@contextmanager
def new_book(path: Path, title: str) -> Iterator[Workbook]:
    """Give a workbook to fill, in the letters of offices; its texts stay texts."""
    options = {
        **{"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        "default_format_properties": {"font_name": "Times New Roman", "font_size": 11},
    }
    content = BytesIO()
    with Workbook(content, options) as book:
        # A fixed day makes the same workbook the same bytes; the day itself means nothing.
        book.set_properties({"title": title, "created": datetime(2020, 1, 1)})
        yield book
    write_whole(path, content.getvalue())


def add_formats(book: Workbook) -> dict[str, Format]:
    return {name: book.add_format(dict(look)) for name, look in form_words()["looks"].items()}


class Frame:
    """Writes what stands around the table of a form."""

    def __init__(
        self, book: Workbook, assessment: Assessment, unit: Unit, *, is_sample: bool
    ) -> None:
        self.formats = add_formats(book)
        self.assessment, self.unit, self.is_sample = assessment, unit, is_sample

    def write_guide(self, sheet: Worksheet) -> None:
        sheet.set_column(0, 0, 4)
        sheet.set_column(1, 2, _GUIDE_WIDTH)
        sheet.merge_range(0, 0, 0, 2, "HƯỚNG DẪN ĐIỀN BÁO CÁO", self.formats["title"])
        names = (
            f"{self.assessment.title_vi} – {body_of(self.unit).upper()}",
            f"{self.assessment.title_en} – {self.unit['name_en']}",
        )
        for place, name in enumerate(names, start=1):
            sheet.write_string(1, place, name, self.formats["strong"])
        sheet.set_row(1, height_of(*((name, _GUIDE_WIDTH - 8) for name in names)))
        if self.is_sample:
            sheet.merge_range(2, 0, 2, 2, SAMPLE_LINE, self.formats["sample"])
            sheet.set_row(2, height_of((SAMPLE_LINE, _GUIDE_WIDTH)))
        for row, texts in enumerate(form_words()["guide"], start=4):
            sheet.set_row(row, height_of(*((text, _GUIDE_WIDTH) for text in texts)))
            sheet.write_number(row, 0, row - 3, self.formats["wrapped"])
            for place, text in enumerate(texts, start=1):
                sheet.write_string(row, place, text, self.formats["wrapped"])

    def write_head(self, sheet: Worksheet) -> None:
        """Write what stands above the table.

        A sample says so where others have the day of delivery: it is delivered by nobody. Nothing
        reads the line for the sender's contact, since it names a person.
        """
        assessment, half, value = self.assessment, PLACES["rule"], PLACES["value"]
        start, end = assessment.period_start, assessment.period_end
        period = f"Số liệu từ {start:%d/%m/%Y} đến {end:%d/%m/%Y}"
        if assessment.deadline:
            period += f"; hạn nộp: {assessment.deadline:%d/%m/%Y}"
        title = f"BÁO CÁO KẾT QUẢ TỰ ĐÁNH GIÁ – {assessment.title_vi}"
        subtitle = f"Self-assessment report – {assessment.title_en} – {self.unit['name_en']}"
        contact = "Đầu mối liên hệ (họ tên, chức vụ, điện thoại, thư điện tử) · Contact:"
        day = (value - 1, f"{' · '.join(DELIVERED_ON)} (dd/mm/yyyy):", "day_label")
        for row, first, last, text, look in (
            (0, 0, half - 1, body_of(self.unit).upper(), "state"),
            (0, half, LAST, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "state"),
            (1, half, LAST, "Độc lập - Tự do - Hạnh phúc", "state"),
            (2, 0, LAST, title, "title"),
            (3, 0, LAST, subtitle, "subtitle"),
            (4, 0, LAST, period, "subtitle"),
            (5, 0, *((LAST, SAMPLE_LINE, "sample") if self.is_sample else day)),
            (6, 0, value - 1, contact, "day_label"),
            (6, value, LAST, "", "entry_text"),
        ):
            sheet.merge_range(row, first, row, last, text, self.formats[look])
        if not self.is_sample:
            sheet.write_blank(5, value, None, self.formats["entry_date"])
            # A report may be sent before its period ends, never before it begins.
            check = {"validate": "date", "criteria": ">=", "value": start}
            words = {
                "error_title": "Ngày nộp",
                "error_message": "Nhập ngày nộp báo cáo (ngày/tháng/năm). "
                "Enter the day of delivery (day/month/year).",
            }
            sheet.data_validation(5, value, 5, value, check | words)

    def write_header(self, sheet: Worksheet) -> None:
        top, look = HEADER_ROW, self.formats["header"]
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
        sheet.set_row(top + 1, height_of(*((column.label, column.width - 1) for column in COLUMNS)))
        sheet.freeze_panes(top + 2, PLACES["variable"])
        sheet.repeat_rows(top, top + 1)

    def write_signature(self, sheet: Worksheet, *, row: int) -> None:
        for line, left, right, look in (
            (row, "", "…………, ngày …… tháng …… năm ……", "subtitle"),
            (row + 1, "NGƯỜI LẬP BIỂU", "THỦ TRƯỞNG ĐƠN VỊ", "state"),
            (row + 2, "(Ký, ghi rõ họ tên)", "(Ký, ghi rõ họ tên, đóng dấu)", "subtitle"),
        ):
            if left:
                sheet.write_string(line, PLACES["name"], left, self.formats[look])
            sheet.merge_range(line, PLACES["value"], line, LAST, right, self.formats[look])


def set_page(sheet: Worksheet) -> None:
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&C&P/&N")
    sheet.fit_to_pages(1, 0)
