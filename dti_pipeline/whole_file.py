"""Write a file whole or not at all: a full disk leaves no empty file under its final name."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Replace a small file atomically: write beside it, force to disk, rename.

    Raises:
        OSError: naming the file itself, not the one beside it; what stood there stays.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as sink:
            sink.write(content)
            sink.flush()
            os.fsync(sink.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
