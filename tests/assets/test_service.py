"""A running service: Dagster's own daemon and sensors, told by mail, mended without a hand."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.release.releases import Published
from tests.assets.conftest import break_table
from tests.conftest import REPOSITORY

PATIENCE = 120
BIN = Path(sys.executable).parent


@pytest.fixture
def service(data: Path, tmp_path: Path, mailbox: list[Any]) -> Iterator[dict[str, str]]:
    """Start daemon and sensors as documented; return their environment."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_bytes((REPOSITORY / "dagster.yaml").read_bytes())
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        "DTI_DATA": str(data),
        "DTI_SENSOR_SECONDS": "2",
    }
    workspace = ["-w", str(REPOSITORY / "workspace.yaml")]
    subprocess.run(
        [BIN / "dagster", "sensor", "start", "--start-all", *workspace],
        cwd=REPOSITORY,
        env=environment,
        check=True,
        capture_output=True,
    )
    with (tmp_path / "log").open("wb") as log:
        daemon = subprocess.Popen(
            [BIN / "dagster-daemon", "run", *workspace],
            cwd=REPOSITORY,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        yield environment
        os.killpg(daemon.pid, signal.SIGINT)
        daemon.wait(timeout=60)


def wait(until: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < end, log.read_text(encoding="utf-8")[-3000:]
        time.sleep(1)


def told(mailbox: list[Any]) -> list[Any]:
    """Return the letters about the run; others tell that province-2025 is due."""
    return [letter for letter in mailbox if "province-2023" in letter["Subject"]]


@pytest.mark.slow
def test_a_broken_delivery_is_told_by_mail_and_its_repair_is_published_without_a_hand(
    data: Path, table: Path, tmp_path: Path, mailbox: list[Any], service: dict[str, str]
) -> None:
    log, published = tmp_path / "log", Published(data / "published")
    wait(lambda: published.latest() is not None, log)
    whole = table.read_bytes()
    break_table(table)
    wait(lambda: bool(told(mailbox)), log)
    (letter,) = told(mailbox)
    assert letter["Subject"] == "DTI: province-2023 chưa tính được, còn 4 lỗi phải sửa"
    assert "tệp 01_published_dti_2022_2024.csv, dòng 145, cột “TinhThanh”" in letter.get_content()
    first = published.release(None).release_id
    table.write_bytes(whole.replace(b"0.7", b"0.6", 1))
    wait(lambda: published.release(None).release_id != first, log)
    assert told(mailbox) == [letter]
    doctor = subprocess.run(
        [sys.executable, "-m", "dti_pipeline.cli", "doctor", "--lang", "en"],
        env=service,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "[ok] Dagster: dagster-daemon answers; 5 sensor(s) are ticking" in doctor.stdout
