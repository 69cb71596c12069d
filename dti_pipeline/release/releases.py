"""Releases: the current revision of every assessment, with comparisons, in one immutable folder.

A release is staged on the same file system, every file is read back, the folder is renamed, and
only then ``latest.json`` is replaced. A reader that opens ``latest.json`` once and reads the
folder it names sees one whole release, whatever happens meanwhile.

Everything published hangs together: ``latest.json`` holds the hash of its release's manifest and
the head of the journal; a manifest the hashes of its files and of the revisions behind them, and
the head of the journal it was written after; a revision the hashes of its tables and inputs.
"""

import errno
import json
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import polars as pl

from dti_pipeline.release.documents import documents
from dti_pipeline.release.folder import (
    MANIFEST,
    Release,
    differing_files,
    open_release,
    ready_to_write,
    released,
)
from dti_pipeline.release.journal import Entry, Event, account
from dti_pipeline.release.overview import LATEST, STANDING, Overview
from dti_pipeline.release.register import REGISTER, write_register
from dti_pipeline.store.parquet import replace_file, sync, write_tables
from dti_pipeline.store.revisions import DamagedStoreError, Revision, Store, shared_step
from dti_pipeline.store.storage import storage_of
from dti_pipeline.version import RULES_VERSION, lock_hash
from schemas.messages import message
from schemas.text import SpokenError, joined


class ReleaseStateError(SpokenError, ValueError):
    """A step that a release's status does not allow; the message says what it is."""


class DamagedDraftError(SpokenError, RuntimeError):
    """A draft that is not as it was computed; the message names what differs."""


