"""``dti watch``: run whenever deliveries have changed, for people who keep no scheduler running.

Only this command looks at times of files, and only to notice that something happened; what is
computed depends on contents and numbers alone, as always.
"""

import signal
import time
from collections.abc import Iterable
from contextlib import redirect_stdout
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import foreseen_errors, message_of
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import say, warn
from dti_pipeline.cli.run import choose, run_assessments, shortened
from dti_pipeline.workspace import Workspace
from schemas.text import Text

Snapshot = frozenset[tuple[str, int, int]]


def watch_deliveries(
    every: Annotated[float, typer.Option(min=1)] = 10,
    data: options.Data = Path("data"),
) -> int:
    from dti_pipeline.release.objects import BucketError
    from dti_pipeline.store.storage import storage_of

    folders = (data / "raw", data / "config")
    before: Snapshot | None = None
    last_run: Snapshot | None = None
    names = ", ".join(map(str, folders))
    say(Text(f"Đang theo dõi {names} (dừng: Ctrl+C)", f"Watching {names} (stop: Ctrl+C)"))
    try:
        while True:
            try:
                storage_of(data).refresh()
            except BucketError as error:
                warn(f"dti: {message_of(error)}")
            now = _snapshot(folders)
            # A file that is still being copied changes from one look to the next.
            if now == before and now != last_run and _run(data):
                last_run = now
            before = now
            # Dagster lets SIGTERM do what SIGINT does: nothing, where a script began the watch with
            # an ampersand.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            time.sleep(every)
    except KeyboardInterrupt:
        say(Text("Kết thúc", "Ended"))
    return 0


def _run(data: Path) -> bool:
    """Run what is not computed yet, a line per change; say whether a second try is not needed.

    What is blocked is tried again when something changes, a store that another run holds, or a
    bucket that is silent, at the next look.
    """
    from dti_pipeline.index.definition import define
    from dti_pipeline.release.objects import BucketError
    from dti_pipeline.release.publish import input_state
    from dti_pipeline.release.releases import Published
    from dti_pipeline.store.revisions import StoreBusyError

    workspace = Workspace(data=data)
    published = Published(workspace.published)
    if not workspace.assessments_with_deliveries():
        return True
    try:
        states = {
            name: input_state(define(name, workspace=workspace), workspace)
            for name in choose((), workspace)
        }
        for name, state in states.items():
            if state.revision is None:
                changes = shortened(state.changes)
                _say_now(Text(f"{name}: {changes.vi}", f"{name}: {changes.en}"))
        if all(state.is_current for state in states.values()):
            return True
        # What was wrong goes to stderr; rankings are for who runs by hand.
        with redirect_stdout(StringIO()):
            status = run_assessments([], data=data)
        latest = published.latest()
        if status == 0 and latest is not None:
            name = latest.release_id
            _say_now(Text(f"Bản phát hành {name}", f"Release {name}"))
    except foreseen_errors() as error:
        warn(f"dti: {message_of(error)}")
        return not isinstance(error, StoreBusyError | BucketError)
    return True


def _say_now(text: Text) -> None:
    from dti_pipeline.reports.figures import VIETNAM

    now = datetime.now(VIETNAM)
    clock = spoken(Text(f"{now:%d/%m/%Y %H:%M:%S}", f"{now:%Y-%m-%d %H:%M:%S}"))
    say(f"{clock} {spoken(text)}")


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
