"""A plan that is followed: the workbook of `dti plan` read back, and where it leads by quarters.

Nothing is guessed about a task beyond its own pace: what is in progress goes on as it has gone so
far, what has not begun stays, what is done is done. The figures that follow are scored with
everybody else as they are, by the real rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any, Final

from dti_pipeline.analysis.improvement.plan_workbook import COLUMNS, META_SHEET
from dti_pipeline.analysis.improvement.rescoring import Accounts, Place
from dti_pipeline.exact import MICRO, round_statistic
from dti_pipeline.intake.files.cells import Sheet
from dti_pipeline.intake.numbers.entry import day_of
from dti_pipeline.intake.numbers.policy import Bounds, read_number
from dti_pipeline.intake.tables.rows import Column, Row
from dti_pipeline.intake.tables.user_file import UserFileError, read_user_file, user_table
from dti_pipeline.intake.text_keys import label_key
from schemas.text import joined
from schemas.words import words_of

STATUSES: Final = words_of("plan_statuses")
_HEADINGS: Final = {name: (heading,) for name, (heading, _) in COLUMNS.items()}
_COLUMNS: Final = (
    Column("component_code", _HEADINGS["component_code"], is_key=True),
    Column("status", _HEADINGS["status"]),
    Column("progress", _HEADINGS["progress"]),
    Column("lead", _HEADINGS["lead"], is_needed=False),
    Column("deadline", _HEADINGS["deadline"], is_needed=False),
)
_STATUS_OF: Final = {
    label_key(word): code for code, text in STATUSES.items() for word in (code, *text)
}
_NEEDED: Final = ("assessment_id", "unit_id", "scope_code", "release_id", "start")


@dataclass(frozen=True)
class Step:
    """A figure to change, in millionths; ``before`` is None where there was none."""

    place: Place
    before: int | None
    after: int
    is_whole: bool
    is_answer: bool

    def at(self, share: Fraction) -> int | None:
        """Return the figure when this share of the way is gone; None where it is as before."""
        if share >= 1:
            return self.after
        if self.before is None or self.is_answer or not share:
            return None
        figure = self.before + (self.after - self.before) * share
        unit = MICRO if self.is_whole else 1
        # What is half done is not done: whole numbers are reached, never rounded up to.
        is_up = self.after > self.before
        return (floor(figure / unit) if is_up else ceil(figure / unit)) * unit


@dataclass(frozen=True)
class Task:
    """One component of the plan and how far it is."""

    component_code: str
    status: str
    progress: Fraction
    lead: str
    deadline: date
    steps: tuple[Step, ...]

    def expected(self, day: date, start: date) -> Fraction:
        """Return the share that an even pace has done on a day to be whole at the deadline."""
        whole = (self.deadline - start).days
        if whole <= 0:
            return Fraction(1)
        return min(max(Fraction((day - start).days, whole), Fraction(0)), Fraction(1))

    def forecast(self, day: date, *, start: date, today: date) -> Fraction:
        """Return the share that the pace so far has done on a later day."""
        so_far = (today - start).days
        if self.status != "in_progress" or so_far <= 0:
            return self.progress
        return min(self.progress * Fraction((day - start).days, so_far), Fraction(1))

    def is_behind(self, today: date, start: date) -> bool:
        return self.progress < self.expected(today, start)


@dataclass(frozen=True)
class Progress:
    """A plan's workbook: of whom and from which release, its aim, its tasks."""

    meta: Mapping[str, str]
    start: date
    tasks: tuple[Task, ...]


def read_progress(path: Path) -> Progress:
    """Read a workbook of `dti plan` in which status and progress were entered.

    Raises:
        UserFileError: if it is none, or a row makes no sense.
    """
    sheets = read_user_file(path)
    table = user_table(sheets, _COLUMNS, path=path, is_strict=False)
    meta_sheet = next((sheet for sheet in sheets if sheet.name == META_SHEET), None)
    rows = meta_sheet.rows.values() if meta_sheet else ()
    meta = {row[1].text: row[2].text for row in rows if 1 in row and 2 in row}
    start = day_of(meta.get("start", ""))
    if meta_sheet is None or start is None or any(not meta.get(key) for key in _NEEDED):
        raise UserFileError("progress.no_plan", path=path, sheet=META_SHEET)
    steps = _steps(meta_sheet)
    tasks = [_task(path, row, steps) for row in table.rows() if row.text("component_code") in steps]
    lacking = sorted(set(steps) - {task.component_code for task in tasks})
    if lacking:
        raise UserFileError("progress.rows_missing", path=path, codes=lacking)
    return Progress(meta, start, tuple(tasks))


