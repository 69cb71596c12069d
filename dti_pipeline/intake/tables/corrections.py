"""Read corrections: later deliveries that replace single figures, each with reason and authority.

A correction is a CSV file or a workbook with one row per figure. It never edits an earlier file:
it adds an observation that counts instead, and the replaced one stays with its remark. Files are
applied in the order of their numbers, so a later file corrects an earlier one. Under one number,
in one file or several, there is no earlier and later: two rows for one figure that differ block.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from dti_pipeline.intake.assessed_units import AssessedUnits
from dti_pipeline.intake.numbers.entry import Entry, read_entry, within_source
from dti_pipeline.intake.numbers.policy import Status
from dti_pipeline.intake.observation import Key, Observation, unit_of_measure
from dti_pipeline.intake.place import Issues, Place
from dti_pipeline.intake.tables.correction_targets import targets_of
from dti_pipeline.intake.tables.decisions import column_names, decision_words, shown_figure
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
    """Read all corrections of an assessment, from the files in their order.

    ``observations`` is what was delivered before, ``default_basis`` the basis of rows that carry
    no mark of their own.

    Returns:
        One observation per corrected variable, and the issues, among them one line per correction
        that says what it did.
    """
    if not files:
        return [], []
    reader = _CorrectionReader(observations, units, default_basis)
    rows = [row for number, file in enumerate(files, start=1) for row in reader.file(file, number)]
    return rows, reader.issues


class _CorrectionReader:
    def __init__(self, observations: pl.DataFrame, units: AssessedUnits, basis: str) -> None:
        self.units, self.default_basis = units, basis
        # Figure and status that count at the moment.
        self.present = _present_figures(observations, units)
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
        for row in read_rows(file, columns, self.units, name=_NAME):
            if isinstance(row, Issue):
                self.issues.append(row)
                continue
            place = row.place("value")
            if lacking := [key for key in _GROUNDS if not row.text(key)]:
                fields = column_names(lacking, "corrections")
                self.issues.add(place, "correction.incomplete", fields=fields)
                continue
            framework = self.units.frameworks[str(row.unit_id)]
            targets = targets_of(row, framework, self.central_files)
            if isinstance(targets, Issue):
                self.issues.append(targets)
                continue
            basis = basis_of(row, self.issues) or self.default_basis
            for key, variable in targets.items():
                entry = self._correct(row, key, within_source(variable, framework.file.tables))
                if entry is None:
                    continue
                yield Observation(
                    *key,
                    value_micro=entry.value_micro,
                    option=entry.option,
                    obs_status=entry.status.value,
                    # A competent authority ordered the figure and names the document.
                    evidence_state="accepted",
                    source_kind="correction",
                    source_file=file.delivery.path,
                    source_sheet=place.source_sheet,
                    source_cell=place.source_cell,
                    source_sha256=file.delivery.sha256,
                    delivery_no=number,
                    raw_text=row.cell("value").text or None,
                    reading=entry.reading,
                    unit_of_measure=unit_of_measure(variable),
                    data_basis=basis,
                    na_reason=row.text("reason") if entry.status is Status.NOT_APPLICABLE else None,
                    evidence_text=" · ".join(map(row.text, _GROUNDS)),
                )

    def _correct(self, row: Row, key: Key, variable: Variable) -> Entry | None:
        """Read the new figure and say what changes; None where there is nothing to correct."""
        place = row.place("value")._replace(component_code=key[1])
        entry, issues = read_entry(row.cell("value").raw, variable, place)
        self.issues.extend(issues)
        if entry.value_micro is None and entry.status is not Status.NOT_APPLICABLE:
            return None
        name = variable.name
        after = shown_figure(entry.value_micro, variable, status=entry.status.value)
        if self._is_repeated(key, entry, row, place, name):
            return None
        before, status = self.present.get(key, (None, "unknown"))
        # What a central table left out nobody else can deliver; a report is filled in anew.
        is_left_out = status == "blank" and variable.source.startswith("central:")
        if before is None and status != "not_applicable" and not is_left_out:
            self.issues.add(place, "correction.never_reported", variable=name)
            return None
        if self._contradicts(row, variable, place, before, status):
            return None
        if before == entry.value_micro and (before is not None or status == entry.status.value):
            self.issues.add(place, "correction.no_change", variable=name, value=after)
            return None
        self.issues.add(
            place,
            "correction.applied",
            variable=name,
            before=shown_figure(before, variable, status=status),
            after=after,
            reason=row.text("reason"),
        )
        self.present[key] = (entry.value_micro, entry.status.value)
        return entry

    def _contradicts(
        self, row: Row, variable: Variable, place: Place, before: int | None, status: str
    ) -> bool:
        """Say whether the row gives an old figure, and not the present one (a status if none)."""
        if not row.is_filled("value_before"):
            return False
        raw = row.cell("value_before").raw
        place = place._replace(source_cell=row.place("value_before").source_cell)
        entry, issues = read_entry(raw, variable, place)
        if entry.value_micro == before and (before is not None or entry.status.value == status):
            return False
        self.issues.extend(issues)
        self.issues.add(
            place,
            "correction.before_differs",
            raw_text=raw.text or raw.formula,
            variable=variable.name,
            stated=raw.text.strip() or raw.formula or "–",
            present=shown_figure(before, variable, status=status),
        )
        return True

    def _is_repeated(self, key: Key, entry: Entry, row: Row, place: Place, name: Text) -> bool:
        """Say whether a row under the same number has corrected the figure already, and how."""
        value, first = self.corrected.setdefault(key, (entry.value_micro, row))
        if first is row:
            return False
        is_one_file = first.table.file == row.table.file
        if value == entry.value_micro:
            rule_id = "variable.repeated_agrees"
        else:
            rule_id = "variable.repeated" if is_one_file else "correction.same_number"
        texts = [_value_and_place(each, is_one_file=is_one_file) for each in (first, row)]
        values = joined(texts, "; ")
        self.issues.add(place, rule_id, variable=name, values=values)
        return True


def _value_and_place(row: Row, *, is_one_file: bool) -> Text:
    """Name a row for a message: its value, and the cell, or the row in a CSV file."""
    value, sheet = row.cell("value").text, row.table.sheet.name
    file = "" if is_one_file else f"{row.table.file.rpartition('/')[2]} "
    if sheet is None:
        return Text(f"{value} ({file}dòng {row.number})", f"{value} ({file}row {row.number})")
    text = f"{value} ({file}{sheet}!{row.address('value')})"
    return Text(text, text)


def _present_figures(
    observations: pl.DataFrame, units: AssessedUnits
) -> dict[Key, tuple[int | None, str]]:
    """Return figure and status from the source that each unit's framework names for a variable."""
    central: dict[str, set[tuple[str, str]]] = {}
    for group in units.groups:
        of_group = {
            (component.code, name)
            for component in group.framework.asked
            for name, variable in component.component.variables.items()
            if variable.source.startswith("central:")
        }
        central |= dict.fromkeys(group.units, of_group)
    rows = observations.select(
        "unit_id", "component_code", "variable", "source_kind", "value_micro", "obs_status"
    )
    return {
        (unit_id, code, name): (value, status)
        for unit_id, code, name, kind, value, status in rows.iter_rows()
        if ((code, name) in central.get(unit_id, ())) == (kind != "self_report")
    }


def _central_files(observations: pl.DataFrame) -> list[str]:
    paths = observations.filter(pl.col("source_kind").is_in(CENTRAL_KINDS))
    return [path.rpartition("/")[2] for path in paths["source_file"].drop_nulls().unique().sort()]
