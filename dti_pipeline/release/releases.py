"""Releases: the current revision of every assessment, with comparisons, in one immutable folder.

A release is staged on the same file system, every file is read back, the folder is renamed, and
only then ``latest.json`` is replaced. A reader that opens ``latest.json`` once and reads the
folder it names sees one whole release, whatever happens meanwhile.
"""

import getpass
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import polars as pl

from dti_pipeline.release.journal import STATUS, Journal
from dti_pipeline.store.parquet import replace_file, sync, write_tables
from dti_pipeline.store.revisions import Revision, Store
from dti_pipeline.version import RULES_VERSION, lock_hash
from schemas.catalogue import RELEASE_TABLES

LATEST: Final = "latest.json"
MANIFEST: Final = "manifest.json"
# States of a release that readers may rely on.
STANDING: Final = frozenset({"published", "superseded"})
# Columns that name a release or a revision; left out of the content hash, so that a content
# published twice is recognised.
ID_COLUMNS: Final = ("release_id", "revision_id", "supersedes")


class ReleaseStateError(ValueError):
    """A step that a release's status does not allow; the message says what it is."""


class NoReleaseError(LookupError):
    """There is no release that could be read; the message says why and what to do."""


class UnknownReleaseError(NoReleaseError):
    """There is no release of that name; the message names the known ones."""


class DamagedReleaseError(RuntimeError):
    """A published file that is gone or cannot be read; the message names it and the remedy."""

    def __init__(self, path: Path, error: Exception) -> None:
        told = "is missing" if isinstance(error, FileNotFoundError) else f"is damaged ({error})"
        super().__init__(
            f"{path} {told}; `dti verify` names all that is wrong with a release. Restore it from "
            "a backup; or move the folder of the release away and remove latest.json, and `dti "
            "run` publishes it again from the store"
        )


@dataclass(frozen=True)
class Release:
    """One published release.

    Attributes:
        folder: its immutable folder.
        manifest: the content of ``manifest.json``.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def release_id(self) -> str:
        """Return the release's id."""
        return str(self.manifest["release_id"])

    @property
    def revisions(self) -> dict[str, str]:
        """Return the current revision of every assessment in it."""
        return dict(self.manifest["revisions"])

    @cached_property
    def assessments(self) -> tuple[str, ...]:
        """Return the assessments in it."""
        return tuple(self.manifest["revisions"])

    def table(self, name: str) -> pl.DataFrame:
        """Read one table.

        Raises:
            DamagedReleaseError: if its file is gone or cannot be read.
        """
        return self.scan(name).collect()

    def scan(self, name: str) -> pl.LazyFrame:
        """Open one table for a filtered read.

        Raises:
            DamagedReleaseError: if its file is gone or cannot be read.
        """
        path = self.folder / f"{name}.parquet"
        try:
            found = pl.scan_parquet(path)
            found.collect_schema()
        except (FileNotFoundError, pl.exceptions.ComputeError) as error:
            raise DamagedReleaseError(path, error) from None
        return found


