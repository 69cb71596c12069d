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
