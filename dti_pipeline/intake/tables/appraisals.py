"""Read appraisals: what the council says about reported figures and their evidence.

An appraisal is a CSV file or a workbook with one row per component, or per variable of it, and a
state: reviewed, accepted, adjusted, rejected. It never edits a report: it adds an observation that
counts instead, with who decided, when and why; the report's own stays and is marked superseded.
Files apply after all corrections, in the order of their numbers; the later row of two holds.

A row may also say, or say alone, why a component lost points: its cause is an observation beside
the component's figures, under the name of variable `CAUSE`, and never scored.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import polars as pl

from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.intake.assessed_units import AssessedUnits
from dti_pipeline.intake.files.cells import Cell, Sheet
from dti_pipeline.intake.numbers.decimals import to_micro
from dti_pipeline.intake.numbers.entry import (
    component_name,
    day_of,
    read_answer,
    read_entry,
    read_figure,
)
from dti_pipeline.intake.numbers.policy import Status
from dti_pipeline.intake.observation import Key, Observation, origin_of
from dti_pipeline.intake.place import Issues, Place
from dti_pipeline.intake.tables.component_codes import component_of
from dti_pipeline.intake.tables.decisions import (
    PresentFigures,
    agrees,
    column_names,
    decided,
    decision_words,
    shown_figure,
    with_place,
)
from dti_pipeline.intake.tables.rows import (
    Column,
    Row,
    TableFile,
    basis_of,
    columns_of,
    find_table,
    read_rows,
)
from dti_pipeline.intake.text_keys import label_key, visible
from schemas.causes import CAUSE, CAUSES
from schemas.files.framework import Variable
from schemas.issues.issue import Issue
from schemas.text import Text, joined

PLAN_SHEET: Final = "Kế hoạch"
"""The sheet of a plan, beside the causes in its workbook."""

_NEEDED: Final = ("unit", "component_code", "state", "by", "date", "reason")
_KEYS: Final = ("unit", "component_code", "variable", "state", "date")
_LISTED: Final = ("reported", "points_lost")
DECISION: Final = ("state", "value", "by", "date", "reason", "cause", "cause_note")
_NAME: Final = Text("kết quả thẩm định (appraisals)", "appraisals")

_CAUSE_OF: Final = {
    label_key(word): code for code, cause in CAUSES.items() for word in (code, cause.name.vi)
}
# States that take something from a unit and therefore need a reason.
_NEED_REASON: Final = ("adjusted", "rejected")


def read_appraisals(
    files: Sequence[TableFile], *, observations: pl.DataFrame, units: AssessedUnits
) -> tuple[list[Observation], list[Issue]]:
    """Return one observation per appraised variable and file, and the issues.

    A row without a variable is about all reported variables of its component.
    """
    if not files:
        return [], []
    reader = _AppraisalReader(observations, units)
    appraised: list[Observation] = []
    # The place in the order, not the number in the name: two files may carry one number.
    for number, file in enumerate(files, start=1):
        last = reader.last_decisions(file)
        appraised += (row._replace(delivery_no=number) for row in last.values())
    return appraised, [*reader.issues, *filter(None, reader.rejections.values())]


class _AppraisalReader:
    def __init__(self, observations: pl.DataFrame, units: AssessedUnits) -> None:
        self.figures, self.units = PresentFigures(observations), units
        # What counted of a figure before any appraisal.
        self.reported: dict[Key, Observation] = {}
        self.issues = Issues()
        self.sha256 = ""  # of the present file
        # What the last decision on a figure says of its component where it rejects evidence.
        self.rejections: dict[Key, Issue | None] = {}

    def last_decisions(self, file: TableFile) -> dict[Key, Observation]:
        """Return what a file decides on each figure; a warning where two rows differ."""
        last: dict[Key, Observation] = {}
        for row in self.file(file):
            first = last.get(row[:3])
            if first is not None and row.variable != CAUSE and _decision(first) != _decision(row):
                self.issues.append(self._decided_twice(first, row))
            last[row[:3]] = row
        return last

    def _decided_twice(self, first: Observation, last: Observation) -> Issue:
        unit_id, code, name = last[:3]
        variable = self.units.frameworks[unit_id].by_code[code].component.variables[name]
        cell = (last.source_file, last.source_sheet, last.source_cell)
        place = Place(*cell, unit_id, code, self.units.names[unit_id])
        return place.issue(
            "appraisal.decided_twice",
            raw_text=last.raw_text,
            variable=variable.name,
            decisions=joined([_decision_words(row, variable) for row in (first, last)], "; "),
        )

    def file(self, file: TableFile) -> Iterator[Observation]:
        n_undecided = 0
        headings = decision_words("appraisals") | decision_words("explained")
        columns = columns_of(headings, needed=_NEEDED, keys=_KEYS)
        sheets = [sheet for sheet in file.sheets if not _is_plan(sheet, columns)] or file.sheets
        self.sha256 = file.delivery.sha256
        file = file._replace(sheets=sheets)
        for row in read_rows(file, columns, self.units, self.issues, name=_NAME):
            if any(map(row.has, _LISTED)) and not any(map(row.is_filled, DECISION)):
                # A row of the workbook for appraisers, or of a plan, that nobody has come to yet.
                n_undecided += row.has("reported")
                continue
            basis, has_cause = basis_of(row, self.issues), bool(row.text("cause"))
            component = component_of(row, self.units.frameworks[row.unit_id])
            if has_cause:
                yield from self._cause(row, component, basis)
            if has_cause and not row.text("state"):
                if component is not None and row.is_filled("value"):
                    yield from self._row(row, "", component, basis)
            elif (state := self._state(row)) is not None:
                yield from self._row(row, state, component, basis)
        if n_undecided:
            place = Place(file.delivery.path)
            self.issues.add(place, "appraisal.undecided", count=n_undecided)

    def _cause(
        self, row: Row, component: ScoredComponent | None, basis: str | None
    ) -> Iterator[Observation]:
        """Yield why a component lost points, as who said it; an issue where that is not known."""
        place, text = row.place("cause"), row.text("cause")
        cause = _CAUSE_OF.get(label_key(text))
        if cause is None:
            allowed = _listed({code: cause.name.vi for code, cause in CAUSES.items()})
            self.issues.add(
                place, "appraisal.cause_unknown", raw_text=text, cause=text, allowed=allowed
            )
        elif component is None or not component.is_scored:
            target = f"{row.unit_name} {row.text('component_code')}"
            self.issues.add(place, "appraisal.target_unknown", target=target)
        elif not row.text("by"):
            fields = column_names(["by"], "appraisals")
            self.issues.add(place, "appraisal.incomplete", fields=fields)
        else:
            grounds = (row.text("cause_note"), row.text("by"), row.text("date"))
            yield Observation(
                *(row.unit_id, component.code, CAUSE),
                value_micro=None,
                option=cause,
                obs_status="text",
                evidence_state="not_required",
                source_kind="appraisal",
                delivery_no=0,  # its place in the order follows
                raw_text=text,
                reading=None,
                unit_of_measure="chữ",
                data_basis=basis or "delivered",
                evidence_text=" · ".join(filter(None, grounds)),
                **origin_of(place, self.sha256),
            )

    def _state(self, row: Row) -> str | None:
        """Return the state a row gives; an issue and None where it cannot be used."""
        place, text = row.place("state"), row.text("state")
        states = decision_words("states")
        state = next((s for s in states if label_key(text) in map(label_key, states[s])), None)
        if state is None:
            allowed = _listed({name: words[1] for name, words in states.items()})
            self.issues.add(
                place, "appraisal.state_unknown", raw_text=text, state=text, allowed=allowed
            )
        elif lacking := _lacking(row, state):
            fields = column_names(lacking, "appraisals")
            self.issues.add(place, "appraisal.incomplete", fields=fields)
            return None
        elif day_of(day := row.text("date")) is None:
            place = row.place("date")
            self.issues.add(place, "appraisal.date_unreadable", raw_text=day, raw=day)
            return None
        return state

    def _row(
        self, row: Row, state: str, component: ScoredComponent | None, basis: str | None
    ) -> Iterator[Observation]:
        """Yield what a row decides; without a state it may state nothing but what counts."""
        where = "state" if state else "value"
        targets = self._targets(row, component) if component else []
        if not component or not targets:
            names = (row.unit_name, row.text("component_code"), row.text("variable"))
            target = " ".join(filter(None, names))
            self.issues.add(row.place(where), "appraisal.target_unknown", target=target)
            return
        row = replace(row, component_code=component.code)
        place = row.place(where)
        grounds = (row.text("reason"), row.text("by"), row.text("date"))
        origin = origin_of(place, self.sha256) | {
            "source_kind": "appraisal",
            "evidence_state": state,
            "evidence_text": " · ".join(filter(None, grounds)),
        }
        rejection = None
        if state == "rejected":
            rejection = place.issue(
                "evidence.rejected",
                component=component_name(component.component),
                reason=row.text("reason"),
                action_taken="figures not counted",
            )
        for present, variable in targets:
            if state:
                self._compare_with_listed(row, present, variable)
            origin["data_basis"] = basis or present.data_basis
            if state == "adjusted":
                appraised = self._adjusted(row, present, variable, origin)
            else:
                keeps = self._keeps(row, state, present, variable)
                appraised = decided(present, **origin) if keeps and state else None
            if appraised is not None:
                self.reported.setdefault(present[:3], present)
                self.rejections[present[:3]] = rejection
                self.figures[appraised.unit_id][(*appraised[1:3], False)] = appraised
                yield appraised

    def _keeps(self, row: Row, state: str, present: Observation, variable: Variable) -> bool:
        """Say whether a row that adjusts nothing recognises nothing but what counts anyway.

        That is the present figure; where evidence is rejected, none.
        """
        if not row.is_filled("value"):
            return True
        raw, place = row.cell("value"), row.place("value")
        entry, _ = read_entry(raw, variable, place)
        keeps = entry.value_micro == 0 if state == "rejected" else agrees(entry, present)
        if not keeps:
            text = raw.text.strip() or raw.formula or "–"
            self.issues.add(
                place,
                "appraisal.value_without_adjustment",
                raw_text=text,
                raw=text,
                variable=variable.name,
                present=shown_figure(present, variable),
            )
        return keeps

    def _compare_with_listed(self, row: Row, present: Observation, variable: Variable) -> None:
        """Say that the sheet lists another figure as reported than the one decided on.

        The workbook for appraisers lists what counted before any appraisal.
        """
        text = row.text("reported")
        if not text or not row.text("variable"):
            return
        raw = row.cell("reported")._replace(look=None)
        figures = (present, self.reported.get(present[:3], present))
        # In millionths; the text of one that could not be read.
        listed = {
            visible(each.raw_text or "") if each.value_micro is None else each.value_micro
            for each in figures
        }
        if not listed.intersection({text, *_micros(raw, variable)}):
            self.issues.add(
                row.place("reported"),
                "appraisal.reported_differs",
                raw_text=text,
                variable=variable.name,
                listed=text,
                present=shown_figure(present, variable),
            )

    def _targets(self, row: Row, component: ScoredComponent) -> list[tuple[Observation, Variable]]:
        figures = self.figures[row.unit_id]
        return [
            (present, variable)
            for key, variable in component.component.variables.items()
            if variable.source == "self_report"
            and row.text("variable") in ("", key)
            and (present := figures.get((component.code, key, False))) is not None
            and present.obs_status != "blank"
        ]

    def _adjusted(
        self, row: Row, present: Observation, variable: Variable, origin: Mapping[str, Any]
    ) -> Observation | None:
        """Read the figure the council recognises; None where it says nothing that could count."""
        raw, place = row.cell("value"), row.place("value")
        entry, issues = read_entry(raw, variable, place)
        self.issues.extend(issues)
        if entry.value_micro is None and entry.status is not Status.NOT_APPLICABLE:
            return None
        reason, text = row.text("reason"), raw.text or None
        appraised = decided(present, entry, reason=reason, raw_text=text, **origin)
        self.issues.add(
            place,
            "appraisal.adjusted",
            raw_text=text,
            variable=variable.name,
            before=shown_figure(present, variable),
            after=shown_figure(appraised, variable),
            reason=reason,
        )
        return appraised


def _is_plan(sheet: Sheet, columns: Sequence[Column]) -> bool:
    """Tell the plan beside its causes from a table of appraisals that goes by its name."""
    if sheet.name != PLAN_SHEET:
        return False
    table = find_table(sheet, columns)
    return table is None or not table.is_whole


def _decision(row: Observation) -> tuple[object, ...]:
    return row.evidence_state, row.obs_status, row.value_micro, row.option


def _decision_words(row: Observation, variable: Variable) -> Text:
    """Say what a row decides, and where it is."""
    state = Text(decision_words("states")[row.evidence_state][1], row.evidence_state)
    return with_place(joined([state, shown_figure(row, variable)], " "), row)


def _micros(raw: Cell, variable: Variable) -> set[int]:
    """Return the figures or the answer that a cell can stand for, in millionths."""
    if variable.is_answer:
        answer = read_answer(raw, variable).value_micro
        return set() if answer is None else {answer}
    reading = read_figure(raw, variable)
    figures = {to_micro(candidate.value) for candidate in reading.possible}
    return figures | ({0} if reading.status is Status.NONE_DECLARED else set())


def _listed(codes: Mapping[str, str]) -> Text:
    return Text(", ".join(f"{word} ({code})" for code, word in codes.items()), ", ".join(codes))


def _lacking(row: Row, state: str) -> list[str]:
    lacking = [name for name in ("component_code", "by", "date") if not row.text(name)]
    if state in _NEED_REASON and not row.text("reason"):
        lacking.append("reason")
    if state == "adjusted":
        lacking += [name for name in ("variable", "value") if not row.is_filled(name)]
    return lacking
