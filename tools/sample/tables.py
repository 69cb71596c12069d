"""Write the central tables of the samples, as agencies send them: CSV or a workbook with titles."""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl
import xlsxwriter

from dti_pipeline.exact import MICRO
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.forms.layout import SAMPLE_LINE
from schemas.files.framework import CentralTable

# Tables that are real figures and are copied as found instead.
REAL_TABLES: Final = ("population_grdp",)
# Tables sent as workbooks; the others are CSV.
WORKBOOKS: Final = ("network", "security", "postal")
# Tables whose agency writes units with their kind in front.
FORMAL_NAMES: Final = ("portal", "identity")
BASIS_COLUMN: Final = "data_basis"
BASIS: Final = "sample"
# A fixed creation date makes the same table the same bytes.
_CREATED: Final = datetime(2020, 1, 1)

Rows = Sequence[Sequence[str | Decimal | int]]


def write_tables(
    figures: pl.DataFrame,
    *,
    framework: BoundFramework,
    units: pl.DataFrame,
    year: int,
    folder: Path,
) -> list[Path]:
    """Write every sample table of the framework, numbered in its order.

    Args:
        figures: as ``sample_figures`` returns them.
        framework: names tables, headers and the variables they feed.
        units: rows of the unit set: unit_id, name_vi, unit_type.
        year: year of the figures.
        folder: existing folder of central deliveries.

    Returns:
        The files written.
    """
    written = []
    for number, table in enumerate(framework.file.tables, start=1):
        if table.id in REAL_TABLES:
            continue
        columns = table_columns(figures, table=table, framework=framework)
        header, rows = _layout(columns, table=table, units=units, year=year)
        is_workbook = table.id in WORKBOOKS
        path = folder / f"{number:02d}_{table.id}_{year}.{'xlsx' if is_workbook else 'csv'}"
        if is_workbook:
            _write_workbook(path, table=table, header=header, rows=rows, year=year)
        else:
            write_csv(path, header, rows)
        written.append(path)
    return written


def table_columns(
    figures: pl.DataFrame, *, table: CentralTable, framework: BoundFramework
) -> dict[str, dict[str, int]]:
    """Return column of the table → unit_id → figure in millionths."""
    sources = {
        (component.code, name): variable.source.removeprefix(f"central:{table.id}.")
        for component in framework.components
        for name, variable in component.component.variables.items()
        if variable.source.startswith(f"central:{table.id}.")
    }
    by_column: dict[str, dict[str, int]] = {column: {} for column in table.columns}
    rows = figures.select("unit_id", "component_code", "variable", "value_micro").iter_rows()
    for unit_id, code, name, micro in rows:
        if (code, name) in sources:
            by_column[sources[code, name]][unit_id] = micro
    return by_column


def _layout(
    columns: Mapping[str, Mapping[str, int]],
    *,
    table: CentralTable,
    units: pl.DataFrame,
    year: int,
) -> tuple[list[str], Rows]:
    """Lay a table out: unit, year where the framework filters by it, figures, data basis."""
    headers = {key: column.header for key, column in table.columns.items()}
    # The parts of an identity that no component uses: what the others leave of the total.
    unused = [header for header in table.identity if header not in headers.values()]
    header = [table.unit_column, *table.where, *headers.values(), *unused, BASIS_COLUMN]
    rows = []
    for unit in units.sort("unit_id").iter_rows(named=True):
        figures = {headers[key]: column[unit["unit_id"]] for key, column in columns.items()}
        for name in unused:
            total, *parts = table.identity
            figures[name] = figures[total] - sum(figures.get(part, 0) for part in parts)
        rows.append(
            [
                _unit_name(unit, formal=table.id in FORMAL_NAMES),
                *(year for _ in table.where),
                *(_plain(micro) for micro in figures.values()),
                BASIS,
            ]
        )
    return header, rows


def _unit_name(unit: Mapping[str, Any], *, formal: bool) -> str:
    """Write a unit's name as agencies do: with its kind, or with TP. before cities only."""
    name, kind = str(unit["name_vi"]), str(unit["unit_type"])
    if formal:
        return f"{kind.capitalize()} {name}"
    return f"TP. {name}" if kind == "thành phố" else name


def _plain(micro: int) -> Decimal | int:
    """Return millionths as a number without trailing zeros."""
    whole, rest = divmod(micro, MICRO)
    return whole if rest == 0 else (Decimal(micro) / MICRO).normalize()


def write_csv(path: Path, header: Sequence[str], rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_workbook(
    path: Path, *, table: CentralTable, header: Sequence[str], rows: Rows, year: int
) -> None:
    """Write a workbook with the agency, a merged title and the sample mark above the header."""
    last = len(header) - 1
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": table.name_vi, "created": _CREATED})
        title = book.add_format({"bold": True, "align": "center", "valign": "vcenter"})
        mark = book.add_format({"bold": True, "font_color": "#C00000", "align": "center"})
        head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center"})
        cell = book.add_format({"border": 1})
        sheet = book.add_worksheet("Số liệu")
        sheet.write_string(0, 0, table.owner_vi.upper())
        sheet.merge_range(1, 0, 1, last, f"{table.name_vi.upper()} NĂM {year}", title)
        sheet.merge_range(2, 0, 2, last, SAMPLE_LINE, mark)
        sheet.write_row(4, 0, header, head)
        for place, row in enumerate(rows, start=5):
            sheet.write_row(place, 0, row, cell)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, last, 18)
        sheet.freeze_panes(5, 1)
