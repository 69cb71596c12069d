"""Files to take away: the tables of the release as Parquet and CSV."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from dti_pipeline.release.csv_text import csv_text
from dti_pipeline.release.folder import MANIFEST
from dti_pipeline.reports.figures import fixed
from dti_pipeline.reports.release_view import ReleaseView
from schemas.catalogue import RELEASE_TABLES
from schemas.text import Text

KIB: Final = 1024
# What people open in a spreadsheet; the other tables are for programs, which read Parquet.
OPENED: Final = (
    "dim_unit",
    "dim_indicator",
    "dim_assessment",
    "fact_ranking",
    "fact_group_summary",
    "fact_change",
    "ranking_wide",
    "meta_column",
)


@dataclass(frozen=True)
class Download:
    """One file: its address in the site, its name and its size in words."""

    path: str
    name: str
    size: str
    title: Text | None = None


def file_entry(site: Path, path: Path, *, title: Text | None = None) -> Download:
    return Download(
        path=path.relative_to(site).as_posix(),
        name=path.name,
        size=size_text(path.stat().st_size),
        title=title,
    )


def size_text(size: int) -> str:
    """Write a file size for people."""
    return f"{fixed(size / KIB**2, 1)} MB" if size >= KIB**2 else f"{max(1, round(size / KIB))} KB"


def write_tables(release: ReleaseView, site: Path, *, all_csv: bool) -> list[dict[str, Any]]:
    """Copy every table of the release into ``data/``; write CSV into ``data/csv/``.

    Args:
        release: the release.
        site: the folder of the site.
        all_csv: every table as CSV, not only ``OPENED``.

    Returns:
        name, grain, rows and files of every table, in the order of the documentation; csv is None
        where there is none.
    """
    folder = site / "data"
    (folder / "csv").mkdir(parents=True)
    source = release.source
    shutil.copyfile(source.folder / MANIFEST, folder / MANIFEST)
    tables = []
    for name, table in RELEASE_TABLES.items():
        entry = release.manifest["files"].get(f"{name}.parquet")
        if entry is None:
            continue
        parquet, csv = folder / f"{name}.parquet", folder / "csv" / f"{name}.csv"
        parquet.write_bytes(source.content(parquet.name))
        has_csv = all_csv or name in OPENED
        if has_csv:
            write_csv(release.table(name), csv)
        tables.append(
            {
                "name": name,
                "grain": table.grain(),
                "rows": entry["rows"],
                "csv": file_entry(site, csv) if has_csv else None,
                "parquet": file_entry(site, parquet),
            }
        )
    return tables


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a table as CSV that a spreadsheet opens rightly."""
    path.write_bytes(csv_text(frame))
