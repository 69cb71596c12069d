"""Write the rows of the self-report form, with the checks that its cells carry."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from dti_pipeline.exact import show
from dti_pipeline.intake.forms.frame import HEADER_ROW, LAST, PLACES
from dti_pipeline.intake.forms.layout import (
    EVIDENCE_COLUMNS,
    META_SHEET,
    Answer,
    Evidence,
    Question,
)
from dti_pipeline.intake.numbers.entry import options_of
from schemas.files.framework import Main, Variable


class FormRows:
    """Writes the rows of one form and remembers which cells need which validation."""

    def __init__(
        self,
        sheet: Worksheet,
        formats: Mapping[str, Format],
        answers: Mapping[tuple[str, str], Answer],
        evidence: Mapping[str, Evidence],
        last_year: Mapping[tuple[str, str], Decimal | int | str],
    ) -> None:
        self.sheet, self.formats = sheet, formats
        self.answers, self.evidence, self.last_year = answers, evidence, last_year
        self.lists: dict[tuple[str, ...], list[int]] = {}
        self.ranges: dict[tuple[float | None, float | None], list[int]] = {}

    def write(self, questions: list[Question], mains: Mapping[str, Main]) -> int:
        """Write section and variable rows; return the row below the last."""
        row = HEADER_ROW + 2
        for code, members in groupby(
            questions, key=lambda question: question.component.component.main
        ):
            main = mains[code]
            head = f"Chỉ số chính {code}: {main.name_vi} ({show(main.points)} điểm)"
            self.sheet.merge_range(row, 0, row, LAST, head, self.formats["main"])
            row += 1
            before = ""
            for question in members:
                self._question(row, question, is_first=question.component.code != before)
                before = question.component.code
                row += 1
        return row

    def _question(self, row: int, question: Question, *, is_first: bool) -> None:
        component, variable = question.component.component, question.variable
        texts = {
            "code": component.code,
            "name": component.name_vi,
            "variable": question.name,
            "label": variable.vi,
            "unit": variable.unit,
            # The rule speaks of the whole component: once is enough.
            "rule": question.component.render("vi") if is_first else "",
        }
        for key, text in texts.items():
            if text:
                self.sheet.write_string(row, PLACES[key], text, self.formats["text"])
        self._last_year(row, question)
        answer = self.answers.get(question.key, Answer())
        self._value(row, variable, answer, place=".".join(question.key))
        if component.not_applicable.treatment != "refuse" or answer.not_applicable:
            mark = "x" if answer.not_applicable else ""
            self._text(row, "na_mark", mark)
            self._text(row, "na_reason", answer.reason)
        if is_first and (component.evidence == "required" or component.code in self.evidence):
            self._evidence(row, self.evidence.get(component.code, Evidence()))

    def _last_year(self, row: int, question: Question) -> None:
        shown = self.last_year.get(question.key)
        if isinstance(shown, str):
            self.sheet.write_string(row, PLACES["last_year"], shown, self.formats["text"])
        elif shown is not None:
            self.sheet.write_number(row, PLACES["last_year"], float(shown), self.formats["text"])

    def _value(self, row: int, variable: Variable, answer: Answer, *, place: str) -> None:
        column, options = PLACES["value"], options_of(variable)
        if options:
            labels = tuple(label for label, _ in options.values())
            self.lists.setdefault(labels, []).append(row)
        else:
            bounds = (_bound(variable.minimum), _bound(variable.maximum))
            self.ranges.setdefault(bounds, []).append(row)
        if answer.value is None:
            self.sheet.write_blank(row, column, None, self.formats["entry"])
        elif options:
            if answer.value not in options:
                msg = f"{place}: no option {answer.value!r}; options: {', '.join(options)}"
                raise ValueError(msg)
            label = options[str(answer.value)][0]
            self.sheet.write_string(row, column, label, self.formats["entry"])
        elif isinstance(answer.value, str):
            self.sheet.write_string(row, column, answer.value, self.formats["entry"])
        elif _needs_percent_sign(variable, answer.value):
            percent = Decimal(answer.value) * (1 if variable.kind == "percent" else 100)
            text = f"{percent:f}%".replace(".", ",")
            self.sheet.write_string(row, column, text, self.formats["entry"])
        else:
            number = float(answer.value)
            # A cell keeps 16 digits of a binary number; what comes back must be the figure itself.
            if Decimal(repr(float(f"{number:.16G}"))) != answer.value:
                msg = f"{place}: {answer.value} has more digits than a workbook cell keeps"
                raise ValueError(msg)
            self.sheet.write_number(row, column, number, self.formats["entry"])

    def _text(self, row: int, key: str, text: str) -> None:
        look = self.formats["entry_text"]
        if text:
            self.sheet.write_string(row, PLACES[key], text, look)
        else:
            self.sheet.write_blank(row, PLACES[key], None, look)

    def _evidence(self, row: int, document: Evidence) -> None:
        for key, text in zip(
            EVIDENCE_COLUMNS, (document.number, None, document.title, document.link), strict=True
        ):
            if text is not None:
                self._text(row, key, text)
        place, look = PLACES["doc_date"], self.formats["entry_date"]
        if document.issued:
            day = datetime.combine(document.issued, datetime.min.time())
            self.sheet.write_datetime(row, place, day, look)
        else:
            self.sheet.write_blank(row, place, None, look)

    def validate(self, meta: Worksheet) -> None:
        """Attach lists and ranges to the value cells; the lists' texts stand on the hidden sheet.

        A list in the validation itself could hold neither commas nor more than 255 signs.
        """
        for number, (labels, rows) in enumerate(self.lists.items()):
            column = 3 + number
            for line, label in enumerate(labels):
                meta.write_string(line, column, label)
            letters = xl_col_to_name(column)
            source = f"='{META_SHEET}'!${letters}$1:${letters}${len(labels)}"
            self._attach(
                rows,
                {
                    "validate": "list",
                    "source": source,
                    "error_title": "Chọn trong danh sách",
                    "error_message": "Chọn một phương án trong danh sách của ô. "
                    "Pick an answer from the list.",
                },
            )
        for (low, high), rows in self.ranges.items():
            self._attach(rows, _range_check(low, high))

    def _attach(self, rows: list[int], check: dict[str, Any]) -> None:
        column = PLACES["value"]
        first, *rest = _spans(rows)
        others = [[top, column, end, column] for top, end in rest]
        self.sheet.data_validation(
            first[0], column, first[1], column, {**check, "other_cells": others}
        )


def _range_check(low: float | None, high: float | None) -> dict[str, Any]:
    """Describe a number check; it warns only, because “không có” is an answer too."""
    if low is not None and high is not None:
        bounds: dict[str, Any] = {"criteria": "between", "minimum": low, "maximum": high}
        said = f"từ {low:g} đến {high:g} (from {low:g} to {high:g})"
    elif high is not None:
        bounds = {"criteria": "<=", "value": high}
        said = f"không quá {high:g} (at most {high:g})"
    else:
        least = 0 if low is None else low
        bounds = {"criteria": ">=", "value": least}
        said = f"từ {least:g} trở lên (at least {least:g})"
    return {
        "validate": "decimal",
        **bounds,
        "error_type": "warning",
        "error_title": "Kiểm tra số liệu",
        "error_message": f"Nhập một số {said}, hoặc “không có”.",
    }


def _needs_percent_sign(variable: Variable, figure: Decimal | int) -> bool:
    """Say whether a bare number would leave open which of 0.617 and 61.7 % is meant."""
    if variable.kind == "percent":
        return 0 < abs(Decimal(figure)) <= 1
    return variable.kind == "ratio" and abs(Decimal(figure)) > 1


def _bound(number: Any) -> float | None:
    return None if number is None else float(number)


def _spans(rows: list[int]) -> list[tuple[int, int]]:
    """Join neighbouring rows to spans, so that the file stays small."""
    spans: list[tuple[int, int]] = []
    for row in rows:
        if spans and spans[-1][1] == row - 1:
            spans[-1] = (spans[-1][0], row)
        else:
            spans.append((row, row))
    return spans
