"""Write the template of the papers: A4, margins, fonts and styles of Decree 30/2020.

    python -m tools.paper_template dti_pipeline/reports/papers/template.docx

An office changes the styles in its word processor; their names are what the papers ask for. The
numbers are those of annex I of the decree: top and bottom 20 to 25 mm, left 30 to 35 mm, right 15
to 20 mm; the motto in bold of 13 to 14 points, the body 13 to 14, page numbers 13 to 14.
"""

import sys
from pathlib import Path

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

LEFT, CENTER, RIGHT, BOTH = (
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)
FONT = "Times New Roman"
# Name, size, bold, italic, alignment, space before and after (points), first line (mm).
STYLES = (
    ("Cơ quan chủ quản", 12, False, False, CENTER, 0, 0, 0),
    ("Cơ quan ban hành", 12, True, False, CENTER, 0, 0, 0),
    ("Quốc hiệu", 12, True, False, CENTER, 0, 0, 0),
    ("Tiêu ngữ", 13, True, False, CENTER, 0, 0, 0),
    ("Đường kẻ", 2, False, False, CENTER, 0, 0, 0),
    ("Số, ký hiệu", 13, False, False, CENTER, 3, 0, 0),
    ("Địa danh, thời gian", 13, False, True, CENTER, 3, 0, 0),
    ("Trích yếu công văn", 12, False, False, CENTER, 3, 0, 0),
    ("Tên loại", 14, True, False, CENTER, 12, 0, 0),
    ("Trích yếu", 14, True, False, CENTER, 0, 6, 0),
    ("Kèm theo", 13, False, True, CENTER, 0, 6, 0),
    ("Kính gửi", 14, False, False, CENTER, 12, 6, 0),
    ("Nội dung", 14, False, False, BOTH, 3, 3, 10),
    ("Mục", 13, True, False, LEFT, 9, 3, 0),
    ("Cảnh báo số liệu", 11, True, False, CENTER, 0, 4, 0),
    ("Ghi chú", 11, False, True, LEFT, 3, 0, 0),
    ("Đầu bảng", 10, True, False, CENTER, 1, 1, 0),
    ("Ô chữ", 10, False, False, LEFT, 1, 1, 0),
    ("Ô số", 10, False, False, RIGHT, 1, 1, 0),
    ("Ô giữa", 10, False, False, CENTER, 1, 1, 0),
    ("Quyền hạn, chức vụ", 14, True, False, CENTER, 0, 0, 0),
    ("Họ tên người ký", 14, True, False, CENTER, 54, 0, 0),
    ("Nơi nhận, tiêu đề", 12, True, True, LEFT, 0, 0, 0),
    ("Nơi nhận", 11, False, False, LEFT, 0, 0, 0),
    ("Số trang", 13, False, False, CENTER, 0, 0, 0),
)


def write_template(path: Path) -> None:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(16)
    section.header_distance = section.footer_distance = Mm(10)
    normal = document.styles["Normal"]
    _set_font(normal, 14)
    for name, size, bold, italic, alignment, before, after, first_line in STYLES:
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.quick_style = normal, True
        _set_font(style, size)
        style.font.bold, style.font.italic = bold, italic
        layout = style.paragraph_format
        layout.alignment = alignment
        layout.space_before, layout.space_after = Pt(before), Pt(after)
        layout.first_line_indent = Mm(first_line)
        layout.line_spacing_rule = WD_LINE_SPACING.SINGLE
    _draw_line(document.styles["Đường kẻ"])
    _set_cell_margins(document.styles["Table Grid"])
    document.styles["Mục"].paragraph_format.keep_with_next = True
    document.save(str(path))


def _set_font(style, size: float) -> None:
    style.font.name, style.font.size = FONT, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:eastAsia", "w:cs"):
        fonts.set(qn(script), FONT)


def _draw_line(style) -> None:
    border = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    border.append(top)
    style.element.get_or_add_pPr().append(border)


def _set_cell_margins(style) -> None:
    """Leave a millimetre beside the text of a cell, so that ten columns fit a page."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "57")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties = style.element.find(qn("w:tblPr"))
    old = properties.find(qn("w:tblCellMar"))
    if old is not None:
        properties.remove(old)
    properties.append(margins)


if __name__ == "__main__":
    write_template(Path(sys.argv[1]))
