"""Rounds: made, changed, confirmed by the head, held up by what is not ready, late."""

import hashlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from dti_pipeline.portal import rounds, sending
from dti_pipeline.portal.answers import save_answer
from dti_pipeline.portal.dossiers import take_step
from dti_pipeline.portal.errors import NotAllowedError, RefusedError
from dti_pipeline.portal.models import Dossier, Event, Mail, Round, Snapshot
from tests.portal.conftest import ASSESSMENT, KEY, OWN, Actors, Browse, Put, windows


def test_snapshots_are_taken_once_a_week(round_: Round) -> None:
    assert rounds.take_weekly_snapshots() == 1
    assert rounds.take_weekly_snapshots() == 0
    snapshot = Snapshot.objects.get()
    assert snapshot.counts["not_started"] == 2
    snapshot.day -= timedelta(days=7)
    snapshot.save()
    assert rounds.take_weekly_snapshots() == 1


def test_a_round_is_made_with_a_dossier_per_unit_and_the_map_of_suppliers(
    db: None, data: Path, browse: Browse, round_: Round
) -> None:
    Dossier.objects.all().delete()
    round_.delete()
    form = {"assessment": ASSESSMENT, "declare_from": "01/03/2023", "declare_until": "31/03/2023"}
    client = browse("operator")
    wrong = form | {"explain_from": "15/03/2023", "explain_until": "01/06/2023"}
    assert client.post("/rounds/new/", wrong).status_code == 409
    right = form | {"explain_from": "01/05/2023", "explain_until": "15/05/2023"}
    assert client.post("/rounds/new/", right).status_code == 302
    made = Round.objects.get()
    assert made.dossiers.count() == 63
    assert made.dossiers.get(unit_id=OWN).unit_name == "Bắc Kạn"
    supply = made.supplies.first()
    assert supply is not None
    assert client.get(f"/rounds/{made.pk}/supplies/").status_code == 200
    answer = {"supply": supply.pk, "asked_on": "02/03/2023", "answer": "agreed", "note": "có API"}
    assert client.post(f"/rounds/{made.pk}/supplies/", answer).status_code == 302
    supply.refresh_from_db()
    assert (supply.answer, supply.note) == ("agreed", "có API")
    assert client.post(f"/rounds/{made.pk}/step/", right | {"act": "dates"}).status_code == 302


def test_changed_dates_of_an_open_round_need_a_reason(round_: Round, actors: Actors) -> None:
    dates = {name: getattr(round_, name) for name in rounds.DATES}
    with pytest.raises(RefusedError):
        rounds.set_dates(actors["operator"], round_, dates, "")
    rounds.set_dates(actors["operator"], round_, dates, "dời một tuần do bão số 3")
    assert Event.objects.filter(action="round_dates").count() == 1


def test_the_head_confirms_only_what_was_shown(
    round_: Round, actors: Actors, browse: Browse
) -> None:
    rounds.propose(actors["operator"], round_.pk, "close")
    address = f"/rounds/{round_.pk}/step/"
    assert (
        'name="step" value="close"' in browse("head").get(f"/rounds/{round_.pk}/").content.decode()
    )
    for form in ({"act": "confirm", "step": "open"}, {"act": "confirm"}, {"act": "drop"}):
        answer = browse("head").post(address, form | {"reason": "chờ công văn gia hạn"})
        assert answer.status_code == 409
    round_.refresh_from_db()
    assert (round_.state, round_.proposal) == ("open", "close")
    assert browse("head").post(address, {"act": "confirm", "step": "close"}).status_code == 302
    round_.refresh_from_db()
    assert round_.state == "closed"


def test_a_round_waits_for_what_is_not_ready(dossier: Dossier, actors: Actors, put: Put) -> None:
    put("received", "closed")
    with pytest.raises(RefusedError, match="not ready"):
        rounds.propose(actors["operator"], dossier.round_id, "explanation")
    put("reviewed", "second_review")
    with pytest.raises(RefusedError, match="not ready"):
        rounds.propose(actors["operator"], dossier.round_id, "council")
    put("frozen", "council")
    with pytest.raises(RefusedError, match="not approved"):
        rounds.propose(actors["operator"], dossier.round_id, "finish")
    windows(dossier.round, "open")
    rounds.propose(actors["operator"], dossier.round_id, "close")
    with pytest.raises(RefusedError, match="waiting already"):
        rounds.propose(actors["operator"], dossier.round_id, "close")
    rounds.drop(actors["head"], dossier.round_id, "close", "chờ công văn gia hạn")
    dossier.round.refresh_from_db()
    assert dossier.round.proposal == ""


@pytest.fixture
def asked_back(declared: Dossier, actors: Actors, committed: object) -> Dossier:
    """Return a dossier of a closed round that was sent and asked back."""
    sending.deliver(actors["leader"], declared)
    return take_step(actors["reviewer"], declared.pk, "ask_back", "thiếu tệp văn bản")


