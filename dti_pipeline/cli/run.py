"""``dti run``: deliveries to a published release, through the same assets as in Dagster."""

from __future__ import annotations

import gc
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError, is_foreseen, require, shortage
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import fixed, print_issues, say, tell, warn, whole
from dti_pipeline.cli.rank import print_ranking
from dti_pipeline.reports.words import reason as reason_words
from dti_pipeline.workspace import Workspace
from schemas.messages import message
from schemas.text import Text
from schemas.words import MADE_UP

if TYPE_CHECKING:
    import polars as pl

    from assets.execution import Outcome
    from dti_pipeline.release.folder import Release
    from dti_pipeline.store.inputs import Input
    from dti_pipeline.store.revisions import Revision

# Ranks shown of every assessment after a run.
TOP = 10
# Characters of a reason that are shown.
REASON_WIDTH = 160
# Where a workbook keeps the texts of its cells, and how much of them is looked through.
TEXTS = "xl/sharedStrings.xml"
MOST_TEXT_BYTES = 2**22


def run_assessments(
    assessments: Annotated[list[str] | None, typer.Argument(metavar="[ASSESSMENT]...")] = None,
    is_draft: Annotated[bool, typer.Option("--draft")] = False,
    is_provisional: Annotated[bool, typer.Option("--provisional")] = False,
    reason: str = "",
    readmit: Annotated[list[Path] | None, typer.Option(metavar="FILE")] = None,
    by: str = "",
    data: options.Data = Path("data"),
) -> int:
    from dti_pipeline.release.publish import touched
    from dti_pipeline.release.releases import Published
    from dti_pipeline.release.verify import require_whole
    from dti_pipeline.store.revisions import Store

    workspace = Workspace(data=data.resolve())
    if is_provisional:
        return _draft_provisional(assessments or (), workspace, reason=reason)
    chosen = choose(assessments or (), workspace)
    published, store = Published(workspace.published), Store(workspace.store)
    with store.writing():
        published.recover()
        for file in readmit or ():
            _readmit(file, workspace, by=by, reason=reason)
        stale, made_up, lines, waiting = _look_at_inputs(chosen, workspace)
        if made_up:
            tell("run.made_up", listed=made_up)
        for line in lines:
            say(line)
        before = published.latest()
        if not stale and not waiting:
            release = published.release(None)
            require_whole(published, store, release)
            _print_release(release, chosen, "nothing_new")
            return 0
        release_id = _run_jobs(stale, workspace, reason=reason, is_draft=is_draft, wanted=waiting)
    if release_id is None:
        return 1
    release = published.release(release_id)
    is_new = before is None or release.release_id != before.release_id
    headline = ("drafted" if is_draft else "published") if is_new else "nothing_new"
    notes = [f"↻ {spoken(text)}" for text in touched(release, before=before)]
    _print_release(release, chosen, headline, *notes)
    revision_ids = [release.revisions[name] for name in stale if name in release.revisions]
    _print_added_issues(release, [store.revision(each) for each in revision_ids])
    return 0


def _look_at_inputs(
    names: Sequence[str], workspace: Workspace
) -> tuple[list[str], list[str], list[Text], list[str]]:
    """Compare the inputs of assessments with those of their newest revisions.

    Returns:
        Those to compute, those with sample figures, a line for each, and the revisions that wait:
        computed, and not in the current release.
    """
    from dti_pipeline.index.definition import define
    from dti_pipeline.release.publish import input_state

    stale: list[str] = []
    made_up: list[str] = []
    lines: list[Text] = []
    waiting: list[str] = []
    # One at a time, and none any more afterwards: a state holds the content of all its files.
    for name in names:
        state = input_state(define(name, workspace=workspace), workspace)
        if _holds_samples(state.inputs):
            made_up.append(name)
        if state.revision is None:
            stale.append(name)
            changes, n_files = shortened(state.changes), whole(len(state.inputs))
            lines.append(message("run.stale", name=name, files=n_files, changes=changes))
            continue
        revision_id = state.revision.revision_id
        if not state.is_current:
            waiting.append(revision_id)
        key = "run.unchanged" if state.is_current else "run.computed"
        lines.append(message(key, name=name, revision=revision_id))
    return stale, made_up, lines, waiting


