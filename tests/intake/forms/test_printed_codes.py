"""Codes of three levels: a form shows and reads the code that the decision prints."""

from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.cell import Cell

from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.intake.forms.layout import REPORT_SHEET, Answer
from dti_pipeline.intake.forms.reader import FormReading
from tests.intake.intake_cases import good_form, read, registry

ID = "commune-tayninh-2025"
FRAMEWORK = load_framework(ID)


@pytest.fixture
def form(tmp_path: Path) -> Path:
    assessment = load_assessment(ID)
    answers = {("040100", "score"): Answer(3), ("041000", "score"): Answer(7)}
    unit = registry().of_set(assessment.unit_set).row(0, named=True)
    described = {"assessment": assessment, "framework": FRAMEWORK, "unit": unit}
    return good_form(tmp_path / "form.xlsx", answers=answers, evidence=None, **described)


def read_of(path: Path) -> FormReading:
    return read(path, of=FRAMEWORK, under=load_assessment(ID))


def code_cells(path: Path) -> dict[str, Cell]:
    sheet = openpyxl.load_workbook(path)[REPORT_SHEET]
    cells = (row[0] for row in sheet.iter_rows())
    return {str(cell.value): cell for cell in cells if isinstance(cell, Cell) and cell.value}


def reading_with(path: Path, code: str, new: object) -> FormReading:
    cell = code_cells(path)[code]
    book = cell.parent.parent
    cell.value = new  # type: ignore[assignment]
    book.save(path)
    return read_of(path)


def values(reading: FormReading) -> dict[str, int | None]:
    return {one.question.component.code: one.entry.value_micro for one in reading.entries}


def test_a_form_shows_printed_codes_and_reads_them_back(form: Path) -> None:
    shown = code_cells(form)
    assert {"4.1", "4.10", "4.22.11"} <= shown.keys()
    assert not {"040100", "042211"} & shown.keys()
    reading = read_of(form)
    assert (values(reading)["040100"], values(reading)["041000"]) == (3_000_000, 7_000_000)
    assert {issue.rule_id for issue in reading.issues} == {"value.missing"}


def test_a_form_shows_the_heading_with_its_maximum_above_its_components(form: Path) -> None:
    shown = list(code_cells(form))
    (heading,) = [text for text in shown if text.startswith("4.22 ")]
    assert heading.endswith("(tối đa 230 điểm)")
    assert shown.index(heading) + 1 == shown.index("4.22.1")


@pytest.mark.parametrize("code", ["041000", "4.10", " 4.10 ", "4,10"])
def test_the_code_of_a_row_may_be_written_either_way(code: str, form: Path) -> None:
    assert values(reading_with(form, "4.10", code))["041000"] == 7_000_000


@pytest.mark.parametrize("code", ["4.1", "4.10"])
def test_a_printed_code_that_became_a_number_is_not_guessed(code: str, form: Path) -> None:
    reading = reading_with(form, code, 4.1)
    (issue,) = [issue for issue in reading.issues if issue.rule_id == "component.unknown"]
    assert "4.1, 4.10" in issue.message_en
