"""A process that forks writers on request, so that a test can kill one after the other.

Importing takes seconds, forking milliseconds. Each line of standard input is a command in JSON,
answered by the writer's process id and, when it has ended, by its exit status as ``os.wait`` tells
it. The test kills a writer by its id, or has it kill itself right before its n-th step on disk.

Run as ``python -m tests.release.writer`` in the repository.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.release import content
from tests.release.content import published_in, store_in

REPOSITORY = Path(__file__).parents[2]
# What Python tells an audit hook right before it changes a folder.
STEPS = frozenset({"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"})


def publish_for_ever(data: Path, first: int, count: int = 1_000_000) -> None:
    """Publish one new release after the other, as fast as it goes."""
    published = published_in(data)
    for number in range(first, first + count):
        content.publish(published, number)


def hold(data: Path, ready: str) -> None:
    """Hold the store until killed; say so by creating a file."""
    with store_in(data).writing():
        Path(ready).touch()
        signal.pause()


ACTIONS: Final[Mapping[str, Callable[..., object]]] = {
    "publish_for_ever": publish_for_ever,
    "publish": lambda data, number: content.publish(published_in(data), number),
    "draft": lambda data, number: content.publish(published_in(data), number, is_draft=True),
    "approve": lambda data, release_id: published_in(data).approve(
        release_id, by="Hội đồng", reason="đã thẩm định"
    ),
    "discard": lambda data, release_id: published_in(data).discard(
        release_id, by="Tổ giúp việc", reason="lập nhầm"
    ),
    "withdraw": lambda data, release_id: published_in(data).withdraw(
        release_id, by="Hội đồng", reason="sai số liệu"
    ),
    "recover": lambda data: published_in(data).recover(),
    "save": lambda data, number: content.save(store_in(data), number),
    "hold": hold,
}


def die_before(step: int, data: Path) -> None:
    """Have this process kill itself right before its n-th step on disk in the data folder."""
    left = step

    def on_event(event: str, args: tuple[Any, ...]) -> None:
        nonlocal left
        if event == "open":
            counts = isinstance(args[1], str) and set(args[1]) & set("wax+")
        else:
            counts = event in STEPS
        # Within a tree that is removed, names are relative to the open folder.
        if counts and (str(args[0]).startswith(str(data)) or not os.path.isabs(args[0])):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(on_event)


def serve() -> None:
    """Fork one writer per line of standard input."""
    import_everything()
    print("ready", flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        writer = os.fork()
        if writer == 0:
            _act(**command)
        print(writer, flush=True)
        print(os.waitpid(writer, 0)[1], flush=True)


def _act(*, action: str, data: str, die_at: int | None, **arguments: Any) -> None:
    """Carry out one command and end the process, whatever happens."""
    status = 1
    try:
        if die_at is not None:
            die_before(die_at, Path(data))
        ACTIONS[action](Path(data), **arguments)
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)


def import_everything() -> None:
    """Import what publishing imports later, and nothing that starts threads."""
    import pandera.backends.polars.builtin_checks  # noqa: F401
    import pyarrow.compute  # noqa: F401

    from schemas.catalogue import RELEASE_TABLES

    for name in ("dim_tile", "meta_column"):
        RELEASE_TABLES[name].to_schema()


class Writers:
    """The test's side: start writers, one at a time."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server
        assert self._line() == "ready"

    def start(
        self, action: str, data: Path, *, die_at: int | None = None, **arguments: object
    ) -> int:
        """Start a writer and return its process id."""
        command = {"action": action, "data": str(data), "die_at": die_at, **arguments}
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(command) + "\n")
        self._server.stdin.flush()
        return int(self._line())

    def wait(self) -> int:
        """Wait for the writer's end; return its exit status, negative for a signal."""
        return os.waitstatus_to_exitcode(int(self._line()))

    def run(
        self, action: str, data: Path, *, die_at: int | None = None, **arguments: object
    ) -> int:
        """Start a writer and wait for its end."""
        self.start(action, data, die_at=die_at, **arguments)
        return self.wait()

    def _line(self) -> str:
        assert self._server.stdout is not None
        return self._server.stdout.readline().strip()


@contextmanager
def writers() -> Iterator[Writers]:
    """Start the process that forks writers; end it afterwards."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.release.writer"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            yield Writers(server)
        finally:
            assert server.stdin is not None
            server.stdin.close()


if __name__ == "__main__":
    serve()
