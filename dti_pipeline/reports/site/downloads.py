"""Files to take away: the tables of the release as Parquet and CSV."""

import shutil
from pathlib import Path
from typing import Any, Final

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


def file_entry(site: Path, path: Path, *, title: Text | None = None) -> dict[str, Any]:
    return {
        "path": path.relative_to(site).as_posix(),
        "name": path.name,
        "size": size_text(path.stat().st_size),
        "title": title,
    }


def size_text(size: int) -> str:
    return f"{fixed(size / KIB**2, 1)} MB" if size >= KIB**2 else f"{max(1, round(size / KIB))} KB"


def write_tables(release: ReleaseView, site: Path, *, all_csv: bool) -> list[dict[str, Any]]:
    """Copy every table of the release into ``data/``; write CSV into ``data/csv/``.

    With ``all_csv`` every table is written as CSV, not only ``OPENED``.

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
            csv.write_bytes(csv_text(release.table(name)))
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
