"""One release: a folder that never changes, its manifest and the hash of its content."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

from dti_pipeline.results.on_demand import Tables
from dti_pipeline.store.parquet import MOST_ROWS_WAITING, Rows, as_array
from dti_pipeline.store.storage import OtherContentError, content_of
from schemas.catalogue import RELEASE_TABLES
from schemas.contract import Table
from schemas.messages import message
from schemas.text import SpokenError, Text

if TYPE_CHECKING:
    import hashlib

MANIFEST: Final = "manifest.json"
# What every manifest says, also one of the first version.
_NAMES: Final = frozenset(
    {"computed_at", "reason", "content_hash", "supersedes", "revisions", "rules_version", "files"}
)
# Columns that name a release or a revision; left out of the content hash, so that a content
# published twice is recognised.
ID_COLUMNS: Final = ("release_id", "revision_id", "supersedes")

_TEXTS_AT_ONCE: Final = 2**16
# Stands for the id of a release whose tables are checked before it has one.
_SOME_ID: Final = "r0000-00000000"


class DamagedReleaseError(SpokenError, RuntimeError):
    """A published file that is gone or not as it was written; the message names the remedy."""

    def __init__(self, path: Path, cause: Exception | Text) -> None:
        key = "missing" if isinstance(cause, FileNotFoundError) else "damaged"
        if isinstance(cause, Exception):  # what a library says of it is in its own language
            cause = message("releases.cause_unreadable")
        remedy = message("releases.remedy")
        super().__init__(message(f"releases.file_{key}", path=path, cause=cause, remedy=remedy))


@dataclass(frozen=True)
class Release:
    """One published release: an immutable folder and its manifest.

    Reading raises a DamagedReleaseError where a file is gone or not the one the manifest lists.
    """

    folder: Path
    manifest: Mapping[str, Any]
    manifest_sha256: str

    @property
    def release_id(self) -> str:
        return str(self.manifest["release_id"])

    @property
    def revisions(self) -> dict[str, str]:
        return dict(self.manifest["revisions"])

    def content(self, name: str) -> bytes:
        path = self.folder / name
        try:
            return content_of(path, self.entries.get(name, {}).get("sha256"))
        except FileNotFoundError as error:
            raise DamagedReleaseError(path, error) from None
        except OtherContentError:
            raise DamagedReleaseError(path, message("releases.cause_content")) from None

    @property
    def entries(self) -> dict[str, dict[str, Any]]:
        """Return what the manifest says of every file."""
        return {**self.manifest["files"], **self.manifest.get("documents", {})}

    def table(self, name: str) -> pl.DataFrame:
        return self.scan(name).collect()

    def scan(self, name: str) -> pl.LazyFrame:
        """Open one table for a filtered read; columns an older version did not have are null."""
        path = self.folder / f"{name}.parquet"
        try:
            self.content(path.name)
            rows = pl.scan_parquet(path, glob=False)
            columns = rows.collect_schema()
        except (FileNotFoundError, pl.exceptions.ComputeError) as error:
            raise DamagedReleaseError(path, error) from None
        table = RELEASE_TABLES.get(name)
        added = {
            column: pl.lit(None, dtype=dtype)
            for column, dtype in (table.schema() if table else {}).items()
            if column not in columns
        }
        return rows.with_columns(**added)


def open_release(folder: Path) -> Release:
    """Open the release in a folder.

    Raises:
        DamagedReleaseError: if its manifest is gone or cannot be read.
    """
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
        manifest = dict(json.loads(content))
    except (FileNotFoundError, ValueError, TypeError) as error:
        raise DamagedReleaseError(path, error) from None
    if manifest.get("release_id") != folder.name or not manifest.keys() >= _NAMES:
        raise DamagedReleaseError(path, message("releases.cause_no_manifest", release=folder.name))
    return Release(folder, manifest, manifest_sha256=sha256(content).hexdigest())


def differing_files(release: Release) -> list[Text]:
    """Say which files of a release are missing, changed or not in its manifest."""
    problems = []
    for name, entry in release.entries.items():
        try:
            content_of(release.folder / name, entry["sha256"])
        except FileNotFoundError:
            problems.append(message("releases.problem_missing", name=name))
        except OtherContentError:
            problems.append(message("releases.problem_differs", name=name))
    present = {path.name for path in release.folder.iterdir()} - {MANIFEST}
    unlisted = sorted(present - set(release.entries))
    return problems + [message("releases.problem_unlisted", name=name) for name in unlisted]


def ready_to_write(tables: Tables, *, folder: Path) -> tuple[dict[str, Rows], str]:
    """Arrange and validate every table; those with many rows wait as files in a folder.

    Returns:
        The tables in the order of the catalogue, without the id of their release, which their
        content gives, and the hash of it.
    """
    ready: dict[str, Rows] = {}
    digest = sha256()
    with ThreadPoolExecutor(max_workers=1) as beside:
        for name in sorted(tables):  # the order of the hash
            table = RELEASE_TABLES[name]
            frame = table.arrange(tables[name])
            hashing = beside.submit(_add_content, digest, name, frame)
            table.validate(frame.select(_with_id(_SOME_ID)))
            if frame.height <= MOST_ROWS_WAITING:
                ready[name] = frame
            else:
                path = folder / f"{name}.parquet"
                frame.write_parquet(path, compression="lz4", statistics=False)
                ready[name] = pl.scan_parquet(path, glob=False)
            hashing.result()
            del frame, hashing  # before the next is made
    return {name: ready[name] for name in RELEASE_TABLES if name in ready}, digest.hexdigest()


def released(tables: Mapping[str, Rows], *, release_id: str) -> Iterator[tuple[type[Table], Rows]]:
    """Yield tables that are ready to write with the id of their release, and their contracts."""
    for name, frame in tables.items():
        yield RELEASE_TABLES[name], frame.select(_with_id(release_id))


def _with_id(release_id: str) -> list[pl.Expr]:
    return [pl.lit(release_id).alias("release_id"), pl.all()]


def _add_content(digest: "hashlib._Hash", name: str, frame: pl.DataFrame) -> None:
    """Hash the rows of a table without the ids of releases and revisions.

    The form hashed is our own, so that neither chunks, threads nor the version of a library can
    change it: per column its name and type, which rows are null, and the values as little-endian
    numbers or as lengths and UTF-8 bytes.
    """
    frame = frame.drop(ID_COLUMNS, strict=False)
    digest.update(f"{name} {frame.height}\n".encode())
    nulls = frame.select(pl.all().is_null())
    for column in frame.iter_columns():
        digest.update(f"{column.name} {column.dtype}\n".encode())
        digest.update(np.packbits(nulls[column.name].to_numpy()).tobytes())
        for part in _canonical(column.drop_nulls() if column.null_count() else column):
            digest.update(part)


def _canonical(values: pl.Series) -> Iterator[bytes | memoryview]:
    if values.is_empty():
        return
    if values.dtype == pl.String:
        yield values.str.len_bytes().to_numpy().astype("<i8").tobytes()
        for start in range(0, len(values), _TEXTS_AT_ONCE):
            texts = as_array(values.slice(start, _TEXTS_AT_ONCE), pa.string())
            _, ends, content = texts.buffers()
            places = np.frombuffer(ends, "i4", len(texts) + 1, texts.offset * 4)
            yield memoryview(content)[places[0] : places[-1]]
    elif values.dtype == pl.Float64:
        yield values.to_numpy().astype("<f8").tobytes()
    else:  # whole numbers, yes and no, days and moments, which count from 1970
        yield values.to_physical().to_numpy().astype("<i8").tobytes()
