"""The words of reports, from the catalogue ``words.toml``, and reasons in two languages."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from schemas.text import Text

# Marks at single figures that rest on samples; figures of the other kinds have none.
DATA_MARKS: Final = {"calibrated_sample": "◇", "sample": "◆"}
# The reasons that a run gives itself; what people wrote stays as they wrote it.
_REASONS: Final = (
    (re.compile(r"\bfirst computation\b"), "lần tính đầu tiên"),
    (re.compile(r"\bnew version of the rules\b"), "phiên bản quy tắc mới"),
    (re.compile(r"(^|[;:] )new: "), r"\1tệp mới: "),
    (re.compile(r"(^|[;:] )changed: "), r"\1tệp đổi: "),
    (re.compile(r"(^|[;:] )removed: "), r"\1tệp bỏ: "),
)


@cache
def _catalogue() -> dict[str, dict[str, Text]]:
    text = files("dti_pipeline.reports").joinpath("words.toml").read_text(encoding="utf-8")
    return {
        kind: {code: Text(vi, en) for code, (vi, en) in words.items()}
        for kind, words in tomllib.loads(text).items()
    }


def words_of(kind: str) -> Mapping[str, Text]:
    """Return the words of one kind by code, in the order of the catalogue."""
    return _catalogue()[kind]


def name_of(kind: str, code: str | None) -> Text:
    """Return the words for a code; the code itself where there are none, a dash without a code."""
    if code is None:
        return Text("–", "–")
    return words_of(kind).get(code, Text(code, code))


def reason(text: str | None) -> Text:
    """Return the reason of a release or a revision in both languages."""
    if not text:
        return Text("–", "–")
    vi = text
    for pattern, words in _REASONS:
        vi = pattern.sub(words, vi)
    return Text(vi, text)
