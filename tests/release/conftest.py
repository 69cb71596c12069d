"""Fixtures of this room: the process that forks writers, a bucket, and the command on it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dti_pipeline import cli
from dti_pipeline.release.bucket import Bucket
from dti_pipeline.store.storage import COPIES
from tests.release.buckets import Command, Opened
from tests.release.writer import Writers, writers
from tests.servers import ObjectStore


@pytest.fixture(scope="session")
def writing() -> Iterator[Writers]:
    """Return the starter of writers to be killed."""
    with writers() as started:
        yield started


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    with ObjectStore() as started:
        yield started


@pytest.fixture
def bucket(
    object_store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opened]:
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DTI_CACHE", str(tmp_path / "cache"))
    yield Opened(object_store, tmp_path.name)
    while COPIES:
        _, opened = COPIES.popitem()
        assert isinstance(opened, Bucket)
        os.close(opened.copy_lock)
    object_store.before = object_store.after = lambda method, path: None


@pytest.fixture
def dti(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command as at a terminal; return what it says, or why it fails, on one line."""

    def run(*arguments: str, status: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["dti", "--lang", "en", *arguments])
        assert cli.execute() == status
        text = capsys.readouterr()
        return " ".join((text.err if status else text.out).split())

    return run
