"""Workbooks and CSV files as cells: what stands where, exactly as found.

Nothing is interpreted here. Every cell keeps its text, type, number format, formula and place, so
that a figure can be traced back to it. Workbooks come from ``workbook_xml``; CSV files hold text
only. Files are expected to have passed ``safety.inspect``; ``child_reader`` does both in a
process of its own.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from dti_pipeline.intake.files.safety import Finding, UnreadableFileError, decode
from dti_pipeline.intake.files.sheet_xml import Cell, column_letters, column_number
from dti_pipeline.intake.files.workbook_xml import collector_paused, parse_workbook
from dti_pipeline.intake.numbers.policy import CellType
from schemas.plain_text import plain_text

__all__ = ["Cell", "Sheet", "Workbook", "plain_text", "read_csv_cells", "read_workbook"]

_TEXT: Final = CellType.TEXT
_PLACE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]*)")


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes:
        name: the name on its tab; empty for a CSV file.
        hidden: whether the tab is hidden, in either of the two ways.
        cells: all cells that hold something, in reading order.
        merged: merged ranges such as ``B2:D2``; people see their first cell only.
        columns: in a CSV file, the names that its places are made of; empty in a workbook.
    """

    name: str
    hidden: bool
    cells: tuple[Cell, ...]
    merged: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    @cached_property
    def _by_position(self) -> dict[tuple[int, int], Cell]:
        return {(cell.row, cell.column): cell for cell in self.cells}

    @cached_property
    def _boxes(self) -> list[tuple[int, int, int, int]]:
        return [box for one in self.merged if (box := _box(one)) is not None]

    def at(self, row: int, column: int) -> Cell:
        """Return the cell of a position, counted from 1; an empty cell where nothing stands."""
        if (found := self._by_position.get((row, column))) is not None:
            return found
        place = f"{column_letters(column)}{row}"
        if self.columns:
            place = _csv_place(row, column, self.columns)
        return Cell(self.name, place, row, column, "", CellType.EMPTY, "General", "")

    def shown_at(self, row: int, column: int) -> Cell:
        """Return the cell a reader sees there: in a merged range, the first cell of the range."""
        for top, left, bottom, right in self._boxes:
            if top <= row <= bottom and left <= column <= right:
                return self.at(top, left)
        return self.at(row, column)

    @property
    def last_row(self) -> int:
        """The last row that holds something; 0 when none does."""
        return max((cell.row for cell in self.cells), default=0)


@dataclass(frozen=True)
class Workbook:
    """A file as cells.

    Attributes:
        path: the file.
        sheets: its worksheets; a CSV file has one.
        findings: what is odd about a file that could be read all the same.
    """

    path: Path
    sheets: tuple[Sheet, ...]
    findings: tuple[Finding, ...] = ()


def read_workbook(path: Path) -> Workbook:
    """Read all cells of a workbook: texts, typed values, formulas with their cached results.

    Raises:
        UnreadableFileError: if the file is not a sound workbook.
        OSError: if it cannot be opened.
    """
    with collector_paused():
        return Workbook(path, tuple(Sheet(*sheet) for sheet in parse_workbook(path)))


def _box(merged: str) -> tuple[int, int, int, int] | None:
    """Return first row, first column, last row and last column of a merged range."""
    ends = [_PLACE.fullmatch(one) for one in merged.split(":")]
    corners = [(int(end[2]), column_number(end[1])) for end in ends if end]
    return (*corners[0], *corners[-1]) if len(corners) == len(ends) else None


def read_csv_cells(path: Path) -> Workbook:
    """Read all cells of a CSV file as text.

    Separator is the comma; the first row is the header. Blank lines are skipped but counted, so
    that row numbers are those a spreadsheet shows.

    Returns:
        A workbook with one sheet without a name. Rows longer or shorter than the header, blank
        and repeated headers are findings; their cells are kept.

    Raises:
        UnreadableFileError: ``file.encoding``, ``file.nul_character``, ``file.csv_separator``,
            ``file.csv_broken`` or ``file.empty``.
        OSError: if it cannot be opened.
    """
    text = decode(path.read_bytes(), path=path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(number, row) for number, row in enumerate(reader, start=1) if any(row)]
    except csv.Error as error:
        finding = Finding(
            "file.csv_broken", str(path), {"line": reader.line_num, "reason": str(error)}
        )
        raise UnreadableFileError(finding) from None
    if not rows:
        raise UnreadableFileError(Finding("file.empty", str(path)))
    headers = [one.strip() for one in rows[0][1]]
    for separator in (";", "\t", "|"):
        if len(headers) == 1 and separator in headers[0]:
            finding = Finding("file.csv_separator", str(path), {"separator": separator})
            raise UnreadableFileError(finding)
    times = Counter(headers)
    names = tuple(
        header if header and times[header] == 1 else column_letters(column)
        for column, header in enumerate(headers, start=1)
    )
    cells = tuple(
        Cell("", _csv_place(number, column, names), number, column, value, _TEXT, "General", "")
        for number, row in rows
        for column, value in enumerate(row, start=1)
        if value
    )
    sheet = Sheet("", False, cells, columns=names)
    return Workbook(path, (sheet,), tuple(_csv_findings(path, headers, rows)))


def _csv_place(row: int, column: int, names: Sequence[str]) -> str:
    name = names[column - 1] if column <= len(names) else column_letters(column)
    return f"{row}:{name}"


def _csv_findings(
    path: Path, headers: list[str], rows: list[tuple[int, list[str]]]
) -> Iterable[Finding]:
    for column, header in enumerate(headers, start=1):
        if not header:
            yield Finding("csv.header_blank", str(path), {"column": column_letters(column)})
    for header, times in Counter(headers).items():
        if times > 1 and header:
            yield Finding("csv.header_repeated", str(path), {"header": header})
    for number, row in rows:
        if len(row) != len(headers):
            yield Finding(
                "csv.row_length",
                str(path),
                {"row": number, "cells": len(row), "columns": len(headers)},
            )
