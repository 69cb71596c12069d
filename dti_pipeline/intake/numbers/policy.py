"""The number policy: what a cell says, read exactly or not at all.

``read_number`` turns one raw cell into a reading with a status. It never guesses: a text with two
possible figures is ``ambiguous`` and lists both, unless something proves one of them. What counts
as proof is written into ``how``, words joined by ``+``:

===================  ==========================================================================
``whole_number``     the variable counts things, so ``1.234`` cannot be a fraction
``column:B7``        another cell of the column shows which mark is the decimal one
``identity``         the parts add up to the total with this reading only (``confirmed``)
``number_cell``      the workbook holds a number, not a text
``percent_sign``     the text carries ``%``; ``percent_format``, ``percent_literal``: the format
``as_percent``       the column provably writes percentages as 61.7
``unit``             the text ends with the variable's own unit of measure
``float_noise``      digits beyond the fifteenth, left by binary floats, were dropped
``rounded_to_micro`` digits beyond the sixth decimal were rounded, half up
===================  ==========================================================================

Bounds are no proof: a figure beyond its bound must not turn into another one within it. A cell that
shows another figure than it holds is ``ambiguous`` without candidates, so that nothing proves it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import isinf
from typing import Final, NamedTuple

from dti_pipeline.intake.files.cells import Cell, CellType
from dti_pipeline.intake.numbers import notation
from dti_pipeline.intake.numbers.decimals import (
    fits_micro,
    from_micro,
    is_short,
    is_whole,
    plain,
    shifted,
    to_micro,
    without_float_noise,
)
from dti_pipeline.intake.numbers.look import look_of_figure
from dti_pipeline.intake.numbers.missing_words import meaning_of
from dti_pipeline.intake.numbers.notation import Candidate, Mark
from dti_pipeline.intake.text_keys import text_key
from schemas.codes import READ_STATUSES
from schemas.files.framework import VariableKind


class Status(StrEnum):
    OK = "ok"
    PERCENT = "percent"
    BLANK = "blank"
    NONE_DECLARED = "none_declared"
    NOT_APPLICABLE = "not_applicable"
    AMBIGUOUS = "ambiguous"
    FORMULA_ERROR = "formula_error"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    TEXT = "text"
    OUT_OF_RANGE = "out_of_range"

    @property
    def is_clear(self) -> bool:
        """Whether it is known what the cell says, be it nothing; others may hide a figure."""
        return self is Status.BLANK or self.value in READ_STATUSES


class Bounds(NamedTuple):
    """Smallest and largest figure allowed, both included; None leaves the side open."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None

    def allow(self, value: Decimal) -> bool:
        return not (
            (self.minimum is not None and value < self.minimum)
            or (self.maximum is not None and value > self.maximum)
        )


@dataclass(frozen=True, slots=True)
class ColumnProof:
    """What a column proves beyond the cell itself."""

    decimal_mark: Mark | None = None
    place: str = ""  # of the cell that shows the mark, such as B7
    mixed: bool = False  # cells prove both marks, so neither is used
    in_percent: bool = False  # 61.7 % is written 61.7, so that 0.617 is no fraction


@dataclass(frozen=True, slots=True)
class CellReading:
    """What a cell means; only the statuses ``ok`` and ``percent`` have a value.

    It has at most six decimals; percent variables hold 61.7 for 61.7 %, ratios hold 0.617.
    """

    status: Status
    value: Decimal | None
    how: str  # the reading that was used, with its proof, or why there is none
    candidates: tuple[Candidate, ...] = ()  # what an ambiguous cell can stand for, within bounds

    @property
    def possible(self) -> tuple[Candidate, ...]:
        """All figures the cell can stand for: the one that was read, or the candidates."""
        return self.candidates if self.value is None else (Candidate(self.value, self.how),)


NO_BOUNDS: Final = Bounds()
NO_PROOF: Final = ColumnProof()

_NUMBER_TEXT: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_ERRORS: Final = re.compile(
    r"#(?:REF!|DIV/0!|N/A|NAME\?|NULL!|NUM!|VALUE!|SPILL!|CALC!|GETTING_DATA)|Err:[0-9]{3}", re.I
)
_EXPONENT: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+")
_QUOTED: Final = re.compile(r'"[^"]*"|\\.')
_PADDING: Final = re.compile(r"[_*].")

_NO_FIGURE: Final = {
    CellType.EMPTY: (Status.BLANK, "empty_cell"),
    CellType.ERROR: (Status.FORMULA_ERROR, "error_cell"),
    CellType.FORMULA: (Status.FORMULA_WITHOUT_VALUE, "formula_cell"),
    CellType.BOOLEAN: (Status.TEXT, "boolean_cell"),
    # Typing 1.2 can leave the first of February behind; which figure was meant is lost.
    CellType.DATE: (Status.TEXT, "date_cell"),
}
_NOT_A_NUMBER: Final = CellReading(Status.TEXT, None, "not_a_number")


