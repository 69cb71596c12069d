"""What corrections and appraisals share: one decision about one unit per row."""

from collections.abc import Sequence

from dti_pipeline.exact import figure_words
from schemas.files.framework import Variable
from schemas.package_data import toml_beside
from schemas.text import Text
from schemas.words import words_of


def decision_words(kind: str) -> dict[str, list[str]]:
    """Return headings of columns, or words for states, by their keys."""
    words: dict[str, dict[str, list[str]]] = toml_beside(__file__)
    return words[kind]


def column_names(keys: Sequence[str], kind: str) -> Text:
    """Name columns of corrections or appraisals."""
    headings = decision_words(kind)
    vi = (f"{headings[key][-1]} ({key})" for key in keys)
    return Text(", ".join(vi), ", ".join(keys))


def shown_figure(micro: int | None, variable: Variable, *, status: str = "") -> str | Text:
    """Write a figure, or an answer's label, for a message; without one, that it does not apply."""
    if micro is None:
        return words_of("obs_statuses")[status] if status == "not_applicable" else "–"
    if variable.kind == "yes_no":
        return Text("có", "yes") if micro else Text("không", "no")
    if variable.kind == "choice":
        return list(variable.options.values())[micro // 1_000_000].name
    return figure_words(micro)
