"""The journal of releases: who did what to which release, when and why.

Releases never change; their status does. The journal is an append-only file of JSON lines beside
``latest.json``; the last line about a release gives its status.

It is a hash chain: ``chain`` of a line is the SHA-256 of the journal as its writer saw it, so no
line before it can be changed or lost unseen. Its head, the hash of all whole lines, stands in
``latest.json`` and in the manifests, so the end cannot be lost unseen either. Lines of a journal
that was begun without the chain are adopted by the first line that has it. On a share whose locks
do nothing two writers may follow the same line; both lines stand.
"""

import json
import os
import pwd
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, get_args

from dti_pipeline.whole_file import naming
from schemas.messages import message
from schemas.text import SpokenError, Text

Event = Literal["drafted", "discarded", "approved", "published", "withdrawn", "readmitted"]
JOURNAL: Final = "journal.jsonl"
# What a release is after an event; a published release that is not the current one is superseded.
STATUS: Final[Mapping[Event, str]] = {
    "drafted": "draft",
    "discarded": "discarded",
    "approved": "approved",
    "published": "published",
    "withdrawn": "withdrawn",
}
EMPTY_HEAD: Final = sha256(b"").hexdigest()


class JournalError(SpokenError, ValueError):
    """A journal that is not as it was written; the message names file, line and remedy."""


@dataclass(frozen=True)
class Entry:
    """One line of the journal.

    Attributes:
        at: clock time (UTC, ISO 8601).
        release_id: the release; empty where a file was readmitted.
        by: who did it, as given on the command line.
        reason: why; None where nobody said.
        account: the operating system's account that ran the command; None in older lines.
        sha256: hash of the release's manifest, or of the file that was readmitted.
        chain: hash of the journal before this line; None in older lines.
        revisions: what a discarded draft showed; None in other and in older lines.
    """

    at: str
    release_id: str
    event: Event
    by: str
    reason: str | None
    account: str | None = None
    sha256: str | None = None
    file: str | None = None
    chain: str | None = None
    revisions: Sequence[str] | None = None


class Journal:
    def __init__(self, root: Path) -> None:
        self.path = root / JOURNAL

    def entries(self) -> tuple[Entry, ...]:
        """Return all lines in order.

        A last line without its line end is what a killed writer left behind; it is not counted.

        Raises:
            JournalError: if any other line is damaged, or does not follow the lines before it.
        """
        entries: list[Entry] = []
        is_chained = False
        lines = self._lines()
        places = {head: place for place, head in enumerate(_heads_of(lines))}
        for number, line in enumerate(lines, start=1):
            entry = self._entry(line, number)
            if entry.chain is None and is_chained:
                raise self._error(number, message("journal.not_chained"))
            if entry.chain is not None and places.get(entry.chain, number) >= number:
                raise self._error(number, message("journal.other_lines"))
            is_chained = entry.chain is not None
            entries.append(entry)
        return tuple(entries)

    def heads(self) -> tuple[str, ...]:
        """Return the hash of the journal after every whole line, that of the empty one first."""
        return _heads_of(self._lines())

    def add(
        self,
        release_id: str,
        event: Event,
        *,
        by: str,
        reason: str | None,
        digest: str | None = None,
        file: str | None = None,
        revisions: Sequence[str] | None = None,
    ) -> None:
        """Append one line and force it to disk; a damaged tail is cut off first."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        entry = Entry(
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            release_id=release_id,
            event=event,
            by=by,
            reason=reason,
            account=account(),
            sha256=digest,
            file=file,
            chain=self.heads()[-1],
            revisions=revisions,
        )
        values = {name: value for name, value in asdict(entry).items() if value is not None}
        with naming(self.path), self.path.open("a+b") as journal:
            journal.seek(0)
            content = journal.read()
            journal.truncate(content.rfind(b"\n") + 1)
            journal.write(json.dumps(values, ensure_ascii=False).encode() + b"\n")
            journal.flush()
            os.fsync(journal.fileno())

    def last_events(self, head: str | None = None) -> dict[str, Entry]:
        """Return the last line about every release, in the order of their first lines.

        Args:
            head: of the journal at the moment that is asked about; None: now.
        """
        entries = self.entries() if head is None else self.entries()[: self.heads().index(head)]
        return {entry.release_id: entry for entry in entries if entry.event in STATUS}

    def readmitted(self) -> frozenset[str]:
        """Return the hashes of withdrawn files that somebody has readmitted.

        Only since the last withdrawal: what is withdrawn once more needs another decision.
        """
        digests: set[str] = set()
        for entry in self.entries():
            if entry.event == "withdrawn":
                digests.clear()
            elif entry.event == "readmitted" and entry.sha256:
                digests.add(entry.sha256)
        return frozenset(digests)

    def _lines(self) -> list[bytes]:
        if not self.path.is_file():
            return []
        # Split as bytes: a killed writer may have stopped inside a letter.
        return self.path.read_bytes().split(b"\n")[:-1]

    def _entry(self, line: bytes, number: int) -> Entry:
        try:
            entry = Entry(**({"reason": None} | json.loads(line)))
        except (ValueError, TypeError):
            raise self._error(number, message("journal.no_entry")) from None
        try:
            datetime.fromisoformat(entry.at)
        except (ValueError, TypeError):
            raise self._error(number, message("journal.no_time", at=entry.at)) from None
        if entry.event not in get_args(Event):
            raise self._error(number, message("journal.unknown_event", event=entry.event))
        return entry

    def _error(self, number: int, what: Text) -> JournalError:
        return JournalError("journal.damaged", path=self.path, line=number, what=what)


def account() -> str:
    """Return the operating system's account at work; its number where it has no name.

    Taken from the process, not from the environment: anybody may set a variable.
    """
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _heads_of(lines: Sequence[bytes]) -> tuple[str, ...]:
    digest, heads = sha256(), [EMPTY_HEAD]
    for line in lines:
        digest.update(line + b"\n")
        heads.append(digest.hexdigest())
    return tuple(heads)
