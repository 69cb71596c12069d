"""Read a central agency's table: one figure per unit and column, each with its cell.

Names are matched before any other filter, so a misspelt unit is found even in another year's rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Final

from dti_pipeline.intake.assessed_units import AssessedUnits, GroupUnits
from dti_pipeline.intake.files.cells import Cell
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.numbers.column_proof import column_proof, readings_that_add_up
from dti_pipeline.intake.numbers.entry import (
    ROWS_DISAGREE,
    Entry,
    entry_of,
    figure_issues,
    proof_of,
    read_figure,
)
from dti_pipeline.intake.numbers.policy import CellReading, Status, confirmed
from dti_pipeline.intake.place import Issues, Place
from dti_pipeline.intake.tables.no_units import differs_in_scale, table_measure
from dti_pipeline.intake.tables.rows import (
    BASIS_COLUMN,
    UNIT,
    Column,
    Row,
    Table,
    TableFile,
    basis_of,
    match_rows,
    single_table,
    title_issues,
)
from dti_pipeline.intake.text_keys import text_key
from schemas.files.framework import CentralTable, TableColumn
from schemas.issues.issue import Issue, make
from schemas.text import Text

# A percentage below this part of the column's middle figure may as well be a fraction of one.
_FAR_BELOW: Final = 20
# How the policy calls a figure that may be percent or a fraction, and percent signs of any kind.
_EITHER_SCALE: Final = "percent_or_fraction"
_SIGNS: Final = frozenset({"percent_sign", "percent_format", "percent_literal"})
# A row with the reading of each of its columns.
_Readings = tuple[Row, dict[str, CellReading]]


@dataclass(frozen=True, slots=True)
class CentralCell:
    """What a table says about one unit in one column.

    Where the unit has no row of the year, text and place are those of the cell that names another
    year, if there is one.
    """

    entry: Entry
    raw_text: str | None
    delivery: Delivery
    place: Place
    data_basis: str | None = None


def read_central_table(
    table: CentralTable,
    *,
    files: Sequence[TableFile],
    used: Sequence[str],
    group: GroupUnits,
    units: AssessedUnits,
    year: int,
    folder: str,
) -> tuple[dict[tuple[str, str], CentralCell], list[Issue]]:
    """Read one table of a framework from the files whose name matches it.

    Issues are about the ``used`` columns only, those of components. ``year`` replaces ``{year}``
    in the table's conditions. ``folder`` is where the file is expected, for the message.

    Cells go by unit and column, also those of units that the table lacks (status blank, reading
    ``no_row``; ``no_rows`` where it lacks all). Without a usable file there are none but a blocking
    issue. Blank figures are issues of acceptance, since a correction may deliver them.
    """
    if not files:
        return {}, [make("table.missing", table=table.name, expected=table.match, folder=folder)]
    reader = _TableReader(table, used, group, units, year)
    tables: dict[Table, Delivery] = {}
    for file in files:
        result = single_table(file.sheets, reader.layout, file=file.delivery.path, name=table.name)
        if isinstance(result, Issue):
            reader.issues.append(result)
        else:
            tables[result] = file.delivery
            reader.issues += [*result.issues(), *title_issues(result, table.where, year)]
    cells = reader.cells(tables)
    if tables:
        cells |= reader.blanks(cells, tables)
    return cells, reader.issues


class _TableReader:
    def __init__(
        self,
        table: CentralTable,
        used: Sequence[str],
        group: GroupUnits,
        units: AssessedUnits,
        year: int,
    ) -> None:
        self.table, self.used, self.group, self.units = table, used, group, units
        self.where = {
            f"where:{column}": text_key(text.replace("{year}", str(year)))
            for column, text in table.where.items()
        }
        self.identity = _identity_columns(table)
        own = {key: column for key, column in table.columns.items() if key in used}
        self.columns: dict[str, TableColumn] = own | self.identity
        self.layout = [
            *(Column(key, (column.header,)) for key, column in self.columns.items()),
            *(Column(f"where:{column}", (column,), is_key=True) for column in table.where),
            Column(UNIT, (table.unit_column,), is_key=True),
            Column(BASIS_COLUMN, (BASIS_COLUMN,), is_needed=False),
        ]
        self.issues = Issues()
        # unit_id → the row of another year, and the column that says so.
        self.other_years: dict[str, tuple[Row, str]] = {}

    def rows(self, table: Table) -> Iterator[Row]:
        """Match the names of all rows, then yield those of the assessment's year and units."""
        figures = [table.columns[key] for key in self.columns]
        rows = [
            row
            for row in table.rows()
            if any(row.cells.get(column) for column in figures)
            or (table.sheet.merged and any(row.label(key).text for key in self.columns))
        ]
        matches = list(match_rows(rows, self.units))
        first = next((row.number for row in matches if isinstance(row, Row)), 0)
        self.issues += self._other_measures(table, first)
        for row in matches:
            if isinstance(row, Issue):
                self.issues.append(row)
            elif row.unit_id in self.group.units:
                other = (key for key, text in self.where.items() if text_key(row.text(key)) != text)
                if key := next(other, None):
                    self.other_years.setdefault(row.unit_id, (row, key))
                else:
                    yield row

    def _other_measures(self, table: Table, first: int) -> Iterator[Issue]:
        """Yield where the rows above the first unit name another measure than a column has."""
        for number in range(1, first):
            for cell in table.sheet.rows.get(number, {}).values():
                of_table = table_measure(cell.text)
                measure = of_table or (cell.text if number >= table.header_row else "")
                scales = {
                    key: differs_in_scale(measure, f"{column.header} {column.unit}")
                    for key, column in self.columns.items()
                    if of_table or cell.column == table.columns[key]
                }
                if True in scales.values() and False not in scales.values():
                    column = self.columns[next(key for key in scales if scales[key])]
                    unit = column.unit or Text("số đếm", "single things")
                    details = {"measure": measure, "variable": column.name, "unit": unit}
                    place = table.place._replace(source_cell=cell.place)
                    yield place.issue("table.other_measure", raw_text=cell.text, **details)

    def cells(self, tables: Mapping[Table, Delivery]) -> dict[tuple[str, str], CentralCell]:
        """Read the figures of all tables; rows of one unit must agree."""
        rows = [row for table in tables for row in self.rows(table)]
        readers = {
            table: {key: _ColumnReader(column, table, key) for key, column in self.columns.items()}
            for table in tables
        }
        rows_of: dict[str, list[_Readings]] = {}
        for row in rows:
            readings = {key: readers[row.table][key].read(row.cell(key)) for key in self.columns}
            if self.identity:
                readings = self._resolved(row, readings)
            rows_of.setdefault(row.unit_id, []).append((row, readings))
        cells: dict[tuple[str, str], CentralCell] = {}
        proofs: dict[tuple[str, Text | None], list[Issue]] = {}
        for unit_id, same in rows_of.items():
            row, readings = same[0]
            agrees = len(same) == 1 or self._agree(same)
            data_basis = basis_of(row, self.issues)
            for key in self.used:
                raw, reading = row.cell(key), readings[key]
                if agrees and reading.status is not Status.BLANK:
                    for issue in figure_issues(raw, reading, self.columns[key], row.place(key)):
                        if issue.rule_id == "value.read_by_proof":
                            proofs.setdefault((key, proof_of(reading.how)), []).append(issue)
                        else:
                            self.issues.append(issue)
                cells[(unit_id, key)] = CentralCell(
                    entry_of(reading) if agrees else ROWS_DISAGREE,
                    raw_text=raw.text or raw.formula or None,
                    delivery=tables[row.table],
                    place=row.place(key),
                    data_basis=data_basis,
                )
        # Of many readings by one proof the first: one line per column, not per cell.
        self.issues += [
            replace(issues[0], action_taken=f"{len(issues)} cells read so")
            for issues in proofs.values()
        ]
        return cells

    def _resolved(self, row: Row, readings: dict[str, CellReading]) -> dict[str, CellReading]:
        """Let ``total = sum of parts`` decide doubtful cells; say so where it does not hold."""
        total, *parts = self.identity
        choices = {key: readings[key].possible for key in self.identity}
        if not all(choices.values()):
            return readings
        consistent = readings_that_add_up(choices, total=total, parts=parts)
        if not consistent:
            header, *headers = (column.header for column in self.identity.values())
            self.issues.add(
                row.place(total),
                "central.identity_broken",
                identity=f"{header} = {' + '.join(headers)}",
                left=readings[total].value,
                right=sum(readings[key].value or 0 for key in parts),
            )
        if len(consistent) != 1:
            return readings
        return readings | {
            key: confirmed(readings[key], candidate)
            for key, candidate in consistent[0].items()
            if readings[key].status is Status.AMBIGUOUS
        }

    def _agree(self, same: Sequence[_Readings]) -> bool:
        """Say whether the rows of one unit agree, with an issue either way."""
        name, place = same[0][0].text(UNIT), same[1][0].place(UNIT)
        differing = [
            key
            for key in self.used
            if len({_content(row, key, readings[key]) for row, readings in same}) > 1
        ]
        if not differing:
            self.issues.add(place, "unit.duplicate_agrees", name=name)
            return True
        is_one_file = len({row.table.file for row, _ in same}) == 1
        files = {row: "" if is_one_file else _file_and_sheet(row) for row, _ in same}
        values = "; ".join(
            f"{self.columns[key].header}: "
            + " | ".join(f"{row.text(key)} ({files[row]}{row.address(key)})" for row, _ in same)
            for key in differing
        )
        self.issues.add(place, "unit.duplicate_disagrees", name=name, values=values)
        return False

    def blanks(
        self, cells: Mapping[tuple[str, str], CentralCell], tables: Mapping[Table, Delivery]
    ) -> dict[tuple[str, str], CentralCell]:
        """Give the units that the tables lack a blank; one issue where they lack all of them."""
        present = {unit_id for unit_id, _ in cells}
        first = next(iter(tables))
        entry = Entry(Status.BLANK, reading="no_row")
        if not present and (issue := self._all_rows_missing(first)):
            self.issues.append(issue)
            entry = Entry(Status.BLANK, reading="no_rows")
        blanks: dict[tuple[str, str], CentralCell] = {}
        for unit_id in self.group.units:
            if unit_id in present:
                continue
            blank = CentralCell(entry, None, tables[first], first.place)
            if unit_id in self.other_years:
                row, key = self.other_years[unit_id]
                text = row.text(key) or None
                blank = CentralCell(entry, text, tables[row.table], row.place(key))
            blanks |= dict.fromkeys(((unit_id, key) for key in self.used), blank)
        return blanks

    def _all_rows_missing(self, table: Table) -> Issue | None:
        """Say that a table is empty, or of other years; None where it has other units' rows."""
        name = self.table.name
        if next(table.rows(), None) is None:
            return table.place.issue("table.header_only", table=name)
        if not self.other_years:
            return None
        texts = sorted({row.text(key) or "–" for row, key in self.other_years.values()})
        conditions = (f"{key.removeprefix('where:')} = {text}" for key, text in self.where.items())
        return table.place.issue(
            "table.other_year",
            table=name,
            count=len(self.group.units),
            needed=", ".join(conditions),
            found=", ".join(texts),
        )


