"""The council: a draft by the pipeline's own jobs, approved and withdrawn by two people."""

import json
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.portal import council, jobs, rounds
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import NotAllowedError, RefusedError
from dti_pipeline.portal.models import Account, Assignment, DraftRun, Event, Round, Vote
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace
from schemas.text import Text
from tests.conftest import REPOSITORY
from tests.portal.conftest import ASSESSMENT, Actors, Browse, Put, windows

REASON = "thống nhất tại phiên họp ngày 5/6"
STATUS = Text("dự thảo", "draft")


@pytest.fixture
def second_member(actors: Actors) -> Actor:
    account = Account.objects.create_account("council2@example.vn", "Người council 2")
    Assignment.objects.create(account=account, role="council")
    return Actor(account)


DEAD = 2**22 + 1  # no process has this number


@pytest.fixture
def computing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a computation go on for ever."""
    monkeypatch.setattr(jobs, "start", lambda *_: os.getpid())


def result(draft: DraftRun, status: int, release_id: str | None) -> None:
    folder = council._folder(draft)
    (folder / "log.txt").write_text("đọc tệp…", "utf-8")
    (folder / "result.json").write_text(json.dumps({"status": status, "release_id": release_id}))


@pytest.mark.parametrize(
    ("status", "release_id", "state"), [(0, "r1-x", "done"), (0, None, "same"), (1, None, "failed")]
)
def test_a_draft_tells_how_it_ended(
    put: Put,
    actors: Actors,
    computing: None,
    browse: Browse,
    status: int,
    release_id: str | None,
    state: str,
) -> None:
    round_ = put("frozen", "council").round
    draft = council.start_draft(actors["council"], round_)
    with pytest.raises(RefusedError, match="computed already"):
        council.start_draft(actors["council"], round_)
    page = browse("council").get(f"/rounds/{round_.pk}/council/state/")
    assert '<strong class="running">đang tính' in page.content.decode()
    result(draft, status, release_id)
    page = browse("council").get(f"/rounds/{round_.pk}/council/state/")
    assert "running" not in page.content.decode()
    draft.refresh_from_db()
    assert (draft.state, draft.release_id) == (state, release_id or "")
    assert draft.log == "đọc tệp…"


def test_a_draft_whose_process_died_is_not_waited_for(
    put: Put, actors: Actors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "start", lambda *_: DEAD)
    draft = council.start_draft(actors["council"], put("frozen", "council").round)
    assert council.refresh(draft).state == "failed"


def test_a_draft_that_is_just_being_started_is_not_given_up(
    put: Put, actors: Actors, computing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker may ask for it between its line in the database and its process."""
    states: list[str] = []

    def ask(_: Round) -> None:
        states.append(council.refresh(DraftRun.objects.get()).state)

    monkeypatch.setattr(council, "reconcile", ask)
    council.start_draft(actors["council"], put("frozen", "council").round)
    assert states == ["running"]


@pytest.mark.parametrize("role", ["operator", "head", "reviewer", "admin", "leader"])
def test_only_members_of_the_council_vote(role: str, put: Put, actors: Actors) -> None:
    round_ = put("frozen", "council").round
    DraftRun.objects.create(
        round=round_, by=actors["operator"].person, state="done", release_id="r1-x"
    )
    with pytest.raises(NotAllowedError):
        council.vote(actors[role], round_, "r1-x", "approve", REASON)


def test_one_member_alone_approves_nothing(put: Put, actors: Actors) -> None:
    member, round_ = actors["council"], put("frozen", "council").round
    with pytest.raises(NotAllowedError):
        council.vote(member, round_, "r1-x", "approve", REASON)
    DraftRun.objects.create(round=round_, by=member.person, state="done", release_id="r1-x")
    with pytest.raises(RefusedError):
        council.vote(member, round_, "r1-x", "approve", "ok")
    council.vote(member, round_, "r1-x", "approve", REASON)
    with pytest.raises(RefusedError, match="voted already"):
        council.vote(member, round_, "r1-x", "approve", REASON)
    council.finish_votes()
    assert not Vote.objects.filter(is_done=True).exists()


