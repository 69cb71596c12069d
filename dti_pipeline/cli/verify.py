"""``dti verify``: a release against its manifest, and computed again from its inputs."""

from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.output import print_json, say
from dti_pipeline.workspace import Workspace


def verify_release(
    release_id: Annotated[
        str | None, typer.Argument(metavar="[RELEASE]", help="Default: the current release.")
    ] = None,
    recompute: Annotated[
        bool,
        typer.Option("--recompute", help="Also compute its revisions again from their inputs."),
    ] = False,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    """Check a release against its manifest, byte for byte."""
    from dti_pipeline.cli.selection import open_release
    from dti_pipeline.release.releases import verify
    from dti_pipeline.store.recorded import recompute as recompute_revision
    from dti_pipeline.store.revisions import Store

    release = open_release(data, as_of=release_id)
    problems = verify(release)
    if recompute:
        store = Store(Workspace(data=data).store)
        problems += [
            f"{revision_id}: {table} comes out differently"
            for revision_id in release.revisions.values()
            for table in recompute_revision(store.revision(revision_id), store)
        ]
    if as_json:
        print_json([{"problem": text} for text in problems], release_id=release.release_id)
        return 1 if problems else 0
    for text in problems:
        say(f"{release.release_id}: {text}")
    if not problems:
        n = len(release.manifest["files"])
        again = f", {len(release.revisions)} revisions recomputed" if recompute else ""
        say(f"{release.release_id}: {n} files as in the manifest{again}")
    return 1 if problems else 0
