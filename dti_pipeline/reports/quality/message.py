"""Take an issue's message apart again: what is wrong, and what to do.

``dq_issue`` holds whole sentences, because most readers print them as they are. A page shows the
place in columns of its own, so it wants the parts. They come from the catalogue's templates, so
that page, terminal and table cannot say different things.
"""

import re
from functools import cache
from string import Formatter
from typing import Literal, NamedTuple

from schemas.issues.issue import RULES

Language = Literal["vi", "en"]
_AT = {"vi": " Tại: ", "en": " At: "}


class Parts(NamedTuple):
    """What is wrong, and what to do about it."""

    what: str
    action: str


def parts(message: str, *, rule_id: str, language: Language) -> Parts:
    """Split a message of one rule; what does not follow the rule's template stays whole."""
    found = _action(rule_id, language).search(message)
    if found is None:
        return Parts(message, "")
    what, at, _ = message[: found.start()].rpartition(_AT[language])
    return Parts((what if at else message[: found.start()]).strip(), found[0].strip())


def title(rule_id: str, language: Language) -> str:
    """Name a rule: its sentence with an ellipsis where the details stand."""
    rule = RULES[rule_id]
    template = rule.vi if language == "vi" else rule.en
    text = "".join(
        literal + ("…" if field is not None else "")
        for literal, field, _, _ in Formatter().parse(template)
    )
    return text.strip().rstrip(".")


@cache
def _action(rule_id: str, language: Language) -> re.Pattern[str]:
    rule = RULES[rule_id]
    template = rule.action_vi if language == "vi" else rule.action_en
    pattern = "".join(
        re.escape(literal) + (".*?" if field is not None else "")
        for literal, field, _, _ in Formatter().parse(template)
    )
    return re.compile(pattern + r"\s*$", re.DOTALL)
