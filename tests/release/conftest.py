"""Fixtures of this room: the process that forks writers, and a bucket."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dti_pipeline.release.bucket import Bucket, open_data
from dti_pipeline.store.storage import COPIES
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
) -> Iterator[Callable[..., Path]]:
    """Return what opens the bucket of this test as another process does, with its own copy."""
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DTI_CACHE", str(tmp_path / "cache"))
    yield lambda prefix="": open_data(f"s3://bucket/{tmp_path.name}{prefix}")
    while COPIES:
        _, opened = COPIES.popitem()
        assert isinstance(opened, Bucket)
        os.close(opened.copy_lock)
    object_store.before = object_store.after = lambda method, path: None
