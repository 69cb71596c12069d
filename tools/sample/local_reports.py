"""Write the sample self-reports of local units, with all that reports may say beside figures."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.intake.forms.asked_units import form_name
from dti_pipeline.intake.forms.layout import Answer, Evidence, Question, questions_of
from dti_pipeline.intake.forms.write import write_form
from schemas.files.assessment import Assessment
from tools.sample.book import Book
from tools.sample.reports import NONE_TEXT, document


def write_local_reports(
    book: Book,
    *,
    assessment: Assessment,
    units: pl.DataFrame,
    folder: Path,
    first: int = 1,
) -> list[Path]:
    """Write one self-report per unit, numbered in their order.

    Args:
        book: the figures, what does not apply, and what is missing.
        assessment: gives titles and the period that evidence is dated in.
        units: rows of the unit set, one per report.
        folder: existing folder of self-reports.
        first: number of the first report.

    Returns:
        The files written.
    """
    questions = list(questions_of(book.framework))
    written = []
    for number, unit in enumerate(units.sort("unit_id").iter_rows(named=True), start=first):
        path = folder / form_name(number, unit | {"official_code": None})
        write_form(
            path,
            assessment=assessment,
            framework=book.framework,
            unit=unit,
            answers={q.key: _answer(book, unit["unit_id"], q) for q in questions},
            evidence=_evidence(book, unit["unit_id"], questions, assessment),
            data_basis="sample",
        )
        written.append(path)
    return written


def _answer(book: Book, unit_id: str, question: Question) -> Answer:
    key = (unit_id, *question.key)
    if reason := book.away.get((unit_id, question.component.code)):
        return Answer(not_applicable=True, reason=reason)
    if key in book.remarks.blank:
        return Answer()
    if key in book.remarks.none:
        return Answer(NONE_TEXT)
    micro = book.entries[key]
    if options := list(question.variable.answers):
        return Answer(options[micro // MICRO])
    return Answer(micro // MICRO + book.remarks.differing.get(key, 0))


def _evidence(
    book: Book, unit_id: str, questions: Sequence[Question], assessment: Assessment
) -> dict[str, list[Evidence]]:
    """Make up the documents that stand for the evidence of what was done."""
    documents = {}
    for question in questions:
        code = question.component.code
        needed = question.component.component.evidence == "required"
        if needed and not {(unit_id, code)} & {*book.remarks.without_evidence, *book.away}:
            documents[code] = [document(code, assessment)]
    return documents
