"""``dti status``: who has delivered, what is missing, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import print_json, print_table, say, tell, whole
from dti_pipeline.reports.words import reason, words_of
from dti_pipeline.whole_file import write_whole
from dti_pipeline.workspace import Workspace
from schemas.text import Text
from schemas.words import body_of

if TYPE_CHECKING:
    from dti_pipeline.index.definition import Definition
    from dti_pipeline.intake.forms.report_state import ReportState


def show_status(
    assessment: options.Assessment,
    contacts: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    letters: Annotated[Path | None, typer.Option(metavar="DIR")] = None,
    day: Annotated[str | None, typer.Option("--on", metavar="DATE")] = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    import polars as pl

    from dti_pipeline.index.definition import define
    from dti_pipeline.intake.forms.report_state import read_contacts, receipts, report_states
    from dti_pipeline.intake.observe import read_all
    from dti_pipeline.pipeline import accept, together
    from dti_pipeline.results.dimensions import supply_rows

    definition = define(assessment, workspace=Workspace(data=data.resolve()))
    readings = read_all(definition.source, with_reports=True)
    intake = together(definition, readings)
    delivered = (
        intake.observations.filter(source_kind="self_report")
        .group_by("unit_id")
        .agg(figures=pl.len(), file=pl.col("source_file").first())
    )
    receipt_of = receipts(definition, intake.issues, delivered=delivered["unit_id"])
    report = pl.col("unit_id").replace_strict(
        receipt_of, default="not asked", return_dtype=pl.String
    )
    rows = (
        definition.units.select("unit_id", "unit_name")
        .join(delivered, on="unit_id", how="left", maintain_order="left")
        .with_columns(report=report)
    )
    missing = rows.filter(report="missing")
    waiting = waiting_state(definition)
    supplies = supply_rows(definition)
    today = options.day_or_today(day)
    file = contacts or definition.workspace.data / "config" / "contacts" / f"{assessment}.csv"
    states: list[ReportState] = []
    if receipt_of:
        reports = [report for reading in readings for report in reading.reports]
        asked_of = read_contacts(file, definition) if contacts or file.is_file() else {}
        states = report_states(
            definition, reports, receipt_of=receipt_of, contacts=asked_of, today=today
        )
    if as_json:
        by_unit = {report.unit_id: _row(report) for report in states}
        print_json(
            [row | by_unit.get(row["unit_id"], {}) for row in rows.to_dicts()],
            assessment_id=assessment,
            waits=waiting.changes,
            missing=missing.height,
            supplies=supplies,
        )
        return 0
    by_kind = pl.Series("kind", [d.kind for d in intake.deliveries]).value_counts(sort=True)
    print_table("files", by_kind.iter_rows(named=True))
    if receipt_of:
        names = missing["unit_name"].to_list() or Text("không có", "none")
        count = f"{rows.filter(report='delivered').height}/{len(receipt_of)}"
        tell("status.reports", count=count, names=names)
    overdue = [report for report in states if report.state != "delivered"]
    if letters is not None:
        _write_reminders(definition, overdue, letters, today=today)
    if overdue:
        # What a unit that has sent nothing lacks is everything, not 0 figures.
        nothing = dict.fromkeys(("figures_missing", "without_evidence"))
        print_table(
            "reports_behind",
            (
                _row(one) | (nothing if one.state in ("missing", "unusable") else {})
                for one in overdue
            ),
        )
    if supplies:
        print_table("supplies", supplies)
    issues = pl.concat([intake.issues, accept(definition, intake.observations).issues])
    counts = dict(issues.group_by("severity").len().iter_rows())
    counted = ", ".join(
        f"{spoken(name)} {whole(counts[severity])}"
        for severity, name in words_of("severities").items()
        if severity in counts
    )
    say(Text(f"Lỗi và lưu ý: {counted or '0'}", f"Issues: {counted or '0'}"))
    say(waiting.text)
    return 0


def _write_reminders(
    definition: Definition, behind: Sequence[ReportState], folder: Path, *, today: date
) -> None:
    from dti_pipeline.cli.annex import paper_of
    from dti_pipeline.intake.forms.asked_units import asked_units, form_name
    from dti_pipeline.reports.figures import VIETNAM
    from dti_pipeline.reports.papers.reminder import Reminder, mail_text, write_reminder

    units = {unit["unit_id"]: (place, unit) for place, unit in asked_units(definition).items()}
    assessment = definition.assessment
    # Who is late has delivered everything; what is wrong with a file, `dti check --html` tells.
    reminded = [report for report in behind if report.state not in ("late", "unusable")]
    for report in reminded:
        place, unit = units[report.unit_id]
        reminder = Reminder(
            body_of(unit),
            report.contact.mail,
            assessment.title_vi,
            assessment.deadline,
            today,
            is_missing=report.state == "missing",
            figures=[text.vi for text in report.missing],
            evidence=[text.vi for text in report.without_evidence],
            asked_on=report.contact.asked_on,
        )
        paper = paper_of(definition.workspace.data / "config", warning="")
        write_reminder(paper, reminder)
        path = folder / form_name(place, unit).replace(".xlsx", ".docx")
        moment = datetime.combine(today, time(12), VIETNAM)
        paper.save(path, title=f"Đôn đốc báo cáo {assessment.title_vi}", moment=moment)
        mail = mail_text(reminder, paper.office.name)
        write_whole(path.with_suffix(".txt"), mail.encode())
    tell("status.reminders", folder=folder, count=len(reminded))


def _row(report: ReportState) -> dict[str, Any]:
    days = report.contact.asked_on
    return {
        "unit_name": report.unit_name,
        "state": report.state,
        "delivered_on": report.delivered_on,
        "days_late": report.days_late,
        "figures_missing": len(report.missing),
        "without_evidence": len(report.without_evidence),
        "times_asked": len(days),
        "asked_on": days[-1] if days else None,
        "office": report.contact.office or None,
        "mail": report.contact.mail or None,
    }


class Waiting(NamedTuple):
    """How far an assessment is.

    Attributes:
        changes: what waits to be computed; empty where nothing does.
        text: a line that says how far it is.
        unreleased: the revision that is computed and in no release; empty where there is none.
    """

    changes: str
    text: Text
    unreleased: str = ""


def waiting_state(definition: Definition) -> Waiting:
    from dti_pipeline.release.publish import WithdrawnInputsError, input_state

    try:
        state = input_state(definition, definition.workspace)
    except WithdrawnInputsError as error:
        text = error.text
        return Waiting(str(error), Text(f"Đã thu hồi: {text.vi}", f"Withdrawn: {text.en}"))
    if state.revision is None:
        changes = reason(state.changes)
        line = Text(f"Chờ tính: {changes.vi}", f"Waits to be computed: {changes.en}")
        return Waiting(state.changes, line)
    name = state.revision.revision_id
    if state.is_current:
        return Waiting("", Text(f"Đã phát hành: {name}", f"Released: {name}"))
    line = Text(f"Đã tính, chờ phát hành: {name}", f"Computed, waits to be released: {name}")
    return Waiting("", line, name)