class _ColumnReader:
    """Reads the cells of one column with what the column as a whole proves."""

    def __init__(self, column: TableColumn, table: Table, key: str) -> None:
        self.column = column
        cells = [(row.address(key), row.cell(key)) for row in table.rows()]
        self.proof = column_proof(cells, kind=column.kind)
        self.middle = Decimal(0)
        if column.kind == "percent" and "%" in column.header:
            figures = [figure for _, cell in cells if (figure := _unsigned(self.read(cell)))]
            if 2 * sum(figure > 1 for figure in figures) > len(figures):
                # The header says percent, and most figures can be nothing else.
                self.proof = replace(self.proof, in_percent=True)
                self.middle = median(figures)

    def read(self, cell: Cell) -> CellReading:
        reading = read_figure(cell, self.column, proof=self.proof)
        if (
            reading.value is not None
            and 0 < reading.value * _FAR_BELOW < self.middle
            and "as_percent" in reading.how.split("+")
        ):
            # So far below the others that the column proves nothing for it.
            return read_figure(cell, self.column, proof=replace(self.proof, in_percent=False))
        return reading


def _content(row: Row, key: str, reading: CellReading) -> tuple[Status, Decimal | str | None]:
    """Return what a cell says: its figure, or its text where it may hide one."""
    if reading.status.is_clear:
        return reading.status, reading.value
    return reading.status, row.text(key) or row.cell(key).formula


def _unsigned(reading: CellReading) -> Decimal | None:
    """Return a figure as it is written without any percent sign; one with a sign proves nothing."""
    if reading.status is Status.AMBIGUOUS and reading.how == _EITHER_SCALE:
        return next((one.value for one in reading.candidates if one.value <= 1), None)
    return None if _SIGNS.intersection(reading.how.split("+")) else reading.value


def _file_and_sheet(row: Row) -> str:
    sheet = row.table.sheet.name
    return f"{Path(row.table.file).name} {f'{sheet}!' if sheet else ''}"


def _identity_columns(table: CentralTable) -> dict[str, TableColumn]:
    """Return the columns of the identity, total first; named by key or by header.

    Columns of the identity alone are counts, as totals and their parts are.
    """
    by_header = {text_key(column.header): key for key, column in table.columns.items()}
    columns: dict[str, TableColumn] = {}
    for name in table.identity:
        key = name if name in table.columns else by_header.get(text_key(name), name)
        columns[key] = table.columns.get(key) or TableColumn(
            header=name, name_vi=name, name_en=name, kind="count"
        )
    return columns
