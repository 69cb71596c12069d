"""What tests of buckets do to a bucket and to the copies of it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from dti_pipeline.release.bucket import Bucket
from dti_pipeline.store.storage import COPIES, storage_of
from tests.servers import ObjectStore

Opened = Callable[..., Path]


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


def keys(object_store: ObjectStore, prefix: str) -> list[str]:
    return sorted(entry["path"] for entry in object_store.objects.list(prefix).collect())


def deliver(object_store: ObjectStore, prefix: str, files: dict[str, bytes | None]) -> None:
    for name, delivery in files.items():
        if delivery is None:
            object_store.objects.delete(f"{prefix}/raw/{name}")
        else:
            object_store.objects.put(f"{prefix}/raw/{name}", delivery)


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
