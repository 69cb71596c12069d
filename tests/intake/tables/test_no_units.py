"""Rows that are about no unit, told by their name or by all their texts."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from dti_pipeline.intake.files.cells import Cell, CellType
from dti_pipeline.intake.tables.no_units import NoUnit, head_texts, no_unit

NAMES = tomllib.loads(Path(__file__).with_name("no_units.toml").read_text("utf-8"))
HEAD = ("TT", "Tỉnh, thành phố", "Số hồ sơ", "Tỷ lệ (%)")


def kind(*texts: str, head: Sequence[Sequence[str]] = (HEAD,)) -> NoUnit | None:
    rows = {
        row: {
            column: Cell("", row, column, text, CellType.TEXT, "General", "")
            for column, text in enumerate(line, start=1)
            if text
        }
        for row, line in enumerate([*head, texts], start=1)
    }
    name = texts[1] if len(texts) > 1 else ""
    return no_unit(name, rows[len(rows)], head_texts(rows, len(head)), ("Vùng thử",))


@pytest.mark.parametrize(
    ("name", "expected"), [(name, expected) for expected, names in NAMES.items() for name in names]
)
def test_a_name_is_a_total_a_region_or_may_be_a_unit(name: str, expected: str) -> None:
    result = kind("", name, "603000", "78,4")
    assert result == {"total": NoUnit.TOTAL, "region": NoUnit.REGION, "unit": None}[expected]


def test_the_regions_of_the_unit_files_count() -> None:
    assert kind("", "Vùng thử", "5", "1") is NoUnit.REGION


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("(1)", "(2)", "(3)", "(4)"), NoUnit.NUMBERING),
        (("A", "B", "1", "2"), NoUnit.NUMBERING),
        (("1", "2", "3", "4=3/2*100"), NoUnit.NUMBERING),
        (("[1]", "[2]", "[3]", "[4]"), NoUnit.NUMBERING),
        (("1", "Hà Nộii", "3", "4"), None),
        (("", "5", "7", "6"), None),
        (("", "", "hồ sơ", "%"), NoUnit.WORDS),
        (("", "Đơn vị tính", "nghìn hồ sơ", "%"), NoUnit.WORDS),
        (("", "ĐVT:", "tỷ đồng", ""), NoUnit.WORDS),
        (("", "", "4000", "%"), None),
        (("", "", "Hà Nội, ngày 5 tháng 3 năm 2023", ""), NoUnit.WORDS),
        (("", "", "Hà Nội, ngày … tháng … năm 2023", ""), NoUnit.WORDS),
        (("", "", "NGƯỜI LẬP BIỂU", ""), NoUnit.WORDS),
        (("", "", "Toàn trình", "Một phần", "Còn lại"), None),
        (("", "", "-", "không có"), None),
        (HEAD, NoUnit.HEADING),
        (("", "tỉnh,  thành phố", "SỐ HỒ SƠ", ""), NoUnit.HEADING),
        (("", "Tỉnh, thành phố", "5", ""), None),
    ],
)
def test_a_row_is_told_by_all_its_texts(texts: Sequence[str], expected: NoUnit | None) -> None:
    assert kind(*texts) is expected


def test_a_repeated_heading_of_two_rows_is_one() -> None:
    head = (("TT", "Tỉnh", "Hồ sơ", ""), ("", "", "Năm 2024", "Năm 2025"))
    assert kind("", "", "Năm 2024", "Năm 2025", head=head) is NoUnit.HEADING
