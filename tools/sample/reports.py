"""Write the sample self-reports: one filled workbook per unit."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.forms.asked_units import form_name
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
        question.component.code: [document(question.component.code, assessment)]
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
        path = folder / form_name(0, unit)  # every province has a code of its own
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
        elif micro == 0 and none_left:
            none_left -= 1
            answers[question.key] = Answer(NONE_TEXT)
        elif micro % MICRO == 0:
            answers[question.key] = Answer(micro // MICRO)
        else:
            answers[question.key] = Answer(Decimal(micro) / MICRO)
    return answers


def document(code: str, assessment: Assessment) -> Evidence:
    """Make up the document of a component's evidence, of a day in the period's last month."""
    return Evidence(
        number=f"{int(code)}/BC-{MADE_UP}",
        issued=assessment.period_end - timedelta(days=int(code) % 28),
        title=f"Tài liệu kiểm chứng giả định cho chỉ số {code}",
    )
