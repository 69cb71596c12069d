"""Write the rows of the self-report form, with the checks that its cells carry."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from dti_pipeline.exact import show
from dti_pipeline.intake.forms.frame import HEADER_ROW, LAST, PLACES
from dti_pipeline.intake.forms.layout import (
    META_SHEET,
    Answer,
    Evidence,
    Question,
)
from dti_pipeline.intake.numbers.entry import options_of
from schemas.files.framework import Component, Heading, Main, Variable
from schemas.words import words_of


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

    def write(
        self,
        questions: list[Question],
        mains: Mapping[str, Main],
        headings: Mapping[str, Heading],
    ) -> int:
        """Write section, heading and variable rows; return the row below the last."""
        row = HEADER_ROW + 2
        for code, members in groupby(
            questions, key=lambda question: question.component.component.main
        ):
            main = mains[code]
            head = f"Chỉ số chính {code}: {main.name_vi} ({show(main.points)} điểm)"
            self.sheet.merge_range(row, 0, row, LAST, head, self.formats["main"])
            row += 1
            before = heading = ""
            for question in members:
                if (name := question.component.component.heading) not in ("", heading):
                    self._heading(row, headings[name])
                    row += 1
                heading = name
                self._question(row, question, is_first=question.component.code != before)
                before = question.component.code
                row += 1
        return row

    def _heading(self, row: int, heading: Heading) -> None:
        text = f"{heading.code} {heading.name_vi} (tối đa {show(heading.points)} điểm)"
        self.sheet.merge_range(row, 0, row, LAST, text, self.formats["text"])

    def _put(self, row: int, key: str, value: object, look: str) -> None:
        """Write one cell; nothing, or an empty text, gives a blank that is formatted."""
        self.sheet.write(row, PLACES[key], value, self.formats[look])

    def _question(self, row: int, question: Question, *, is_first: bool) -> None:
        component, variable = question.component.component, question.variable
        texts = {
            "code": question.component.printed_code,
            "name": component.name_vi,
            "variable": question.name,
            "label": variable.vi + _supplier(component, question.name),
            "unit": variable.unit,
            # The rule is of the whole component: once is enough.
            "rule": question.component.render("vi") if is_first else "",
        }
        for key, text in texts.items():
            if text:
                self._put(row, key, text, "text")
        last_year = self.last_year.get(question.key)
        if last_year is not None:
            is_text = isinstance(last_year, str)
            self._put(row, "last_year", last_year if is_text else float(last_year), "text")
        answer = self.answers.get(question.key, Answer())
        self._put(row, "value", self._value(row, variable, answer, question.key), "entry")
        if component.not_applicable.treatment != "refuse" or answer.not_applicable:
            self._put(row, "na_mark", "x" if answer.not_applicable else "", "entry_text")
            self._put(row, "na_reason", answer.reason, "entry_text")
        if is_first and (component.evidence == "required" or component.code in self.evidence):
            document = self.evidence.get(component.code, Evidence())
            for key, text in zip(
                ("doc_number", "doc_title", "doc_link"),
                (document.number, document.title, document.link),
                strict=True,
            ):
                self._put(row, key, text, "entry_text")
            self._put(row, "doc_date", document.issued, "entry_date")

    def _value(
        self, row: int, variable: Variable, answer: Answer, key: tuple[str, str]
    ) -> str | float | None:
        """Return what the value cell holds; remember the check it needs."""
        options, value = options_of(variable), answer.value
        if options:
            labels = tuple(label for label, _ in options.values())
            self.lists.setdefault(labels, []).append(row)
        else:
            bounds = (_bound(variable.minimum), _bound(variable.maximum))
            self.ranges.setdefault(bounds, []).append(row)
        if value is not None and options:
            if value not in options:
                msg = f"{'.'.join(key)}: no option {value!r}; options: {', '.join(options)}"
                raise ValueError(msg)
            return options[str(value)][0]
        if value is None or isinstance(value, str):
            return value
        if _needs_percent_sign(variable, value):
            percent = Decimal(value) * (1 if variable.kind == "percent" else 100)
            return f"{percent:f}%".replace(".", ",")
        number = float(value)
        # A cell keeps 16 digits of a binary number; what comes back must be the figure itself.
        if Decimal(repr(float(f"{number:.16G}"))) != value:
            msg = f"{'.'.join(key)}: {value} has more digits than a workbook cell keeps"
            raise ValueError(msg)
        return number

    def validate(self, meta: Worksheet) -> None:
        """Attach lists and ranges to the value cells; the lists' texts are on the hidden sheet.

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


def _needs_percent_sign(variable: Variable, figure: Decimal | int) -> bool:
    """Say whether a bare number would leave open which of 0.617 and 61.7 % is meant."""
    if variable.kind == "percent":
        return 0 < abs(Decimal(figure)) <= 1
    return variable.kind == "ratio" and abs(Decimal(figure)) > 1


def _supplier(component: Component, name: str) -> str:
    """Say who supplies a figure, for the line below its name."""
    supplies = [supply for supply in component.supplies if supply.variable == name]
    return "".join(
        f"\nNơi cung cấp: {supply.supplier_vi} ({words_of('supply_ways')[supply.way].vi}, "
        f"{words_of('supply_states')[supply.state].vi})"
        for supply in supplies
    )


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
