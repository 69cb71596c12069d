"""Write the rows of the self-report form, with the checks that its cells carry."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from dti_pipeline.exact import show
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.intake.forms.frame import HEADER_ROW, LAST, PLACES, height_of
from dti_pipeline.intake.forms.layout import (
    COLUMNS,
    EVIDENCE_COLUMNS,
    META_SHEET,
    TOTAL,
    Answer,
    Evidence,
    Question,
    questions_by_key,
)
from dti_pipeline.intake.forms.live_points import FIRST_LIST, LivePoints
from dti_pipeline.intake.numbers.missing_words import meaning_of
from schemas.files.framework import Component, Heading, Variable
from schemas.words import words_of

_WIDTHS: Final = {column.key: column.width for column in COLUMNS}
_TABLE_WIDTH: Final = sum(_WIDTHS.values())
_MORE_DOCUMENTS: Final = "Tài liệu kiểm chứng khác"


class FormRows:
    """Writes the rows of one form and remembers which cells need which validation."""

    def __init__(
        self,
        sheet: Worksheet,
        formats: Mapping[str, Format],
        answers: Mapping[tuple[str, str], Answer],
        evidence: Mapping[str, Sequence[Evidence]],
        last_year: Mapping[tuple[str, str], Decimal | int | str],
        live: LivePoints,
    ) -> None:
        self.sheet, self.formats, self.live = sheet, formats, live
        self.answers, self.evidence, self.last_year = answers, evidence, last_year
        self.rows: dict[tuple[str, str], int] = {}
        self.texts: dict[int, list[tuple[str, float]]] = {}
        self.lists: dict[tuple[str, ...], list[int]] = {}
        self.ranges: dict[tuple[float | None, float | None], list[int]] = {}

    def write(self, framework: BoundFramework) -> int:
        """Write section, heading and variable rows and the total; return the row below the last."""
        row = HEADER_ROW + 2
        sections = []
        questions, mains = questions_by_key(framework).values(), framework.mains
        for code, members in groupby(questions, key=lambda q: q.component.component.main):
            section, heading = row, ""
            row += 1
            for component, group in groupby(members, key=lambda q: q.component):
                if (name := component.component.heading) not in ("", heading):
                    self._heading(row, framework.headings[name])
                    row += 1
                heading = name
                row = self._component(row, component, list(group))
            if code not in mains:
                head = "Thông tin chung (không tính điểm)"
                self.sheet.merge_range(section, 0, section, LAST, head, self.formats["main"])
                continue
            text = f"Chỉ số chính {code}: {mains[code].name_vi} ({show(mains[code].points)} điểm)"
            self._sum(section, text, f"{{0}}{section + 2}:{{0}}{row}")
            sections.append(section)
        cells = ",".join(f"{{0}}{section + 1}" for section in sections)
        self._sum(row, f"{TOTAL} (chỉ số có trong biểu mẫu)", cells)
        return row + 1

    def _sum(self, row: int, text: str, cells: str) -> None:
        """Write a row that adds up maximum and points; ``{0}`` in cells is a column's letter."""
        look, last = self.formats["main"], PLACES["max_points"]
        self.sheet.merge_range(row, 0, row, last - 1, text, look)
        for place in range(last, LAST + 1):
            self.sheet.write_blank(row, place, None, look)
        for key in ("max_points", "self_points"):
            total = f"=SUM({cells.format(xl_col_to_name(PLACES[key]))})"
            self.sheet.write_formula(row, PLACES[key], total, self.formats["sum"], "")

    def _component(self, row: int, component: ScoredComponent, questions: list[Question]) -> int:
        """Write the rows of one component: its questions, and as many as its documents need."""
        described, documents = component.component, self.evidence.get(component.code, ())
        n_documents = max(len(documents), 2 if described.evidence == "required" else 0)
        last = row + max(len(questions), n_documents)
        for place in range(row, last):
            for column in range(LAST + 1):
                self.sheet.write_blank(place, column, None, self.formats["text"])
        for place, question in enumerate(questions):
            self.rows[question.key] = row + place
            self._question(row + place, question)
        for place in range(row, last):
            document = documents[place - row] if place - row < len(documents) else Evidence()
            if place >= row + len(questions):
                self._put(place, "code", component.printed_code, "text")
                self._put(place, "label", _MORE_DOCUMENTS, "text")
            if n_documents:
                self._document(place, document)
            self._put(place, "note", "", "entry_text")
        self.rows[(component.code, "")] = last - 1
        self._of_all_rows(row, last - 1, component)
        return last

    def _of_all_rows(self, first: int, last: int, component: ScoredComponent) -> None:
        """Write what is said once of a component, over all its rows; set their heights."""
        described = component.component
        texts = {"name": described.name_vi, "rule": component.render().vi}
        for key in (*texts, "max_points", "self_points"):
            if first < last:
                place, look = PLACES[key], self.formats["text"]
                self.sheet.merge_range(first, place, last, place, "", look)
            if key in texts:
                self._put(first, key, texts[key], "text")
        if component.is_scored:
            self._put(first, "max_points", float(described.points), "points")
            points, place = self.live.visible(component), PLACES["self_points"]
            self.sheet.write_formula(first, place, points, self.formats["points"], "")
        heights = [height_of(*self.texts.pop(row, [])) for row in range(first, last + 1)]
        lacking = height_of(*((texts[key], _WIDTHS[key]) for key in texts)) - sum(heights)
        for row, height in enumerate(heights, start=first):
            self.sheet.set_row(row, height + max(lacking, 0) / len(heights))

    def _document(self, row: int, document: Evidence) -> None:
        texts = (document.number, document.issued, document.title, document.link)
        for key, text in zip(EVIDENCE_COLUMNS, texts, strict=True):
            self._put(row, key, text, "entry_date" if key == "doc_date" else "entry_text")
        # Two lines at least: rows do not grow with what is typed into them.
        self.texts.setdefault(row, []).append(("\n", 1))

    def _heading(self, row: int, heading: Heading) -> None:
        text = f"{heading.code} {heading.name_vi} (tối đa {show(heading.points)} điểm)"
        self.sheet.set_row(row, height_of((text, _TABLE_WIDTH)))
        self.sheet.merge_range(row, 0, row, LAST, text, self.formats["text"])

    def _put(self, row: int, key: str, value: object, look: str) -> None:
        """Write one cell; nothing, or an empty text, gives a blank that is formatted."""
        if isinstance(value, str) and key not in ("name", "rule"):
            self.texts.setdefault(row, []).append((value, _WIDTHS[key]))
        self.sheet.write(row, PLACES[key], value, self.formats[look])

    def _question(self, row: int, question: Question) -> None:
        component, variable = question.component.component, question.variable
        texts = {
            "code": question.component.printed_code,
            "variable": question.name,
            "label": variable.vi + _supplier(component, question.name),
            "unit": variable.unit,
        }
        for key, text in texts.items():
            if text:
                self._put(row, key, text, "text")
        last_year = self.last_year.get(question.key)
        if last_year is not None:
            content = last_year if isinstance(last_year, str) else float(last_year)
            self._put(row, "last_year", content, "text")
        answer = self.answers.get(question.key, Answer())
        self._put(row, "value", self._value(row, question, answer), "entry")
        if component.not_applicable.treatment != "refuse" or answer.not_applicable or answer.reason:
            self._put(row, "na_mark", "x" if answer.not_applicable else "", "entry_text")
            self._put(row, "na_reason", answer.reason, "entry_text")

    def _value(self, row: int, question: Question, answer: Answer) -> str | float | None:
        variable, options, value = question.variable, question.variable.answers, answer.value
        name = ".".join(question.key)
        if options:
            labels = tuple(label.vi for label in options.values())
            self.lists.setdefault(labels, []).append(row)
        else:
            low, high = (
                None if bound is None else float(bound)
                for bound in (variable.minimum, variable.maximum)
            )
            self.ranges.setdefault((low, high), []).append(row)
        if value is not None and options and meaning_of(str(value)) != "not_applicable":
            if value not in options:
                raise ValueError(f"{name}: no option {value!r}; options: {', '.join(options)}")
            return options[str(value)].vi
        if value is None or isinstance(value, str):
            return value
        if _needs_percent_sign(variable, value):
            percent = Decimal(value) * (1 if variable.kind == "percent" else 100)
            return f"{percent:f}%".replace(".", ",")
        if not fits_cell(value):
            raise ValueError(f"{name}: {value} has more digits than a workbook cell keeps")
        return float(value)

    def validate(self, meta: Worksheet) -> None:
        """Attach lists and ranges to the value cells; the lists' texts are on the hidden sheet.

        A list in the validation itself could hold neither commas nor more than 255 signs.
        """
        columns = {}
        for column, (labels, rows) in enumerate(self.lists.items(), start=FIRST_LIST):
            columns[labels] = letters = xl_col_to_name(column)
            meta.write_column(0, column, labels)
            check = {
                "validate": "list",
                "source": f"='{META_SHEET}'!${letters}$1:${letters}${len(labels)}",
                "error_title": "Chọn trong danh sách",
                "error_message": "Chọn một phương án trong danh sách của ô. "
                "Pick an answer from the list.",
            }
            self._attach(rows, check)
        for (low, high), rows in self.ranges.items():
            self._attach(rows, _range_check(low, high))
        self.live.write(meta, self.rows, columns)

    def _attach(self, rows: list[int], check: dict[str, Any]) -> None:
        column = PLACES["value"]
        first, *others = ([top, column, end, column] for top, end in _spans(rows))
        self.sheet.data_validation(*first, {**check, "other_cells": others})


