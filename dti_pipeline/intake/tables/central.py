"""Read a central agency's table: one figure per unit and column, each with its cell.

Names are matched before any other filter, so a misspelt unit is found even in another year's rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dti_pipeline.intake.assessed_units import AssessedUnits, GroupUnits
from dti_pipeline.intake.files.cells import RawCell
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.numbers.column_evidence import column_evidence, resolve_by_identity
from dti_pipeline.intake.numbers.entry import (
    Entry,
    entry_of,
    figure_issues,
    proof_of,
    read_figure,
)
from dti_pipeline.intake.numbers.policy import NumberKind, Reading, Status, confirmed
from dti_pipeline.intake.tables.rows import (
    BASIS_COLUMN,
    UNIT,
    Column,
    Row,
    Table,
    TableFile,
    match_rows,
    single_table,
)
from dti_pipeline.intake.text_keys import text_key
from schemas.columns import DATA_BASES
from schemas.files.framework import CentralTable, TableColumn
from schemas.issues.issue import Issue, make
from schemas.text import Text

# A row with the reading of each of its columns.
_Readings = tuple[Row, dict[str, Reading]]


@dataclass(frozen=True, slots=True)
class CentralCell:
    """What a table says about one unit in one column.

    Without a row for the unit there are no text and no address; a CSV file has no sheet.
    """

    entry: Entry
    raw_text: str | None
    delivery: Delivery
    sheet: str | None
    address: str | None = None
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
    """Read one table of a framework from the files that match it.

    Args:
        table: its description in the framework.
        files: the files whose name matches ``table.match``.
        used: the columns that components use; issues are about these only.
        group: the units that the framework scores.
        units: all units of the assessment.
        year: replaces ``{year}`` in the conditions of ``where``.
        folder: where the file is expected, for the message.

    Returns:
        (unit_id, column) → cell, also for units that the table lacks (status blank), and the
        issues. Without a usable file there are no cells but a blocking issue.
    """
    name = Text(table.name_vi, table.name_en)
    if not files:
        return {}, [make("table.missing", table=name, expected=table.match, folder=folder)]
    reader = _TableReader(table, used, group, units, year)
    tables: dict[Table, Delivery] = {}
    for file in files:
        result = single_table(file, reader.layout, name=name)
        if isinstance(result, Issue):
            reader.issues.append(result)
        else:
            tables[result] = file.delivery
            reader.issues += result.issues()
    cells = reader.cells(tables)
    if tables:
        cells |= reader.blanks(cells, *next(iter(tables.items())))
    return cells, reader.issues


class _TableReader:
    """Reads one table; collects the issues."""

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
            f"where:{column}": text_key(text.format(year=year))
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
        self.issues: list[Issue] = []

    def rows(self, table: Table) -> Iterator[Row]:
        """Match the names of all rows, then yield those of the assessment's year and units."""
        figures = [table.columns[key] for key in self.columns]
        rows = [row for row in table.rows() if any(row.cells.get(column) for column in figures)]
        for row in match_rows(rows, self.units):
            if isinstance(row, Issue):
                self.issues.append(row)
            elif row.unit_id in self.group.units and all(
                text_key(row.text(key)) == text for key, text in self.where.items()
            ):
                yield row

    def cells(self, tables: Mapping[Table, Delivery]) -> dict[tuple[str, str], CentralCell]:
        """Read the figures of all tables; rows of one unit must agree."""
        rows = [row for table in tables for row in self.rows(table)]
        readers = {
            table: {key: _ColumnReader(column, table, key) for key, column in self.columns.items()}
            for table in tables
        }
        rows_of: dict[str, list[_Readings]] = {}
        for row in rows:
            readings = {
                key: readers[row.table][key].read(row.cell(key).raw) for key in self.columns
            }
            if self.identity:
                readings = self._resolved(row, readings)
            rows_of.setdefault(str(row.unit_id), []).append((row, readings))
        cells: dict[tuple[str, str], CentralCell] = {}
        proofs: dict[tuple[str, Text | None], list[Issue]] = {}
        for unit_id, same in rows_of.items():
            row, readings = same[0]
            agrees = len(same) == 1 or self._agree(same)
            for key in self.used:
                place, raw = row.place(key), row.cell(key).raw
                entry = Entry(Status.AMBIGUOUS, reading="rows_disagree")
                if agrees:
                    entry = entry_of(readings[key])
                    for issue in figure_issues(raw, readings[key], self.columns[key], place):
                        if issue.rule_id == "value.read_by_proof":
                            proof = (key, proof_of(readings[key].how))
                            proofs.setdefault(proof, []).append(issue)
                        else:
                            self.issues.append(issue)
                cells[(unit_id, key)] = CentralCell(
                    entry,
                    raw_text=raw.text or raw.formula or None,
                    delivery=tables[row.table],
                    sheet=place.source_sheet,
                    address=place.source_cell,
                    data_basis=self._basis(row),
                )
        # Of many readings by one proof the first: one line per column, not per cell.
        self.issues += [
            replace(issues[0], action_taken=f"{len(issues)} cells read so")
            for issues in proofs.values()
        ]
        return cells

    def _resolved(self, row: Row, readings: dict[str, Reading]) -> dict[str, Reading]:
        """Let ``total = sum of parts`` decide doubtful cells; say so where it does not hold."""
        total, *parts = self.identity
        choices = {key: readings[key].possible for key in self.identity}
        resolution = resolve_by_identity(choices, total=total, parts=parts)
        if resolution.reason == "none":
            headers = [column.header for column in self.identity.values()]
            self.issues.append(
                row.place(total).issue(
                    "central.identity_broken",
                    identity=f"{headers[0]} = {' + '.join(headers[1:])}",
                    left=readings[total].value,
                    right=sum(readings[key].value or 0 for key in parts),
                )
            )
        return readings | {
            key: confirmed(readings[key], chosen, proof="identity")
            for key, chosen in resolution.chosen.items()
            if readings[key].status is Status.AMBIGUOUS
        }

    def _agree(self, same: Sequence[_Readings]) -> bool:
        """Say whether the rows of one unit agree, with an issue either way."""
        name, place = same[0][0].text(UNIT), same[1][0].place(UNIT)
        differing = [
            key
            for key in self.used
            if len({(readings[key].status, readings[key].value) for _, readings in same}) > 1
        ]
        if not differing:
            self.issues.append(place.issue("unit.duplicate_agrees", name=name))
            return True
        is_one_file = len({row.table.file for row, _ in same}) == 1
        files = {row: "" if is_one_file else _file_and_sheet(row) for row, _ in same}
        values = "; ".join(
            f"{self.columns[key].header}: "
            + " | ".join(f"{row.text(key)} ({files[row]}{row.address(key)})" for row, _ in same)
            for key in differing
        )
        self.issues.append(place.issue("unit.duplicate_disagrees", name=name, values=values))
        return False

    def _basis(self, row: Row) -> str | None:
        """Return what a row stands on, where the file says so."""
        text = row.text(BASIS_COLUMN)
        if text and text not in DATA_BASES:
            issue = row.place(BASIS_COLUMN).issue(
                "option.unknown", raw_text=text, option=text, options=", ".join(DATA_BASES)
            )
            if issue not in self.issues:
                self.issues.append(issue)
            return None
        return text or None

    def blanks(
        self, cells: Mapping[tuple[str, str], CentralCell], table: Table, delivery: Delivery
    ) -> dict[tuple[str, str], CentralCell]:
        """Give the units that the table lacks a blank, with one issue per unit."""
        present = {unit_id for unit_id, _ in cells}
        missing = {unit: name for unit, name in self.group.units.items() if unit not in present}
        names = [(self.columns[key].name_vi, self.columns[key].name_en) for key in self.used]
        vi, en = (", ".join(side) for side in zip(*names, strict=True))
        variable = Text(f"{self.table.name_vi} ({vi})", f"{self.table.name_en} ({en})")
        self.issues += [
            table.place._replace(unit_id=unit_id, unit_name=name).issue(
                "value.missing", variable=variable
            )
            for unit_id, name in missing.items()
        ]
        blank = CentralCell(Entry(Status.BLANK, reading="no_row"), None, delivery, table.sheet.name)
        return {(unit_id, key): blank for unit_id in missing for key in self.used}


class _ColumnReader:
    """Reads the cells of one column with what the column as a whole proves."""

    def __init__(self, column: TableColumn, table: Table, key: str) -> None:
        self.column = column
        cells = [(row.address(key), row.cell(key).raw) for row in table.rows()]
        self.evidence = column_evidence(cells, kind=NumberKind(column.kind))
        if column.kind == "percent" and "%" in column.header:
            readings = [self.read(cell) for _, cell in cells]
            if any(reading.value is not None and reading.value > 1 for reading in readings):
                # The header says percent and at least one figure can be nothing else.
                self.evidence = replace(self.evidence, percent_as="percent")

    def read(self, cell: RawCell) -> Reading:
        return read_figure(cell, self.column, evidence=self.evidence)


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
