"""From computed tables to a revision in the store, and from revisions to a release."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.files.deliveries import FOLDERS
from dti_pipeline.release.folder import Release
from dti_pipeline.release.overview import STANDING
from dti_pipeline.release.releases import Published, ReleaseStateError
from dti_pipeline.release.tables import assemble
from dti_pipeline.results.on_demand import Tables
from dti_pipeline.store.inputs import Input, collect_inputs, input_hash
from dti_pipeline.store.revisions import Revision, Store, shared_step
from dti_pipeline.version import RULES, RULES_VERSION
from dti_pipeline.workspace import Workspace
from schemas.messages import message
from schemas.text import SpokenError, Text

# Inputs that nobody delivers, by role.
_GENERATED: Final = ("units", "ignored")


class WithdrawnInputsError(SpokenError, ValueError):
    """Deliveries that still hold exactly what was withdrawn; the message says what to do."""


@dataclass(frozen=True)
class InputState:
    """How an assessment's inputs compare with what was computed before.

    Attributes:
        revision: the revision that was computed from exactly these inputs and still holds: the
            current one, or the newest one (a draft); None where a new one is needed.
        is_current: whether the current release shows ``revision``.
        changes: what changed since the current revision, for people.
    """

    inputs: tuple[Input, ...]
    input_hash: str
    revision: Revision | None
    is_current: bool
    changes: str


def input_state(
    definition: Definition, workspace: Workspace, inputs: Sequence[Input] | None = None
) -> InputState:
    """Compare an assessment's inputs, now or as they were read, with its revisions.

    Raises:
        WithdrawnInputsError: if the newest revision had exactly these inputs and was withdrawn, or
            if they hold a file that only a withdrawn revision was computed from.
    """
    store, published = Store(workspace.store), Published(workspace.published)
    assessment_id = definition.assessment.id
    inputs = tuple(collect_inputs(definition).entries if inputs is None else inputs)
    digest = input_hash(assessment_id, inputs)
    earlier = {r.revision_id: r for r in store.revisions(assessment_id) if not r.is_provisional}
    latest = published.latest()
    current = earlier.get(latest.revisions.get(assessment_id, "")) if latest else None
    newest = next(reversed(earlier.values()), None)
    before = current or newest
    same = next((r for r in (current, newest) if r and r.input_hash == digest), None)
    _refuse_withdrawn(published, inputs, earlier.values(), same)
    return InputState(
        inputs=inputs,
        input_hash=digest,
        revision=same,
        is_current=same is not None and same == current,
        changes="first computation" if before is None else _changes(before, inputs),
    )


def _refuse_withdrawn(
    published: Published,
    inputs: Sequence[Input],
    earlier: Collection[Revision],
    same: Revision | None,
) -> None:
    """Refuse what was withdrawn: a revision's inputs as a whole, and its own files one by one."""
    statuses, readmitted = published.revision_statuses(), published.journal.readmitted()
    good = [r for r in earlier if statuses.get(r.revision_id) in STANDING]
    withdrawn = [r for r in earlier if statuses.get(r.revision_id) == "withdrawn"]
    good_files = _files_of(good)
    bad = _files_of(withdrawn) - good_files
    delivered = [entry for entry in inputs if entry.role not in _GENERATED]
    names = [e.path for e in delivered if (e.path, e.sha256) in bad and e.sha256 not in readmitted]
    if names:
        name = withdrawn[-1].assessment_id
        raise WithdrawnInputsError("publish.withdrawn_files", assessment=name, names=names)
    if same in withdrawn and not _is_readmitted(same, good_files, readmitted):
        hint = f" ({_changes(good[-1], inputs)})" if good else ""
        revision, name = same.revision_id, same.assessment_id
        raise WithdrawnInputsError(
            "publish.withdrawn_revision", assessment=name, revision=revision, blamed=hint
        )


def _files_of(revisions: Iterable[Revision]) -> set[tuple[str, str]]:
    """Return path and hash of all inputs of revisions."""
    return {(entry["path"], entry["sha256"]) for revision in revisions for entry in revision.inputs}


def _is_readmitted(
    revision: Revision, good_files: set[tuple[str, str]], readmitted: Collection[str]
) -> bool:
    """Say whether all that was delivered for this withdrawn revision alone counts again."""
    own = {
        entry["sha256"]
        for entry in revision.inputs
        if entry["role"] not in _GENERATED and (entry["path"], entry["sha256"]) not in good_files
    }
    return bool(own) and own <= set(readmitted)


def _changes(before: Revision, inputs: Sequence[Input]) -> str:
    return input_changes(before, [entry.record for entry in inputs], RULES_VERSION)


def input_changes(before: Revision, inputs: Sequence[Mapping[str, str]], rules_version: str) -> str:
    """Name the inputs that are new, changed or gone, and another version of the rules."""
    texts = []
    is_new_version = before.rules_version != rules_version
    if is_new_version:
        texts.append(f"rules version {rules_version}: {RULES[rules_version][1].en}")
    # Another version may list other inputs of the definition; what people changed are deliveries.
    kinds = FOLDERS.values() if is_new_version else None
    old = {e["path"]: e["sha256"] for e in before.inputs if kinds is None or e["role"] in kinds}
    new = {e["path"]: e["sha256"] for e in inputs if kinds is None or e["role"] in kinds}
    texts += [
        f"{what}: {', '.join(paths)}"
        for what, paths in (
            ("new", [path for path in new if path not in old]),
            ("changed", [path for path in new if path in old and old[path] != new[path]]),
            ("removed", [path for path in old if path not in new]),
        )
        if paths
    ]
    return "; ".join(texts)


