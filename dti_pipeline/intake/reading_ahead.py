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

from dti_pipeline.intake.child_reader import FileReading, Reader, read_in_child, readers_for

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
            except BaseException as error:
                self.reading.set_exception(error)
                raise


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
    started = {(root, path): _Ahead(path) for path in paths if (root, path) not in _ahead}
    _ahead.update(started)
    waiting = deque(started.values())
    readers: list[Reader] = []

    def work() -> None:
        reader = Reader(root, program=program)
        readers.append(reader)
        try:
            while waiting:
                try:
                    one = waiting.popleft()
                except IndexError:  # the other reader was faster
                    break
                one.read(reader)
        finally:
            reader.close()

    # One processor is left to the caller: readers that took it would only slow it down.
    wanted = readers_for(len(started), processors=max(1, (os.cpu_count() or 1) - 1))
    with ThreadPoolExecutor(max_workers=max(1, wanted)) as pool:
        for _ in range(wanted):
            pool.submit(work)
        try:
            yield
        finally:
            for key, one in started.items():
                _ahead.pop(key, None)
                one.reading.cancel()
            waiting.clear()
            for reader in readers:
                reader.interrupt()


def drop_ahead(*, root: Path, keep: Collection[Path]) -> None:
    """Leave out what has not been read yet and will not be asked for."""
    for at, path in list(_ahead):
        if at == root and path not in keep:
            _ahead.pop((at, path)).reading.cancel()


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
