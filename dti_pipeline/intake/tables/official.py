"""Read official results: the tables an authority published, to compare with.

An assessment says which columns of which file hold which figure. A figure that cannot be read is
left out of the comparison with an issue; a file that cannot be read blocks, as every delivery does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import polars as pl
from pandera.typing.polars import DataFrame

from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.assessed_units import AssessedUnits
from dti_pipeline.intake.encodings import to_unicode
from dti_pipeline.intake.files.cells import Cell, CellType
from dti_pipeline.intake.files.deliveries import Delivery, list_deliveries
from dti_pipeline.intake.files.file_issues import file_issue
from dti_pipeline.intake.files.workers import read_files
from dti_pipeline.intake.numbers.column_proof import column_proof
from dti_pipeline.intake.numbers.decimals import plain, to_micro, without_float_noise
from dti_pipeline.intake.numbers.look import look_of_figure
from dti_pipeline.intake.numbers.policy import read_number
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.tables.rows import (
    UNIT,
    Column,
    Row,
    Table,
    match_rows,
    single_table,
    title_issues,
)
from dti_pipeline.intake.text_keys import text_key
from schemas.files.assessment import OfficialTable
from schemas.files.framework import FigureKind
from schemas.issues.issue import ROW, Issue, make, to_frame
from schemas.stages import OfficialFigures
from schemas.text import Text, joined
from schemas.words import scope_name

# Figure → its kind, and how Vietnamese messages name it; in English the column's own word does.
_FIGURES: Final[Mapping[str, tuple[FigureKind, str]]] = {
    "value": ("score", "giá trị"),
    "points": ("score", "điểm"),
    "rank": ("count", "hạng"),
    "rank_of": ("count", "số đơn vị xếp hạng"),
}
# Where each row names its scope itself, columns are called like their figures.
_OWN_COLUMNS: Final = ("value", "points", "rank")


@dataclass(frozen=True)
class OfficialResults:
    figures: DataFrame[OfficialFigures]
    issues: pl.DataFrame


def read_official(definition: Definition) -> tuple[OfficialResults, pl.DataFrame]:
    """Return the published results of an assessment, and the issues of files that are unread."""
    assessment, workspace = definition.assessment, definition.workspace
    units = AssessedUnits.of(definition)
    deliveries = list_deliveries(workspace, assessment.id, kinds=["official"]).deliveries
    frames: list[pl.DataFrame] = [OfficialFigures.empty()]
    issues: list[Issue] = []
    file_issues: list[Issue] = []
    file_issues += (
        make("table.unknown", source_file=file.path, table=file.name)
        for file in deliveries
        if not any(_matches(file, table) for table in assessment.official)
    )
    for table in assessment.official:
        matching = [file for file in deliveries if _matches(file, table)]
        if not matching:
            issues.append(make("official.not_found", what=f"{assessment.id}: {table.match}"))
        contents = read_files(
            [workspace.data / file.path for file in matching], root=workspace.data
        )
        for delivery, raw in zip(matching, contents, strict=True):
            content = to_unicode(raw, units.registry, units.unit_set)
            file_issues += [file_issue(finding, delivery) for finding in content.findings]
            if content.sheets is None:
                continue
            sheets, name = content.sheets, Text(delivery.name, delivery.name)
            # Named as the file is: a fault that two tables of one file share is one issue.
            result = single_table(sheets, _columns(table), file=delivery.path, name=name)
            if isinstance(result, Issue):
                file_issues.append(result)
                continue
            file_issues += result.issues()
            file_issues += title_issues(result, table.where, assessment.year)
            rows = _unit_rows(result, units, issues)
            frames.append(_figures(rows, table, assessment.year, issues))
    figures = OfficialFigures.validate(pl.concat(frames))
    if definition.ranks_are_published:
        file_issues += _contradictions(figures, units)
    return OfficialResults(figures, to_frame(issues)), to_frame(file_issues)


def _matches(delivery: Delivery, table: OfficialTable) -> bool:
    return fnmatchcase(Path(delivery.name).stem.casefold(), table.match.casefold())


def _contradictions(figures: pl.DataFrame, units: AssessedUnits) -> Iterator[Issue]:
    """Yield what a published year, which shows one figure, is told in two ways."""
    key = ["unit_id", "scope", "scope_code", "what"]
    differing = figures.filter(pl.col("published").n_unique().over(key) > 1)
    for _, same in differing.group_by(key, maintain_order=True):
        rows = same.unique("published", keep="first", maintain_order=True).to_dicts()
        last, scope = rows[-1], scope_name(rows[0]["scope"], rows[0]["scope_code"])
        yield make(
            "official.repeated",
            unit_id=last["unit_id"],
            unit_name=units.names.get(last["unit_id"]),
            source_file=last["source_file"],
            source_cell=last["source_cell"],
            raw_text=last["raw_text"],
            scope=Text(f"{scope.vi}, {_FIGURES[last['what']][1]}", f"{scope.en}, {last['what']}"),
            values=joined([_figure_and_place(row) for row in rows], "; "),
        )


def _figure_and_place(row: Mapping[str, str]) -> Text:
    file, cell = Path(row["source_file"]).name, row["source_cell"]
    cell_vi = f"dòng {cell.removeprefix(ROW)}" if cell.startswith(ROW) else cell
    return Text(f"{row['raw_text']} ({file} {cell_vi})", f"{row['raw_text']} ({file} {cell})")


def _columns(table: OfficialTable) -> list[Column]:
    figures = list(table.columns) or [*_OWN_COLUMNS, "scope", "scope_code"]
    return [
        Column(UNIT, (table.unit_column,), is_key=True),
        *(Column(f"where:{column}", (column,), is_key=True) for column in table.where),
        *(Column(key, (key,), is_key=key in ("scope", "scope_code")) for key in figures),
    ]


def _unit_rows(table: Table, units: AssessedUnits, issues: list[Issue]) -> list[Row]:
    """Match the names of all rows, before any other filter; adds issues for those of no unit."""
    rows: list[Row] = []
    entries = (row for row in table.rows() if any(map(row.text, table.columns)))
    for row in match_rows(entries, units):
        if isinstance(row, Row):
            rows.append(row)
        elif row.rule_id == "table.row_ignored":
            issues.append(row)
        else:
            place = Place(str(row.source_file), row.source_sheet, row.source_cell)
            unit = Text(f"đơn vị “{row.raw_text}”", f"unit “{row.raw_text}”")
            issues.append(_left_out(place, row.raw_text, unit, "row"))
    return rows


def _left_out(
    place: Place, text: str | None, what: Text, part: str, *, rule: str = "official.not_found"
) -> Issue:
    action = f"{part} left out of the comparison"
    return place.issue(rule, raw_text=text, what=what, action_taken=action)


def _figures(
    rows: Sequence[Row], table: OfficialTable, year: int, issues: list[Issue]
) -> pl.DataFrame:
    """Return the figures of the rows that are meant; adds issues for those that are no numbers."""
    where = {
        f"where:{column}": text.replace("{year}", str(year)) for column, text in table.where.items()
    }
    keys = {key: text_key(text) for key, text in where.items()}
    matches = [row for row in rows if keys == {key: text_key(row.text(key)) for key in keys}]
    if rows and not matches:
        issues.append(_none_matches(rows, where))
    if not table.columns:
        matches = list(_with_scope(matches, issues))
    figures: list[tuple[object, ...]] = []
    for key in list(table.columns) or _OWN_COLUMNS:
        *subject, what = table.columns.get(key, key).split(":")
        entries = [row for row in matches if row.is_filled(key)]
        kind, what_vi = _FIGURES[what]
        cells = ((row.address(key), row.cell(key)) for row in entries)
        proof = column_proof(cells, kind=kind)
        for row in entries:
            scope, code = subject or (row.text("scope"), row.text("scope_code"))
            text, address = _figure_text(row.cell(key)), row.address(key)
            if row.table.sheet.name is None:
                address = f"{ROW}{row.number}"
            reading = read_number(row.cell(key), kind=kind, proof=proof)
            if reading.value is not None:
                figure = (row.unit_id, scope, code, what, to_micro(reading.value), text)
                figures.append((*figure, row.table.file, address))
            else:
                place = Place(row.table.file, source_cell=address, unit_id=row.unit_id)
                name = scope_name(scope, code)
                words = Text(f"{name.vi}, {what_vi}: “{text}”", f"{name.en}, {what}: “{text}”")
                rule = "official.not_found" if reading.status.is_clear else "official.unreadable"
                issues.append(_left_out(place, text, words, "figure", rule=rule))
    return pl.DataFrame(figures, schema=OfficialFigures.schema(), orient="row")


def _none_matches(rows: Sequence[Row], where: Mapping[str, str]) -> Issue:
    """Say that a file has rows, but none of the year or list that is meant."""
    needed = ", ".join(f"{key.removeprefix('where:')} = {text}" for key, text in where.items())
    there = "; ".join(sorted({", ".join(row.text(key) or "–" for key in where) for row in rows}))
    what = Text(f"cần {needed}, trong tệp là {there}", f"needed: {needed}, in the file: {there}")
    return _left_out(rows[0].table.place, None, what, "file")


def _with_scope(rows: Sequence[Row], issues: list[Issue]) -> Iterator[Row]:
    """Yield the rows that name a scope and its code; an issue for each of the others."""
    for row in rows:
        blank = next((key for key in ("scope", "scope_code") if not row.text(key)), None)
        if blank is None:
            yield row
        else:
            what = Text(f"{row.unit_name}: cột “{blank}” để trống", f"{row.unit_name}: no {blank}")
            issues.append(_left_out(row.place(blank), None, what, "row"))


def _figure_text(cell: Cell) -> str:
    """Return a figure as it was written; of a typed number what a spreadsheet shows of it.

    One that looks other than it is is named both ways, and so is no number.
    """
    if (look := look_of_figure(cell, "")) is not None:
        return f"{cell.text} | {look.text or '–'}"
    if cell.cell_type is not CellType.NUMBER:
        return cell.text or cell.formula
    return format(plain(without_float_noise(Decimal(repr(float(cell.text))))), "f")
