"""Made-up self-reports of the 34 provinces for DTI 2025, of which nothing is public.

A province's level is drawn once; every figure lies near it. What nobody supplies stays empty.
"""

from pathlib import Path
from random import Random
from typing import Final

from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.frameworks.load import BoundFramework, load_framework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.intake.forms.asked_units import form_name
from dti_pipeline.intake.forms.layout import Answer, questions_of
from dti_pipeline.intake.forms.write import write_form
from tools.sample.reports import document

ID: Final = "province-2025"
# Unit of measure → least and largest whole; things that are counted singly elsewhere.
SIZES: Final = {
    "người": (400_000, 6_000_000),
    "hộ": (120_000, 1_800_000),
    "hồ sơ": (80_000, 2_400_000),
    "văn bản": (20_000, 400_000),
    "doanh nghiệp": (3_000, 120_000),
    "tỷ đồng": (40_000, 900_000),
    "phản ánh": (400, 60_000),
    "máy": (4_000, 30_000),
}
OTHERS: Final = (20, 240)
LEVELS: Final = (0.42, 0.9)
SPREAD: Final = 0.16


def write_provinces_2025(*, out: Path) -> list[Path]:
    """Write one made-up report per province."""
    assessment, framework = load_assessment(ID), load_framework("province-405")
    folder = out / "self_reports"
    folder.mkdir(parents=True, exist_ok=True)
    units = load_registry().of_set(assessment.unit_set).sort("unit_id")
    documents = {
        component.code: [document(component.code, assessment)]
        for component in framework.components
        if component.component.evidence == "required"
    }
    written = []
    for number, unit in enumerate(units.iter_rows(named=True), start=1):
        path = folder / form_name(number, unit)
        write_form(
            path,
            assessment=assessment,
            framework=framework,
            unit=unit,
            answers=_answers(framework, unit["unit_id"]),
            evidence=documents,
            data_basis="sample",
        )
        written.append(path)
    return written


def _answers(framework: BoundFramework, unit_id: str) -> dict[tuple[str, str], Answer]:
    level = Random(f"{ID}:{unit_id}").uniform(*LEVELS)
    supplied = {
        (component.code, name)
        for component in framework.components
        for name in component.component.variables
        if name not in component.component.without_path
    }
    return {
        question.key: _answer(question.component, question.name, level, unit_id)
        if question.key in supplied
        else Answer()
        for question in questions_of(framework)
    }


def _answer(component: ScoredComponent, name: str, level: float, unit_id: str) -> Answer:
    random = Random(f"{ID}:{unit_id}:{component.code}")
    share = min(max(random.gauss(level, SPREAD), 0.02), 1.0)
    if component.kind == "yes_no":
        return Answer("yes" if random.random() < share else "no")
    unit = component.component.variables[name].unit
    whole = random.randint(*SIZES.get(unit, OTHERS))
    return Answer(round(whole * share) if name == "part" else whole)
