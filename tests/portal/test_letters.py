"""Letters: kept first, then sent; a mail server that fails loses none and tells strangers nothing."""

import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from dti_pipeline.portal import rounds
from dti_pipeline.portal.models import Event, Mail, Round
from dti_pipeline.portal.settings import make_settings
from tests.portal.conftest import Actors
from tests.servers import free_port

BACKEND = "dti_pipeline.portal.notices.OutboxBackend"


class Server:
    """What aiosmtpd asks of a handler; one recipient is refused."""

    def __init__(self) -> None:
        self.recipients: list[str] = []

    async def handle_RCPT(
        self, server: object, session: object, envelope: Any, address: str, options: object
    ) -> str:
        if address.startswith("specialist"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def recipients(settings: Any) -> Iterator[list[str]]:
    handler = Server()
    server = Controller(handler, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND, settings.EMAIL_USE_TLS = BACKEND, False
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield handler.recipients
    server.stop()


@pytest.fixture
def dead_server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Name a mail server that nobody answers for; return the attempts to reach it."""
    attempts: list[int] = []

    def connect(*_: Any, **__: Any) -> None:
        attempts.append(1)
        raise TimeoutError("timed out")

    monkeypatch.setattr(smtplib, "SMTP", connect)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = BACKEND, "mail.so.example"
    settings.ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
    return attempts


def test_one_refused_recipient_keeps_no_other_letter_back(
    round_: Round, actors: Actors, recipients: list[str]
) -> None:
    assert rounds.remind(actors["operator"], round_) == 2
    assert recipients == ["leader@example.vn"]
    refused = Mail.objects.get(to="specialist@example.vn")
    assert refused.sent_at is None
    assert "no such mailbox" in refused.error
    assert Mail.objects.get(to="leader@example.vn").sent_at is not None


def test_a_dead_mail_server_is_tried_once_and_every_letter_waits(
    round_: Round, actors: Actors, dead_server: list[int]
) -> None:
    assert rounds.remind(actors["operator"], round_) == 2
    assert len(dead_server) == 1
    assert {(m.sent_at, m.error) for m in Mail.objects.all()} == {(None, "timed out")}
    assert Event.objects.filter(action="reminded").exists()


def test_letters_outlast_a_process_that_is_killed_while_it_sends(
    round_: Round, actors: Actors, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    settings.EMAIL_HOST = "mail.so.example"
    monkeypatch.setattr(smtplib, "SMTP", die)
    with pytest.raises(KeyboardInterrupt):
        rounds.remind(actors["operator"], round_)
    assert Mail.objects.filter(sent_at=None).count() == 2


@pytest.mark.parametrize("email", ["head@example.vn", "nobody@example.vn"])
def test_a_new_password_is_asked_for_alike_with_a_dead_mail_server(
    email: str, client: Any, actors: Actors, dead_server: list[int]
) -> None:
    answer = client.post("/accounts/password/reset/", {"email": email})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/reset/done/")
    letter = Mail.objects.get()
    assert (letter.to, letter.is_secret, letter.error) == (email, True, "timed out")


def test_a_link_that_was_sent_is_kept_nowhere(
    client: Any, actors: Actors, recipients: list[str]
) -> None:
    client.post("/accounts/password/reset/", {"email": "head@example.vn"})
    assert recipients == ["head@example.vn"]
    assert Mail.objects.get().body == ""


def test_strangers_fill_no_outbox(
    client: Any, actors: Actors, settings: Any, tmp_path: Any
) -> None:
    made = make_settings(tmp_path, {})
    assert (made["EMAIL_BACKEND"], made["EMAIL_HOST"]) == (BACKEND, "")
    for name in ("EMAIL_BACKEND", "EMAIL_HOST", "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS"):
        setattr(settings, name, made[name])
    for email in ("head@example.vn", "nobody@example.vn"):
        assert client.post("/accounts/password/reset/", {"email": email}).status_code == 302
    assert [letter.to for letter in Mail.objects.all()] == ["head@example.vn"]
    url = {"DTI_PORTAL_SMTP": "smtp://mail.so.example"}
    assert make_settings(tmp_path, url)["ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS"]
