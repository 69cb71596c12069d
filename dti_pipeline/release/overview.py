"""What is published: which releases there are, what became of each, and which one is current."""

import json
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
            raise DamagedReleaseError(place, f"{pointer['path']} is not where the release lies")
        release = open_release(folder)
        if release.manifest_sha256 != pointer["manifest_sha256"]:
            raise DamagedReleaseError(folder / MANIFEST, "it is not the one latest.json names")
        self._require_journal(pointer.get("journal_head"), place)
        return release

    def _pointer(self) -> dict[str, str] | None:
        """Return the content of ``latest.json``; None where there is none."""
        place = self.root / LATEST
        try:
            pointer: dict[str, str] = json.loads(place.read_text(encoding="utf-8"))
            names = set(pointer)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise DamagedReleaseError(place, error) from None
        # Pointers of the first version lack the head of the journal.
        if names not in (POINTER_NAMES, POINTER_NAMES - {"journal_head"}):
            raise DamagedReleaseError(place, f"it holds {', '.join(sorted(names))}")
        return pointer

    def _require_journal(self, head: str | None, place: Path) -> None:
        """Refuse a journal that does not hold what a file was written after."""
        if head is None and not any(entry.chain for entry in self.journal.entries()):
            return  # both of the first version
        if head not in self.journal.heads():
            raise JournalError(
                message("journal.lacks_lines", path=self.journal.path, place=place, root=self.root)
            )

    def pointer_problem(self) -> Text | None:
        """Say where ``latest.json`` does not name the release that the journal says is current."""
        events = self.journal.last_events()
        current = self.latest()
        standing = [name for name, entry in events.items() if entry.event == "published"]
        if current is None or not standing or current.release_id not in events:
            return None
        newest = max(standing)
        if current.release_id == newest:
            return None
        place, name = self.root / LATEST, current.release_id
        return message("releases.pointer_elsewhere", place=place, name=name, newest=newest)

    def release(self, release_id: str | None) -> Release:
        """Return one release, the current one for None.

        Args:
            release_id: its id, or its number alone (``r0002``).

        Raises:
            NoReleaseError: if nothing is published.
            UnknownReleaseError: if there is none of that name.
            DamagedReleaseError: if it cannot be read.
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
            message("releases.unknown", release=release_id, known=names or Text("–", "none"))
        )

    def _why_nothing_is_current(self) -> Text:
        states = {self.status(release.release_id) for release in self.releases()}
        if states & STANDING:
            place = self.root / LATEST
            return message("releases.no_pointer", place=place)
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

    def status(self, release_id: str) -> str:
        """Return a release's status: draft, approved, published, superseded or withdrawn."""
        entry = self.journal.last_events().get(release_id)
        status = STATUS[entry.event] if entry else "published"
        current = self.latest()
        is_current = current is not None and current.release_id == release_id
        return "superseded" if status == "published" and not is_current else status

    def single_account(self, release_id: str) -> str | None:
        """Return the account that drafted a release and approved it as well.

        Returns:
            None where two accounts did, or the journal does not say.
        """
        own = [entry for entry in self.journal.entries() if entry.release_id == release_id]
        accounts = {entry.event: entry.account for entry in own}
        drafted = accounts.get("drafted")
        return drafted if drafted == accounts.get("approved") else None

    def withdrawn_revisions(self) -> frozenset[str]:
        """Return the revisions that only withdrawn releases show."""
        return self.withdrawn_revisions_before(None)

    def withdrawn_revisions_before(self, release: Release | None) -> frozenset[str]:
        """Return the revisions that only withdrawn releases showed when a release was written."""
        entries = self.journal.entries()
        head = release.manifest.get("journal_head") if release else None
        if head is not None:
            entries = entries[: self.journal.heads().index(head)]
        events = {entry.release_id: entry.event for entry in entries if entry.event in STATUS}
        revisions: dict[bool, set[str]] = {True: set(), False: set()}
        for earlier in self.releases():
            if release is None or earlier.release_id < release.release_id:
                is_withdrawn = events.get(earlier.release_id) == "withdrawn"
                revisions[is_withdrawn].update(earlier.revisions.values())
        return frozenset(revisions[True] - revisions[False])

    def newest(self) -> Release | None:
        """Return the newest release that stands."""
        standing = (
            release
            for release in reversed(self.releases())
            if release.folder.parent != self.drafts and self.status(release.release_id) in STANDING
        )
        return next(standing, None)
