from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from schemas.plain_text import plain_text, visible_text

CASES = [
    ("=1+1", "'=1+1"),
    ("+84", "'+84"),
    ("-", "'-"),
    ("@SUM", "'@SUM"),
    ("\t=x", "'\t=x"),
    ("  =x", "'  =x"),
    ("＝x", "'＝x"),
    ("Ninh Bình", "Ninh Bình"),
    ("a=b", "a=b"),
    ("", ""),
    ("a\x00b\ufffe", "a\ufffdb\ufffd"),
]


@pytest.mark.parametrize(("text", "safe"), CASES)
def test_a_text_never_starts_like_a_formula(text: str, safe: str) -> None:
    assert plain_text(text) == safe


def test_numbers_are_no_texts_and_nothing_is_empty() -> None:
    assert plain_text(-5) == "-5"
    assert plain_text(None) == ""


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("Bà Rịa - Vũng Tàu", "Bà Rịa - Vũng Tàu"),
        ("dòng\tmột\ndòng hai", "dòng\tmột\ndòng hai"),
        ("a\x1b[31mb\x07", "a\\x1b[31mb\\x07"),
        ("a\rb\x85", "a\\rb\\x85"),
        ("xlsx.\u202efdp", "xlsx.\\u202efdp"),
        ("\u2066a\u2069\u200f\u061c", "\\u2066a\\u2069\\u200f\\u061c"),
        ("b\udce1o.csv", "b\\udce1o.csv"),
    ],
)
def test_what_steers_a_terminal_is_written_as_an_escape(text: str, visible: str) -> None:
    assert visible_text(text) == visible


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+84",
        "-5",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "\n=1",
        "＝1",
        "－1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_text_that_could_run_never_starts_a_formula(tmp_path: Path, text: str) -> None:
    safe = plain_text(text)
    assert safe == f"'{text}"
    book = openpyxl.Workbook()
    book.active["A1"] = safe
    assert book.active["A1"].data_type == "s"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Hà Nội", "Hà Nội"),
        ("a=b", "a=b"),
        ("12/KH-UBND", "12/KH-UBND"),
        ("", ""),
        (None, ""),
        (-5, "-5"),
        (Decimal("-0.5"), "-0.5"),
        ("a\x00b\x1f", "a\ufffdb\ufffd"),
        ("dòng 1\ndòng 2", "dòng 1\ndòng 2"),
    ],
)
def test_harmless_values_are_written_as_they_are(value: object, expected: str) -> None:
    assert plain_text(value) == expected
