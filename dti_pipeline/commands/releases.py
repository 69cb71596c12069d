"""Commands on releases: list, approve, withdraw, verify."""

import sys
from pathlib import Path

from dti_pipeline.commands.errors import UsageError
from dti_pipeline.commands.output import print_json, print_table
from dti_pipeline.commands.reading import open_release
from dti_pipeline.release.releases import Published, verify
from dti_pipeline.store.recorded import recompute as recompute_revision
from dti_pipeline.store.revisions import Store
from dti_pipeline.workspace import Workspace


def list_releases(*, data: Path, as_json: bool) -> int:
    """List releases and drafts, the oldest first, the current one marked."""
    published = Published(Workspace(data=data).published)
    current = published.latest()
    events = published.journal.last_events()
    rows = []
    for release in published.releases():
        entry = events.get(release.release_id)
        rows.append(
            {
                "release_id": release.release_id,
                "status": published.status(release.release_id),
                "is_current": current is not None and current.release_id == release.release_id,
                "at": entry.at if entry else release.manifest["computed_at"],
                "by": entry.by if entry else None,
                "reason": entry.reason if entry else release.manifest["reason"],
                "assessments": len(release.revisions),
            }
        )
    if as_json:
        print_json(rows, current=current.release_id if current else None)
    else:
        columns = {
            "release_id": "Phát hành·Release",
            "status": "Trạng thái·Status",
            "at": "Lúc·At",
            "by": "Người·By",
            "assessments": "Kỳ·Assessments",
            "reason": "Lý do·Reason",
        }
        print_table(
            (
                row | {"release_id": f"{'→' if row['is_current'] else ' '} {row['release_id']}"}
                for row in rows
            ),
            columns=columns,
        )
    return 0


def approve_release(release_id: str, *, by: str, reason: str, data: Path) -> int:
    """Publish a draft."""
    workspace = Workspace(data=data.resolve())
    _require(by=by, reason=reason)
    with Store(workspace.store).writing():
        release = Published(workspace.published).approve(release_id, by=by, reason=reason)
    sys.stdout.write(f"Đã phát hành · published: {release.release_id}\n{release.folder}\n")
    return 0


def withdraw_release(release_id: str, *, by: str, reason: str, data: Path) -> int:
    """Withdraw a release and say which one is current now."""
    workspace = Workspace(data=data.resolve())
    _require(by=by, reason=reason)
    with Store(workspace.store).writing():
        current = Published(workspace.published).withdraw(release_id, by=by, reason=reason)
    now = current.release_id if current else "–"
    sys.stdout.write(f"Đã thu hồi · withdrawn: {release_id}\nHiện hành · current: {now}\n")
    return 0


def _require(**given: str) -> None:
    """Refuse a decision without a name or a reason."""
    for name, text in given.items():
        if not text.strip():
            msg = f"--{name} is empty; the journal keeps who decided and why"
            raise UsageError(msg)


def verify_release(release_id: str | None, *, recompute: bool, data: Path, as_json: bool) -> int:
    """Compare every file of a release with its manifest; exit 1 if one differs.

    With ``recompute`` every revision is computed again from its recorded inputs as well, and its
    tables must come out byte for byte.
    """
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
    elif problems:
        for text in problems:
            sys.stdout.write(f"{release.release_id}: {text}\n")
    else:
        n = len(release.manifest["files"])
        again = f", {len(release.revisions)} revisions recomputed" if recompute else ""
        sys.stdout.write(f"{release.release_id}: {n} files as in the manifest{again}\n")
    return 1 if problems else 0
