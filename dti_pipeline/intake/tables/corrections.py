"""Read corrections: later deliveries that replace single figures, each with reason and authority.

A correction is a CSV file or a workbook with one row per figure. It never edits an earlier file:
it adds an observation that counts instead, and the replaced one stays with its remark. Files are
applied in the order of their numbers, so a later file corrects an earlier one. Inside a file there
is no earlier and later: two rows for one figure that differ block.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from dti_pipeline.exact import figure_text
from dti_pipeline.index.units.registry import UnitRegistry
from dti_pipeline.intake.files.cells import RawCell
from dti_pipeline.intake.group_units import GroupUnits
from dti_pipeline.intake.numbers.entry import Entry, figure_name, read_entry
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.tables.correction_targets import Key, Target, targets_of
from dti_pipeline.intake.tables.rows import BASIS_COLUMN, Row, TableFile, columns_of, read_rows
from schemas.files.framework import Variable
from schemas.issues.issue import Issue
from schemas.text import Text

# Column key → the headings it may have.
HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "unit": ("unit", "đơn vị", "unit_id", "unit_name"),
    "component_code": ("component_code", "component", "mã chỉ số", "chỉ số thành phần"),
    "variable": ("variable", "biến số", "mã biến"),
    "table": ("table", "bảng"),
    "column": ("column", "cột"),
    "value": ("value", "new_value", "giá trị mới", "số mới"),
    "reason": ("reason", "lý do"),
    "authority": ("authority", "cơ quan", "thẩm quyền"),
    "reference": ("reference", "văn bản", "căn cứ"),
    BASIS_COLUMN: (BASIS_COLUMN,),
}
NEEDED: Final = ("unit", "value", "reason", "authority", "reference")


@dataclass
class Present:
    """What counts at the moment, for every unit and variable; corrections change it in order."""

    figures: dict[Key, tuple[int | None, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, observations: pl.DataFrame, groups: Sequence[GroupUnits]) -> "Present":
        """Collect the figures from the source that the framework names for each variable."""
        central = {
            (component.code, name)
            for group in groups
            for component in group.framework.components
            for name, variable in component.component.variables.items()
            if variable.source.startswith("central:")
        }
        rows = observations.select(
            "unit_id", "component_code", "variable", "source_kind", "value_micro", "obs_status"
        )
        return cls(
            {
                (unit, code, name): (value, status)
                for unit, code, name, kind, value, status in rows.iter_rows()
                if ((code, name) in central) == (kind != "self_report")
            }
        )


def read_corrections(
    files: Sequence[TableFile],
    *,
    observations: pl.DataFrame,
    groups: Sequence[GroupUnits],
    unit_set: str,
    registry: UnitRegistry,
    default_basis: str,
) -> tuple[list[dict[str, Any]], list[Issue]]:
    """Read all corrections of an assessment.

    Args:
        files: the delivered files in their order, with their sheets.
        observations: what was delivered before, columns of ``OBSERVATION_SCHEMA``.
        groups: frameworks with their units.
        unit_set: the set in which names are matched.
        registry: the unit registry.
        default_basis: basis of files that carry no mark of their own.

    Returns:
        One observation per corrected variable, and the issues: unknown units, components and
        variables, missing reason, authority or reference, figures that were never reported or
        repeat the present one.
    """
    if not files:
        return [], []
    reader = _CorrectionReader(
        present=Present.of(observations, groups),
        central_files=_central_files(observations),
        groups=groups,
        unit_set=unit_set,
        registry=registry,
        default_basis=default_basis,
    )
    # The place in the order, not the number in the name: two files may carry one number.
    rows = [
        row | {"delivery_no": number}
        for number, file in enumerate(files, start=1)
        for row in reader.file(file)
    ]
    return rows, reader.issues


class _CorrectionReader:
    """Reads corrections one after the other; collects the issues."""

    def __init__(
        self,
        *,
        present: Present,
        central_files: Collection[str],
        groups: Sequence[GroupUnits],
        unit_set: str,
        registry: UnitRegistry,
        default_basis: str,
    ) -> None:
        self.present, self.groups = present, groups
        self.unit_set, self.registry = unit_set, registry
        self.default_basis = default_basis
        self.central_files = central_files
        # Figures that the present file has corrected: new value, its text and its place.
        self.corrected: dict[Key, tuple[int | None, str, Place]] = {}
        self.issues: list[Issue] = []

    def file(self, file: TableFile) -> Iterator[dict[str, Any]]:
        """Yield the observations of one file."""
        self.corrected.clear()
        name = Text("đính chính (corrections)", "corrections")
        for row in read_rows(file, columns_of(HEADINGS, NEEDED), name=name):
            if isinstance(row, Issue):
                self.issues.append(row)
            else:
                yield from self._row(file, row)

    def _row(self, file: TableFile, row: Row) -> Iterator[dict[str, Any]]:
        place = row.place("value")
        grounds = [row.text(key) for key in ("reason", "authority", "reference")]
        if not all(grounds):
            lacking = [key for key in ("reason", "authority", "reference") if not row.text(key)]
            fields = named_columns(lacking, HEADINGS)
            self.issues.append(place.issue("correction.incomplete", fields=fields))
            return
        raw = row.cell("value").raw
        for target in self._targets(row):
            at = place._replace(
                unit_id=target.key[0], component_code=target.key[1], unit_name=target.unit_name
            )
            entry, issues = read_entry(raw, target.variable, at)
            self.issues.extend(issues)
            if entry.value_micro is None or self._repeats(target, entry, raw, at):
                continue
            if not self._compare(target, entry, row.text("reason"), at):
                continue
            self.present.figures[target.key] = (entry.value_micro, entry.status.value)
            yield {
                "unit_id": target.key[0],
                "component_code": target.key[1],
                "variable": target.key[2],
                "value_micro": entry.value_micro,
                "option": entry.option,
                "obs_status": entry.status.value,
                # A competent authority ordered the figure and names the document.
                "evidence_state": "accepted",
                "source_kind": "correction",
                "source_file": file.delivery.path,
                "source_sheet": at.source_sheet,
                "source_cell": at.source_cell,
                "source_sha256": file.delivery.sha256,
                "raw_text": raw.text or None,
                "reading": entry.reading,
                "unit_of_measure": target.variable.unit or "số",
                "data_basis": row.text(BASIS_COLUMN) or self.default_basis,
                "na_reason": None,
                "evidence_text": " · ".join(grounds),
            }

    def _targets(self, row: Row) -> list[Target]:
        """Return the variables a row means; an issue and nothing where it means none."""
        name = row.text("unit")
        matched = self.registry.match(pl.Series([name]), unit_set=self.unit_set)
        unit_id = matched["unit_id"][0]
        group = next((group for group in self.groups if unit_id in group.units), None)
        if group is None:
            self.issues.append(
                row.place("unit").issue(
                    "unit.unknown",
                    raw_text=name,
                    name=name,
                    candidates=matched["candidates"][0] or "–",
                )
            )
            return []
        targets, issue = targets_of(row, unit_id=unit_id, group=group, files=self.central_files)
        if issue is not None:
            self.issues.append(issue)
        return targets

    def _repeats(self, target: Target, entry: Entry, raw: RawCell, at: Place) -> bool:
        """Say that a row of the same file has corrected the figure already, and how."""
        if target.key not in self.corrected:
            self.corrected[target.key] = (entry.value_micro, raw.text, at)
            return False
        value, text, first = self.corrected[target.key]
        rule_id = "variable.repeated_agrees" if value == entry.value_micro else "variable.repeated"
        spots = [(text, _spot(first)), (raw.text, _spot(at))]
        values = Text(
            *("; ".join(f"{one} ({spot[side]})" for one, spot in spots) for side in (0, 1))
        )
        self.issues.append(at.issue(rule_id, variable=figure_name(target.variable), values=values))
        return True

    def _compare(self, target: Target, entry: Entry, reason: str, at: Place) -> bool:
        """Say what the correction changes; False where there is nothing to correct."""
        name = figure_name(target.variable)
        before, status = self.present.figures.get(target.key, (None, "blank"))
        after = figure_shown(entry.value_micro, target.variable)
        if before is None and status != "not_applicable":
            self.issues.append(at.issue("correction.never_reported", variable=name))
            return False
        if before == entry.value_micro:
            self.issues.append(at.issue("correction.no_change", variable=name, value=after))
            return False
        self.issues.append(
            at.issue(
                "correction.applied",
                variable=name,
                before=figure_shown(before, target.variable),
                after=after,
                reason=reason,
            )
        )
        return True


def _spot(place: Place) -> Text:
    """Name a row for a message: the cell of its value, or its number in a CSV file."""
    cell = place.source_cell or "–"
    if place.source_sheet is None:
        number = cell.partition(":")[0]
        return Text(f"dòng {number}", f"row {number}")
    spot = f"{place.source_sheet}!{cell}"
    return Text(spot, spot)


def _central_files(observations: pl.DataFrame) -> list[str]:
    """Return the names of the central files from which figures were read."""
    paths = observations.filter(pl.col("source_kind").is_in(["central", "published"]))
    return [path.rpartition("/")[2] for path in paths["source_file"].drop_nulls().unique().sort()]


def named_columns(keys: Sequence[str], headings: Mapping[str, tuple[str, ...]]) -> Text:
    """Name columns of a table with one decision per row by headings they may have."""
    vi = (f"{headings[key][-1]} ({key})" for key in keys)
    return Text(", ".join(vi), ", ".join(keys))


def figure_shown(micro: int | None, variable: Variable) -> str | Text:
    """Write a figure, or an answer's label, for a message."""
    if micro is None:
        return "–"
    if variable.kind == "yes_no":
        return Text("có", "yes") if micro else Text("không", "no")
    if variable.kind == "choice":
        option = list(variable.options.values())[micro // 1_000_000]
        return Text(option.vi, option.en)
    return figure_text(micro)
