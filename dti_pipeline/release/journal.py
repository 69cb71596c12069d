"""The journal of releases: who did what to which release, when and why.

Releases never change; their status does. The journal is an append-only file of JSON lines beside
``latest.json``; the last line about a release gives its status.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, get_args

Event = Literal["drafted", "approved", "published", "withdrawn"]
JOURNAL: Final = "journal.jsonl"
# What a release is after an event; a published release that is not the current one is superseded.
STATUS: Final[Mapping[Event, str]] = {
    "drafted": "draft",
    "approved": "approved",
    "published": "published",
    "withdrawn": "withdrawn",
}


class JournalError(ValueError):
    """A journal line that cannot be read; the message names file and line."""


@dataclass(frozen=True)
class Entry:
    """One line of the journal.

    Attributes:
        at: clock time (UTC, ISO 8601).
        release_id: the release.
        event: what happened.
        by: who did it.
        reason: why.
    """

    at: str
    release_id: str
    event: Event
    by: str
    reason: str


class Journal:
    """The journal of one folder of releases."""

    def __init__(self, root: Path) -> None:
        self.path = root / JOURNAL

    def entries(self) -> tuple[Entry, ...]:
        """Return all lines in order.

        A last line without its line end is what a killed writer left behind; it is not counted.

        Raises:
            JournalError: if any other line is damaged.
        """
        if not self.path.is_file():
            return ()
        # Split as bytes: a killed writer may have stopped inside a letter.
        *whole, _ = self.path.read_bytes().split(b"\n")
        found = []
        for number, line in enumerate(whole, start=1):
            try:
                entry = Entry(**json.loads(line))
            except (ValueError, TypeError) as error:
                msg = f"{self.path}, line {number}: not a journal entry ({error})"
                raise JournalError(msg) from None
            if entry.event not in get_args(Event):
                msg = f"{self.path}, line {number}: unknown event {entry.event!r}"
                raise JournalError(msg)
            found.append(entry)
        return tuple(found)

    def add(self, release_id: str, event: Event, *, by: str, reason: str) -> Entry:
        """Append one line and force it to disk; a damaged tail is cut off first."""
        entry = Entry(
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            release_id=release_id,
            event=event,
            by=by,
            reason=reason,
        )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as journal:
            journal.seek(0)
            content = journal.read()
            journal.truncate(content.rfind(b"\n") + 1)
            journal.write(json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n")
            journal.flush()
            os.fsync(journal.fileno())
        return entry

    def last_events(self) -> dict[str, Entry]:
        """Return the last line about every release, in the order of their first lines."""
        found: dict[str, Entry] = {}
        for entry in self.entries():
            found[entry.release_id] = entry
        return found
