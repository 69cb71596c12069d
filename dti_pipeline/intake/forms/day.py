"""The day a form was delivered: where the sender or the receiving desk wrote it, and if it is late.

The sender fills the cell above the table; the desk may enter ``delivered_on`` on the hidden sheet,
and its entry holds. Nobody's word is the file's own date: copying a file changes that.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from dti_pipeline.intake.files.cells import Cell
from dti_pipeline.intake.forms.layout import DELIVERED_ON, META_SHEET
from dti_pipeline.intake.numbers.entry import day_of
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.tables.rows import Table
from dti_pipeline.intake.text_keys import label_key
from schemas.issues.issue import Issue

META_KEY: Final = "delivered_on"
"""Key of the receiving desk's entry on the hidden sheet."""

_LABELS: Final = tuple(label_key(label) for label in DELIVERED_ON)


def delivery_day(
    meta: Mapping[str, str],
    table: Table | None,
    *,
    deadline: date | None,
    place: Place,
) -> tuple[date | None, list[Issue]]:
    """Return the day of delivery, None where nobody wrote one, and what must be said about it.

    Args:
        meta: the hidden sheet.
        table: the form's table; None where there is none.
        deadline: of the assessment.
        place: file and unit, for issues.
    """
    text, at = meta.get(META_KEY, ""), place._replace(source_sheet=META_SHEET)
    if not text and table is not None:
        cell = _entered(table)
        if cell is not None:
            text = cell.text.strip()
            at = place._replace(source_sheet=table.sheet.name, source_cell=cell.place)
    if not text:
        return None, []
    day = day_of(text)
    if day is None:
        return None, [at.issue("report.day_unreadable", raw_text=text, raw=text)]
    return day, [late(day, deadline, text, at)] if deadline and day > deadline else []


def late(day: date, deadline: date, text: str, place: Place) -> Issue:
    """Say that something carries a date after the deadline; the council decides about it."""
    return place.issue(
        "late.after_deadline",
        raw_text=text,
        delivered=f"{day:%d/%m/%Y}",
        deadline=f"{deadline:%d/%m/%Y}",
    )


def _entered(table: Table) -> Cell | None:
    """Find the first filled cell to the right of the label, above the table."""
    rows = table.sheet.rows
    for row in sorted(row for row in rows if row < table.header_row):
        cells = rows[row]
        for column, cell in sorted(cells.items()):
            if label_key(cell.text).startswith(_LABELS):
                right = (cells[at] for at in sorted(cells) if at > column)
                return next((one for one in right if one.text.strip()), None)
    return None
