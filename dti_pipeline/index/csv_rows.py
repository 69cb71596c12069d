"""Read CSV files as rows of texts, whatever separator and Unicode form a spreadsheet gave them.

In the index room because unit files, which deliveries are read with, are read by it as well as
deliveries themselves.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Final, NamedTuple

_SEPARATORS: Final = (",", ";", "\t", "|")
# Excel writes such a first line itself, and leaves it out when it opens the file.
_DECLARED: Final = re.compile(r'"?sep=([^"])"?[,;\t|]*', re.IGNORECASE)
# Rows that tell the separator; more of them tell nothing new.
_SAMPLE_ROWS: Final = 200
# A cell that is no heading; a year may be one.
_FIGURE: Final = re.compile(r"(?!(?:19|20)\d\d$)[-+]?[\d., ]*\d[\d., ]*%?")


MAX_ROWS: Final = 100_000
"""Ten times the communes of the country; a table of a million rows would take a gigabyte."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a file is not read, or a warning about one that is.

    ``intake.files.file_issues`` puts its code, such as ``file.encoding``, into words.
    """

    code: str
    path: str
    details: Mapping[str, str | int] = field(default_factory=dict)


class UnreadableFileError(Exception):
    """A file that cannot be read, and why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.path}: {finding.code} {dict(finding.details)}")
        self.finding = finding


class CsvRow(NamedTuple):
    """One row: its number, as a spreadsheet shows it, and its texts."""

    number: int
    texts: list[str]


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The rows of a file that hold something, titles above the header included."""

    rows: list[CsvRow]
    header: CsvRow
    separator: str

    @property
    def below(self) -> list[CsvRow]:
        return [row for row in self.rows if row.number > self.header.number]


class _Division(NamedTuple):
    """How a separator divides a file.

    Attributes:
        has_header: whether the first of the rows of the most frequent width holds no figure;
            otherwise the cells are cut in the wrong places.
        cuts: separators in these rows.
        columns: their width.
        separator: the sign.
        header: number of the header's row; 0 where there is none.
    """

    has_header: bool
    cuts: int
    columns: int
    separator: str
    header: int


def decode(data: bytes, *, path: Path) -> str:
    """Decode a CSV file: UTF-8 with or without byte order marks, or UTF-16 with one."""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        byte = f"0x{data[error.start]:02X}"
        finding = Finding("file.encoding", str(path), {"line": line, "byte": byte})
        raise UnreadableFileError(finding) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise UnreadableFileError(Finding("file.nul_character", str(path), {"line": line}))
    return text


def read_csv_table(path: Path, *, decode: Callable[..., str] = decode) -> CsvTable:
    """Read a CSV file; blank rows are left out but counted.

    Raises:
        UnreadableFileError: ``file.encoding``, ``file.nul_character``, ``file.separator_unclear``,
            ``file.csv_broken`` or ``file.empty``.
        OSError: if it cannot be opened.
    """
    text = decode(path.read_bytes(), path=path)
    declared = _DECLARED.fullmatch(text.partition("\n")[0].strip())
    division = _division(text, (declared[1],) if declared else _SEPARATORS, path=path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=division.separator, strict=True)
    try:
        numbered = (CsvRow(number, row) for number, row in enumerate(reader, start=1) if any(row))
        rows = list(islice(numbered, MAX_ROWS + 1))
    except csv.Error as error:
        details: dict[str, str | int] = {"line": reader.line_num, "reason": str(error)}
        raise UnreadableFileError(Finding("file.csv_broken", str(path), details)) from None
    if len(rows) > MAX_ROWS:
        raise UnreadableFileError(Finding("file.too_many_rows", str(path), {"limit": MAX_ROWS}))
    rows = rows[bool(declared) :]
    if not rows:
        raise UnreadableFileError(Finding("file.empty", str(path)))
    header = next((row for row in rows if row.number == division.header), rows[0])
    return CsvTable(rows, header, division.separator)


def _division(text: str, separators: tuple[str, ...], *, path: Path) -> _Division:
    """Find the separator that gives a header and makes the most cuts in rows of one width.

    Raises:
        UnreadableFileError: ``file.separator_unclear`` where two do so alike.
    """
    divisions = filter(None, (_divide(text, separator) for separator in separators))
    best, *others = [*sorted(divisions, reverse=True), _Division(False, 0, 1, separators[0], 0)]
    if best.has_header and others and others[0][:2] == best[:2]:
        signs = " ".join(sorted((best.separator, others[0].separator)))
        details: dict[str, str | int] = {"separators": signs}
        raise UnreadableFileError(Finding("file.separator_unclear", str(path), details))
    return best


def _divide(text: str, separator: str) -> _Division | None:
    """Divide the first rows; None where no row has two cells."""
    rows = list(islice(_rows(text, separator), _SAMPLE_ROWS))
    widths = Counter(len(row.texts) for row in rows if len(row.texts) > 1)
    if not widths:
        return None
    columns, _ = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
    # A comma between two digits may be a decimal comma: it tells nothing against another sign.
    times = sum(len(row.texts) == columns and not _is_within_figure(row, separator) for row in rows)
    header = next(row for row in rows if len(row.texts) == columns)
    if any(_FIGURE.fullmatch(cell.strip()) for cell in header.texts):
        return _Division(False, times * (columns - 1), columns, separator, 0)
    # Titles above the header fill few of their cells.
    wide_rows = (row for row in rows if len(row.texts) == columns and sum(map(bool, row.texts)) > 1)
    header = next(wide_rows, header)
    return _Division(True, times * (columns - 1), columns, separator, header.number)


def _is_within_figure(row: CsvRow, separator: str) -> bool:
    """Tell whether all commas that divide a row stand between digits."""
    return separator == "," and all(
        before[-1:].isdigit() and after[:1].isdigit() for before, after in pairwise(row.texts)
    )


def _rows(text: str, separator: str) -> Iterator[CsvRow]:
    """Yield the rows that hold something, up to one that cannot be divided."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    with suppress(csv.Error):
        for number, row in enumerate(reader, start=1):
            if any(row):
                yield CsvRow(number, row)
