"""What a file holds: sheets of cells, each with its text, type, number format, formula and look.

Nothing is interpreted here, so that a figure can be traced back to the cell as it was delivered.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from dti_pipeline.index.csv_rows import Finding

_PLACE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]*)")


class CellType(StrEnum):
    """What a workbook cell holds; a CSV cell is always text or empty."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    ERROR = "error"
    FORMULA = "formula"  # a formula whose result is not known; a known result has its own type
    EMPTY = "empty"


class LookKind(StrEnum):
    """Why a cell looks other than what it holds."""

    STRUCK = "struck"
    STRUCK_PART = "struck_part"
    INVISIBLE = "invisible"  # its text has the colour of its background
    RAISED_PART = "raised_part"  # or lowered, as footnote marks are
    FORMAT = "format"
    MERGED = "merged"  # it lies under the first cell of a merged range


class Look(NamedTuple):
    """What people see of a cell that holds something else; no text where they see nothing."""

    kind: LookKind
    text: str


class Cell(NamedTuple):
    """One cell with its place; a text that somebody typed has none.

    ``place`` is ``B7`` in a workbook and ``7:header`` in a CSV file, where the header row is row
    1; a column without a usable header is named by its letters.
    """

    place: str = ""
    row: int = 0
    column: int = 0
    text: str = ""
    cell_type: CellType = CellType.TEXT
    number_format: str = "General"
    formula: str = ""  # begins with =
    look: Look | None = None

    @property
    def as_shown(self) -> "Cell":
        """The cell as people see it, as a text where that is not what it holds."""
        if self.look is None:
            return self
        return self._replace(text=self.look.text, cell_type=CellType.TEXT, look=None)


EMPTY_CELL: Final = Cell(cell_type=CellType.EMPTY)
"""What a row has where a column is missing."""


class Box(NamedTuple):
    """A merged range: its first row and column, its last row and column."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        first = f"{column_letters(self.left)}{self.top}"
        return f"{first}:{column_letters(self.right)}{self.bottom}"


@dataclass(frozen=True)
class Sheet:
    name: str | None  # on its tab; None for a CSV file
    hidden: bool  # in either of the two ways
    cells: tuple[Cell, ...]  # all that hold something, in reading order
    merged: tuple[str, ...] = ()  # ranges such as B2:D2; people see their first cell only
    columns: tuple[str, ...] = ()  # in a CSV file, the names that its places are made of
    hidden_rows: frozenset[int] = frozenset()  # also those that filters hide
    hidden_columns: tuple[tuple[int, int], ...] = ()  # first and last of each group
    remarks: tuple[str, ...] = ()  # places of comments and of links that the text does not show

    @cached_property
    def rows(self) -> Mapping[int, Mapping[int, Cell]]:
        """The cells by row and column number, both from 1; empty cells are left out."""
        rows: dict[int, dict[int, Cell]] = {}
        for cell in self.cells:
            rows.setdefault(cell.row, {})[cell.column] = cell
        return rows

    @cached_property
    def _boxes(self) -> list[Box]:
        return sorted(box for text in self.merged if (box := box_of(text)) is not None)

    @cached_property
    def _boxes_by_column(self) -> dict[int, tuple[list[int], list[Box]]]:
        return {}

    def at(self, row: int, column: int) -> Cell:
        """Return the cell of a position; an empty cell where there is none."""
        cell = self.rows.get(row, {}).get(column)
        if cell is not None:
            return cell
        place = f"{column_letters(column)}{row}"
        if self.columns:
            place = csv_place(row, column, self.columns)
        return EMPTY_CELL._replace(place=place, row=row, column=column)

    def box_at(self, row: int, column: int) -> Box | None:
        """Return the merged range over a position; ranges do not overlap."""
        if column not in self._boxes_by_column:
            boxes = [box for box in self._boxes if box.left <= column <= box.right]
            self._boxes_by_column[column] = [box.top for box in boxes], boxes
        tops, boxes = self._boxes_by_column[column]
        before = bisect_right(tops, row)
        return boxes[before - 1] if before and row <= boxes[before - 1].bottom else None

    def shown_at(self, row: int, column: int) -> Cell:
        """Return the cell a reader sees there: in a merged range, the first cell of the range."""
        box = self.box_at(row, column)
        return self.at(row, column) if box is None else self.at(box.top, box.left)

    @property
    def last_row(self) -> int:
        """The last row that holds something; 0 when none does."""
        return max(self.rows, default=0)


@dataclass(frozen=True)
class FileContent:
    """A file as cells: its worksheets (one for a CSV file), and warnings about what was read.

    Of a file that is not read, there are no sheets but the findings that say why.
    """

    path: Path
    sheets: tuple[Sheet, ...] | None
    findings: tuple[Finding, ...] = ()


def column_letters(column: int) -> str:
    """Return the letters of a column: 1 is A, 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def csv_place(row: int, column: int, names: tuple[str, ...]) -> str:
    name = names[column - 1] if column <= len(names) else column_letters(column)
    return f"{row}:{name}"


def box_of(reference: str) -> Box | None:
    """Return the range of a reference such as ``B2:D2`` or ``B2``; None where it is malformed."""
    ends = [_PLACE.fullmatch(end) for end in reference.split(":")]
    corners = [(int(end[2]), column_number(end[1])) for end in ends if end]
    return Box(*corners[0], *corners[-1]) if len(corners) == len(ends) else None
