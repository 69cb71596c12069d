"""Builds the workbooks and CSV files that senders should not send, part by part."""

import io
import os
import struct
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from dti_pipeline.intake.files.safety import DEFAULT_LIMITS, Limits
from dti_pipeline.intake.files.workers import read_packed

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"

SHEET = "xl/worksheets/sheet1.xml"
SHEET_RELATIONS = "xl/worksheets/_rels/sheet1.xml.rels"
STYLES = "xl/styles.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"

ONE_CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'

BILLION_LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;">'
    '<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;">]>'
)
OUTSIDE_ENTITY = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'


def relations(*rows: tuple[str, str, str, str]) -> str:
    """Write a relations part from rows of id, kind, target and mode."""
    inner = "".join(
        f'<Relationship Id="{one}" Type="{OFFICE}/{kind}" Target="{target}" TargetMode="{mode}"/>'
        for one, kind, target, mode in rows
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def worksheet(rows: str = ONE_CELL, *, after: str = "", before: str = "") -> str:
    """Write a worksheet part around its rows."""
    return f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def workbook_parts(
    rows: str = ONE_CELL,
    *,
    strings: tuple[str, ...] = (),
    formats: tuple[str, ...] = (),
    book: str = "",
    sheet_attributes: str = "",
    after: str = "",
) -> dict[str, str | bytes]:
    """Return the parts of a workbook with one sheet.

    ``strings`` are the inner XML of the shared texts, ``formats`` those of the styles from 1 on,
    ``book`` what stands in the workbook part before the sheets, ``after`` behind the sheet's rows.
    """
    own = "".join(
        f'<numFmt numFmtId="{200 + at}" formatCode="{text}"/>' for at, text in enumerate(formats)
    )
    styles = "".join(f'<xf numFmtId="{200 + at}"/>' for at in range(len(formats)))
    calculation = book if "calcPr" in book else ""
    properties = "" if calculation else book
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml", "Internal")),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>'
            f'<sheet name="Bao cao" sheetId="1" r:id="r1" {sheet_attributes}/></sheets>'
            f"{calculation}</workbook>"
        ),
        RELATIONS: relations(
            ("r1", "worksheet", "worksheets/sheet1.xml", "Internal"),
            ("r2", "styles", "styles.xml", "Internal"),
            ("r3", "sharedStrings", "/xl/sharedStrings.xml", "Internal"),
        ),
        SHEET: worksheet(rows, after=after),
        STYLES: (
            f'<styleSheet xmlns="{MAIN}"><numFmts>{own}</numFmts>'
            f'<cellXfs><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>'
        ),
        "xl/sharedStrings.xml": (
            f'<sst xmlns="{MAIN}">' + "".join(f"<si>{one}</si>" for one in strings) + "</sst>"
        ),
    }


def write_package(path: Path, parts: Mapping[str, str | bytes]) -> Path:
    """Write parts as an archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def with_part(name: str, data: str | bytes) -> dict[str, str | bytes]:
    """Return a sound workbook's parts with one replaced or added."""
    return {**workbook_parts(), name: data}


def _bytes(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _directory(pattern: str, place: int, value: int) -> Callable[[Path], object]:
    """Put a value at a place of every entry of a sound workbook's directory."""

    def build(path: Path) -> None:
        write_package(path, workbook_parts())
        data = bytearray(path.read_bytes())
        at = -1
        while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
            struct.pack_into(pattern, data, at + place, value)
        path.write_bytes(data)

    return build


def _cut_short(path: Path) -> None:
    write_package(path, workbook_parts())
    path.write_bytes(path.read_bytes()[:-60])


def _document(path: Path) -> None:
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r1", "officeDocument", "word/document.xml", "Internal")),
        "word/document.xml": "<document/>",
    }
    write_package(path, parts)


def _bomb(path: Path) -> None:
    """Unpack to 40 MB from 40 kB."""
    write_package(path, with_part("xl/media/image1.png", bytes(40 * 2**20)))


