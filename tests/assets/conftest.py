"""One assessment with an instance of Dagster, and a mail server named in the settings of alerts."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from aiosmtpd.controller import Controller

from assets.code_location import build
from assets.execution import QUIET
from assets.resources import PARTITIONS_NAME, WorkspaceResource
from tests.conftest import copy_deliveries
from tests.servers import free_port

Call = Callable[..., Any]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return copy_deliveries(tmp_path / "data", "province-2023")


@pytest.fixture
def table(data: Path) -> Path:
    """Return the table that the assessment is computed from."""
    (path,) = (data / "raw/province-2023/central").glob("*.csv")
    return path


def break_table(table: Path) -> None:
    """Let a table name a unit that nobody knows: an issue that blocks."""
    text = table.read_text(encoding="utf-8-sig")
    table.write_text(text.replace("Lạng Sơn,", "Nowhere,"), encoding="utf-8-sig")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Keep runs, and the assessment of `data` as a partition, in a folder of the test."""
    folder = tmp_path / "dagster"
    folder.mkdir()
    with dg.instance_for_test(temp_dir=str(folder)) as instance:
        instance.add_dynamic_partitions(PARTITIONS_NAME, ["province-2023"])
        yield instance


@pytest.fixture
def assess(data: Path, instance: dg.DagsterInstance) -> Call:
    """Return what runs the job `assess` of the assessment of `data`."""

    def run(definitions: dg.Definitions | None = None, **options: Any) -> dg.ExecuteInProcessResult:
        job = (definitions or build(data)).resolve_job_def("assess")
        options |= {"partition_key": "province-2023", "raise_on_error": False, "run_config": QUIET}
        return job.execute_in_process(instance=instance, **options)

    return run


@pytest.fixture
def look(data: Path, instance: dg.DagsterInstance) -> Call:
    """Return what lets a sensor look once."""

    def once(sensor: str, cursor: str | None = None) -> Any:
        workspace = WorkspaceResource(data_dir=str(data))
        with dg.build_sensor_context(
            instance=instance, cursor=cursor, resources={"workspace": workspace}
        ) as context:
            return build(data).resolve_sensor_def(sensor)(context)

    return once


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
    port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("DTI_PORTAL_SMTP", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("DTI_ALERT_TO", "truc@so.example, ban@so.example")
    yield box.letters
    server.stop()