def _draft_provisional(names: Sequence[str], workspace: Workspace, *, reason: str) -> int:
    """Rank who has delivered for one assessment, in a draft that nobody can approve."""
    from dti_pipeline.index.definition import define
    from dti_pipeline.release.provisional import BlockedError, draft_provisional
    from dti_pipeline.release.releases import Published
    from dti_pipeline.store.revisions import Store

    if len(names) != 1:
        raise UsageError("provisional.one_assessment")
    definition = define(names[0], workspace=workspace)
    with Store(workspace.store).writing():
        Published(workspace.published).recover()
        try:
            release, n_ranked, n_asked = draft_provisional(definition, reason=reason)
        except BlockedError as error:
            _print_blocking(error.issues, names[0])
            return 1
    mark = message("provisional.mark", ranked=n_ranked, asked=n_asked)
    _print_release(release, names, "provisional", mark)
    return 0


def _holds_samples(inputs: Sequence[Input]) -> bool:
    """Say whether deliveries call themselves samples: any CSV, or the first workbook of a kind.

    Workbooks of one kind come from one hand; opening thousands of them for a line would be slow.
    """
    workbooks: dict[str, Input] = {}
    for entry in inputs:
        if entry.path.endswith(".xlsx"):
            workbooks.setdefault(entry.role, entry)
        elif entry.role == "central" and b"sample" in entry.content:
            return True
    return any(b"sample" in _shared_texts(entry.content) for entry in workbooks.values())


def _shared_texts(workbook: bytes) -> bytes:
    """Return the texts of a workbook's cells; empty where it is none that can be opened."""
    try:
        with zipfile.ZipFile(BytesIO(workbook)) as archive, archive.open(TEXTS) as texts:
            return texts.read(MOST_TEXT_BYTES)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, zlib.error):
        return b""


def _readmit(file: Path, workspace: Workspace, *, by: str, reason: str) -> None:
    """Write into the journal that a withdrawn delivery counts again.

    Messages name a delivery from the data folder on, so it is looked for there as well.
    """
    from dti_pipeline.release.releases import Published

    require(by=by, reason=reason)
    file = next((path for path in (file, workspace.data / file) if path.is_file()), file)
    if not file.is_file():
        raise UsageError("run.no_such_file", file=file)
    digest = sha256(file.read_bytes()).hexdigest()
    Published(workspace.published).readmit(file.name, digest, by=by, reason=reason)
    name = f"{file.name} ({digest[:12]}…)"
    say(Text(f"Nhận lại: {name}", f"Readmitted: {name}"))


def choose(names: Sequence[str], workspace: Workspace) -> tuple[str, ...]:
    """Return the assessments to run: those named and those outdated, or all with deliveries."""
    from dti_pipeline.index.assessments.load import assessment_ids
    from dti_pipeline.release.publish import outdated

    ids = assessment_ids(search=workspace.config("assessments"))
    unknown = [name for name in names if name not in ids]
    if unknown:
        raise UsageError("run.unknown_assessments", names=unknown, known=ids)
    chosen = workspace.assessments_with_deliveries()
    if names:
        chosen = tuple(dict.fromkeys([*names, *outdated(workspace)]))
    if not chosen:
        raise UsageError("run.no_deliveries", folder=workspace.raw)
    foreign = [name for name in chosen if name not in ids]
    if foreign:
        raise UsageError("run.foreign_folders", folder=workspace.raw, names=foreign)
    return _with_derived(chosen, workspace, everything=not names)


def _with_derived(
    chosen: Sequence[str], workspace: Workspace, *, everything: bool
) -> tuple[str, ...]:
    """Add what has to be computed together: sources before, derived assessments after them.

    A derived assessment follows its source where everything is run, and where a release shows it
    already: a release never holds one that its source has left behind.
    """
    from dti_pipeline.index.assessments.load import derived_assessments
    from dti_pipeline.release.releases import Published

    derived = derived_assessments(search=workspace.config("assessments"))
    latest = Published(workspace.published).latest()
    revisions = latest.revisions if latest else {}
    sources = [name for name in chosen if name not in derived]
    sources += [derived[name] for name in chosen if name in derived]
    followers = [
        name
        for name, source in derived.items()
        if name in chosen or (source in sources and (everything or name in revisions))
    ]
    return tuple(dict.fromkeys([*sources, *followers]))


