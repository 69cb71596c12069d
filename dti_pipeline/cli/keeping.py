"""``dti backup``, ``dti restore``, ``dti tidy``: keep the data folder, and throw away what ages."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import fixed, print_table, say, tell
from dti_pipeline.cli.portal import configure_portal, require_packages
from dti_pipeline.portal.settings import has_portal
from dti_pipeline.workspace import Workspace
from schemas.text import Text

if TYPE_CHECKING:
    from dti_pipeline.release.releases import Published

PORTAL: Final = "portal.tar"
MEGABYTE: Final = 2**20


def write_backup(
    target: Annotated[Path, typer.Argument(metavar="FILE|DIR")],
    data: options.Data = Path("data"),
) -> int:
    from dti_pipeline.release import backup
    from dti_pipeline.store.storage import storage_of

    workspace = Workspace(data=data.resolve())
    storage_of(workspace.data).bring(workspace.data)
    path = target / f"dti-{datetime.now():%Y%m%d-%H%M%S}.tar" if target.is_dir() else target
    with tempfile.TemporaryDirectory() as folder:
        beside: dict[str, Path] = {}
        if has_portal(workspace.data):
            configure_portal(workspace.data)
            from dti_pipeline.portal.backup import write_backup as write_portal

            beside = {PORTAL: Path(folder) / PORTAL}
            write_portal(beside[PORTAL])
        # The backup of the portal holds deliveries and settings as well.
        without = ("portal", "raw", "config") if beside else ()
        count = backup.write_backup(workspace, path, beside=beside, without=without)
    size = fixed(path.stat().st_size / MEGABYTE, 1)
    say(Text(f"{path}: {count} tệp, {size} MB", f"{path}: {count} file(s), {size} MB"))
    return 0


def restore_backup(
    file: Path,
    data: options.NewData = Path("data"),
) -> int:
    from dti_pipeline.release import backup
    from dti_pipeline.release.releases import Published
    from dti_pipeline.release.verify import broken_links
    from dti_pipeline.store.revisions import Store
    from dti_pipeline.store.storage import COPIES, storage_of

    if not file.is_file():
        raise UsageError("files.missing", file=file)
    workspace = Workspace(data=data.resolve())
    with backup.restoring(file, workspace) as (staging, count):
        if (staging / PORTAL).is_file():
            if workspace.data in COPIES:
                raise UsageError("backup.portal_needs_a_folder")
            require_packages()
            from dti_pipeline.portal.backup import restore_backup as restore_portal

            url = os.environ.get("DTI_DATABASE_URL", "")
            restore_portal(staging / PORTAL, workspace.data, database_url=url)
            (staging / PORTAL).unlink()
    published, store, is_whole = Published(workspace.published), Store(workspace.store), True
    releases = published.releases()
    for release in releases:
        for problem in broken_links(published, store, release):
            say(f"{release.release_id}: {spoken(problem)}")
            is_whole = False
    address = storage_of(workspace.data).address(workspace.data)
    tell("backup.restored", folder=address, count=count, releases=len(releases))
    return 0 if is_whole else 1


def tidy(
    older_than: Annotated[int, typer.Option("--older-than", min=1, metavar="DAYS")] = 90,
    deletes: Annotated[bool, typer.Option("--delete")] = False,
    data: options.Data = Path("data"),
) -> int:
    from dti_pipeline.release.journal import account
    from dti_pipeline.release.releases import Published

    workspace = Workspace(data=data.resolve())
    published = Published(workspace.published)
    before = datetime.now(UTC) - timedelta(days=older_than)
    aged = list(_aged(workspace, published, before))
    if not aged:
        tell("tidy.nothing", days=older_than)
        return 0
    sizes = {path: _size(path) for path, _ in aged}
    for path, _ in aged if deletes else ():
        if path.parent == published.drafts:
            reason = f"dti tidy --older-than {older_than}"
            published.discard(path.name, by=account(), reason=reason)
        else:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    print_table(
        "aged",
        [{"path": path, "since": since, "size": sizes[path]} for path, since in aged],
        path=lambda row: str(row["path"]).removeprefix(f"{workspace.data}/"),
        size=lambda row: row["size"] / MEGABYTE,
    )
    size = fixed(sum(sizes.values()) / MEGABYTE, 1)
    tell("tidy.deleted" if deletes else "tidy.listed", count=len(aged), size=size)
    return 0


def _aged(
    workspace: Workspace, published: Published, before: datetime
) -> Iterator[tuple[Path, datetime]]:
    """Yield drafts that nobody decided, and tables between stages, from before a day.

    What a killed backup has left is of no use at any age.
    """
    from dti_pipeline.release.backup import leftover

    if left := leftover(workspace):
        yield left, datetime.fromtimestamp(left.stat().st_mtime, UTC)
    for name, entry in published.journal.last_events().items():
        folder = published.drafts / name
        since = datetime.fromisoformat(entry.at)
        if entry.event == "drafted" and since < before and folder.is_dir():
            yield folder, since
    for folder in sorted((workspace.data / "dagster" / "stages").glob("*/*")):
        since = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
        if since < before:
            yield folder, since


def _size(place: Path) -> int:
    return sum(path.stat().st_size for path in (place, *place.rglob("*")) if path.is_file())
