"""Numbers that are cast as a column read as the number policy reads them, or are left to it."""

from itertools import product

import pytest

from dti_pipeline.intake.files.cells import CellType, RawCell
from dti_pipeline.intake.numbers.entry import entry_of, read_figure
from dti_pipeline.intake.numbers.whole_numbers import whole_numbers
from schemas.files.framework import TableColumn

TEXTS = (
    *("0", "7", "1000", "999999999999", "9223372036854", "00", "07", "-1", "+1", "1.0", "1.234"),
    *("1,5", "1e3", "12 ", "", "không có", "１２", "٣", "12²", "100%", "TRUE"),
)
BOUNDS = ({}, {"minimum": "1"}, {"maximum": "999.5"}, {"minimum": "6.5", "maximum": 1000})
CELLS = [RawCell(text, kind) for text in TEXTS for kind in (CellType.TEXT, CellType.NUMBER)]


@pytest.mark.parametrize("kind", ["count", "amount", "score", "percent", "ratio"])
@pytest.mark.parametrize("bounds", BOUNDS)
def test_a_cast_number_is_what_the_policy_reads(kind: str, bounds: dict[str, str]) -> None:
    column = TableColumn(header="h", name_vi="h", name_en="h", kind=kind, **bounds)
    readings = whole_numbers(CELLS, column)
    for cell, reading in readings.items():
        assert reading == read_figure(cell, column)
        assert entry_of(reading).value_micro == int(cell.text) * 1_000_000
    plain = [text for text in TEXTS[:4] if reads(text, column)]
    cast = set(product(plain, (CellType.TEXT, CellType.NUMBER))) if kind in KINDS else set()
    assert {(cell.text, cell.cell_type) for cell in readings} == cast


KINDS = ("count", "amount", "score")


def reads(text: str, column: TableColumn) -> bool:
    return read_figure(RawCell(text), column).value is not None


@pytest.mark.parametrize("extra", [{"number_format": "0,"}, {"formula": "=1+1"}])
def test_a_cell_with_more_than_digits_is_left_to_the_policy(extra: dict[str, str]) -> None:
    column = TableColumn(header="h", name_vi="h", name_en="h", kind="count")
    assert whole_numbers([RawCell("12", CellType.NUMBER, **extra)], column) == {}
