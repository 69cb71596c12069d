"""Find the table in a form: its header by the labels, its rows by their codes.

Nothing here reads a figure. What stands where it should not becomes an issue, because a figure in
a row that nobody recognises would otherwise be lost in silence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.files.cells import Cell
from dti_pipeline.intake.files.sheet_xml import column_letters
from dti_pipeline.intake.forms.layout import COLUMNS, NEEDED_COLUMNS, Asked, label_key
from dti_pipeline.intake.numbers.policy import CellType
from dti_pipeline.intake.numbers.variable_reading import Place
from dti_pipeline.intake.tables.headers import EMPTY_CELL, Grid, Header, find_header
from schemas.issues.issue import Issue
from schemas.text import Text

_SECTION: Final = label_key("Chỉ số chính")
_LABELS: Final = {
    label_key(text): column.key for column in COLUMNS for text in (column.label, column.english)
}
# Columns whose content must not get lost with an unrecognised row.
_ENTRIES: Final = ("value", "na_mark", "na_reason")


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row that was matched to a question."""

    question: Asked
    row: int
    cells: Mapping[int, Cell]
    columns: Mapping[str, int]

    def cell(self, key: str) -> Cell:
        """Return the cell of a column; an empty one where the column or cell is missing."""
        return self.cells.get(self.columns.get(key, 0), EMPTY_CELL)

    def address(self, key: str) -> str:
        """Return the address of a cell, such as ``H12``."""
        return self.cell(key).place or cell_address(self.row, self.columns[key])


def cell_address(row: int, column: int) -> str:
    """Write a cell's address."""
    return f"{column_letters(column)}{row}"


def find_form_header(grid: Grid) -> Header | None:
    """Find the form's header; None where it is missing, lacks a column or repeats a label."""
    header = find_header(grid, _LABELS, needed=NEEDED_COLUMNS, key=label_key)
    return header if header and header.is_whole else None


