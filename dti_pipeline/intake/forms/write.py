"""Write the self-report workbook of a unit: empty to fill in, or filled for samples and tests."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.forms.frame import (
    PLACES,
    add_formats,
    book_options,
    set_page,
    write_contact,
    write_delivery_day,
    write_guide,
    write_header,
    write_meta,
    write_signature,
    write_titles,
)
from dti_pipeline.intake.forms.layout import (
    FORM_VERSION,
    GUIDE_SHEET,
    META_SHEET,
    REPORT_SHEET,
    Answer,
    Evidence,
    Question,
    questions_of,
)
from dti_pipeline.intake.forms.live_points import LivePoints
from dti_pipeline.intake.forms.write_rows import FormRows
from schemas.files.assessment import Assessment, DataBasis
from schemas.words import MADE_UP

# A fixed creation date makes the same form the same bytes; the day itself means nothing.
_CREATED: Final = datetime(2020, 1, 1)


def write_form(
    path: Path,
    *,
    assessment: Assessment,
    framework: BoundFramework,
    unit: Mapping[str, Any],
    answers: Mapping[tuple[str, str], Answer] | None = None,
    evidence: Mapping[str, Evidence | Sequence[Evidence]] | None = None,
    last_year: Mapping[tuple[str, str], Decimal | int | str] | None = None,
    data_basis: DataBasis | None = None,
    delivered_on: date | None = None,
) -> None:
    """Write one self-report workbook; the same arguments give the same bytes.

    Args:
        path: file to write; its folder exists.
        assessment: gives titles, period and deadline.
        framework: asks the questions; its hash goes into the hidden sheet.
        unit: row of ``dim_unit`` (``unit_id``, ``name_vi``, ``name_en``, ``unit_type``).
        answers: by component code and variable; None for an empty form.
        evidence: component code → its document, or several, one per row.
        last_year: last year's figures, shown for orientation.
        data_basis: kind of the entered figures; samples are said in plain sight on both sheets.
        delivered_on: day of delivery, where the receiving desk writes the workbook itself.

    Raises:
        ValueError: an answer or evidence names nothing the form asks for, a choice has no such
            option, or a figure has too many digits for a workbook cell.
    """
    questions = list(questions_of(framework, with_general=True))
    documents = {
        code: (one,) if isinstance(one, Evidence) else tuple(one)
        for code, one in (evidence or {}).items()
    }
    _check_known(questions, answers=answers or {}, evidence=documents)
    with xlsxwriter.Workbook(path, book_options()) as book:
        book.set_properties({"title": assessment.title_vi, "created": _CREATED})
        formats = add_formats(book)
        guide = book.add_worksheet(GUIDE_SHEET)
        report = book.add_worksheet(REPORT_SHEET)
        meta = book.add_worksheet(META_SHEET)
        is_sample = data_basis in MADE_UP
        write_guide(guide, formats, assessment=assessment, unit=unit, is_sample=is_sample)
        write_titles(report, formats, assessment=assessment, unit=unit, is_sample=is_sample)
        if not is_sample:
            write_delivery_day(report, formats, assessment=assessment)
        write_contact(report, formats)
        write_header(report, formats)
        live = LivePoints(
            framework,
            questions,
            not_assessed=[entry.component for entry in assessment.not_assessed],
            columns={key: xl_col_to_name(place) for key, place in PLACES.items()},
        )
        writer = FormRows(report, formats, answers or {}, documents, last_year or {}, live)
        end = writer.write(questions, framework.mains, framework.headings)
        writer.validate(meta)
        for sheet in (guide, report):
            set_page(sheet)
        write_signature(report, formats, row=end + 1)
        received = {"delivered_on": f"{delivered_on:%d/%m/%Y}"} if delivered_on else {}
        write_meta(
            meta,
            {
                "form_version": FORM_VERSION,
                "assessment_id": assessment.id,
                "framework_id": framework.id,
                "framework_hash": framework.content_hash,
                "unit_id": str(unit["unit_id"]),
                "unit_name": str(unit["name_vi"]),
                "data_basis": data_basis or "",
                **received,
            },
        )
        for sheet in (guide, report, meta):
            sheet.protect("", {"format_columns": True, "format_rows": True})
        report.activate()
        report.set_first_sheet()


def _check_known(
    questions: list[Question],
    *,
    answers: Mapping[tuple[str, str], Answer],
    evidence: Mapping[str, Sequence[Evidence]],
) -> None:
    """Refuse what would otherwise be left out in silence."""
    keys = {question.key for question in questions}
    unknown = [f"{code}.{name}" for code, name in sorted(set(answers) - keys)]
    unknown += sorted(set(evidence) - {code for code, _ in keys})
    if unknown:
        msg = f"the form does not ask for {', '.join(unknown)}"
        raise ValueError(msg)
