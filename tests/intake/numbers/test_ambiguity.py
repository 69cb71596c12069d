"""What a sender reads about a figure that could mean two things."""

from decimal import Decimal

import pytest

from dti_pipeline.intake.files.cells import Cell, CellType
from dti_pipeline.intake.numbers.entry import why_unclear
from dti_pipeline.intake.numbers.policy import Bounds, read_number

ONE = Bounds(Decimal(0), Decimal(1))


@pytest.mark.parametrize(
    ("text", "kind", "bounds", "vi", "en"),
    [
        (
            "1.234",
            "amount",
            Bounds(),
            "có thể là 1,234 (dấu chấm thập phân) hoặc 1234 (dấu chấm ngăn hàng nghìn)",
            "it could be 1.234 (decimal point) or 1234 (dot between thousands)",
        ),
        (
            "0,617",
            "percent",
            Bounds(),
            "có thể là 0,617 % (dấu phẩy thập phân) hoặc 61,7 % (nếu đã ghi dạng phân số)",
            "it could be 0.617 % (decimal comma) or 61.7 % (if written as a fraction)",
        ),
        (
            "61,7",
            "ratio",
            ONE,
            "có thể là 0,617 (nếu đã ghi dạng phần trăm), nhưng không có gì chứng minh cách đọc "
            "này",
            "it could be 0.617 (if written as a percentage), but nothing proves this reading",
        ),
        ("12%", "count", Bounds(), "đây là số đếm nhưng có dấu %", "a count with a percent sign"),
    ],
)
def test_an_unclear_figure_is_explained_in_both_languages(text, kind, bounds, vi, en):
    reading = read_number(Cell(text=text), kind=kind, bounds=bounds)
    assert reading.status == "ambiguous"
    assert why_unclear(reading, kind) == (vi, en)


def test_a_typed_number_beyond_one_in_a_ratio_is_explained_without_jargon():
    cell = Cell(text="1.7601", cell_type=CellType.NUMBER)
    reading = read_number(cell, kind="ratio", bounds=ONE)
    vi, en = why_unclear(reading, "ratio")
    assert vi.startswith("có thể là 0,017601 (nếu đã ghi dạng phần trăm)")
    assert "percent_or_fraction" not in vi + en
