"""Read a release with one reader and print the fingerprint of every column as JSON.

    python read.py pandas|fastparquet|hyper FOLDER

Runs in the environment of ``requirements-readers.lock``, where nothing of this project is
installed. ``snippet FILE`` runs a piece of Python and prints the table it leaves in ``ranking``.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from digest import fingerprint, in_text_order

Columns = Iterator[tuple[str, list[Any], str]]


def with_pandas(path: Path) -> Columns:
    """Yield name, values with None for null, and pandas' own type."""
    import pandas as pd

    yield from _frame(pd.read_parquet(path, engine="pyarrow"))


def with_fastparquet(path: Path) -> Columns:
    import fastparquet

    yield from _frame(fastparquet.ParquetFile(str(path)).to_pandas())


def _frame(frame: Any) -> Columns:
    for name in frame.columns:
        column = frame[name]
        objects = column.astype(object).where(column.notna(), None)
        yield name, objects.tolist(), str(column.dtype)


def with_hyper(path: Path) -> Columns:
    """Load the table into Tableau's engine, then ask it for every row in its order."""
    from tableauhyperapi import (
        Connection,
        CreateMode,
        HyperProcess,
        Telemetry,
        escape_string_literal,
    )

    source = escape_string_literal(str(path))
    with (
        tempfile.TemporaryDirectory() as folder,
        HyperProcess(
            telemetry=Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU,
            parameters={"log_dir": folder},
        ) as hyper,
        Connection(
            endpoint=hyper.endpoint,
            database=str(Path(folder) / "release.hyper"),
            create_mode=CreateMode.CREATE_AND_REPLACE,
        ) as connection,
    ):
        connection.execute_command(
            f"CREATE TABLE released AS SELECT * FROM external({source}, FORMAT => 'parquet')"
        )
        definition = connection.catalog.get_table_definition("released")
        rows = connection.execute_list_query("SELECT * FROM released")
        for place, column in enumerate(definition.columns):
            values = [_date(row[place]) for row in rows]
            yield column.name.unescaped, values, str(column.type)


def _date(value: Any) -> Any:
    """Make Tableau's own date the language's."""
    return value.to_date() if type(value).__name__ == "Date" else value


READERS: dict[str, Callable[[Path], Columns]] = {
    "pandas": with_pandas,
    "fastparquet": with_fastparquet,
    "hyper": with_hyper,
}


# Readers that promise no order of rows.
UNORDERED = frozenset({"hyper"})


def read(reader: str, folder: Path) -> dict[str, Any]:
    """Return table → column → fingerprint, with the reader's own type of the column."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = {}
    for file, entry in manifest["files"].items():
        names, columns, types = zip(*READERS[reader](folder / file), strict=True)
        kinds = [entry["schema"][name] for name in names]
        if reader in UNORDERED:
            columns = in_text_order(columns, kinds)
        found[file] = {
            name: fingerprint(values, kind) | {"type": seen}
            for name, values, kind, seen in zip(names, columns, kinds, types, strict=True)
        }
    return found


def run_snippet(file: Path) -> Any:
    """Run a piece of Python; return the rows of the pandas frame it calls ``ranking``."""
    names: dict[str, Any] = {}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)
    overall = names["ranking"].query("assessment_id == 'province-2022' and scope == 'overall'")
    return overall.sort_values("rank")[["unit_name", "rank"]].head(3).values.tolist()


if __name__ == "__main__":
    command, place = sys.argv[1], Path(sys.argv[2])
    found = run_snippet(place) if command == "snippet" else read(command, place)
    print(json.dumps(found, ensure_ascii=False))
