"""Backups: the database, the documents and the deliveries in one file, and back again."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection

from dti_pipeline.portal.settings import PortalSetupError, database, portal_folder

_LISTING: Final = "backup.json"
_SQLITE: Final = "portal/portal.sqlite3"
_POSTGRESQL: Final = "portal/portal.dump"
# Beside the database: the documents, the heads of the audit log, and the deliveries.
_KEPT: Final = (
    *("portal/files", "portal/audit_heads.txt", "portal/secret_key", "portal/trust"),
    *("raw", "config"),
)


def write_backup(path: Path) -> int:
    """Write a backup, whole or not at all; return the number of files in it.

    The documents are only ever added, so a database that is read before them never misses one.
    """
    from dti_pipeline.portal import audit  # needs a portal that is set up; restoring has none

    data = Path(settings.DTI_DATA)
    staging = path.with_name(f".{path.name}.staging")
    with tempfile.TemporaryDirectory() as folder:
        dump = _dump(Path(folder))
        members = [(dump, f"portal/{dump.name}"), *_files(data)]
        hashes = {}
        with tarfile.open(staging, "w") as archive:
            for source, name in members:
                archive.add(source, name)
                hashes[name] = digest_of(source)
            listing = Path(folder) / _LISTING
            listing.write_text(json.dumps(hashes, indent=1), "utf-8")
            archive.add(listing, _LISTING)
    os.replace(staging, path)
    audit.record(audit.SYSTEM, "backup", path.name, after={"files": len(members)})
    return len(members)


def _dump(folder: Path) -> Path:
    """Return a copy of the database as it is at one moment."""
    if connection.vendor == "sqlite":
        target = folder / Path(_SQLITE).name
        connection.ensure_connection()
        with sqlite3.connect(target) as copy:
            connection.connection.backup(copy)
        copy.close()
        return target
    target = folder / Path(_POSTGRESQL).name
    _run(["pg_dump", "--format=custom", f"--file={target}"], settings.DATABASES["default"])
    return target


def _run(command: list[str], database_settings: dict[str, object]) -> None:
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    variables = {
        variable: str(database_settings[name])
        for variable, name in {**names, "PGDATABASE": "NAME"}.items()
        if database_settings[name]
    }
    if shutil.which(command[0]) is None:
        msg = f"{command[0]} is not installed: install PostgreSQL's client programs"
        raise PortalSetupError(msg)
    subprocess.run(command, check=True, env={**os.environ, **variables})


def _files(data: Path) -> Iterator[tuple[Path, str]]:
    for name in _KEPT:
        place = data / name
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in found:
            if path.is_file() and not path.name.startswith("."):
                yield path, path.relative_to(data).as_posix()


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def restore_backup(path: Path, data: Path, *, database_url: str = "") -> int:
    """Restore a backup into a data folder that has none of it; return the number of files.

    Raises:
        PortalSetupError: if something is there already, or the backup is damaged.
    """
    present = [name for name in ("portal", "raw") if (data / name).exists()]
    if present:
        msg = f"{data} holds {', '.join(present)} already; restore into an empty folder"
        raise PortalSetupError(msg)
    data.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=data, prefix=".restore-"))
    try:
        with tarfile.open(path) as archive:
            archive.extractall(staging, filter="data")
        hashes: dict[str, str] = json.loads((staging / _LISTING).read_text("utf-8"))
        damaged = [
            name
            for name, digest in hashes.items()
            if not (staging / name).is_file() or digest_of(staging / name) != digest
        ]
        if damaged:
            msg = f"{path} is damaged: {', '.join(damaged[:5])}; use another backup"
            raise PortalSetupError(msg)
        (staging / _LISTING).unlink()
        for place in sorted(staging.iterdir()):
            place.rename(data / place.name)
    finally:
        shutil.rmtree(staging)
    dump = portal_folder(data) / Path(_POSTGRESQL).name
    if dump.is_file():
        if not database_url:
            msg = "this backup is of PostgreSQL: set DTI_DATABASE_URL to an empty database"
            raise PortalSetupError(msg)
        target = f"--dbname={database_url}"
        command = ["pg_restore", "--no-owner", "--exit-on-error", target, str(dump)]
        _run(command, database(database_url, data))
    return len(hashes)
