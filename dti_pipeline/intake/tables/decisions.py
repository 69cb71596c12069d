"""What corrections and appraisals share: what counts of a figure, and what a decision changes."""

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from dti_pipeline.exact import MICRO, figure_words
from dti_pipeline.intake.numbers.entry import Entry
from dti_pipeline.intake.numbers.policy import Status
from dti_pipeline.intake.observation import Observation
from dti_pipeline.intake.place import Place
from schemas.codes import CENTRAL_KINDS
from schemas.files.framework import Variable
from schemas.package_data import toml_beside
from schemas.text import Text
from schemas.words import words_of

LATER: Final = {"correction": 1, "appraisal": 2}
"""Kinds of delivery that replace figures, in the order in which they do."""

_NOTHING: Final = (Status.NOT_APPLICABLE, Status.BLANK)


class PresentFigures(dict[str, dict[tuple[str, str, bool], Observation]]):
    """Unit → component, variable, whether of the agency → what counts before any appraisal.

    A correction speaks for the agency where there is an agency's figure. Decisions replace what
    they find. A unit is looked at when it is asked for: all figures of a country fill the memory.
    """

    def __init__(self, observations: pl.DataFrame) -> None:
        self._rows = observations.select(Observation._fields)
        places = self._rows.select("unit_id").with_row_index().group_by("unit_id").agg("index")
        self._places: dict[str, list[int]] = dict(places.iter_rows())

    def __missing__(self, unit_id: str) -> dict[tuple[str, str, bool], Observation]:
        figures = self[unit_id] = {}
        rows = map(Observation._make, self._rows[self._places.get(unit_id, [])].iter_rows())
        for row in sorted(rows, key=lambda row: (LATER.get(row.source_kind, 0), row.delivery_no)):
            is_central = row.source_kind in CENTRAL_KINDS or (
                row.source_kind == "correction" and (*row[1:3], True) in figures
            )
            if row.source_kind != "appraisal":
                figures[(*row[1:3], is_central)] = row
        return figures


def agrees(entry: Entry, present: Observation) -> bool:
    """Say whether a cell states the figure that counts, or that there is none."""
    if entry.value_micro is None:
        return entry.status in _NOTHING and entry.status.value == present.obs_status
    return entry.value_micro == present.value_micro


def decided(
    present: Observation, entry: Entry | None = None, *, reason: str = "", **origin: Any
) -> Observation:
    """Return what counts after a decision instead of what counted before.

    ``entry`` is the figure where the decision gives one, ``origin`` where the decision is.
    """
    if entry is not None:
        is_exempt = entry.status is Status.NOT_APPLICABLE
        origin |= {
            "value_micro": entry.value_micro,
            "option": entry.option,
            "obs_status": entry.status.value,
            "reading": entry.reading,
            "na_reason": reason if is_exempt else None,
        }
    return present._replace(**origin)


def decision_words(kind: str) -> dict[str, list[str]]:
    """Return headings of columns, or words for states, by their keys."""
    words: dict[str, dict[str, list[str]]] = toml_beside(__file__)
    return words[kind]


def column_names(keys: Sequence[str], kind: str) -> Text:
    headings = decision_words(kind)
    vi = (f"{headings[key][-1]} ({key})" for key in keys)
    return Text(", ".join(vi), ", ".join(keys))


def shown_figure(figure: Observation, variable: Variable) -> Text:
    """Write a figure, or an answer's label, for a message; without one, that it does not apply."""
    micro, none = figure.value_micro, Text("–", "–")
    if micro is None:
        exempt = words_of("obs_statuses")["not_applicable"]
        return exempt if figure.obs_status == "not_applicable" else none
    if variable.kind == "yes_no":
        return Text("có", "yes") if micro else Text("không", "no")
    if variable.kind == "choice":
        return list(variable.options.values())[micro // MICRO].name
    return figure_words(micro)


def with_place(words: Text, place: Place | Observation, *, file: str = "") -> Text:
    """Say after some words where they are: the cell, or the row of a CSV file."""
    cell = str(place.source_cell)
    if place.source_sheet is None:
        number = cell.partition(":")[0]
        return Text(f"{words.vi} ({file}dòng {number})", f"{words.en} ({file}row {number})")
    return Text(*(f"{side} ({file}{place.source_sheet}!{cell})" for side in words))
