"""What corrections and appraisals share: one decision about one unit per row."""

from collections.abc import Mapping, Sequence

from dti_pipeline.exact import figure_text
from dti_pipeline.intake.assessed_units import AssessedUnits, GroupUnits
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.tables.rows import Row
from schemas.files.framework import Variable
from schemas.issues.issue import Issue
from schemas.text import Text


def unit_of(row: Row, units: AssessedUnits, place: Place) -> tuple[str, GroupUnits] | Issue:
    """Return a row's unit and its group, or an issue of the place where there is none."""
    name = row.text("unit")
    (match,) = units.match([name])
    group = units.group_of(match.unit_id)
    if match.unit_id is None or group is None:
        return place.issue(
            "unit.unknown", raw_text=name, name=name, candidates=match.candidates or "–"
        )
    return match.unit_id, group


def column_names(keys: Sequence[str], headings: Mapping[str, tuple[str, ...]]) -> Text:
    """Name columns by a heading they may have."""
    vi = (f"{headings[key][-1]} ({key})" for key in keys)
    return Text(", ".join(vi), ", ".join(keys))


def shown_figure(micro: int | None, variable: Variable) -> str | Text:
    """Write a figure, or an answer's label, for a message."""
    if micro is None:
        return "–"
    if variable.kind == "yes_no":
        return Text("có", "yes") if micro else Text("không", "no")
    if variable.kind == "choice":
        option = list(variable.options.values())[micro // 1_000_000]
        return Text(option.vi, option.en)
    return figure_text(micro)