class RowMatcher:
    """Matches the rows of a form to the questions of a framework; collects the issues."""

    def __init__(
        self,
        framework: BoundFramework,
        questions: Mapping[tuple[str, str], Asked],
        *,
        place: Place,
    ) -> None:
        self.framework, self.questions, self.place = framework, questions, place
        self.asked_of: dict[str, list[str]] = {}
        for code, name in self.questions:
            self.asked_of.setdefault(code, []).append(name)
        self.issues: list[Issue] = []
        # True once a code was found that the framework does not ask for.
        self.has_foreign_codes = False

    def rows(self, grid: Grid, header: Header) -> Iterator[FormRow]:
        """Yield the rows that belong to a question, in the sheet's order.

        Rows without any code are the sender's business (signatures, notes) below the table; above
        its last row they must not hold entries.
        """
        strays: list[int] = []
        for row in sorted(row for row in grid if row > header.last_row):
            cells = grid[row]
            code = cells.get(header.columns["code"], EMPTY_CELL)
            name = cells.get(header.columns["variable"], EMPTY_CELL)
            if not name.text.strip():
                if not label_key(code.text).startswith(_SECTION) and self._has_entry(cells, header):
                    strays.append(row)
                continue
            question = self._question(code, name.text.strip(), row=row, header=header)
            self._refuse(strays, grid, header)
            strays = []
            if question is not None:
                yield FormRow(question=question, row=row, cells=cells, columns=header.columns)
        # Strays below the last row are signatures, unless they carry a component's code.
        coded = [row for row in strays if self._is_code(grid[row], header)]
        self._refuse(coded, grid, header)

    def _has_entry(self, cells: Mapping[int, Cell], header: Header) -> bool:
        places = [header.columns[key] for key in _ENTRIES if key in header.columns]
        return any(cells[place].text.strip() for place in places if place in cells)

    def _is_code(self, cells: Mapping[int, Cell], header: Header) -> bool:
        return bool(self._codes_like(cells.get(header.columns["code"], EMPTY_CELL)))

    def _refuse(self, rows: Sequence[int], grid: Grid, header: Header) -> None:
        for row in rows:
            column = header.columns["variable"]
            texts = [cell.text.strip() for _, cell in sorted(grid[row].items())]
            change = Text(
                f"dòng {row} có số liệu mà thiếu mã biến",
                f"row {row} has entries and no variable code",
            )
            self.issues.append(
                self._at(row, column).issue(
                    "report.form_changed", raw_text=" | ".join(filter(None, texts)), change=change
                )
            )

    def _at(self, row: int, column: int, code: str | None = None) -> Place:
        return self.place._replace(source_cell=cell_address(row, column), component_code=code)

    def _question(self, code_cell: Cell, name: str, *, row: int, header: Header) -> Asked | None:
        """Find the question of one row, or say why there is none."""
        text = code_cell.text.strip()
        if (text, name) in self.questions and code_cell.cell_type is CellType.TEXT:
            return self.questions[(text, name)]
        place = self._at(row, header.columns["code"])
        codes = self._codes_like(code_cell)
        exact = [code for code in codes if code == text]
        if exact:
            codes = exact
        elif len(codes) > 1:
            codes = [code for code in codes if (code, name) in self.questions]
        if len(codes) != 1:
            self.has_foreign_codes = True
            near = codes or nearest_codes(text, self.framework)
            self.issues.append(
                place.issue(
                    "component.unknown",
                    raw_text=text,
                    code=text,
                    framework=self.framework.id,
                    candidates=", ".join(near) or "–",
                )
            )
            return None
        code = codes[0]
        if not exact and text.casefold() != code.casefold():
            self.issues.append(
                place._replace(component_code=code).issue(
                    "code.typed_as_number", raw_text=text, raw=text
                )
            )
        return self._variable(code, name, self._at(row, header.columns["variable"], code))

    def _variable(self, code: str, name: str, place: Place) -> Asked | None:
        asked_here = self.asked_of.get(code, [])
        if name in asked_here:
            return self.questions[(code, name)]
        same = [known for known in asked_here if known.casefold() == name.casefold()]
        if len(same) == 1:
            return self.questions[(code, same[0])]
        self.has_foreign_codes = True
        self.issues.append(
            place.issue(
                "variable.unknown",
                raw_text=name,
                component=code,
                name=name,
                candidates=", ".join(asked_here) or "–",
            )
        )
        return None

    def _codes_like(self, cell: Cell) -> list[str]:
        """Return the component codes a cell can mean: one where it is a code, else by number."""
        text = cell.text.strip()
        known = self.framework.by_code
        if text in known and cell.cell_type is CellType.TEXT:
            return [text]
        folded = [code for code in known if code.casefold() == text.casefold()]
        if folded and cell.cell_type is CellType.TEXT:
            return folded
        mains = {code: bound.component.main for code, bound in known.items()}
        return codes_of_number(text, mains, lost_zeros=cell.cell_type is CellType.NUMBER)


def nearest_codes(text: str, framework: BoundFramework) -> list[str]:
    """Return the codes a wrong code may have been: those of its number, else those spelt alike."""
    mains = {code: bound.component.main for code, bound in framework.by_code.items()}
    return codes_of_number(text, mains, lost_zeros=True) or get_close_matches(
        text, list(framework.by_code), n=3, cutoff=0.5
    )


def codes_of_number(text: str, mains: Mapping[str, str], *, lost_zeros: bool) -> list[str]:
    """Return the codes that a number such as ``101``, ``1.1`` or ``1,10`` can stand for.

    Args:
        text: the number as found.
        mains: code → main code.
        lost_zeros: a typed number has lost the zeros at its end, so 1.1 may be 1.10.

    Returns:
        The codes in the framework's order; several where the number alone does not tell.
    """
    parts = text.replace(",", ".").split(".")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 2:
        return []
    if len(parts) == 2 and lost_zeros and not int(parts[1]):
        parts = parts[:1]
    if len(parts) == 1:
        return [code for code in mains if _is_number(code, int(parts[0]))]
    ends = {int(parts[1])} | ({int(parts[1]) * 10} if lost_zeros else set())
    return [
        code
        for code, main in mains.items()
        if _is_number(main, int(parts[0]))
        and any(
            _is_number(code[:cut], int(parts[0])) and _ends_in(code[cut:], ends)
            for cut in range(1, len(code))
        )
    ]


def _is_number(text: str, number: int) -> bool:
    return text.isascii() and text.isdigit() and int(text) == number


def _ends_in(rest: str, ends: Sequence[int] | set[int]) -> bool:
    digits = rest.lstrip(".")
    return digits.isascii() and digits.isdigit() and int(digits) in ends
