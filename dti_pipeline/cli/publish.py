"""``dti publish --to``: put the current release into a PostgreSQL database."""

from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import say
from schemas.text import Text


def publish_release(
    to: Annotated[
        str,
        typer.Option("--to", metavar="URL", help="The database, postgresql://user@host/name."),
    ],
    alias: Annotated[
        str, typer.Option("--schema", help="Schema with the stable name, for tools.")
    ] = "dti",
    reader: Annotated[
        str, typer.Option("--reader", help="Role that may read and nothing else.")
    ] = "dti_reader",
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    lang: options.Lang = "vi",  # noqa: ARG001 - its callback chooses the language
) -> int:
    """Put a release into a PostgreSQL database: one schema per release, one with a stable name."""
    from dti_pipeline.cli.selection import open_release

    if not to.startswith(("postgresql://", "postgres://")):
        raise UsageError(
            Text(
                "chỉ nhận địa chỉ postgresql://…; đề nghị sửa --to",
                "only addresses postgresql://… are taken; correct --to",
            )
        )
    try:
        import psycopg  # noqa: F401

        from dti_pipeline.reports.database import publish_to
    except ModuleNotFoundError:
        command = "pip install 'dti-pipeline[postgres]'"
        raise UsageError(
            Text(
                f"chưa cài psycopg; đề nghị chạy: {command}",
                f"psycopg is not installed; run: {command}",
            )
        ) from None
    release = open_release(data, as_of=as_of)
    schema = publish_to(to, release, alias=alias, reader=reader)
    n = len(release.manifest["files"])
    say(
        Text(
            f"{alias} → {schema}: {n} bảng, {release.release_id}",
            f"{alias} → {schema}: {n} tables, {release.release_id}",
        )
    )
    return 0
