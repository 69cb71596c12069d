"""From computed tables to a revision in the store, and from revisions to a release."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from dti_pipeline.index.definition import Definition
from dti_pipeline.release.releases import Published, Release
from dti_pipeline.release.tables import assemble
from dti_pipeline.store.inputs import Input, collect_inputs, input_hash
from dti_pipeline.store.revisions import Revision, Store
from dti_pipeline.workspace import Workspace


class WithdrawnInputsError(ValueError):
    """Deliveries that still hold exactly what was withdrawn; the message says what to do."""


@dataclass(frozen=True)
class Standing:
    """How an assessment's inputs stand to what was computed before.

    Attributes:
        inputs: its inputs now.
        input_hash: their hash.
        known: the revision that was computed from exactly these inputs and still stands: the
            current one, or the newest one (a draft); None where a new one is needed.
        is_current: whether the current release shows ``known``.
        reason: what changed since the current revision, for people.
    """

    inputs: tuple[Input, ...]
    input_hash: str
    known: Revision | None
    is_current: bool
    reason: str


def standing(definition: Definition, workspace: Workspace) -> Standing:
    """Compare an assessment's inputs with the current and the newest revision.

    Raises:
        WithdrawnInputsError: if the newest revision had exactly these inputs and was withdrawn.
    """
    store, published = Store(workspace.store), Published(workspace.published)
    assessment_id = definition.assessment.id
    inputs = collect_inputs(definition)
    digest = input_hash(assessment_id, inputs)
    earlier = {r.revision_id: r for r in store.revisions(assessment_id)}
    latest = published.latest()
    shown = latest.revisions.get(assessment_id) if latest else None
    current = earlier.get(shown) if shown else None
    newest = next(reversed(earlier.values()), None)
    before = current or newest
    known = next((r for r in (current, newest) if r and r.input_hash == digest), None)
    withdrawn = published.withdrawn_revisions()
    if known is not None and known.revision_id in withdrawn:
        good = [r for name, r in earlier.items() if name not in withdrawn]
        blamed = f" ({_changes(good[-1], inputs)})" if good else ""
        msg = (
            f"{assessment_id}: các tệp nộp là của {known.revision_id}, đã bị rút; hãy bỏ hoặc sửa "
            f"tệp gây ra rồi chạy lại · the deliveries are those of {known.revision_id}, which was "
            f"withdrawn; take away or correct what led to it, then run again{blamed}"
        )
        raise WithdrawnInputsError(msg)
    return Standing(
        inputs=inputs,
        input_hash=digest,
        known=known,
        is_current=known is not None and known == current,
        reason="first computation" if before is None else _changes(before, inputs),
    )


def _changes(before: Revision, inputs: Sequence[Input]) -> str:
    """Name the inputs that are new, changed or gone."""
    old = {entry["path"]: entry["sha256"] for entry in before.inputs}
    new = {entry.path: entry.sha256 for entry in inputs}
    texts = [
        f"{what}: {', '.join(paths)}"
        for what, paths in (
            ("new", [path for path in new if path not in old]),
            ("changed", [path for path in new if path in old and old[path] != new[path]]),
            ("removed", [path for path in old if path not in new]),
        )
        if paths
    ]
    return "; ".join(texts) or "new version of the rules"


def save_revision(
    definition: Definition, store: Store, *, tables: dict[str, pl.DataFrame], now: Standing
) -> Revision:
    """Store a revision under the inputs it was computed from."""
    return store.save(
        tables,
        assessment_id=definition.assessment.id,
        input_hash=now.input_hash,
        inputs=now.inputs,
        framework_hashes={f.id: f.content_hash for f in definition.frameworks.values()},
        reason=now.reason,
        sources=_sources(definition),
    )


def _sources(definition: Definition) -> tuple[str, ...]:
    """Return the revision of the source that a derived assessment agrees with, if it is stored."""
    if definition.source is definition:
        return ()
    known = standing(definition.source, definition.workspace).known
    return (known.revision_id,) if known is not None else ()


def publish(
    workspace: Workspace,
    *,
    revisions: Iterable[Revision],
    reason: str = "",
    is_draft: bool = False,
) -> tuple[Release, bool]:
    """Publish revisions together with the current ones of all other assessments.

    Args:
        workspace: the data folder.
        revisions: the revisions to show from now on.
        reason: why; empty: the reasons of the revisions.
        is_draft: leave the release in the drafts for the council.

    Returns:
        The release, and whether it is new: where every revision is current already, nothing is
        published.
    """
    store, published = Store(workspace.store), Published(workspace.published)
    latest = published.latest()
    current = dict(latest.revisions) if latest else {}
    wanted = current | {r.assessment_id: r.revision_id for r in revisions}
    if latest is not None and wanted == current:
        return latest, False
    chosen = [store.revision(wanted[assessment_id]) for assessment_id in sorted(wanted)]
    tables = assemble(
        store,
        chosen,
        steps=list(_steps(published, store, chosen)),
        withdrawn=published.withdrawn_revisions(),
    )
    told = reason or "; ".join(
        f"{r.assessment_id}: {r.reason}"
        for r in chosen
        if current.get(r.assessment_id) != r.revision_id
    )
    release = published.publish(tables, revisions=chosen, reason=told, is_draft=is_draft)
    return release, True


def _steps(
    published: Published, store: Store, chosen: Sequence[Revision]
) -> Iterator[tuple[Revision, Revision]]:
    """Yield the pairs of revisions that followed each other in the releases up to this one."""
    chain: list[Release] = []
    release = published.latest()
    while release is not None:
        chain.insert(0, release)
        before = release.manifest["supersedes"]
        release = published.release(before) if before else None
    for revision in chosen:
        shown = [r.revisions.get(revision.assessment_id) for r in chain] + [revision.revision_id]
        listed = list(dict.fromkeys(name for name in shown if name))
        yield from (
            (store.revision(before), store.revision(after)) for before, after in pairwise(listed)
        )


def touched(release: Release, *, before: Release | None) -> list[str]:
    """Say which assessments show something new although they were not computed again.

    A correction of one year changes what the next shows as its change on that year.

    Args:
        release: the new release.
        before: the release it supersedes.
    """
    if before is None:
        return []
    renewed = {
        name for name, found in release.revisions.items() if before.revisions.get(name) != found
    }
    compared = dict(
        release.table("dim_assessment").select("assessment_id", "compared_with").iter_rows()
    )
    return [
        f"{name}: change on {compared[name]}"
        for name in release.revisions
        if name not in renewed and compared.get(name) in renewed
    ]


def publish_newest(
    workspace: Workspace, *, reason: str = "", is_draft: bool = False
) -> tuple[Release, bool]:
    """Publish the newest revision of every assessment that was not withdrawn.

    Returns:
        The current release, and whether it is new.
    """
    store, published = Store(workspace.store), Published(workspace.published)
    # Held from the first look to the last write: another writer in between would be undone.
    with store.writing(waits=True):
        published.recover()
        withdrawn = published.withdrawn_revisions()
        newest = {r.assessment_id: r for r in store.revisions() if r.revision_id not in withdrawn}
        return publish(workspace, revisions=newest.values(), reason=reason, is_draft=is_draft)
