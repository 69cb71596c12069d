import polars as pl
import pytest

from schemas.plain_text import plain_text, plain_texts

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


def test_a_column_of_texts_is_treated_like_each_of_them() -> None:
    frame = pl.DataFrame({"text": [text for text, _ in CASES], "figure": range(len(CASES))})
    assert plain_texts(frame)["text"].to_list() == [safe for _, safe in CASES]
    assert plain_texts(frame)["figure"].to_list() == list(range(len(CASES)))


def test_numbers_are_no_texts_and_nothing_is_empty() -> None:
    assert plain_text(-5) == "-5"
    assert plain_text(None) == ""
    assert plain_texts(pl.DataFrame({"a": [None, "=x"]}))["a"].to_list() == [None, "'=x"]