@pytest.mark.parametrize(
    ("act", "other", "said"),
    [("approve", "withdraw", "phê duyệt"), ("withdraw", "approve", "thu hồi")],
)
def test_who_has_voted_sees_it_instead_of_the_button(
    act: str,
    other: str,
    said: str,
    put: Put,
    actors: Actors,
    second_member: Actor,
    browse: Browse,
    client: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    round_, member = put("frozen", "council").round, actors["council"]
    DraftRun.objects.create(round=round_, by=member.person, state="done", release_id="r1-x")
    shown = {"release_id": "r1-x", "act": act, "rows": [], "contested": []}
    monkeypatch.setattr(council, "comparison", lambda _: {**shown, "stages": {}, "status": STATUS})
    address, button = f"/rounds/{round_.pk}/council/", f'name="act" value="{act}"'
    assert button in browse("council").get(address).content.decode()
    Vote.objects.create(round=round_, release_id="r1-x", act=other, reason=REASON, by=member.person)
    assert button in browse("council").get(address).content.decode()
    council.vote(member, round_, "r1-x", act, REASON)
    page = browse("council").get(address).content.decode()
    assert button not in page
    assert f"Ông/bà đã biểu quyết {said} bản này." in page
    client.force_login(second_member.person, "django.contrib.auth.backends.ModelBackend")
    assert button in client.get(address).content.decode()


def test_a_member_votes_on_no_draft_that_a_later_one_has_replaced_unseen(
    put: Put,
    actors: Actors,
    second_member: Actor,
    computing: None,
    browse: Browse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    round_ = put("frozen", "council").round
    monkeypatch.setattr(
        council,
        "comparison",
        lambda draft: {
            **{"release_id": draft.release_id, "act": "approve", "rows": [], "contested": []},
            **{"stages": {}, "status": STATUS},
        },
    )
    result(council.start_draft(actors["operator"], round_), 0, "r1-x")
    address = f"/rounds/{round_.pk}/council/"

    def form() -> dict[str, str]:
        page = browse("council").get(address).content.decode()
        return dict(re.findall(r'name="(since|release)" value="([^"]+)"', page))

    old = form() | {"act": "approve", "reason": REASON}
    assert old["release"] == "r1-x"
    result(council.start_draft(second_member, round_), 0, "r2-y")
    page = browse("council").post(f"{address}vote/", old)
    assert page.status_code == 409
    assert "Người council 2" in page.content.decode()
    assert "“Tính bản dự thảo”" in page.content.decode()
    assert REASON in page.content.decode()
    assert not Vote.objects.exists()
    assert browse("council").post(f"{address}vote/", old | form()).status_code == 302
    assert Vote.objects.get().release_id == "r2-y"


@pytest.mark.parametrize("act", ["approve", "withdraw"])
def test_a_decision_that_cannot_be_carried_out_is_taken_back_and_can_be_given_again(
    act: str, put: Put, actors: Actors, second_member: Actor
) -> None:
    first, round_ = actors["council"], put("frozen", "council").round
    DraftRun.objects.create(round=round_, by=first.person, state="done", release_id="r0001-x")
    council.vote(first, round_, "r0001-x", act, REASON)
    for _ in range(2):  # there is no such release
        with pytest.raises(RefusedError, match="r0001-x"):
            council.vote(second_member, round_, "r0001-x", act, REASON)
        assert [voice.by for voice in Vote.objects.all()] == [first.person]
    assert Event.objects.filter(action="release_refused").count() == 2
    assert not Event.objects.filter(action=f"release_{act}").exists()


def test_the_portal_starts_though_a_decision_from_before_a_kill_cannot_be_carried_out(
    put: Put, actors: Actors, second_member: Actor
) -> None:
    round_ = put("frozen", "council").round
    for member in (actors["council"], second_member):
        Vote.objects.create(
            round=round_, release_id="r0001-x", act="approve", reason=REASON, by=member.person
        )
    council.finish_votes()
    assert [voice.by for voice in Vote.objects.all()] == [actors["council"].person]


@pytest.mark.slow
def test_a_draft_is_computed_compared_approved_and_withdrawn(
    round_: Round, data: Path, actors: Actors, second_member: Actor, browse: Browse
) -> None:
    shutil.copytree(
        REPOSITORY / "data" / "raw" / ASSESSMENT / "self_reports",
        data / "raw" / ASSESSMENT / "self_reports",
    )
    windows(round_, "council")
    draft = council.start_draft(actors["council"], round_)
    deadline = time.monotonic() + 200
    while council.refresh(draft).state == "running" and time.monotonic() < deadline:
        time.sleep(1)
    assert draft.state == "done", draft.log
    page = browse("council").get(f"/rounds/{round_.pk}/council/").content.decode()
    assert "Đà Nẵng" in page
    assert draft.release_id in page
    form = {"release": draft.release_id, "act": "approve", "reason": REASON}
    assert browse("council").post(f"/rounds/{round_.pk}/council/vote/", form).status_code == 302
    published = Published(Workspace(data=data).published)
    assert published.latest() is None
    assert council.vote(second_member, round_, draft.release_id, "approve", REASON).is_done
    current = published.latest()
    assert current is not None
    assert current.release_id == draft.release_id
    entry = published.journal.entries()[-1]
    assert entry.by == "Người council; Người council 2"
    rounds.propose(actors["operator"], round_.pk, "finish")
    assert rounds.confirm(actors["head"], round_.pk, "finish").state == "final"
    round_.refresh_from_db()
    for member in (actors["council"], second_member):
        council.vote(member, round_, draft.release_id, "withdraw", REASON)
    assert published.latest() is None
    assert Event.objects.filter(action="release_withdraw").count() == 1