def read_number(
    raw: Cell,
    *,
    kind: VariableKind,
    bounds: Bounds = NO_BOUNDS,
    proof: ColumnProof = NO_PROOF,
    unit: str = "",
) -> CellReading:
    """Read one cell as a figure of one variable, within the bounds (in its own unit).

    Counts are whole and never negative. ``unit`` is the only text allowed behind a figure.
    """
    if raw.look is not None and (look := look_of_figure(raw, unit)) is not None:
        return CellReading(Status.AMBIGUOUS, None, f"look:{look.kind.value}")
    if raw.cell_type in _NO_FIGURE:
        status, how = _NO_FIGURE[raw.cell_type]
        return CellReading(status, None, how)
    variable = _Variable(kind, bounds, proof, unit)
    if raw.cell_type is CellType.NUMBER:
        return _read_number_cell(raw, variable)
    return _read_text(raw.text, variable)


def confirmed(reading: CellReading, candidate: Candidate) -> CellReading:
    """Turn an ambiguous reading into the candidate that an identity has proved.

    Raises:
        ValueError: if the candidate is not one of the reading's own.
    """
    if reading.status is not Status.AMBIGUOUS or candidate not in reading.candidates:
        raise ValueError(
            f"{candidate.value} is not a candidate of this {reading.status.value} reading"
        )
    return _rounded(candidate.value, [candidate.label, "identity"], Status.OK)


class _Variable(NamedTuple):
    kind: VariableKind
    bounds: Bounds
    proof: ColumnProof
    unit: str

    def objection(self, value: Decimal) -> str | None:
        if not fits_micro(value):
            return "beyond_int64"
        if self.kind == "count" and not is_whole(value):
            return "not_whole"
        if self.kind == "count" and value < 0:
            return "negative_count"
        return None if self.bounds.allow(value) else "outside_bounds"


def _read_number_cell(raw: Cell, variable: _Variable) -> CellReading:
    """Read a typed number. Its mark is never in doubt, only its percent scale can be."""
    text = raw.text.strip()
    if not _NUMBER_TEXT.fullmatch(text):
        endless = text.lstrip("+-").casefold() in {"inf", "infinity", "nan"}
        return CellReading(Status.OUT_OF_RANGE, None, "not_finite") if endless else _NOT_A_NUMBER
    double = float(text)
    if isinf(double):
        return CellReading(Status.OUT_OF_RANGE, None, "not_finite")
    value, how = without_float_noise(Decimal(repr(double))), ["number_cell"]
    if value != Decimal(repr(double)):
        how.append("float_noise")
    shown_format = _PADDING.sub("", raw.number_format)
    if "%" in shown_format:
        if variable.kind not in ("percent", "ratio"):
            return _ambiguous(f"percent_on_{variable.kind}", [], variable)
        # A quoted percent sign is shown but does not multiply: 61.7 is shown as 61.7%.
        is_quoted = "%" not in _QUOTED.sub("", shown_format)
        how.append("percent_literal" if is_quoted else "percent_format")
        percent = value if is_quoted else shifted(value, 2)
        figure = shifted(percent, -2) if variable.kind == "ratio" else percent
        return _checked(figure, how, variable, Status.PERCENT)
    thousandfold = shifted(value, 3)
    if (
        variable.kind == "count"
        and 1 <= value < 1000
        and is_whole(thousandfold)
        and not is_whole(value)
    ):
        # A program took the dot of 1.290 for a decimal point while reading or typing.
        return _ambiguous("lost_zeros_dot", [Candidate(thousandfold, "lost_zeros_dot")], variable)
    return _unmarked(Candidate(value, "number_cell"), how, variable)


def _read_text(text: str, variable: _Variable) -> CellReading:
    tidied = notation.tidy(text)
    how: list[str] = []
    if tidied.startswith("'"):
        # The mark by which spreadsheets force text; exports sometimes keep it.
        tidied, how = notation.tidy(tidied[1:]), ["apostrophe"]
    if not tidied:
        return CellReading(Status.BLANK, None, "empty_text")
    if meaning := meaning_of(tidied):
        return CellReading(Status(meaning), None, f"word:{text_key(tidied)}")
    if _ERRORS.fullmatch(tidied):
        return CellReading(Status.FORMULA_ERROR, None, "error_text")
    if tidied.startswith("="):
        return CellReading(Status.FORMULA_WITHOUT_VALUE, None, "formula_text")
    if _EXPONENT.fullmatch(tidied):
        # A spreadsheet wrote a shortened figure; the digits it left out are lost.
        return CellReading(Status.TEXT, None, "exponent_text")
    pieces = notation.split(tidied)
    if pieces is None:
        return _NOT_A_NUMBER
    if pieces.suffix == "%":
        how.append("percent_sign")
    elif pieces.suffix:
        if text_key(pieces.suffix) != text_key(variable.unit):
            return CellReading(Status.TEXT, None, "other_unit")
        how.append("unit")
    return _read_pieces(pieces, how, variable)


