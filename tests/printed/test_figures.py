"""Figures as they are printed."""

from decimal import Decimal

import pytest

from dti_pipeline.intake.files.cells import Cell, CellType
from dti_pipeline.printed.figures import Figure, read_figure, read_rank


def cell(text: str, kind: CellType = CellType.TEXT, number_format: str = "General") -> Cell:
    return Cell("A1", 1, 1, text, kind, number_format, "")


def figure_of(text: str, kind: CellType = CellType.TEXT, number_format: str = "General") -> Figure:
    figure = read_figure(cell(text, kind, number_format))
    assert figure is not None
    return figure


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [
        ("0.6214", "0.6214", 4),
        ("0,6350", "0.6350", 4),
        ("3331,01", "3331.01", 2),
        ("1.234,50", "1234.50", 2),
        ("+0.0115", "0.0115", 4),
        ("−12", "-12", 0),
        ("giảm 0,05", "-0.05", 2),
        ("▲ 3 bậc", "3", 0),
        ("66,67 điểm", "66.67", 2),
    ],
)
def test_a_printed_figure_keeps_its_decimals(text: str, value: str, decimals: int) -> None:
    figure = figure_of(text)
    assert (figure.value, figure.decimals) == (Decimal(value), decimals)
    assert not figure.is_percent


@pytest.mark.parametrize("text", ["hơn 92", "trên 92 điểm", "tăng hơn 92", "more than 92 points"])
def test_words_that_say_more_than_a_figure_are_kept(text: str) -> None:
    figure = figure_of(text)
    assert (figure.value, figure.is_exceeded) == (92, True)
    assert not figure_of("92 điểm").is_exceeded


def test_percent_is_read_from_the_sign_and_from_the_format() -> None:
    text, number = figure_of("42,8 %"), figure_of("0.428", CellType.NUMBER, "0.0%")
    assert (text.value, number.value) == (Decimal("42.8"), Decimal("42.8"))
    assert (text.is_percent, number.is_percent) == (True, True)


def test_a_percent_sign_that_only_stands_in_the_format_multiplies_nothing() -> None:
    number = figure_of("42.8", CellType.NUMBER, '0.0"%"')
    assert (number.value, number.is_percent) == (Decimal("42.8"), True)


@pytest.mark.parametrize("text", ["1e308", "1e+30", "NaN", "inf", "x"])
def test_a_number_cell_without_a_figure_is_none(text: str) -> None:
    assert read_figure(cell(text, CellType.NUMBER)) is None


@pytest.mark.parametrize("text", ["", "–", "không có", "12 tỷ đồng", "1,2,3.4.5"])
def test_what_is_no_figure_is_none(text: str) -> None:
    assert read_figure(cell(text)) is None


@pytest.mark.parametrize(
    ("text", "rank"), [("6", 6), ("6/63", 6), ("Thứ 6", 6), ("06", 6), ("–", None), ("1,5", None)]
)
def test_a_rank_is_read_however_it_is_printed(text: str, rank: int | None) -> None:
    found = read_rank(cell(text))
    assert (None if found is None else int(found.value)) == rank
