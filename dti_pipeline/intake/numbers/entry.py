"""What one cell says about one variable: a figure or an answer, with issues for what is wrong."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from dti_pipeline.exact import MICRO
from dti_pipeline.intake.files.cells import Cell, CellType
from dti_pipeline.intake.numbers.decimals import to_micro
from dti_pipeline.intake.numbers.look import look_issue
from dti_pipeline.intake.numbers.missing_words import meaning_of
from dti_pipeline.intake.numbers.policy import (
    NO_PROOF,
    Bounds,
    CellReading,
    ColumnProof,
    Status,
    read_number,
)
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.text_keys import label_key, text_key, visible
from schemas.files.framework import CentralTable, Component, TableColumn, Variable, VariableKind
from schemas.issues.issue import Issue
from schemas.text import Text, joined, without_marks
from schemas.words import words_of

# Words of a reading's ``how`` that tell of a proof outside the cell, with their explanations.
_PROOFS: Final[Mapping[str, Text]] = {
    "whole_number": Text("số liệu này là số đếm nguyên", "the figure is a whole count"),
    "identity": Text("tổng bằng các phần cộng lại", "the parts add up to the total"),
}

_LONG_DAY: Final = re.compile(r"(\d{1,2}) thang (\d{1,2}) nam (\d{4})")
_DAY_MARKS: Final = re.compile(r"[-/.]")
# Not `15/2022/QĐ-UBND`, which is the number of a document.
_OTHER_DAY: Final = re.compile(
    r"(?<![\d/])\d{1,2}/\d{1,2}(?!/?\d)|\b\d{1,2}\s*([-./])\s*\d{1,2}\s*\1\s*\d{2}|thang \d"
)
# Words for none that may also only fill an empty cell; a count of none is natural.
_BARE_NONE: Final = {f"word:{word}" for word in ("không", "khong", "no", "-", "--", "–", "—")}


class Entry(NamedTuple):
    """What one cell says about one variable; ``reading`` is how it was read, and the proof.

    An answer's number is its place among the options, in millionths as a figure is.
    """

    status: Status
    value_micro: int | None = None
    option: str | None = None
    reading: str | None = None


ROWS_DISAGREE: Final = Entry(Status.AMBIGUOUS, reading="rows_disagree")


def _bounds_of(figure: Variable | TableColumn) -> Bounds:
    bounds = (figure.minimum, figure.maximum)
    return Bounds(*(b if b is None else Decimal(b.numerator) / b.denominator for b in bounds))


def within_source(variable: Variable, tables: Iterable[CentralTable]) -> Variable:
    """Return a variable as the agency's column holds it, where that is its source.

    What an agency may not deliver, nobody may report or correct.
    """
    table_id, key = variable.origin
    columns = (table.columns.get(key) for table in tables if table.id == table_id)
    column = next(columns, None) if variable.is_central else None
    if column is None:
        return variable
    lows = [low for low in (variable.minimum, column.minimum) if low is not None]
    highs = [high for high in (variable.maximum, column.maximum) if high is not None]
    bounds = {"minimum": max(lows, default=None), "maximum": min(highs, default=None)}
    unit = variable.unit or column.unit
    return variable.model_copy(update={**bounds, "kind": column.kind, "unit": unit})


def read_entry(
    raw: Cell, variable: Variable, place: Place, *, proof: ColumnProof = NO_PROOF
) -> tuple[Entry, list[Issue]]:
    if variable.is_answer:
        entry = read_answer(raw, variable)
        return entry, list(answer_issues(raw, entry, variable, place))
    reading = read_figure(raw, variable, proof=proof)
    return entry_of(reading), list(figure_issues(raw, reading, variable, place))


def read_figure(
    raw: Cell, figure: Variable | TableColumn, *, proof: ColumnProof = NO_PROOF
) -> CellReading:
    return read_number(
        raw,
        kind=figure.kind,
        bounds=_bounds_of(figure),
        proof=proof,
        unit=figure.unit,
    )


def entry_of(reading: CellReading) -> Entry:
    """Turn a reading into an entry; a declared none counts as zero."""
    if reading.value is not None:
        return Entry(reading.status, to_micro(reading.value), None, reading.how)
    none = reading.status is Status.NONE_DECLARED
    return Entry(reading.status, 0 if none else None, None, reading.how)


def read_answer(raw: Cell, variable: Variable) -> Entry:
    """Read a cell as an answer: a label in either language, or the option's code."""
    options = variable.answers
    if raw.look is not None:
        return Entry(Status.AMBIGUOUS, reading=f"look:{raw.look.kind.value}")
    if raw.cell_type is CellType.ERROR:
        return Entry(Status.FORMULA_ERROR, reading="error_cell")
    if raw.cell_type is CellType.FORMULA:
        return Entry(Status.FORMULA_WITHOUT_VALUE, reading="formula_cell")
    if not raw.text.strip():
        return Entry(Status.BLANK, reading="empty_cell")
    if raw.cell_type is CellType.BOOLEAN and variable.kind == "yes_no":
        option = "yes" if raw.text.strip().casefold() in {"true", "1"} else "no"
        return _answer(option, options, Status.OK, "boolean_cell")
    for how, key in (("label", text_key), ("label_without_marks", label_key)):
        codes = {
            code for code, labels in options.items() if key(raw.text) in map(key, (code, *labels))
        }
        if len(codes) == 1:
            return _answer(codes.pop(), options, Status.OK, how)
    meaning = meaning_of(raw.text)
    if meaning == "none_declared" and variable.kind == "yes_no":
        return _answer("no", options, Status.NONE_DECLARED, "word")
    if meaning in ("not_applicable", "blank"):
        return Entry(Status(meaning), reading="word")
    return Entry(Status.TEXT, reading="no_such_option")


