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
from dti_pipeline.intake.group_units import GroupUnits
from dti_pipeline.intake.numbers.entry import day_of, figure_name, read_entry
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.tables.corrections import figure_shown, named_columns
from dti_pipeline.intake.tables.rows import BASIS_COLUMN, Row, TableFile, columns_of, read_rows
from dti_pipeline.intake.text_keys import label_key
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
        name = Text("kết quả thẩm định (appraisals)", "appraisals")
        for row in read_rows(file, columns_of(HEADINGS, NEEDED), name=name):
            if isinstance(row, Issue):
                self.issues.append(row)
            else:
                yield from self._row(row, file)

    def _row(self, row: Row, file: TableFile) -> Iterator[dict[str, Any]]:
        place, text = row.place("state"), row.text("state")
        state = _STATE_OF.get(label_key(text))
        if state is None:
            allowed = Text(
                ", ".join(f"{words[1]} ({name})" for name, words in STATES.items()),
                ", ".join(STATES),
            )
            self.issues.append(
                place.issue("appraisal.state_unknown", raw_text=text, state=text, allowed=allowed)
            )
            return
        if lacking := _lacking(row, state):
            fields = named_columns(lacking, HEADINGS)
            self.issues.append(place.issue("appraisal.incomplete", fields=fields))
            return
        targets = self._targets(row, place)
        for target in targets:
            present = target.present
            at = place._replace(
                unit_id=present["unit_id"],
                component_code=present["component_code"],
                unit_name=self._name(present["unit_id"]),
            )
            changed = self._adjusted(row, target, at) if state == "adjusted" else {}
            if changed is None:
                continue
            appraised = dict(present) | {
                "evidence_state": state,
                "source_kind": "appraisal",
                "source_file": file.delivery.path,
                "source_sheet": at.source_sheet,
                "source_cell": at.source_cell,
                "source_sha256": file.delivery.sha256,
                "data_basis": row.text(BASIS_COLUMN) or present["data_basis"],
                "evidence_text": " · ".join(
                    filter(None, (row.text("reason"), row.text("by"), row.text("date")))
                ),
                **changed,
            }
            self.present[_key(present)] = appraised
            yield appraised
        if targets and state == "rejected":
            self._reject(targets[0], row.text("reason"), place)

    def _targets(self, row: Row, place: Place) -> list[_Target]:
        """Return the reported figures a row means; an issue and nothing where there are none."""
        name = row.text("unit")
        matched = self.registry.match(pl.Series([name]), unit_set=self.unit_set)
        unit_id = matched["unit_id"][0]
        group = next((group for group in self.groups if unit_id in group.units), None)
        if group is None:
            near = matched["candidates"][0] or "–"
            self.issues.append(
                place.issue("unit.unknown", raw_text=name, name=name, candidates=near)
            )
            return []
        code, variable_name = row.text("component_code"), row.text("variable")
        bound = group.framework.by_code.get(code)
        variables = bound.component.variables if bound else {}
        targets = [
            _Target(present, variable)
            for key, variable in variables.items()
            if variable.source == "self_report"
            and (not variable_name or key == variable_name)
            and (present := self.present.get((unit_id, code, key))) is not None
            and present["obs_status"] != "blank"
        ]
        if not targets:
            target = " ".join(filter(None, (group.units[unit_id], code, variable_name)))
            at = place._replace(unit_id=unit_id, unit_name=group.units[unit_id])
            self.issues.append(at.issue("appraisal.target_unknown", target=target))
        return targets

    def _adjusted(self, row: Row, target: _Target, at: Place) -> dict[str, Any] | None:
        """Read the figure the council recognises; None where it says nothing that could count."""
        raw, variable = row.cell("value").raw, target.variable
        entry, issues = read_entry(raw, variable, at)
        self.issues.extend(issues)
        if entry.value_micro is None:
            return None
        self.issues.append(
            at.issue(
                "appraisal.adjusted",
                raw_text=raw.text or None,
                variable=figure_name(variable),
                before=figure_shown(target.present["value_micro"], variable),
                after=figure_shown(entry.value_micro, variable),
                reason=row.text("reason"),
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

    def _reject(self, target: _Target, reason: str, place: Place) -> None:
        present = target.present
        unit_id, code = present["unit_id"], present["component_code"]
        group = next(group for group in self.groups if unit_id in group.units)
        component = group.framework.by_code[code].component
        at = place._replace(unit_id=unit_id, component_code=code, unit_name=group.units[unit_id])
        self.issues.append(
            at.issue(
                "evidence.rejected",
                component=Text(f"{code} {component.name_vi}", f"{code} {component.name_en}"),
                reason=reason,
                action_taken="figures not counted",
            )
        )

    def _name(self, unit_id: str) -> str:
        return next(group.units[unit_id] for group in self.groups if unit_id in group.units)


def _key(row: Mapping[str, Any]) -> Key:
    return (row["unit_id"], row["component_code"], row["variable"])


def _lacking(row: Row, state: str) -> list[str]:
    """Name what a row must say and does not; a date that cannot be read is not said."""
    lacking = [name for name in ("component_code", "by") if not row.text(name)]
    if day_of(row.text("date")) is None:
        lacking.append("date")
    if state in _NEED_REASON and not row.text("reason"):
        lacking.append("reason")
    if state == "adjusted":
        lacking += [name for name in ("variable", "value") if not row.text(name)]
    return lacking
