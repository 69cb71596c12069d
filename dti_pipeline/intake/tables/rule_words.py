"""Rules in words, as annexes print them, turned into rules of a framework file.

Only wording that leaves no doubt becomes a rule; the rest is scored as given points, and a question
with the words stays beside it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from dti_pipeline.exact import show
from dti_pipeline.intake.text_keys import label_key
from schemas.files.model import parse_fraction
from schemas.messages import message
from schemas.text import Text, without_marks

_QUOTIENT: Final = re.compile(
    r"(?:điểm\s*=\s*)?(?P<over>[^/=]+?)\s*/\s*(?P<under>[^/=]+?)\s*[x×*]\s*(?:số\s+)?"
    r"(?:điểm tối đa|(?P<points>[\d,.]+)\s*(?:điểm)?)\.?",
    re.IGNORECASE,
)
_SHARE: Final = re.compile(r".*\b(t[yi] le|share)\b.*[x×*].*\b(diem|points)\b.*")
# A target, a step or a share that counts down changes what a plain share gives.
_MORE_THAN_SHARE: Final = re.compile(r"[%;≥≤<>]|\b(?:duoi|neu|below|if)\b|\d\s*-")
_STEP: Final = re.compile(
    r"(?P<sign>>=|≥|>|từ|trên|đạt từ)\s*(?P<from>[\d,.]+)\s*(?P<percent>%?)(?:\s*trở lên)?"
    r"(?:\s*(?:đến|-|–)\s*(?:dưới\s*)?[\d,.]+\s*%?)?\s*[:=→]?\s*(?:đạt|được|cho)?\s*"
    r"(?P<points>[\d,.]+|điểm tối đa)\s*(?:điểm)?",
    re.IGNORECASE,
)
_REST: Final = re.compile(
    r"(?:dưới|<|còn lại|khác)[^:;]*[:=→]?\s*(?:đạt|được)?\s*0\s*(?:điểm)?", re.I
)


@dataclass(frozen=True)
class DraftRule:
    """A rule with its variables, and what is to be asked about it."""

    rule: Mapping[str, Any]
    variables: Mapping[str, Mapping[str, Any]]
    questions: tuple[Text, ...] = ()


def draft_rule(words: str, *, name: str, points: Fraction) -> DraftRule:
    """Turn the printed words of a component's rule, if there are any, into a rule.

    ``name`` is the component's and names the figure where the words do not.
    """
    text = " ".join(words.split())
    question = message("draft.unclear_rule", text=text) if text else message("draft.no_rule")
    score = {"vi": "Điểm", "unit": "điểm", "kind": "score", "minimum": 0, "maximum": points}
    return (
        _quotient(text, points)
        or _yes_no(text, name, points)
        or _ladder(text, name, points)
        or _share(text, name)
        or DraftRule({"kind": "given", "value": "score"}, {"score": score}, (question,))
    )


def _quotient(text: str, points: Fraction) -> DraftRule | None:
    match = _QUOTIENT.fullmatch(text)
    if match is None or (match["points"] and _number(match["points"]) != points):
        return None
    labels = [match[side].strip(" ()") for side in ("over", "under")]
    variables = {
        key: {"vi": label[0].upper() + label[1:], "kind": "count", "minimum": 0}
        for key, label in zip(("a", "b"), labels, strict=True)
    }
    questions: tuple[Text, ...] = (message("draft.zero_denominator"),)
    if all(len(label) < 3 for label in labels):
        questions += (message("draft.parts_of_quotient"),)
    return DraftRule({"kind": "ratio", "numerator": "a", "denominator": "b"}, variables, questions)


def _yes_no(text: str, name: str, points: Fraction) -> DraftRule | None:
    clauses = [label_key(clause) for clause in re.split(r"[;,\n]", text) if clause.strip()]
    numbers = [_number(number) for number in re.findall(r"[\d,.]*\d", text)]
    if len(clauses) != 2 or any(number not in (0, points) for number in numbers):
        return None
    yes, no = clauses
    if not yes.startswith("co ") or not no.startswith(("khong", "chua")):
        return None
    return DraftRule({"kind": "yes_no", "value": "has"}, {"has": {"vi": name, "kind": "yes_no"}})


def _ladder(text: str, name: str, points: Fraction) -> DraftRule | None:
    """Read steps that fall from the maximum; every clause must be one."""
    steps, shares = [], []
    clauses = [clause.strip(" .") for clause in re.split(r"[;\n]", text) if clause.strip(" .")]
    for clause in clauses:
        match = _STEP.fullmatch(clause)
        if match is None:
            if _REST.fullmatch(clause) and clause == clauses[-1].strip(" ."):
                continue
            return None
        worth = points if match["points"].casefold().startswith("đ") else _number(match["points"])
        start = _number(match["from"])
        if worth is None or start is None or not points or not match["percent"]:
            return None
        sign = ">" if match["sign"].casefold() in (">", "trên") else ">="
        shares.append((start, worth / points))
        steps.append(f"{sign} {show(start)}%: {show(worth / points)}")
    is_falling = all(a > b for a, b in pairwise(shares))
    if len(steps) < 2 or shares[0][1] != 1 or not is_falling:
        return None
    return DraftRule({"kind": "ladder", "value": "rate", "steps": steps}, _rate(name))


def _share(text: str, name: str) -> DraftRule | None:
    plain = without_marks(text).casefold()
    if not _SHARE.fullmatch(plain) or _MORE_THAN_SHARE.search(plain):
        return None
    return DraftRule({"kind": "ratio", "value": "rate"}, _rate(name), (message("draft.share"),))


def _rate(name: str) -> dict[str, dict[str, Any]]:
    return {"rate": {"vi": name, "unit": "%", "kind": "percent", "minimum": 0, "maximum": 100}}


def _number(text: str) -> Fraction | None:
    try:
        return parse_fraction(text.strip(".,").replace(",", "."))
    except ValueError:
        return None
