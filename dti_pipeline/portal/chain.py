"""The chain of a round: its states, the roles, and one table of allowed steps.

Pages, server checks, `docs/portal.md` and the test matrix are all made from `STEPS`. Whatever is
not in it is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from schemas.text import Text

Subject = Literal["round", "dossier"]
Window = Literal["declare", "explain"]

ROLES: Final = {
    "specialist": Text("chuyên viên của đơn vị", "unit specialist"),
    "leader": Text("lãnh đạo đơn vị", "unit leader"),
    "office": Text("cơ quan trung gian", "intermediate office"),
    "reviewer": Text("chuyên viên rà soát", "reviewer"),
    "consultant": Text("tư vấn", "consultant"),
    "council": Text("thành viên Hội đồng thẩm định", "council member"),
    "operator": Text("cán bộ điều hành", "operator"),
    "head": Text("lãnh đạo cơ quan chủ trì", "head of the centre"),
    "monitor": Text("theo dõi", "monitor"),
    "admin": Text("quản trị hệ thống", "administrator"),
}
UNIT_ROLES: Final = frozenset({"specialist", "leader", "office"})
CENTRE_ROLES: Final = frozenset(ROLES) - UNIT_ROLES - {"admin"}

ROUND_STATES: Final = {
    "prepared": Text("đang chuẩn bị", "prepared"),
    "open": Text("đang kê khai", "open"),
    "closed": Text("đã khóa kê khai, đang rà soát", "closed for review"),
    "explanation": Text("đang giải trình", "explanation"),
    "second_review": Text("rà soát lần hai", "second review"),
    "council": Text("Hội đồng thẩm định", "council"),
    "final": Text("đã kết thúc", "final"),
}
DOSSIER_STATES: Final = {
    "not_started": Text("chưa kê khai", "not started"),
    "declaring": Text("đang kê khai", "in progress"),
    "with_leader": Text("chờ lãnh đạo duyệt", "awaiting approval"),
    "with_office": Text("chờ cơ quan trung gian chuyển", "with the intermediate office"),
    "sent": Text("đã gửi", "sent"),
    "received": Text("đã tiếp nhận", "received"),
    "returned": Text("trả lại để bổ sung", "returned"),
    "reviewed": Text("đã rà soát", "reviewed"),
    "explaining": Text("đang giải trình", "explaining"),
    "explanation_with_leader": Text(
        "giải trình chờ lãnh đạo duyệt", "explanation awaiting approval"
    ),
    "explanation_sent": Text("đã gửi giải trình", "explanation sent"),
    "frozen": Text("đã chốt", "closed"),
}
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


# What the buttons say.
_TEXTS: Final = {
    "open": Text("Mở kỳ kê khai", "Open the round"),
    "close": Text("Khóa kê khai để rà soát", "Close for review"),
    "reopen": Text("Mở lại kê khai", "Open again"),
    "explanation": Text("Mở giải trình", "Open the explanations"),
    "second_review": Text("Chuyển rà soát lần hai", "Start the second review"),
    "reopen_explanation": Text("Mở lại giải trình", "Open the explanations again"),
    "council": Text("Trình Hội đồng", "Go to the council"),
    "back_to_review": Text("Trả về rà soát lần hai", "Back to the second review"),
    "finish": Text("Kết thúc kỳ", "Finish the round"),
    "edit": Text("Kê khai", "Declare"),
    "leader_edit": Text("Lãnh đạo sửa số liệu", "Change as the leader"),
    "submit": Text("Trình lãnh đạo", "Submit to the leader"),
    "take_back": Text("Rút về để sửa", "Take back"),
    "return_inside": Text("Trả lại chuyên viên", "Return to the specialist"),
    "send": Text("Gửi cơ quan chủ trì", "Send to the centre"),
    "send_through": Text("Gửi cơ quan trung gian", "Send to the intermediate office"),
    "forward": Text("Chuyển cơ quan chủ trì", "Forward to the centre"),
    "return_by_office": Text("Trả lại đơn vị", "Return to the unit"),
    "recall": Text("Rút lại hồ sơ đã gửi", "Recall what was sent"),
    "receive": Text("Tiếp nhận", "Receive"),
    "ask_back": Text("Trả lại để bổ sung", "Return to the unit"),
    "decide": Text("Rà soát", "Review"),
    "finish_review": Text("Kết thúc rà soát", "Finish the review"),
    "explain": Text("Giải trình", "Explain"),
    "submit_explanation": Text("Trình lãnh đạo giải trình", "Submit the explanation to the leader"),
    "return_explanation": Text("Trả lại chuyên viên", "Return to the specialist"),
    "send_explanation": Text("Gửi giải trình", "Send the explanation"),
    "decide_again": Text("Rà soát lần hai", "Review again"),
    "freeze": Text("Chốt số liệu", "Close the dossier"),
    "unfreeze": Text("Mở lại hồ sơ đã chốt", "Open a closed dossier again"),
    "council_decide": Text("Hội đồng quyết định", "Decide as the council"),
    "unlock": Text("Gia hạn cho đơn vị", "Extend for the unit"),
    "comment": Text("Ghi ý kiến", "Comment"),
}


def _step(subject: Subject, name: str, roles: str, states: str, **more: Any) -> Step:
    return Step(
        name, subject, _TEXTS[name], frozenset(roles.split()), frozenset(states.split()), **more
    )


def _dossier(
    name: str, roles: str, states: str, target: str | None = None, rounds: str = "", **more: Any
) -> Step:
    more["round_states"] = frozenset(rounds.split())
    return _step("dossier", name, roles, states, target=target, **more)


def _round(name: str, state: str, target: str, **more: Any) -> Step:
    return _step("round", name, "operator", state, target=target, needs_two=True, **more)


_ALL: Final = " ".join(DOSSIER_STATES)
_BEFORE_FINAL: Final = " ".join(state for state in ROUND_STATES if state != "final")
_EXPLAINED: Final = "reviewed explaining explanation_with_leader explanation_sent"

STEPS: Final = (
    _round("open", "prepared", "open"),
    _round("close", "open", "closed"),
    _round("reopen", "closed", "open", needs_reason=True),
    _round("explanation", "closed", "explanation"),
    _round("second_review", "explanation", "second_review"),
    _round("reopen_explanation", "second_review", "explanation", needs_reason=True),
    _round("council", "second_review", "council"),
    _round("back_to_review", "council", "second_review", needs_reason=True),
    _round("finish", "council", "final"),
    _dossier("edit", "specialist", "not_started declaring returned", "declaring", window="declare"),
    _dossier("leader_edit", "leader", "with_leader", window="declare"),
    _dossier("submit", "specialist", "declaring", "with_leader", window="declare"),
    _dossier("take_back", "specialist", "with_leader", "declaring", window="declare"),
    _dossier(
        "return_inside", "leader", "with_leader", "declaring", window="declare", needs_reason=True
    ),
    _dossier("send", "leader", "with_leader", "sent", window="declare", through_office=False),
    _dossier(
        "send_through",
        "leader",
        "with_leader",
        "with_office",
        window="declare",
        through_office=True,
    ),
    _dossier("forward", "office", "with_office", "sent", window="declare"),
    _dossier(
        "return_by_office",
        "office",
        "with_office",
        "declaring",
        window="declare",
        needs_reason=True,
    ),
    _dossier("recall", "leader", "sent", "with_leader", window="declare", needs_reason=True),
    _dossier("receive", "reviewer operator", "sent", "received", rounds="open closed"),
    _dossier(
        "ask_back",
        "reviewer operator",
        "sent received",
        "returned",
        rounds="open closed",
        needs_reason=True,
    ),
    _dossier("decide", "reviewer", "received", rounds="open closed"),
    _dossier("finish_review", "reviewer operator", "received", "reviewed", rounds="closed"),
    _dossier("explain", "specialist", "reviewed explaining", "explaining", window="explain"),
    _dossier(
        "submit_explanation",
        "specialist",
        "explaining",
        "explanation_with_leader",
        window="explain",
    ),
    _dossier(
        "return_explanation",
        "leader",
        "explanation_with_leader",
        "explaining",
        window="explain",
        needs_reason=True,
    ),
    _dossier(
        "send_explanation",
        "leader",
        "explanation_with_leader",
        "explanation_sent",
        window="explain",
    ),
    _dossier("decide_again", "reviewer", _EXPLAINED, rounds="second_review"),
    _dossier("freeze", "reviewer operator", _EXPLAINED, "frozen", rounds="second_review"),
    _dossier(
        "unfreeze",
        "operator",
        "frozen",
        "explanation_sent",
        rounds="second_review",
        needs_reason=True,
    ),
    _dossier("council_decide", "council", "frozen", rounds="council"),
    _dossier(
        "unlock",
        "operator",
        _ALL,
        rounds="open closed explanation second_review",
        needs_reason=True,
    ),
    _dossier(
        "comment",
        "specialist leader office reviewer consultant council operator head",
        _ALL,
        rounds=_BEFORE_FINAL,
    ),
)
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


def table_rows(subject: Subject) -> Iterator[tuple[str, ...]]:
    """Yield the table of a subject's steps as the documentation shows it.

    Columns: step, what the button says, roles, from, to, when, reason.
    """
    for step in STEPS:
        if step.subject != subject:
            continue
        when = f"window {step.window}" if step.window else ", ".join(_in_order(step.round_states))
        if step.needs_two:
            when = "head of the centre confirms"
        states = ", ".join(state for state in _states(subject) if state in step.states)
        every = len(step.states) == len(DOSSIER_STATES)
        yield (
            step.name,
            step.text.vi,
            ", ".join(role for role in ROLES if role in step.roles),
            "any" if every else states,
            step.target or "–",
            when,
            "yes" if step.needs_reason else "",
        )


def _states(subject: Subject) -> dict[str, Text]:
    return ROUND_STATES if subject == "round" else DOSSIER_STATES


def _in_order(states: frozenset[str]) -> list[str]:
    return [state for state in ROUND_STATES if state in states]
