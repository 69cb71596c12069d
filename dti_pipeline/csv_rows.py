"""Read CSV files as rows of texts: UTF-8 or UTF-16, a header, commas.

On the ground floor, because unit files, which deliveries are read with, are read by it as well as
deliveries themselves.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

# What some offices write instead of commas. Such a file is refused.
_OTHER_SEPARATORS: Final = (";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a file is not read, or a warning about one that is.

    Attributes:
        code: such as ``file.encoding``; ``intake.files.file_issues`` puts it into words.
        path: the file, as it was named to us.
        details: values of the words.
    """

    code: str
    path: str
    details: Mapping[str, str | int] = field(default_factory=dict)


class UnreadableFileError(Exception):
    """A file that cannot be read; carries the finding that says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.path}: {finding.code} {dict(finding.details)}")
        self.finding = finding


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row: its number, as a spreadsheet shows it, and its texts."""

    number: int
    texts: list[str]


def read_csv_rows(path: Path) -> list[CsvRow]:
    """Read a CSV file; blank rows are left out but counted, the first row is the header.

    Raises:
        UnreadableFileError: ``file.encoding``, ``file.nul_character``, ``file.csv_separator``,
            ``file.csv_broken`` or ``file.empty``.
        OSError: if it cannot be opened.
    """
    text = decode(path.read_bytes(), path=path)
    if separator := _other_separator(text):
        finding = Finding("file.csv_separator", str(path), {"separator": separator})
        raise UnreadableFileError(finding)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [CsvRow(number, row) for number, row in enumerate(reader, start=1) if any(row)]
    except csv.Error as error:
        details: dict[str, str | int] = {"line": reader.line_num, "reason": str(error)}
        raise UnreadableFileError(Finding("file.csv_broken", str(path), details)) from None
    if not rows:
        raise UnreadableFileError(Finding("file.empty", str(path)))
    return rows


def decode(data: bytes, *, path: Path) -> str:
    """Decode a CSV file: UTF-8 with or without a byte order mark, or UTF-16 with one.

    Anything else is refused. Vietnamese texts in windows-1258, TCVN3 or VNI are never guessed: a
    wrong guess gives readable but wrong names.

    Raises:
        UnreadableFileError: ``file.encoding`` or ``file.nul_character``, with the line.
    """
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        byte = f"0x{data[error.start]:02X}"
        finding = Finding("file.encoding", str(path), {"line": line, "byte": byte})
        raise UnreadableFileError(finding) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise UnreadableFileError(Finding("file.nul_character", str(path), {"line": line}))
    return text


def _other_separator(text: str) -> str | None:
    """Return what separates the cells where the comma evidently does not.

    The header has no comma at all, or another sign divides all rows alike and into more cells.
    """
    header = next(_rows(text, ","), [""])
    for separator in _OTHER_SEPARATORS:
        if not any(separator in label for label in header):
            continue
        widths = {len(row) for row in _rows(text, separator)}
        if len(header) == 1 or (len(widths) == 1 and max(widths) > len(header)):
            return separator
    return None


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    """Yield the rows that hold something, up to one that cannot be divided."""
    with suppress(csv.Error):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if any(row):
                yield row
