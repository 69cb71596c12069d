"""Write the self-report workbook of a unit: empty to fill in, or filled for samples and tests."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.forms.frame import Frame, Unit, new_book, set_page
from dti_pipeline.intake.forms.layout import (
    FORM_VERSION,
    GUIDE_SHEET,
    META_SHEET,
    REPORT_SHEET,
    Answer,
    Evidence,
    questions_by_key,
)
from dti_pipeline.intake.forms.live_points import LivePoints
from dti_pipeline.intake.forms.write_rows import FormRows
from schemas.codes import DataBasis
from schemas.files.assessment import Assessment
from schemas.words import MADE_UP


def write_form(
    path: Path,
    *,
    assessment: Assessment,
    framework: BoundFramework,
    unit: Unit,
    answers: Mapping[tuple[str, str], Answer] | None = None,
    evidence: Mapping[str, Sequence[Evidence]] | None = None,
    last_year: Mapping[tuple[str, str], Decimal | int | str] | None = None,
    data_basis: DataBasis | None = None,
    delivered_on: date | None = None,
) -> None:
    """Write one self-report workbook; the same arguments give the same bytes.

    ``answers`` and ``last_year`` (for orientation) are by component code and variable. Samples, by
    ``data_basis``, are said in plain sight on both sheets. ``delivered_on`` is for a receiving desk
    that writes the workbook itself.

    Raises:
        ValueError: an answer or evidence names nothing the form asks for, a choice has no such
            option, or a figure has too many digits for a workbook cell.
    """
    questions = questions_by_key(framework)
    documents = evidence or {}
    unknown = [f"{code}.{name}" for code, name in sorted((answers or {}).keys() - questions.keys())]
    if unknown := [*unknown, *sorted(documents.keys() - {code for code, _ in questions})]:
        raise ValueError(f"the form does not ask for {', '.join(unknown)}")
    with new_book(path, assessment.title_vi) as book:
        frame = Frame(book, assessment, unit, is_sample=data_basis in MADE_UP)
        guide = book.add_worksheet(GUIDE_SHEET)
        report = book.add_worksheet(REPORT_SHEET)
        meta = book.add_worksheet(META_SHEET)
        frame.write_guide(guide)
        frame.write_head(report)
        frame.write_header(report)
        live = LivePoints(framework, assessment.dropped)
        writer = FormRows(report, frame.formats, answers or {}, documents, last_year or {}, live)
        end = writer.write(framework)
        writer.validate(meta)
        for sheet in (guide, report):
            set_page(sheet)
        frame.write_signature(report, row=end + 1)
        entries = {
            "form_version": FORM_VERSION,
            "assessment_id": assessment.id,
            "framework_id": framework.id,
            "framework_hash": framework.content_hash,
            "unit_id": str(unit["unit_id"]),
            "unit_name": str(unit["name_vi"]),
            "data_basis": data_basis or "",
        }
        if delivered_on:
            entries["delivered_on"] = f"{delivered_on:%d/%m/%Y}"
        for row, pair in enumerate(entries.items()):
            for place, text in enumerate(pair):
                meta.write_string(row, place, text)
        meta.hide()
        for sheet in (guide, report, meta):
            sheet.protect("", {"format_columns": True, "format_rows": True})
        report.activate()
        report.set_first_sheet()