def figure_issues(
    raw: Cell, reading: CellReading, figure: Variable | TableColumn, place: Place
) -> Iterator[Issue]:
    """Yield what must be said about a figure's reading; nothing where it simply reads."""
    text, name = raw.text or raw.formula, figure.name
    match reading.status:
        case Status.AMBIGUOUS if raw.look is not None and reading.how.startswith("look:"):
            yield look_issue(raw, raw.look, place)
        case Status.AMBIGUOUS:
            why = why_unclear(reading, figure.kind)
            yield place.issue("value.ambiguous", raw_text=text, raw=text, why=why)
        case Status.OUT_OF_RANGE:
            details = {"value": text, "variable": name, "allowed": _allowed(figure, reading.how)}
            yield place.issue("value.out_of_range", raw_text=text, **details)
        case Status.TEXT:
            rule_id = "value.shortened" if reading.how == "exponent_text" else "value.not_a_number"
            yield place.issue(rule_id, raw_text=text, raw=text, variable=name)
        case Status.NONE_DECLARED if figure.kind != "count" and reading.how in _BARE_NONE:
            yield place.issue("value.none_as_zero", raw_text=text, raw=text, variable=name)
        case Status.OK | Status.PERCENT if reading.value is not None:
            words = reading.how.split("+")
            value = f"{reading.value:f}"
            if "rounded_to_micro" in words:
                yield place.issue("value.rounded", raw_text=text, raw=text, value=value)
            if proof := proof_of(reading.how):
                details = {"raw": text, "value": value, "proof": proof}
                yield place.issue("value.read_by_proof", raw_text=text, **details)
        case status:
            yield from _empty_issues(raw, status, figure, place)


def why_unclear(reading: CellReading, kind: VariableKind) -> Text:
    """Explain an ambiguous reading in words.

    ``kind`` says how a figure on the other scale was written: ``could be 0,617 % (as it stands) or
    61,7 % (if written as a fraction)``.
    """
    reasons = words_of("unclear_cells")
    if reading.how in reasons or not reading.candidates:
        return reasons.get(reading.how, reasons["unproven"])
    choices = [_choice(candidate.value, candidate.label, kind) for candidate in reading.candidates]
    vi = "có thể là " + " hoặc ".join(choice.vi for choice in choices)
    en = "it could be " + " or ".join(choice.en for choice in choices)
    if kind == "count" and reading.how.startswith("lost_zeros"):
        vi = f"đây là số đếm, phải là số nguyên; {vi}"
        en = f"this is a count and must be whole; {en}"
    if len(choices) > 1:
        return Text(vi, en)
    return Text(f"{vi}, nhưng {reasons['unproven'].vi}", f"{en}, but {reasons['unproven'].en}")


