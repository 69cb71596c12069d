"""Read XLSX workbooks: which sheets there are, styles, shared texts, and the cells.

An own reader, because openpyxl takes four to five times as long for the same cells (twice that
where formulas and their results are both needed), and fastexcel, which is quick, loses percent
formats, formulas and errors: what decides whether 0.617 is 61.7 % would be gone. The tests compare
every kind of cell with openpyxl. Parts with a document type declaration are refused before they
are parsed.
"""

import io
import posixpath
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from dti_pipeline.index.csv_rows import MAX_ROWS, Finding, UnreadableFileError
from dti_pipeline.intake.files.cells import Cell, FileContent, LookKind, Sheet
from dti_pipeline.intake.files.number_format import is_date_format, is_ordinary
from dti_pipeline.intake.files.safety import ARCHIVE_ERRORS, Damage, DocumentTypeError, check_xml
from dti_pipeline.intake.files.sheet_xml import (
    SheetReader,
    Style,
    Styles,
    child_of,
    hidden_columns,
    hidden_rows,
    is_on,
    name_of,
    rich_text,
)

# Number formats with a fixed id are not written in the file (ECMA-376 part 1, 18.8.30).
_FIXED_FORMATS: Final = {
    **{0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%"},
    **{11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "mm-dd-yy", 15: "d-mmm-yy"},
    **{16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm"},
    **{21: "h:mm:ss", 22: "m/d/yy h:mm", 37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)"},
    **{39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);[Red](#,##0.00)", 45: "mm:ss"},
    **{46: "[h]:mm:ss", 47: "mmss.0", 48: "##0.0E+0", 49: "@"},
}

# What reading a broken workbook raises. OSError: a broken archive can point in front of its start.
_DAMAGE: Final = (Damage, ElementTree.ParseError, LookupError, OSError, *ARCHIVE_ERRORS)

_WHITE: Final = "FFFFFF"
# The first colour of a theme is its background; of the old palette three are white.
_WHITES: Final = dict.fromkeys(("0,None", "None,1", "None,9", "None,65"), _WHITE)

_Load = Callable[[str], Element]


def read_workbook(path: Path) -> FileContent:
    """Read all worksheets of an inspected workbook, in the order of their tabs; no chart sheets.

    Cells with a formula hold its cached result; the type is ``formula`` when there is none, and
    also when the file asks for a full calculation on opening, or says that its calculation was
    cut off or is done by hand only: programs that write workbooks without calculating leave zeros
    behind and set the first of these marks.

    Raises:
        UnreadableFileError: ``file.damaged`` or ``file.entity``, with the part, or
            ``file.too_many_rows``.
        OSError: if the file cannot be opened.
    """
    part = ""
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                names = {name.lower(): name for name in archive.namelist()}

                def load(name: str) -> Element:
                    nonlocal part
                    part = name
                    if name.lower() not in names:
                        raise Damage("the part is missing")
                    return _parse(archive.read(names[name.lower()]))

                sheets = tuple(_sheets(load))
        except DocumentTypeError:
            raise UnreadableFileError(Finding("file.entity", str(path), {"part": part})) from None
        except _DAMAGE as error:
            finding = Finding("file.damaged", str(path), {"part": part, "reason": str(error)})
            raise UnreadableFileError(finding) from error
    if any(len(sheet.rows) > MAX_ROWS for sheet in sheets):
        raise UnreadableFileError(Finding("file.too_many_rows", str(path), {"limit": MAX_ROWS}))
    return FileContent(path, sheets)


def _parse(data: bytes) -> Element:
    """Parse a part whose prologue declares nothing."""
    check_xml(io.BytesIO(data))
    try:
        return ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        if error.code == 1:  # the parser's own word for "out of memory"
            raise MemoryError from error
        raise


def _sheets(load: _Load) -> Iterator[Sheet]:
    package = dict(_relations(load, "").values())
    book_part = package.get("officeDocument", "xl/workbook.xml")
    book = load(book_part)
    relations = _relations(load, book_part)
    parts = dict(relations.values())
    styles = _styles(load(parts["styles"])) if "styles" in parts else {}
    strings = []
    if "sharedStrings" in parts:
        strings = [rich_text(item) for item in load(parts["sharedStrings"])]
    stale = _is_unfinished(book)
    from_1904 = is_on(_attributes(book, "workbookPr").get("date1904", ""))
    entries = child_of(book, "sheets")
    if not entries:
        raise Damage("the workbook lists no sheets")
    for sheet in entries:
        name, hidden = sheet.get("name", ""), sheet.get("state", "visible") != "visible"
        link = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        kind, part = relations.get(link, ("", ""))
        if kind == "worksheet":
            reader = SheetReader(strings, styles, stale=stale, from_1904=from_1904)
            root = load(part)
            cells = tuple(reader.cells(root))
            yield Sheet(
                name,
                hidden,
                cells=cells,
                merged=tuple(item.get("ref", "") for item in child_of(root, "mergeCells")),
                hidden_rows=hidden_rows(root),
                hidden_columns=hidden_columns(root),
                remarks=tuple(_remarks(root, cells, load, part)),
            )
        elif kind not in {"chartsheet", "dialogsheet"}:
            raise Damage(f"sheet {name!r} has no part that could be read")


def _relations(load: _Load, part: str) -> dict[str, tuple[str, str]]:
    """Return id → (kind, target) for one part of the package: a part, or an address outside."""
    folder, name = posixpath.split(part)
    root = load(posixpath.join(folder, "_rels", f"{name}.rels"))
    return {
        item.get("Id", ""): (
            item.get("Type", "").rpartition("/")[2],
            target
            if item.get("TargetMode", "").lower() == "external"
            else posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"),
        )
        for item in root
        for target in [item.get("Target", "")]
    }


def _remarks(root: Element, cells: Sequence[Cell], load: _Load, part: str) -> Iterator[str]:
    """Yield the places of comments, and of links to an address that their text does not show."""
    links = {
        item.get("ref", ""): value
        for item in child_of(root, "hyperlinks")
        for name, value in item.items()
        if name.endswith("}id")
    }
    relations = {}
    if links or root.find("{*}legacyDrawing") is not None:
        relations = _relations(load, part)
    for kind, target in relations.values():
        if kind == "comments":
            yield from (item.get("ref", "") for item in child_of(load(target), "commentList"))
    texts = {cell.place: cell.text for cell in cells if cell.place in links} if links else {}
    for place, link in links.items():
        _, target = relations.get(link, ("", ""))
        address = target.removeprefix("mailto:").rpartition("//")[2].strip("/")
        if not address.startswith("#") and address not in texts.get(place, ""):
            yield place
    yield from (cell.place for cell in cells if "HYPERLINK(" in cell.formula)


def _styles(root: Element) -> Styles:
    own = {
        int(item.get("numFmtId", "0")): item.get("formatCode", "General")
        for item in child_of(root, "numFmts")
    }
    fonts, fills = list(child_of(root, "fonts")), list(child_of(root, "fills"))
    styles = {}
    for at, item in enumerate(child_of(root, "cellXfs")):
        number = int(item.get("numFmtId", "0"))
        text = own.get(number) or _FIXED_FORMATS.get(number, "General")
        blot = _blot(_numbered(fonts, item, "fontId"), _numbered(fills, item, "fillId"))
        styles[str(at)] = Style(
            text,
            # Ids 27 to 36 and 50 to 58 are dates in East Asian versions and have no common text.
            is_date=is_date_format(text) or 27 <= number <= 36 or 50 <= number <= 58,
            blot=blot,
            is_plain=blot is None and is_ordinary(text),
        )
    return styles


def _numbered(parts: Sequence[Element], style: Element, name: str) -> Element | None:
    """Return the part that a style names by its number; None where there is no such part."""
    number = int(style.get(name, "0"))
    return parts[number] if 0 <= number < len(parts) else None


def _blot(font: Element | None, fill: Element | None) -> LookKind | None:
    """Say why people see nothing of a cell in this font on this fill, or see it crossed out."""
    looks = {} if font is None else {name_of(element): element for element in font}
    if "strike" in looks and is_on(looks["strike"].get("val", "1")):
        return LookKind.STRUCK
    if "color" not in looks:
        return None
    return LookKind.INVISIBLE if _colour(looks["color"]) == _background(fill) else None


def _background(fill: Element | None) -> str:
    """Name the one colour behind a text; white where nothing is filled."""
    pattern = next(iter(()) if fill is None else iter(fill), None)
    kind = "none" if pattern is None else pattern.get("patternType", "none")
    if pattern is not None and kind == "solid":
        return next((_colour(colour) for colour in pattern.findall("{*}fgColor")), "")
    is_empty = kind == "none" and (pattern is None or name_of(pattern) == "patternFill")
    return _WHITE if is_empty else ""


def _colour(colour: Element) -> str:
    """Name a colour; of the ways to say white, the usual ones give the same name."""
    shade = f" {tint}" if float(tint := colour.get("tint", "0")) else ""
    rgb = colour.get("rgb")
    name = rgb[-6:].upper() if rgb else f"{colour.get('theme')},{colour.get('indexed')}"
    return _WHITES.get(name, name) + shade


def _is_unfinished(book: Element) -> bool:
    """Tell whether stored results may be older than the figures they were computed from."""
    setting = _attributes(book, "calcPr").get
    is_by_hand = setting("calcMode") == "manual" and setting("calcOnSave") in ("0", "false")
    is_cut_off = setting("calcCompleted") in ("0", "false")
    return is_on(setting("fullCalcOnLoad", "")) or is_cut_off or is_by_hand


def _attributes(root: Element, child: str) -> dict[str, str]:
    element = root.find(f"{{*}}{child}")
    return {} if element is None else element.attrib
