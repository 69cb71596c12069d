"""All releases as one table beside ``latest.json``: when, who, why, and what became of them.

Clock times are in no release, so that equal inputs give equal bytes. The table is written anew from
the journal with every step that changes a status; drafts are for the council and not in it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from dti_pipeline.release.folder import Release
from dti_pipeline.release.journal import Entry
from dti_pipeline.store.parquet import parquet_bytes, replace_file
from schemas.tables.lookups import DimRelease

REGISTER: Final = f"{DimRelease.name()}.parquet"


def write_register(
    root: Path, releases: Sequence[Release], entries: Sequence[Entry], statuses: Mapping[str, str]
) -> None:
    """Write the table of releases, of which none is a draft, where its content changed."""
    published, approved, withdrawn = (
        {entry.release_id: entry for entry in entries if entry.event == event}
        for event in ("published", "approved", "withdrawn")
    )
    rows = [
        {
            "release_id": name,
            "release_no": int(name[1:5]),
            "status": statuses[name],
            "published_at": _moment(published.get(name)),
            "published_by": approved.get(name, published[name]).by if name in published else None,
            "reason": release.manifest.get("reason"),
            "changes": release.manifest.get("changes") or None,
            "withdrawn_at": _moment(withdrawn.get(name)),
            "withdrawal_reason": withdrawn[name].reason if name in withdrawn else None,
            "supersedes": release.manifest["supersedes"],
            "rules_version": release.manifest["rules_version"],
            "path": release.folder.relative_to(root).as_posix(),
            "manifest_sha256": release.manifest_sha256,
        }
        for release in releases
        for name in [release.release_id]
    ]
    content = parquet_bytes(
        DimRelease.conform(pl.DataFrame(rows, schema=DimRelease.schema())), DimRelease
    )
    place = root / REGISTER
    if not place.is_file() or place.read_bytes() != content:
        replace_file(place, content)


def _moment(entry: Entry | None) -> datetime | None:
    return datetime.fromisoformat(entry.at) if entry else None
