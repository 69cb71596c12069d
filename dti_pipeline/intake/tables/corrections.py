"""Read corrections: later deliveries that replace single figures, each with reason and authority.

A correction is a CSV file or a workbook with one row per figure. It never edits an earlier file:
it adds an observation that counts instead, and the replaced one stays with its remark. Files are
applied in the order of their numbers, so a later file corrects an earlier one. Under one number,
in one file or several, there is no earlier and later: two rows for one figure that differ block.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import polars as pl

from dti_pipeline.intake.assessed_units import AssessedUnits
from dti_pipeline.intake.numbers.entry import Entry, read_entry, within_source
from dti_pipeline.intake.numbers.policy import Status
from dti_pipeline.intake.observation import Key, Observation, origin_of
from dti_pipeline.intake.place import Issues
from dti_pipeline.intake.tables.correction_targets import targets_of
from dti_pipeline.intake.tables.decisions import (
    PresentFigures,
    agrees,
    column_names,
    decided,
    decision_words,
    shown_figure,
    with_place,
)
from dti_pipeline.intake.tables.rows import Row, TableFile, basis_of, columns_of, read_rows
from schemas.codes import CENTRAL_KINDS
from schemas.files.framework import Variable
from schemas.issues.issue import Issue
from schemas.text import Text, joined

_GROUNDS: Final = ("reason", "authority", "reference")
_NEEDED: Final = ("unit", "value", *_GROUNDS)
_KEYS: Final = ("unit", "component_code", "variable", "table", "column")
_NAME: Final = Text("đính chính (corrections)", "corrections")


def read_corrections(
    files: Sequence[TableFile],
    *,
    observations: pl.DataFrame,
    units: AssessedUnits,
    default_basis: str,
) -> tuple[list[Observation], list[Issue]]:
    """Return one observation per corrected variable, and issues that also say what each did.

    The files come in their order. ``observations`` is what was delivered before, ``default_basis``
    the basis of rows that carry no mark of their own.
    """
    if not files:
        return [], []
    reader = _CorrectionReader(observations, units, default_basis)
    rows = [row for number, file in enumerate(files, start=1) for row in reader.file(file, number)]
    return rows, reader.issues


class _CorrectionReader:
    def __init__(self, observations: pl.DataFrame, units: AssessedUnits, basis: str) -> None:
        self.units, self.default_basis = units, basis
        self.figures = PresentFigures(observations)
        self.central_files = _central_files(observations)
        # What files of the present number have corrected: new figure (none where it does not
        # apply) and its row.
        self.corrected: dict[Key, tuple[int | None, Row]] = {}
        self.number: int | None = None
        self.issues = Issues()

    def file(self, file: TableFile, number: int) -> Iterator[Observation]:
        """Yield the observations of one file.

        ``number`` is its place in the order, not the number in its name: two may carry one.
        """
        if file.delivery.delivery_no != self.number:
            self.corrected.clear()
        self.number = file.delivery.delivery_no
        columns = columns_of(decision_words("corrections"), needed=_NEEDED, keys=_KEYS)
        for row in read_rows(file, columns, self.units, self.issues, name=_NAME):
            place = row.place("value")
            if lacking := [key for key in _GROUNDS if not row.text(key)]:
                fields = column_names(lacking, "corrections")
                self.issues.add(place, "correction.incomplete", fields=fields)
                continue
            framework = self.units.frameworks[row.unit_id]
            targets = targets_of(row, framework, self.central_files)
            if isinstance(targets, Issue):
                self.issues.append(targets)
                continue
            origin = origin_of(place, file.delivery.sha256) | {
                "source_kind": "correction",
                # A competent authority ordered the figure and names the document.
                "evidence_state": "accepted",
                "delivery_no": number,
                "raw_text": row.cell("value").text or None,
                "data_basis": basis_of(row, self.issues) or self.default_basis,
                "evidence_text": " · ".join(map(row.text, _GROUNDS)),
            }
            for key, target in targets.items():
                variable = within_source(target, framework.file.tables)
                yield from self._correct(row, key, variable, origin)

    def _correct(
        self, row: Row, key: Key, variable: Variable, origin: Mapping[str, Any]
    ) -> Iterator[Observation]:
        """Read the new figure and say what changes; nothing where there is nothing to correct."""
        row = replace(row, component_code=key[1])
        place = row.place("value")
        entry, issues = read_entry(row.cell("value"), variable, place)
        self.issues.extend(issues)
        if entry.value_micro is None and entry.status is not Status.NOT_APPLICABLE:
            return
        name, is_central = variable.name, variable.is_central
        if self._is_repeated(key, entry, row, name):
            return
        figures, side = self.figures[key[0]], (*key[1:], is_central)
        present = figures.get(side)
        # What a central table left out nobody else can deliver; a report is filled in anew.
        open_statuses = ("not_applicable", "blank") if is_central else ("not_applicable",)
        if present is None or (
            present.value_micro is None and present.obs_status not in open_statuses
        ):
            self.issues.add(place, "correction.never_reported", variable=name)
            return
        if self._contradicts(row, variable, present):
            return
        before = shown_figure(present, variable)
        if agrees(entry, present):
            self.issues.add(place, "correction.no_change", variable=name, value=before)
            return
        corrected = decided(present, entry, reason=row.text("reason"), **origin)
        self.issues.add(
            place,
            "correction.applied",
            variable=name,
            before=before,
            after=shown_figure(corrected, variable),
            reason=row.text("reason"),
        )
        figures[side] = corrected
        yield corrected

    def _contradicts(self, row: Row, variable: Variable, present: Observation) -> bool:
        """Say whether the row gives an old figure, and not the present one (a status if none)."""
        if not row.is_filled("value_before"):
            return False
        raw, place = row.cell("value_before"), row.place("value_before")
        entry, issues = read_entry(raw, variable, place)
        if agrees(entry, present):
            return False
        self.issues.extend(issues)
        self.issues.add(
            place,
            "correction.before_differs",
            raw_text=raw.text or raw.formula,
            variable=variable.name,
            stated=raw.text.strip() or raw.formula or "–",
            present=shown_figure(present, variable),
        )
        return True

    def _is_repeated(self, key: Key, entry: Entry, row: Row, name: Text) -> bool:
        """Say whether a row under the same number has corrected the figure already, and how."""
        value, first = self.corrected.setdefault(key, (entry.value_micro, row))
        if first is row:
            return False
        is_one_file = first.table.file == row.table.file
        if value == entry.value_micro:
            rule_id = "variable.repeated_agrees"
        else:
            rule_id = "variable.repeated" if is_one_file else "correction.same_number"
        values = [_value_and_place(each, is_one_file=is_one_file) for each in (first, row)]
        self.issues.add(row.place("value"), rule_id, variable=name, values=joined(values, "; "))
        return True


def _value_and_place(row: Row, *, is_one_file: bool) -> Text:
    value, name = row.cell("value").text, row.table.file.rpartition("/")[2]
    file = "" if is_one_file else f"{name} "
    return with_place(Text(value, value), row.place("value"), file=file)


def _central_files(observations: pl.DataFrame) -> list[str]:
    paths = observations.filter(pl.col("source_kind").is_in(CENTRAL_KINDS))
    return [path.rpartition("/")[2] for path in paths["source_file"].drop_nulls().unique().sort()]
