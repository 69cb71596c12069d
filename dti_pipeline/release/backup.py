"""Backups of a data folder: one TAR, made while runs go on, and back again.

Under the lock of the store are read what changes: ``latest.json``, the journal, the register, the
drafts, and the names of what there is. Revisions, inputs and releases never change afterwards and
are copied without it, so a backup holds the folder as it was at that moment. What can be made again
from it is left out: site, reports, Dagster's tables between stages.
"""

import fcntl
import json
import lzma
import os
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Final

from dti_pipeline.intake.files.contents import digest_of
from dti_pipeline.release.releases import Published
from dti_pipeline.store.parquet import replace_file, sync
from dti_pipeline.store.revisions import Store
from dti_pipeline.store.storage import storage_of
from dti_pipeline.whole_file import naming
from dti_pipeline.workspace import Workspace
from schemas.messages import message
from schemas.text import SpokenError

LISTING: Final = "backup.json"
DERIVED: Final = frozenset({"site", "reports", "dagster"})
# What reading a cut or changed archive raises, also of one that somebody has compressed.
_DAMAGES: Final = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError)
NOTE: Final = ".backup"
"""In the data folder: the file that the last backup was written to before it was whole."""


class BackupError(SpokenError, RuntimeError):
    """A backup that cannot be written or restored; the message says why and what to do."""


def leftover(workspace: Workspace) -> Path | None:
    """Return what a killed process left of its backup; the lock of one at work ends with it."""
    note = workspace.data / NOTE
    try:
        with open(note.read_text("utf-8"), "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return None
    return Path(file.name)


def staging_of(path: Path) -> Path:
    return path.resolve().with_name(f".{path.name}.{os.getpid()}.staging")


@contextmanager
def new_archive(path: Path) -> Iterator[tuple[Callable[[str, bytes], None], Mapping[str, str]]]:
    """Yield what adds a file to a new backup, and the hashes of those in it.

    The backup is there whole or not at all, readable by its owner only.
    """
    staging, hashes = staging_of(path), dict[str, str]()
    try:
        with (
            naming(path, staging),
            open(staging, "wb", opener=partial(os.open, mode=0o600)) as file,
            tarfile.open(fileobj=file, mode="w") as archive,
        ):
            fcntl.flock(file, fcntl.LOCK_EX)  # says that somebody writes it

            def add(name: str, content: bytes) -> None:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), 0o600
                archive.addfile(entry, BytesIO(content))
                hashes[name] = sha256(content).hexdigest()

            yield add, hashes
            add(LISTING, json.dumps(hashes, indent=1).encode())
        sync(staging)
        os.replace(staging, path)
    finally:
        staging.unlink(missing_ok=True)


def write_backup(
    workspace: Workspace, path: Path, *, beside: Mapping[str, Path], without: Collection[str]
) -> int:
    """Write a backup, whole or not at all, readable by its owner only; return its files' number.

    Args:
        beside: files from elsewhere, by their name in the backup.
        without: names in the data folder that these files hold already.
    """
    data = workspace.data
    if path.resolve().is_relative_to(data.resolve()):
        raise BackupError("backup.inside", path=path, folder=data)
    if left := leftover(workspace):
        left.unlink()
    replace_file(data / NOTE, str(staging_of(path)))
    with new_archive(path) as (add, hashes):
        with Store(workspace.store).writing(waits=True):
            published = Published(workspace.published)
            published.recover()
            # Drafts are discarded and approved; the files beside the releases change.
            drafts = [] if "store" in without else list(_files(published.drafts))
            changing = [*filter(Path.is_file, _shown(published.root)), *drafts]
            for file in changing:
                add(file.relative_to(data).as_posix(), file.read_bytes())
            fixed = [
                file
                for place in _shown(data)
                if place.name not in DERIVED.union(without)
                for file in _files(place)
            ]
        for file in fixed:
            name = file.relative_to(data).as_posix()
            if name not in hashes and file.is_file():  # a delivery may be taken away meanwhile
                add(name, file.read_bytes())
        for name, file in beside.items():
            add(name, file.read_bytes())
        count = len(hashes)
    return count


def _shown(folder: Path) -> list[Path]:
    """Return what lies in a folder, without locks and what is half-written."""
    # Not by a pattern: it passes over what may not be read, and over links to folders.
    places = folder.iterdir() if folder.is_dir() else ()
    return sorted(place for place in places if not place.name.startswith("."))


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    elif place.parts[-2:] != ("store", "derived"):  # can be computed again
        for inner in _shown(place):
            yield from _files(inner)


def extract(path: Path, folder: Path) -> int:
    """Unpack a backup, every file held to its hash; return their number."""
    try:
        with tarfile.open(path) as archive:
            names = set(archive.getnames()) - {LISTING}
            archive.extractall(folder, filter="data")
        hashes: dict[str, str] = dict(json.loads((folder / LISTING).read_text("utf-8")))
        problems = [name for name, digest in hashes.items() if digest_of(folder / name) != digest]
        problems += names - hashes.keys()
    except (*_DAMAGES, ValueError, TypeError, FileNotFoundError, IsADirectoryError):
        unreadable = message("releases.cause_unreadable")
        raise BackupError("backup.damaged", path=path, listed=unreadable) from None
    if problems:
        raise BackupError("backup.damaged", path=path, listed=problems[:5])
    (folder / LISTING).unlink()
    return len(hashes)


@contextmanager
def restoring(path: Path, workspace: Workspace) -> Iterator[tuple[Path, int]]:
    """Yield the folder of a backup's files and their number, then let them be all there is.

    Raises:
        BackupError: if the data folder holds anything, or the backup is damaged.
    """
    data, storage = workspace.data, storage_of(workspace.data)
    if not storage.is_empty(data):
        raise BackupError("backup.not_empty", folder=storage.address(data))
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as folder:
        yield Path(folder), extract(path, Path(folder))
        storage.move_in(Path(folder), data)
    drafts = Published(workspace.published).drafts
    if drafts.is_dir():
        drafts.chmod(0o700)  # of the account that restores
