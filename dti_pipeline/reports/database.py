"""A release in PostgreSQL, for offices whose tools want a database server.

Every release has a schema of its own that never changes; a schema with a stable name holds views
on the current one. Everything happens in one transaction: readers see one release or the other,
and a failure leaves the database as it was.
"""

from collections.abc import Mapping, Sequence

import polars as pl
import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier, Literal

from dti_pipeline.release.folder import Release
from schemas.catalogue import RELEASE_TABLES
from schemas.columns import ARROW_TYPES, SQL_TYPES
from schemas.contract import Table
from schemas.keys import references
from schemas.tables.lookups import DimRelease
from schemas.text import SpokenError

Columns = Mapping[str, Sequence[str]]


class DatabaseError(SpokenError, RuntimeError):
    """A database that refused the release; the message says why. Nothing was changed in it."""


def publish_to(
    url: str, release: Release, *, alias: str = "dti", reader: str = "dti_reader"
) -> str:
    """Put a release into a PostgreSQL database and let the stable schema show it.

    Without a password in the URL that of the environment or of `.pgpass` counts. A release that is
    in the database already is only shown again; a role of readers that is missing is made.

    Returns:
        The schema of the release.

    Raises:
        DatabaseError: if the database cannot be reached or refuses.
    """
    schema = f"{alias}_{release.release_id.replace('-', '_')}"
    files = release.manifest["files"]
    # A release of an earlier version has the columns of its files.
    columns = {
        name: list(files[f"{name}.parquet"]["schema"])
        for name in RELEASE_TABLES
        if f"{name}.parquet" in files
    }
    try:
        with psycopg.connect(url) as connection:
            is_there = connection.execute(
                "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s",
                [schema],
            ).fetchone()
            if is_there is None:
                _load(connection, schema, release, columns)
            elif is_there[0] != release.manifest_sha256:
                raise DatabaseError("publish.other_schema", schema=schema)
            _show(connection, schema, columns, alias=alias)
            _list_releases(connection, release, alias=alias)
            _let_read(connection, [schema, alias], reader)
    except psycopg.Error as error:
        raise DatabaseError("publish.refused", reason=str(error).strip()) from None
    return schema


def _load(connection: Connection, schema: str, release: Release, columns: Columns) -> None:
    _execute(connection, "CREATE SCHEMA {}", Identifier(schema))
    digest = Literal(release.manifest_sha256)
    _execute(connection, "COMMENT ON SCHEMA {} IS {}", Identifier(schema), digest)
    for name, own in columns.items():
        _make_table(connection, schema, RELEASE_TABLES[name], release.table(name).select(own))
    # What is referred to is unique first.
    links = [(name, *link) for name in columns for link in references(name, columns)]
    for table, target in sorted({(table, target) for _, _, table, target in links}):
        if RELEASE_TABLES[table].key() != [target]:
            place = Identifier(schema, table)
            _execute(connection, "ALTER TABLE {} ADD UNIQUE ({})", place, Identifier(target))
    for name, column, table, target in links:
        _execute(
            connection,
            "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({})",
            *(Identifier(schema, name), Identifier(column)),
            *(Identifier(schema, table), Identifier(target)),
        )


def _make_table(
    connection: Connection, schema: str, table: type[Table], rows: pl.DataFrame
) -> None:
    place = Identifier(schema, table.name())
    models = table.to_schema().columns
    columns: list[Composable] = [
        SQL("{} {} {}").format(
            Identifier(name),
            SQL(SQL_TYPES[ARROW_TYPES[models[name].dtype.type]]),
            SQL("" if models[name].nullable else "NOT NULL"),
        )
        for name in rows.columns
    ]
    key = SQL(", ").join(map(Identifier, table.key()))
    columns.append(SQL("PRIMARY KEY ({})").format(key))
    _execute(connection, "CREATE TABLE {} ({})", place, SQL(", ").join(columns))
    _describe(connection, "TABLE", schema, table, rows.columns)
    # An empty text is written in quotes; nulls are not.
    with connection.cursor().copy(SQL("COPY {} FROM STDIN (FORMAT csv)").format(place)) as copy:
        copy.write(rows.write_csv(include_header=False, null_value=""))


def _describe(
    connection: Connection, kind: str, schema: str, table: type[Table], own: Sequence[str]
) -> None:
    models = table.to_schema().columns
    text = Literal(" · ".join(table.grain()))
    _execute(connection, f"COMMENT ON {kind} {{}} IS {{}}", Identifier(schema, table.name()), text)
    for name in own:
        words = models[name].metadata
        place = Identifier(schema, table.name(), name)
        text = Literal(f"{words['vi']} · {words['en']}")
        _execute(connection, "COMMENT ON COLUMN {} IS {}", place, text)


def _show(connection: Connection, schema: str, columns: Columns, *, alias: str) -> None:
    _execute(connection, "CREATE SCHEMA IF NOT EXISTS {}", Identifier(alias))
    # What an office has built on a view stays: one may be replaced that only gains columns.
    views = (
        "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) "
        "FROM information_schema.columns JOIN information_schema.views "
        "USING (table_schema, table_name) WHERE table_schema = %s GROUP BY 1"
    )
    for view, shown in connection.execute(views, [alias]).fetchall():
        if list(columns.get(view, ()))[: len(shown)] != shown:
            _execute(connection, "DROP VIEW {}", Identifier(alias, view))
    for name, own in columns.items():
        place, source = Identifier(alias, name), Identifier(schema, name)
        _execute(connection, "CREATE OR REPLACE VIEW {} AS SELECT * FROM {}", place, source)
        _describe(connection, "VIEW", alias, RELEASE_TABLES[name], own)


def _list_releases(connection: Connection, release: Release, *, alias: str) -> None:
    """Write the table of all releases anew: when, by whom, why, and what became of them."""
    path = release.folder.parents[1] / f"{DimRelease.name()}.parquet"
    _execute(connection, "DROP TABLE IF EXISTS {}", Identifier(alias, DimRelease.name()))
    if path.is_file():
        _make_table(connection, alias, DimRelease, pl.read_parquet(path))


def _let_read(connection: Connection, schemas: Sequence[str], reader: str) -> None:
    role = Identifier(reader)
    is_known = "SELECT 1 FROM pg_roles WHERE rolname = %s"
    if connection.execute(is_known, [reader]).fetchone() is None:
        _execute(connection, "CREATE ROLE {} NOLOGIN", role)
    for schema in map(Identifier, schemas):
        _execute(connection, "GRANT USAGE ON SCHEMA {} TO {}", schema, role)
        _execute(connection, "GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}", schema, role)


def _execute(connection: Connection, statement: str, *parts: Composable) -> None:
    connection.execute(SQL(statement).format(*parts))