class Published(Overview):
    """The folder of releases, and every step that changes what is published.

    Approving a draft renames its folder, so that exactly what the council saw is published.
    """

    @shared_step
    def publish(
        self,
        tables: Mapping[str, pl.DataFrame],
        *,
        revisions: Sequence[Revision],
        reason: str | None,
        changes: str = "",
        is_draft: bool = False,
    ) -> Release:
        """Write a release and make it the current one, or keep it as a draft.

        Where a table breaks its contract, or a file does not read back, nothing is published.

        Args:
            tables: every table of the release, without release_id.
            revisions: the current one of every assessment.
            changes: what is new in it, for people.
        """
        releases = self.drafts if is_draft else self.root / "releases"
        self.root.mkdir(parents=True, exist_ok=True)
        releases.mkdir(0o700 if is_draft else 0o777, parents=True, exist_ok=True)
        if is_draft:
            # For the council alone, until it is approved. A group that may write was let in on
            # purpose: the account that approves is another one.
            mode = releases.stat().st_mode
            releases.chmod(mode & 0o2770 if mode & 0o020 else 0o700)
        self.recover()
        existing = self.releases()
        # Of drafts that were discarded, or that this account may not see, the journal knows.
        events = self.journal.last_events().items()
        drafts = [name for name, entry in events if entry.event in ("drafted", "discarded")]
        names = [*(r.release_id for r in existing), *drafts, *storage_of(self.root).taken]
        number = 1 + max((int(name[1:5]) for name in names), default=0)
        waiting = self.root / ".staging-tables"
        waiting.mkdir()
        ready, digest = ready_to_write(tables, folder=waiting)
        current = self.latest()
        revision_ids = {r.assessment_id: r.revision_id for r in revisions}
        same = {"content_hash": digest, "supersedes": _id(current), "revisions": revision_ids}
        for draft in existing if is_draft else ():
            is_waiting = draft.folder.parent == self.drafts
            if is_waiting and same == {key: draft.manifest[key] for key in same}:
                shutil.rmtree(waiting)
                return draft  # an unchanged rerun makes no second draft
        release_id = f"r{number:04d}-{digest[:8]}"
        staging = self.root / f".staging-{release_id}"
        staging.mkdir()
        rows = released(ready, release_id=release_id)
        files = write_tables(rows, folder=staging, reads_twice=True)
        beside = documents(
            ready, release_id=release_id, files=files, changes=changes, reason=reason
        )
        shutil.rmtree(waiting)
        for name, content in beside.items():
            replace_file(staging / name, content)
        manifest = {
            "release_id": release_id,
            "computed_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "reason": reason,
            "changes": changes,
            "content_hash": digest,
            "supersedes": _id(current),
            "revisions": revision_ids,
            "revision_sha256": {r.revision_id: r.sha256 for r in revisions},
            "input_hashes": {r.assessment_id: r.input_hash for r in revisions},
            "frameworks": {k: v for r in revisions for k, v in r.framework_hashes.items()},
            "rules_version": RULES_VERSION,
            "code_version": version("dti-pipeline"),
            "lock_sha256": lock_hash(),
            "journal_head": self.journal.heads()[-1],
            "files": {f"{name}.parquet": asdict(entry) for name, entry in files.items()},
            "documents": {
                name: {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
                for name, content in beside.items()
            },
        }
        replace_file(staging / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        sync(staging)
        self._place(staging, releases / release_id)
        release = open_release(releases / release_id)
        if not is_draft:
            self.point_to(release)
        self.recover()
        return release

    def _place(self, staging: Path, place: Path) -> None:
        storage_of(place).place(staging, place, manifest=MANIFEST, clocks=["computed_at"])

    def _record(self, release: Release, event: Event, *, by: str, reason: str | None) -> None:
        """Add a line about a release to the journal, then its new head to the pointer."""
        # The manifest of a discarded draft goes with it.
        revisions = [*release.revisions.values()] if event == "discarded" else None
        name, digest = release.release_id, release.manifest_sha256
        self.journal.add(name, event, by=by, reason=reason, digest=digest, revisions=revisions)
        self._renew_head()

    def _renew_head(self) -> None:
        """Let pointer and register follow the journal."""
        pointer = self._pointer()
        head = self.journal.heads()[-1]
        if pointer is not None and pointer.get("journal_head") != head:
            replace_file(self.root / LATEST, json.dumps(pointer | {"journal_head": head}, indent=1))
        releases = [r for r in self.releases() if r.folder.parent != self.drafts]
        if releases:
            write_register(self.root, releases, self.journal.entries(), self.statuses())

    @shared_step
    def readmit(self, file: str, digest: str, *, by: str, reason: str) -> None:
        """Let a file back in that only a withdrawn release was computed from."""
        self.recover()
        self._require_rights()
        self.journal.add("", "readmitted", by=by, reason=reason, digest=digest, file=file)
        self._renew_head()

    @shared_step
    def recover(self) -> None:
        """Bring what a killed writer left half-done to its one right end.

        A release is published once ``latest.json`` names it; a decision stands once the journal
        holds it. What had come so far is completed, the rest is removed; who publishes, approves or
        withdraws ends here too. Every step may be cut short itself and is done again then.
        """
        for name in (LATEST, REGISTER):
            for file in self.root.glob(f".{name}.*.tmp"):
                file.unlink()
        events = self.journal.last_events()
        current = self.latest()
        if current is not None and current.release_id not in events:
            self._record(current, "published", by=account(), reason=current.manifest["reason"])
        present = self.releases()
        if present and not self.journal.path.is_file():
            self._require_journal(present[-1].manifest.get("journal_head", ""), present[-1].folder)
        for release in present:
            entry = events.get(release.release_id)
            is_draft = release.folder.parent == self.drafts
            is_next = release == present[-1] and release.manifest["supersedes"] == _id(current)
            if entry is not None and entry.event == "approved":
                self._carry_out(release, entry)
            elif entry is None and is_draft:
                self._record(release, "drafted", by=account(), reason=release.manifest["reason"])
            elif entry is None and is_next and release != current:
                # Never pointed to. Renamed first: half a folder must not look like a release.
                release.folder.rename(self.root / f".staging-{release.release_id}")
        for folder in self.root.glob(".staging-*"):
            shutil.rmtree(folder)
        for name, entry in events.items():
            if entry.event == "discarded":
                shutil.rmtree(self.drafts / name, ignore_errors=True)
        newest = self.newest()
        if newest is None and (self.root / LATEST).exists():
            (self.root / LATEST).unlink()
            sync(self.root)
        elif newest is not None and newest != self.latest():
            self.point_to(newest)
        self._renew_head()

    @shared_step
    def approve(self, release_id: str, *, by: str, reason: str) -> Release:
        """Publish a draft exactly as the council saw it.

        Raises:
            ReleaseStateError: if it is no draft, or another release was published meanwhile.
        """
        draft = self._release_that_is(["draft"], release_id, "releases.no_draft")
        release_id = draft.release_id
        if names := self._provisional(draft):
            raise ReleaseStateError(
                "provisional.not_approved", release=release_id, assessments=names
            )
        if draft.manifest["supersedes"] != _id(self.latest()):
            raise ReleaseStateError("releases.outdated_draft", release=release_id)
        self._require_untouched(draft)
        self._require_rights(draft.folder, self.drafts, self.root / "releases")
        self._record(draft, "approved", by=by, reason=reason)
        self.recover()
        return self.release(release_id)

    def provisional(self, draft: Release) -> list[str]:
        """Return the assessments of a draft that it ranks before all reports are there.

        For people who look at it: none where the store has lost one of its revisions.
        """
        with suppress(DamagedStoreError):
            return self._provisional(draft)
        return []

    def _provisional(self, draft: Release) -> list[str]:
        revisions = map(Store(self.drafts.parent).revision, draft.revisions.values())
        return [one.assessment_id for one in revisions if one.is_provisional]

    @shared_step
    def discard(self, release_id: str, *, by: str, reason: str) -> str:
        """Throw a draft away; the journal keeps who did and why. Return its whole id."""
        draft = self._release_that_is(["draft"], release_id, "releases.not_a_draft")
        self._require_rights(draft.folder, self.drafts)
        self._record(draft, "discarded", by=by, reason=reason)
        shutil.rmtree(draft.folder)
        return draft.release_id

    def _release_that_is(self, states: Collection[str], release_id: str, refusal: str) -> Release:
        """Return a release to decide about; refuse one whose status does not allow it."""
        self.recover()
        release = self.release(release_id)
        name, status = release.release_id, self.status(release.release_id)
        if status not in states:
            raise ReleaseStateError(refusal, release=name, status=status)
        return release

    def _require_untouched(self, draft: Release) -> None:
        """Refuse a draft that is no longer what the journal says was drafted."""
        recorded = self.journal.last_events()[draft.release_id].sha256
        if recorded in (None, draft.manifest_sha256):
            problems = differing_files(draft)
        else:
            problems = [message("releases.problem_not_drafted", name=MANIFEST)]
        if problems:
            listed = joined(problems, "; ")
            raise DamagedDraftError(
                "releases.changed_draft", release=draft.release_id, listed=listed
            )

    def _require_rights(self, *folders: Path) -> None:
        """Refuse a decision that this account may not carry out, before the journal holds it.

        The next writer would carry it out, whatever the person was told.
        """
        for folder in (*folders, self.root):
            if folder.exists() and not os.access(folder, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))

    def _carry_out(self, approved: Release, decision: Entry) -> None:
        """Publish an approved draft, from wherever a killed writer stopped."""
        releases = self.root / "releases"
        place = releases / approved.release_id
        if approved.folder != place:
            releases.mkdir(parents=True, exist_ok=True)
            differing_files(approved)  # fetches what the copy of a bucket lacks
            self._place(approved.folder, place)
        release = open_release(place)
        self.point_to(release)
        self._record(release, "published", by=decision.by, reason=decision.reason)

    @shared_step
    def withdraw(self, release_id: str, *, by: str, reason: str) -> Release | None:
        """Withdraw a release; the newest one before it that stands becomes current again.

        Returns:
            The current release afterwards; None where none is left.

        Raises:
            ReleaseStateError: if it is withdrawn already or was never published.
        """
        release = self._release_that_is(STANDING, release_id, "releases.not_published")
        self._require_rights()
        self._record(release, "withdrawn", by=by, reason=reason)
        self.recover()
        return self.latest()

    def point_to(self, release: Release) -> None:
        """Make a release the current one, in one atomic step."""
        pointer = {
            "release_id": release.release_id,
            "path": release.folder.relative_to(self.root).as_posix(),
            "manifest_sha256": release.manifest_sha256,
            "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "journal_head": self.journal.heads()[-1],
        }
        replace_file(self.root / LATEST, json.dumps(pointer, indent=1))


def _id(release: Release | None) -> str | None:
    return release.release_id if release else None
