"""Which form a workbook is, of whom, whether it may be used, and when it was delivered.

The sender writes the day of delivery above the table; the receiving desk may enter ``delivered_on``
on the hidden sheet, and its entry holds. The file's own date is never used: copying changes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.files.cells import EMPTY_CELL, Cell, CellType, Sheet
from dti_pipeline.intake.forms.layout import DELIVERED_ON, FORM_VERSION, META_SHEET
from dti_pipeline.intake.numbers.entry import day_of
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.tables.rows import Table
from dti_pipeline.intake.text_keys import label_key
from schemas.codes import DATA_BASES
from schemas.files.assessment import Assessment
from schemas.issues.issue import Issue
from schemas.messages import message

_META_KEYS: Final = ("form_version", "assessment_id", "framework_id", "framework_hash", "unit_id")
_DAY_LABELS: Final = tuple(map(label_key, DELIVERED_ON))


def read_meta(sheets: Sequence[Sheet]) -> dict[str, str]:
    """Read the hidden sheet; empty where it is missing."""
    sheet = next((sheet for sheet in sheets if sheet.name == META_SHEET), None)
    rows = list(sheet.rows.values()) if sheet else []
    pairs = ([cells.get(column, EMPTY_CELL).text.strip() for column in (1, 2)] for cells in rows)
    return {key: text for key, text in pairs if key}


def meta_issues(
    meta: Mapping[str, str], *, assessment: Assessment, framework: BoundFramework, place: Place
) -> Iterator[Issue]:
    place = place._replace(source_sheet=META_SHEET)
    if missing := [key for key in _META_KEYS if not meta.get(key)]:
        change = message("form_changes.missing_keys", sheet=META_SHEET, keys=missing)
        yield place.issue("report.form_changed", change=change)
        return
    if meta["form_version"] != FORM_VERSION:
        version = meta["form_version"]
        change = message("form_changes.version", version=version, needed=FORM_VERSION)
        yield place.issue("report.form_changed", change=change)
    for key, expected in (("assessment_id", assessment.id), ("framework_id", framework.id)):
        if meta[key] != expected:
            yield place.issue("report.wrong_framework", found=meta[key], expected=expected)
    basis = meta.get("data_basis", "")
    if basis and basis not in DATA_BASES:
        change = message("form_changes.data_basis", basis=basis, allowed=DATA_BASES)
        yield place.issue("report.form_changed", change=change)


def other_hash_issue(
    meta: Mapping[str, str], framework: BoundFramework, place: Place, *, is_grave: bool
) -> Issue:
    """Say that the framework file has changed since; only other questions make it grave."""
    return place._replace(source_sheet=META_SHEET).issue(
        "report.wrong_framework" if is_grave else "report.framework_changed",
        found=f"{framework.id} ({meta['framework_hash'][:12]})",
        expected=f"{framework.id} ({framework.content_hash[:12]})",
    )


def delivery_day(
    meta: Mapping[str, str], table: Table | None, *, assessment: Assessment, place: Place
) -> tuple[date | None, list[Issue]]:
    """Return the day of delivery, None where nobody wrote one, and the issues about it.

    A day before the figures' period is a slip of the pen: it would pass for one in time.
    """
    text, place = meta.get("delivered_on", ""), place._replace(source_sheet=META_SHEET)
    is_unclear = False
    if not text and table is not None and (cell := _sender_day(table)) is not None:
        text = cell.text.strip() or cell.formula
        is_unclear = cell.look is not None or cell.cell_type is CellType.FORMULA
        place = place._replace(source_sheet=table.sheet.name, source_cell=cell.place)
    if not text:
        return None, []
    day = None if is_unclear else day_of(text)
    if day is None or day < assessment.period_start:
        return None, [place.issue("report.day_unreadable", raw_text=text, raw=text)]
    deadline = assessment.deadline
    return day, [late_issue(day, deadline, text, place)] if deadline and day > deadline else []


def late_issue(day: date, deadline: date, text: str, place: Place) -> Issue:
    """Say that something carries a date after the deadline; the council decides about it."""
    return place.issue(
        "late.after_deadline",
        raw_text=text,
        delivered=f"{day:%d/%m/%Y}",
        deadline=f"{deadline:%d/%m/%Y}",
    )


def _sender_day(table: Table) -> Cell | None:
    """Find the first filled cell to the right of the label, above the table."""
    rows = table.sheet.rows
    for row in sorted(row for row in rows if row < table.header_row):
        cells = rows[row]
        for column, cell in sorted(cells.items()):
            if label_key(cell.text).startswith(_DAY_LABELS):
                right = (cells[at] for at in sorted(cells) if at > column)
                return next((one for one in right if one.text.strip() or one.formula), None)
    return None
