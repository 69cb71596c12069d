"""Read a central agency's table: one figure per unit and column, each with its cell.

Names are matched before any other filter, so a misspelt unit is found even in another year's rows.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import polars as pl

from dti_pipeline.index.units.registry import UnitRegistry
from dti_pipeline.intake.files.cells import Cell
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.forms.layout import text_key
from dti_pipeline.intake.numbers.policy import RawCell, Reading, Status
from dti_pipeline.intake.numbers.variable_reading import (
    Entry,
    Place,
    entry_of,
    figure_issues,
    proof_of,
)
from dti_pipeline.intake.tables.central_columns import ColumnReader, identity_columns, resolve_row
from dti_pipeline.intake.tables.headers import EMPTY_CELL, GridSheet, Header, find_header
from schemas.columns import DATA_BASES
from schemas.files.framework import CentralTable, TableColumn
from schemas.issues.issue import Issue, make
from schemas.text import Text

BASIS_COLUMN: Final = "data_basis"
"""A column of this name says what each row's figures stand on."""

# Rows that central tables carry besides their units.
_TOTALS: Final = frozenset(
    map(
        text_key,
        ("Cả nước", "Toàn quốc", "Tổng", "Tổng số", "Tổng cộng", "Cộng", "Trung bình", "Bình quân"),
    )
)
_UNIT: Final = "unit"


class TableFile(NamedTuple):
    """One delivered file and its sheets."""

    delivery: Delivery
    sheets: Sequence[GridSheet]


@dataclass(frozen=True, slots=True)
class CentralCell:
    """What a table says about one unit in one column.

    Attributes:
        entry: status and figure.
        raw_text: the text as found; None where the table has no row for the unit.
        delivery: the file.
        sheet: its sheet; None in a CSV file.
        cell: the cell's address; None where the table has no row for the unit.
        data_basis: what the row stands on, where the file says so.
    """

    entry: Entry
    raw_text: str | None
    delivery: Delivery
    sheet: str | None = None
    cell: str | None = None
    data_basis: str | None = None


@dataclass(frozen=True, slots=True)
class CentralReading:
    """A table, read: (unit_id, column) → cell, and everything odd about it."""

    cells: Mapping[tuple[str, str], CentralCell]
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """One row of a table that belongs to a unit: its id, its name as found, and its cells."""

    unit_id: str
    unit_name: str
    name: str
    number: int
    cells: Mapping[int, Cell]
    part: "_Part"

    def place(self, key: str) -> Place:
        """Return the place of one column's cell."""
        address = self.part.address(self.number, key)
        return self.part.place._replace(
            source_cell=address, unit_id=self.unit_id, unit_name=self.unit_name
        )

    def cell(self, key: str) -> Cell:
        """Return one column's cell."""
        return self.cells.get(self.part.header.columns.get(key, 0), EMPTY_CELL)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The table on one sheet of one file."""

    delivery: Delivery
    sheet: GridSheet
    header: Header
    names: Mapping[str, str]

    @property
    def place(self) -> Place:
        """Return the sheet, for issues."""
        return Place(self.delivery.path, self.sheet.name, None)

    def address(self, row: int, key: str) -> str:
        """Name the place of a column's cell in one row."""
        return self.sheet.address(row, self.header.columns[key], header=self.names.get(key, ""))


def read_central_table(
    table: CentralTable,
    *,
    files: Sequence[TableFile],
    used: Collection[str],
    year: int,
    units: Mapping[str, str],
    unit_set: str,
    registry: UnitRegistry,
    folder: str,
) -> CentralReading:
    """Read one table of a framework from the files that match it.

    Args:
        table: its description in the framework.
        files: the files whose name matches ``table.match``.
        used: the columns that components use; issues speak of these only.
        year: replaces ``{year}`` in the conditions of ``where``.
        units: the units of the assessment, id → name.
        unit_set: the set in which names are matched.
        registry: the unit registry.
        folder: where the file is expected, for the message.

    Returns:
        One cell per unit and used column, also for units that the table lacks (status blank).
        Without a usable file there are no cells but a blocking issue.
    """
    if not files:
        missing = make(
            "table.missing",
            table=Text(table.name_vi, table.name_en),
            expected=table.match,
            folder=folder,
        )
        return CentralReading(cells={}, issues=(missing,))
    reader = _TableReader(
        table, used=used, year=year, units=units, unit_set=unit_set, registry=registry
    )
    parts = [part for file in files if (part := reader.part(file)) is not None]
    rows = [row for part in parts for row in reader.rows(part)]
    cells = reader.cells(rows) if parts else {}
    if parts:
        cells |= reader.blanks(cells, parts[0])
    return CentralReading(cells=cells, issues=tuple(reader.issues))


