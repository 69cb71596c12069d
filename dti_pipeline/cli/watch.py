"""``dti watch``: run whenever deliveries have changed, for people who keep no scheduler running.

Only this command looks at times of files, and only to notice that something happened; what is
computed depends on contents and numbers alone, as always.
"""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import foreseen_errors, message_of
from dti_pipeline.cli.output import say
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.workspace import Workspace
from schemas.text import Text

Snapshot = frozenset[tuple[str, int, int]]


def watch_deliveries(
    every: Annotated[float, typer.Option(min=1, help="Seconds between two looks.")] = 10,
    data: options.Data = Path("data"),
    lang: options.Lang = "vi",
) -> int:
    """Run whenever deliveries have changed, until Ctrl+C."""
    from dti_pipeline.release.bucket import BucketError
    from dti_pipeline.store.storage import storage_of

    folders = (data / "raw", data / "config")
    before: Snapshot | None = None
    done: Snapshot | None = None
    names = ", ".join(map(str, folders))
    say(Text(f"Đang theo dõi {names} (dừng: Ctrl+C)", f"Watching {names} (stop: Ctrl+C)"))
    try:
        while True:
            try:
                storage_of(data).refresh()
            except BucketError as error:
                print(f"dti: {message_of(error)}", file=sys.stderr)
            now = _snapshot(folders)
            # A file that is still being copied changes from one look to the next.
            if now == before and now != done and _run(data, lang=lang):
                done = now
            before = now
            time.sleep(every)
    except KeyboardInterrupt:
        say(Text("Kết thúc", "Ended"))
    return 0


def _run(data: Path, *, lang: str) -> bool:
    """Run everything; say whether these files need no second try.

    What is blocked is tried again when something changes, a store that another run holds, or a
    bucket that is silent, at the next look.
    """
    from dti_pipeline.release.bucket import BucketError
    from dti_pipeline.store.revisions import StoreBusyError

    if not Workspace(data=data).assessments_with_deliveries():
        return True
    say(f"\n{time.strftime('%Y-%m-%d %H:%M:%S')}")
    try:
        run_assessments([], data=data, lang=lang)
    except foreseen_errors() as error:
        print(f"dti: {message_of(error)}", file=sys.stderr)
        return not isinstance(error, StoreBusyError | BucketError)
    return True


def _snapshot(folders: Iterable[Path]) -> Snapshot:
    """Return path, size and time of every file; one that goes meanwhile is left out."""
    files = set()
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file():
                files.add((str(path), state.st_size, state.st_mtime_ns))
    return frozenset(files)
