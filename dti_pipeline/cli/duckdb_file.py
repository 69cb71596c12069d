"""``dti duckdb``: a DuckDB file with one view or table each, for tools that want a database.

Superset, Metabase and other query tools open a database file, not a folder, and cannot follow
``latest.json``. The file holds views, with the descriptions of tables and columns; the figures
stay in the release, which never changes. With ``--embed`` it holds the figures as well: a view
names a folder of this machine, so a file for another machine or a container needs them inside. It
is built beside and renamed, so a tool that has it open goes on reading the release it opened, and
nothing else, until it connects again.
"""

import glob
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import say
from schemas.messages import message

# The oldest storage format, so that a tool that brings an older DuckDB can open the file.
STORAGE_VERSION: Final = "v1.0.0"


def write_views(
    out: Annotated[Path, typer.Option("--out", help="File to write, for example dti.duckdb.")],
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    embeds: Annotated[
        bool, typer.Option("--embed", help="Put the figures in, so that the file can be moved.")
    ] = False,
    lang: options.Lang = "vi",  # noqa: ARG001 - its callback chooses the language
) -> int:
    """Write a DuckDB file with one view per table, for Superset, Metabase and the like."""
    import duckdb

    from dti_pipeline.cli.selection import open_release
    from dti_pipeline.store.parquet import replace_file

    if not out.parent.is_dir():
        raise UsageError(message("duckdb.no_folder", folder=out.parent, name=out.name))
    # The views name the absolute path of the folder, so a tool must see it there.
    release = open_release(data.resolve(), as_of=as_of)
    files = [release.folder / file for file in release.manifest["files"]]
    register = release.folder.parents[1] / "dim_release.parquet"
    # DuckDB takes a `?` in a path for options; the folder of its own has none.
    with TemporaryDirectory(prefix="dti-") as folder:
        built = Path(folder) / "views.duckdb"
        with duckdb.connect(
            str(built), config={"storage_compatibility_version": STORAGE_VERSION}
        ) as connection:
            for file in files:
                release.scan(file.stem)  # a damaged one is an error before a view names it
            for file in [*files, *([register] if register.is_file() else [])]:
                for statement in statements(file, embeds=embeds):
                    connection.execute(statement)
        replace_file(out, built.read_bytes())
    key = "duckdb.tables" if embeds else "duckdb.views"
    say(message(key, out=out, count=len(files), release=release.release_id))
    return 0


def write_superset_kit(
    out: Annotated[
        Path, typer.Option("--out", help="File to write, for example dti-superset.zip.")
    ],
    database: Annotated[
        str,
        typer.Option("--database", help="Path of the DuckDB file as Superset sees it."),
    ] = "/data/dti.duckdb",
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    lang: options.Lang = "vi",  # noqa: ARG001 - its callback chooses the language
) -> int:
    """Write a ZIP for Superset: datasets on the reading tables, charts, a dashboard."""
    from dti_pipeline.cli.selection import open_release
    from dti_pipeline.reports.superset import kit
    from dti_pipeline.store.parquet import replace_file

    release = open_release(data, as_of=as_of)
    years = release.table("out_ranking")["assessment_year"]
    if years.is_empty():  # nothing was assessed as a whole
        years = release.table("dim_assessment")["assessment_year"]
    replace_file(out, kit(database, year=max(years)))
    say(message("duckdb.superset", out=out, database=database))
    return 0


def statements(path: Path, *, embeds: bool) -> Iterator[str]:
    """Yield the statements that make one table or its view and describe it, from its file."""
    import pyarrow.parquet as pq

    schema = pq.read_schema(path)
    literal = _quoted(glob.escape(str(path)))
    kind = "TABLE" if embeds else "VIEW"
    yield f"CREATE {kind} {path.stem} AS SELECT * FROM read_parquet({literal})"
    yield f"COMMENT ON {kind} {path.stem} IS {_both(schema.metadata, 'grain')}"
    for field in schema:
        description = _both(field.metadata, "description")
        yield f"COMMENT ON COLUMN {path.stem}.{field.name} IS {description}"


def _both(metadata: Mapping[bytes, bytes], key: str) -> str:
    """Return a description in both languages as an SQL text."""
    return _quoted(" · ".join(metadata[f"{key}_{lang}".encode()].decode() for lang in ("vi", "en")))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