def _many_members(path: Path) -> None:
    parts = {f"xl/media/image{at}.png": b"" for at in range(30)}
    write_package(path, {**workbook_parts(), **parts})


def _link(target: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(target)


def _outside_file(path: Path) -> None:
    outside = path.parent.parent / "outside.xlsx"
    write_package(outside, workbook_parts())
    path.symlink_to(outside)


UTF16_ENTITY = f'<?xml version="1.0" encoding="utf-16"?>{BILLION_LAUGHS}{worksheet()}'
PICTURE = relations(("r1", "image", "http://example.invalid/a.png", "External"))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


class Fault(NamedTuple):
    """A file nobody should open: the finding it must give, how it is built, and its name."""

    name: str
    code: str
    build: Callable[[Path], object]
    file: str = "a.xlsx"
    limits: Limits = DEFAULT_LIMITS


def _table(name: str, code: str, data: bytes, limits: Limits = DEFAULT_LIMITS) -> Fault:
    return Fault(name, code, _bytes(data), "a.csv", limits)


def _part(
    name: str, code: str, part: str, data: str | bytes = "<x/>", limits: Limits = DEFAULT_LIMITS
) -> Fault:
    return Fault(name, code, lambda path: write_package(path, with_part(part, data)), limits=limits)


FAULTS = (
    Fault("empty workbook", "file.empty", _bytes(b"")),
    _table("empty table", "file.empty", b""),
    Fault("missing", "file.missing", lambda path: None),
    Fault("folder named like a workbook", "file.not_regular", Path.mkdir),
    Fault("pipe", "file.not_regular", os.mkfifo),
    Fault("link that leads nowhere", "file.missing", _link("nowhere.xlsx")),
    Fault("link in a circle", "file.missing", _link("a.xlsx")),
    Fault("link out of the folder", "file.symlink_outside", _outside_file),
    Fault("text named xlsx", "file.not_a_workbook", _bytes(b"xin chao")),
    Fault("web page named xls", "file.not_a_workbook", _bytes(b"<html><table>"), file="a.xls"),
    Fault("web page named xlsx", "file.not_a_workbook", _bytes(b"<html><table>")),
    Fault("old workbook", "file.legacy_workbook", _bytes(OLE), file="a.xls"),
    Fault("old workbook renamed", "file.legacy_workbook", _bytes(OLE)),
    Fault("password", "file.encrypted", _bytes(OLE + "EncryptedPackage".encode("utf-16-le"))),
    Fault("encrypted archive", "file.encrypted", _directory("<H", 8, 1)),
    Fault("pdf", "file.unknown_kind", _bytes(b"%PDF-1.7"), file="a.pdf"),
    Fault("no suffix", "file.unknown_kind", _bytes(b"x"), file="a"),
    Fault("binary workbook", "file.unknown_kind", _bytes(b"PK\x03\x04"), file="a.xlsb"),
    Fault("document renamed", "file.not_a_workbook", _document),
    Fault(
        "some other archive",
        "file.not_a_workbook",
        lambda path: write_package(path, {"readme.txt": "x"}),
    ),
    Fault("cut short", "file.damaged", _cut_short),
    Fault("archive without directory", "file.damaged", _bytes(b"PK\x03\x04" + b"x" * 99)),
    Fault("unknown compression", "file.damaged", _directory("<H", 10, 97)),
    _part("part is not XML", "file.damaged", STYLES, "styles"),
    _part("part is empty", "file.damaged", "xl/workbook.xml", ""),
    _part("no such encoding", "file.damaged", STYLES, '<?xml version="1.0" encoding="x"?><x/>'),
    _part(
        "many bytes a letter", "file.damaged", STYLES, '<?xml version="1.0" encoding="gbk"?><x/>'
    ),
    Fault("macro workbook", "file.macro", _bytes(b"PK\x03\x04"), file="a.xlsm"),
    Fault("macro template", "file.macro", _bytes(b"PK\x03\x04"), file="a.XLTM"),
    _part("macros inside", "file.macro", "xl/vbaProject.bin"),
    _part("macros inside, upper case", "file.macro", "xl/VBAPROJECT.BIN"),
    _part("macro sheet", "file.macro", "xl/macrosheets/sheet1.xml"),
    _part(
        "declared as macro workbook",
        "file.macro",
        "[Content_Types].xml",
        '<Types><Override PartName="/xl/workbook.xml" ContentType="application/'
        'vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>',
    ),
    _part("linked book", "file.external_link", "xl/externalLinks/a.xml"),
    _part("data connection", "file.external_link", "xl/connections.xml"),
    _part("query table", "file.external_link", "xl/queryTables/query1.xml"),
    _part("picture from the web", "file.external_link", SHEET_RELATIONS, PICTURE),
    _part("entities in a sheet", "file.entity", SHEET, worksheet(before=BILLION_LAUGHS)),
    _part(
        "entities behind a long comment",
        "file.entity",
        SHEET,
        worksheet(before=f"<!--{'x' * 200_000}-->{BILLION_LAUGHS}"),
        Limits(ratio=10_000),
    ),
    _part("entities in UTF-16", "file.entity", SHEET, UTF16_ENTITY.encode("utf-16")),
    _part(
        "file entity in the texts",
        "file.entity",
        "xl/sharedStrings.xml",
        f'{OUTSIDE_ENTITY}<sst xmlns="{MAIN}"/>',
    ),
    _part(
        "bare document type",
        "file.entity",
        STYLES,
        f'<!DOCTYPE styleSheet><styleSheet xmlns="{MAIN}"/>',
    ),
    _part("entities in the relations", "file.entity", RELATIONS, BILLION_LAUGHS + relations()),
    _part(
        "entities in an unused part",
        "file.entity",
        "xl/drawings/drawing1.vml",
        f"{BILLION_LAUGHS}<x/>",
    ),
    Fault("too many members", "file.too_many_members", _many_members, limits=Limits(members=20)),
    Fault("bomb", "file.compression_ratio", _bomb),
    Fault(
        "unpacks too large",
        "file.unpacks_too_large",
        _bomb,
        limits=Limits(unpacked_bytes=2**20, ratio=10_000, member_ratio=10_000),
    ),
    _part("member repeated in another case", "file.repeated_member", "xl/worksheets/SHEET1.xml"),
    # Every entry claims more than the whole file.
    Fault("overlapping members", "file.overlapping_members", _directory("<I", 20, 10**6)),
    _table("large table", "file.too_large", b"a,b\n" * 9, Limits(file_bytes=35)),
    Fault("large workbook", "file.too_large", _bytes(b"P" * 9), limits=Limits(file_bytes=8)),
    _table("windows-1258", "file.encoding", "Tỉnh,Số\nHà Nam,1\n".encode("cp1258", "replace")),
    _table("TCVN3", "file.encoding", b"T\xd8nh,S\xe8\nH\xb5 Nam,1\n"),
    _table("latin letters", "file.encoding", b"Tinh,So\nH\xe0 Nam,1\n"),
    _table("cut inside a letter", "file.encoding", "a,Hà".encode()[:-1]),
    _table("UTF-16 with half a letter", "file.encoding", b"\xff\xfea\0b"),
    _table("NUL", "file.nul_character", b"a,b\n1,\x002\n"),
    _table("UTF-16 without mark", "file.nul_character", "a,b\n".encode("utf-16-le")),
    _table("UTF-32", "file.nul_character", "a,b\n".encode("utf-32")),
)


def fill_row(cells: str) -> str:
    """Put cells into row 1."""
    return f'<row r="1">{cells}</row>'


def _without(name: str) -> dict[str, str | bytes]:
    parts = workbook_parts()
    del parts[name]
    return parts


# Workbooks that look sound from outside and are not: what is wrong, and their parts.
BROKEN_WORKBOOKS = {
    "no sheet part": _without(SHEET),
    "no style part": _without(STYLES),
    "no relations of the workbook": _without(RELATIONS),
    "sheet without relation": with_part(RELATIONS, relations()),
    "no sheets": with_part("xl/workbook.xml", f'<workbook xmlns="{MAIN}"/>'),
    "sheet of an unknown kind": with_part(RELATIONS, relations(("r1", "x", "x.xml", "Internal"))),
    "sheet without table": with_part(SHEET, f'<worksheet xmlns="{MAIN}"/>'),
    "cell with unknown contents": workbook_parts(fill_row("<c><w>1</w></c>")),
    "sheet cut short": with_part(SHEET, worksheet()[:-20]),
    "sheet with an undefined entity": with_part(SHEET, worksheet("&bomb;")),
    "shared text that is missing": workbook_parts(fill_row('<c r="A1" t="s"><v>0</v></c>')),
    "negative shared text": workbook_parts(fill_row('<c r="A1" t="s"><v>-1</v></c>')),
    "shared text without number": workbook_parts(fill_row('<c r="A1" t="s"><v>x</v></c>')),
    "unknown type": workbook_parts(fill_row('<c r="A1" t="zz"><v>1</v></c>')),
    "neither true nor false": workbook_parts(fill_row('<c r="A1" t="b"><v>2</v></c>')),
    "same cell twice": workbook_parts(fill_row('<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>')),
    "cells out of order": workbook_parts(fill_row('<c r="B1"><v>1</v></c><c r="A1"><v>2</v></c>')),
    "same row twice": workbook_parts(ONE_CELL * 2),
    "cell of another row": workbook_parts(fill_row('<c r="A2"><v>1</v></c>')),
    "cell of row 11 in row 1": workbook_parts(fill_row('<c r="A11"><v>1</v></c>')),
    "place without letters": workbook_parts(fill_row('<c r="1"><v>1</v></c>')),
    "column beyond XFD": workbook_parts(fill_row('<c r="XFE1"><v>1</v></c>')),
    "row beyond the last": workbook_parts('<row r="1048577"/>'),
    "row zero": workbook_parts('<row r="0"/>'),
    "row without number": workbook_parts('<row r="x"/>'),
    "format without number": with_part(
        STYLES, f'<s xmlns="{MAIN}"><cellXfs><xf numFmtId="x"/></cellXfs></s>'
    ),
}


def wrong_checksum(path: Path) -> Path:
    """Write a workbook whose sheet does not match the archive's checksum."""
    write_package(path, workbook_parts())
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        member = archive.getinfo(SHEET)
    at = data.index(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(member.filename)] != member.filename.encode():
        at = data.index(b"PK\x01\x02", at + 4)
    struct.pack_into("<I", data, at + 16, member.CRC ^ 1)
    path.write_bytes(data)
    return path


def read_or_break(path: Path, root: Path) -> bytes | None:
    """Stand in for the worker's function: crash, hang or fail on files with such a name."""
    content = read_packed(path, root)
    if path.name.startswith("crash"):
        os.abort()
    if path.name.startswith("hang"):
        time.sleep(600)
    if path.name.startswith("error"):
        raise RuntimeError("something nobody thought of")
    return content


def fail_to_start(_memory_bytes: int) -> None:
    """Stand in for the start of a worker."""
    os._exit(3)


def refuse_heavy_modules(path: Path, root: Path) -> bytes | None:
    """Stand in for the worker's function: fail where the worker has loaded what it does not need."""
    if heavy := {"polars", "dagster", "pandera", "numpy", "openpyxl"} & set(sys.modules):
        raise RuntimeError(f"heavy: {heavy}")
    return read_packed(path, root)
