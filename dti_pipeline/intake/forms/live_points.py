"""Live points: formulas in the form that say what the figures entered so far are worth.

Every figure has a helper cell on the hidden sheet: the figure that counts, or why none does; every
part of a component has one with its points. The visible cell of a component adds them up, or says
why there are no points: what an agency supplies or what is compared with other units, a form cannot
know. The formulas read what the guide asks for: typed numbers, listed answers, “không có”; anything
else shows as unclear, although a reader may still understand it.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from xlsxwriter.utility import quote_sheetname, xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from dti_pipeline.exact import MICRO, figure_text
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.index.rules.formulas import NOTHING, OTHERS
from dti_pipeline.intake.forms.frame import PLACES, form_words
from dti_pipeline.intake.forms.layout import (
    EVIDENCE_COLUMNS,
    META_SHEET,
    REPORT_SHEET,
    Question,
    questions_by_key,
)
from dti_pipeline.intake.numbers.missing_words import words_for_nothing
from schemas.files.framework import Variable

Rows = Mapping[tuple[str, str], int]
"""Question → its row on the report; component and "" → the component's last row."""

Lists = Mapping[tuple[str, ...], str]
"""Labels of answers → the column of the hidden sheet that lists them."""

FIGURES: Final = 3
PARTS: Final = 4
WORDS: Final = 5
"""Columns of the hidden sheet for figures, points of parts, and words that name no document."""

FIRST_LIST: Final = 6
"""The columns from here on hold the lists of answers."""


