"""Write a table to Parquet so that every reader takes it, and read it back to be sure.

The profile is what every reader tried so far understands: plain types, snappy, no dictionary,
nested, decimal or unsigned 64-bit columns, one row group per million rows, one writer. The same
frame gives the same bytes.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.table import Table, conform


@dataclass(frozen=True)
class WrittenTable:
    """One Parquet file as it stands in a manifest."""

    sha256: str
    bytes: int
    rows: int
    schema: Mapping[str, str]


class ReadBackError(RuntimeError):
    """A file that does not hold what was written; nothing is published then."""


def write_table(frame: pl.DataFrame, *, table: Table, path: Path) -> WrittenTable:
    """Validate a frame against its contract, write it, force it to disk and read it back.

    Args:
        frame: any column order; brought into the table's order and sorted.
        table: the contract; also gives types and descriptions of the fields.
        path: file to create; its folder exists.

    Raises:
        ContractError: if the frame breaks the contract.
        ReadBackError: if the file does not hold the frame.
    """
    ready = conform(frame, table)
    arrow = ready.to_arrow().cast(table.arrow_schema())
    with path.open("wb") as sink:
        pq.write_table(arrow, sink, compression="snappy", version="2.6")
        sink.flush()
        os.fsync(sink.fileno())
    content = path.read_bytes()
    back = pq.read_table(pa.BufferReader(content))
    if not back.equals(arrow):
        msg = f"{path}: read back with pyarrow, the file differs from the table that was written"
        raise ReadBackError(msg)
    return WrittenTable(
        sha256=sha256(content).hexdigest(),
        bytes=len(content),
        rows=ready.height,
        schema={field.name: str(field.type) for field in arrow.schema},
    )


def read_back_with_duckdb(folder: Path, files: Iterable[str]) -> None:
    """Read every file with a second, independent reader and compare each value.

    Raises:
        ReadBackError: if DuckDB reads anything else than pyarrow does.
    """
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name in files:
            path = folder / name
            found = connection.read_parquet(str(path)).to_arrow_table()
            if not found.equals(pq.read_table(path)):
                msg = f"{path}: DuckDB reads something else than was written"
                raise ReadBackError(msg)


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to disk, so that a rename in it survives a crash."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, content: str) -> None:
    """Replace a small file atomically: write beside it, force to disk, rename."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with beside.open("w", encoding="utf-8") as sink:
        sink.write(content)
        sink.flush()
        os.fsync(sink.fileno())
    beside.replace(path)
    sync_folder(path.parent)
