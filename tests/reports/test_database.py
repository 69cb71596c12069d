"""A release in a real PostgreSQL, and in one DuckDB file that is replaced while others read it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dti_pipeline.cli.duckdb_file import write_views
from dti_pipeline.release.folder import Release
from dti_pipeline.reports.database import DatabaseError, publish_to
from tests.release import content
from tests.servers import PostgreSQL, free_port

psycopg = pytest.importorskip("psycopg")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with PostgreSQL() as started:
        yield f"postgresql://{started.address}/postgres"


@pytest.fixture(scope="module")
def schema(server: str, province_release: Release) -> str:
    return publish_to(server, province_release)


def ask(server: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server) as connection:
        return list(connection.execute(statement).fetchall())


def test_the_stable_schema_shows_the_release(server: str, schema: str, province_release) -> None:
    assert schema == f"dti_{province_release.release_id.replace('-', '_')}"
    assert ask(
        server,
        "SELECT unit_name, rank, value FROM dti.out_ranking WHERE assessment_year = 2022 "
        "AND scope = 'overall' AND rank <= 3 ORDER BY rank",
    ) == [("Đà Nẵng", 1, 0.8002), ("Hồ Chí Minh", 2, 0.7163), ("Quảng Ninh", 3, 0.7024)]
    for file, entry in province_release.manifest["files"].items():
        assert ask(server, f"SELECT count(*) FROM dti.{Path(file).stem}") == [(entry["rows"],)]
    assert ask(server, "SELECT release_id, status FROM dti.dim_release") == [
        (province_release.release_id, "published")
    ]


def test_tables_have_keys_references_and_comments(server: str, schema: str) -> None:
    kinds = ask(
        server,
        "SELECT contype, count(*) FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace "
        f"WHERE nspname = '{schema}' AND contype IN ('f', 'p') GROUP BY 1 ORDER BY 1",
    )
    assert [kind for kind, _ in kinds] == ["f", "p"]
    assert dict(kinds)["p"] == int(
        str(ask(server, f"SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}'")[0][0])
    )
    comment = "SELECT col_description('dti.out_ranking'::regclass, attnum) FROM pg_attribute WHERE "
    comment += "attrelid = 'dti.out_ranking'::regclass AND attname = 'gap_to_mean'"
    assert ask(server, comment) == [("Giá trị trừ trung bình · Value minus the mean",)]


def test_the_reading_role_reads_and_nothing_else(server: str, schema: str) -> None:
    with psycopg.connect(server) as connection:
        connection.execute("SET ROLE dti_reader")
        assert connection.execute("SELECT count(*) FROM dti.dim_unit").fetchone()[0] > 60
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"DELETE FROM {schema}.dim_unit")


def test_a_release_that_is_there_is_only_shown_again(
    server: str, schema: str, province_release: Release
) -> None:
    assert publish_to(server, province_release) == schema
    assert publish_to(server, province_release, alias="office") == schema.replace("dti", "office")
    assert ask(server, "SELECT count(*) FROM office.dim_year") == [(3,)]


def test_a_view_that_an_office_has_built_stays_and_shows_what_is_current(
    server: str, schema: str, province_release: Release
) -> None:
    with psycopg.connect(server) as connection:
        connection.execute("CREATE VIEW public.years AS SELECT assessment_year FROM dti.dim_year")
        connection.execute("DROP VIEW dti.dim_tile")
        connection.execute("CREATE VIEW dti.dim_tile AS SELECT 1 AS other")
        connection.execute("CREATE VIEW dti.gone AS SELECT 1 AS one")
    publish_to(server, province_release)
    assert ask(server, "SELECT count(*) FROM public.years") == ask(
        server, f"SELECT count(*) FROM {schema}.dim_year"
    )
    assert ask(server, "SELECT count(DISTINCT unit_set) FROM dti.dim_tile") == [(1,)]
    assert ask(server, "SELECT to_regclass('dti.gone')") == [(None,)]


def test_a_refusal_leaves_the_database_as_it_was(server: str, province_release: Release) -> None:
    with psycopg.connect(server) as connection:
        connection.execute("CREATE SCHEMA kept")
        connection.execute("CREATE TABLE kept.dim_unit (n int)")
    with pytest.raises(DatabaseError, match="nothing was changed"):
        publish_to(server, province_release, alias="kept")
    count = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'kept_%'"
    assert ask(server, count) == [(0,)]


def test_a_database_that_does_not_answer_is_one_message(province_release: Release) -> None:
    with pytest.raises(DatabaseError, match="the database refused"):
        publish_to(f"postgresql://owner@127.0.0.1:{free_port()}/postgres", province_release)


# Ends when it has seen both releases often enough; fails if one connection shows two of them.
READER = """
import sys, duckdb
seen = []
while len(seen) < 20 or len(set(seen)) < 2:
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        ids = connection.execute(
            "SELECT DISTINCT release_id FROM dim_tile UNION SELECT DISTINCT release_id FROM meta_column"
        ).fetchall()
        rows = connection.execute("SELECT count(*) FROM dim_tile").fetchone()[0]
    assert len(ids) == 1 and rows == 400, (ids, rows)
    seen += ids
"""


def test_the_file_with_the_figures_is_replaced_while_two_processes_read(tmp_path: Path) -> None:
    published = content.published_in(tmp_path / "data")
    names = [content.publish(published, number).release_id for number in (1, 2)]
    out = tmp_path / "dti.duckdb"

    def show(release_id: str) -> None:
        write_views(out, data=tmp_path / "data", as_of=release_id, embeds=True)

    show(names[0])
    command = [sys.executable, "-c", READER, str(out)]
    readers = [subprocess.Popen(command) for _ in range(2)]
    for number in range(200):
        show(names[number % 2])
        if all(reader.poll() is not None for reader in readers):
            break
    assert [reader.wait(timeout=60) for reader in readers] == [0, 0]


def test_the_file_with_the_figures_needs_no_folder(tmp_path: Path, province_data: Path) -> None:
    out = tmp_path / "dti.duckdb"
    write_views(out, data=province_data, embeds=True)
    with duckdb.connect(str(out), read_only=True) as connection:
        assert connection.execute(
            "SELECT count(*) FROM duckdb_views() WHERE NOT internal"
        ).fetchone() == (0,)
        comment = connection.execute(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'out_ranking' "
            "AND column_name = 'gap_to_mean'"
        ).fetchone()
        assert comment == ("Giá trị trừ trung bình · Value minus the mean",)
        assert connection.execute("SELECT status FROM dim_release").fetchall() == [("published",)]
