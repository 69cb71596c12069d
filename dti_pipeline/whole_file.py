"""Write a file or folder whole or not at all: a full disk leaves nothing under its final name."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Replace a small file atomically: write beside it, force to disk, rename.

    Raises:
        OSError: naming the file itself, not the one beside it; what stood there stays.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with naming(path, beside):
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
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside; what is written there replaces the folder at the end.

    Raises:
        OSError: naming the folder itself; what stood there stays.
    """
    beside = folder.with_name(f".{folder.name}.staging")
    with naming(folder, beside):
        folder.parent.mkdir(parents=True, exist_ok=True)
        if beside.exists():
            shutil.rmtree(beside)  # of a process that was killed
        beside.mkdir()
        try:
            yield beside
            if folder.exists():
                shutil.rmtree(folder)
            beside.rename(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def naming(path: Path, beside: Path | None = None) -> Iterator[None]:
    """Let what the file system refuses name a file: of a write it names none.

    What it refuses at or below ``beside``, which becomes the file when it is whole, names the file.
    """
    try:
        yield
    except OSError as error:
        is_beside = beside is not None and str(error.filename).startswith(str(beside))
        if error.errno is None or (error.filename and not is_beside):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
