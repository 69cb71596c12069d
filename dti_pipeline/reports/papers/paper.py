"""A paper in the form of Decree 30/2020: head, text, tables, signature, on styles of a template.

The template says fonts, sizes and margins; an office replaces it by its own with the same style
names. Every page carries the warning about its figures above the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm

from dti_pipeline.reports.figures import VIETNAM
from dti_pipeline.whole_file import write_whole
from schemas.files.settings import Office
from schemas.plain_text import visible_text
from schemas.text import SpokenError, WrongUsageError

COUNTRY: Final = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO: Final = "Độc lập - Tự do - Hạnh phúc"
# Width of the lines below motto and office, in mm: as long as the motto, a third of the office.
MOTTO_LINE: Final = 56
OFFICE_LINE: Final = 24
TABLE_STYLE: Final = "Table Grid"


@dataclass(frozen=True)
class Column:
    """A column of a table: heading, width in mm, and the style of its cells."""

    title: str
    width: float
    style: str = "Ô số"


class PaperError(SpokenError):
    """A paper that the release has nothing for, or a template that lacks styles."""


class UnknownComponentError(WrongUsageError):
    """A component that a reply was to explain and the unit does not have."""


class Paper:
    """A document under construction; paragraphs and tables follow each other as they are added."""

    def __init__(
        self,
        office: Office,
        *,
        warning: str,
        number: str = "",
        day: date | None = None,
        template: Path | None = None,
    ) -> None:
        own = files("dti_pipeline.reports.papers").joinpath("template.docx").read_bytes()
        self.office = office
        self.number = number
        self.day = day
        self._warning = warning
        self._document = Document(BytesIO(own) if template is None else str(template))
        missing = {style.name for style in Document(BytesIO(own)).styles} - {
            style.name for style in self._document.styles
        }
        if template is not None and missing:
            raise PaperError("papers.template", template=template, styles=sorted(map(str, missing)))
        for element in list(self._document.element.body)[:-1]:
            self._document.element.body.remove(element)
        self._is_empty = True

    def begin_part(self, *, landscape: bool = False) -> None:
        document = self._document
        section: Any = (
            document.sections[0] if self._is_empty else document.add_section(WD_SECTION.NEW_PAGE)
        )
        sides: list[Length] = [section.page_width, section.page_height]
        section.page_width, section.page_height = sorted(sides, reverse=landscape)
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        section.different_first_page_header_footer = True
        numbers = section._sectPr.find(qn("w:pgNumType"))
        if numbers is None:
            numbers = OxmlElement("w:pgNumType")
            section._sectPr.find(qn("w:pgMar")).addnext(numbers)
        numbers.set(qn("w:start"), "1")
        if self._is_empty:
            self._fill_headers(section)
        self._is_empty = False

    @property
    def width(self) -> float:
        section: Any = self._document.sections[-1]
        return float(section.page_width - section.left_margin - section.right_margin) / Mm(1)

    def head(self, sign: str, subject: str = "") -> None:
        """Write office, motto, number, place and day; a letter has its subject under the number.

        ``sign`` is the kind in the document number, such as TB; empty for a letter.
        """
        office = self.office
        left, right = self._grid((68, 97))
        if office.parent:
            self._into(left, office.parent.upper(), "Cơ quan chủ quản")
        self._into(left, office.name.upper(), "Cơ quan ban hành")
        self._line(left, 68, OFFICE_LINE)
        kind = f"{sign}-{office.short}" if sign else office.short
        number = self.number or f"…/{kind}"
        self._into(left, f"Số: {number}", "Số, ký hiệu")
        if subject:
            self._into(left, subject, "Trích yếu công văn")
        self._into(right, COUNTRY, "Quốc hiệu")
        self._into(right, MOTTO, "Tiêu ngữ")
        self._line(right, 97, MOTTO_LINE)
        self._into(right, f"{office.place}, {self.day_text()}", "Địa danh, thời gian")

    def day_text(self) -> str:
        if self.day is None:
            return "ngày … tháng … năm …"
        month = f"{self.day.month:02d}" if self.day.month <= 2 else f"{self.day.month}"
        return f"ngày {self.day:%d} tháng {month} năm {self.day.year}"

    def paragraph(self, text: str, style: str = "Nội dung") -> None:
        self._document.add_paragraph(visible_text(text), style=style)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """Write a table whose head stands on every page; a row is never cut by a page's end."""
        table = self._document.add_table(1 + len(rows), len(columns), style=TABLE_STYLE)
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for column, place in zip(columns, table.columns, strict=True):
            place.width = Mm(column.width)
        heads = [column.title for column in columns]
        for place, (line, texts) in enumerate(zip(table.rows, [heads, *rows], strict=True)):
            properties = line._tr.get_or_add_trPr()
            for name in ("w:tblHeader", "w:cantSplit") if place == 0 else ("w:cantSplit",):
                properties.append(OxmlElement(name))
            for cell, column, text in zip(line.cells, columns, texts, strict=True):
                cell.width = Mm(column.width)
                paragraph = cell.paragraphs[0]
                paragraph.style = "Đầu bảng" if place == 0 else column.style
                paragraph.add_run(visible_text(text))

    def signature(self, recipients: Sequence[str] = ()) -> None:
        office = self.office
        self.paragraph("", "Ghi chú")
        left, right = self._grid((78, 87))
        self._into(left, "Nơi nhận:", "Nơi nhận, tiêu đề")
        lines = [*recipients, *office.recipients, f"Lưu: VT, {office.short}"]
        for place, line in enumerate(lines):
            self._into(left, f"- {line}{'.' if place == len(lines) - 1 else ';'}", "Nơi nhận")
        if office.authority:
            self._into(right, office.authority.upper(), "Quyền hạn, chức vụ")
        self._into(right, office.position.upper(), "Quyền hạn, chức vụ")
        self._into(right, office.signer, "Họ tên người ký")

    def save(self, path: Path, *, title: str, moment: datetime, source: str = "") -> Path:
        """Write the document; ``moment`` is its only clock, ``source`` the release behind it."""
        properties = self._document.core_properties
        properties.title, properties.comments = title, source
        properties.author = self.office.name
        properties.created = properties.modified = moment.astimezone(VIETNAM).replace(tzinfo=None)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = BytesIO()
        self._document.save(content)
        write_whole(path, _without_times(content))
        return path

    def _grid(self, widths: Sequence[float]) -> Sequence[Any]:
        table = self._document.add_table(1, len(widths))
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        cells: Sequence[Any] = table.rows[0].cells
        for cell, column, width in zip(cells, table.columns, widths, strict=True):
            cell.width = column.width = Mm(width)
        return cells

    def _into(self, cell: Any, text: str, style: str) -> Any:
        # A new cell has an empty paragraph, which is used first.
        first = cell.paragraphs[0]
        is_new = len(cell.paragraphs) == 1 and not first.text and first.style.name == "Normal"
        paragraph = first if is_new else cell.add_paragraph()
        paragraph.style = style
        paragraph.add_run(visible_text(text))
        return paragraph

    def _line(self, cell: Any, width: float, length: float) -> None:
        paragraph = self._into(cell, "", "Đường kẻ")
        side: Length = Mm((width - length) / 2)
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = side

    def _fill_headers(self, section: Any) -> None:
        """Write page numbers (not on the first page) and the warning on every page."""
        for header, has_number in ((section.first_page_header, False), (section.header, True)):
            paragraph = header.paragraphs[0]
            if has_number:
                paragraph.style = "Số trang"
                field = OxmlElement("w:fldSimple")
                field.set(qn("w:instr"), "PAGE")
                number = OxmlElement("w:r")
                number.append(OxmlElement("w:t"))
                field.append(number)
                paragraph._p.append(field)
                paragraph = header.add_paragraph()
            paragraph.style = "Cảnh báo số liệu"
            paragraph.add_run(visible_text(self._warning))


def _without_times(document: BytesIO) -> bytes:
    """Pack the parts again without the time of writing, which python-docx stamps on each."""
    sink = BytesIO()
    with ZipFile(document) as parts, ZipFile(sink, "w") as archive:
        for name in parts.namelist():
            archive.writestr(ZipInfo(name), parts.read(name), ZIP_DEFLATED)
    return sink.getvalue()
