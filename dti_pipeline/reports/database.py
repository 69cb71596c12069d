"""A release in PostgreSQL, for offices whose tools want a database server.

Every release has a schema of its own that never changes; a schema with a stable name holds views
on the current one. Everything happens in one transaction: readers see one release or the other,
and a failure leaves the database as it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from dti_pipeline.release.folder import Release
from schemas.catalogue import RELEASE_TABLES
from schemas.columns import ARROW_TYPES
from schemas.contract import Table
from schemas.keys import REFERENCES
from schemas.tables.lookups import DimRelease
from schemas.text import SpokenError, Text

if TYPE_CHECKING:
    from psycopg import Connection, sql

Columns = Mapping[str, Sequence[str]]

ALIAS: Final = "dti"
READER: Final = "dti_reader"
_TYPES: Final[Mapping[str, str]] = {
    **{"string": "text", "int32": "integer", "int64": "bigint", "float64": "double precision"},
    **{"bool": "boolean", "date": "date", "timestamp": "timestamptz"},
}


class DatabaseError(SpokenError, RuntimeError):
    """A database that refused the release; the message says why. Nothing was changed in it."""


def publish_to(url: str, release: Release, *, alias: str = ALIAS, reader: str = READER) -> str:
    """Put a release into a PostgreSQL database and let the stable schema show it.

    Args:
        url: `postgresql://…`; without a password that of the environment or of `.pgpass` counts.
        release: the release; one that is in the database already is only shown again.
        alias: schema with the stable name.
        reader: role that may read and nothing else; made where it is missing.

    Returns:
        The schema of the release.

    Raises:
        DatabaseError: if the database cannot be reached or refuses.
    """
    import psycopg

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
            known = connection.execute(
                "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s",
                [schema],
            ).fetchone()
            if known is None:
                _load(connection, schema, release, columns)
            elif known[0] != release.manifest_sha256:
                raise DatabaseError(
                    Text(
                        f"schema {schema} đã có nhưng không phải của bản phát hành này; đề nghị "
                        "đổi tên hoặc xóa schema đó",
                        f"schema {schema} exists and is not of this release; rename or drop it",
                    )
                )
            _show(connection, schema, columns, alias=alias)
            _list_releases(connection, release.folder.parents[1], alias=alias)
            _let_read(connection, [schema, alias], reader)
    except psycopg.Error as error:
        reason = str(error).strip()
        raise DatabaseError(
            Text(
                f"cơ sở dữ liệu từ chối, không có gì thay đổi: {reason}",
                f"the database refused, nothing was changed: {reason}",
            )
        ) from None
    return schema


def _load(connection: "Connection", schema: str, release: Release, columns: Columns) -> None:
    """Make the schema of a release with its tables, keys, references and comments."""
    from psycopg.sql import SQL, Identifier, Literal

    connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
    comment = SQL("COMMENT ON SCHEMA {} IS {}")
    connection.execute(comment.format(Identifier(schema), Literal(release.manifest_sha256)))
    for name, own in columns.items():
        for statement in _table_statements(schema, RELEASE_TABLES[name], own):
            connection.execute(statement)
        _copy(connection, schema, name, release.table(name).select(own))
    for statement in _reference_statements(schema, columns):
        connection.execute(statement)


def _table_statements(
    schema: str, table: type[Table], own: Sequence[str]
) -> Iterator["sql.Composed"]:
    from psycopg.sql import SQL, Identifier, Literal

    place = Identifier(schema, table.name())
    models = {name: table.to_schema().columns[name] for name in own}
    columns = [
        SQL("{} {} {}").format(
            Identifier(name),
            SQL(_TYPES[ARROW_TYPES[model.dtype.type]]),
            SQL("" if model.nullable else "NOT NULL"),
        )
        for name, model in models.items()
    ]
    key = SQL("PRIMARY KEY ({})").format(SQL(", ").join(map(Identifier, table.key())))
    yield SQL("CREATE TABLE {} ({})").format(place, SQL(", ").join([*columns, key]))
    yield SQL("COMMENT ON TABLE {} IS {}").format(place, Literal(" · ".join(table.grain())))
    for name, model in models.items():
        text = f"{model.metadata['vi']} · {model.metadata['en']}"
        column = Identifier(schema, table.name(), name)
        yield SQL("COMMENT ON COLUMN {} IS {}").format(column, Literal(text))


def _copy(connection: "Connection", schema: str, name: str, frame: pl.DataFrame) -> None:
    from psycopg.sql import SQL, Identifier

    # An empty text is written in quotes; nulls are not.
    content = frame.write_csv(include_header=False, null_value="")
    statement = SQL("COPY {} FROM STDIN (FORMAT csv)").format(Identifier(schema, name))
    with connection.cursor().copy(statement) as copy:
        copy.write(content)


def _reference_statements(schema: str, columns: Columns) -> Iterator["sql.Composed"]:
    """Yield the constraints between tables; what they refer to is unique first."""
    from psycopg.sql import SQL, Identifier

    for table, column in sorted(set(REFERENCES.values())):
        if column in columns.get(table, ()) and RELEASE_TABLES[table].key() != [column]:
            yield SQL("ALTER TABLE {} ADD UNIQUE ({})").format(
                Identifier(schema, table), Identifier(column)
            )
    for name, own in columns.items():
        for column, (table, target) in REFERENCES.items():
            is_there = column in own and target in columns.get(table, ())
            if is_there and (name, column) != (table, target):
                yield SQL("ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({})").format(
                    Identifier(schema, name),
                    Identifier(column),
                    Identifier(schema, table),
                    Identifier(target),
                )


def _show(connection: "Connection", schema: str, columns: Columns, *, alias: str) -> None:
    """Let the views of the stable schema show the tables of a release."""
    from psycopg.sql import SQL, Identifier, Literal

    connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(alias)))
    views = connection.execute(
        "SELECT viewname FROM pg_views WHERE schemaname = %s", [alias]
    ).fetchall()
    for (view,) in views:
        connection.execute(SQL("DROP VIEW {}").format(Identifier(alias, view)))
    for name, own in columns.items():
        table = RELEASE_TABLES[name]
        place = Identifier(alias, name)
        connection.execute(
            SQL("CREATE VIEW {} AS SELECT * FROM {}").format(place, Identifier(schema, name))
        )
        text = Literal(" · ".join(table.grain()))
        connection.execute(SQL("COMMENT ON VIEW {} IS {}").format(place, text))
        for column in own:
            model = table.to_schema().columns[column]
            words = Literal(f"{model.metadata['vi']} · {model.metadata['en']}")
            connection.execute(
                SQL("COMMENT ON COLUMN {} IS {}").format(Identifier(alias, name, column), words)
            )


def _list_releases(connection: "Connection", published: Path, *, alias: str) -> None:
    """Write the table of all releases anew: when, by whom, why, and what became of them."""
    from psycopg.sql import SQL, Identifier

    path = published / f"{DimRelease.name()}.parquet"
    connection.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(alias, DimRelease.name())))
    if path.is_file():
        for statement in _table_statements(alias, DimRelease, DimRelease.names()):
            connection.execute(statement)
        _copy(connection, alias, DimRelease.name(), pl.read_parquet(path))


def _let_read(connection: "Connection", schemas: list[str], reader: str) -> None:
    from psycopg.sql import SQL, Identifier

    role = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [reader]).fetchone()
    if role is None:
        connection.execute(SQL("CREATE ROLE {} NOLOGIN").format(Identifier(reader)))
    for schema in schemas:
        for grant in ("USAGE ON SCHEMA {}", "SELECT ON ALL TABLES IN SCHEMA {}"):
            statement = SQL("GRANT " + grant + " TO {}")
            connection.execute(statement.format(Identifier(schema), Identifier(reader)))
