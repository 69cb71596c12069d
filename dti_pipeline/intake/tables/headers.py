"""Find the header of a table on a sheet by its labels, under whatever stands above it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from dti_pipeline.intake.files.cells import Cell, Workbook
from dti_pipeline.intake.files.sheet_xml import column_letters
from dti_pipeline.intake.numbers.policy import CellType

Grid = Mapping[int, Mapping[int, Cell]]
"""Cells of one sheet: row → column → cell, both counted from 1; empty cells may be left out."""

EMPTY_CELL: Final = Cell("", "", 0, 0, "", CellType.EMPTY, "General", "")
"""What stands where the grid has no cell."""


class GridSheet(NamedTuple):
    """One sheet of a delivered file; a CSV file is one sheet without a name."""

    name: str | None
    cells: Grid
    hidden: bool = False

    def address(self, row: int, column: int, *, header: str = "") -> str:
        """Name a cell's place: ``B7``, or ``7:header`` in a CSV file."""
        if self.name is None and header:
            return f"{row}:{header}"
        return f"{column_letters(column)}{row}"


def grid_sheets(workbook: Workbook) -> tuple[GridSheet, ...]:
    """Arrange the cells of a file by rows and columns."""
    sheets = []
    for sheet in workbook.sheets:
        grid: dict[int, dict[int, Cell]] = {}
        for cell in sheet.cells:
            grid.setdefault(cell.row, {})[cell.column] = cell
        sheets.append(GridSheet(sheet.name or None, grid, sheet.hidden))
    return tuple(sheets)


# Title rows above a header are a dozen at most; a header further down is another table.
_HEADER_WITHIN: Final = 60


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns of a table stand.

    Attributes:
        columns: column key → column number.
        last_row: the last row of the header.
        missing: needed columns that were not found.
        repeated: columns whose label stands more than once.
    """

    columns: Mapping[str, int]
    last_row: int
    missing: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Say whether every needed column stands there exactly once."""
        return not self.missing and not self.repeated


def find_header(
    grid: Grid, labels: Mapping[str, str], *, needed: Collection[str], key: Callable[[str], str]
) -> Header | None:
    """Find the header, in one row or in two below each other (merged group labels).

    Args:
        grid: the sheet.
        labels: label, reduced by ``key`` → column key; several labels may name one column.
        needed: column keys that the table cannot do without.
        key: what reduces a cell's text to the form in which labels are compared.

    Returns:
        The first whole header; otherwise the one with the most needed columns, so that a message
        can say what it lacks; None where not a single label was found.
    """
    best: Header | None = None
    for row in sorted(grid)[:_HEADER_WITHIN]:
        here = _labels_of(grid[row], labels, key)
        below = _labels_of(grid.get(row + 1, {}), labels, key)
        if not here and not below:
            continue
        for found, last in ((here, row), ([*here, *below], row + 1)):
            columns = dict(found)
            keys = [name for name, _ in found]
            header = Header(
                columns=columns,
                last_row=last,
                missing=tuple(name for name in needed if name not in columns),
                repeated=tuple(dict.fromkeys(name for name in keys if keys.count(name) > 1)),
            )
            if header.is_whole:
                # Labels of optional columns may stand in the second row of a two-row header.
                return header if not below or last > row else _joined(header, below, row)
            if best is None or len(header.missing) < len(best.missing):
                best = header
    return best


def _joined(header: Header, below: list[tuple[str, int]], row: int) -> Header:
    """Take the row below into a whole header if all its labels are new: else it is data."""
    if any(name in header.columns for name, _ in below):
        return header
    return Header(columns={**header.columns, **dict(below)}, last_row=row + 1)


def _labels_of(
    cells: Mapping[int, Cell], labels: Mapping[str, str], key: Callable[[str], str]
) -> list[tuple[str, int]]:
    return [
        (labels[label], column)
        for column, cell in cells.items()
        if cell.cell_type is CellType.TEXT and (label := key(cell.text)) in labels
    ]
