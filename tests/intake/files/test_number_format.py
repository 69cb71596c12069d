"""A number format that shows something else than the cell holds is recognised, others are not."""

import tomllib
from pathlib import Path

import pytest

from dti_pipeline.intake.files.number_format import is_ordinary, shown_number, shown_text

CASES = tomllib.loads(Path(__file__).with_name("number_formats.toml").read_text())


@pytest.mark.parametrize("case", CASES["case"], ids=lambda one: f"{one['format']} {one['stored']}")
def test_what_a_format_shows_of_a_cell(case):
    shown = shown_text if case.get("text") else shown_number
    assert shown(case["format"], case["stored"]) == case.get("shown")
    # What is called ordinary is never looked at again.
    assert not (is_ordinary(case["format"]) and "shown" in case)
