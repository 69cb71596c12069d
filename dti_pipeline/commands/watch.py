"""Run whenever deliveries have changed: the sensor of people who keep no scheduler running.

Only the command looks at times of files, and only to notice that something happened; what is
computed depends on contents and numbers alone, as always.
"""

import itertools
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from dti_pipeline.commands.errors import friendly_errors, told
from dti_pipeline.commands.output import say
from dti_pipeline.commands.run import run_assessments
from dti_pipeline.workspace import Workspace

Snapshot = frozenset[tuple[str, int, int]]


def watch_deliveries(
    data: Path, *, every: float, lang: str, looks: Iterable[object] | None = None
) -> int:
    """Look at the data folder again and again; run what has changed once nothing moves any more.

    A file that is still being copied changes from one look to the next and is waited for. What is
    blocked is said once and tried again when something changes; a store that another run holds is
    tried again at the next look.

    Args:
        data: the data folder.
        every: seconds between two looks.
        lang: language of messages.
        looks: one entry per look; endless by default.

    Returns:
        0, when the person at the terminal ends it.
    """
    folders = (data / "raw", data / "config")
    before: Snapshot | None = None
    done: Snapshot | None = None
    say(f"Đang theo dõi · watching {', '.join(map(str, folders))} (Ctrl+C)")
    try:
        for _ in itertools.count() if looks is None else looks:
            now = _snapshot(folders)
            if now == before and now != done and _run(data, lang=lang):
                done = now
            before = now
            time.sleep(every)
    except KeyboardInterrupt:
        say("Kết thúc · ended")
    return 0


def _run(data: Path, *, lang: str) -> bool:
    """Run everything; say whether these files need no second try."""
    from dti_pipeline.store.revisions import StoreBusyError

    if not Workspace(data=data).assessments_with_deliveries():
        return True
    say(f"\n{time.strftime('%Y-%m-%d %H:%M:%S')}")
    try:
        run_assessments([], data=data, reason="", lang=lang)
    except friendly_errors() as error:
        sys.stderr.write(f"dti: {told(error)}\n")
        return not isinstance(error, StoreBusyError)
    return True


def _snapshot(folders: Iterable[Path]) -> Snapshot:
    """Return path, size and time of every file; one that goes meanwhile is left out."""
    found = set()
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file():
                found.add((str(path), state.st_size, state.st_mtime_ns))
    return frozenset(found)
