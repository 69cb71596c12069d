"""What corrections and appraisals share: one decision about one unit per row."""

from collections.abc import Mapping, Sequence
from typing import Final

from dti_pipeline.exact import figure_words
from schemas.files.framework import Variable
from schemas.text import Text

Headings = Mapping[str, tuple[str, ...]]
"""Column key → the headings it may have."""

FIGURE: Final[Headings] = {
    "unit": ("unit", "đơn vị", "unit_id", "unit_name"),
    "component_code": ("component_code", "component", "mã chỉ số", "chỉ số thành phần"),
    "variable": ("variable", "biến số", "mã biến"),
}
"""The columns that say which figure a row is about."""


def column_names(keys: Sequence[str], headings: Headings) -> Text:
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
    return figure_words(micro)
