"""A mail server on this machine, named in the settings of alerts."""

import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller


class Mailbox:
    """What aiosmtpd asks of a handler."""

    def __init__(self) -> None:
        self.letters: list[Any] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Start a mail server on this machine and name it in the settings; return its letters."""
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("DTI_PORTAL_SMTP", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("DTI_ALERT_TO", "truc@so.example, ban@so.example")
    yield box.letters
    server.stop()
