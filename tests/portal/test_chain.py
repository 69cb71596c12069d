"""The table of allowed steps against the server: every step × role × state × own or other unit."""

import re
from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from dti_pipeline.portal import answers, dossiers, rights, rounds
from dti_pipeline.portal.chain import (
    DOSSIER_STATES,
    ROLES,
    ROUND_STATES,
    STEPS,
    WINDOW_STATES,
    Step,
)
from dti_pipeline.portal.errors import NotAllowedError, RefusedError
from dti_pipeline.portal.models import Dossier, Event, LockException, Round
from tests.conftest import REPOSITORY
from tests.portal.conftest import KEY, Actors, Browse, Put, windows

DOSSIER_STEPS = [step for step in STEPS if step.subject == "dossier"]
# Roles that are held for all units, so that “another unit” means nothing to them.
EVERYWHERE = {"council", "operator", "head", "monitor", "admin"}


def expected(step: Step, role: str, state: str, round_state: str, *, is_own: bool) -> bool:
    """Say what the table allows, written apart from the code that reads it."""
    if role not in step.roles or state not in step.states or step.through_office:
        return False
    if not is_own and role not in EVERYWHERE:
        return False
    if step.window:
        return WINDOW_STATES[step.window][0] == round_state
    return round_state in step.round_states


@pytest.mark.parametrize("round_state", ROUND_STATES)
def test_server_allows_exactly_what_the_table_says(
    round_state: str, dossier: Dossier, other: Dossier, actors: Actors
) -> None:
    windows(dossier.round, round_state)
    other.round = dossier.round
    wrong = []
    for state, role, held in product(DOSSIER_STATES, ROLES, (dossier, other)):
        held.state = state
        allowed = set(rights.steps_for(actors[role].person, held))
        for step in DOSSIER_STEPS:
            says = expected(step, role, state, round_state, is_own=held is dossier)
            if (step.name in allowed) is not says:
                wrong.append((step.name, role, state, held.unit_name))
    assert not wrong


@pytest.mark.parametrize("step", [s for s in DOSSIER_STEPS if s.name not in dossiers.WITH_CONTENT])
def test_a_step_that_is_not_allowed_is_refused_and_changes_nothing(
    step: Step, dossier: Dossier, other: Dossier, browse: Browse
) -> None:
    round_state = WINDOW_STATES[step.window][0] if step.window else sorted(step.round_states)[0]
    windows(dossier.round, round_state)
    form = {"step": step.name, "reason": "một lý do đầy đủ"}
    for role in ROLES:
        client = browse(role)
        # One state in which somebody may, one in which nobody may; all are in the test above.
        states = [next(iter(step.states)), *(set(DOSSIER_STATES) - step.states)][:2]
        for held, state in product((dossier, other), states):
            if expected(step, role, state, round_state, is_own=held is dossier):
                continue
            Dossier.objects.filter(pk=held.pk).update(state=state)
            address = f"/dossiers/{held.pk}/step/"
            answer = client.post(address, form, headers={"Accept": "application/json"})
            assert answer.status_code == 403, (role, state, held.unit_name)
            held.refresh_from_db()
            assert held.state == state
    assert not Event.objects.exclude(action="").exists()


def test_a_window_locks_by_its_date_and_an_exception_opens_it_until_its_end(
    dossier: Dossier, actors: Actors
) -> None:
    round_, person = dossier.round, actors["specialist"].person
    today = timezone.localdate()
    assert "edit" in rights.steps_for(person, dossier)
    round_.declare_until = today - timedelta(days=1)
    assert "edit" not in rights.steps_for(person, dossier)
    exception = LockException.objects.create(
        dossier=dossier, window="declare", until=today, reason="mất mạng", by=person
    )
    assert "edit" in rights.steps_for(person, dossier)
    round_.state = "closed"
    assert "edit" in rights.steps_for(person, dossier)
    round_.state = "explanation"
    assert "edit" not in rights.steps_for(person, dossier)
    round_.state = "closed"
    exception.until = today - timedelta(days=1)
    exception.save()
    assert "edit" not in rights.steps_for(person, dossier)


def test_many_units_are_extended_at_once_or_none(
    dossier: Dossier, other: Dossier, actors: Actors
) -> None:
    until = timezone.localdate() + timedelta(days=3)
    reason = "bão số 3, mất điện diện rộng"
    assert rounds.unlock(actors["operator"], [dossier, other], "declare", until, reason) == 2
    assert Event.objects.filter(action="unlock", reason=reason).count() == 2
    Round.objects.update(state="council")
    held = list(Dossier.objects.select_related("round"))
    with pytest.raises(NotAllowedError):
        rounds.unlock(actors["operator"], held, "declare", until, reason)
    assert LockException.objects.count() == 2


