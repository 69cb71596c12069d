"""Read a central agency's table: one figure per unit and column, each with its cell.

Names are matched before any other filter, so a misspelt unit is found even in another year's rows.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from dti_pipeline.index.units.registry import UnitRegistry
from dti_pipeline.intake.files.cells import RawCell
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.numbers.entry import Entry, entry_of, figure_issues, proof_of
from dti_pipeline.intake.numbers.policy import Reading, Status
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.tables.central_columns import ColumnReader, identity_columns, resolve_row
from dti_pipeline.intake.tables.rows import (
    BASIS_COLUMN,
    Column,
    Row,
    Table,
    TableFile,
    single_table,
)
from dti_pipeline.intake.text_keys import text_key
from schemas.columns import DATA_BASES
from schemas.files.framework import CentralTable, TableColumn
from schemas.issues.issue import Issue, make
from schemas.text import Text

# Rows that central tables carry besides their units.
_TOTALS: Final = frozenset(
    map(
        text_key,
        ("Cả nước", "Toàn quốc", "Tổng", "Tổng số", "Tổng cộng", "Cộng", "Trung bình", "Bình quân"),
    )
)
_UNIT: Final = "unit"


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
class _UnitRow:
    """One row that belongs to a unit; ``name`` is the unit's name as found."""

    unit_id: str
    unit_name: str
    name: str
    row: Row
    delivery: Delivery

    def place(self, key: str) -> Place:
        return self.row.place(key)._replace(unit_id=self.unit_id, unit_name=self.unit_name)


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
    tables = [(file, found) for file in files if (found := reader.table_of(file)) is not None]
    rows = [row for file, found in tables for row in reader.rows(found, file.delivery)]
    cells = reader.cells(rows)
    if tables:
        cells |= reader.blanks(cells, *tables[0])
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
        self.layout = [
            *(Column(key, (column.header,)) for key, column in self.columns.items()),
            *(Column(f"where:{column}", (column,)) for column in self.where),
            Column(_UNIT, (table.unit_column,)),
            Column(BASIS_COLUMN, (BASIS_COLUMN,), is_needed=False),
        ]
        self.used = used
        self.issues: list[Issue] = []

    def table_of(self, file: TableFile) -> Table | None:
        """Find the table in one file; an issue where it is not there or lacks columns."""
        found = single_table(file, self.layout, name=Text(self.table.name_vi, self.table.name_en))
        if isinstance(found, Issue):
            self.issues.append(found)
            return None
        return found

    def rows(self, table: Table, delivery: Delivery) -> Iterator[_UnitRow]:
        """Match the names of all rows, then yield those of the assessment's year and units."""
        held = [table.columns[key] for key in self.columns]
        rows = [row for row in table.rows() if any(row.cells.get(column) for column in held)]
        texts = [row.text(_UNIT) for row in rows]
        codes = all(text.isdigit() for text in texts if text)
        matched = self.registry.match(
            pl.Series(texts, dtype=pl.String), unit_set=self.unit_set, code_column=codes
        )
        for row, text, unit_id, near in zip(
            rows, texts, matched["unit_id"], matched["candidates"], strict=True
        ):
            if unit_id is None:
                self._unknown(row, text, near)
            elif unit_id in self.units and self._is_meant(row):
                yield _UnitRow(unit_id, self.units[unit_id], text, row, delivery)

    def _unknown(self, row: Row, text: str, near: str | None) -> None:
        """Refuse a name that matches nothing; totals and regions are on record only."""
        place = row.place(_UNIT)
        regions = self.registry.units.get_column("region_name").drop_nulls().unique().to_list()
        if text_key(text) in _TOTALS or text_key(text) in set(map(text_key, regions)):
            issue = place.issue("table.row_ignored", raw_text=text, name=text)
        else:
            issue = place.issue("unit.unknown", raw_text=text, name=text, candidates=near or "–")
        self.issues.append(issue)

    def _is_meant(self, row: Row) -> bool:
        return all(
            text_key(row.cell(f"where:{column}").text) == text
            for column, text in self.where.items()
        )

    def cells(self, rows: Sequence[_UnitRow]) -> dict[tuple[str, str], CentralCell]:
        """Read the figures of the rows; rows of one unit must agree."""
        readers = {
            table: {
                key: ColumnReader(column, cells=list(_column_cells(table, key)))
                for key, column in self.columns.items()
            }
            for table in dict.fromkeys(row.row.table for row in rows)
        }
        by_unit: dict[str, list[tuple[_UnitRow, dict[str, Reading]]]] = {}
        for row in rows:
            of_columns = readers[row.row.table]
            readings = {key: of_columns[key].read(row.row.cell(key).raw) for key in self.columns}
            if self.identity:
                readings = self._resolved(row, readings)
            by_unit.setdefault(row.unit_id, []).append((row, readings))
        found: dict[tuple[str, str], CentralCell] = {}
        proofs: dict[tuple[str, str], tuple[int, Issue]] = {}
        for unit_id, same in by_unit.items():
            row, readings = same[0]
            agrees = len(same) == 1 or self._compare(same)
            for key in self.used:
                raw = row.row.cell(key).raw
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
                    delivery=row.delivery,
                    sheet=row.row.table.sheet.name,
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

    def _resolved(self, row: _UnitRow, readings: dict[str, Reading]) -> dict[str, Reading]:
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

    def _compare(self, same: Sequence[tuple[_UnitRow, dict[str, Reading]]]) -> bool:
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
            + " | ".join(
                f"{row.row.cell(key).text} ({row.place(key).source_cell})" for row, _ in same
            )
            for key in differing
        )
        self.issues.append(
            place.issue("unit.duplicate_disagrees", name=first[0].name, values=values)
        )
        return False

    def _basis(self, row: _UnitRow) -> str | None:
        text = row.row.text(BASIS_COLUMN)
        if text and text not in DATA_BASES:
            issue = row.place(BASIS_COLUMN).issue(
                "option.unknown", raw_text=text, option=text, options=", ".join(DATA_BASES)
            )
            if issue not in self.issues:
                self.issues.append(issue)
            return None
        return text or None

    def blanks(
        self, cells: Mapping[tuple[str, str], CentralCell], file: TableFile, table: Table
    ) -> dict[tuple[str, str], CentralCell]:
        """Give the units that the table lacks a blank, with one issue per unit."""
        present = {unit_id for unit_id, _ in cells}
        lacking = [unit_id for unit_id in self.units if unit_id not in present]
        names = [(self.columns[key].name_vi, self.columns[key].name_en) for key in self.used]
        vi, en = (", ".join(side) for side in zip(*names, strict=True))
        variable = Text(f"{self.table.name_vi} ({vi})", f"{self.table.name_en} ({en})")
        self.issues.extend(
            table.place._replace(unit_id=unit_id, unit_name=self.units[unit_id]).issue(
                "value.missing", variable=variable
            )
            for unit_id in lacking
        )
        blank = CentralCell(
            entry=Entry(Status.BLANK, reading="no_row"),
            raw_text=None,
            delivery=file.delivery,
            sheet=table.sheet.name,
        )
        return {(unit_id, key): blank for unit_id in lacking for key in self.used}


def _column_cells(table: Table, key: str) -> Iterator[tuple[str, RawCell]]:
    """Yield a whole column below the header: what it proves holds for all its rows."""
    column = table.columns[key]
    for row in table.rows():
        if column in row.cells:
            yield table.address(row.number, key), row.cells[column].raw