def test_explanations_wait_for_a_dossier_that_was_asked_back_until_its_unit_sends_it_again(
    asked_back: Dossier, actors: Actors
) -> None:
    operator, number = actors["operator"], asked_back.round_id

    def refused() -> str:
        with pytest.raises(RefusedError, match="still with their units") as refusal:
            rounds.propose(operator, number, "explanation")
        return refusal.value.text.vi

    assert "Bắc Kạn" in refused()
    assert "gia hạn" in refused()
    until = timezone.localdate() + timedelta(days=2)
    rounds.unlock(operator, [asked_back], "declare", until, "bổ sung theo yêu cầu")
    rounds.unlock(operator, [asked_back], "declare", until, "bổ sung lần nữa")
    save_answer(actors["specialist"], asked_back.pk, KEY, {"text": "226"}, base_version=1)
    asked_back.refresh_from_db()
    assert asked_back.state == "declaring"
    assert "Còn 1 hồ sơ" in refused()
    # A unit that lets its time pass has not sent, as any other.
    asked_back.exceptions.update(until=timezone.localdate() - timedelta(days=1))
    assert rounds.propose(operator, number, "explanation").proposal == "explanation"
    with pytest.raises(NotAllowedError):
        take_step(operator, asked_back.pk, "take_as_sent", "đơn vị không gửi lại")


def test_a_dossier_that_is_asked_back_after_the_proposal_holds_up_the_confirmation(
    asked_back: Dossier, actors: Actors
) -> None:
    Dossier.objects.filter(pk=asked_back.pk).update(state="reviewed")
    rounds.propose(actors["operator"], asked_back.round_id, "explanation")
    Dossier.objects.filter(pk=asked_back.pk).update(state="returned")
    with pytest.raises(RefusedError, match="still with their units"):
        rounds.confirm(actors["head"], asked_back.round_id, "explanation")