class LivePoints:
    def __init__(self, framework: BoundFramework, not_assessed: Collection[str]) -> None:
        self.framework, self.not_assessed = framework, not_assessed
        self.questions = questions_by_key(framework)
        components = dict.fromkeys(question.component for question in self.questions.values())
        self.components = [component for component in components if component.is_scored]
        self.top: dict[str, int] = {}
        row = 0
        for component in self.components:
            self.top[component.code] = row
            row += max(len(component.columns), len(component.parts))

    def visible(self, component: ScoredComponent) -> str:
        if component.code in self.not_assessed:
            return f"={_no_points('not_assessed')}"
        figures, parts = self._figures(component), self._parts(component)
        reason = _no_points("no_denominator")
        for code, text in reversed(form_words()["reasons"].items()):
            reason = f"IF(COUNTIF({figures},{_text(code)})>0,{_text(text)},{reason})"
        points = f"SUM({parts})"
        if len(component.parts) > 1 and not component.is_outside:
            points = f"MIN({figure_text(component.cap)},{points})"
        formula = f"IF(COUNT({parts})=0,{reason},{points})"
        if any(map(self._is_agency, component.columns.values())):
            formula = _no_points("agency")
        elif component.is_relative:
            is_open = f"COUNT({parts})+COUNTIF({parts},{OTHERS})>0"
            formula = f"IF({is_open},{_no_points('others')},{reason})"
        return f"=IF({self._is_exempt(component)},{self._exempt_text(component)},{formula})"

    def write(self, meta: Worksheet, rows: Rows, lists: Lists) -> None:
        meta.write_column(0, WORDS, words_for_nothing())
        for component in self.components:
            top = self.top[component.code]
            for place, name in enumerate(component.columns):
                formula = self._figure(component, name, rows, lists)
                meta.write_formula(top + place, FIGURES, f"={formula}", None, "")
            cells = {name: self._cell(component, name) for name in component.columns}
            for place, part in enumerate(component.parts):
                formula = part.rule.formula(part, cells)
                meta.write_formula(top + place, PARTS, f"={formula}", None, "")

    def _range(self, component: ScoredComponent, column: int, size: int) -> str:
        top, letter = self.top[component.code] + 1, xl_col_to_name(column)
        return f"{META_SHEET}!${letter}${top}:${letter}${top + size - 1}"

    def _figures(self, component: ScoredComponent) -> str:
        return self._range(component, FIGURES, len(component.columns))

    def _parts(self, component: ScoredComponent) -> str:
        return self._range(component, PARTS, len(component.parts))

    def _cell(self, component: ScoredComponent, name: str) -> str:
        row = self.top[component.code] + list(component.columns).index(name) + 1
        return f"${xl_col_to_name(FIGURES)}${row}"

    def _is_agency(self, column: str) -> bool:
        """Say whether an agency supplies a figure, its own or borrowed."""
        code, _, name = column.rpartition(".")
        variables = self.framework.by_code[code].component.variables
        return variables[name].is_central

    def _is_exempt(self, component: ScoredComponent) -> str:
        tests = [f'COUNTIF({self._figures(component)},"not_applicable")>0']
        if component.component.zero_denominator == "not_applicable":
            for place, part in enumerate(component.parts):
                names = part.rule.names()
                cells = [f"{META_SHEET}!{self._cell(component, name)}" for name in names]
                points = self._range(component, PARTS, place + 1).rpartition(":")[2]
                is_open = f"{META_SHEET}!{points}={NOTHING}"
                tests.append(f"AND(COUNT({','.join(cells)})={len(cells)},{is_open})")
        return f"OR({','.join(tests)})"

    @staticmethod
    def _exempt_text(component: ScoredComponent) -> str:
        treatment = component.component.not_applicable.treatment
        if treatment == "rescale":
            return _no_points("exempt")
        return figure_text(component.maximum) if treatment == "full" else "0"

    def _figure(self, component: ScoredComponent, name: str, rows: Rows, lists: Lists) -> str:
        """Return the formula of the figure that counts, or of the reason why none does."""
        column = component.columns[name]
        if self._is_agency(column):
            return _text("agency")
        code, _, variable = column.rpartition(".")
        if code != component.code:
            return self._cell(self.framework.by_code[code], variable)
        described = component.component
        row = rows[(code, variable)]
        span = (min(row for key, row in rows.items() if key[0] == code), rows[(code, "")])
        value = self._report("value", row, row)
        figure = self._answer(self.questions[(code, variable)], value, lists)
        no_evidence = ""
        if described.evidence == "required":
            documents = ",".join(self._documents(key, *span) for key in EVIDENCE_COLUMNS)
            no_evidence = f"SUM({documents})=0"
            figure = f"IF({no_evidence},{_text('evidence_missing')},{figure})"
        figure = f"IF({value}={NOTHING},{_text('no_data')},{figure})"
        if described.not_applicable.treatment == "refuse":
            return figure
        marks, reasons = (self._report(key, *span) for key in ("na_mark", "na_reason"))
        exempt = _text("not_applicable")
        if no_evidence:
            exempt = f"IF({no_evidence},{_text('evidence_missing')},{exempt})"
        exempt = f"IF(COUNTA({reasons})=0,{_text('no_reason')},{exempt})"
        is_clear = f'AND({value}={NOTHING},COUNTIF({marks},"x")=COUNTA({marks}))'
        exempt = f"IF({is_clear},{exempt},{_text('unread')})"
        return f"IF(COUNTA({marks})>0,{exempt},{figure})"

    def _documents(self, key: str, first: int, last: int) -> str:
        """Return the formula of how many cells name a document: “không có” or a dash names none.

        A text too long to be looked for is an error too.
        """
        text, words = f"TRIM({self._report(key, first, last)})", f"${xl_col_to_name(WORDS)}"
        is_word = f"MATCH({text},{words}$1:{words}${len(words_for_nothing())},0)"
        return f'SUMPRODUCT(({text}<>"")*ISERROR({is_word}))'

    def _report(self, key: str, first: int, last: int) -> str:
        letter, sheet = xl_col_to_name(PLACES[key]), quote_sheetname(REPORT_SHEET)
        start = f"{sheet}!${letter}${first + 1}"
        return start if first == last else f"{start}:${letter}${last + 1}"

    @staticmethod
    def _answer(question: Question, value: str, lists: Lists) -> str:
        unread = _text("unread")
        none = f'OR(TRIM({value})="không có",TRIM({value})="không")'
        if labels := tuple(label.vi for label in question.variable.answers.values()):
            answer = unread
            # Compared one by one: a search would take ? and * in a label for any text.
            for place in reversed(range(len(labels))):
                answer = f"IF(TRIM({value})=TRIM(${lists[labels]}${place + 1}),{place},{answer})"
            return f"IF({none},0,{answer})" if question.variable.kind == "yes_no" else answer
        figure = f"ROUND({value},6)"
        valid = ",".join(_conditions(question.variable, value))
        number = f"IF(AND({valid}),{figure},{unread})"
        return f"IF(ISNUMBER({value}),{number},IF({none},0,{unread}))"


def _conditions(variable: Variable, value: str) -> Iterator[str]:
    """Yield what a typed number must be; a percentage of 1 or less may mean a hundred times it."""
    if variable.kind == "count":
        yield f"{value}=INT({value})"
        yield f"{value}>=0"
    if variable.kind == "percent":
        yield f"OR({value}=0,ABS({value})>1)"
    if variable.kind == "ratio":
        yield f"ABS({value})<=1"
    for bound, sign in ((variable.minimum, ">="), (variable.maximum, "<=")):
        if bound is not None:
            yield f"{value}*{bound.denominator}{sign}{bound.numerator}"
    yield f"ABS({value})<={2**53 // MICRO}"


def _no_points(reason: str) -> str:
    return _text(form_words()["no_points"][reason])


def _text(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