def _run_jobs(
    stale: Sequence[str], workspace: Workspace, *, reason: str, is_draft: bool, wanted: list[str]
) -> str | None:
    """Run ``assess`` for what is stale, then ``publish``.

    Returns:
        The release's id; None if an assessment is blocked, and then nothing is published.
    """
    from dti_pipeline.intake.files.workers import get_ready

    get_ready()  # before Dagster, which takes seconds to import
    from assets.code_location import build
    from assets.execution import execute, open_instance
    from assets.release import ReleaseConfig

    # Or Python looks through all that was imported once more at the end, for a second. Once in a
    # process: what nobody needs any more when it is frozen stays for ever.
    if not gc.get_freeze_count():
        gc.freeze()
    with open_instance() as instance:
        assessments = stale if instance.is_ephemeral else None
        definitions = build(workspace.data, assessments=assessments)
        run_job = partial(execute, definitions, instance=instance)
        # Not all(...) over a generator: whoever mends one assessment wants to see every fault.
        went_through = [_assess(name, run_job, folder=workspace.data) for name in stale]
        if not all(went_through):
            return None
        settings = ReleaseConfig(reason=reason, is_draft=is_draft, wanted=wanted)
        outcome = run_job("publish", settings={"release": settings})
        if not outcome.is_done:
            _print_failures(outcome, "publish", workspace.data)
            return None
        return str(outcome.metadata["release"]["release_id"])


def _assess(name: str, run_job: Callable[..., Outcome], *, folder: Path) -> bool:
    """Run ``assess`` for one assessment; print the outcome and say whether it went through."""
    start = time.perf_counter()
    outcome = run_job("assess", partition=name)
    if outcome.blocking is not None:
        _print_blocking(outcome.blocking, name)
    elif outcome.failures:
        _print_failures(outcome, name, folder)
    else:
        observations, revision = outcome.metadata["observations"], outcome.metadata["revision"]
        tell(
            "run.assessed",
            name=name,
            files=whole(observations["deliveries"]),
            figures=whole(observations["observations"]),
            warnings=whole(revision["warning_issues"]),
            seconds=fixed(time.perf_counter() - start, 1),
        )
    return outcome.is_done


def shortened(reason: str) -> Text:
    return Text(
        *(
            text if len(text) <= REASON_WIDTH else f"{text[: REASON_WIDTH - 3]}…"
            for text in reason_words(reason)
        )
    )


def _print_blocking(issues: pl.DataFrame, name: str) -> None:
    warn(message("run.stopped", name=name, count=whole(issues.height)))
    print_issues(issues, stream=sys.stderr, rest=f"dti check {name} --json")
    warn(message("run.still_there"))


def _print_failures(outcome: Outcome, name: str, folder: Path) -> None:
    """Print what failed: one message, and where nobody foresaw the error, where it came from."""
    for failure in outcome.failures:
        text = shortage(failure.error, failure.text, folder=folder)
        if text is None and not is_foreseen(failure.error):
            warn(failure.traceback)
        warn(f"{name}: {failure.step}: {spoken(text or failure.text)}")


def _print_added_issues(release: Release, revisions: Sequence[Revision]) -> None:
    """Print what shows only beside other revisions and years, such as a file of last year.

    A release numbers such issues behind those of the revision itself.
    """
    import polars as pl

    issues = release.table("dq_issue")
    for revision in revisions:
        added = issues.filter(
            pl.col("assessment_id") == revision.assessment_id,
            pl.col("issue_no") > revision.tables["dq_issue"]["rows"],
        )
        if not added.is_empty():
            say(f"\n{revision.assessment_id}")
            print_issues(added, stream=sys.stdout, most=3, rest="dq_issue")


def _print_release(
    release: Release, assessments: Sequence[str], headline: str, *notes: Text | str
) -> None:
    """Print the top of each ranking, where the release lies, and what rests on made-up figures.

    Of an assessment that ranks nobody, such as the whole country's, the first units are printed.
    """
    import polars as pl

    from dti_pipeline.store.storage import storage_of

    ranking = release.table("fact_ranking").filter(pl.col("scope") == "overall")
    for name in assessments:
        rows = ranking.filter(assessment_id=name).sort("rank", "unit_id")
        best = rows.filter(pl.col("rank") <= TOP)
        print_ranking(rows.head(TOP) if best.is_empty() else best, title=f"\n{name}")
    say()
    tell(f"run.{headline}", release=release.release_id)
    say(storage_of(release.folder).address(release.folder))
    for note in notes:
        say(note)
    bases = release.table("dim_assessment").select("assessment_id", "data_basis").iter_rows()
    if made_up := [name for name, basis in bases if name in assessments and basis in MADE_UP]:
        tell("run.made_up", listed=made_up)
