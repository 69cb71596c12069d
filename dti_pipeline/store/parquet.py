"""Write a table to Parquet so that every reader takes it, and read it back to be sure.

The profile is what every reader tried so far understands: plain types, snappy, no dictionary,
nested, decimal or unsigned 64-bit columns, one row group per million rows, one writer. The same
frame gives the same bytes.
"""

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.contract import Table
from schemas.text import ForeseenError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


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
    frames: Iterable[tuple[type[Table], pl.DataFrame]], *, folder: Path, reads_twice: bool = False
) -> dict[str, WrittenTable]:
    """Validate frames against their contracts, write each, force it to disk and read it back.

    Writing and reading back run beside the caller: tables are written while the next are put
    together and validated.

    Args:
        frames: contract → rows, in any column order; brought into the table's order and sorted.
        folder: where the files are created, each under its table's name.
        reads_twice: also read every file with DuckDB, a second and independent reader.

    Returns:
        What was written, by table name in the order of the frames.

    Raises:
        ContractError: if a frame breaks its contract.
        ReadBackError: if a file does not hold its frame.
    """
    with ExitStack() as stack, ThreadPoolExecutor(max_workers=2) as writer:
        # Loading the second reader takes as long as writing a dozen tables: that as well happens
        # beside the caller.
        second = writer.submit(lambda: stack.enter_context(_duckdb())) if reads_twice else None
        written = {}
        for table, frame in frames:
            path = folder / f"{table.name()}.parquet"
            ready = table.conform(frame)
            written[table.name()] = writer.submit(_write, ready, table, path, second)
        return {name: future.result() for name, future in written.items()}


def _write(
    ready: pl.DataFrame, table: type[Table], path: Path, second: "Future[DuckDBPyConnection] | None"
) -> WrittenTable:
    arrow = ready.to_arrow().cast(table.arrow_schema())
    with path.open("wb") as sink:
        sink.write(_parquet(arrow))
        sink.flush()
        os.fsync(sink.fileno())
    content = path.read_bytes()
    if not pq.ParquetFile(pa.BufferReader(content)).read().equals(arrow):
        msg = f"{path}: read back with pyarrow, the file differs from the table that was written"
        raise ReadBackError(msg)
    if second is not None:
        read_back_with_duckdb(path, arrow, second.result())
    return WrittenTable(
        sha256=sha256(content).hexdigest(),
        bytes=len(content),
        rows=ready.height,
        schema={field.name: str(field.type) for field in arrow.schema},
    )


def parquet_bytes(ready: pl.DataFrame, table: type[Table]) -> bytes:
    """Return the Parquet file of a frame that keeps its contract."""
    return _parquet(ready.to_arrow().cast(table.arrow_schema()))


def _parquet(arrow: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(arrow, sink, compression="snappy", version="2.6")
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def read_back_with_duckdb(path: Path, expected: pa.Table, connection: "DuckDBPyConnection") -> None:
    """Read a file with a second, independent reader and compare each value.

    Raises:
        ReadBackError: if DuckDB reads anything else than was written.
    """
    # DuckDB takes a path for a pattern, as in a folder `DTI [2025]`.
    literal = glob.escape(str(path))
    if not connection.cursor().read_parquet(literal).to_arrow_table().equals(expected):
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
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, content: str | bytes) -> None:
    """Replace a small file atomically: write beside it, force to disk, rename."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as sink:
            sink.write(content if isinstance(content, bytes) else content.encode())
            sink.flush()
            os.fsync(sink.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    sync(path.parent)
