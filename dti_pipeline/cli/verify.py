"""``dti verify``: a release from the pointer to its inputs, and computed again from them."""

from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import print_json, say, tell
from dti_pipeline.workspace import Workspace
from schemas.messages import message


def verify_release(
    release_id: Annotated[str | None, typer.Argument(metavar="[RELEASE]")] = None,
    recompute: Annotated[bool, typer.Option("--recompute")] = False,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    from dti_pipeline.cli.selection import open_release
    from dti_pipeline.release.releases import Published
    from dti_pipeline.release.verify import broken_links, differing_tables
    from dti_pipeline.store.revisions import Store
    from dti_pipeline.store.storage import storage_of

    storage_of(data).forget()
    release = open_release(data, as_of=release_id)
    workspace = Workspace(data=data)
    published, store = Published(workspace.published), Store(workspace.store)
    problems = broken_links(published, store, release)
    if recompute and not problems:
        problems = differing_tables(published, store, release)
    if as_json:
        print_json([{"problem": text.en} for text in problems], release_id=release.release_id)
        return 1 if problems else 0
    for text in problems:
        say(f"{release.release_id}: {spoken(text)}")
    if problems:
        say(f"{spoken(message('releases.remedy'))}.")
    else:
        again = message("verify.recomputed", count=len(release.revisions)) if recompute else ""
        n_files, name = len(release.manifest["files"]), release.release_id
        tell("verify.whole", name=name, files=n_files, again=again)
    return 1 if problems else 0