def test_a_round_is_moved_by_two_people(round_: Round, actors: Actors, browse: Browse) -> None:
    operator, head = actors["operator"], actors["head"]
    rounds.propose(operator, round_.pk, "close")
    waits = "Chờ xác nhận: Khóa kê khai để rà soát. Đề xuất của Người operator"
    assert waits in browse("head").get("/").content.decode()
    assert waits not in browse("operator").get("/").content.decode()
    with pytest.raises(NotAllowedError):
        rounds.confirm(operator, round_.pk, "close")
    assert rounds.confirm(head, round_.pk, "close").state == "closed"
    both = Event.objects.filter(action__in=("round_proposed", "round_close"))
    assert {event.actor for event in both} == {operator.name, head.name}
    assert both.get(action="round_close").reason == "đề xuất của Người operator"
    assert waits not in browse("head").get("/").content.decode()


def test_who_proposed_cannot_confirm_even_with_both_roles(round_: Round, actors: Actors) -> None:
    operator = actors["operator"]
    operator.person.assignments.create(role="head")
    rounds.propose(operator, round_.pk, "close")
    with pytest.raises(NotAllowedError):
        rounds.confirm(operator, round_.pk, "close")


@pytest.mark.parametrize("role", [role for role in ROLES if role != "operator"])
def test_only_operators_propose(role: str, round_: Round, actors: Actors) -> None:
    for state, step in product(ROUND_STATES, STEPS):
        if step.subject == "round":
            windows(round_, state)
            with pytest.raises(NotAllowedError):
                rounds.propose(actors[role], round_.pk, step.name, "một lý do đầy đủ")


@pytest.mark.parametrize("reason", ["", "   ", "........", "aaaaaaaaaaa", "không"])
def test_a_reason_that_says_nothing_is_refused(reason: str, put: Put, actors: Actors) -> None:
    dossier = put("with_leader")
    with pytest.raises(RefusedError):
        dossiers.take_step(actors["leader"], dossier.pk, "return_inside", reason)
    dossier.refresh_from_db()
    assert dossier.state == "with_leader"


def test_a_leader_sends_only_what_the_page_showed(put: Put, actors: Actors, browse: Browse) -> None:
    """Taken back, changed and submitted again, a dossier is in the same state as before."""
    dossier, leader = put("with_leader"), browse("leader")
    page = leader.get(f"/dossiers/{dossier.pk}/").content.decode()
    (since, *_) = re.findall(r'name="since" value="([^"]*)"', page)
    for step in ("take_back", "submit"):
        dossiers.take_step(actors["specialist"], dossier.pk, step)
    answer = leader.post(f"/dossiers/{dossier.pk}/step/", {"step": "send", "since": since})
    assert answer.status_code == 409
    assert "nay ở bước “chờ lãnh đạo duyệt”" in answer.content.decode()
    assert not dossier.sent.exists()
    page = leader.get(f"/dossiers/{dossier.pk}/").content.decode()
    (since, *_) = re.findall(r'name="since" value="([^"]*)"', page)
    for status in (302, 409):  # a second time it says where the dossier is
        answer = leader.post(f"/dossiers/{dossier.pk}/step/", {"step": "send", "since": since})
        assert answer.status_code == status
    assert "nay ở bước “đã gửi”" in answer.content.decode()
    assert dossier.sent.count() == 1


def test_a_returned_dossier_is_submitted_from_the_page_it_was_mended_in(
    put: Put, actors: Actors, browse: Browse
) -> None:
    dossier, specialist = put("returned"), browse("specialist")
    page = specialist.get(f"/dossiers/{dossier.pk}/").content.decode()
    (since, *_) = re.findall(r'name="since" value="([^"]*)"', page)
    # The first entry moves it on.
    answers.save_answer(actors["specialist"], dossier.pk, KEY, {"text": "0"}, base_version=0)
    form = {"step": "submit", "since": since}
    step = specialist.post(f"/dossiers/{dossier.pk}/step/", form)
    assert step.status_code == 302


def table_row(step: Step) -> str:
    """Return a step as the documentation shows it: step, button, roles, from, to, when, reason."""
    names = ROUND_STATES if step.subject == "round" else DOSSIER_STATES
    when = ", ".join(state for state in ROUND_STATES if state in step.round_states)
    if step.subject == "round":
        when = "head of the centre confirms"
    elif step.window:
        when = f"window {step.window}"
    is_any = step.states == frozenset(DOSSIER_STATES)
    states = "any" if is_any else ", ".join(name for name in names if name in step.states)
    roles = ", ".join(role for role in ROLES if role in step.roles)
    reason = "yes" if step.needs_reason else ""
    return f"| {step.name} | {step.text.vi} | {roles} | {states} | {step.target or '–'} | {when} | {reason} |"


def test_the_documentation_shows_the_table() -> None:
    text = (REPOSITORY / "docs" / "portal.md").read_text("utf-8")
    for step in STEPS:
        assert table_row(step) in text
