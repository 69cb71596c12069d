"""Every reader reads the same values: the tables of a real release, value by value."""

import json
import os
import re
import shutil
import subprocess
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dti_pipeline.cli.duckdb_file import write_views
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.release.folder import Release
from tests.conftest import REPOSITORY
from tests.release.readers.digest import fingerprint, in_text_order
from tests.tables import one

HERE = Path(__file__).parent / "readers"
# Published facts of 2022; every reader must show just these.
FIRST_OF_2022 = [("Đà Nẵng", 0.8002, 1), ("Hồ Chí Minh", 0.7163, 2), ("Quảng Ninh", 0.7024, 3)]
TYPES = {
    "string": (pl.String(), "VARCHAR"),
    "int32": (pl.Int32(), "INTEGER"),
    "int64": (pl.Int64(), "BIGINT"),
    "double": (pl.Float64(), "DOUBLE"),
    "bool": (pl.Boolean(), "BOOLEAN"),
    "date32[day]": (pl.Date(), "DATE"),
}


# ---- polars, pyarrow, DuckDB -------------------------------------------------------------------


def with_polars(path: Path, _: duckdb.DuckDBPyConnection) -> pa.Table:
    """Read with Polars' own reader; its text is long text, nothing else is changed."""
    frame = pl.read_parquet(path)
    return frame.to_arrow().cast(pq.read_schema(path).remove_metadata())


def with_duckdb(path: Path, connection: duckdb.DuckDBPyConnection) -> pa.Table:
    return connection.read_parquet(str(path)).to_arrow_table()


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.mark.parametrize("read", [with_polars, with_duckdb])
def test_polars_pyarrow_and_duckdb_read_the_same_values_in_the_same_order(
    province_release: Release,
    connection: duckdb.DuckDBPyConnection,
    read: Callable[[Path, duckdb.DuckDBPyConnection], pa.Table],
) -> None:
    rows = 0
    for file, entry in province_release.manifest["files"].items():
        path = province_release.folder / file
        expected = pq.read_table(path).replace_schema_metadata()
        found = read(path, connection)
        assert found.num_rows == entry["rows"]
        assert found.column_names == list(entry["schema"])
        for name in entry["schema"]:
            assert found[name].equals(expected[name]), (file, name)
        rows += found.num_rows
    assert rows > 20_000


def test_every_type_is_the_one_that_the_manifest_names(
    province_release: Release, connection: duckdb.DuckDBPyConnection
) -> None:
    met = set()
    for file, entry in province_release.manifest["files"].items():
        path = province_release.folder / file
        frame = pl.read_parquet(path)
        named = connection.read_parquet(str(path))
        types = dict(zip(named.columns, map(str, named.types), strict=True))
        for name, kind in entry["schema"].items():
            assert (frame.schema[name], types[name]) == TYPES[kind], (file, name)
            met.add(kind)
    assert met == set(TYPES)


def test_every_reader_shows_the_published_first_three_of_2022(province_release: Release) -> None:
    path = province_release.folder / "fact_ranking.parquet"
    is_wanted = (
        (pl.col("assessment_id") == "province-2022")
        & (pl.col("scope") == "overall")
        & (pl.col("rank") <= 3)
    )
    columns = ["unit_name", "value", "rank"]
    by_polars = pl.read_parquet(path).filter(is_wanted).sort("rank").select(columns).rows()
    by_pyarrow = pq.read_table(
        path,
        columns=columns,
        filters=[
            ("assessment_id", "==", "province-2022"),
            ("scope", "==", "overall"),
            ("rank", "<=", 3),
        ],
    ).sort_by("rank")
    assert by_polars == FIRST_OF_2022
    assert [tuple(row.values()) for row in by_pyarrow.to_pylist()] == FIRST_OF_2022


def test_whole_numbers_text_nulls_and_dates_come_back_exactly(province_release: Release) -> None:
    with duckdb.connect() as connection:
        scores = connection.execute(
            "SELECT points_micro, points FROM read_parquet(?)",
            [str(province_release.folder / "fact_component_score.parquet")],
        ).fetchall()
        unranked = connection.execute(
            "SELECT count(*) FROM read_parquet(?) WHERE rank IS NULL AND scope = 'main'",
            [str(province_release.folder / "fact_ranking.parquet")],
        ).fetchone()
        unit = connection.execute(
            "SELECT name_vi, valid_to::VARCHAR FROM read_parquet(?) WHERE unit_id = 'VN-P63-46'",
            [str(province_release.folder / "dim_unit.parquet")],
        ).fetchone()
    known = [(micro, points) for micro, points in scores if micro is not None]
    assert len(known) > 6_000
    assert all(type(micro) is int and points == micro / 1_000_000 for micro, points in known)
    assert unranked is not None
    assert (
        unranked[0]
        == province_release.table("fact_ranking")
        .filter(pl.col("rank").is_null(), pl.col("scope") == "main")
        .height
    )
    assert unranked[0] > 0
    assert unit == ("Thừa Thiên Huế", "2025-06-30")