def _choice(value: Decimal, label: str, kind: VariableKind) -> Text:
    figure = f"{value:f}" + (" %" if kind == "percent" else "")
    notations = words_of("notations")
    vi, en = notations.get(label, notations["digits"])
    if label.endswith("_rescaled"):
        vi, en = "nếu đã ghi dạng phần trăm", "if written as a percentage"
        if kind == "percent":
            vi, en = "nếu đã ghi dạng phân số", "if written as a fraction"
    return Text(f"{figure.replace('.', ',')} ({vi})", f"{figure} ({en})")


def answer_issues(raw: Cell, entry: Entry, variable: Variable, place: Place) -> Iterator[Issue]:
    if entry.status is Status.AMBIGUOUS and raw.look is not None:
        yield look_issue(raw, raw.look, place)
        return
    if entry.status is not Status.TEXT:
        yield from _empty_issues(raw, entry.status, variable, place)
        return
    labels = joined(variable.answers.values(), "; ")
    yield place.issue("option.unknown", raw_text=raw.text, option=raw.text, options=labels)


def _empty_issues(
    raw: Cell, status: Status, figure: Variable | TableColumn, place: Place
) -> Iterator[Issue]:
    text = raw.text or raw.formula
    if status is Status.BLANK:
        yield place.issue("value.missing", raw_text=text or None, variable=figure.name)
    elif status in (Status.FORMULA_ERROR, Status.FORMULA_WITHOUT_VALUE):
        formula = raw.formula or text
        yield place.issue(f"value.{status.value}", raw_text=formula, raw=formula)


def proof_of(how: str) -> Text | None:
    """Say what proved a reading; None where nothing outside the cell did."""
    for word in how.split("+"):
        if word in _PROOFS:
            return _PROOFS[word]
        if word.startswith("column:"):
            cell = word.removeprefix("column:")
            return Text(
                f"ô {cell} cùng cột cho biết dấu thập phân", f"cell {cell} shows the decimal mark"
            )
    return None


def component_name(component: Component) -> Text:
    code = component.printed_code or component.code
    return Text(f"{code} {component.name_vi}", f"{code} {component.name_en}")


def _answer(option: str, options: Mapping[str, Text], status: Status, how: str) -> Entry:
    return Entry(status, list(options).index(option) * MICRO, option, how)


def _allowed(figure: Variable | TableColumn, how: str) -> Text:
    """Say which figures are allowed; counts are whole and not negative by nature."""
    low, high = _bounds_of(figure)
    if low is None and figure.kind == "count":
        low = Decimal(0)
    bounds = (("≥", low), ("≤", high))
    parts = [f"{sign} {bound:f}" for sign, bound in bounds if bound is not None]
    whole = ("số nguyên", "whole number") if how == "not_whole" else ("", "")
    return Text(*(", ".join(filter(None, (*parts, word))) or how for word in whole))


@lru_cache(maxsize=1024)
def day_of(text: str) -> date | None:
    """Read a document's date; None where the text is none, or goes on with another one.

    As typed (31/12/2022), as a date cell gives it (2022-12-31), or as papers write it (ngày 31
    tháng 12 năm 2022). Of a year, two digits below 50 are of this century, as spreadsheets take
    them.
    """
    first, _, rest = visible(text).replace("T", " ").partition(" ")
    parts, plain = _DAY_MARKS.split(first), without_marks(visible(text)).casefold()
    if match := _LONG_DAY.search(plain):
        parts, rest = list(match.groups()), f"{plain[: match.start()]} {plain[match.end() :]}"
    if _OTHER_DAY.search(without_marks(rest).casefold()):
        return None
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    day, month, year = reversed(parts) if len(parts[0]) == 4 else parts
    if len(year) not in (2, 4):
        return None
    century = 0 if len(year) == 4 else 2000 if int(year) < 50 else 1900
    try:
        return date(century + int(year), int(month), int(day))
    except ValueError:
        return None
