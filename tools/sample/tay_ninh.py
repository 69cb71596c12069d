"""Write the real self-report and appraisal of one commune of Tây Ninh, DTI 2025, as deliveries.

The scores are public, the reasons and the day of the appraisal are not; both files say so.
"""

from csv import DictReader
from decimal import Decimal
from pathlib import Path
from typing import Final

from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.intake.forms.layout import Answer
from dti_pipeline.intake.forms.write import write_form
from tools.sample.tables import write_csv

ID: Final = "commune-tayninh-2025"
SCORES: Final = Path(__file__).parent / "reference" / "tayninh_cangiuoc_2025_components.csv"
BY: Final = "Cơ quan thẩm định; ngày ghi là ngày cuối kỳ số liệu"
REASON: Final = "Lý do không công khai"


def write_tay_ninh(*, out: Path) -> list[Path]:
    """Write the commune's form and the table of the appraisal; return both files."""
    assessment, framework = load_assessment(ID), load_framework(ID)
    unit = load_registry().of_set(assessment.unit_set).row(0, named=True)
    with SCORES.open(encoding="utf-8-sig", newline="") as file:
        scores = list(DictReader(file))
    report = out / "self_reports" / "001_xa_can_giuoc.xlsx"
    appraisal = out / "appraisals" / "01_tham_dinh_2025.csv"
    for path in (report, appraisal):
        path.parent.mkdir(parents=True, exist_ok=True)
    answers = {
        (framework.by_printed_code[row["component_code"]].code, "score"): Answer(
            Decimal(row["self_score"])
        )
        for row in scores
    }
    write_form(
        report,
        assessment=assessment,
        framework=framework,
        unit=unit,
        answers=answers,
        data_basis="delivered",
    )
    header = ("unit", "component_code", "variable", "state", "value", "by", "date", "reason")
    decisions = []
    for row in scores:
        state, value, reason = _decision(row["self_score"], row["appraised_score"])
        place = [unit["name_vi"], row["component_code"], "score"]
        decisions.append([*place, state, value, BY, f"{assessment.period_end:%d/%m/%Y}", reason])
    write_csv(appraisal, header, decisions)
    return [report, appraisal]


def _decision(claimed: str, recognised: str) -> tuple[str, str, str]:
    """Return state, value and reason: nothing recognised of a claim is a rejection."""
    if Decimal(claimed) == Decimal(recognised):
        return "accepted", "", ""
    if not Decimal(recognised):
        return "rejected", "", REASON
    return "adjusted", recognised, REASON
