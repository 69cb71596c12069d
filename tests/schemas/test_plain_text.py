import pytest

from schemas.plain_text import plain_text

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
