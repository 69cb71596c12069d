"""Write the workbook for appraisers: every reported figure with what speaks for it, to decide on.

It comes back as it is, into ``appraisals/``: the columns to fill in are those that ``appraisals``
reads, the others are for the eye. A row without a decision decides nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import polars as pl
import xlsxwriter

from dti_pipeline.exact import MICRO
from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.forms.frame import add_formats, book_options, height_of, set_page
from dti_pipeline.intake.forms.layout import SAMPLE_LINE, Question, questions_of
from dti_pipeline.intake.forms.reader import FormEntry
from dti_pipeline.intake.forms.reports import Report
from dti_pipeline.intake.observation import Key, Observation
from dti_pipeline.intake.tables.appraisals import STATES, present_observations
from dti_pipeline.intake.tables.rows import UNIT
from schemas.causes import CAUSES
from schemas.words import MADE_UP

Figure = Decimal | int | str
_CREATED: Final = datetime(2020, 1, 1)

# Key of the reader's column, or of one that only explains → heading and width.
_COLUMNS: Final[Mapping[str, tuple[str, float]]] = {
    UNIT: ("Đơn vị", 14),
    "component_code": ("Mã chỉ số", 8),
    "name": ("Tên chỉ số", 24),
    "variable": ("Mã biến", 10),
    "label": ("Tên biến", 24),
    "unit_of_measure": ("Đơn vị tính", 8),
    "reported": ("Số đơn vị báo cáo", 13),
    "before": ("Số kỳ trước", 11),
    "agency": ("Số cơ quan quản lý", 11),
    "evidence": ("Tài liệu kiểm chứng", 30),
    "note": ("Ghi chú của đơn vị", 16),
    "state": ("Kết quả thẩm định", 13),
    "value": ("Giá trị công nhận", 12),
    "by": ("Người thẩm định", 14),
    "date": ("Ngày thẩm định", 11),
    "reason": ("Lý do", 22),
    "cause": ("Nguyên nhân", 16),
    "cause_note": ("Ghi chú nguyên nhân", 16),
}
_PLACES: Final = {key: place for place, key in enumerate(_COLUMNS)}
_DECISION: Final = ("state", "value", "by", "date", "reason", "cause", "cause_note")
_GUIDE: Final = (
    "Chỉ nhập vào các ô màu vàng nhạt. Điều chỉnh thì ghi giá trị công nhận; điều chỉnh hoặc không "
    "công nhận thì ghi lý do; dòng nào có kết quả đều ghi người và ngày thẩm định. Dòng để trống "
    "là chưa thẩm định. Ô xám: điểm tính theo số cơ quan quản lý nên không thẩm định số báo cáo. "
    "Xong thì đặt tệp vào thư mục appraisals của kỳ đánh giá, đầu tên tệp là số thứ tự."
)
_HEADER: Final = 4


@dataclass(frozen=True)
class AppraisalRow:
    """One reported figure. ``agency`` is set where the agency's figure counts instead."""

    question: Question
    unit_name: str
    reported: Figure | None
    before: Figure | None
    agency: Figure | None
    evidence: str
    note: str


def appraisal_rows(
    definition: Definition,
    *,
    reports: Sequence[Report],
    observations: pl.DataFrame,
    last_year: Mapping[str, Mapping[tuple[str, str], Figure]],
) -> Iterator[AppraisalRow]:
    """Yield every figure that a unit has reported, corrected ones as they are now.

    Args:
        definition: the assessment.
        reports: the reports as they came.
        observations: what all deliveries say.
        last_year: unit → figures of the compared assessment.
    """
    present = present_observations(observations)
    is_central = observations["source_kind"].is_in(["central", "published"])
    central = {
        (unit, code, name): micro
        for unit, code, name, micro in observations.filter(is_central)
        .select("unit_id", "component_code", "variable", "value_micro")
        .iter_rows()
    }
    entries: dict[Key, FormEntry] = {
        (report.unit_id, *entry.question.key): entry
        for report in reports
        for entry in report.reading.entries
    }
    for unit in definition.units.iter_rows(named=True):
        for question in questions_of(definition.frameworks[unit["framework_id"]]):
            key = (unit["unit_id"], *question.key)
            observation, entry = present.get(key), entries.get(key)
            if observation is None or observation.obs_status == "blank":
                continue
            micro = central.get(key)
            yield AppraisalRow(
                question,
                unit["unit_name"],
                _figure(observation, question),
                last_year.get(unit["unit_id"], {}).get(question.key),
                None if micro is None else Decimal(micro) / MICRO,
                (observation.evidence_text or "").replace(" | ", "\n"),
                entry.note if entry else "",
            )