def _read_pieces(pieces: notation.Pieces, how: list[str], variable: _Variable) -> CellReading:
    """Choose between the readings that the marks of a text allow."""
    percent = "percent_sign" in how
    counts = variable.kind == "count"
    any_figure = notation.readings(pieces, whole=False)
    candidates = notation.readings(pieces, whole=True) if counts else any_figure
    if not any_figure:
        return _NOT_A_NUMBER
    if percent and variable.kind not in ("percent", "ratio"):
        return _ambiguous(f"percent_on_{variable.kind}", [], variable)
    if not candidates:
        return CellReading(Status.OUT_OF_RANGE, None, "not_whole")
    if percent and variable.kind == "ratio":
        candidates = tuple(c._replace(value=shifted(c.value, -2)) for c in candidates)
    mark = None if variable.proof.mixed else variable.proof.decimal_mark
    fitting = tuple(c for c in candidates if notation.IMPLIED_MARK.get(c.label) in {mark, None})
    choices = fitting if mark else candidates
    if len(choices) != 1 or choices[0].label in notation.UNPROVEN:
        why = choices[0].label if len(choices) == 1 else "either_mark"
        scaled = candidates if percent else [s for c in candidates for s in _scales(c, variable)]
        return _ambiguous(why if choices else "against_column", scaled, variable)
    how = [choices[0].label, *how]
    if counts and len(any_figure) > len(candidates):
        how.append("whole_number")
    if len(candidates) > 1:
        how.append(f"column:{variable.proof.place}")
    if percent:
        return _checked(choices[0].value, how, variable, Status.PERCENT)
    return _unmarked(choices[0], how, variable)


def _scales(figure: Candidate, variable: _Variable) -> list[Candidate]:
    """List the figure and, when its scale is in doubt, what it is on the other scale.

    In a percent variable 0.617 may be 0.617 % or 61.7 %, and 1 may be 1 % or all of it; a ratio
    above one may be a percentage. Zero is zero on both scales.
    """
    small = abs(figure.value) <= 1
    if variable.kind == "percent" and small and figure.value:
        return [figure, Candidate(shifted(figure.value, 2), f"{figure.label}_rescaled")]
    if variable.kind == "ratio" and not small:
        return [figure, Candidate(shifted(figure.value, -2), f"{figure.label}_rescaled")]
    return [figure]


def _unmarked(figure: Candidate, how: list[str], variable: _Variable) -> CellReading:
    """Settle the scale of a figure without a percent sign, then check it."""
    scales = _scales(figure, variable)
    if len(scales) == 1:
        return _checked(figure.value, how, variable, Status.OK)
    if variable.kind == "percent" and variable.proof.in_percent:
        return _checked(figure.value, [*how, "as_percent"], variable, Status.OK)
    return _ambiguous("percent_or_fraction", scales, variable)


def _ambiguous(how: str, candidates: Sequence[Candidate], variable: _Variable) -> CellReading:
    """List what an undecided cell can stand for; with no allowed figure it is out of range."""
    allowed = tuple(
        candidate._replace(value=plain(candidate.value))
        for candidate in candidates
        if variable.objection(candidate.value) is None
    )
    if candidates and not allowed:
        return CellReading(Status.OUT_OF_RANGE, None, str(variable.objection(candidates[0].value)))
    return CellReading(Status.AMBIGUOUS, None, how, allowed)


def _checked(value: Decimal, how: list[str], variable: _Variable, status: Status) -> CellReading:
    if objection := variable.objection(value):
        return CellReading(Status.OUT_OF_RANGE, None, objection)
    return _rounded(value, how, status)


def _rounded(value: Decimal, how: Iterable[str], status: Status) -> CellReading:
    """Round a figure that fits to six decimals; float noise does not count as rounding."""
    if is_short(value):  # nothing to round or to drop, as with nearly every figure
        return CellReading(status, plain(value), "+".join(how))
    figure = without_float_noise(value)
    rounded = from_micro(to_micro(figure))
    if rounded != figure:
        how = [*(word for word in how if word != "float_noise"), "rounded_to_micro"]
    elif figure != value:
        how = [*how, "float_noise"]
    return CellReading(status, rounded, "+".join(how))
