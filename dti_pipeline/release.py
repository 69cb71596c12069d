"""Releases: the current revision of every assessment, with comparisons, in one immutable folder.

A release is staged on the same file system, every file is read back, the folder is renamed, and
only then ``latest.json`` is replaced. A reader that opens ``latest.json`` once and reads the
folder it names sees one whole release, whatever happens meanwhile.
"""

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

import duckdb
import polars as pl

from dti_pipeline.parquet import (
    ReadBackError,
    WrittenTable,
    replace_file,
    sync_folder,
    write_table,
)
from dti_pipeline.store import Revision
from dti_pipeline.version import RULES_VERSION
from schemas.catalogue import RELEASE_TABLES

LATEST: Final = "latest.json"
MANIFEST: Final = "manifest.json"
# Columns that name a release or a revision; left out of the content hash, so that a content
# published twice is recognised.
ID_COLUMNS: Final = ("release_id", "revision_id", "supersedes")


class NoReleaseError(LookupError):
    """There is no release yet, or none of that name."""


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
        """Read one table."""
        return pl.read_parquet(self.folder / f"{name}.parquet")

    def scan(self, name: str) -> pl.LazyFrame:
        """Open one table for a filtered read."""
        return pl.scan_parquet(self.folder / f"{name}.parquet")


class Published:
    """The folder of releases."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def latest(self) -> Release | None:
        """Return the current release; None before the first one."""
        pointer = self.root / LATEST
        if not pointer.is_file():
            return None
        found = json.loads(pointer.read_text(encoding="utf-8"))
        return self._open(self.root / found["path"])

    def release(self, release_id: str | None) -> Release:
        """Return one release, the current one for None.

        Raises:
            NoReleaseError: if there is none; the message names the known ones.
        """
        if release_id is None:
            current = self.latest()
            if current is None:
                msg = f"nothing has been published in {self.root} yet; run: dti run"
                raise NoReleaseError(msg)
            return current
        folder = self.root / "releases" / release_id
        if not (folder / MANIFEST).is_file():
            known = ", ".join(release.release_id for release in self.releases())
            msg = f"no release '{release_id}'; known releases: {known or 'none'}"
            raise NoReleaseError(msg)
        return self._open(folder)

    def releases(self) -> tuple[Release, ...]:
        """Return all releases by number."""
        folders = sorted((self.root / "releases").glob(f"*/{MANIFEST}"))
        return tuple(self._open(path.parent) for path in folders)

    def publish(
        self,
        tables: Mapping[str, pl.DataFrame],
        *,
        revisions: Sequence[Revision],
        reason: str,
    ) -> Release:
        """Write a release and make it the current one.

        Args:
            tables: release table name → rows without release_id, for every table of the release.
            revisions: the current revision of every assessment.
            reason: why it is published.
        """
        releases = self.root / "releases"
        releases.mkdir(parents=True, exist_ok=True)
        for left in self.root.glob(".staging-*"):
            shutil.rmtree(left)
        existing = self.releases()
        number = 1 + max((int(r.release_id[1:5]) for r in existing), default=0)
        digest = content_hash(tables)
        release_id = f"r{number:04d}-{digest[:8]}"
        staging = self.root / f".staging-{release_id}"
        staging.mkdir()
        files = {
            f"{name}.parquet": self._write(frame, name, release_id, staging)
            for name, frame in tables.items()
        }
        verify_with_duckdb(staging, files)
        current = self.latest()
        published_at = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = {
            "release_id": release_id,
            "published_at": published_at,
            "reason": reason,
            "content_hash": digest,
            "supersedes": current.release_id if current else None,
            "revisions": {r.assessment_id: r.revision_id for r in revisions},
            "input_hashes": {r.assessment_id: r.input_hash for r in revisions},
            "frameworks": {k: v for r in revisions for k, v in r.framework_hashes.items()},
            "rules_version": RULES_VERSION,
            "code_version": version("dti-pipeline"),
            "lock_sha256": lock_hash(),
            "files": {name: asdict(entry) for name, entry in files.items()},
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        replace_file(staging / MANIFEST, text)
        sync_folder(staging)
        staging.rename(releases / release_id)
        sync_folder(releases)
        self.point_to(releases / release_id, published_at=published_at)
        return self._open(releases / release_id)

    def point_to(self, folder: Path, *, published_at: str) -> None:
        """Make a release the current one, in one atomic step."""
        manifest = (folder / MANIFEST).read_bytes()
        pointer = {
            "release_id": folder.name,
            "path": folder.relative_to(self.root).as_posix(),
            "manifest_sha256": sha256(manifest).hexdigest(),
            "published_at": published_at,
        }
        replace_file(self.root / LATEST, json.dumps(pointer, indent=1))

    def _write(self, frame: pl.DataFrame, name: str, release_id: str, folder: Path) -> WrittenTable:
        table = RELEASE_TABLES[name]
        return write_table(
            frame.with_columns(release_id=pl.lit(release_id)).select(table.names),
            table=table,
            path=folder / f"{name}.parquet",
        )

    def _open(self, folder: Path) -> Release:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return Release(folder=folder, manifest=manifest)


def content_hash(tables: Mapping[str, pl.DataFrame]) -> str:
    """Hash the rows of all tables without the ids of releases and revisions."""
    digest = sha256()
    for name in sorted(tables):
        sink = io.BytesIO()
        tables[name].drop(ID_COLUMNS, strict=False).write_ipc(sink, compression="uncompressed")
        digest.update(name.encode("ascii"))
        digest.update(sink.getbuffer())
    return digest.hexdigest()


def verify_with_duckdb(folder: Path, files: Mapping[str, WrittenTable]) -> None:
    """Read every file with a second, independent reader and compare rows and columns.

    Raises:
        ReadBackError: if a file cannot be read or differs from what was written.
    """
    with duckdb.connect() as connection:
        for name, written in files.items():
            path = str(folder / name)
            rows = connection.execute("SELECT count(*) FROM read_parquet(?)", [path]).fetchone()
            found = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [path]).fetchall()
            if rows != (written.rows,) or [row[0] for row in found] != list(written.schema):
                msg = f"{name}: DuckDB reads {rows} rows and {len(found)} columns"
                raise ReadBackError(msg)


def lock_hash() -> str | None:
    """Return the SHA-256 of the dependency lock, None where the package came without it."""
    here = Path(__file__).parent
    for path in (here / "requirements.lock", here.parent / "requirements.lock"):
        if path.is_file():
            return sha256(path.read_bytes()).hexdigest()
    return None


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
