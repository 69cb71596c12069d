"""A DuckDB file with one view per table of a release, for tools that want a database.

Superset, Metabase and other query tools open a database file, not a folder, and cannot follow
``latest.json``. The file holds views only, with the descriptions of tables and columns; the
figures stay in the release, which never changes. It is built beside and renamed, so a tool that
has it open goes on reading the release it opened, and nothing else, until it connects again.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import pyarrow.parquet as pq

from dti_pipeline.commands.errors import UsageError
from dti_pipeline.commands.reading import open_release

# The oldest storage format, so that a tool that brings an older DuckDB can open the file.
STORAGE_VERSION: Final = "v1.0.0"


def write_views(out: Path, *, data: Path, as_of: str | None) -> int:
    """Write the file for the current release, or the named one; replace an older one.

    Args:
        out: the file.
        data: the data folder. The views name its absolute path, so a tool must see it there.
        as_of: a release; None for the current one.

    Raises:
        UsageError: if the folder of the file does not exist.
    """
    if not out.parent.is_dir():
        msg = f"there is no folder {out.parent} to write {out.name} into"
        raise UsageError(msg)
    release = open_release(data.resolve(), as_of=as_of)
    files = list(release.manifest["files"])
    with TemporaryDirectory(dir=out.parent, prefix=".dti-") as folder:
        beside = Path(folder) / out.name
        with duckdb.connect(
            str(beside), config={"storage_compatibility_version": STORAGE_VERSION}
        ) as connection:
            for file in files:
                release.scan(Path(file).stem)  # a damaged one is told before a view names it
                for statement in view(release.folder / file):
                    connection.execute(statement)
        beside.replace(out)
    sys.stdout.write(f"{out}: {len(files)} view · views, {release.release_id}\n")
    return 0


def view(path: Path) -> Iterator[str]:
    """Yield the statements that make the view of one table and describe it, from its file."""
    schema = pq.read_schema(path)
    yield f"CREATE VIEW {path.stem} AS SELECT * FROM read_parquet({_quoted(str(path))})"
    yield f"COMMENT ON VIEW {path.stem} IS {_both(schema.metadata, 'grain')}"
    for field in schema:
        about = _both(field.metadata, "description")
        yield f"COMMENT ON COLUMN {path.stem}.{field.name} IS {about}"


def _both(metadata: Mapping[bytes, bytes], key: str) -> str:
    """Return a description in both languages as an SQL text."""
    return _quoted(" · ".join(metadata[f"{key}_{lang}".encode()].decode() for lang in ("vi", "en")))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
