"""From deliveries to observations: every figure with its place, every fault as an issue.

This is the whole of the intake room. What the files say becomes one row per unit, variable and
source; which row counts is decided after it, in acceptance.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Final

import polars as pl
from pandera.typing.polars import DataFrame

from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.assessed_units import AssessedUnits, GroupUnits
from dti_pipeline.intake.encodings import to_unicode
from dti_pipeline.intake.files.deliveries import (
    Delivery,
    Kind,
    assessment_folder,
    list_deliveries,
    require_access,
)
from dti_pipeline.intake.files.file_issues import file_issue
from dti_pipeline.intake.files.kept import KeptResults, key_of
from dti_pipeline.intake.files.workers import read_files
from dti_pipeline.intake.forms.form_file import FormTask, read_form_files
from dti_pipeline.intake.forms.layout import META_SHEET
from dti_pipeline.intake.forms.reports import (
    Report,
    ReportFile,
    read_reports,
    units_by_file_name,
)
from dti_pipeline.intake.observation import Observation, observation_of
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.tables.appraisals import read_appraisals
from dti_pipeline.intake.tables.central import CentralCell, read_central_table
from dti_pipeline.intake.tables.corrections import read_corrections
from dti_pipeline.intake.tables.official import OfficialResults
from dti_pipeline.intake.tables.rows import TableFile
from schemas.files.assessment import Assessment
from schemas.files.framework import GENERAL
from schemas.issues.issue import Issue, blocking, gravest_first, make, to_frame
from schemas.stages import (
    Appraisals,
    CentralFigures,
    Corrections,
    Observations,
    OfficialFigures,
    ReportedFigures,
)

MODELS: Final[dict[Kind, type[Observations]]] = {
    "central": CentralFigures,
    "self_report": ReportedFigures,
    "correction": Corrections,
    "appraisal": Appraisals,
}
# Reports whose figures are laid out, and kept, together.
_BLOCK: Final = 200
_INSTEAD_OF_REPORTS: Final = (
    "file.other_kind",
    "file.not_a_workbook",
    "file.no_permission",
    "file.not_a_file",
    "file.unreadable",
)


@dataclass(frozen=True)
class Intake:
    """What the deliveries of an assessment say: observations, issues (gravest first), the files.

    ``gather`` leaves official results to ``read_official``.
    """

    observations: DataFrame[Observations]
    issues: pl.DataFrame
    deliveries: tuple[Delivery, ...]
    official: OfficialResults = field(
        default_factory=lambda: OfficialResults(OfficialFigures.empty(), to_frame([]))
    )


@dataclass(frozen=True)
class Reading:
    """What the deliveries of one kind say: their figures, issues, the files.

    ``reports`` are the self-reports as they came, with documents and notes that figures leave out,
    where somebody asked for them.
    """

    figures: DataFrame[Observations]
    issues: pl.DataFrame
    deliveries: tuple[Delivery, ...]
    reports: tuple[Report, ...] = ()


def read_all(definition: Definition, *, with_reports: bool = False) -> list[Reading]:
    """Read everything that was delivered for an assessment, but official results."""
    readings: list[Reading] = []
    for kind in MODELS:
        reading = read_deliveries(definition, kind, after=readings, with_reports=with_reports)
        readings.append(reading)
    return readings


def gather(definition: Definition, readings: Sequence[Reading]) -> Intake:
    """Put the readings of all kinds together, with the issues of files that are of no kind."""
    units = AssessedUnits.of(definition)
    listing = list_deliveries(definition.workspace, definition.assessment.id)
    instead = [issue for issue in listing.issues if issue.rule_id in _INSTEAD_OF_REPORTS]
    others = [issue for issue in listing.issues if issue.rule_id not in _INSTEAD_OF_REPORTS]
    issues = [to_frame([*_with_units(instead, units), *others]), *(r.issues for r in readings)]
    return Intake(
        Observations.conform(pl.concat([reading.figures for reading in readings])),
        gravest_first(issues),
        tuple(delivery for reading in readings for delivery in reading.deliveries),
    )


def read_deliveries(
    definition: Definition,
    kind: Kind,
    *,
    after: Sequence[Reading] = (),
    with_reports: bool = False,
    kept: KeptResults | None = None,
) -> Reading:
    """Read the deliveries of one kind.

    Nothing is raised for what a sender did: whether a blocking issue stops the assessment is for
    the caller to decide.

    Args:
        after: the readings of the kinds before it, whose figures it corrects or appraises.
        with_reports: also return the self-reports as they came.
        kept: what earlier runs have read; only where nobody changes the files meanwhile.

    Raises:
        PermissionError: if the reports are wanted, and their folder may not be read.
    """
    assessment, units = definition.assessment, AssessedUnits.of(definition)
    if with_reports:
        require_access(definition.workspace, assessment.id)
    files = list_deliveries(definition.workspace, assessment.id, kinds=[kind]).deliveries
    if kind == "self_report":
        return _self_reports(files, definition, units, with_reports=with_reports, kept=kept)

    read = partial(_tables, files, kind, definition, units, after=after, kept=kept)
    if kept is None or kind != "central":  # others depend on what they correct as well
        figures, issues = read()
    else:
        basis = (assessment.model_dump_json(), units.content_hash)
        key = key_of(kind, *basis, *(f"{file.path} {file.sha256}" for file in files))
        figures, issues = kept.laid_out.recall(_frames_of(key), read)
        # What blocks is read again: it may be the fault of the machine, as a worker's timeout is.
        kept.laid_out.drop_others([key] if blocking(issues).is_empty() else [])
    return Reading(MODELS[kind].validate(figures), issues, files)


def _frames_of(key: str) -> list[str]:
    """Return the keys under which figures and issues are kept, laid out already."""
    return [f"{key}.figures", f"{key}.issues"]


def _tables(
    files: Sequence[Delivery],
    kind: Kind,
    definition: Definition,
    units: AssessedUnits,
    *,
    after: Sequence[Reading],
    kept: KeptResults | None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read tables: the figures of all, and the issues."""
    assessment, data_dir = definition.assessment, definition.workspace.data
    digests = {data_dir / file.path: file.sha256 for file in files}
    tables: list[TableFile] = []
    unread: list[Delivery] = []
    issues: list[Issue] = []
    # Without a name, so that what was read goes once it is in the one encoding.
    for file, raw in zip(
        files, read_files(list(digests), root=data_dir, kept=kept, digests=digests), strict=True
    ):
        content = to_unicode(raw, units.registry, units.unit_set)
        issues += [file_issue(finding, file) for finding in content.findings]
        sheets = content.sheets or ()
        if kind == "central" and any(sheet.name == META_SHEET for sheet in sheets):
            issues.append(_misplaced(file, "self_reports"))
            continue
        if kind == "central" and not _is_central(file, units):
            issues.append(make("table.unknown", source_file=file.path, table=file.name))
        if content.sheets is not None:
            tables.append(TableFile(file, sheets))
        else:
            unread.append(file)
    rows: list[Observation] = []
    if kind == "central":
        for group in units.groups:
            group_rows, group_issues = _central(group, tables, unread, units, assessment)
            rows += group_rows
            issues += group_issues
    else:
        observations = pl.concat([Observations.empty(), *(reading.figures for reading in after)])
        if kind == "correction":
            rows, table_issues = read_corrections(
                tables,
                observations=observations,
                units=units,
                default_basis=assessment.delivery_basis,
            )
        else:
            rows, table_issues = read_appraisals(tables, observations=observations, units=units)
        issues += table_issues
    return pl.DataFrame(rows, MODELS[kind].schema(), orient="row"), to_frame(issues)


