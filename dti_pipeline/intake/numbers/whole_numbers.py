"""Plain whole numbers of a column, cast at once: nothing in them is left to the number policy.

A reading is the one that ``read_number`` gives the cell, which takes it twenty times as long.
"""

from collections.abc import Iterable
from decimal import Decimal
from math import ceil, floor
from typing import Final

import polars as pl

from dti_pipeline.intake.files.cells import CellType, RawCell
from dti_pipeline.intake.numbers.policy import NumberKind, Reading, Status
from schemas.files.framework import TableColumn

# Digits without marks, few enough to be exact in a workbook and to fit 64-bit millionths.
_WHOLE: Final = "^(?:0|[1-9][0-9]{0,11})$"
# Kinds of one scale, and how the policy calls such a reading.
_KINDS: Final = {NumberKind.COUNT, NumberKind.AMOUNT, NumberKind.SCORE}
_HOW: Final = {CellType.TEXT: "digits", CellType.NUMBER: "number_cell"}


def whole_numbers(cells: Iterable[RawCell], column: TableColumn) -> dict[RawCell, Reading]:
    """Return the readings of all cells that hold digits and nothing else, within the bounds."""
    if NumberKind(column.kind) not in _KINDS:
        return {}
    distinct = set(cells)
    readings: dict[RawCell, Reading] = {}
    for cell_type, how in _HOW.items():
        # A cell that a format or anything else says more about is for the policy.
        plain = [cell.text for cell in distinct if cell == RawCell(cell.text, cell_type)]
        texts = pl.Series(plain, dtype=pl.String)
        numbers = texts.filter(texts.str.contains(_WHOLE)).cast(pl.Int64)
        if column.minimum is not None:
            numbers = numbers.filter(numbers >= ceil(column.minimum))
        if column.maximum is not None:
            numbers = numbers.filter(numbers <= floor(column.maximum))
        for number in numbers:
            reading = Reading(Status.OK, Decimal(number), how)
            readings[RawCell(str(number), cell_type)] = reading
    return readings
