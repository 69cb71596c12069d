"""What is published: which releases there are, what became of each, and which one is current."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dti_pipeline.release.folder import MANIFEST, DamagedReleaseError, Release, open_release
from dti_pipeline.release.journal import STATUS, Journal, JournalError
from schemas.messages import message
from schemas.text import SpokenError, Text, WrongUsageError

LATEST: Final = "latest.json"
POINTER_NAMES: Final = frozenset(
    {"release_id", "path", "manifest_sha256", "published_at", "journal_head"}
)
# States of a release that readers may rely on.
STANDING: Final = frozenset({"published", "superseded"})
# States of a release that readers have seen.
SHOWN: Final = STANDING | {"withdrawn"}
# Of the releases that show a revision, the last of these says what it is.
_WEIGHTS: Final = ("discarded", "draft", "approved", "withdrawn", "superseded", "published")


class NoReleaseError(SpokenError, LookupError):
    """There is no release that could be read; the message says why and what to do."""


class UnknownReleaseError(NoReleaseError, WrongUsageError):
    """There is no release of that name; the message names the known ones."""


class Overview:
    """The folder of releases as its readers see it; drafts lie beside the store, out of sight."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.drafts = root.parent / "store" / "drafts"
        self.journal = Journal(root)

    def latest(self) -> Release | None:
        """Return the current release; None before the first one.

        Raises:
            DamagedReleaseError: if the pointer or the release it names is not as it was written.
            JournalError: if the journal is not the one the pointer was written after.
        """
        pointer = self._pointer()
        if pointer is None:
            return None
        place = self.root / LATEST
        folder = self.root / pointer["path"]
        if folder != self.root / "releases" / pointer["release_id"] or folder.is_symlink():
            raise DamagedReleaseError(place, message("releases.cause_place", path=pointer["path"]))
        release = open_release(folder)
        if release.manifest_sha256 != pointer["manifest_sha256"]:
            raise DamagedReleaseError(folder / MANIFEST, message("releases.cause_not_named"))
        self._require_journal(pointer.get("journal_head"), place)
        return release

    def _pointer(self) -> dict[str, str] | None:
        """Return the content of ``latest.json``; None where there is none."""
        place = self.root / LATEST
        try:
            pointer: dict[str, str] = dict(json.loads(place.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise DamagedReleaseError(place, error) from None
        # Pointers of the first version lack the head of the journal.
        is_whole = pointer.keys() in (POINTER_NAMES, POINTER_NAMES - {"journal_head"})
        if not is_whole or not all(isinstance(value, str) for value in pointer.values()):
            raise DamagedReleaseError(
                place, message("releases.cause_pointer", content=str(pointer))
            )
        return pointer

    def _require_journal(self, head: str | None, place: Path) -> None:
        """Refuse a journal that does not hold what a file was written after."""
        if head is None and not any(entry.chain for entry in self.journal.entries()):
            return  # both of the first version
        if head not in self.journal.heads():
            raise JournalError(
                "journal.lacks_lines", path=self.journal.path, place=place, root=self.root
            )

    def pointer_problem(self) -> Text | None:
        """Say where ``latest.json`` does not name the release that the journal says is current."""
        events, current = self.journal.last_events(), self.latest()
        newest = max((name for name in events if events[name].event == "published"), default=None)
        name = current.release_id if current else None
        if name not in events or newest in (None, name):
            return None
        place = self.root / LATEST
        return message("releases.pointer_elsewhere", place=place, name=name, newest=newest)

    def release(self, release_id: str | None) -> Release:
        """Return one release by its id or its number alone (``r0002``), the current one for None.

        Raises:
            NoReleaseError: if nothing is published, or there is none of that name.
        """
        if release_id is None:
            current = self.latest()
            if current is None:
                raise NoReleaseError(self._why_nothing_is_current())
            return current
        releases = self.releases()
        for release in releases:
            if release_id in (release.release_id, release.release_id.partition("-")[0]):
                return release
        names = [release.release_id for release in releases]
        raise UnknownReleaseError(
            "releases.unknown",
            release=release_id,
            known=names or Text("chưa có bản nào", "none"),
        )

    def _why_nothing_is_current(self) -> Text:
        states = set(self.statuses().values())
        if states & STANDING:
            return message("releases.no_pointer", place=self.root / LATEST)
        if "withdrawn" in states:
            return message("releases.all_withdrawn")
        return message("releases.nothing_published", folder=self.root)

    def releases(self) -> tuple[Release, ...]:
        """Return all releases and drafts by number."""
        folders = [
            path.parent
            for place in (self.root / "releases", self.drafts)
            for path in place.glob(f"*/{MANIFEST}")
        ]
        return tuple(open_release(folder) for folder in sorted(folders, key=lambda path: path.name))

    def statuses(
        self, before: Release | None = None, *, releases: Sequence[Release] | None = None
    ) -> dict[str, str]:
        """Return release → draft, approved, published, superseded, withdrawn or discarded.

        Published is the current one alone.

        Args:
            before: say what earlier releases were when this one was written; None: now.
            releases: all of them, where the caller has opened them already.
        """
        releases = self.releases() if releases is None else releases
        if before is None:
            latest, head = self.latest(), None
            current = latest and latest.release_id
        else:
            current, head = before.manifest["supersedes"], before.manifest.get("journal_head")
        statuses = {
            release.release_id: "draft" if release.folder.parent == self.drafts else "published"
            for release in releases
        }
        statuses |= {name: STATUS[e.event] for name, e in self.journal.last_events(head).items()}
        return {
            name: "superseded" if status == "published" and name != current else status
            for name, status in statuses.items()
            if before is None or name < before.release_id
        }

    def status(self, release_id: str) -> str:
        return self.statuses()[release_id]

    def revision_statuses(
        self, release: Release | None = None, *, before: Release | None = None
    ) -> dict[str, str]:
        """Return revision → status of the release that counts most among those that show it.

        A revision that no release has shown is left out.

        Args:
            release: the one that is read: of one that stands or stood its own revisions are the
                current ones; of another they have its status, unless one that stands shows them.
            before: as in ``statuses``.
        """
        releases = self.releases()
        statuses = self.statuses(before, releases=releases)
        if release is not None and statuses[release.release_id] in STANDING:
            statuses[release.release_id] = "published"

        def weight(one: Release) -> tuple[bool, bool, int]:
            status = statuses[one.release_id]
            return status in STANDING, one == release, _WEIGHTS.index(status)

        entries = self.journal.last_events().values()
        discarded = (revision_id for entry in entries for revision_id in entry.revisions or ())
        return dict.fromkeys(discarded, "discarded") | {
            revision_id: statuses[one.release_id]
            for one in sorted((r for r in releases if r.release_id in statuses), key=weight)
            for revision_id in one.revisions.values()
        }

    def single_account(self, release_id: str) -> str | None:
        """Return the account that drafted a release and approved it as well; None where two did."""
        own = [entry for entry in self.journal.entries() if entry.release_id == release_id]
        accounts = {entry.event: entry.account for entry in own}
        drafted = accounts.get("drafted")
        return drafted if drafted == accounts.get("approved") else None

    def newest(self) -> Release | None:
        """Return the newest release that stands."""
        releases = self.releases()
        statuses = self.statuses(releases=releases)
        standing = [one for one in releases if statuses[one.release_id] in STANDING]
        return standing[-1] if standing else None