# ---- what README says --------------------------------------------------------------------------


def snippets(language: str) -> list[str]:
    """Return the pieces of code of the README's section on reading."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    section = re.search(r"\n## Read a release\n(.*?)\n## ", text, re.DOTALL)
    assert section is not None
    return re.findall(rf"```{language}\n(.*?)```", section.group(1), re.DOTALL)


def test_the_lines_for_duckdb_in_the_readme_give_the_ranking(
    province_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(province_data.parent)
    (lines,) = (text for text in snippets("sql") if "latest.json" in text)
    with duckdb.connect() as connection:
        rows = connection.execute(lines).fetchall()
    assert [tuple(row) for row in rows[:3]] == FIRST_OF_2022
    assert len(rows) == 63


def test_the_readme_names_only_files_and_keys_that_exist(
    province_data: Path, province_release: Release
) -> None:
    pointer = json.loads((province_data / "published/latest.json").read_text(encoding="utf-8"))
    for language in ("python", "sql", "r", "powerquery"):
        (text,) = (text for text in snippets(language) if "latest.json" in text)
        files = re.findall(r"\w+\.parquet", text)
        assert files
        assert set(files) <= set(province_release.manifest["files"])
        (key,) = re.findall(r'\["(\w+)"\]|\$(\w+)\)|\[(\w+)\]|SELECT (path) FROM', text)
        assert "".join(key) in pointer


# ---- a DuckDB file for tools that want a database ----------------------------------------------


def test_the_duckdb_file_shows_every_table_with_its_descriptions(
    province_data: Path, province_release: Release, tmp_path: Path
) -> None:
    file = tmp_path / "dti's.duckdb"
    file.write_bytes(b"an older file")
    assert write_views(file, data=province_data, as_of=None) == 0
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    with duckdb.connect(str(file), read_only=True) as connection:
        for name, entry in province_release.manifest["files"].items():
            found = connection.table(name.removesuffix(".parquet")).to_arrow_table()
            assert found.num_rows == entry["rows"]
            assert found.column_names == list(entry["schema"])
        (ids,) = connection.execute("SELECT DISTINCT release_id FROM fact_ranking").fetchall()
        described = connection.execute(
            "SELECT count(*), count(comment) FROM duckdb_columns() "
            "WHERE NOT internal AND table_name <> 'dim_release'"
        ).fetchone()
        rank = connection.execute(
            "SELECT comment FROM duckdb_columns() "
            "WHERE table_name = 'fact_ranking' AND column_name = 'rank'"
        ).fetchone()
    columns = sum(len(entry["schema"]) for entry in province_release.manifest["files"].values())
    assert ids == (province_release.release_id,)
    assert described == (columns, columns)
    assert rank is not None
    meta = one(province_release.table("meta_column"), table_name="fact_ranking", column_name="rank")
    assert rank[0] == f"{meta['description_vi']} · {meta['description_en']}"


def test_a_duckdb_file_is_not_written_into_a_folder_that_is_not_there(
    province_data: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        write_views(tmp_path / "none" / "dti.duckdb", data=province_data, as_of=None)


# ---- readers in environments of their own ------------------------------------------------------


@pytest.fixture(scope="module")
def released(province_release: Release) -> dict[str, dict[str, Any]]:
    """Return the fingerprint of every column as Polars reads it."""
    return fingerprints(province_release, is_ordered=True)


def fingerprints(release: Release, *, is_ordered: bool) -> dict[str, dict[str, Any]]:
    found = {}
    for file, entry in release.manifest["files"].items():
        frame = release.table(file.removesuffix(".parquet"))
        kinds = [entry["schema"][name] for name in frame.columns]
        columns = [column.to_list() for column in frame]
        if not is_ordered:
            columns = in_text_order(columns, kinds)
        triples = zip(frame.columns, columns, kinds, strict=True)
        found[file] = {name: fingerprint(values, kind) for name, values, kind in triples}
    return found


def types_seen(found: dict[str, dict[str, Any]], release: Release) -> set[tuple[str, bool, str]]:
    """Return (published type, whether some but not all are null, the reader's type)."""
    return {
        (
            entry["schema"][name],
            0 < column["nulls"] < entry["rows"],
            column.get("type") or "/".join(column["seen"]),
        )
        for file, entry in release.manifest["files"].items()
        for name, column in found[file].items()
        if column["nulls"] < entry["rows"]
    }


def compare(found: dict[str, dict[str, Any]], released: dict[str, dict[str, Any]]) -> None:
    assert list(found) == list(released)
    for file, columns in released.items():
        assert list(found[file]) == list(columns)
        for name, expected in columns.items():
            got = found[file][name]
            assert (got["sha256"], got["nulls"]) == (expected["sha256"], expected["nulls"]), (
                f"{file}: {name} is read as {got}"
            )


@pytest.fixture(scope="session")
def readers_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of a fresh environment from ``requirements-readers.lock``.

    ``DTI_READERS_VENV`` names a folder to keep it in from run to run.
    """
    kept = os.environ.get("DTI_READERS_VENV")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("readers") / "venv"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True, symlinks=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    lock = REPOSITORY / "requirements-readers.lock"
    subprocess.run([*install, "--require-hashes", "-r", lock], check=True, timeout=500)
    return python


def run_reader(python: Path, *arguments: object, cwd: Path | None = None) -> Any:
    read = subprocess.run(
        [python, HERE / "read.py", *arguments],
        check=True,
        cwd=cwd,
        stdout=subprocess.PIPE,
        timeout=300,
    )
    return json.loads(read.stdout)


# Published type → what each reader makes of a column without nulls, and of one with some.
# Whole numbers beside nulls become floats in pandas: dtype_backend="pyarrow" keeps them.
READERS = ("pandas", "fastparquet", "hyper", "hyparquet")
SEEN = {
    "string": ("str str", "object object", "TEXT TEXT", "string string"),
    "int32": ("int32 float64", "int32 Int32", "INT INT", "number number"),
    "int64": ("int64", "int64", "BIG_INT", "bigint"),
    "double": ("float64 float64", "float64 float64", "DOUBLE DOUBLE", "number number"),
    "bool": ("bool", "bool", "BOOL", "boolean"),
    "date32[day]": ("object object", "datetime64[ns] datetime64[ns]", "DATE DATE", "Date Date"),
}


def expected_types(reader: str) -> set[tuple[str, bool, str]]:
    """Return what `types_seen` gives at least."""
    return {
        (kind, has_nulls, name)
        for kind, names in SEEN.items()
        for has_nulls, name in zip(
            (False, True), names[READERS.index(reader)].split(), strict=False
        )
    }


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["pandas", "fastparquet"])
def test_pandas_and_fastparquet_read_the_same_values(
    readers_python: Path,
    province_release: Release,
    released: dict[str, dict[str, Any]],
    reader: str,
) -> None:
    found = run_reader(readers_python, reader, province_release.folder)
    compare(found, released)
    assert types_seen(found, province_release) >= expected_types(reader)


@pytest.mark.slow
def test_tableau_reads_the_same_values(readers_python: Path, province_release: Release) -> None:
    found = run_reader(readers_python, "hyper", province_release.folder)
    compare(found, fingerprints(province_release, is_ordered=False))
    assert types_seen(found, province_release) >= expected_types("hyper")


@pytest.mark.slow
def test_a_javascript_reader_reads_the_same_values(
    province_release: Release, released: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    folder = shutil.copytree(HERE / "js", tmp_path / "js")
    subprocess.run(["npm", "ci", "--ignore-scripts"], check=True, cwd=folder, timeout=300)
    read = subprocess.run(
        ["node", "read.mjs", province_release.folder],
        check=True,
        cwd=folder,
        stdout=subprocess.PIPE,
        timeout=300,
    )
    found = json.loads(read.stdout)
    compare(found, released)
    assert types_seen(found, province_release) >= expected_types("hyparquet")


@pytest.mark.slow
def test_the_lines_for_pandas_in_the_readme_give_the_ranking(
    readers_python: Path, province_data: Path, tmp_path: Path
) -> None:
    (lines,) = (text for text in snippets("python") if "latest.json" in text)
    file = tmp_path / "snippet.py"
    file.write_text(lines, encoding="utf-8")
    rows = run_reader(readers_python, "snippet", file, cwd=province_data.parent)
    assert rows == [[name, rank] for name, _, rank in FIRST_OF_2022]