class Published:
    """The folder of releases.

    Drafts lie in ``drafts`` beside the store, where no reader of ``latest.json`` comes across
    them; approving one renames its folder, so that exactly what the council saw is published.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.drafts = root.parent / "store" / "drafts"
        self.journal = Journal(root)
        self._lock = Store(root.parent / "store")

    def latest(self) -> Release | None:
        """Return the current release; None before the first one.

        Raises:
            DamagedReleaseError: if the pointer or the release it names cannot be read.
        """
        pointer = self.root / LATEST
        try:
            folder = self.root / json.loads(pointer.read_text(encoding="utf-8"))["path"]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedReleaseError(pointer, error) from None
        return self._open(folder)

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
        known = self.releases()
        for release in known:
            if release_id in (release.release_id, release.release_id.partition("-")[0]):
                return release
        names = ", ".join(release.release_id for release in known)
        msg = f"no release '{release_id}'; known releases: {names or 'none'}"
        raise UnknownReleaseError(msg)

    def _why_nothing_is_current(self) -> str:
        states = {self.status(release.release_id) for release in self.releases()}
        if states & STANDING:
            return f"{self.root / LATEST} is missing; `dti run` points to the newest release again"
        if "withdrawn" in states:
            return (
                "every release was withdrawn (see: dti release list); take away or correct the "
                "deliveries that led to it, then run: dti run"
            )
        return f"nothing has been published in {self.root} yet; run: dti run"

    def releases(self) -> tuple[Release, ...]:
        """Return all releases and drafts by number."""
        found = [
            path.parent
            for place in (self.root / "releases", self.drafts)
            for path in place.glob(f"*/{MANIFEST}")
        ]
        return tuple(self._open(folder) for folder in sorted(found, key=lambda path: path.name))

    def status(self, release_id: str) -> str:
        """Return a release's status: draft, approved, published, superseded or withdrawn."""
        entry = self.journal.last_events().get(release_id)
        status = STATUS[entry.event] if entry else "published"
        current = self.latest()
        is_current = current is not None and current.release_id == release_id
        return "superseded" if status == "published" and not is_current else status

    def withdrawn_revisions(self) -> frozenset[str]:
        """Return the revisions that only withdrawn releases show."""
        shown: dict[bool, set[str]] = {True: set(), False: set()}
        events = self.journal.last_events()
        for release in self.releases():
            entry = events.get(release.release_id)
            is_withdrawn = entry is not None and entry.event == "withdrawn"
            shown[is_withdrawn].update(release.revisions.values())
        return frozenset(shown[True] - shown[False])

    def publish(
        self,
        tables: Mapping[str, pl.DataFrame],
        *,
        revisions: Sequence[Revision],
        reason: str,
        is_draft: bool = False,
    ) -> Release:
        """Write a release and make it the current one, or keep it as a draft.

        Args:
            tables: release table name → rows without release_id, for every table of the release.
            revisions: the current revision of every assessment.
            reason: why it is published.
            is_draft: leave it in the drafts; the current release stays.

        Raises:
            ContractError: if a table breaks its contract.
            ReadBackError: if a file does not hold what was written. Nothing is published then.
        """
        with self._lock.writing(waits=True):
            releases = self.drafts if is_draft else self.root / "releases"
            releases.mkdir(parents=True, exist_ok=True)
            self.root.mkdir(parents=True, exist_ok=True)
            self.recover()
            existing = self.releases()
            number = 1 + max((int(r.release_id[1:5]) for r in existing), default=0)
            digest = content_hash(tables)
            current = self.latest()
            shown = {r.assessment_id: r.revision_id for r in revisions}
            same = {"content_hash": digest, "supersedes": _id(current), "revisions": shown}
            drafts = (r for r in existing if is_draft and r.folder.parent == self.drafts)
            for known in drafts:
                if same == {key: known.manifest[key] for key in same}:
                    return known  # an unchanged rerun makes no second draft
            release_id = f"r{number:04d}-{digest[:8]}"
            staging = self.root / f".staging-{release_id}"
            staging.mkdir()
            rows = (
                (table, frame.with_columns(release_id=pl.lit(release_id)).select(table.names()))
                for name, frame in tables.items()
                for table in [RELEASE_TABLES[name]]
            )
            written = write_tables(rows, folder=staging, reads_twice=True)
            manifest = {
                "release_id": release_id,
                "computed_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "reason": reason,
                "content_hash": digest,
                "supersedes": _id(current),
                "revisions": shown,
                "input_hashes": {r.assessment_id: r.input_hash for r in revisions},
                "frameworks": {k: v for r in revisions for k, v in r.framework_hashes.items()},
                "rules_version": RULES_VERSION,
                "code_version": version("dti-pipeline"),
                "lock_sha256": lock_hash(),
                "files": {f"{name}.parquet": asdict(entry) for name, entry in written.items()},
            }
            replace_file(staging / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
            sync(staging)
            staging.rename(releases / release_id)
            sync(releases)
            if is_draft:
                self.journal.add(release_id, "drafted", by=person(), reason=reason)
            else:
                self.point_to(releases / release_id)
                self.journal.add(release_id, "published", by=person(), reason=reason)
            return self._open(releases / release_id)

    def recover(self) -> None:
        """Bring what a killed writer left half-done to its one right end.

        A release is published once ``latest.json`` names it; a decision stands once the journal
        holds it. What had come so far is completed, the rest is removed. Every step may be cut
        short itself and is done again then.
        """
        for file in self.root.glob(f".{LATEST}.*.tmp"):
            file.unlink()
        told = self.journal.last_events()
        current = self.latest()
        if current is not None and current.release_id not in told:
            reason = str(current.manifest["reason"])
            self.journal.add(current.release_id, "published", by=person(), reason=reason)
        present = self.releases()
        for release in present:
            entry = told.get(release.release_id)
            is_draft = release.folder.parent == self.drafts
            is_next = release == present[-1] and release.manifest["supersedes"] == _id(current)
            if entry is not None and entry.event == "approved":
                self._carry_out(release, by=entry.by, reason=entry.reason)
            elif entry is None and is_draft:
                reason = str(release.manifest["reason"])
                self.journal.add(release.release_id, "drafted", by=person(), reason=reason)
            elif entry is None and is_next:
                # Never pointed to. Renamed first: half a folder must not look like a release.
                release.folder.rename(self.root / f".staging-{release.release_id}")
        for folder in self.root.glob(".staging-*"):
            shutil.rmtree(folder)
        if current is None or self.status(current.release_id) == "withdrawn":
            self._step_back()

    def approve(self, release_id: str, *, by: str, reason: str) -> Release:
        """Publish a draft exactly as the council saw it.

        Raises:
            ReleaseStateError: if it is no draft, or another release was published meanwhile.
        """
        with self._lock.writing(waits=True):
            self.recover()
            draft = self.release(release_id)
            status = self.status(release_id)
            if status != "draft":
                msg = f"release {release_id} is {status}; only a draft can be approved"
                raise ReleaseStateError(msg)
            current = self.latest()
            if draft.manifest["supersedes"] != _id(current):
                msg = (
                    f"draft {release_id} was computed against {draft.manifest['supersedes']}, "
                    f"the current release is {_id(current)}; draft it again"
                )
                raise ReleaseStateError(msg)
            self.journal.add(release_id, "approved", by=by, reason=reason)
            return self._carry_out(draft, by=by, reason=reason)

    def _carry_out(self, approved: Release, *, by: str, reason: str) -> Release:
        """Publish an approved draft, from wherever a killed writer stopped."""
        releases = self.root / "releases"
        place = releases / approved.release_id
        if approved.folder != place:
            releases.mkdir(parents=True, exist_ok=True)
            approved.folder.rename(place)
            sync(releases)
        self.point_to(place)
        self.journal.add(approved.release_id, "published", by=by, reason=reason)
        return self._open(place)

    def withdraw(self, release_id: str, *, by: str, reason: str) -> Release | None:
        """Withdraw a release; the newest one before it that stands becomes current again.

        Returns:
            The current release afterwards; None where none is left.

        Raises:
            ReleaseStateError: if it is withdrawn already or was never published.
        """
        with self._lock.writing(waits=True):
            self.recover()
            self.release(release_id)
            status = self.status(release_id)
            if status not in STANDING:
                msg = f"release {release_id} is {status}; only a published one can be withdrawn"
                raise ReleaseStateError(msg)
            current = self.latest()
            was_current = current is not None and current.release_id == release_id
            self.journal.add(release_id, "withdrawn", by=by, reason=reason)
            return self._step_back() if was_current else current

    def _step_back(self) -> Release | None:
        """Make the newest release that stands the current one; none where none is left."""
        standing = [
            release
            for release in self.releases()
            if release.folder.parent != self.drafts and self.status(release.release_id) in STANDING
        ]
        if not standing:
            if (self.root / LATEST).exists():
                (self.root / LATEST).unlink()
                sync(self.root)
            return None
        self.point_to(standing[-1].folder)
        return standing[-1]

    def point_to(self, folder: Path) -> None:
        """Make a release the current one, in one atomic step."""
        manifest = (folder / MANIFEST).read_bytes()
        published_at = datetime.now(UTC).isoformat(timespec="seconds")
        pointer = {
            "release_id": folder.name,
            "path": folder.relative_to(self.root).as_posix(),
            "manifest_sha256": sha256(manifest).hexdigest(),
            "published_at": published_at,
        }
        replace_file(self.root / LATEST, json.dumps(pointer, indent=1))

    def _open(self, folder: Path) -> Release:
        path = folder / MANIFEST
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError) as error:
            raise DamagedReleaseError(path, error) from None
        return Release(folder=folder, manifest=manifest)


def _id(release: Release | None) -> str | None:
    return release.release_id if release else None


def content_hash(tables: Mapping[str, pl.DataFrame]) -> str:
    """Hash the rows of all tables without the ids of releases and revisions."""
    digest = sha256()
    for name in sorted(tables):
        sink = io.BytesIO()
        tables[name].drop(ID_COLUMNS, strict=False).write_ipc(sink, compression="uncompressed")
        digest.update(name.encode("ascii"))
        digest.update(sink.getbuffer())
    return digest.hexdigest()


def person() -> str:
    """Return who is at work, for the journal: the account's name, or ``unknown``."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def verify(release: Release) -> list[str]:
    """Check a release against its manifest, byte for byte.

    Returns:
        One line per file that is missing, changed or not listed; empty where all is well.
    """
    listed = release.manifest["files"]
    problems = []
    for name, entry in listed.items():
        path = release.folder / name
        if not path.is_file():
            problems.append(f"{name}: the file is missing")
        elif sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            problems.append(f"{name}: the content differs from the manifest")
    present = {path.name for path in release.folder.iterdir()} - {MANIFEST}
    problems += [
        f"{name}: the file is not in the manifest" for name in sorted(present - set(listed))
    ]
    return problems