def _self_reports(
    files: Sequence[Delivery],
    definition: Definition,
    units: AssessedUnits,
    *,
    with_reports: bool,
    kept: KeptResults | None,
) -> Reading:
    """Read forms in workers, and lay them out some at a time: a country's fill a gigabyte."""
    assessment = definition.assessment
    task = FormTask(definition.workspace.data.absolute(), assessment, units.groups)
    forms = dict(read_form_files(files, task, kept=kept))
    findings = {file: form.findings for file, form in forms.items() if form.findings}
    misplaced = {
        file: _misplaced(file, "central")
        for file, form in forms.items()
        if file not in findings and not form.is_form and _is_central(file, units)
    }
    others = findings.keys() | misplaced.keys()
    reports, issues = read_reports(
        {file: form for file, form in forms.items() if file not in others},
        unread=list(findings),
        assessment=assessment,
        units=units,
    )
    faults = [file_issue(one, file) for file, of_file in findings.items() for one in of_file]
    issues += [*_with_units(faults, units), *misplaced.values()]
    frames: list[Sequence[pl.DataFrame]] = [(Observations.empty(), to_frame(issues))]
    whole: list[Report] = []
    keys: list[str] = []
    for start in range(0, len(reports), _BLOCK):
        block = reports[start : start + _BLOCK]
        unpacked: Iterable[Report] = map(ReportFile.report, block)
        if with_reports:
            whole += (unpacked := list(unpacked))
        read = partial(_laid_out, unpacked, assessment)
        if kept is None:
            frames.append(read())
        else:
            keys.append(key_of("reports", *(task.key(file.delivery) for file in block)))
            frames.append(kept.laid_out.recall(_frames_of(keys[-1]), read))
    if kept is not None:
        kept.laid_out.drop_others(keys)
    figures = MODELS["self_report"].validate(pl.concat([figures for figures, _ in frames]))
    return Reading(figures, gravest_first(frame for _, frame in frames), tuple(files), tuple(whole))


