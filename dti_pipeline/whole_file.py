"""Write a file whole or not at all: a full disk leaves no empty file under its final name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Replace a small file atomically: write beside it, force to disk, rename.

    Raises:
        OSError: naming the file itself, not the one beside it; what stood there stays.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with naming(path):
        try:
            with beside.open("wb") as sink:
                sink.write(content)
                sink.flush()
                os.fsync(sink.fileno())
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let what the file system refuses name this file: of a write it names none."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
