"""A number format that shows something else than the cell holds is recognised, others are not."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dti_pipeline.intake.files.number_format import is_ordinary, shown_number, shown_text

CASES = tomllib.loads(Path(__file__).with_name("number_formats.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("show", "case"),
    [
        *((shown_number, case) for case in CASES["numbers"]),
        *((shown_text, case) for case in CASES["texts"]),
    ],
)
def test_what_a_format_shows_of_a_cell(show, case):
    number_format, stored, *shown = case
    assert show(number_format, stored) == (shown[0] if shown else None)
    # What is called ordinary is never looked at again.
    assert not (shown and is_ordinary(number_format))


PIECES = (
    *("0", "#", "?", "0" * 40, ",", ".", "%", "/", "@", ";", "General", "E+", "_)", "*", "(", ")"),
    *("-", '"x"', '"', "\\t", "\\", "[Red]", "[>10]", "[<=-5.5]", "[$₫-42A]", "[", "]", " "),
    *("tr", "d"),
)
NUMBERS = ("0", "-0", "450", "-0.617", "1E+300", "1E-300", "9" * 30, "NaN", "inf", "", "x", "1.2.3")


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join), st.sampled_from(NUMBERS))
@example("0", "1.2.3")
def test_no_format_ends_a_run_and_an_ordinary_one_never_matters(number_format, stored):
    shown = (shown_number(number_format, stored), shown_text(number_format, stored))
    assert all(one is None or len(one) < 400 for one in shown)
    if is_ordinary(number_format) and len(stored) < 9:
        assert shown_text(number_format, stored) is None
        assert shown_number(number_format, stored) is None or "E" in stored
