"""Write the workbook for appraisers: every reported figure with what speaks for it, to decide on.

It comes back as it is, into ``appraisals/``: the columns to fill in are those that ``appraisals``
reads, the others are for the eye. A row without a decision decides nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.forms.frame import add_formats, form_words, height_of, new_book, set_page
from dti_pipeline.intake.forms.layout import SAMPLE_LINE, Question, questions_of
from dti_pipeline.intake.forms.reader import FormEntry
from dti_pipeline.intake.forms.reports import Report
from dti_pipeline.intake.observation import Key, Observation
from dti_pipeline.intake.tables.appraisals import DECISION
from dti_pipeline.intake.tables.decisions import PresentFigures, decision_words
from dti_pipeline.intake.tables.rows import UNIT
from schemas.causes import CAUSES
from schemas.words import MADE_UP

_HEADER: Final = 4


@dataclass(frozen=True)
class AppraisalRow:
    """One reported figure, by keys of columns; closed where the agency's figure counts instead."""

    cells: Mapping[str, str | float]
    is_closed: bool


def appraisal_rows(
    definition: Definition,
    *,
    reports: Sequence[Report],
    observations: pl.DataFrame,
    last_year: Mapping[str, Mapping[tuple[str, str], Decimal | int | str]],
) -> Iterator[AppraisalRow]:
    """Yield every figure that a unit has reported, corrected ones as they are now.

    ``observations`` is what all deliveries say, ``last_year`` unit → figures of the compared
    assessment.
    """
    figures = PresentFigures(observations)
    entries: dict[Key, FormEntry] = {
        (report.unit_id, *entry.question.key): entry
        for report in reports
        for entry in report.reading.entries
    }
    for unit in definition.units.iter_rows(named=True):
        for question in questions_of(definition.frameworks[unit["framework_id"]]):
            key = (unit["unit_id"], *question.key)
            of_unit, entry = figures[unit["unit_id"]], entries.get(key)
            observation = of_unit.get((*question.key, False))
            if observation is None or observation.obs_status == "blank":
                continue
            central, variable = of_unit.get((*question.key, True)), question.variable
            agency = central.value_micro if central else None
            before = last_year.get(unit["unit_id"], {}).get(question.key, "")
            cells = {
                UNIT: unit["unit_name"],
                "component_code": question.component.code,
                "name": question.component.component.name_vi,
                "variable": question.name,
                "label": variable.vi,
                "unit_of_measure": variable.unit,
                "reported": _reported(observation, question),
                "before": before if isinstance(before, str) else float(before),
                "agency": "" if agency is None else agency / MICRO,
                "evidence": (observation.evidence_text or "").replace(" | ", "\n"),
                "note": entry.note if entry else "",
            }
            yield AppraisalRow(cells, is_closed=not question.is_appraised)


def _reported(observation: Observation, question: Question) -> str | float:
    if observation.option is not None:
        return question.variable.answers[observation.option].vi
    if observation.value_micro is not None:
        return observation.value_micro / MICRO
    return observation.raw_text or ""


def write_appraisal_form(
    path: Path, rows: Sequence[AppraisalRow], *, title: str, data_basis: str | None
) -> None:
    """Write the workbook; the same rows give the same bytes."""
    with new_book(path, title) as book:
        sheet = book.add_worksheet("Thẩm định")
        lists = book.add_worksheet("_lists")
        lists.hide()
        looks = add_formats(book)
        box = {"border": 1, "valign": "top", "text_wrap": True}
        looks["figure"] = book.add_format(box | {"num_format": "#,##0.######"})
        looks["closed"] = book.add_format(box | {"bg_color": "#E7E6E6"})
        columns, guide = form_words()["appraisal_columns"], form_words()["appraisal_guide"]
        places, last = {key: place for place, key in enumerate(columns)}, len(columns) - 1
        widths = {key: width for key, (_, width) in columns.items()}
        sheet.merge_range(0, 0, 0, last, title, looks["title"])
        sheet.merge_range(1, 0, 1, last, guide, looks["wrapped"])
        sheet.set_row(1, height_of((guide, sum(widths.values()))))
        if data_basis in MADE_UP:
            sheet.merge_range(2, 0, 2, last, SAMPLE_LINE, looks["sample"])
        for place, (heading, width) in enumerate(columns.values()):
            sheet.set_column(place, place, width)
            sheet.write_string(_HEADER, place, heading, looks["header"])
        sheet.set_row(_HEADER, 30)
        for line, row in enumerate(rows, start=_HEADER + 1):
            for key, content in row.cells.items():
                look = looks["figure" if isinstance(content, float) else "text"]
                sheet.write(line, places[key], content, look)
            for key in DECISION:
                look = looks["entry_date" if key == "date" else "entry"]
                look = looks["closed"] if row.is_closed else look
                sheet.write_blank(line, places[key], None, look)
            texts = ((str(text), widths[key]) for key, text in row.cells.items())
            sheet.set_row(line, height_of(*texts))
        end = _HEADER + max(len(rows), 1)
        choices = {
            "state": [words[1] for words in decision_words("states").values()],
            "cause": [cause.name.vi for cause in CAUSES.values()],
        }
        for column, (key, labels) in enumerate(choices.items()):
            lists.write_column(0, column, labels)
            letter, place = "AB"[column], places[key]
            source = f"=_lists!${letter}$1:${letter}${len(labels)}"
            check = {"validate": "list", "source": source}
            sheet.data_validation(_HEADER + 1, place, end, place, check)
        sheet.autofilter(_HEADER, 0, end, last)
        sheet.freeze_panes(_HEADER + 1, places["name"])
        sheet.repeat_rows(_HEADER)
        sheet.protect(
            "", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True}
        )
        set_page(sheet)
