"""Two people on one thing: a page of an earlier state overwrites nothing, and says who was first."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from dti_pipeline.portal import rounds
from dti_pipeline.portal.answers import add_comment, save_answer, save_explanation
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.evidence import attach
from dti_pipeline.portal.figures import questions
from dti_pipeline.portal.models import Account, Decision, Dossier, Round, Supply
from dti_pipeline.portal.reviews import Ruling, decide
from tests.portal.conftest import KEY, Actors, Put, windows
from tests.portal.test_evidence import PDF

BACKEND = "django.contrib.auth.backends.ModelBackend"
REASON = "dời một tuần do bão số 3"

Colleague = Callable[[str], Actor]


@pytest.fixture
def colleague(actors: Actors) -> Colleague:
    """Return what makes a second person with the role of a first one."""

    def make(role: str) -> Actor:
        account = Account.objects.create_account(f"{role}2@example.vn", f"Người thứ hai {role}")
        held = actors[role].person.assignments.get()
        account.assignments.create(role=role, unit_id=held.unit_id)
        return Actor(account)

    return make


def sign_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor.person, backend=BACKEND)
    return client


def since(client: Client, address: str) -> dict[str, str]:
    """Return what the forms of a page say of the page itself."""
    values = set(re.findall(r'name="since" value="([^"]*)"', client.get(address).content.decode()))
    (value,) = values
    return {"since": value}


def words(page: Any) -> str:
    return " ".join(strip_tags(page.content.decode()).split())


@pytest.fixture
def supply(round_: Round) -> Supply:
    common = {"round": round_, "component_code": "0105", "supplier": "Cục Báo chí"}
    Supply.objects.create(**common, item="Số cơ quan báo chí")
    return Supply.objects.create(**common, item="Số tin, bài")


def test_an_old_page_of_suppliers_overwrites_no_newer_answer_and_loses_nothing_that_was_typed(
    supply: Supply, actors: Actors, colleague: Colleague
) -> None:
    address = f"/rounds/{supply.round_id}/supplies/"
    first, second = sign_in(colleague("operator")), sign_in(actors["operator"])
    old = since(second, address)
    form = {"supply": supply.pk, "asked_on": "02/03/2023", "answer": "agreed", "note": "có API"}
    assert first.post(address, form | since(first, address)).status_code == 302
    late = {
        "supply": supply.pk,
        "asked_on": "09/03/2023",
        "answer": "refused",
        "note": "gửi <b>thư",
    }
    page = second.post(address, late | old, headers={"Referer": f"http://testserver{address}"})
    assert page.status_code == 409
    local = timezone.localtime()
    for text in (
        "Trang này không còn đúng: Người thứ hai operator &lt;operator2@example.vn&gt; đã thực hiện",
        "“Ghi trả lời của nơi cung cấp số liệu” (Chỉ số chuyển đổi số cấp tỉnh năm 2022 (DTI 2022)",
        f"0105 Cục Báo chí: Số tin, bài) lúc {local:%H}:",
        f" ngày {local:%d}/",
        "hỏi ngày 09/03/2023",
        "từ chối",
        "gửi &lt;b&gt;thư",
    ):
        assert text in words(page)
    assert f'href="http://testserver{address}"' in page.content.decode()
    page = second.post(address, late | old, headers={"Referer": "https://elsewhere.example/"})
    assert 'href="https://elsewhere' not in page.content.decode()
    supply.refresh_from_db()
    assert (supply.answer, supply.note) == ("agreed", "có API")
    # Another row of the same supplier is as the page shows it.
    other = Supply.objects.exclude(pk=supply.pk).get()
    assert second.post(address, late | old | {"supply": other.pk}).status_code == 302
    assert second.post(address, late | since(second, address)).status_code == 302
    supply.refresh_from_db()
    assert (supply.answer, supply.note) == ("refused", "gửi <b>thư")
    # An own page in another tab is no newer for being one's own.
    page = second.post(address, late | old | {"note": "done"})
    assert page.status_code == 409
    # What a person typed stays as it is, even where a code is spelt so.
    assert "Nội dung đã nhậpdonehỏi ngày 09/03/2023" in words(page)


def test_an_old_board_changes_no_newer_windows_and_shows_again_what_was_entered(
    round_: Round, actors: Actors, colleague: Colleague
) -> None:
    board = f"/rounds/{round_.pk}/"
    first, second = sign_in(colleague("operator")), sign_in(actors["operator"])
    old = since(second, board)
    days = {name: getattr(round_, name) for name in rounds.DATES}
    form = {name: f"{day:%d/%m/%Y}" for name, day in days.items()}
    form |= {"act": "dates", "reason": REASON}
    later = days["explain_until"] + timedelta(days=7)
    longer = form | {"explain_until": f"{later:%d/%m/%Y}"}
    assert first.post(f"{board}step/", longer | since(first, board)).status_code == 302
    page = second.post(f"{board}step/", form | {"reason": "rút ngắn kỳ giải trình"} | old)
    assert page.status_code == 409
    assert "Người thứ hai operator" in words(page)
    assert "“Đổi thời hạn”" in words(page)
    assert f"giải trình đến {days['explain_until']:%d/%m/%Y}" in words(page)
    assert "rút ngắn kỳ giải trình" in words(page)
    round_.refresh_from_db()
    assert round_.explain_until == later


def test_the_head_confirms_and_drops_only_on_the_windows_that_the_page_shows(
    round_: Round, actors: Actors
) -> None:
    windows(round_, "prepared")
    board, head = f"/rounds/{round_.pk}/", sign_in(actors["head"])
    rounds.propose(actors["operator"], round_.pk, "open")
    old = since(head, board)
    dates = {name: getattr(round_, name) + timedelta(days=1) for name in rounds.DATES}
    rounds.set_dates(actors["operator"], round_, dates, "")
    form = {"step": "open", "reason": "chờ công văn gia hạn"}
    for act in ("confirm", "drop"):
        page = head.post(f"{board}step/", form | old | {"act": act})
        assert page.status_code == 409
        assert "“Đổi thời hạn”" in words(page)
    assert Round.objects.get().proposal == "open"
    assert head.post(f"{board}step/", form | since(head, board) | {"act": "confirm"}).url == board
    assert Round.objects.get().state == "open"


def test_a_page_from_before_an_upgrade_counts_as_old(round_: Round, actors: Actors) -> None:
    rounds.propose(actors["operator"], round_.pk, "close")
    for text in ("", "2026-12-01T08:15:00+00:00", "9" * 30):
        form = {"act": "confirm", "step": "close", "since": text}
        page = sign_in(actors["head"]).post(f"/rounds/{round_.pk}/step/", form)
        assert page.status_code == 409


@pytest.mark.parametrize("what", ["figure", "document", "explanation"])
def test_a_leader_sends_nothing_that_another_leader_changed_unseen(
    what: str, put: Put, actors: Actors, colleague: Colleague
) -> None:
    dossier, second = put("with_leader"), colleague("leader")
    address, leader = f"/dossiers/{dossier.pk}/", sign_in(actors["leader"])
    old = since(leader, address)
    change: dict[str, Callable[[], Any]] = {
        "figure": lambda: save_answer(second, dossier.pk, KEY, {"text": "0"}, base_version=0),
        "document": lambda: attach(second, dossier.pk, "0105", content=PDF, file_name="a.pdf"),
        "explanation": lambda: save_explanation(
            second, dossier.pk, "0105", "declare", "chưa có văn bản", base_version=0
        ),
    }
    change[what]()
    page = leader.post(f"{address}step/", {"step": "send", **old})
    assert page.status_code == 409
    assert "không còn đúng: Người thứ hai leader" in words(page)
    assert not dossier.sent.exists()
    assert leader.post(f"{address}step/", {"step": "send"} | since(leader, address)).url == address
    assert dossier.sent.count() == 1


def test_the_refusal_names_the_figure_that_another_changed(
    put: Put, actors: Actors, colleague: Colleague
) -> None:
    dossier = put("with_leader")
    address, leader = f"/dossiers/{dossier.pk}/", sign_in(actors["leader"])
    old = since(leader, address)
    save_answer(colleague("leader"), dossier.pk, KEY, {"text": "225"}, base_version=0)
    form = {"step": "return_inside", "reason": "đề nghị kiểm tra lại"}
    page = leader.post(f"{address}step/", form | old)
    figure = questions(dossier)[KEY].variable.vi
    assert (
        f"“Nhập số liệu” (Chỉ số chuyển đổi số cấp tỉnh năm 2022 (DTI 2022) Bắc Kạn 0105 {figure})"
        in words(page)
    )
    assert "đề nghị kiểm tra lại" in words(page)
    leader.post("/language/", {"language": "en"})
    page = leader.post(f"{address}step/", form | old)
    figure = questions(dossier)[KEY].variable.en
    assert "Người thứ hai leader &lt;leader2@example.vn&gt; did “Entry” (" in words(page)
    assert f"0105 {figure}) at " in words(page)


def test_what_is_no_part_of_a_dossier_or_ones_own_entry_holds_up_no_step(
    put: Put, actors: Actors
) -> None:
    dossier = put("returned")
    address, specialist = f"/dossiers/{dossier.pk}/", sign_in(actors["specialist"])
    old = since(specialist, address)
    save_answer(actors["specialist"], dossier.pk, KEY, {"text": "0"}, base_version=0)
    add_comment(actors["reviewer"], dossier, "Đề nghị bổ sung trang 2", is_internal=True)
    until = timezone.localdate() + timedelta(days=40)
    rounds.unlock(actors["operator"], [dossier], "declare", until, REASON)
    assert specialist.post(f"{address}step/", {"step": "submit", **old}).status_code == 302


def test_a_word_on_a_component_removes_no_unseen_word_on_its_figure(
    declared: Dossier, actors: Actors, colleague: Colleague
) -> None:
    address, reviewer = f"/dossiers/{declared.pk}/", sign_in(actors["reviewer"])
    old = since(reviewer, f"{address}?main=1")
    ruling = Ruling("adjusted", KEY[1], "220", opinion="other", note="đếm trùng năm tin")
    decide(colleague("reviewer"), declared.pk, "0105", ruling)
    form = {
        "code": "0105",
        "state": "rejected",
        "opinion": "other",
        "note": "văn bản không đúng kỳ",
    }
    page = reviewer.post(f"{address}decide/", form | old)
    assert page.status_code == 409
    assert "Người thứ hai reviewer" in words(page)
    assert "văn bản không đúng kỳ" in words(page)
    assert Decision.objects.get().value_text == "220"
    page = reviewer.post(f"{address}decide/", form | since(reviewer, f"{address}?main=1"))
    assert page.status_code == 302
    assert Decision.objects.get().state == "rejected"


@pytest.mark.parametrize("path", ["decide", "accept-many"])
def test_a_reviewer_accepts_no_figure_that_the_unit_changed_after_the_page(
    path: str, declared: Dossier, actors: Actors, put: Put
) -> None:
    address, reviewer = f"/dossiers/{declared.pk}/", sign_in(actors["reviewer"])
    old = since(reviewer, f"{address}?main=1")
    put("declaring", "open")
    save_answer(actors["specialist"], declared.pk, KEY, {"text": "999"}, base_version=1)
    put("received", "closed")
    form = {"code": "0105", "state": "accepted", "opinion": "agree", "note": "khớp văn bản gốc"}
    page = reviewer.post(f"{address}{path}/", form | old)
    assert page.status_code == 409
    assert "Người specialist" in words(page)
    assert not Decision.objects.exists()
    form |= since(reviewer, f"{address}?main=1")
    assert reviewer.post(f"{address}{path}/", form).status_code == 302
    assert Decision.objects.get().component_code == "0105"


def test_the_rights_of_an_account_are_changed_only_on_a_page_that_shows_them(
    actors: Actors, colleague: Colleague
) -> None:
    person = actors["reviewer"].person
    address, admin = f"/people/{person.pk}/", sign_in(actors["admin"])
    old, other = since(admin, address), sign_in(colleague("admin"))
    held = person.assignments.get()
    form = {"act": "end", "assignment": held.pk, "reason": "chuyển công tác"}
    assert other.post(address, form | since(other, address)).status_code == 200
    for act in ("end", "assign", "key", "end_keys", "close"):
        form |= {"act": act, "role": "consultant", "component": "0105"}
        page = admin.post(address, form | old)
        assert page.status_code == 409
        assert "Người thứ hai admin" in words(page)
        assert "“Kết thúc vai trò” (reviewer@example.vn)" in words(page)
    assert "tư vấn" in words(page)
    assert "chỉ số thành phần 0105" in words(page)
    # Two roles one after the other, from the page that answers the first.
    form |= {"act": "assign"} | since(admin, address)
    for _ in range(2):
        page = admin.post(address, form)
        assert page.status_code == 200
        form |= dict(re.findall(r'name="(since)" value="([^"]*)"', page.content.decode()))
    assert person.assignments.filter(role="consultant").count() == 2


# What only adds something, takes back what is named and cannot have changed, or is one's own.
ADDS = {
    *("language", "logout", "evidence", "comment", "import", "signed", "withdraw", "decline"),
    *("draft", "state", "new"),
}
# Buttons of the board that work on what the server finds, whatever the page shows.
ACTS = {"unlock", "remind", "adopt", "freeze", "read_central"}


def test_every_form_that_changes_what_others_change_says_what_page_it_is_on(
    declared: Dossier, supply: Supply, actors: Actors, put: Put
) -> None:
    """A new form cannot be forgotten here."""
    round_ = f"/rounds/{declared.round_id}/"
    pages = [f"/dossiers/{declared.pk}/?main=1", f"{round_}supplies/", round_]
    pages += [f"/people/{actors['reviewer'].person.pk}/", f"{round_}council/", "/"]
    seen, without = set(), set()
    for state, round_state in (
        ("with_leader", "open"),
        ("received", "closed"),
        ("explaining", "explanation"),
    ):
        put(state, round_state)
        for role in ("specialist", "leader", "reviewer", "operator", "head", "admin"):
            client = sign_in(actors[role])
            for address in pages:
                text = client.get(address).content.decode()
                for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.S):
                    action = (re.findall(r'action="([^"]*)"', form) or [address])[0]
                    name = action.rstrip("/").rpartition("/")[2]
                    acts = set(re.findall(r'(?:name="act" )value="(\w+)"', form))
                    if name in ADDS or acts & ACTS or "<button" not in form:
                        continue
                    seen.add(name)
                    if not re.search(r'name="(since|version)"', form):
                        without.add((name, *acts))
    assert without == set()
    assert {"step", "answer", "explanation", "decide", "accept-many", "supplies"} <= seen
