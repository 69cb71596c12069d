"""The audit log: who did what, when, from where, before, after, why.

Lines are only ever added, and each carries the SHA-256 of the line before it, so that none can be
changed or lost unseen; the database itself refuses to change or delete them. Number and chain of
every line also go into a file beside the database, so that the end cannot be lost unseen either.
"""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from dti_pipeline.portal.models import Account, Event
from dti_pipeline.portal.settings import HEADS_FILE, portal_folder
from schemas.messages import message
from schemas.plain_text import plain_text
from schemas.text import Text

EMPTY_CHAIN: Final = hashlib.sha256(b"").hexdigest()
# The fields of a line in their order, without the database's own number.
COLUMNS: Final = tuple(field.name for field in Event._meta.fields[1:])
# Characters that are kept of an actor and of a subject.
_LONGEST: Final = 200
# Any number will do, as long as nobody else locks it.
_LOCK: Final = 7_240_118


@dataclass(frozen=True)
class Actor:
    """Who acts, and from where.

    Attributes:
        since: the last line of the log that the page showed which the actor acts from.
    """

    account: Account | None
    address: str = ""
    since: int | None = None

    @property
    def name(self) -> str:
        if self.account is None:
            return "hệ thống · system"
        return f"{self.account.name} <{self.account.email}>"[:_LONGEST]

    @property
    def person(self) -> Account:
        """Return the account of a person; the system itself signs nothing."""
        assert self.account is not None
        return self.account


SYSTEM: Final = Actor(None)


@transaction.atomic
def record(
    actor: Actor,
    action: str,
    subject: object,
    *,
    before: object = "",
    after: object = "",
    reason: str = "",
) -> None:
    """Add one line, in the transaction of the change that it tells of."""
    if connection.vendor == "postgresql":
        # SQLite has one writer anyway.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = Event.objects.last()
    event = Event(
        number=last.number + 1 if last else 1,
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        actor=actor.name,
        address=actor.address,
        action=action,
        subject=str(subject)[:_LONGEST],
        before=_text(before),
        after=_text(after),
        reason=reason,
    )
    event.chain = _chain(last.chain if last else EMPTY_CHAIN, event)
    event.save(force_insert=True)
    transaction.on_commit(lambda: _add_head(event.number, event.chain))


def last_number() -> int:
    return Event.objects.values_list("number", flat=True).last() or 0


def lines_on(subject: object, *actions: str) -> "QuerySet[Event]":
    """Return the lines on a subject, of all actions or some."""
    lines = Event.objects.filter(subject=str(subject)[:_LONGEST])
    return lines.filter(action__in=actions) if actions else lines


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _chain(before: str, event: Event) -> str:
    content = [before, *(getattr(event, name) for name in COLUMNS[:-1])]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def heads_path() -> Path:
    return portal_folder(settings.DTI_DATA) / HEADS_FILE


def _add_head(number: int, chain: str) -> None:
    path = heads_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("a", encoding="ascii") as heads:
        heads.write(f"{number} {chain}\n")


def problems() -> Iterator[Text]:
    """Yield what is wrong with the log; nothing where it is as it was written."""
    chain, expected = EMPTY_CHAIN, 1
    chains: dict[int, str] = {}
    for event in Event.objects.order_by("number").iterator():
        if event.number != expected:
            yield message("audit.line_missing", number=expected, following=event.number)
            expected = event.number
        chain = _chain(chain, event)
        if event.chain != chain:
            what = f"{event.action}, {event.subject}"
            yield message("audit.line_changed", number=event.number, what=what)
            chain = event.chain
        chains[event.number] = event.chain
        expected += 1
    path = heads_path()
    if not path.is_file():
        if chains:
            yield message("audit.heads_missing", path=path)
        return
    for line in path.read_text("ascii").splitlines():
        number, _, head = line.partition(" ")
        if not number.isdigit() or chains.get(int(number)) != head:
            yield message("audit.line_unlike_head", number=number, file=path.name)


def export(stream: IO[str]) -> int:
    """Write the log as CSV; return the number of lines. No cell can be taken for a formula."""
    writer, lines = csv.writer(stream), 0
    writer.writerow(COLUMNS)
    for event in Event.objects.values_list(*COLUMNS).iterator():
        writer.writerow(map(plain_text, event))
        lines += 1
    return lines