def _steps(sheet: Sheet) -> dict[str, list[Step]]:
    """Read the figures to change: code, variable, before, after, kind in columns D to H."""
    steps: dict[str, list[Step]] = {}
    for row in sheet.rows.values():
        texts = [row[column].text if column in row else "" for column in range(4, 9)]
        code, variable, before, after, kind = texts
        if code and after:
            steps.setdefault(code, []).append(
                Step(
                    (code, variable),
                    int(Decimal(before)) if before else None,
                    int(Decimal(after)),
                    is_whole=kind == "count",
                    is_answer=kind in ("yes_no", "choice"),
                )
            )
    return steps


def _task(path: Path, row: Row, steps: Mapping[str, Sequence[Step]]) -> Task:
    text = row.text("status")
    status = _STATUS_OF.get(label_key(text)) if text else None
    progress = _share(path, row)
    if text and status is None:
        statuses = joined(STATUSES.values(), ", ")
        raise UserFileError(
            "progress.unknown_status", path=path, row=row.number, text=text, known=statuses
        )
    if status is None:
        share = progress or Fraction(0)
        status = "done" if share == 1 else "in_progress" if share else "not_started"
    if progress is None:
        progress = Fraction(1 if status == "done" else 0)
    fits = {"done": progress == 1, "not_started": progress == 0, "in_progress": progress < 1}
    if not fits[status]:
        row_number, words, percent = row.number, STATUSES[status], f"{float(progress * 100):g}"
        raise UserFileError(
            "progress.contradiction", path=path, row=row_number, status=words, percent=percent
        )
    text = row.text("deadline")
    deadline = day_of(text)
    if deadline is None:
        raise UserFileError("progress.no_deadline", path=path, row=row.number, text=text)
    code = row.text("component_code")
    return Task(code, status, progress, row.text("lead"), deadline, tuple(steps[code]))


def _share(path: Path, row: Row) -> Fraction | None:
    raw = row.cell("progress")
    if not row.is_filled("progress"):
        return None
    bounds = Bounds(Decimal(0), Decimal(100))
    value = read_number(raw, kind="percent", bounds=bounds, unit="%").value
    if value is None:
        raise UserFileError("progress.no_share", path=path, row=row.number, text=raw.text)
    return Fraction(value) / 100


def report(progress: Progress, accounts: Accounts, *, today: date) -> dict[str, Any]:
    """Say how far a plan is: its tasks and who is behind, forecasts by quarters, what is left.

    Values are fractions of one; ``needed_value`` and ``left_value`` are None where the plan has no
    value to reach.
    """
    unit_id, needed = progress.meta["unit_id"], progress.meta.get("needed_units")
    scale = 10**accounts.decimals
    components = accounts.framework_of(unit_id).by_code
    tasks = [
        {
            "component_code": task.component_code,
            "name_vi": components[task.component_code].component.name_vi,
            "name_en": components[task.component_code].component.name_en,
            "lead": task.lead or None,
            "deadline": task.deadline,
            "status": task.status,
            "progress": float(task.progress),
            "expected": round_statistic(float(task.expected(today, progress.start))),
            "is_behind": task.is_behind(today, progress.start),
        }
        for task in progress.tasks
    ]
    last = max((task.deadline for task in progress.tasks), default=today)
    quarters = []
    for day in [today, *(end for end in quarter_ends(today, last) if end > today)]:
        going, planned = _standings(progress, accounts, day=day, today=today)
        quarters.append(
            {
                "day": day,
                "value": going["value_units"] / scale,
                "rank": going["rank"],
                "value_planned": planned["value_units"] / scale,
                "rank_planned": planned["rank"],
            }
        )
    return {
        "needed_value": int(needed) / scale if needed else None,
        "left_value": max(int(needed) - going["value_units"], 0) / scale if needed else None,
        "n_behind": sum(task["is_behind"] for task in tasks),
        "n_done": sum(task["status"] == "done" for task in tasks),
        "tasks": tasks,
        "quarters": quarters,
    }


def _standings(
    progress: Progress, accounts: Accounts, *, day: date, today: date
) -> Iterator[dict[str, Any]]:
    """Yield the unit's standing on a day: by the pace so far, by an even pace to each deadline."""
    start, tasks = progress.start, progress.tasks
    for shares in (
        [task.forecast(day, start=start, today=today) for task in tasks],
        [task.expected(day, start) for task in tasks],
    ):
        changes = {
            step.place: figure
            for task, share in zip(tasks, shares, strict=True)
            for step in task.steps
            if (figure := step.at(share)) is not None
        }
        unit_id, scope = progress.meta["unit_id"], progress.meta["scope_code"]
        yield accounts.with_figures(unit_id, changes).row(unit_id, scope)


def quarter_ends(first: date, last: date) -> Iterator[date]:
    """Yield the last day of every quarter from the one of ``first`` to the one of ``last``."""
    day = first
    while True:
        month = (day.month + 2) // 3 * 3
        after = date(day.year + month // 12, month % 12 + 1, 1)
        yield after - timedelta(days=1)
        if after > last:
            return
        day = after
