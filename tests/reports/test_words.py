"""The words for codes and for what the stages write themselves."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from dti_pipeline.reports.words import name_of, reason, words_of
from schemas import codes
from schemas.tables.analysis import INDEX_FINDINGS, ROBUSTNESS_GAPS
from schemas.text import Text


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("lost_reasons", codes.LOST_REASONS),
        ("obs_statuses", codes.OBS_STATUSES),
        ("evidence", codes.EVIDENCE_STATES),
        ("sources", codes.SCORE_SOURCES),
        ("bases", codes.BASES),
        ("data_bases", codes.DATA_BASES),
        ("severities", codes.SEVERITIES),
        ("to_do", codes.SEVERITIES),
        ("to_do_texts", codes.SEVERITIES),
        ("statuses", codes.STATUSES),
        ("index_findings", INDEX_FINDINGS),
        ("index_questions", INDEX_FINDINGS),
        ("robustness_gaps", ROBUSTNESS_GAPS),
    ],
)
def test_every_code_of_the_contracts_has_words_in_both_languages(
    kind: str, codes: tuple[str, ...]
) -> None:
    assert set(words_of(kind)) == set(codes)
    assert all(text.vi.strip() and text.en.strip() for text in words_of(kind).values())


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert name_of("lost_reasons", "a_new_reason") == Text("a_new_reason", "a_new_reason")


def test_a_kind_of_words_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError):
        name_of("nothing", "a")


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
        ("provisional: 4 of 5 reports", "tạm tính: 4/5 báo cáo"),
        (
            "rules version 2: relative rules and sums of periods are exact; inputs are recorded as "
            "they were read; new: raw/x.csv",
            "phiên bản quy tắc 2: quy tắc tương đối và tổng theo kỳ tính chính xác; tệp đầu vào "
            "được lưu như đã đọc; tệp mới: raw/x.csv",
        ),
    ],
)
def test_reasons_a_run_gives_itself_are_translated_and_others_stand(text: str, vi: str) -> None:
    assert reason(text) == Text(vi, text)


def test_no_reason_is_a_dash() -> None:
    assert reason(None) == reason("") == Text("–", "–")


def test_every_action_that_the_stages_name_has_words() -> None:
    package = Path(str(files("dti_pipeline")))
    actions = {
        text
        for path in package.rglob("*.py")
        for text in re.findall(r'action_taken="([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(actions) > 5
    assert actions <= set(words_of("actions"))
