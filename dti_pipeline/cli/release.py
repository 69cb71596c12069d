"""``dti release``: list, approve, discard and withdraw releases."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import require
from dti_pipeline.cli.output import print_json, print_table, say, tell
from dti_pipeline.reports.words import name_of
from dti_pipeline.workspace import Workspace
from schemas.text import Text

if TYPE_CHECKING:
    from dti_pipeline.release.releases import Published

app = typer.Typer(no_args_is_help=True)

ReleaseArgument = Annotated[str, typer.Argument(metavar="RELEASE")]
ByOption = Annotated[str, typer.Option("--by")]
ReasonOption = Annotated[str, typer.Option("--reason")]


@contextmanager
def _deciding(data: Path, *, by: str, reason: str) -> Iterator["Published"]:
    """Yield the releases to write to; refuse a decision without a person or a reason."""
    from dti_pipeline.release.releases import Published
    from dti_pipeline.store.revisions import Store

    workspace = Workspace(data=data.resolve())
    require(by=by, reason=reason)
    with Store(workspace.store).writing():
        yield Published(workspace.published)


@app.command("list")
def list_releases(data: options.Data = Path("data"), as_json: options.Json = False) -> int:
    from dti_pipeline.release.releases import Published

    published = Published(Workspace(data=data).published)
    events, statuses = published.journal.last_events(), published.statuses()
    current_id = next((name for name in statuses if statuses[name] == "published"), None)
    rows = []
    for release in published.releases():
        entry = events.get(release.release_id)
        status = statuses[release.release_id]
        rows.append(
            {
                "release_id": release.release_id,
                "status": status,
                "is_provisional": status == "draft" and bool(published.provisional(release)),
                "is_current": release.release_id == current_id,
                "at": entry.at if entry else release.manifest["computed_at"],
                "by": entry.by if entry else None,
                "account": entry.account if entry else None,
                "is_one_account": published.single_account(release.release_id) is not None,
                "reason": entry.reason if entry else release.manifest["reason"],
                "changes": release.manifest.get("changes"),
                "assessments": len(release.revisions),
            }
        )
    if as_json:
        print_json(rows, current=current_id)
        return 0
    print_table(
        "releases",
        rows,
        release_id=lambda row: f"{'→' if row['is_current'] else ' '} {row['release_id']}",
        status=lambda row: (
            Text("dự thảo tạm tính", "provisional draft")
            if row["is_provisional"]
            else name_of("statuses", row["status"])
        ),
        account=lambda row: f"{row['account'] or '–'}{' (1)' if row['is_one_account'] else ''}",
        reason=lambda row: row["reason"] or Text("(không ghi)", "(not given)"),
    )
    if any(row["is_one_account"] for row in rows):
        tell("release.same_account")
    return 0


@app.command("approve")
def approve_release(
    release_id: ReleaseArgument,
    by: ByOption,
    reason: ReasonOption,
    data: options.Data = Path("data"),
) -> int:
    with _deciding(data, by=by, reason=reason) as published:
        release = published.approve(release_id, by=by, reason=reason)
        account = published.single_account(release.release_id)
    from dti_pipeline.store.storage import storage_of

    release_id = release.release_id
    say(Text(f"Đã phát hành: {release_id}", f"Published: {release_id}"))
    say(storage_of(release.folder).address(release.folder))
    if account is not None:
        tell("release.approved_by_author", account=account)
    return 0


@app.command("discard")
def discard_draft(
    release_id: ReleaseArgument,
    by: ByOption,
    reason: ReasonOption,
    data: options.Data = Path("data"),
) -> int:
    with _deciding(data, by=by, reason=reason) as published:
        release_id = published.discard(release_id, by=by, reason=reason)
    say(Text(f"Đã hủy bản dự thảo: {release_id}", f"Discarded draft: {release_id}"))
    return 0


@app.command("withdraw")
def withdraw_release(
    release_id: ReleaseArgument,
    by: ByOption,
    reason: ReasonOption,
    data: options.Data = Path("data"),
) -> int:
    with _deciding(data, by=by, reason=reason) as published:
        release_id = published.release(release_id).release_id
        current = published.withdraw(release_id, by=by, reason=reason)
    current_id = current.release_id if current else Text("không có bản nào", "none")
    say(Text(f"Đã thu hồi: {release_id}", f"Withdrawn: {release_id}"))
    tell("release.current", release=current_id)
    return 0
