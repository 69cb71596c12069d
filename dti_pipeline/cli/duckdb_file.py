"""``dti duckdb`` and ``dti superset``: a release for tools that want a database file."""

from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import print_status, tell


def write_views(
    out: Annotated[Path, typer.Option("--out")],
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    embeds: Annotated[bool, typer.Option("--embed")] = False,
) -> int:
    from dti_pipeline.cli.selection import open_view
    from dti_pipeline.reports.duckdb_file import database
    from dti_pipeline.store.parquet import replace_file

    if not out.parent.is_dir():
        raise UsageError("duckdb.no_folder", folder=out.parent, name=out.name)
    # The views name the absolute path of the folder, so a tool must see it there.
    release = open_view(data.resolve(), as_of=as_of)
    replace_file(out, database(release.source, embeds=embeds))
    key, count = "duckdb.tables" if embeds else "duckdb.views", len(release.manifest["files"])
    print_status(release.status_note)
    tell(key, out=out, count=count, release=release.release_id)
    return 0


def write_superset_kit(
    out: Annotated[Path, typer.Option("--out")],
    database: Annotated[str, typer.Option("--database")] = "/data/dti.duckdb",
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
) -> int:
    from dti_pipeline.cli.selection import open_release
    from dti_pipeline.reports.superset import kit
    from dti_pipeline.store.parquet import replace_file

    release = open_release(data, as_of=as_of)
    years = release.table("out_ranking")["assessment_year"]
    if years.is_empty():  # nothing was assessed as a whole
        years = release.table("dim_assessment")["assessment_year"]
    replace_file(out, kit(database, year=max(years)))
    tell("duckdb.superset", out=out, database=database)
    return 0
