"""Follow a release from the pointer to the hashes of its inputs, and compute it again.

The chain: ``latest.json`` → journal → manifest → files → revisions → their tables → their inputs.
Problems come in this order, so the first one is the first broken link.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from dti_pipeline.release.folder import (
    MANIFEST,
    Release,
    differing_files,
    ready_to_write,
    released,
)
from dti_pipeline.release.journal import JOURNAL
from dti_pipeline.release.publish import steps_to
from dti_pipeline.release.releases import Published
from dti_pipeline.release.tables import assemble
from dti_pipeline.store.parquet import write_tables
from dti_pipeline.store.revisions import DamagedStoreError, Store
from schemas.messages import message
from schemas.text import SpokenError, Text


class BrokenChainError(SpokenError, RuntimeError):
    """A release that does not hang together with what it rests on; the message has the remedy."""


def require_whole(published: Published, store: Store, release: Release) -> None:
    """Refuse to say that nothing is new of a release with a broken link; name the first one."""
    problems = broken_links(published, store, release)
    if problems:
        n_more = len(problems) - 1
        raise BrokenChainError(
            "releases.broken",
            release=release.release_id,
            problem=problems[0],
            more=message("releases.more_broken", count=n_more) if n_more else "",
            remedy=message("releases.remedy"),
        )


def broken_links(published: Published, store: Store, release: Release) -> list[Text]:
    """Hold everything a release rests on against its hash; the problems in order of the chain."""
    return [*_journal(published, release), *_release(store, release)]


def _journal(published: Published, release: Release) -> Iterator[Text]:
    if (problem := published.pointer_problem()) is not None:
        yield problem
    entry = published.journal.last_events().get(release.release_id)
    if entry is None:
        yield message("releases.problem_no_line", name=JOURNAL, release=release.release_id)
    elif entry.sha256 not in (None, release.manifest_sha256):
        yield message("releases.problem_not_recorded", name=MANIFEST)
    head = release.manifest.get("journal_head")
    if head is not None and head not in published.journal.heads():
        yield message("releases.problem_lost_lines", name=JOURNAL)


def _release(store: Store, release: Release) -> Iterator[Text]:
    yield from differing_files(release)
    digests = release.manifest.get("revision_sha256", {})
    for revision_id in release.revisions.values():
        try:
            revision = store.revision(revision_id)
        except DamagedStoreError as error:
            yield error.text
            continue
        if digests.get(revision_id, revision.sha256) != revision.sha256:
            yield message("releases.problem_other_revision", revision=revision_id)
        for name in revision.tables:
            try:
                store.table_content(revision, name)
            except DamagedStoreError as error:
                yield error.text
        for entry in revision.inputs:
            try:
                store.input_content(entry["sha256"])
            except DamagedStoreError as error:
                yield Text(*(f"{revision_id}: {entry['path']}: {text}" for text in error.text))


def differing_tables(published: Published, store: Store, release: Release) -> list[Text]:
    """Compute a release again, revisions from their inputs and tables from the revisions.

    Return what comes out differently.

    Raises:
        OtherRulesError: if it was computed under another version of the rules.
    """
    # Heavy, and an unchanged run only follows the chain.
    from dti_pipeline.store.recorded import recompute

    revisions = [store.revision(name) for name in release.revisions.values()]
    names = [
        f"{revision.revision_id}: {table}"
        for revision in revisions
        for table in recompute(revision, store)
    ]
    before = release.manifest["supersedes"]
    after = published.release(before) if before else None
    steps = steps_to(published, store, revisions, after=after)
    statuses = published.revision_statuses(before=release)
    tables = assemble(store, revisions, steps=steps, statuses=statuses)
    with tempfile.TemporaryDirectory() as folder:
        ready, _ = ready_to_write(tables, folder=Path(folder))
        entries = write_tables(released(ready, release_id=release.release_id), folder=Path(folder))
    files = release.manifest["files"]
    names += [
        f"{name}.parquet"
        for name, entry in entries.items()
        if files.get(f"{name}.parquet", {}).get("sha256") != entry.sha256
    ]
    return [message("releases.problem_recomputed", name=name) for name in names]
