"""Log-in, passwords and second factor: in the language of the page, and nothing but these."""

import gettext
import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils.html import strip_tags

from dti_pipeline.portal import settings as portal_settings
from dti_pipeline.portal.accounts import make_entry_link
from dti_pipeline.portal.models import Account, Dossier, Mail
from tests.portal.conftest import PASSWORD, Actors, Browse

WORDS = Path(portal_settings.__file__).parent / "locale" / "vi" / "LC_MESSAGES"
ADDRESSES = (
    "/accounts/login/",
    "/accounts/logout/",
    "/accounts/signup/",
    "/accounts/inactive/",
    "/accounts/reauthenticate/",
    "/accounts/password/change/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/abc-xyz/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/recovery-codes/generate/",
)
# Names and what a machine reads are the same in every language.
_SAME = re.compile(r"DTI|.*@example\.vn|Người \w+|[A-Z2-7]{32}|Bắc Kạn|Tiếng Việt|English|[:.]")


def lines(page: Any) -> set[str]:
    main = re.sub(r"<(script|style).*?</\1>", "", page.content.decode().split("<main", 1)[1])
    texts = {line.strip() for line in strip_tags(f"<main{main}").splitlines()}
    return {text for text in texts if text and not _SAME.fullmatch(text)}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_no_line_of_an_account_page_is_in_both_languages(
    address: str, is_signed_in: bool, client: Any, actors: Actors
) -> None:
    pages = []
    for language in ("vi", "en"):
        client.logout()
        client.cookies["django_language"] = language
        if is_signed_in:
            form = {"login": "leader@example.vn", "password": PASSWORD}
            assert client.post("/accounts/login/", form).status_code == 302
        pages.append(lines(client.get(address, follow=True)))
    assert pages[0] & pages[1] == set()


@pytest.mark.parametrize("typed", [("123456789012", "123456789012"), (PASSWORD, "khác")])
def test_a_password_that_is_not_taken_is_told_in_one_language(
    typed: tuple[str, str], client: Any, actors: Actors
) -> None:
    address = make_entry_link(actors["leader"].person)
    pages = []
    for language in ("vi", "en"):
        client.cookies["django_language"] = language
        pages.append(
            lines(client.post(address, dict(zip(("password", "again"), typed, strict=True))))
        )
    assert len(pages[0]) == len(lines(client.get(address))) + 1
    assert pages[0] & pages[1] == set()


def test_a_wrong_password_is_told_in_vietnamese(client: Any, actors: Actors) -> None:
    form = {"login": "leader@example.vn", "password": "falsch-falsch-falsch"}
    page = client.post("/accounts/login/", form).content.decode()
    assert "Thư điện tử hoặc mật khẩu không đúng." in page
    for _ in range(6):
        page = client.post("/accounts/login/", form).content.decode()
    assert "Quá nhiều lần đăng nhập sai." in page
    assert "too many" not in page.lower()


def test_the_letter_for_a_new_password_is_vietnamese_and_its_link_opens_the_page(
    client: Any, actors: Actors, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "dti_pipeline.portal.notices.OutboxBackend"
    client.post("/accounts/password/reset/", {"email": "head@example.vn"})
    letter = Mail.objects.get()
    assert "Thư đặt lại mật khẩu" in letter.subject
    assert "Để đặt lại mật khẩu, mở liên kết dưới đây." in letter.body
    link = re.search(r"/accounts/password/reset/key/\S+", letter.body)
    assert link is not None
    page = client.get(link[0], follow=True).content.decode()
    assert "Mật khẩu mới (nhập lại)" in page


def test_the_compiled_words_are_those_that_people_read() -> None:
    with (WORDS / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    source = (WORDS / "django.po").read_text("utf-8").split("\n\n")
    n_entries = 0
    for entry in source[1:]:
        texts = dict(re.findall(r'^(msgid|msgstr(?:\[0\])?) ((?:"[^\n]*"\n?)+)', entry, re.M))
        joined = ["".join(re.findall(r'"(.*)"', text)) for text in texts.values()]
        key, words = (re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), t) for t in joined)
        assert words
        assert compiled.ngettext(key, key, 2) == words or compiled.gettext(key) == words
        n_entries += 1
    assert n_entries == len({k if isinstance(k, str) else k[0] for k in compiled._catalog} - {""})


def test_nobody_changes_the_address_of_an_account_by_himself(browse: Browse) -> None:
    browser = browse("specialist")
    assert browser.get("/accounts/email/")["Location"] == "/"
    form = {"email": "khac@example.vn", "action_add": ""}
    assert browser.post("/accounts/email/", form)["Location"] == "/"
    assert not EmailAddress.objects.filter(email="khac@example.vn").exists()
    assert not Account.objects.filter(email="khac@example.vn").exists()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_form_from_before_the_log_in_says_so_and_shows_what_was_typed(
    language: str, actors: Actors, dossier: Dossier
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(actors["leader"].person, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    address, form = f"/dossiers/{dossier.pk}/step/", {"step": "submit", "reason": "chưa đủ số liệu"}
    page = client.post(address, form)
    assert page.status_code == 403
    text = page.content.decode()
    said = {"vi": "được mở trước lần đăng nhập hiện nay", "en": "before the current log-in"}
    assert said[language] in text
    assert "chưa đủ số liệu" in text
    answer = client.post(address, form, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (401, {"refused": "signed_out"})


def test_a_page_that_is_no_address_is_not_gone_back_to(client: Any, db: None) -> None:
    answer = client.post("/language/", {"language": "en", "next": "foo"})
    assert answer["Location"] == "foo"