class _TableReader:
    """Reads one table; collects the issues."""

    def __init__(
        self,
        table: CentralTable,
        *,
        used: Collection[str],
        year: int,
        units: Mapping[str, str],
        unit_set: str,
        registry: UnitRegistry,
    ) -> None:
        self.table, self.registry = table, registry
        self.units = units
        self.unit_set = unit_set
        self.where = {
            column: text_key(text.format(year=year)) for column, text in table.where.items()
        }
        self.identity = identity_columns(table)
        self.columns: dict[str, TableColumn] = {
            key: column for key, column in table.columns.items() if key in used
        } | self.identity
        self.used = used
        self.issues: list[Issue] = []

    def part(self, file: TableFile) -> _Part | None:
        """Find the table in one file; an issue where it is not there or lacks columns."""
        names = {key: column.header for key, column in self.columns.items()}
        names |= {f"where:{column}": column for column in self.where}
        names |= {_UNIT: self.table.unit_column, BASIS_COLUMN: BASIS_COLUMN}
        labels = {text_key(name): key for key, name in names.items()}
        needed = [key for key in names if key != BASIS_COLUMN]
        found: list[_Part] = []
        for sheet in file.sheets:
            header = find_header(sheet.cells, labels, needed=needed, key=text_key)
            if header is not None and not sheet.hidden:
                found.append(_Part(file.delivery, sheet, header, names))
        whole = [part for part in found if part.header.is_whole]
        if len(whole) == 1:
            return whole[0]
        if whole:
            several = ", ".join(str(part.sheet.name) for part in whole)
            columns = Text("… (nhiều trang có bảng này)", "… (several sheets hold the table)")
            self._lacks(file, columns=columns, found=several)
            return None
        best = min(found, key=lambda part: len(part.header.missing), default=None)
        lacking = [*best.header.missing, *best.header.repeated] if best else needed
        grid = (best.sheet if best else file.sheets[0]).cells
        texts = grid.get(best.header.last_row if best else min(grid, default=0), {})
        self._lacks(
            file,
            columns=", ".join(f"“{names[key]}”" for key in lacking),
            found=", ".join(cell.text for _, cell in sorted(texts.items())) or "–",
        )
        return None

    def _lacks(self, file: TableFile, *, columns: str | Text, found: str) -> None:
        self.issues.append(
            make(
                "table.column_missing",
                source_file=file.delivery.path,
                table=Text(self.table.name_vi, self.table.name_en),
                columns=columns,
                found=found,
            )
        )

    def rows(self, part: _Part) -> Iterator[_Row]:
        """Match the names of all rows, then yield those of the assessment's year and units."""
        columns, cells = part.header.columns, part.sheet.cells
        numbers = [row for row in sorted(cells) if row > part.header.last_row]
        held = [columns[key] for key in self.columns]
        numbers = [row for row in numbers if any(cells[row].get(at) for at in held)]
        texts = [cells[row].get(columns[_UNIT], EMPTY_CELL).text.strip() for row in numbers]
        codes = all(text.isdigit() for text in texts if text)
        matched = self.registry.match(
            pl.Series(texts, dtype=pl.String), unit_set=self.unit_set, code_column=codes
        )
        for row, text, unit_id, near in zip(
            numbers, texts, matched["unit_id"], matched["candidates"], strict=True
        ):
            if unit_id is None:
                self._unknown(part, row, text, near)
            elif unit_id in self.units and self._is_meant(part, cells[row]):
                yield _Row(unit_id, self.units[unit_id], text, row, cells[row], part)

    def _unknown(self, part: _Part, row: int, text: str, near: str | None) -> None:
        """Refuse a name that matches nothing; totals and regions are on record only."""
        place = part.place._replace(source_cell=part.address(row, _UNIT))
        regions = self.registry.units.get_column("region_name").drop_nulls().unique().to_list()
        if text_key(text) in _TOTALS or text_key(text) in set(map(text_key, regions)):
            issue = place.issue("table.row_ignored", raw_text=text, name=text)
        else:
            issue = place.issue("unit.unknown", raw_text=text, name=text, candidates=near or "–")
        self.issues.append(issue)

    def _is_meant(self, part: _Part, cells: Mapping[int, Cell]) -> bool:
        columns = part.header.columns
        return all(
            text_key(cells.get(columns[f"where:{column}"], EMPTY_CELL).text) == text
            for column, text in self.where.items()
        )

    def cells(self, rows: Sequence[_Row]) -> dict[tuple[str, str], CentralCell]:
        """Read the figures of the rows; rows of one unit must agree."""
        readers = {
            part: {
                key: ColumnReader(column, cells=list(_column_cells(part, key)))
                for key, column in self.columns.items()
            }
            for part in dict.fromkeys(row.part for row in rows)
        }
        by_unit: dict[str, list[tuple[_Row, dict[str, Reading]]]] = {}
        for row in rows:
            readings = {key: readers[row.part][key].read(row.cell(key).raw) for key in self.columns}
            if self.identity:
                readings = self._resolved(row, readings)
            by_unit.setdefault(row.unit_id, []).append((row, readings))
        found: dict[tuple[str, str], CentralCell] = {}
        proofs: dict[tuple[str, str], tuple[int, Issue]] = {}
        for unit_id, same in by_unit.items():
            row, readings = same[0]
            agrees = len(same) == 1 or self._compare(same)
            for key in self.used:
                raw = row.cell(key).raw
                entry = entry_of(readings[key])
                if not agrees:
                    entry = Entry(Status.AMBIGUOUS, reading="rows_disagree")
                else:
                    column = self.columns[key]
                    for issue in figure_issues(raw, readings[key], column, row.place(key)):
                        if issue.rule_id == "value.read_by_proof":
                            self._count_proof(proofs, key, readings[key], issue)
                        else:
                            self.issues.append(issue)
                found[(unit_id, key)] = CentralCell(
                    entry=entry,
                    raw_text=raw.text or raw.formula or None,
                    delivery=row.part.delivery,
                    sheet=row.part.sheet.name,
                    cell=row.place(key).source_cell,
                    data_basis=self._basis(row),
                )
        self.issues.extend(issue for _, issue in proofs.values())
        return found

    def _count_proof(
        self,
        proofs: dict[tuple[str, str], tuple[int, Issue]],
        key: str,
        reading: Reading,
        issue: Issue,
    ) -> None:
        """Keep the first of many readings by one proof: one line per column, not per cell."""
        group = (key, str(proof_of(reading.how)))
        times, first = proofs.get(group, (0, issue))
        proofs[group] = (times + 1, replace(first, action_taken=f"{times + 1} cells read so"))

    def _resolved(self, row: _Row, readings: dict[str, Reading]) -> dict[str, Reading]:
        """Let the identity decide doubtful cells; say so where it does not hold."""
        resolved, holds = resolve_row(readings, identity=tuple(self.identity))
        if not holds:
            total, *parts = self.identity.items()
            figures = {key: readings[key].value for key in self.identity}
            self.issues.append(
                row.place(total[0]).issue(
                    "central.identity_broken",
                    identity=f"{total[1].header} = {' + '.join(c.header for _, c in parts)}",
                    left=figures[total[0]],
                    right=sum(figures[key] or 0 for key, _ in parts),
                )
            )
        return resolved

    def _compare(self, same: Sequence[tuple[_Row, dict[str, Reading]]]) -> bool:
        """Compare the rows of one unit and say what was found; True where they agree."""
        first, others = same[0], same[1:]
        differing = [
            key
            for key in self.used
            if any(
                (readings[key].status, readings[key].value)
                != (first[1][key].status, first[1][key].value)
                for _, readings in others
            )
        ]
        place = others[0][0].place(_UNIT)
        if not differing:
            self.issues.append(place.issue("unit.duplicate_agrees", name=first[0].name))
            return True
        values = "; ".join(
            f"{self.columns[key].header}: "
            + " | ".join(f"{row.cell(key).text} ({row.place(key).source_cell})" for row, _ in same)
            for key in differing
        )
        self.issues.append(
            place.issue("unit.duplicate_disagrees", name=first[0].name, values=values)
        )
        return False

    def _basis(self, row: _Row) -> str | None:
        text = row.cell(BASIS_COLUMN).text.strip()
        if text and text not in DATA_BASES:
            issue = row.place(BASIS_COLUMN).issue(
                "option.unknown", raw_text=text, option=text, options=", ".join(DATA_BASES)
            )
            if issue not in self.issues:
                self.issues.append(issue)
            return None
        return text or None

    def blanks(
        self, cells: Mapping[tuple[str, str], CentralCell], part: _Part
    ) -> dict[tuple[str, str], CentralCell]:
        """Give the units that the table lacks a blank, with one issue per unit."""
        present = {unit_id for unit_id, _ in cells}
        lacking = [unit_id for unit_id in self.units if unit_id not in present]
        place = part.place
        names = [(self.columns[key].name_vi, self.columns[key].name_en) for key in self.used]
        vi, en = (", ".join(side) for side in zip(*names, strict=True))
        variable = Text(f"{self.table.name_vi} ({vi})", f"{self.table.name_en} ({en})")
        self.issues.extend(
            place._replace(unit_id=unit_id, unit_name=self.units[unit_id]).issue(
                "value.missing", variable=variable
            )
            for unit_id in lacking
        )
        blank = CentralCell(
            entry=Entry(Status.BLANK, reading="no_row"),
            raw_text=None,
            delivery=part.delivery,
            sheet=part.sheet.name,
        )
        return {(unit_id, key): blank for unit_id in lacking for key in self.used}


def _column_cells(part: _Part, key: str) -> Iterator[tuple[str, RawCell]]:
    """Yield a whole column below the header: what it proves holds for all its rows."""
    column = part.header.columns[key]
    for row, cells in part.sheet.cells.items():
        if row > part.header.last_row and column in cells:
            yield part.address(row, key), cells[column].raw
