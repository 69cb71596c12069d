"""From deliveries to observations: every figure with its place, every fault as an issue.

This is the whole of the intake room. What the files say becomes one row per unit, variable and
source; which row counts is decided after it, in acceptance.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import polars as pl

from dti_pipeline.csv_rows import Finding
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.units.registry import UnitRegistry
from dti_pipeline.intake.files.cells import Sheet
from dti_pipeline.intake.files.deliveries import Delivery, assessment_folder, list_deliveries
from dti_pipeline.intake.files.file_issues import file_issue
from dti_pipeline.intake.files.workers import read_files
from dti_pipeline.intake.forms.reports import Report, owners_by_name, read_reports
from dti_pipeline.intake.group_units import GroupUnits
from dti_pipeline.intake.tables.appraisals import read_appraisals
from dti_pipeline.intake.tables.central import CentralCell, read_central_table
from dti_pipeline.intake.tables.corrections import read_corrections
from dti_pipeline.intake.tables.official import PUBLISHED, OfficialResults
from dti_pipeline.intake.tables.rows import TableFile
from schemas.files.assessment import Assessment
from schemas.files.framework import Variable
from schemas.issues.issue import Issue, make, to_frame

OBSERVATION_SCHEMA: Final[dict[str, pl.DataType]] = {
    "unit_id": pl.String(),
    "component_code": pl.String(),
    "variable": pl.String(),
    "value_micro": pl.Int64(),
    "option": pl.String(),
    "obs_status": pl.String(),
    "evidence_state": pl.String(),
    "source_kind": pl.String(),
    "source_file": pl.String(),
    "source_sheet": pl.String(),
    "source_cell": pl.String(),
    "source_sha256": pl.String(),
    "delivery_no": pl.Int32(),
    "raw_text": pl.String(),
    "reading": pl.String(),
    "unit_of_measure": pl.String(),
    "data_basis": pl.String(),
    "na_reason": pl.String(),
    "evidence_text": pl.String(),
}
"""Columns of the observations: unit × component × variable × source."""

_KEY: Final = ["unit_id", "component_code", "variable", "source_kind", "delivery_no"]

# What to call the unit of a variable that has none of its own.
_NATURAL_UNITS: Final[Mapping[str, str]] = {
    "yes_no": "có/không",
    "choice": "lựa chọn",
    "percent": "%",
    "ratio": "tỷ lệ",
    "score": "điểm",
}


@dataclass(frozen=True)
class Intake:
    """What the deliveries of one assessment say.

    Attributes:
        observations: columns of ``OBSERVATION_SCHEMA``, sorted by unit, component and variable.
        issues: everything odd, gravest first; columns of ``schemas.issues.issue.Issue``.
        deliveries: the files that were found, in their order.
        official: official results to compare with; ``observe`` leaves them to ``read_official``.
    """

    observations: pl.DataFrame
    issues: pl.DataFrame
    deliveries: tuple[Delivery, ...]
    official: OfficialResults = field(
        default_factory=lambda: OfficialResults(pl.DataFrame(schema=PUBLISHED), to_frame([]))
    )


def observe(
    *,
    assessment: Assessment,
    frameworks: Mapping[str | None, BoundFramework],
    registry: UnitRegistry,
    data_dir: Path,
) -> Intake:
    """Read everything that was delivered for an assessment.

    Args:
        assessment: what is assessed.
        frameworks: group code → framework; the key None where one framework scores all units.
        registry: the unit registry.
        data_dir: the data folder; deliveries lie in ``raw/<assessment>`` inside it.

    Returns:
        Observations and issues. Nothing is raised for what a sender did: whether a blocking issue
        stops the assessment is for the caller to decide.
    """
    listing = list_deliveries(data_dir, assessment.id)
    groups = _groups(assessment, frameworks, registry)
    deliveries = [one for one in listing.deliveries if one.kind != "official"]
    sheets, findings = _read(deliveries, data_dir)
    files = {
        kind: [TableFile(one, sheets[one]) for one in listing.of_kind(kind) if one in sheets]
        for kind in ("central", "correction", "appraisal")
    }
    owners = owners_by_name(
        [delivery for delivery in findings if delivery.kind == "self_report"],
        groups=groups,
        registry=registry,
        unit_set=assessment.unit_set,
    )
    file_issues = (
        file_issue(finding, delivery, owner=owners.get(delivery))
        for delivery in findings
        for finding in findings[delivery]
    )
    issues = [*listing.issues, *filter(None, file_issues)]
    issues += _unused_tables(listing.of_kind("central"), groups)
    rows: list[tuple[Any, ...]] = []
    unread = [one for one in listing.of_kind("central") if one not in sheets]
    for group in groups:
        rows_of_group, issues_of_group = _central(
            group, files["central"], unread, assessment=assessment, registry=registry
        )
        rows += rows_of_group
        issues += issues_of_group
    reports, report_issues = read_reports(
        {one: sheets[one] for one in listing.of_kind("self_report") if one in sheets},
        unread=[one for one in listing.of_kind("self_report") if one not in sheets],
        groups=groups,
        assessment=assessment,
        registry=registry,
    )
    issues += report_issues
    rows += [row for report in reports for row in _report_rows(report, assessment)]
    observations = pl.DataFrame(rows, schema=OBSERVATION_SCHEMA, orient="row")
    corrections, correction_issues = read_corrections(
        files["correction"],
        observations=observations,
        groups=groups,
        unit_set=assessment.unit_set,
        registry=registry,
        default_basis=assessment.delivery_basis,
    )
    issues += correction_issues
    observations = pl.concat([observations, pl.DataFrame(corrections, schema=OBSERVATION_SCHEMA)])
    appraisals, appraisal_issues = read_appraisals(
        files["appraisal"],
        observations=observations,
        groups=groups,
        unit_set=assessment.unit_set,
        registry=registry,
    )
    issues += appraisal_issues
    observations = pl.concat([observations, pl.DataFrame(appraisals, schema=OBSERVATION_SCHEMA)])
    return Intake(observations.sort(_KEY), to_frame(issues), listing.deliveries)


def _read(
    deliveries: Sequence[Delivery], data_dir: Path
) -> tuple[dict[Delivery, tuple[Sheet, ...]], dict[Delivery, tuple[Finding, ...]]]:
    """Return the sheets of the files that could be read, and the findings about files."""
    contents = read_files([data_dir / one.path for one in deliveries], root=data_dir)
    pairs = list(zip(deliveries, contents, strict=True))
    return (
        {one: content.workbook.sheets for one, content in pairs if content.workbook is not None},
        {one: content.findings for one, content in pairs if content.findings},
    )


def _groups(
    assessment: Assessment,
    frameworks: Mapping[str | None, BoundFramework],
    registry: UnitRegistry,
) -> list[GroupUnits]:
    """Say which framework scores which units."""
    units = registry.of_set(assessment.unit_set)
    if assessment.framework is not None:
        names = dict(units.select("unit_id", "name_vi").iter_rows())
        return [GroupUnits(framework=frameworks[None], units=names)]
    return [
        GroupUnits(
            framework=frameworks[group.code],
            units=dict(
                units.filter(pl.col("group_code") == group.code)
                .select("unit_id", "name_vi")
                .iter_rows()
            ),
        )
        for group in assessment.groups
    ]


def _matches(delivery: Delivery, pattern: str) -> bool:
    return fnmatchcase(delivery.name.casefold(), pattern.casefold())


def _unused_tables(files: Sequence[Delivery], groups: Sequence[GroupUnits]) -> Iterator[Issue]:
    patterns = {table.match for group in groups for table in group.framework.file.tables}
    for delivery in files:
        if not any(_matches(delivery, pattern) for pattern in patterns):
            yield make("table.unknown", source_file=delivery.path, table=delivery.name)


def _central_variables(framework: BoundFramework) -> Iterator[tuple[str, str, str, str, Variable]]:
    """Yield component, variable, table and column of every central figure."""
    for component in framework.components:
        for name, variable in component.component.variables.items():
            if variable.source.startswith("central:"):
                table, _, column = variable.source.removeprefix("central:").partition(".")
                yield component.code, name, table, column, variable


def _central(
    group: GroupUnits,
    files: Sequence[TableFile],
    unread: Sequence[Delivery],
    *,
    assessment: Assessment,
    registry: UnitRegistry,
) -> tuple[list[tuple[Any, ...]], list[Issue]]:
    """Read the tables of one framework and give every variable its figure."""
    variables = list(_central_variables(group.framework))
    cells: dict[tuple[str, str, str], CentralCell] = {}
    issues: list[Issue] = []
    for table in group.framework.file.tables:
        used = tuple(dict.fromkeys(column for _, _, one, column, _ in variables if one == table.id))
        matching = [file for file in files if _matches(file.delivery, table.match)]
        if not used or (not matching and any(_matches(one, table.match) for one in unread)):
            continue
        reading = read_central_table(
            table,
            files=matching,
            used=used,
            year=assessment.year,
            units=group.units,
            unit_set=assessment.unit_set,
            registry=registry,
            folder=f"{assessment_folder(assessment.id)}/central",
        )
        issues += reading.issues
        cells |= {(table.id, unit, column): cell for (unit, column), cell in reading.cells.items()}
    source_kind = "published" if assessment.delivery_basis == "published" else "central"
    rows = [
        (
            *(unit_id, code, name, cell.entry.value_micro, None, cell.entry.status.value),
            *("not_required", source_kind, cell.delivery.path, cell.sheet, cell.cell),
            *(cell.delivery.sha256, cell.delivery.delivery_no, cell.raw_text, cell.entry.reading),
            *(_unit_of(variable), cell.data_basis or assessment.delivery_basis, None, None),
        )
        for code, name, table_id, column, variable in variables
        for unit_id in group.units
        if (cell := cells.get((table_id, unit_id, column))) is not None
    ]
    return rows, issues


def _report_rows(report: Report, assessment: Assessment) -> Iterator[tuple[Any, ...]]:
    delivery, basis = report.delivery, report.reading.data_basis or assessment.delivery_basis
    for one in report.reading.entries:
        entry, variable = one.entry, one.question.variable
        yield (
            *(report.unit_id, *one.question.key, entry.value_micro, entry.option),
            *(entry.status.value, one.evidence_state, "self_report", delivery.path, one.sheet),
            *(one.cell, delivery.sha256, delivery.delivery_no, one.raw_text, entry.reading),
            *(_unit_of(variable), basis, one.na_reason, one.evidence_text),
        )


def _unit_of(variable: Variable) -> str:
    return variable.unit or _NATURAL_UNITS.get(variable.kind, "số")
