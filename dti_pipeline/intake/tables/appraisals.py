"""Read appraisals: what the council says about reported figures and their evidence.

An appraisal is a CSV file or a workbook with one row per component, or per variable of it, and a
state: reviewed, accepted, adjusted, rejected. It never edits a report: it adds an observation that
counts instead, with who decided, when and why; the report's own stays and is marked superseded.
Files apply after all corrections, in the order of their numbers; the later row of two holds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from dti_pipeline.index.units.registry import UnitRegistry
from dti_pipeline.intake.forms.layout import bounds_of, label_key
from dti_pipeline.intake.forms.reports import GroupUnits
from dti_pipeline.intake.numbers.policy import RawCell
from dti_pipeline.intake.numbers.variable_reading import (
    Entry,
    Place,
    answer_issues,
    day_of,
    entry_of,
    figure_issues,
    figure_name,
    read_answer,
    read_figure,
)
from dti_pipeline.intake.tables.central import BASIS_COLUMN, TableFile
from dti_pipeline.intake.tables.corrections import figure_shown, named_columns
from dti_pipeline.intake.tables.headers import EMPTY_CELL
from dti_pipeline.intake.tables.row_tables import Row, rows_of
from schemas.files.framework import Variable
from schemas.issues.issue import Issue
from schemas.text import Text

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "unit": ("unit", "đơn vị", "unit_id", "unit_name"),
    "component_code": ("component_code", "component", "mã chỉ số", "chỉ số thành phần"),
    "variable": ("variable", "biến số", "mã biến"),
    "state": ("state", "kết quả thẩm định", "trạng thái", "kết quả"),
    "value": ("value", "giá trị công nhận", "giá trị", "số công nhận"),
    "by": ("by", "người thẩm định", "thẩm định bởi"),
    "date": ("date", "ngày", "ngày thẩm định"),
    "reason": ("reason", "lý do"),
    BASIS_COLUMN: (BASIS_COLUMN,),
}
NEEDED: Final = ("unit", "component_code", "state", "by", "date", "reason")

STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "reviewed": ("reviewed", "đã xem xét", "đã kiểm tra"),
    "accepted": ("accepted", "chấp nhận", "công nhận"),
    "adjusted": ("adjusted", "điều chỉnh"),
    "rejected": ("rejected", "bác", "không công nhận", "không chấp nhận"),
}
"""States an appraisal may give, with the words it may use for them."""

_STATE_OF: Final = {label_key(word): state for state, words in STATES.items() for word in words}
# States that take something from a unit and therefore need a reason.
_NEED_REASON: Final = ("adjusted", "rejected")
_STAGE: Final = {"self_report": 0, "correction": 1}

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Target:
    """One reported figure that a row speaks of: what counts at present, and its description."""

    present: Mapping[str, Any]
    variable: Variable


def read_appraisals(
    files: Sequence[TableFile],
    *,
    observations: pl.DataFrame,
    groups: Sequence[GroupUnits],
    unit_set: str,
    registry: UnitRegistry,
) -> tuple[list[dict[str, Any]], list[Issue]]:
    """Read all appraisals of an assessment.

    Args:
        files: the delivered files in their order, with their sheets.
        observations: reports and corrections, columns of ``OBSERVATION_SCHEMA``.
        groups: frameworks with their units.
        unit_set: the set in which names are matched.
        registry: the unit registry.

    Returns:
        One observation per appraised variable and file, and the issues. A row without a variable
        speaks of all reported variables of its component.
    """
    if not files:
        return [], []
    reader = _AppraisalReader(
        present=_present(observations), groups=groups, unit_set=unit_set, registry=registry
    )
    found: list[dict[str, Any]] = []
    for number, file in enumerate(files, start=1):
        # The place in the order, not the number in the name: two files may carry one number.
        of_file = {
            (row["unit_id"], row["component_code"], row["variable"]): row | {"delivery_no": number}
            for row in reader.file(file)
        }
        found.extend(of_file.values())
    return found, reader.issues


def _present(observations: pl.DataFrame) -> dict[Key, dict[str, Any]]:
    """Return what counts of each reported figure before any appraisal: the latest of it."""
    latest = (
        observations.filter(pl.col("source_kind").is_in(list(_STAGE)))
        .with_columns(stage=pl.col("source_kind").replace_strict(_STAGE, return_dtype=pl.Int64))
        .sort("stage", "delivery_no", maintain_order=True)
        .drop("stage")
    )
    return {
        (row["unit_id"], row["component_code"], row["variable"]): row
        for row in latest.iter_rows(named=True)
    }


class _AppraisalReader:
    """Reads appraisals one after the other; collects the issues."""

    def __init__(
        self,
        *,
        present: dict[Key, dict[str, Any]],
        groups: Sequence[GroupUnits],
        unit_set: str,
        registry: UnitRegistry,
    ) -> None:
        self.present, self.groups = present, groups
        self.unit_set, self.registry = unit_set, registry
        self.issues: list[Issue] = []

    def file(self, file: TableFile) -> Iterator[dict[str, Any]]:
        """Yield the observations of one file."""
        what = Text("kết quả thẩm định (appraisals)", "appraisals")
        for row in rows_of(file, headings=HEADINGS, needed=NEEDED, what=what):
            if isinstance(row, Issue):
                self.issues.append(row)
            else:
                yield from self._row(row, file)

    def _row(self, row: Row, file: TableFile) -> Iterator[dict[str, Any]]:
        texts, place = row.texts, row.places["state"]
        state = _STATE_OF.get(label_key(texts["state"]))
        if state is None:
            allowed = Text(
                ", ".join(f"{words[1]} ({name})" for name, words in STATES.items()),
                ", ".join(STATES),
            )
            self.issues.append(
                place.issue(
                    "appraisal.state_unknown",
                    raw_text=texts["state"],
                    state=texts["state"],
                    allowed=allowed,
                )
            )
            return
        if lacking := _lacking(texts, state):
            fields = named_columns(lacking, HEADINGS)
            self.issues.append(place.issue("appraisal.incomplete", fields=fields))
            return
        targets = self._targets(texts, place)
        for target in targets:
            present = target.present
            at = place._replace(
                unit_id=present["unit_id"],
                component_code=present["component_code"],
                unit_name=self._name(present["unit_id"]),
            )
            raw = row.cells.get("value", EMPTY_CELL).raw
            changed = self._adjusted(raw, target, texts, at) if state == "adjusted" else {}
            if changed is None:
                continue
            appraised = dict(present) | {
                "evidence_state": state,
                "source_kind": "appraisal",
                "source_file": file.delivery.path,
                "source_sheet": at.source_sheet,
                "source_cell": at.source_cell,
                "source_sha256": file.delivery.sha256,
                "data_basis": texts.get(BASIS_COLUMN) or present["data_basis"],
                "evidence_text": " · ".join(
                    filter(None, (texts["reason"], texts["by"], texts["date"]))
                ),
                **changed,
            }
            self.present[_key(present)] = appraised
            yield appraised
        if targets and state == "rejected":
            self._say_rejected(targets[0], texts, place)

    def _targets(self, texts: Mapping[str, str], place: Place) -> list[_Target]:
        """Return the reported figures a row means; an issue and nothing where there are none."""
        matched = self.registry.match(pl.Series([texts["unit"]]), unit_set=self.unit_set)
        unit_id = matched["unit_id"][0]
        group = next((group for group in self.groups if unit_id in group.units), None)
        if group is None:
            near = matched["candidates"][0] or "–"
            self.issues.append(
                place.issue(
                    "unit.unknown", raw_text=texts["unit"], name=texts["unit"], candidates=near
                )
            )
            return []
        code, wanted = texts["component_code"], texts.get("variable", "")
        bound = group.framework.by_code.get(code)
        variables = bound.component.variables if bound else {}
        found = [
            _Target(present, variable)
            for name, variable in variables.items()
            if variable.source == "self_report"
            and (not wanted or name == wanted)
            and (present := self.present.get((unit_id, code, name))) is not None
            and present["obs_status"] != "blank"
        ]
        if not found:
            target = " ".join(filter(None, (group.units[unit_id], code, wanted)))
            at = place._replace(unit_id=unit_id, unit_name=group.units[unit_id])
            self.issues.append(at.issue("appraisal.target_unknown", target=target))
        return found

    def _adjusted(
        self, raw: RawCell, target: _Target, texts: Mapping[str, str], at: Place
    ) -> dict[str, Any] | None:
        """Read the figure the council recognises; None where it says nothing that could count."""
        entry, found = _read(raw, target.variable, at)
        self.issues.extend(found)
        if entry.value_micro is None:
            return None
        variable = target.variable
        self.issues.append(
            at.issue(
                "appraisal.adjusted",
                raw_text=raw.text or None,
                variable=figure_name(variable),
                before=figure_shown(target.present["value_micro"], variable),
                after=figure_shown(entry.value_micro, variable),
                reason=texts["reason"],
            )
        )
        return {
            "value_micro": entry.value_micro,
            "option": entry.option,
            "obs_status": entry.status.value,
            "raw_text": raw.text or None,
            "reading": entry.reading,
            "na_reason": None,
        }

    def _say_rejected(self, target: _Target, texts: Mapping[str, str], place: Place) -> None:
        present = target.present
        unit_id, code = present["unit_id"], present["component_code"]
        group = next(group for group in self.groups if unit_id in group.units)
        component = group.framework.by_code[code].component
        at = place._replace(unit_id=unit_id, component_code=code, unit_name=group.units[unit_id])
        self.issues.append(
            at.issue(
                "evidence.rejected",
                component=Text(f"{code} {component.name_vi}", f"{code} {component.name_en}"),
                reason=texts["reason"],
                action_taken="figures not counted",
            )
        )

    def _name(self, unit_id: str) -> str:
        return next(group.units[unit_id] for group in self.groups if unit_id in group.units)


def _key(row: Mapping[str, Any]) -> Key:
    return (row["unit_id"], row["component_code"], row["variable"])


def _lacking(texts: Mapping[str, str], state: str) -> list[str]:
    """Name what a row must say and does not; a date that cannot be read is not said."""
    lacking = [name for name in ("component_code", "by") if not texts[name]]
    if day_of(texts["date"]) is None:
        lacking.append("date")
    if state in _NEED_REASON and not texts["reason"]:
        lacking.append("reason")
    if state == "adjusted":
        lacking += [name for name in ("variable", "value") if not texts.get(name)]
    return lacking


def _read(raw: RawCell, variable: Variable, at: Place) -> tuple[Entry, list[Issue]]:
    if variable.kind in ("yes_no", "choice"):
        entry = read_answer(raw, variable)
        return entry, list(answer_issues(raw, entry, variable, at))
    reading = read_figure(raw, variable, bounds=bounds_of(variable))
    return entry_of(reading), list(figure_issues(raw, reading, variable, at))
