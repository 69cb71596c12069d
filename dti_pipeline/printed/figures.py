"""Figures as they are printed: the number, its decimals, and where it stands."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from dti_pipeline.intake.files.cells import Cell, CellType
from dti_pipeline.intake.numbers import notation
from dti_pipeline.intake.numbers.policy import read_number
from schemas.files.framework import VariableKind

_RANK: Final = re.compile(r"[^0-9]*([0-9]{1,6})(?:\s*/\s*[0-9]+)?[^0-9]*")
_UP_DOWN: Final = re.compile(r"(tăng|giảm|▲|▼|↑|↓)", re.IGNORECASE)
_DOWN: Final = ("giảm", "▼", "↓")
_MORE: Final = re.compile(r"\b(hơn|trên|over|more than)\b", re.IGNORECASE)
_WORDS: Final = re.compile(r"\b(bậc|điểm|points?|places?)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Figure:
    """One printed figure with the digits behind its mark.

    ``is_exceeded`` where the words beside it say “more than” (hơn 92).
    """

    value: Decimal
    is_percent: bool
    text: str
    is_exceeded: bool = False

    @property
    def decimals(self) -> int:
        return max(-int(self.value.as_tuple().exponent), 0)


def read_figure(cell: Cell) -> Figure | None:
    """Read a printed figure; None where the cell holds none.

    A text that fits both styles (``1.234``) is read with a decimal mark: index values have one, and
    points above a thousand are rare.
    """
    if cell.cell_type is CellType.NUMBER:
        is_percent = "%" in cell.number_format
        kind: VariableKind = "percent" if is_percent else "score"
        number = read_number(cell, kind=kind).value
        return None if number is None else Figure(number, is_percent, cell.text)
    text = notation.tidy(cell.text).removeprefix("'")
    sign = -1 if any(mark in text.casefold() for mark in _DOWN) else 1
    is_exceeded = _MORE.search(text) is not None
    for words in (_UP_DOWN, _MORE, _WORDS):
        text = words.sub("", text)
    pieces = notation.split(text.strip())
    if pieces is None or pieces.suffix not in ("", "%"):
        return None
    readings = notation.readings(pieces, whole=False)
    if not readings:
        return None
    decimal = [reading for reading in readings if reading.label.startswith("decimal")]
    value = (decimal or list(readings))[0].value
    return Figure(sign * value, pieces.suffix == "%", cell.text.strip(), is_exceeded)


def read_rank(cell: Cell) -> Figure | None:
    """Read a printed rank: ``6``, ``6/63``, ``Thứ 6``; None where there is none."""
    text = notation.tidy(cell.text)
    if cell.cell_type is CellType.NUMBER:
        text = text.removesuffix(".0")
    match = _RANK.fullmatch(text)
    return Figure(Decimal(match[1]), is_percent=False, text=text) if match else None
