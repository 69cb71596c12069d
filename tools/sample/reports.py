"""Write the sample self-reports: one filled workbook per unit."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.forms.layout import Answer, Evidence, Question, questions_of
from dti_pipeline.intake.forms.write import write_form
from schemas.files.assessment import Assessment

# Units that write "không có" for their first so many counts of zero; it counts as zero too.
NONE_DECLARED: Final[Mapping[str, int]] = {"VN-P63-06": 3, "VN-P63-64": 2, "VN-P63-94": 2}
NONE_TEXT: Final = "Không có"
# In the numbers of made-up documents.
MADE_UP: Final = "GIẢ-ĐỊNH"


def write_reports(
    figures: pl.DataFrame,
    *,
    assessment: Assessment,
    framework: BoundFramework,
    units: pl.DataFrame,
    folder: Path,
) -> list[Path]:
    """Write a self-report for every unit, with evidence for every component that needs it.

    Args:
        figures: as ``sample_figures`` returns them.
        assessment: gives titles and the period that evidence is dated in.
        framework: asks the questions.
        units: rows of the unit set.
        folder: existing folder of self-reports.

    Returns:
        The files written.
    """
    questions = list(questions_of(framework))
    documents = {
        question.component.code: _document(question, assessment)
        for question in questions
        if question.component.component.evidence == "required"
    }
    columns = ("unit_id", "component_code", "variable", "value_micro", "option")
    by_unit = figures.select(columns).partition_by("unit_id", as_dict=True, include_key=False)
    written = []
    for unit in units.sort("unit_id").iter_rows(named=True):
        entries = {
            (code, name): (m, o) for code, name, m, o in by_unit[unit["unit_id"],].iter_rows()
        }
        path = folder / f"{unit['official_code']}_{_slug(unit)}.xlsx"
        write_form(
            path,
            assessment=assessment,
            framework=framework,
            unit=unit,
            answers=_answers(unit["unit_id"], questions, entries),
            evidence=documents,
            data_basis="sample",
        )
        written.append(path)
    return written


def _answers(
    unit_id: str,
    questions: list[Question],
    entries: Mapping[tuple[str, str], tuple[int, str | None]],
) -> dict[tuple[str, str], Answer]:
    """Return what one unit enters."""
    none_left = NONE_DECLARED.get(unit_id, 0)
    answers = {}
    for question in questions:
        micro, option = entries[question.key]
        if option is not None:
            answers[question.key] = Answer(option)
            continue
        if micro == 0 and none_left:
            none_left -= 1
            answers[question.key] = Answer(NONE_TEXT)
        elif micro % MICRO == 0:
            answers[question.key] = Answer(micro // MICRO)
        else:
            answers[question.key] = Answer(Decimal(micro) / MICRO)
    return answers


def _document(question: Question, assessment: Assessment) -> Evidence:
    """Make up the document that stands for a component's evidence."""
    code = question.component.code
    number = int(code)
    return Evidence(
        number=f"{number}/BC-{MADE_UP}",
        issued=_day(number, assessment),
        title=f"Tài liệu kiểm chứng giả định cho chỉ số {code}",
        link="",
    )


def _day(number: int, assessment: Assessment) -> date:
    """Return a day of the last month of the period."""
    return assessment.period_end - timedelta(days=number % 28)


def _slug(unit: Mapping[str, Any]) -> str:
    words = str(unit["name_ascii"]).lower().replace("-", " ").split()
    return "_".join(words)