def _laid_out(
    reports: Iterable[Report], assessment: Assessment
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows: list[Observation] = []
    issues: list[Issue] = []
    for report in reports:
        rows += report_rows(report, assessment)
        issues += report.reading.issues
    return pl.DataFrame(rows, ReportedFigures.schema(), orient="row"), to_frame(issues)


def _with_units(issues: Sequence[Issue], units: AssessedUnits) -> Iterator[Issue]:
    """Name the unit of a file among the reports that is none, or that could not be opened."""
    files = [issue.source_file or "" for issue in issues]
    owners = units_by_file_name([file for file in files if "/self_reports/" in file], units)
    for issue, file in zip(issues, files, strict=True):
        unit_id = owners.get(file)
        name = units.names.get(unit_id or "")
        yield replace(issue, unit_id=unit_id, unit_name=name) if unit_id else issue


def _matches(delivery: Delivery, pattern: str) -> bool:
    return fnmatchcase(delivery.name.casefold(), pattern.casefold())


def _misplaced(delivery: Delivery, target: str) -> Issue:
    place = delivery.path.split("/")[-2]
    return make("file.misplaced", source_file=delivery.path, place=place, target=target)


def _is_central(delivery: Delivery, units: AssessedUnits) -> bool:
    """Say whether a central table of the assessment has the file's name."""
    tables = [table for group in units.groups for table in group.framework.file.tables]
    return any(_matches(delivery, table.match) for table in tables)


def _central(
    group: GroupUnits,
    files: Sequence[TableFile],
    unread: Sequence[Delivery],
    units: AssessedUnits,
    assessment: Assessment,
) -> tuple[list[Observation], list[Issue]]:
    """Read the tables of one framework and give every variable its figure."""
    variables = [
        (component.code, name, variable)
        for component, name, variable in group.framework.variables
        if variable.is_central
    ]
    cells: dict[tuple[str, str], CentralCell] = {}  # by source and unit
    issues: list[Issue] = []
    for table in group.framework.file.tables:
        source = f"central:{table.id}."
        users = [(v.source, code) for code, _, v in variables if v.source.startswith(source)]
        is_scored = any(code != GENERAL for _, code in users)
        matching = [file for file in files if _matches(file.delivery, table.match)]
        is_unread = any(_matches(delivery, table.match) for delivery in unread)
        if not users or (not matching and (is_unread or not is_scored)):
            continue
        of_table, table_issues = read_central_table(
            table,
            files=matching,
            used=list(dict.fromkeys(column.removeprefix(source) for column, _ in users)),
            group=group,
            units=units,
            year=assessment.year,
            folder=f"{assessment_folder(assessment.id)}/central",
        )
        issues += table_issues
        cells |= {(source + column, unit): cell for (unit, column), cell in of_table.items()}
    source_kind = "published" if assessment.delivery_basis == "published" else "central"
    rows = [
        observation_of(
            (unit_id, code, name),
            variable,
            cell.entry,
            cell.place,
            cell.delivery,
            evidence_state="not_required",
            source_kind=source_kind,
            raw_text=cell.raw_text,
            data_basis=cell.data_basis or assessment.delivery_basis,
        )
        for code, name, variable in variables
        for unit_id in group.units
        if (cell := cells.get((variable.source, unit_id))) is not None
    ]
    return rows, issues


def report_rows(report: Report, assessment: Assessment) -> Iterator[Observation]:
    """Yield what a report says, one row per question of its form."""
    delivery = report.delivery
    for answer in report.reading.entries:
        place = Place(delivery.path, answer.sheet, answer.cell)
        key = (report.unit_id, *answer.question.key)
        yield observation_of(
            key,
            answer.question.variable,
            answer.entry,
            place,
            delivery,
            evidence_state=answer.evidence_state,
            source_kind="self_report",
            raw_text=answer.raw_text,
            data_basis=report.reading.data_basis or assessment.delivery_basis,
            na_reason=answer.na_reason,
            evidence_text=answer.evidence_text,
        )
