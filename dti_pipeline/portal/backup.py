"""Backups: the database, the documents and the deliveries in one file, and back again."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection

from dti_pipeline.portal.settings import PortalSetupError, database, portal_folder
from dti_pipeline.release.backup import extract, new_archive

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
    with tempfile.TemporaryDirectory() as folder, new_archive(path) as (add, _):
        dump = _dump(Path(folder))
        members = [(dump, f"portal/{dump.name}"), *_files(data)]
        for source, name in members:
            add(name, source.read_bytes())
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
    """Run a program of PostgreSQL; the password goes by the environment, as others see commands."""
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    variables = {
        variable: str(database_settings[name])
        for variable, name in {**names, "PGDATABASE": "NAME"}.items()
        if database_settings[name]
    }
    if shutil.which(command[0]) is None:
        raise PortalSetupError("portal_setup.no_program", program=command[0])
    subprocess.run(command, check=True, env={**os.environ, **variables})


def _files(data: Path) -> Iterator[tuple[Path, str]]:
    for name in _KEPT:
        place = data / name
        paths = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in paths:
            if path.is_file() and not path.name.startswith("."):
                yield path, path.relative_to(data).as_posix()


def restore_backup(path: Path, data: Path, *, database_url: str = "") -> int:
    """Restore a backup into a data folder that has none of it; return the number of files."""
    present = [name for name in ("portal", "raw") if (data / name).exists()]
    if present:
        raise PortalSetupError("portal_setup.not_empty", folder=data, present=present)
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as folder:
        count = extract(path, Path(folder))
        for place in sorted(Path(folder).iterdir()):
            place.rename(data / place.name)
    dump = portal_folder(data) / Path(_POSTGRESQL).name
    if dump.is_file():
        if not database_url:
            raise PortalSetupError("portal_setup.no_database")
        target = database(database_url, data)
        command = ["pg_restore", "--no-owner", "--exit-on-error", f"--dbname={target['NAME']}"]
        _run([*command, str(dump)], target)
    return count
