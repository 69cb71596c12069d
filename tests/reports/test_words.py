"""The words for codes and for what the stages write themselves."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from dti_pipeline.reports.words import ACTIONS, INDEX_FINDINGS, INDEX_QUESTIONS, reason
from schemas.tables.analysis import INDEX_FINDINGS as FINDINGS
from schemas.text import Text


@pytest.mark.parametrize(
    ("text", "vi"),
    [
        ("first computation", "lần tính đầu tiên"),
        (
            "a: first computation; b: first computation",
            "a: lần tính đầu tiên; b: lần tính đầu tiên",
        ),
        ("a: changed: x.csv; new: y.csv", "a: tệp đổi: x.csv; tệp mới: y.csv"),
        ("removed: x.csv", "tệp bỏ: x.csv"),
        ("Đính chính theo công văn của Huế", "Đính chính theo công văn của Huế"),
    ],
)
def test_reasons_a_run_gives_itself_are_translated_and_others_stand(text: str, vi: str) -> None:
    assert reason(text) == Text(vi, text)


def test_no_reason_is_a_dash() -> None:
    assert reason(None) == reason("") == Text("–", "–")


def test_every_action_that_the_stages_name_has_words() -> None:
    package = Path(str(files("dti_pipeline")))
    named = {
        found
        for path in package.rglob("*.py")
        for found in re.findall(r'action_taken="([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(named) > 5
    assert named <= set(ACTIONS)


def test_every_finding_about_the_index_has_words_and_a_question() -> None:
    assert set(FINDINGS) == set(INDEX_FINDINGS) == set(INDEX_QUESTIONS)
