"""Backups of a data folder: one TAR, made while runs go on, and back again.

Under the lock of the store are read what changes: ``latest.json``, the journal, the register, the
drafts, and the names of what there is. Revisions, inputs and releases never change afterwards and
are copied without it, so a backup holds the folder as it was at that moment. What can be made again
from it is left out: site, reports, Dagster's tables between stages.
"""

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from typing import Final

from dti_pipeline.release.releases import Published
from dti_pipeline.release.verify import broken_links
from dti_pipeline.store.parquet import sync
from dti_pipeline.store.revisions import Store
from dti_pipeline.workspace import Workspace
from schemas.messages import message
from schemas.text import SpokenError

LISTING: Final = "backup.json"
DERIVED: Final = frozenset({"site", "reports", "dagster"})


class BackupError(SpokenError, RuntimeError):
    """A backup that cannot be written or restored; the message says why and what to do."""


def write_backup(
    workspace: Workspace, path: Path, *, beside: Mapping[str, Path], without: Collection[str]
) -> int:
    """Write a backup, whole or not at all, readable by its owner only.

    Args:
        workspace: the data folder.
        path: the file to write.
        beside: files from elsewhere, by their name in the backup.
        without: names in the data folder that these files hold already.

    Returns:
        The number of files in it.
    """
    data = workspace.data
    if path.resolve().is_relative_to(data.resolve()):
        raise BackupError(message("backup.inside", path=path, folder=data))
    hashes: dict[str, str] = {}
    staging = path.with_name(f".{path.name}.staging")
    staging.touch(mode=0o600)
    with tarfile.open(staging, "w") as archive:

        def add(name: str, content: bytes) -> None:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, BytesIO(content))
            hashes[name] = sha256(content).hexdigest()

        with Store(workspace.store).writing(waits=True):
            published = Published(workspace.published)
            published.recover()
            # Drafts are discarded and approved; the files beside the releases change.
            drafts = [] if "store" in without else list(_files(published.drafts))
            changing = [*(p for p in published.root.glob("[!.]*") if p.is_file()), *drafts]
            for file in changing:
                add(file.relative_to(data).as_posix(), file.read_bytes())
            fixed = [
                file
                for place in sorted(data.glob("[!.]*"))
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
        add(LISTING, json.dumps(hashes, indent=1).encode())
    sync(staging)
    os.replace(staging, path)
    return count


def _files(place: Path) -> Iterator[Path]:
    """Yield the files of a place in order, without locks and what is half-written."""
    if place.is_file():
        yield place
        return
    for path in sorted(place.rglob("*")):
        parts = path.relative_to(place).parts
        is_cached = (place.name, parts[0]) == ("store", "derived")
        if path.is_file() and not is_cached and not any(part.startswith(".") for part in parts):
            yield path


def unpack(path: Path, data: Path) -> tuple[int, Path]:
    """Unpack a backup into a folder beside the data folder's own, every file held to its hash.

    Returns:
        The number of files, and the folder, on the same file system as the data folder.

    Raises:
        BackupError: if the data folder holds anything, or the backup is damaged.
    """
    if data.is_dir() and any(data.iterdir()):
        raise BackupError(message("backup.not_empty", folder=data))
    data.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=data, prefix=".restore-"))
    try:
        with tarfile.open(path) as archive:
            archive.extractall(staging, filter="data")
        hashes: dict[str, str] = json.loads((staging / LISTING).read_text("utf-8"))
        damaged = [name for name, digest in hashes.items() if _digest(staging / name) != digest]
        listed = damaged[:5]
    except (tarfile.TarError, ValueError, FileNotFoundError) as error:
        listed = [str(error)]
    if listed:
        shutil.rmtree(staging)
        raise BackupError(message("backup.damaged", path=path, listed=listed))
    (staging / LISTING).unlink()
    return len(hashes), staging


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def move_in(staging: Path, workspace: Workspace) -> None:
    """Give what was unpacked its place; drafts stay with the account that restores."""
    for place in sorted(staging.iterdir()):
        place.rename(workspace.data / place.name)
    staging.rmdir()
    drafts = Published(workspace.published).drafts
    if drafts.is_dir():
        drafts.chmod(0o700)


def all_broken_links(workspace: Workspace) -> Iterable[str]:
    """Follow every release to its inputs; yield what does not hold."""
    published, store = Published(workspace.published), Store(workspace.store)
    for release in published.releases():
        yield from (f"{release.release_id}: {p}" for p in broken_links(published, store, release))
