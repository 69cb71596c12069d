"""Dagster's page, started by the command in the README, lets no page of another site launch a run."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.conftest import REPOSITORY
from tests.servers import free_port

LAUNCH = """mutation { launchRun(executionParams: {runConfigData: {}, selector: {
  repositoryLocationName: "dti", repositoryName: "__repository__", jobName: "publish"
}}) { __typename } }"""
PATIENCE = 120


def documented_start() -> str:
    (command,) = re.findall(
        r"^(\S*.*dagster dev[^#\n]*)", (REPOSITORY / "README.md").read_text(), re.M
    )
    return str(command).strip()


def test_the_documented_start_is_read_only_and_on_this_machine_alone() -> None:
    command = documented_start().split()
    assert "DAGSTER_WEBSERVER_READ_ONLY=1" in command[: command.index(".venv/bin/dagster")]
    assert command[command.index("-h") + 1] == "127.0.0.1"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[int]:
    """Start the page as documented on a free port; return the port."""
    port = free_port()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "dagster.yaml").write_bytes((REPOSITORY / "dagster.yaml").read_bytes())
    environment = os.environ | {
        "DAGSTER_HOME": str(tmp_path / "home"),
        "DTI_DATA": str(tmp_path / "data"),
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec env {documented_start()} -p {port}"],
            cwd=REPOSITORY,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        yield port
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)


def answer(port: int, method: str, *, host: str) -> str:
    """Ask as a page of another site can: no header that a browser would first ask leave for."""
    end = time.monotonic() + PATIENCE
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            path = f"/graphql?{urlencode({'query': LAUNCH})}"
            connection.request(method, path, headers={"Host": host, "Content-Type": "text/plain"})
            return connection.getresponse().read().decode()
        except (OSError, HTTPException):
            assert time.monotonic() < end, "the page does not answer"
            time.sleep(1)
        finally:
            connection.close()


@pytest.mark.slow
def test_a_page_of_another_site_launches_nothing(page: int) -> None:
    for method in ("GET", "POST"):
        for host in ("elsewhere.example", f"127.0.0.1:{page}"):
            result = json.loads(answer(page, method, host=host))
            assert result == {"data": {"launchRun": {"__typename": "UnauthorizedError"}}}