@pytest.mark.parametrize("role", ["operator", "reviewer"])
def test_a_dossier_that_its_unit_does_not_send_again_is_taken_as_it_was_sent(
    role: str,
    asked_back: Dossier,
    actors: Actors,
    data: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    delivery = asked_back.sent.get()
    report = data / delivery.path
    report.unlink(missing_ok=True)
    assert not delivery.is_current
    with pytest.raises(RefusedError):
        take_step(actors[role], asked_back.pk, "take_as_sent", "")
    with django_capture_on_commit_callbacks(execute=True):
        taken = take_step(actors[role], asked_back.pk, "take_as_sent", "đơn vị không bổ sung gì")
    assert taken.state == "received"
    delivery.refresh_from_db()
    assert delivery.is_current
    assert hashlib.sha256(report.read_bytes()).hexdigest() == delivery.file_id
    assert sending.reconcile() == []
    Dossier.objects.filter(pk=taken.pk).update(state="reviewed")
    assert rounds.propose(actors["operator"], taken.round_id, "explanation").proposal


def test_a_unit_reads_why_its_dossier_came_back_and_until_when_it_may_be_mended(
    declared: Dossier, actors: Actors, browse: Browse
) -> None:
    address, why = f"/dossiers/{declared.pk}/", "thiếu tệp văn bản"
    take_step(actors["reviewer"], declared.pk, "ask_back", why)
    page = browse("specialist").get(address).content.decode()
    assert "Trả lại để bổ sung (Người reviewer" in page
    assert why in page
    assert "sau khi cán bộ điều hành gia hạn" in page
    until = timezone.localdate() + timedelta(days=40)
    rounds.unlock(actors["operator"], [declared], "declare", until, "bổ sung theo yêu cầu")
    page = browse("specialist").get(address).content.decode()
    assert f"hạn gửi {until:%d/%m/%Y}" in page
    assert "gia hạn." not in page
    save_answer(actors["specialist"], declared.pk, KEY, {"text": "226"}, base_version=1)
    assert why in browse("specialist").get(address).content.decode()
    declared.refresh_from_db()
    declared.round.declare_until = timezone.localdate() - timedelta(days=1)
    assert not rounds.is_late(declared)


def test_the_board_shows_who_is_late(dossier: Dossier, actors: Actors, browse: Browse) -> None:
    dossier.round.declare_until = timezone.localdate() - timedelta(days=1)
    dossier.round.save()
    page = browse("monitor").get(f"/rounds/{dossier.round_id}/?show=late").content.decode()
    assert "quá hạn" in page
    assert "Bắc Kạn" in page


@pytest.mark.parametrize("round_state", ["open", "closed", "explanation", "council"])
def test_a_dossier_that_was_begun_and_not_sent_in_time_says_so(
    round_state: str, dossier: Dossier, actors: Actors, browse: Browse
) -> None:
    """It counts as not sent, however the round goes on; its time is that of declaring."""
    save_answer(actors["specialist"], dossier.pk, KEY, {"text": "225"}, base_version=0)
    dossier.refresh_from_db()
    windows(dossier.round, round_state)
    dossier.round.declare_until = timezone.localdate() - timedelta(days=1)
    dossier.round.save()
    page = browse("specialist").get(f"/dossiers/{dossier.pk}/").content.decode()
    assert re.search(r"Đơn vị đã kê khai\s+1/\d+\s+số liệu nhưng chưa gửi", page)
    assert f"hạn gửi {dossier.round.declare_until:%d/%m/%Y}" in page
    assert ("sau khi cán bộ điều hành gia hạn" in page) == (round_state in ("open", "closed"))
    board = browse("monitor").get(f"/rounds/{dossier.round_id}/?show=late").content.decode()
    assert board.count("quá hạn: đã có số liệu, chưa gửi") == 1
    assert "<strong>2</strong> quá hạn" in board


def test_a_dossier_that_was_not_begun_is_only_late(dossier: Dossier, browse: Browse) -> None:
    dossier.round.declare_until = timezone.localdate() - timedelta(days=1)
    dossier.round.save()
    page = browse("monitor").get(f"/dossiers/{dossier.pk}/").content.decode()
    assert "Thời gian kê khai đã hết." in page
    assert "Đơn vị đã kê khai" not in page


@pytest.mark.parametrize(
    ("round_state", "window", "text"),
    [
        ("closed", "declare", "Hồ sơ của Bắc Kạn (đang kê khai) chưa gửi"),
        ("second_review", "explain", "Giải trình của Bắc Kạn (đang giải trình) chưa gửi"),
    ],
)
def test_reminders_go_to_those_who_can_still_send_and_name_their_own_day(
    round_state: str,
    window: str,
    text: str,
    dossier: Dossier,
    other: Dossier,
    actors: Actors,
    put: Put,
) -> None:
    state = {"declare": "declaring", "explain": "explaining"}[window]
    put(state, round_state)
    Dossier.objects.filter(pk=other.pk).update(state=state)
    other_unit = actors["consultant"].person
    other_unit.assignments.update(role="specialist", unit_id=other.unit_id)
    assert rounds.remind(actors["operator"], dossier.round) == 0
    until = timezone.localdate() + timedelta(days=3)
    dossier.refresh_from_db()
    rounds.unlock(actors["operator"], [dossier], window, until, "bổ sung tài liệu")
    Mail.objects.all().delete()
    assert rounds.remind(actors["operator"], dossier.round) == 2
    assert {letter.to for letter in Mail.objects.all()} == {
        "specialist@example.vn",
        "leader@example.vn",
    }
    for letter in Mail.objects.all():
        assert f"{text} cơ quan chủ trì. Hạn gửi: {until:%d/%m/%Y}." in letter.body


@pytest.mark.parametrize("round_state", ["prepared", "council", "final"])
def test_nobody_is_reminded_where_nobody_can_send(
    round_state: str, dossier: Dossier, actors: Actors, put: Put, browse: Browse
) -> None:
    put("not_started", round_state)
    assert rounds.remind(actors["operator"], dossier.round) == 0
    page = browse("operator").get(f"/rounds/{dossier.round_id}/").content.decode()
    assert 'value="remind"' not in page


def test_a_new_round_reads_the_agencies_and_is_chosen_by_its_title(
    db: None, data: Path, browse: Browse, round_: Round
) -> None:
    Dossier.objects.all().delete()
    round_.delete()
    client = browse("operator")
    page = client.get("/rounds/new/").content.decode()
    title = "Chỉ số chuyển đổi số cấp tỉnh năm 2022 (DTI 2022)"
    assert f'<option value="{ASSESSMENT}">{title}</option>' in page
    form = {"assessment": ASSESSMENT, "declare_from": "01/03/2023", "declare_until": "31/03/2023"}
    form |= {"explain_from": "01/05/2023", "explain_until": "15/05/2023"}
    page = client.post("/rounds/new/", form, follow=True).content.decode()
    for name in ("", "../frameworks/province-922", "x" * 300):  # the last fits no name of a file
        assert client.post("/rounds/new/", form | {"assessment": name}).status_code == 409
    count = Round.objects.get().central.count()
    assert count > 500
    assert f"Đã đọc {count} số liệu của cơ quan quản lý." in page
    assert "Chưa đọc" not in page


def test_an_assessment_that_cannot_be_read_is_told_with_its_file(
    actors: Actors, browse: Browse, data: Path
) -> None:
    folder = data / "config" / "assessments"
    folder.mkdir(parents=True)
    (folder / "commune-2027.toml").write_text("id = ", encoding="utf-8")
    page = browse("operator").get("/rounds/new/")
    assert page.status_code == 409
    assert "commune-2027.toml" in page.content.decode()
