"""One assessment with an instance of Dagster, and a mail server named in the settings of alerts."""

import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from aiosmtpd.controller import Controller

from assets.resources import PARTITIONS_NAME
from tests.conftest import copy_deliveries


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return copy_deliveries(tmp_path / "data", "province-2023")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Keep runs, and the assessment of `data` as a partition, in a folder of the test."""
    folder = tmp_path / "dagster"
    folder.mkdir()
    with dg.instance_for_test(temp_dir=str(folder)) as instance:
        instance.add_dynamic_partitions(PARTITIONS_NAME, ["province-2023"])
        yield instance


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
