"""Find the table in a form by its headings, and the question of each row by its codes.

Nothing here reads a figure. What is where it should not be becomes an issue, because a figure in a
row that nobody recognises would otherwise be lost in silence.
"""

from collections.abc import Sequence
from typing import Final

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.files.cells import CellType, Sheet
from dti_pipeline.intake.forms.layout import (
    COLUMNS,
    EVIDENCE_COLUMNS,
    TOTAL,
    QuestionKey,
    questions_by_key,
)
from dti_pipeline.intake.place import Issues, Place
from dti_pipeline.intake.tables.component_codes import (
    codes_of_number,
    printed_mains,
    unknown_component,
    unknown_variable,
)
from dti_pipeline.intake.tables.no_units import NoUnit
from dti_pipeline.intake.tables.rows import Column, Row, Table, find_table
from dti_pipeline.intake.text_keys import label_key, visible
from schemas.files.framework import GENERAL
from schemas.messages import message

_SECTION: Final = label_key("Chỉ số chính")
_TOTAL: Final = label_key(TOTAL)
_KEYS: Final = ("code", "variable", "na_mark", *EVIDENCE_COLUMNS)
# Columns that only explain the question, such as the rule, may be hidden or changed by a sender.
_COLUMNS: Final = [
    Column(
        column.key,
        (column.label, column.english),
        is_needed=column.use == "needed",
        is_key=column.key in _KEYS,
    )
    for column in COLUMNS
    if column.use != "explaining"
]
_VARIABLE: Final = [label_key(column.label) for column in COLUMNS if column.key == "variable"]
# Columns whose content must not get lost with an unrecognised row.
_ENTRIES: Final = ("value", "na_mark", "na_reason")


def find_form_table(sheet: Sheet) -> Table | None:
    """Find the form's table; None where it is missing or lacks a column."""
    table = find_table(sheet, _COLUMNS, key=label_key)
    return table if table and not table.missing else None


class RowMatcher:
    """Matches the rows of a form to the questions of a framework; collects the issues."""

    def __init__(self, framework: BoundFramework, place: Place) -> None:
        self.framework, self.place = framework, place
        self.questions = questions_by_key(framework)
        self.issues = Issues()
        self.has_foreign_codes = False  # codes that the framework does not ask for
        self.documents: dict[str, list[Row]] = {}  # rows that only name more of a component

    def rows(self, table: Table) -> dict[QuestionKey, list[Row]]:
        """Return the rows of each question, in the sheet's order.

        Rows without any code are the sender's business (signatures, notes) below the table; above
        its last row they must not hold entries.
        """
        rows: dict[QuestionKey, list[Row]] = {}
        strays: list[Row] = []
        for row in table.rows():
            if label_key(row.cell("code").text).startswith(_TOTAL):
                self._refuse(strays)
                strays = []
            if not row.text("variable"):
                is_section = label_key(row.cell("code").text).startswith(_SECTION)
                codes, has_documents = self._codes_like(row), any(map(row.text, EVIDENCE_COLUMNS))
                if not is_section and any(visible(row.cell(key).text) for key in _ENTRIES):
                    strays.append(row)
                elif len(codes) == 1 and has_documents:
                    self.documents.setdefault(codes[0], []).append(row)
                elif not is_section and has_documents:
                    strays.append(row)
                continue
            if label_key(row.text("variable")) in _VARIABLE:
                place = self._at(row, "code")
                self.issues.add(
                    place, "table.row_ignored", name=row.text("variable"), kind=NoUnit.HEADING.value
                )
                continue
            key = self._question(row)
            self._refuse(strays)
            strays = []
            if key is not None:
                rows.setdefault(key, []).append(row)
        # Strays below the last row are signatures, unless they carry a component's code.
        self._refuse([row for row in strays if self._codes_like(row)])
        return rows

    def _refuse(self, rows: Sequence[Row]) -> None:
        for row in rows:
            texts = [cell.text.strip() for _, cell in sorted(row.cells.items())]
            change = message("form_changes.row_without_code", row=row.number)
            self.issues.add(
                self._at(row, "variable"),
                "report.form_changed",
                raw_text=" | ".join(filter(None, texts)),
                change=change,
            )

    def _at(self, row: Row, key: str, code: str | None = None) -> Place:
        return self.place._replace(source_cell=row.address(key), component_code=code)

    def _question(self, row: Row) -> QuestionKey | None:
        text, name = row.text("code"), row.text("variable")
        codes = self._codes_like(row)
        if len(codes) > 1:
            asked = [code for code in codes if (code, name) in self.questions]
            codes = [text] if text in codes else asked
        if len(codes) != 1:
            self.has_foreign_codes = True
            candidates = [self.framework.by_code[code].printed_code for code in codes]
            place = self._at(row, "code")
            self.issues.append(unknown_component(place, text, self.framework, candidates))
            return None
        code = codes[0]
        is_text = row.label("code").cell_type is CellType.TEXT
        is_written = is_text and self.framework.component_of(text) is not None
        if not is_written and text.casefold() != code.casefold():
            place = self._at(row, "code", code)
            self.issues.add(place, "code.typed_as_number", raw_text=text, raw=text)
        return self._variable(code, name, self._at(row, "variable", code))

    def _variable(self, code: str, name: str, place: Place) -> QuestionKey | None:
        if (code, name) in self.questions:
            return code, name
        variables = [variable for other, variable in self.questions if other == code]
        if code == GENERAL and not variables:  # asked for by the form, not by its reader
            return None
        same = [variable for variable in variables if variable.casefold() == name.casefold()]
        if len(same) == 1:
            return code, same[0]
        self.has_foreign_codes = True
        self.issues.append(unknown_variable(place, name, variables))
        return None

    def _codes_like(self, row: Row) -> list[str]:
        """Return the component codes a row can mean: the one it writes, else by number."""
        text, codes = row.text("code"), self.framework.by_code
        cell_type = row.label("code").cell_type
        if cell_type is CellType.TEXT:
            if component := self.framework.component_of(text):
                return [component.code]
            if folded := [code for code in codes if code.casefold() == text.casefold()]:
                return folded
        printed = codes_of_number(
            text, printed_mains(self.framework), lost_zeros=cell_type is CellType.NUMBER
        )
        return [self.framework.by_printed_code[code].code for code in printed]
