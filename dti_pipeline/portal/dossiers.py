"""Steps of a dossier: each by the table of the chain, whole or not at all, audited and told."""

from typing import Final

from django.db import transaction

from dti_pipeline.portal import answers, sending
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import DOSSIER_STATES, STEPS
from dti_pipeline.portal.errors import NotAllowedError, RefusedError, require_reason, whole_text
from dti_pipeline.portal.figures import require_seen
from dti_pipeline.portal.models import Dossier, Round
from dti_pipeline.portal.notices import tell
from dti_pipeline.portal.reviews import undecided
from dti_pipeline.portal.rights import require_role, require_step
from schemas.text import Text, joined

# Steps with content of their own, which other functions take.
WITH_CONTENT: Final = frozenset(
    {"edit", "leader_edit", "explain", "decide", "decide_again", "council_decide", "unlock"}
    | {"comment", "attach_signed", "follow_plan"}
)
# What puts a dossier into another state → whether it says why.
MOVES: Final = {"adopted": False} | {
    step.name: step.needs_reason
    for step in STEPS
    if step.subject == "dossier" and step.name not in WITH_CONTENT
}
# Who is told of a step.
_TOLD: Final = {
    "submit": ("leader",),
    "return_inside": ("specialist",),
    "send_through": ("office",),
    "return_by_office": ("specialist", "leader"),
    "send": ("reviewer", "operator"),
    "forward": ("reviewer", "operator", "leader"),
    "receive": ("specialist", "leader"),
    "ask_back": ("specialist", "leader"),
    "take_as_sent": ("specialist", "leader"),
    "finish_review": ("operator",),
    "submit_explanation": ("leader",),
    "return_explanation": ("specialist",),
    "send_explanation": ("reviewer", "operator"),
    "freeze": ("specialist", "leader"),
    "unfreeze": ("reviewer", "leader"),
}
_MOST_SHOWN: Final = 8


def take_step(actor: Actor, dossier_id: int, name: str, reason: str = "") -> Dossier:
    """Take a step from a page that shows the present state, and what others entered till then."""
    with transaction.atomic():
        dossier = answers.locked(dossier_id)
        lines, state = answers.lines_of(actor, dossier), DOSSIER_STATES[dossier.state]
        moved = {"key": "dossier_moved", "state": state}
        require_seen(actor, lines.filter(action__in=MOVES), dossier.round, **moved)
        entries = lines.filter(action__in=(*answers.ENTRIES, *answers.DECISIONS))
        # One's own entries are saved while the page stays.
        require_seen(actor, entries.exclude(actor=actor.name), dossier.round)
        step = require_step(actor, dossier, name)
        if name in WITH_CONTENT:
            raise NotAllowedError
        reason = require_reason(reason) if step.needs_reason else whole_text(reason)
        _check(dossier, name)
        answers.move(actor, dossier, name, step.target or dossier.state, reason)
        if step.target == "sent":
            sending.deliver(actor, dossier)
        elif name in ("recall", "ask_back"):
            sending.recall(dossier)
        elif name == "take_as_sent":
            sending.restore(dossier)
        elif name == "send_explanation":
            sending.deliver_explanation(actor, dossier)
    if roles := _TOLD.get(name):
        tell(dossier, roles, step.text, reason)
    return dossier


def freeze_ready(actor: Actor, round_: Round) -> int:
    """Freeze every dossier of a round that has nothing open; return their number."""
    require_role(actor, ["operator"], round_)
    count = 0
    for dossier in round_.dossiers.filter(state__in=("reviewed", "explanation_sent")):
        if not undecided(dossier, "second"):
            take_step(actor, dossier.pk, "freeze")
            count += 1
    return count


def _check(dossier: Dossier, name: str) -> None:
    """Refuse a step whose content is not ready; the message lists what is missing."""
    problems: list[tuple[str, Text]] = []
    if name in ("submit", "send", "send_through", "forward"):
        problems = list(answers.problems(dossier))
    elif name == "finish_review":
        text = Text("chưa có kết quả rà soát", "no decision yet")
        problems = [(code, text) for code in undecided(dossier)]
    elif name == "freeze":
        text = Text("chưa trả lời giải trình", "the explanation has no answer")
        problems = [(code, text) for code in undecided(dossier, "second")]
    elif name == "submit_explanation" and not dossier.explanations.filter(stage="explain").exists():
        raise RefusedError("refused.nothing_explained")
    if problems:
        shown = [(f"{code}: {vi}", f"{code}: {en}") for code, (vi, en) in problems[:_MOST_SHOWN]]
        if (more := len(problems) - _MOST_SHOWN) > 0:
            shown.append((f"và {more} mục khác", f"and {more} more"))
        raise RefusedError("refused.step_not_ready", problems=joined(shown, "; "))