def _figure(observation: Observation, question: Question) -> Figure | None:
    if observation.option is not None:
        return question.options[observation.option][0]
    if observation.value_micro is not None:
        return Decimal(observation.value_micro) / MICRO
    return observation.raw_text


def write_appraisal_form(
    path: Path, rows: Sequence[AppraisalRow], *, title: str, data_basis: str | None
) -> None:
    """Write the workbook; the same rows give the same bytes."""
    with xlsxwriter.Workbook(str(path), book_options()) as book:
        book.set_properties({"title": title, "created": _CREATED})
        sheet = book.add_worksheet("Thẩm định")
        lists = book.add_worksheet("_lists")
        lists.hide()
        looks = add_formats(book)
        box = {"border": 1, "valign": "top", "text_wrap": True}
        looks["figure"] = book.add_format(box | {"num_format": "#,##0.######"})
        looks["closed"] = book.add_format(box | {"bg_color": "#E7E6E6"})
        last = len(_COLUMNS) - 1
        widths = [width for _, width in _COLUMNS.values()]
        sheet.merge_range(0, 0, 0, last, title, looks["title"])
        sheet.merge_range(1, 0, 1, last, _GUIDE, looks["wrapped"])
        sheet.set_row(1, height_of((_GUIDE, sum(widths))))
        if data_basis in MADE_UP:
            sheet.merge_range(2, 0, 2, last, SAMPLE_LINE, looks["sample"])
        for place, (heading, width) in enumerate(_COLUMNS.values()):
            sheet.set_column(place, place, width)
            sheet.write_string(_HEADER, place, heading, looks["header"])
        sheet.set_row(_HEADER, 30)
        for line, row in enumerate(rows, start=_HEADER + 1):
            cells = _cells(row)
            for key, content in cells.items():
                is_number = isinstance(content, float)
                sheet.write(line, _PLACES[key], content, looks["figure" if is_number else "text"])
            look = "closed" if row.agency is not None else "entry"
            for key in _DECISION:
                is_date = key == "date" and look == "entry"
                sheet.write_blank(
                    line, _PLACES[key], None, looks["entry_date" if is_date else look]
                )
            texts = ((str(text), _COLUMNS[key][1]) for key, text in cells.items())
            sheet.set_row(line, height_of(*texts))
        end = _HEADER + max(len(rows), 1)
        choices = {
            "state": [words[1] for words in STATES.values()],
            "cause": [cause.name.vi for cause in CAUSES.values()],
        }
        for column, (key, labels) in enumerate(choices.items()):
            for at, label in enumerate(labels):
                lists.write_string(at, column, label)
            letter = "AB"[column]
            source = f"=_lists!${letter}$1:${letter}${len(labels)}"
            place = _PLACES[key]
            sheet.data_validation(
                _HEADER + 1, place, end, place, {"validate": "list", "source": source}
            )
        sheet.autofilter(_HEADER, 0, end, last)
        sheet.freeze_panes(_HEADER + 1, _PLACES["name"])
        sheet.repeat_rows(_HEADER)
        sheet.protect(
            "", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True}
        )
        set_page(sheet)


def _cells(row: AppraisalRow) -> dict[str, str | float]:
    component, variable = row.question.component, row.question.variable
    return {
        UNIT: row.unit_name,
        "component_code": component.code,
        "name": component.component.name_vi,
        "variable": row.question.name,
        "label": variable.vi,
        "unit_of_measure": variable.unit,
        "reported": _shown(row.reported),
        "before": _shown(row.before),
        "agency": _shown(row.agency),
        "evidence": row.evidence,
        "note": row.note,
    }


def _shown(figure: Figure | None) -> str | float:
    if figure is None or isinstance(figure, str):
        return figure or ""
    return float(figure)
