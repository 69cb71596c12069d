"""What a whole column, or a row's identity, proves about the figures of a central table."""

from collections.abc import Sequence
from dataclasses import replace

from dti_pipeline.intake.files.cells import RawCell
from dti_pipeline.intake.numbers.column_evidence import column_evidence, resolve_by_identity
from dti_pipeline.intake.numbers.entry import read_figure
from dti_pipeline.intake.numbers.policy import NumberKind, Reading, Status, confirmed
from dti_pipeline.intake.text_keys import text_key
from schemas.files.framework import CentralTable, TableColumn


class ColumnReader:
    """Reads the cells of one column with what the column as a whole proves."""

    def __init__(self, column: TableColumn, *, cells: Sequence[tuple[str, RawCell]]) -> None:
        self.column = column
        self.evidence = column_evidence(cells, kind=NumberKind(column.kind))
        if column.kind == "percent" and "%" in column.header and self._exceeds_one(cells):
            # The header says percent and at least one figure can be nothing else.
            self.evidence = replace(self.evidence, percent_as="percent")

    def _exceeds_one(self, cells: Sequence[tuple[str, RawCell]]) -> bool:
        readings = (self.read(cell) for _, cell in cells)
        return any(reading.value is not None and reading.value > 1 for reading in readings)

    def read(self, cell: RawCell) -> Reading:
        return read_figure(cell, self.column, evidence=self.evidence)


def identity_columns(table: CentralTable) -> dict[str, TableColumn]:
    """Return the columns of the identity, total first; named by key or by header.

    Columns that stand in the identity only are counts, as totals and their parts are.
    """
    by_header = {text_key(column.header): key for key, column in table.columns.items()}
    found: dict[str, TableColumn] = {}
    for name in table.identity:
        key = name if name in table.columns else by_header.get(text_key(name), name)
        found[key] = table.columns.get(key) or TableColumn(
            header=name, name_vi=name, name_en=name, kind="count"
        )
    return found


def resolve_row(
    readings: dict[str, Reading], *, identity: Sequence[str]
) -> tuple[dict[str, Reading], bool]:
    """Let ``total = sum of parts`` decide the doubtful cells of one row.

    Args:
        readings: column → reading, at least of the identity's columns.
        identity: the total's column, then those of its parts.

    Returns:
        The readings with the decided cells confirmed, and whether the identity holds: False only
        where every figure is certain (or every combination fails) and it does not.
    """
    choices = {key: readings[key].possible for key in identity}
    resolution = resolve_by_identity(choices, total=identity[0], parts=identity[1:])
    if not resolution.chosen:
        return readings, resolution.reason != "none"
    decided = {
        key: confirmed(readings[key], chosen, proof="identity")
        for key, chosen in resolution.chosen.items()
        if readings[key].status is Status.AMBIGUOUS
    }
    return readings | decided, True
