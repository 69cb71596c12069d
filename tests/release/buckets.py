"""What tests of buckets do to a bucket and to the copies of it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from dti_pipeline.release.bucket import Bucket, open_data
from dti_pipeline.store.storage import COPIES, storage_of
from tests.servers import ObjectStore


class Opened:
    """The data of one test in a bucket: what opens it, and what other people do to it."""

    def __init__(self, server: ObjectStore, prefix: str) -> None:
        self.server, self.prefix = server, prefix
        self.address = f"s3://bucket/{prefix}"

    def __call__(self, below: str = "") -> Path:
        """Open it as another process does, with a copy of its own."""
        return open_data(self.address + below)

    def put(self, name: str, content: bytes) -> None:
        self.server.objects.put(f"{self.prefix}/{name}", content)

    def get(self, name: str) -> bytes:
        return self.server.get(f"{self.prefix}/{name}")

    def deliver(self, files: Mapping[str, bytes | None]) -> None:
        """Put deliveries there; take those away that have no content."""
        for name, delivery in files.items():
            if delivery is None:
                self.server.objects.delete(f"{self.prefix}/raw/{name}")
            else:
                self.put(f"raw/{name}", delivery)

    def names(self) -> list[str]:
        entries = self.server.objects.list(self.prefix).collect()
        return sorted(entry["path"].removeprefix(f"{self.prefix}/") for entry in entries)


class Command(Protocol):
    def __call__(self, *arguments: str, status: int = 0) -> str: ...


def looked_at(data: Path) -> Path:
    """Return the data after a look at what others did."""
    storage_of(data).refresh()
    return data


def bucket_of(data: Path) -> Bucket:
    storage = storage_of(data)
    assert isinstance(storage, Bucket)
    return storage


def end(data: Path) -> None:
    """Let the process of a copy end."""
    os.close(bucket_of(data).copy_lock)
    COPIES.pop(data)


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
