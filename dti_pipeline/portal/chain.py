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
        name: its name in addresses, in the audit log and in documents.
        subject: what it changes.
        text: what the button says.
        roles: who may take it.
        states: states of the subject in which it is allowed.
        target: the state afterwards; None where it stays.
        round_states: states of the round in which a dossier's step is allowed.
        window: the window that must be open for the unit, instead of ``round_states``.
        needs_reason: whether a reason is compulsory.
        through_office: whether the unit's dossiers pass through an intermediate office; None: both.
        needs_two: whether one person proposes it and another confirms it.
    """

    name: str
    subject: Subject
    text: Text
    roles: frozenset[str]
    states: frozenset[str]
    target: str | None = None
    round_states: frozenset[str] = frozenset()
    window: Window | None = None
    needs_reason: bool = False
    through_office: bool | None = None
    needs_two: bool = False


def _round(name: str, state: str, target: str, text: Text, *, needs_reason: bool = False) -> Step:
    roles, states = frozenset({"operator"}), frozenset({state})
    return Step(
        name, "round", text, roles, states, target, needs_reason=needs_reason, needs_two=True
    )


def _dossier(
    name: str, roles: str, states: str, target: str | None, text: Text, **more: Any
) -> Step:
    more["round_states"] = frozenset(more.pop("rounds", "").split())
    role_names, state_names = frozenset(roles.split()), frozenset(states.split())
    return Step(name, "dossier", text, role_names, state_names, target, **more)


_ALL: Final = " ".join(DOSSIER_STATES)
_BEFORE_FINAL: Final = " ".join(state for state in ROUND_STATES if state != "final")
_EXPLAINED: Final = "reviewed explaining explanation_with_leader explanation_sent"
REVIEWED: Final = frozenset(f"{_EXPLAINED} frozen".split())
_SENT: Final = " ".join(["sent received returned", *sorted(REVIEWED)])
_HELD: Final = "explanation_with_leader"
_DECLARE: Final[dict[str, Any]] = {"window": "declare"}
_EXPLAIN: Final[dict[str, Any]] = {"window": "explain"}
_WHY: Final[dict[str, Any]] = {"needs_reason": True}

# fmt: off
STEPS: Final = (
    _round("open", "prepared", "open", Text("Mở kỳ kê khai", "Open the round")),
    _round("close", "open", "closed", Text("Khóa kê khai để rà soát", "Close for review")),
    _round("reopen", "closed", "open", Text("Mở lại kê khai", "Open again"), **_WHY),
    _round("explanation", "closed", "explanation",
           Text("Mở giải trình", "Open the explanations")),
    _round("second_review", "explanation", "second_review",
           Text("Chuyển rà soát lần hai", "Start the second review")),
    _round("reopen_explanation", "second_review", "explanation",
           Text("Mở lại giải trình", "Open the explanations again"), **_WHY),
    _round("council", "second_review", "council", Text("Trình Hội đồng", "Go to the council")),
    _round("back_to_review", "council", "second_review",
           Text("Trả về rà soát lần hai", "Back to the second review"), **_WHY),
    _round("finish", "council", "final", Text("Kết thúc kỳ", "Finish the round")),
    _dossier("edit", "specialist", "not_started declaring returned", "declaring",
             Text("Kê khai", "Declare"), **_DECLARE),
    _dossier("leader_edit", "leader", "with_leader", None,
             Text("Lãnh đạo sửa số liệu", "Change as the leader"), **_DECLARE),
    _dossier("submit", "specialist", "declaring", "with_leader",
             Text("Trình lãnh đạo", "Submit to the leader"), **_DECLARE),
    _dossier("take_back", "specialist", "with_leader", "declaring",
             Text("Rút về để sửa", "Take back"), **_DECLARE),
    _dossier("return_inside", "leader", "with_leader", "declaring",
             Text("Trả lại chuyên viên", "Return to the specialist"), **_DECLARE, **_WHY),
    _dossier("send", "leader", "with_leader", "sent",
             Text("Gửi cơ quan chủ trì", "Send to the centre"), **_DECLARE, through_office=False),
    _dossier("send_through", "leader", "with_leader", "with_office",
             Text("Gửi cơ quan trung gian", "Send to the intermediate office"),
             **_DECLARE, through_office=True),
    _dossier("forward", "office", "with_office", "sent",
             Text("Chuyển cơ quan chủ trì", "Forward to the centre"), **_DECLARE),
    _dossier("return_by_office", "office", "with_office", "declaring",
             Text("Trả lại đơn vị", "Return to the unit"), **_DECLARE, **_WHY),
    _dossier("recall", "leader", "sent", "with_leader",
             Text("Rút lại hồ sơ đã gửi", "Recall what was sent"), **_DECLARE, **_WHY),
    _dossier("attach_signed", "specialist leader", _SENT, None,
             Text("Nộp bản đã ký số", "Attach the signed copy"),
             rounds="open closed explanation second_review council"),
    _dossier("receive", "reviewer operator", "sent", "received",
             Text("Tiếp nhận", "Receive"), rounds="open closed"),
    _dossier("ask_back", "reviewer operator", "sent received", "returned",
             Text("Trả lại để bổ sung", "Return to the unit"), rounds="open closed", **_WHY),
    _dossier("decide", "reviewer", "received", None, Text("Rà soát", "Review"),
             rounds="open closed"),
    _dossier("finish_review", "reviewer operator", "received", "reviewed",
             Text("Kết thúc rà soát", "Finish the review"), rounds="closed"),
    _dossier("explain", "specialist", "reviewed explaining", "explaining",
             Text("Giải trình", "Explain"), **_EXPLAIN),
    _dossier("submit_explanation", "specialist", "explaining", _HELD,
             Text("Trình lãnh đạo giải trình", "Submit the explanation to the leader"),
             **_EXPLAIN),
    _dossier("return_explanation", "leader", _HELD, "explaining",
             Text("Trả lại chuyên viên", "Return to the specialist"), **_EXPLAIN, **_WHY),
    _dossier("send_explanation", "leader", _HELD, "explanation_sent",
             Text("Gửi giải trình", "Send the explanation"), **_EXPLAIN),
    _dossier("decide_again", "reviewer", _EXPLAINED, None,
             Text("Rà soát lần hai", "Review again"), rounds="second_review"),
    _dossier("freeze", "reviewer operator", _EXPLAINED, "frozen",
             Text("Chốt số liệu", "Close the dossier"), rounds="second_review"),
    _dossier("unfreeze", "operator", "frozen", "explanation_sent",
             Text("Mở lại hồ sơ đã chốt", "Open a closed dossier again"),
             rounds="second_review", **_WHY),
    _dossier("council_decide", "council", "frozen", None,
             Text("Hội đồng quyết định", "Decide as the council"), rounds="council"),
    _dossier("unlock", "operator", _ALL, None, Text("Gia hạn cho đơn vị", "Extend for the unit"),
             rounds="open closed explanation second_review", **_WHY),
    _dossier("follow_plan", "specialist leader", _ALL, None,
             Text("Theo dõi kế hoạch", "Follow the plan"), rounds=" ".join(ROUND_STATES)),
    _dossier("comment", "specialist leader office reviewer consultant council operator head",
             _ALL, None, Text("Ghi ý kiến", "Comment"), rounds=_BEFORE_FINAL),
)
# fmt: on
BY_NAME: Final = {(step.subject, step.name): step for step in STEPS}


@dataclass(frozen=True)
class Situation:
    """What the table is asked about: a dossier (or a round alone) at a moment.

    Attributes:
        state: state of the subject.
        round_state: state of the round.
        open_windows: the windows that are open for the unit now, by date or by exception.
        through_office: whether the unit's dossiers pass through an intermediate office.
    """

    state: str
    round_state: str
    open_windows: frozenset[str] = frozenset()
    through_office: bool = False


def is_allowed(step: Step, role: str, situation: Situation) -> bool:
    """Say whether a role may take a step; whose object it is, `rights` decides."""
    if role not in step.roles or situation.state not in step.states:
        return False
    if step.through_office not in (None, situation.through_office):
        return False
    if step.window is not None:
        return step.window in situation.open_windows
    return step.subject == "round" or situation.round_state in step.round_states
