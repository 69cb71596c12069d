"""``dti publish --to``: put the current release into a PostgreSQL database."""

from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import tell
from dti_pipeline.reports.words import name_of
from dti_pipeline.workspace import Workspace


def publish_release(
    to: Annotated[str, typer.Option("--to", metavar="URL")],
    alias: Annotated[str, typer.Option("--schema")] = "dti",
    reader: Annotated[str, typer.Option("--reader")] = "dti_reader",
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
) -> int:
    from dti_pipeline.cli.selection import open_release
    from dti_pipeline.release.overview import STANDING
    from dti_pipeline.release.releases import Published

    if not to.startswith(("postgresql://", "postgres://")):
        raise UsageError("publish.no_postgres")
    release = open_release(data, as_of=as_of)
    # Readers of the stable schema take what it shows for the results in force.
    status = Published(Workspace(data=data).published).status(release.release_id)
    if status not in STANDING:
        name = name_of("statuses", status)
        raise UsageError("publish.not_in_force", release=release.release_id, status=name)
    try:
        import psycopg  # noqa: F401

        from dti_pipeline.reports.database import publish_to
    except ModuleNotFoundError:
        command = "pip install 'dti-pipeline[postgres]'"
        raise UsageError("publish.no_psycopg", command=command) from None
    schema = publish_to(to, release, alias=alias, reader=reader)
    n = len(release.manifest["files"])
    tell("publish.summary", alias=alias, schema=schema, n=n, release=release.release_id)
    return 0
