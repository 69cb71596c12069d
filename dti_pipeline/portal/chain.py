"""The chain of a round: its states, the roles, and one table of allowed steps.

Pages, server checks, `docs/portal.md` and the test matrix are all made from `STEPS`. Whatever is
not in it is refused.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from schemas.text import Text
from schemas.words import words_of

Subject = Literal["round", "dossier"]
Window = Literal["declare", "explain"]

ROLES: Final = words_of("portal_roles")
UNIT_ROLES: Final = frozenset({"specialist", "leader", "office"})
CENTRE_ROLES: Final = frozenset(ROLES) - UNIT_ROLES - {"admin"}

ROUND_STATES: Final = words_of("portal_round_states")
DOSSIER_STATES: Final = words_of("portal_dossier_states")
# The window of a kind is open in the first state; a lock exception holds in the second as well.
WINDOW_STATES: Final[dict[Window, tuple[str, str]]] = {
    "declare": ("open", "closed"),
    "explain": ("explanation", "second_review"),
}


@dataclass(frozen=True)
class Step:
    """One allowed step.

    Attributes:
        target: the state afterwards; None where it stays.
        round_states: states of the round in which a dossier's step is allowed.
        window: the window that must be open for the unit, instead of ``round_states``.
        through_office: whether the unit's dossiers pass through an intermediate office; None: both.
    """

    name: str
    subject: Subject
    roles: frozenset[str]
    states: frozenset[str]
    target: str | None = None
    round_states: frozenset[str] = frozenset()
    window: Window | None = None
    needs_reason: bool = False
    through_office: bool | None = None

    @property
    def text(self) -> Text:
        """What the button says."""
        return words_of(f"portal_{self.subject}_steps")[self.name]


def _round(name: str, state: str, target: str, *, needs_reason: bool = False) -> Step:
    roles, states = frozenset({"operator"}), frozenset({state})
    return Step(name, "round", roles, states, target, needs_reason=needs_reason)


def _dossier(
    name: str, roles: str, states: str, target: str | None = None, *, rounds: str = "", **more: Any
) -> Step:
    role_names, state_names = frozenset(roles.split()), frozenset(states.split())
    return Step(name, "dossier", role_names, state_names, target, frozenset(rounds.split()), **more)


_ALL: Final = " ".join(DOSSIER_STATES)
_BEFORE_FINAL: Final = " ".join(state for state in ROUND_STATES if state != "final")
_EXPLAINED: Final = "reviewed explaining explanation_with_leader explanation_sent"
REVIEWED: Final = frozenset(f"{_EXPLAINED} frozen".split())
_HELD: Final = "explanation_with_leader"
_DECLARE: Final[dict[str, Any]] = {"window": "declare"}
_EXPLAIN: Final[dict[str, Any]] = {"window": "explain"}
_WHY: Final[dict[str, Any]] = {"needs_reason": True}

STEPS: Final = (
    _round("open", "prepared", "open"),
    _round("close", "open", "closed"),
    _round("reopen", "closed", "open", **_WHY),
    _round("explanation", "closed", "explanation"),
    _round("second_review", "explanation", "second_review"),
    _round("reopen_explanation", "second_review", "explanation", **_WHY),
    _round("council", "second_review", "council"),
    _round("back_to_review", "council", "second_review", **_WHY),
    _round("finish", "council", "final"),
    _dossier("edit", "specialist", "not_started declaring returned", "declaring", **_DECLARE),
    _dossier("leader_edit", "leader", "with_leader", **_DECLARE),
    _dossier("submit", "specialist", "declaring returned", "with_leader", **_DECLARE),
    _dossier("take_back", "specialist", "with_leader", "declaring", **_DECLARE),
    _dossier("return_inside", "leader", "with_leader", "declaring", **_DECLARE, **_WHY),
    _dossier("send", "leader", "with_leader", "sent", **_DECLARE, through_office=False),
    _dossier(
        "send_through", "leader", "with_leader", "with_office", **_DECLARE, through_office=True
    ),
    _dossier("forward", "office", "with_office", "sent", **_DECLARE),
    _dossier("return_by_office", "office", "with_office", "declaring", **_DECLARE, **_WHY),
    _dossier("recall", "leader", "sent", "with_leader", **_DECLARE, **_WHY),
    _dossier(
        "attach_signed",
        "specialist leader",
        f"sent received {_EXPLAINED} frozen",
        rounds="open closed explanation second_review council",
    ),
    _dossier("receive", "reviewer operator", "sent", "received", rounds="open closed"),
    _dossier(
        "ask_back", "reviewer operator", "sent received", "returned", rounds="open closed", **_WHY
    ),
    _dossier("take_as_sent", "reviewer operator", "returned", "received", rounds="closed", **_WHY),
    _dossier("decide", "reviewer", "received", rounds="open closed"),
    _dossier("finish_review", "reviewer operator", "received", "reviewed", rounds="closed"),
    _dossier("explain", "specialist", "reviewed explaining", "explaining", **_EXPLAIN),
    _dossier("submit_explanation", "specialist", "explaining", _HELD, **_EXPLAIN),
    _dossier("return_explanation", "leader", _HELD, "explaining", **_EXPLAIN, **_WHY),
    _dossier("send_explanation", "leader", _HELD, "explanation_sent", **_EXPLAIN),
    _dossier("decide_again", "reviewer", _EXPLAINED, rounds="second_review"),
    _dossier("freeze", "reviewer operator", _EXPLAINED, "frozen", rounds="second_review"),
    _dossier("unfreeze", "operator", "frozen", "explanation_sent", rounds="second_review", **_WHY),
    _dossier("council_decide", "council", "frozen", rounds="council"),
    _dossier("unlock", "operator", _ALL, rounds="open closed explanation second_review", **_WHY),
    _dossier("follow_plan", "specialist leader", _ALL, rounds=" ".join(ROUND_STATES)),
    _dossier(
        "comment",
        "specialist leader office reviewer consultant council operator head",
        _ALL,
        rounds=_BEFORE_FINAL,
    ),
)
BY_NAME: Final = {(step.subject, step.name): step for step in STEPS}
# Steps that change what a unit declares, by whoever holds the dossier.
EDITING: Final = frozenset({"edit", "leader_edit"})


def action_text(code: str) -> Text | None:
    """Name an action of the audit log: a step of the chain, or what else there is to record."""
    step = BY_NAME.get(("dossier", code)) or BY_NAME.get(("round", code.removeprefix("round_")))
    return step.text if step else words_of("portal_actions").get(code)
