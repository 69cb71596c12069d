"""Write a table to Parquet so that every reader takes it, and read it back to be sure.

The profile is what every reader tried so far understands: plain types, snappy, no dictionary,
nested, decimal or unsigned 64-bit columns, one row group per million rows, one writer. The same
frame gives the same bytes.
"""

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from dti_pipeline.whole_file import naming, write_whole
from schemas.contract import Table
from schemas.text import ForeseenError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


BATCH_ROWS: Final = 2**14
"""Rows that are read back at once."""

MOST_ROWS_WAITING: Final = 2**16
"""A table of more rows is not kept while others are put together."""

MOST_ROWS_WRITTEN: Final = 2**18
"""While more rows are being written, no further table is put together: it fills the memory."""


Rows = pl.DataFrame | pl.LazyFrame
"""Rows to write: a frame that is taken apart, or one that waits in a file."""


@dataclass(frozen=True)
class WrittenTable:
    """One Parquet file as it stands in a manifest."""

    sha256: str
    bytes: int
    rows: int
    schema: Mapping[str, str]


class ReadBackError(ForeseenError, RuntimeError):
    """A file that does not hold what was written; nothing is published then."""


def write_tables(
    frames: Iterable[tuple[type[Table], Rows]], *, folder: Path, reads_twice: bool = False
) -> dict[str, WrittenTable]:
    """Write frames that keep their contracts, force each to disk and read it back.

    Writing and reading back run beside the caller: tables are written while the next are put
    together and validated.

    Args:
        frames: contract → rows, in the table's order (`Table.conform`); of those that wait in a
            file, each column is read when its turn comes.
        folder: where the files are created, each under its table's name.
        reads_twice: also read every file with DuckDB, a second and independent reader.

    Raises:
        ReadBackError: if a file does not hold its frame.
    """
    with (
        ExitStack() as stack,
        ThreadPoolExecutor(max_workers=1) as reader,
        ThreadPoolExecutor(max_workers=2) as writer,
    ):
        # Loading DuckDB takes as long as writing a dozen tables.
        duckdb = reader.submit(lambda: stack.enter_context(_duckdb())) if reads_twice else None

        def read_again(path: Path, arrow: pa.Table) -> None:
            if duckdb:
                read_back_with_duckdb(path, arrow, duckdb.result())

        def write(ready: Rows, table: type[Table], path: Path) -> WrittenTable:
            arrow = _as_arrow(ready, table)
            with naming(path), path.open("wb") as sink:
                _write_parquet(arrow, sink)
                sink.flush()
                os.fsync(sink.fileno())
            again = reader.submit(read_again, path, arrow)
            _read_back(path, arrow)
            again.result()
            with path.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
            types = {field.name: str(field.type) for field in arrow.schema}
            return WrittenTable(digest, path.stat().st_size, arrow.num_rows, types)

        written: dict[str, Future[WrittenTable]] = {}
        n_rows = 0
        for table, frame in frames:
            path = folder / f"{table.name()}.parquet"
            n_rows += frame.lazy().select(pl.len()).collect().item()
            written[table.name()] = writer.submit(write, frame, table, path)
            del frame  # before the next is put together
            if n_rows > MOST_ROWS_WRITTEN:
                wait(written.values())
                pa.default_memory_pool().release_unused()
                n_rows = 0
        return {name: future.result() for name, future in written.items()}


def _read_back(path: Path, expected: pa.Table) -> None:
    with pq.ParquetFile(path) as file:
        is_same = _are_same(file.schema_arrow, file.iter_batches(BATCH_ROWS), expected)
    if not is_same:
        msg = f"{path}: read back with pyarrow, the file differs from the table that was written"
        raise ReadBackError(msg)


def parquet_bytes(ready: pl.DataFrame, table: type[Table]) -> bytes:
    """Return the Parquet file of a frame that keeps its contract."""
    sink = BytesIO()
    _write_parquet(_as_arrow(ready.clone(), table), sink)
    return sink.getvalue()


def _as_arrow(ready: Rows, table: type[Table]) -> pa.Table:
    """Take a frame apart, column by column: both copies of a whole one fill the memory."""
    schema = table.arrow_schema()
    columns = [as_array(_take(ready, field.name), field.type) for field in schema]
    return pa.table(columns, schema=schema)


def _take(ready: Rows, name: str) -> pl.Series:
    if isinstance(ready, pl.DataFrame):
        return ready.drop_in_place(name)
    return ready.select(name).collect().to_series()


def as_array(values: pl.Series, kind: pa.DataType) -> pa.Array:
    """Return a column as an array of pyarrow.

    pyarrow itself copies the texts that Polars holds: a copy that Polars has made stays in memory
    with all its parts, of which pyarrow needs one.
    """
    return values.rechunk().to_arrow(compat_level=pl.CompatLevel.newest()).cast(kind)


def _write_parquet(arrow: pa.Table, sink: IO[bytes]) -> None:
    pq.write_table(arrow, sink, compression="snappy", version="2.6")


def _are_same(schema: pa.Schema, batches: Iterable[pa.RecordBatch], expected: pa.Table) -> bool:
    """Compare what a reader gives with the table, part by part: a second one fills the memory."""
    place = 0
    for batch in batches:
        part = expected.slice(place, batch.num_rows)
        if not pa.Table.from_batches([batch]).equals(part):
            return False
        place += batch.num_rows
    return place == expected.num_rows and bool(schema.equals(expected.schema))


def read_back_with_duckdb(path: Path, expected: pa.Table, connection: "DuckDBPyConnection") -> None:
    """Read a file with a second, independent reader and compare each value."""
    # DuckDB takes a path for a pattern, as in a folder `DTI [2025]`.
    literal = glob.escape(str(path))
    rows = connection.cursor().read_parquet(literal).to_arrow_reader(BATCH_ROWS)
    if not _are_same(rows.schema, rows, expected):
        msg = f"{path}: DuckDB reads something else than was written"
        raise ReadBackError(msg)


@contextmanager
def _duckdb() -> "Iterator[DuckDBPyConnection]":
    import duckdb

    with duckdb.connect() as connection:
        # Global, because every thread reads through a cursor, which is a session of its own.
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        yield connection


def sync(path: Path) -> None:
    """Force a file's content, or a folder's entries, to disk, so that it survives a crash."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with naming(path):
            os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, content: str | bytes) -> None:
    """Replace a small file atomically, so that it survives a crash."""
    write_whole(path, content if isinstance(content, bytes) else content.encode())
    sync(path.parent)
