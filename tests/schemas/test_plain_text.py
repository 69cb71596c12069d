from decimal import Decimal

import openpyxl
import pytest

from schemas.plain_text import plain_text, visible_text


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("=1+1", "'=1+1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+84", "'+84"),
        ("-", "'-"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("－1", "'－1"),
        ("Ninh Bình", "Ninh Bình"),
        ("12/KH-UBND", "12/KH-UBND"),
        ("a=b", "a=b"),
        ("dòng 1\ndòng 2", "dòng 1\ndòng 2"),
        ("a\x00b\x1fc\ufffe", "a\ufffdb\ufffdc\ufffd"),
        ("", ""),
        (None, ""),
        (-5, "-5"),
        (Decimal("-0.5"), "-0.5"),
    ],
)
def test_a_text_never_starts_like_a_formula_and_stays_else(value: object, plain: str) -> None:
    assert plain_text(value) == plain
    cell = openpyxl.Workbook().active["A1"]
    cell.value = plain
    assert cell.data_type == "s"


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
