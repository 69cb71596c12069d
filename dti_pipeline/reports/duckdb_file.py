"""A release as a DuckDB file with one view or table each, for tools that want a database.

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
from typing import Final

from dti_pipeline.release.folder import Release

# The oldest storage format, so that a tool that brings an older DuckDB can open the file.
STORAGE_VERSION: Final = "v1.0.0"


def database(release: Release, *, embeds: bool) -> bytes:
    """Return the file: with the figures in it, or with views on the release's folder."""
    import duckdb

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
                for statement in _statements(file, embeds=embeds):
                    connection.execute(statement)
        return built.read_bytes()


def _statements(path: Path, *, embeds: bool) -> Iterator[str]:
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
    return _quoted(" · ".join(metadata[f"{key}_{lang}".encode()].decode() for lang in ("vi", "en")))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
