"""Every address asked by every role for what is not theirs, and by strangers."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import get_adapter
from django.urls import get_resolver

from dti_pipeline.portal import evidence, sending, workbooks
from dti_pipeline.portal.chain import ROLES
from dti_pipeline.portal.models import Dossier, Round
from dti_pipeline.portal.settings import make_settings
from tests.portal.conftest import OWN, Actors, Browse, windows
from tests.portal.test_evidence import PDF

# Address → the roles that may read it; everybody else, and a unit's people, are refused.
BOARD = {"operator", "head", "monitor", "council"}
SEES_OTHERS = {"operator", "head", "monitor", "council"}
READ = {
    "/dossiers/{dossier}/": SEES_OTHERS,
    "/dossiers/{dossier}/changes/": SEES_OTHERS,
    "/dossiers/{dossier}/result/": SEES_OTHERS,
    "/dossiers/{dossier}/workbook/": SEES_OTHERS,
    "/dossiers/{dossier}/plan/": SEES_OTHERS,
    "/imports/{import}/": SEES_OTHERS,
    "/evidence/{evidence}/": SEES_OTHERS,
    "/evidence/{evidence}/view/": SEES_OTHERS,
    "/deliveries/{delivery}/file/": SEES_OTHERS,
    "/deliveries/{delivery}/receipt.pdf": SEES_OTHERS,
    "/rounds/{round}/": BOARD,
    "/rounds/{round}/supplies/": BOARD,
    "/rounds/{round}/queue/": BOARD | {"reviewer", "consultant"},
    "/rounds/{round}/council/": {"operator", "head", "council"},
    "/rounds/{round}/council/state/": {"operator", "head", "council"},
    "/rounds/new/": {"operator"},
    "/people/": {"admin", "operator"},
    "/people/{account}/": {"admin", "operator"},
    "/people/{account}/export/": {"admin"},
    "/audit/": {"admin", "operator", "head", "monitor"},
    "/audit/?format=csv": {"admin", "operator", "head", "monitor"},
    "/outbox/": {"admin", "operator"},
    "/api/rounds/{round}/supplies/": BOARD,
    "/api/dossiers/{dossier}/": SEES_OTHERS,
}
# Addresses that only change something; a body that is right for somebody else.
CHANGE = (
    "/dossiers/{dossier}/plan/",
    "/dossiers/{dossier}/answer/",
    "/dossiers/{dossier}/explanation/",
    "/dossiers/{dossier}/evidence/",
    "/dossiers/{dossier}/draft/",
    "/dossiers/{dossier}/comment/",
    "/dossiers/{dossier}/step/",
    "/dossiers/{dossier}/import/",
    "/dossiers/{dossier}/decide/",
    "/dossiers/{dossier}/accept-many/",
    "/imports/{import}/",
    "/evidence/{evidence}/withdraw/",
    "/deliveries/{delivery}/signed/",
)
OPEN = ("/", "/language/", "/enter/", "/accounts/", "/assignments/")


@pytest.fixture
def numbers(other: Dossier, actors: Actors) -> dict[str, int]:
    """Return the numbers of objects that belong to the other unit."""
    specialist = actors["specialist"]
    specialist.person.assignments.update(unit_id=other.unit_id)
    document = evidence.attach(specialist, other.pk, "0105", content=PDF, file_name="văn bản.pdf")
    content = sending.report_content(other)
    read = workbooks.preview(specialist, other, content, "a.xlsx")
    delivery = sending.deliver(actors["leader"], other)
    specialist.person.assignments.update(unit_id=OWN)
    return {
        "dossier": other.pk,
        "evidence": document.pk,
        "import": read.pk,
        "delivery": delivery.pk,
        "round": other.round_id,
        "account": actors["council"].person.pk,
    }


@pytest.mark.parametrize("address", READ)
def test_what_is_anothers_is_refused_to_whom_it_does_not_concern(
    address: str, numbers: dict[str, int], browse: Browse
) -> None:
    path = address.format(**numbers)
    for role in ROLES:
        if role == "council" and "{account}" in address:
            continue  # the account is that person's own
        expected = 200 if role in READ[address] else 403
        assert browse(role).get(path).status_code == expected, role


@pytest.mark.parametrize("address", CHANGE)
def test_nothing_of_another_unit_is_changed(
    address: str, numbers: dict[str, int], browse: Browse, other: Dossier
) -> None:
    form = {"code": "0105", "variable": "press_items", "text": "1", "version": "0"}
    form |= {"stage": "declare", "step": "submit", "state": "accepted", "opinion": "agree"}
    form |= {"place": "comment-0105"}
    before = list(Dossier.objects.values())
    for role in ("specialist", "leader", "office", "reviewer", "consultant", "monitor", "admin"):
        answer = browse(role).post(
            address.format(**numbers), form, headers={"Accept": "application/json"}
        )
        assert answer.status_code in (403, 409), role
    assert list(Dossier.objects.values()) == before
    assert not other.answers.exists()


def test_strangers_are_sent_to_the_log_in_page_and_scripts_are_told(
    client: Any, numbers: dict[str, int]
) -> None:
    for address in READ:
        answer = client.get(address.format(**numbers))
        if address.startswith("/api/"):
            assert answer.status_code == 401, address
            continue
        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/accounts/login/?next=")
    for address in CHANGE:
        answer = client.post(address.format(**numbers), headers={"Accept": "application/json"})
        assert answer.status_code == 401, address


def test_what_was_typed_is_shown_again_when_the_session_has_ended_or_a_step_is_refused(
    client: Any, browse: Browse, dossier: Dossier
) -> None:
    form = {"step": "return_inside", "reason": "đề nghị kiểm tra <b>số tin</b>", "act": "vote"}
    for address in (f"/dossiers/{dossier.pk}/step/", f"/rounds/{dossier.round_id}/council/vote/"):
        page = client.post(address, form)
        assert page.status_code == 409
        text = page.content.decode()
        assert "Phiên làm việc đã hết" in text
        assert "kiểm tra &lt;b&gt;số tin&lt;/b&gt;" in text
        assert 'href="/accounts/login/"' in text
    page = browse("specialist").post(f"/dossiers/{dossier.pk}/step/", form)
    assert page.status_code == 403
    assert "kiểm tra &lt;b&gt;số tin&lt;/b&gt;" in page.content.decode()


def test_what_changes_something_takes_only_posts(browse: Browse) -> None:
    for address in ("/dossiers/1/answer/", "/rounds/1/step/", "/assignments/1/decline/"):
        page = browse("operator").get(address)
        assert (page.status_code, page["Allow"]) == (405, "POST")
        assert 'href="/"' in page.content.decode()
        assert "Địa chỉ này chỉ nhận nội dung gửi từ một biểu mẫu" in page.content.decode()
        assert "Không có trang này" not in page.content.decode()
    client = browse("operator")
    client.post("/language/", {"language": "en"})
    page = client.get("/rounds/1/step/").content.decode()
    assert "This address takes what a form sends and shows no page." in page


def test_what_is_too_large_for_a_form_is_told_in_words(dossier: Dossier, browse: Browse) -> None:
    form = {"step": "submit", "reason": "a" * 3 * 2**20}
    page = browse("specialist").post(f"/dossiers/{dossier.pk}/step/", form)
    page_urlencoded = browse("specialist").post(
        f"/dossiers/{dossier.pk}/step/", urlencode(form), "application/x-www-form-urlencoded"
    )
    for one in (page, page_urlencoded):
        assert one.status_code == 400
        assert "Nội dung quá dài" in one.content.decode()


def test_every_address_is_in_these_lists() -> None:
    """A new page cannot be forgotten here."""
    known = {re.sub(r"\{\w+\}", "#", address.partition("?")[0]) for address in (*READ, *CHANGE)}
    # Steps of the round and acts of the centre: `test_chain`, `test_centre` and `test_rounds` ask them.
    known |= {f"/rounds/#/{name}/" for name in ("step", "council/draft", "council/vote")}
    missing = []
    # Lists that hold what is one's own: `test_api` asks them.
    known |= {"/api/", "/api/rounds/", "/api/rounds/#/dossiers/"}
    patterns = {
        f"{one.pattern}{inner.pattern}" if inner is not one else str(one.pattern)
        for one in get_resolver().url_patterns
        for inner in (one.url_patterns if str(one.pattern) == "api/" else [one])
    }
    for pattern in sorted(patterns):
        address = "/" + re.sub(r"<int:\w+>", "#", pattern)
        if address not in known and not (address == "/" or address.startswith(OPEN[1:])):
            missing.append(address)
    assert missing == []


def test_pages_carry_a_policy_without_inline_script_and_are_not_cached(browse: Browse) -> None:
    page = browse("specialist").get("/")
    policy = page["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert page["Cache-Control"] == "no-store"
    assert page["X-Frame-Options"] == "DENY"
    text = page.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\sstyle=|\son\w+=", text)


def test_the_centre_needs_a_second_factor_where_it_is_asked_for(
    browse: Browse, actors: Actors, settings: Any
) -> None:
    settings.DTI_MFA_FOR_CENTRE = True
    for role in ("operator", "reviewer", "council", "admin"):
        assert browse(role).get("/")["Location"] == "/accounts/2fa/"
    assert browse("leader").get("/").status_code == 200
    Authenticator.objects.create(user=actors["operator"].person, type="totp", data={"secret": "x"})
    assert browse("operator").get("/").status_code == 200


def test_the_log_in_page_offers_the_offices_sign_on_service(
    client: Any, db: None, settings: Any, tmp_path: Path
) -> None:
    service = {
        "DTI_PORTAL_OIDC_URL": "https://sso.example.vn/realms/tinh",
        "DTI_PORTAL_OIDC_CLIENT": "dti",
        "DTI_PORTAL_OIDC_NAME": "Cổng của tỉnh",
    }
    settings.SOCIALACCOUNT_PROVIDERS = make_settings(tmp_path, service)["SOCIALACCOUNT_PROVIDERS"]
    page = client.get("/accounts/login/").content.decode()
    assert "Đăng nhập bằng Cổng của tỉnh" in page
    assert "/accounts/oidc/office/login/" in page
    # It opens accounts that exist, and makes none.
    assert not get_adapter().is_open_for_signup(None, None)


def test_nobody_signs_up(client: Any, db: None) -> None:
    page = client.get("/accounts/signup/")
    assert "<form" not in page.content.decode().split("<main", 1)[1]


def test_the_language_is_vietnamese_until_somebody_chooses(browse: Browse) -> None:
    client = browse("specialist")
    english = {"Accept-Language": "en"}
    assert "Việc của ông/bà" in client.get("/", headers=english).content.decode()
    answer = client.post("/language/", {"language": "en", "next": "//evil.example/"})
    assert answer["Location"] == "/"
    assert "Your work" in client.get("/").content.decode()
    for unknown in ("xx", "fr", "vi-latn", ""):  # Django speaks some of them
        assert not client.post("/language/", {"language": unknown}).cookies
    assert "Your work" in client.get("/").content.decode()


@pytest.mark.parametrize("address", ["/nowhere/", "/people/99999/"])
def test_a_page_that_is_not_there_says_so_in_the_language_of_the_person(
    address: str, actors: Actors, browse: Browse
) -> None:
    client = browse("admin")
    page = client.get(address)
    assert page.status_code == 404
    assert "Không có trang này" in page.content.decode()
    client.post("/language/", {"language": "en"})
    page = client.get(address).content.decode()
    assert "There is no such page" in page
    assert "/accounts/logout/" in page


@pytest.mark.parametrize(
    "what", ["dossiers/{}/", "evidence/{}/", "imports/{}/", "deliveries/{}/file/"]
)
@pytest.mark.parametrize("number", [99_999, 10**30])
def test_a_number_that_nothing_has_is_refused_like_one_of_others(
    what: str, number: int, browse: Browse
) -> None:
    assert browse("specialist").get("/" + what.format(number)).status_code == 403


@pytest.mark.parametrize("number", [99_999, 10**30])
def test_a_document_that_is_not_there_is_not_withdrawn(number: int, browse: Browse) -> None:
    assert browse("specialist").post(f"/evidence/{number}/withdraw/").status_code == 403


def test_an_error_of_the_server_is_told_in_words(browse: Browse, monkeypatch: Any) -> None:
    def fail(*_: object) -> None:
        raise ValueError

    client = browse("specialist")
    client.raise_request_exception = False
    monkeypatch.setattr("dti_pipeline.portal.views.home.visible_rounds", fail)
    page = client.get("/")
    assert page.status_code == 500
    assert "Hệ thống gặp lỗi · The portal failed" in page.content.decode()


def test_the_language_is_changed_on_a_page_that_answers_a_form(
    dossier: Dossier, browse: Browse
) -> None:
    """The address of the form itself answers no reader."""
    client, home = browse("specialist"), f"/dossiers/{dossier.pk}/"
    referer = f"http://testserver{home}?main=2"
    refused = client.post(f"{home}step/", {"step": "send"}, headers={"Referer": referer})
    assert refused.status_code == 403
    (back,) = re.findall(r'name="next" value="([^"]*)"', refused.content.decode())
    changed = client.post("/language/", {"language": "en", "next": back})
    assert (changed.status_code, changed.url) == (302, referer)
    refused = client.post(f"{home}step/", {"step": "send"})
    assert 'name="next" value="/"' in refused.content.decode()
    page = client.get(f"{home}?main=2").content.decode()
    assert f'name="next" value="{home}?main=2"' in page


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/rounds/{round}/",
        "/rounds/{round}/council/",
        "/dossiers/{dossier}/changes/",
        "/audit/",
    ],
)
def test_a_page_is_titled_by_its_heading(
    address: str, dossier: Dossier, actors: Actors, browse: Browse
) -> None:
    address = address.format(dossier=dossier.pk, round=dossier.round_id)
    page = browse("operator").get(address).content.decode()
    (title,), (heading,) = (re.findall(f"<{tag}>(.*?)</{tag}>", page) for tag in ("title", "h1"))
    assert title == f"{heading} · DTI"


def test_the_menu_of_a_board_is_that_of_every_page(
    dossier: Dossier, actors: Actors, browse: Browse
) -> None:
    """Who operates another round finds the same links on the board of this one."""
    later = Round(assessment_id="province-2023")
    windows(later, "prepared")
    actors["monitor"].person.assignments.create(role="operator", round=later)
    menus = []
    for address in ("/", f"/rounds/{dossier.round_id}/", f"/rounds/{dossier.round_id}/queue/"):
        page = browse("monitor").get(address).content.decode()
        menus.append(re.findall(r'<a href="([^"]*)"', page.partition("<nav")[2].split("</nav")[0]))
    assert menus == [["/people/", "/outbox/", "/audit/", "/accounts/2fa/"]] * 3


def test_an_empty_page_of_the_council_says_when_there_will_be_something(
    dossier: Dossier, browse: Browse
) -> None:
    page = browse("council").get(f"/rounds/{dossier.round_id}/council/").content.decode()
    assert "Chưa có bản dự thảo." in page


def test_a_reviewer_finds_the_way_back_to_the_assigned_dossiers(
    dossier: Dossier, browse: Browse
) -> None:
    link = f'<a href="/rounds/{dossier.round_id}/queue/">←'
    assert link in browse("reviewer").get(f"/dossiers/{dossier.pk}/").content.decode()
    assert link not in browse("specialist").get(f"/dossiers/{dossier.pk}/").content.decode()