def _range_check(low: float | None, high: float | None) -> dict[str, Any]:
    """Describe a number check; it warns only, because “không có” is an answer too."""
    if low is not None and high is not None:
        bounds: dict[str, Any] = {"criteria": "between", "minimum": low, "maximum": high}
        text = f"từ {low:g} đến {high:g} (from {low:g} to {high:g})"
    elif high is not None:
        bounds = {"criteria": "<=", "value": high}
        text = f"không quá {high:g} (at most {high:g})"
    else:
        least = 0 if low is None else low
        bounds = {"criteria": ">=", "value": least}
        text = f"từ {least:g} trở lên (at least {least:g})"
    return {
        "validate": "decimal",
        **bounds,
        "error_type": "warning",
        "error_title": "Kiểm tra số liệu",
        "error_message": f"Nhập một số {text}, hoặc “không có”.",
    }


def fits_cell(value: Decimal | int) -> bool:
    """Say whether a cell, which keeps 16 digits of a binary number, gives the figure back."""
    return Decimal(repr(float(f"{float(value):.16G}"))) == value


def _needs_percent_sign(variable: Variable, figure: Decimal | int) -> bool:
    """Say whether a bare number would leave open which of 0.617 and 61.7 % is meant."""
    if variable.kind == "percent":
        return 0 < abs(Decimal(figure)) <= 1
    return variable.kind == "ratio" and abs(Decimal(figure)) > 1


def _supplier(component: Component, name: str) -> str:
    text = ""
    for supply in component.supplies:
        if supply.variable == name:
            mark = "" if supply.basis == "official" else f"{words_of('bases')[supply.basis].vi}: "
            way = words_of("supply_ways")[supply.way].vi
            state = words_of("supply_states")[supply.state].vi
            text += f"\nNơi cung cấp: {supply.supplier_vi} ({mark}{way}, {state})"
    return text


def _spans(rows: list[int]) -> list[tuple[int, int]]:
    """Join neighbouring rows to spans, so that the file stays small."""
    spans: list[tuple[int, int]] = []
    for row in rows:
        if spans and spans[-1][1] == row - 1:
            spans[-1] = (spans[-1][0], row)
        else:
            spans.append((row, row))
    return spans
