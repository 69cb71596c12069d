"""Read deliveries in other processes while this one still starts: reading costs it almost nothing.

A command knows which folders it will read long before it has loaded what it reads them with. What
was read ahead is used only while the file on disk is the one that was read.
"""

import os
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dti_pipeline.intake.files.child_reader import FileReading, Reader, read_in_child, readers_for

_State = tuple[int, int, int] | None


@dataclass(frozen=True, eq=False)
class _Ahead:
    """A file that is being read, and what it was when its turn came."""

    path: Path
    reading: Future[tuple[_State, FileReading]] = field(default_factory=Future)

    def read(self, reader: Reader) -> None:
        if self.reading.set_running_or_notify_cancel():
            try:
                self.reading.set_result((_state(self.path), reader.read(self.path)))
            except BaseException as error:  # noqa: BLE001 - raised where the reading is asked for
                self.reading.set_exception(error)


# What is being read and was not asked for yet: root and file → its reading.
_ahead: dict[tuple[Path, Path], _Ahead] = {}


@contextmanager
def read_ahead(paths: Iterable[Path], *, root: Path, program: Sequence[str] = ()) -> Iterator[None]:
    """Read files, one after the other, while the caller does something else.

    ``readings`` takes what it is asked for; what nobody asks for is dropped at the end. Files that
    are being read already are not started again.

    Args:
        paths: the files, in the order in which they will be asked for.
        root: folder they must lie in.
        program: another reading command, as in ``read_in_child``.
    """
    keys = [(root, path) for path in dict.fromkeys(paths) if (root, path) not in _ahead]
    _ahead.update((key, _Ahead(key[1])) for key in keys)
    # Only what nobody has taken yet is held: a reading may be large.
    waiting = deque(_ahead[key] for key in keys)
    # One processor is left to the caller: readers that took it would only slow it down.
    processors = max(1, (os.cpu_count() or 1) - 1)
    readers = [
        Reader(root, program=program) for _ in range(readers_for(len(keys), processors=processors))
    ]

    with ThreadPoolExecutor(max_workers=max(1, len(readers))) as pool:
        for reader in readers:
            pool.submit(reader.work_off, waiting, _Ahead.read)
        try:
            yield
        finally:
            waiting.clear()
            for key in keys:
                if (left := _ahead.pop(key, None)) is not None:
                    left.reading.cancel()
            for reader in readers:
                reader.interrupt()


def drop_ahead(*, root: Path, keep: Collection[Path]) -> None:
    """Leave out what will not be asked for.

    Where such a file is being read just now, the files behind it are taken back as well, so that
    the next ``read_ahead`` gives them to another reader instead of waiting for this one.
    """
    others = [(at, path) for at, path in _ahead if at == root and path not in keep]
    dropped = [_ahead.pop(key).reading for key in others]
    for reading in dropped:
        reading.cancel()
    if any(reading.running() for reading in dropped):
        for key in [key for key in _ahead if key[0] == root]:
            if _ahead[key].reading.cancel():
                del _ahead[key]


def readings(paths: Sequence[Path], *, root: Path) -> list[FileReading]:
    """Return the readings of files: those read ahead, and the others read now.

    Args:
        paths: the files.
        root: folder they must lie in.

    Returns:
        As ``read_in_child``: one reading per path, in the same order.
    """
    found: dict[Path, FileReading] = {}
    for path in paths:
        one = _ahead.pop((root, path), None)
        if one is not None:
            state, reading = one.reading.result()
            # A file that was copied over meanwhile is another delivery.
            if state is not None and state == _state(path):
                found[path] = reading
    left = [path for path in paths if path not in found]
    found |= zip(left, read_in_child(left, root=root), strict=True)
    return [found[path] for path in paths]


def _state(path: Path) -> _State:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_ino, seen.st_size, seen.st_mtime_ns
