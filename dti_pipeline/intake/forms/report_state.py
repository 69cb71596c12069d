"""Where every unit stands with its report: late, incomplete, asked how often."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

import polars as pl

from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.assessed_units import AssessedUnits
from dti_pipeline.intake.forms.asked_units import asked_units
from dti_pipeline.intake.forms.reader import FormReading
from dti_pipeline.intake.forms.reports import Report
from dti_pipeline.intake.numbers.entry import component_name, day_of
from dti_pipeline.intake.tables.rows import UNIT, Column, match_rows
from dti_pipeline.intake.tables.user_file import UserFileError, read_user_table, refusal
from schemas.codes import READ_STATUSES
from schemas.issues.issue import Issue
from schemas.text import Text

Receipt = Literal["missing", "unusable", "delivered"]
State = Receipt | Literal["incomplete", "late"]

_COLUMNS: Final = (
    Column(UNIT, ("unit", "đơn vị", "unit_id"), is_needed=True, is_key=True),
    Column("office", ("office", "bộ phận", "đầu mối"), is_needed=False),
    Column("mail", ("mail", "thư điện tử", "email"), is_needed=False),
    Column("asked_on", ("asked_on", "đã nhắc ngày"), is_needed=False),
)


@dataclass(frozen=True)
class Contact:
    """Whom to ask of a unit, and on which days that was done."""

    office: str = ""
    mail: str = ""
    asked_on: tuple[date, ...] = ()


@dataclass(frozen=True)
class ReportState:
    unit_id: str
    unit_name: str
    state: State  # late: whole, but after the deadline
    delivered_on: date | None  # the day the report says
    days_late: int  # of the report or, where there is none, of today
    missing: tuple[Text, ...]  # names of figures that are blank or cannot be read
    without_evidence: tuple[Text, ...]  # components
    contact: Contact


def receipts(
    definition: Definition, issues: pl.DataFrame, *, delivered: Iterable[str]
) -> dict[str, Receipt]:
    """Return unit that is asked for a report → whether one came that can be used.

    ``delivered`` are units of whose reports figures were read, whatever is wrong with some.
    """
    in_reports = pl.col("source_file").str.contains("/self_reports/")
    refused = issues.filter(in_reports, severity="blocking")["unit_id"]
    asked = asked_units(definition).values()
    result: dict[str, Receipt] = {unit["unit_id"]: "missing" for unit in asked}
    result.update((unit_id, "unusable") for unit_id in refused if unit_id in result)
    result.update((unit_id, "delivered") for unit_id in delivered if unit_id in result)
    return result


def report_states(
    definition: Definition,
    reports: Sequence[Report],
    *,
    receipt_of: Mapping[str, Receipt],
    contacts: Mapping[str, Contact],
    today: date,
) -> list[ReportState]:
    """Return the units that owe a report, in the order of the unit set."""
    readings = {report.unit_id: report.reading for report in reports}
    declared = {absence.unit_id for absence in definition.assessment.without_report}
    deadline = definition.assessment.deadline
    states = []
    for unit in asked_units(definition).values():
        unit_id = unit["unit_id"]
        if unit_id in declared:
            continue
        reading = readings.get(unit_id)
        missing = tuple(_missing(reading)) if reading else ()
        without = reading.without_evidence() if reading else []
        day = reading.delivered_on if reading else today
        days_late = max((day - deadline).days, 0) if day and deadline else 0
        state: State = receipt_of[unit_id]
        if state == "delivered":
            state = "incomplete" if missing or without else "late" if days_late else "delivered"
        states.append(
            ReportState(
                unit_id,
                unit["name_vi"],
                state,
                reading.delivered_on if reading else None,
                days_late,
                missing,
                tuple(component_name(scored.component) for scored in without),
                contacts.get(unit_id, Contact()),
            )
        )
    return states


def _missing(reading: FormReading) -> Iterator[Text]:
    """Yield what is missing of the figures that count; general information does not."""
    for answer in reading.entries:
        component, variable = answer.question.component, answer.question.variable
        if component.is_scored and answer.entry.status.value not in READ_STATUSES:
            code = component.printed_code
            yield Text(f"{code} {variable.vi}", f"{code} {variable.en}")


def read_contacts(path: Path, definition: Definition) -> dict[str, Contact]:
    """Read a contacts file: unit, office, mail, asked_on (days, separated by ``;``).

    Raises:
        UserFileError: if the file cannot be read, or a row makes no sense.
    """
    table = read_user_table(path, _COLUMNS)
    rows = [row for row in table.rows() if row.text(UNIT)]
    contacts: dict[str, Contact] = {}
    for row in match_rows(rows, AssessedUnits.of(definition)):
        if isinstance(row, Issue):
            if row.severity == "info":  # a total or a heading, as in any table of units
                continue
            raise refusal(path, row)
        if row.unit_id in contacts:
            raise UserFileError(
                "contacts.unit_twice", path=path, row=row.number, unit=row.unit_name
            )
        texts = [text for text in row.text("asked_on").split(";") if text.strip()]
        days = [day_of(text) for text in texts]
        if None in days:
            text = texts[days.index(None)].strip()
            raise UserFileError("contacts.no_day", path=path, row=row.number, text=text)
        reminders = tuple(sorted(day for day in days if day is not None))
        contacts[row.unit_id] = Contact(row.text("office"), row.text("mail"), reminders)
    return contacts
