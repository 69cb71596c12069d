"""The words of reports, from the catalogue of `schemas.words`, and reasons in two languages."""

import re
from collections.abc import Sequence
from typing import Final

from dti_pipeline.version import RULES
from schemas.messages import message
from schemas.text import Text, joined
from schemas.words import MADE_UP, words_of

__all__ = ["DATA_MARKS", "name_of", "reason", "unchecked", "words_of"]

# Marks at single figures that rest on samples; figures of the other kinds have none.
DATA_MARKS: Final = dict(zip(MADE_UP, "◇◆", strict=True))
# The reasons that a run gives itself; what people wrote stays as they wrote it.
_REASONS: Final = (
    (re.compile(r"\bfirst computation\b"), "lần tính đầu tiên"),
    (re.compile(r"\bprovisional: (\d+) of (\d+) reports\b"), r"tạm tính: \1/\2 báo cáo"),
    *(
        (
            re.compile(rf"\brules version {version}: {re.escape(why.en)}"),
            f"phiên bản quy tắc {version}: {why.vi}",
        )
        for version, (_, why) in RULES.items()
    ),
    (re.compile(r"\bnew version of the rules\b"), "phiên bản quy tắc mới"),
    (re.compile(r"(^|[;:] )new: "), r"\1tệp mới: "),
    (re.compile(r"(^|[;:] )changed: "), r"\1tệp đổi: "),
    (re.compile(r"(^|[;:] )removed: "), r"\1tệp bỏ: "),
)


def name_of(kind: str, code: str | None) -> Text:
    """Return the words for a code; the code itself where there are none, a dash without a code."""
    if code is None:
        return Text("–", "–")
    return words_of(kind).get(code, Text(code, code))


def reason(text: str | None) -> Text:
    if not text:
        return Text("–", "–")
    vi = text
    for pattern, words in _REASONS:
        vi = pattern.sub(words, vi)
    return Text(vi, text)


def unchecked(bases: Sequence[str]) -> Text | None:
    """Say how many of some components are not official, by basis; None where all are."""
    counts = [(bases.count(basis), name) for basis, name in words_of("bases").items()]
    if bases.count("official") == len(bases):
        return None
    shares = joined([(f"{n} {name.vi}", f"{n} {name.en}") for n, name in counts if n], ", ")
    return message("explain.unchecked", count=len(bases), listed=shares)
