"""The self-report workbook as writer and reader agree on it: sheets, columns, labels, answers.

Columns are found by their labels, never by their letters, so a form whose rows or columns were
moved still reads. Labels and answers are compared by their folded text (case, marks and spaces
dropped), in Vietnamese or English.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Final, Literal, NamedTuple

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.intake.numbers.entry import within_source
from schemas.files.framework import Variable

FORM_VERSION: Final = "1"
"""Raised when a form of the version before could no longer be read by its labels."""

REPORT_SHEET: Final = "Báo cáo"
GUIDE_SHEET: Final = "Hướng dẫn"
META_SHEET: Final = "_meta"

DELIVERED_ON: Final = ("Ngày nộp", "Delivered on")
"""Label of the cell above the table in which the sender writes the day of delivery."""

TOTAL: Final = "TỔNG CỘNG"
"""The row below the last question begins with it; below are signatures."""

SAMPLE_LINE: Final = (
    "SỐ LIỆU GIẢ ĐỊNH để chạy thử phần mềm, không phải số liệu thật / "
    "MADE-UP DATA for trying the software, no real figures"
)


@dataclass(frozen=True)
class FormColumn:
    key: str
    group: str
    label: str
    english: str
    width: float
    # Without the needed ones a sheet is no form; those that explain the question are not read back.
    use: Literal["needed", "optional", "explaining"] = "optional"


# In their order on the sheet. A group label spans its columns; columns without a group stand alone.
COLUMNS: Final = (
    FormColumn("code", "Chỉ số thành phần", "Mã chỉ số", "Component code", 8, "needed"),
    FormColumn("name", "Chỉ số thành phần", "Tên chỉ số", "Component", 24, "explaining"),
    FormColumn("variable", "Nội dung cần báo cáo", "Mã biến", "Variable code", 9, "needed"),
    FormColumn("label", "Nội dung cần báo cáo", "Tên biến", "Variable", 24, "explaining"),
    FormColumn("unit", "Nội dung cần báo cáo", "Đơn vị tính", "Unit", 8, "explaining"),
    FormColumn("rule", "", "Cách tính điểm", "Rule", 32, "explaining"),
    FormColumn("last_year", "", "Số năm trước", "Last year", 10, "explaining"),
    FormColumn("value", "Số liệu của đơn vị", "Số liệu báo cáo", "Value", 13, "needed"),
    FormColumn("na_mark", "Số liệu của đơn vị", "Không phát sinh", "Not applicable", 8),
    FormColumn("na_reason", "Số liệu của đơn vị", "Lý do không phát sinh", "Reason", 14),
    FormColumn("max_points", "Điểm", "Điểm tối đa", "Maximum", 7, "explaining"),
    FormColumn("self_points", "Điểm", "Điểm tự chấm", "Self-score", 13, "explaining"),
    FormColumn("doc_number", "Tài liệu kiểm chứng", "Số, ký hiệu", "Document number", 14),
    FormColumn("doc_date", "Tài liệu kiểm chứng", "Ngày ban hành", "Document date", 11),
    FormColumn("doc_title", "Tài liệu kiểm chứng", "Trích yếu", "Document title", 22),
    FormColumn("doc_link", "Tài liệu kiểm chứng", "Đường dẫn", "Link", 16),
    FormColumn("note", "", "Ghi chú", "Note", 16),
)

EVIDENCE_COLUMNS: Final = ("doc_number", "doc_date", "doc_title", "doc_link")

# Marks that say "not applicable" in the mark column.
NA_MARKS: Final = frozenset({"x", "co", "yes", "v", "1", "true", "✓", "✔"})


@dataclass(frozen=True)
class Evidence:
    """A document that proves a component's figures (văn bản, tài liệu kiểm chứng)."""

    number: str = ""
    issued: date | None = None
    title: str = ""
    link: str = ""


class Document(NamedTuple):
    """A document as a form names it, and the row where; a date that cannot be read stays a text."""

    component_code: str
    number: str
    date: str
    title: str
    link: str
    row: int


@dataclass(frozen=True)
class Answer:
    """What a unit enters for one variable: a figure, an option's code, or None for a blank."""

    value: Decimal | int | str | None = None
    not_applicable: bool = False
    reason: str = ""


QuestionKey = tuple[str, str]
"""Component code, variable."""


@dataclass(frozen=True)
class Question:
    """One variable that the form asks for: one row of the form."""

    component: ScoredComponent
    name: str
    variable: Variable  # as the agency's column holds it, where that is its source

    @cached_property
    def key(self) -> QuestionKey:
        return (self.component.code, self.name)

    @property
    def is_appraised(self) -> bool:
        """Whether a review may change it: nobody appraises what counts as an agency gives it."""
        return self.variable.source == "self_report"


def questions_of(framework: BoundFramework, *, with_general: bool = False) -> Iterator[Question]:
    """Yield the variables a unit reports itself, in the order of the framework file.

    General information comes first. Figures of central agencies are asked only where the framework
    wants both; borrowed figures (``component:``) never, because their origin is asked.
    """
    for component, name, variable in framework.variables:
        is_asked = variable.source == "self_report" or (
            variable.is_central and variable.also_reported
        )
        if is_asked and (with_general or component.is_scored):
            yield Question(component, name, within_source(variable, framework.file.tables))


@lru_cache(maxsize=16)
def questions_by_key(framework: BoundFramework) -> Mapping[QuestionKey, Question]:
    """Return what a unit is asked for, general information first."""
    return {question.key: question for question in questions_of(framework, with_general=True)}
