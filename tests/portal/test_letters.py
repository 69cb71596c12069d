"""Letters: kept first, then sent; a mail server that fails loses none and tells strangers nothing."""

import json
import smtplib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from dti_pipeline.portal import jobs, notices, rounds
from dti_pipeline.portal.models import Account, Event, Mail, Round
from dti_pipeline.portal.settings import make_settings
from tests.portal.conftest import Actors
from tests.portal.served import run
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


def test_many_reminders_are_sent_outside_of_the_request_and_by_few_queries(
    round_: Round,
    actors: Actors,
    dead_server: list[int],
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Any,
) -> None:
    """A worker ends after 120 seconds, in which a mail server takes some hundred letters."""
    apart: list[tuple[str, list[int]]] = []

    def start(name: str, _: Path, *, text: str) -> None:
        apart.append((name, json.loads(text)))

    monkeypatch.setattr(jobs, "start", start)
    for place in range(100, 150):
        common = {"unit_name": f"Xã {place}", "framework_id": "province-922", "place": place}
        round_.dossiers.create(unit_id=f"X{place}", **common)
        for role in ("specialist", "leader"):
            account = Account.objects.create_account(f"{role}{place}@example.vn", "Người của xã")
            account.assignments.create(role=role, unit_id=f"X{place}")
    with django_assert_max_num_queries(20):
        assert rounds.remind(actors["operator"], round_) == 102
    assert dead_server == []
    assert apart == [("letter_job", list(Mail.objects.values_list("pk", flat=True)))]


def test_letters_by_the_dozen_use_connections_of_ten_and_leave_out_what_was_sent_by_hand(
    db: None, recipients: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = [Mail(to=f"a{n}@example.vn", subject="DTI", body="Hạn gửi") for n in range(25)]
    numbers = [letter.pk for letter in Mail.objects.bulk_create(letters)]
    Mail.objects.filter(to="a7@example.vn").update(sent_at=timezone.now())
    opened: list[int] = []
    real = notices.get_connection
    monkeypatch.setattr(notices, "get_connection", lambda name: opened.append(1) or real(name))
    notices.send(numbers)
    assert recipients == [f"a{n}@example.vn" for n in range(25) if n != 7]
    assert len(opened) == 3


MANY = """
prepare()
from dti_pipeline.portal.models import Mail
from dti_pipeline.portal.notices import post
post(Mail(to=f"a{n}@example.vn", subject="DTI", body="Hạn gửi") for n in range(30))
"""


def test_a_process_of_its_own_goes_on_after_the_one_that_started_it(tmp_path: Path) -> None:
    """Nobody answers at that port, so that every letter gets its error."""
    run(MANY, tmp_path, DTI_PORTAL_SMTP=f"smtps://127.0.0.1:{free_port()}")
    deadline = time.monotonic() + 120
    errors: list[str] = []
    while len(errors) < 30 and time.monotonic() < deadline:
        time.sleep(0.5)
        with closing(sqlite3.connect(tmp_path / "portal" / "portal.sqlite3")) as database:
            errors = [text for (text,) in database.execute("SELECT error FROM portal_mail") if text]
    assert len(errors) == 30
    assert "refused" in errors[0]


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