def save_revision(
    definition: Definition, store: Store, *, tables: Tables, state: InputState
) -> Revision:
    """Store a revision under the inputs it was computed from."""
    return store.save(
        tables,
        assessment_id=definition.assessment.id,
        input_hash=state.input_hash,
        inputs=state.inputs,
        framework_hashes={f.id: f.content_hash for f in definition.frameworks.values()},
        reason=state.changes,
        sources=_sources(definition, store),
    )


def _sources(definition: Definition, store: Store) -> tuple[str, ...]:
    """Return the revision of the source that a derived assessment agrees with, if it is stored."""
    if definition.source is definition:
        return ()
    digest = input_hash(definition.source.assessment.id, collect_inputs(definition.source).entries)
    revisions = store.revisions(definition.source.assessment.id)
    return tuple(r.revision_id for r in revisions if r.input_hash == digest)[-1:]


@shared_step
def publish(
    workspace: Workspace,
    *,
    revisions: Collection[Revision],
    reason: str = "",
    is_draft: bool = False,
    statuses: Mapping[str, str] | None = None,
) -> tuple[Release, bool]:
    """Publish revisions together with the current ones of all other assessments.

    Args:
        is_draft: leave the release in the drafts for the council.
        statuses: of earlier revisions, where the caller has asked for them already.

    Returns:
        The release, and whether it is new: where every revision is current already, nothing is
        published.
    """
    store, published = Store(workspace.store), Published(workspace.published)
    latest = published.latest()
    current = dict(latest.revisions) if latest else {}
    newest = current | {r.assessment_id: r.revision_id for r in revisions}
    if latest is not None and newest == current:
        return latest, False
    chosen = [store.revision(newest[assessment_id]) for assessment_id in sorted(newest)]
    # Tables of several versions of the rules have different columns.
    if old := [r.assessment_id for r in chosen if r.rules_version != RULES_VERSION]:
        raise ReleaseStateError("publish.other_rules", version=RULES_VERSION, names=old)
    changes = "; ".join(
        f"{r.assessment_id}: {r.reason}"
        for r in chosen
        if current.get(r.assessment_id) != r.revision_id
    )
    statuses = published.revision_statuses() if statuses is None else statuses
    steps = steps_to(published, store, chosen, after=latest)
    release = published.publish(
        assemble(store, chosen, steps=steps, statuses=statuses),
        revisions=chosen,
        reason=reason or None,
        changes=changes,
        is_draft=is_draft,
    )
    return release, True


def outdated(workspace: Workspace) -> list[str]:
    """Return the assessments that the current release shows under an earlier version of the rules.

    They are computed again with the next run, whatever it is for.
    """
    store, latest = Store(workspace.store), Published(workspace.published).latest()
    names = latest.revisions.values() if latest else ()
    revisions = [store.revision(name) for name in names]
    return [r.assessment_id for r in revisions if r.rules_version != RULES_VERSION]


def steps_to(
    published: Published, store: Store, chosen: Sequence[Revision], *, after: Release | None
) -> list[tuple[Revision, Revision]]:
    """Return the pairs of revisions that followed each other in releases, up to the chosen ones.

    ``after`` is the release that theirs supersedes.
    """
    chain = [after] if after else []
    while chain and (before := chain[0].manifest["supersedes"]):
        chain.insert(0, published.release(before))
    steps: list[tuple[Revision, Revision]] = []
    for revision in chosen:
        names = [r.revisions.get(revision.assessment_id) for r in chain] + [revision.revision_id]
        order = dict.fromkeys(name for name in names if name)
        steps += pairwise(map(store.revision, order))
    return steps


def touched(release: Release, *, before: Release | None) -> list[Text]:
    """Say which assessments show something new although they were not computed again.

    A correction of one year changes what the next shows as its change on that year.
    """
    if before is None:
        return []
    changes = {
        name
        for name, revision_id in release.revisions.items()
        if before.revisions.get(name) != revision_id
    }
    compared = dict(
        release.table("dim_assessment").select("assessment_id", "compared_with").iter_rows()
    )
    return [
        message("publish.new_comparison", name=name, other=compared[name])
        for name in release.revisions
        if name not in changes and compared.get(name) in changes
    ]


@shared_step
def publish_newest(
    workspace: Workspace,
    *,
    reason: str = "",
    is_draft: bool = False,
    wanted: Collection[str] = (),
) -> tuple[Release, bool]:
    """Publish the newest revision of every assessment that may be published.

    A withdrawn revision may once its files are readmitted, that of a waiting or discarded draft
    only where somebody wants it.

    Args:
        is_draft: leave the release in the drafts, with what waits in others.
        wanted: revisions that somebody asked for.
    """
    store, published = Store(workspace.store), Published(workspace.published)
    # One step from the first look to the last write: a writer in between would be undone.
    published.recover()
    revisions, statuses = store.revisions(), published.revision_statuses()
    readmitted = published.journal.readmitted()

    def is_held_back(revision: Revision) -> bool:
        status = statuses.get(revision.revision_id)
        if status != "withdrawn":
            held = ("discarded",) if is_draft else ("discarded", "draft", "approved")
            return revision.is_provisional or status in held
        of_assessment = (r for r in revisions if r.assessment_id == revision.assessment_id)
        good = (r for r in of_assessment if statuses.get(r.revision_id) in STANDING)
        return not _is_readmitted(revision, _files_of(good), readmitted)

    newest = {
        revision.assessment_id: revision
        for revision in revisions
        if revision.revision_id in wanted or not is_held_back(revision)
    }
    return publish(
        workspace,
        revisions=newest.values(),
        reason=reason,
        is_draft=is_draft,
        statuses=statuses,
    )
