"""The main job: deliveries to a published release, through the same assets as in Dagster."""

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from dti_pipeline.commands.errors import UsageError, is_foreseen
from dti_pipeline.commands.issues import print_issues
from dti_pipeline.commands.output import say
from dti_pipeline.commands.reading import print_ranking
from dti_pipeline.index.assessments.load import assessment_ids, derived_assessments
from dti_pipeline.index.definition import define
from dti_pipeline.release.publish import Standing, standing, touched
from dti_pipeline.release.releases import Published, Release
from dti_pipeline.store.revisions import Store
from dti_pipeline.workspace import Workspace

if TYPE_CHECKING:
    from assets.execution import Outcome

TOP = 10


def run_assessments(
    wanted: Sequence[str], *, data: Path, reason: str, lang: str, is_draft: bool = False
) -> int:
    """Compute what has changed, publish it (or draft it), and print the top of the ranking.

    Returns:
        0 if the current release reflects the inputs; 1 if an issue blocks.

    Raises:
        UsageError: if an assessment does not exist or there are no deliveries at all.
    """
    workspace = Workspace(data=data.resolve())
    chosen = _choose(wanted, workspace)
    with Store(workspace.store).writing():
        published = Published(workspace.published)
        published.recover()
        stale: list[str] = []
        waiting = False
        for assessment_id in chosen:
            now = standing(define(assessment_id, workspace=workspace), workspace)
            if now.known is None:
                stale.append(assessment_id)
                say(f"{assessment_id}: {_why_stale(now)}")
                continue
            waiting = waiting or not now.is_current
            state = "không đổi · unchanged" if now.is_current else "bản dự thảo · draft"
            say(f"{assessment_id}: {state} ({now.known.revision_id})")
        before = published.latest()
        if not stale and not waiting:
            return _show(published.release(None), shown=chosen, headline=NOTHING_NEW)
        release_id = _run_jobs(stale, workspace, reason=reason, lang=lang, is_draft=is_draft)
        if release_id is None:
            return 1
    release = published.release(release_id)
    headline = DRAFTED if is_draft else PUBLISHED
    status = _show(release, shown=chosen, headline=headline)
    for text in touched(release, before=before):
        say(f"↻ {text}")
    return status


NOTHING_NEW = "Không có gì mới để phát hành · nothing new to publish"
PUBLISHED = "Phát hành mới · new release"
DRAFTED = "Bản dự thảo cho hội đồng · draft for the council (dti release approve)"


def _run_jobs(
    stale: Sequence[str], workspace: Workspace, *, reason: str, lang: str, is_draft: bool
) -> str | None:
    """Run ``assess`` for what is stale, then ``publish``.

    Returns:
        The release's id; None if an assessment is blocked, and then nothing is published.
    """
    from assets.execution import execute, open_instance
    from assets.release import ReleaseConfig
    from dti_pipeline.definitions import build

    with open_instance() as instance:
        definitions = build(workspace.data, keeps_stages=not instance.is_ephemeral)
        run_job = partial(execute, definitions, instance=instance)
        # Not all(...) over a generator: whoever mends one assessment wants to see every fault.
        went_through = [_assess(name, run_job, lang=lang) for name in stale]
        if not all(went_through):
            return None
        settings = {"release": ReleaseConfig(reason=reason, is_draft=is_draft)}
        outcome = run_job("publish", settings=settings)
        if not outcome.is_done:
            _print_failures(outcome, "publish")
            return None
        return str(outcome.metadata["release"]["release_id"])


def _why_stale(now: Standing) -> str:
    """Say why an assessment is computed, shortened for the terminal."""
    text = now.reason if len(now.reason) <= 160 else f"{now.reason[:157]}…"
    return f"{len(now.inputs)} tệp đầu vào · inputs; {text}"


def _choose(wanted: Sequence[str], workspace: Workspace) -> tuple[str, ...]:
    known = assessment_ids(search=workspace.config("assessments"))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        msg = f"no assessment {', '.join(unknown)}; known assessments: {', '.join(known)}"
        raise UsageError(msg)
    chosen = tuple(wanted) or workspace.assessments_with_deliveries()
    if not chosen:
        msg = f"{workspace.raw} holds no deliveries; put them into {workspace.raw}/<assessment>/"
        raise UsageError(msg)
    foreign = [name for name in chosen if name not in known]
    if foreign:
        msg = (
            f"{workspace.raw} has folders that are no assessments: {', '.join(foreign)}; "
            f"add an assessment file or name the assessments to run"
        )
        raise UsageError(msg)
    return _with_derived(chosen, workspace, everything=not wanted)


def _with_derived(
    chosen: Sequence[str], workspace: Workspace, *, everything: bool
) -> tuple[str, ...]:
    """Add what has to be computed together: sources before, derived assessments after them.

    A derived assessment follows its source where everything is run, and where a release shows it
    already: a release never holds one that its source has left behind.
    """
    derived = derived_assessments(search=workspace.config("assessments"))
    latest = Published(workspace.published).latest()
    shown = latest.revisions if latest else {}
    sources = [name for name in chosen if name not in derived]
    sources += [derived[name] for name in chosen if name in derived]
    followers = [
        name
        for name, source in derived.items()
        if name in chosen or (source in sources and (everything or name in shown))
    ]
    return tuple(dict.fromkeys([*sources, *followers]))


def _assess(assessment_id: str, run_job: "Callable[..., Outcome]", *, lang: str) -> bool:
    """Run ``assess`` for one assessment; say what came of it and whether it went through."""
    start = time.perf_counter()
    outcome = run_job("assess", partition=assessment_id)
    if outcome.blocking is not None:
        _print_blocking(outcome.blocking, assessment_id, lang=lang)
    elif outcome.failures:
        _print_failures(outcome, assessment_id)
    else:
        read, saved = outcome.metadata["observations"], outcome.metadata["revision"]
        say(
            f"{assessment_id}: {read['deliveries']} tệp nộp · deliveries, "
            f"{read['observations']} số liệu · figures, "
            f"{saved['warning_issues']} cảnh báo · warnings, {time.perf_counter() - start:.1f} s"
        )
    return outcome.is_done


def _print_blocking(blocking: pl.DataFrame, assessment_id: str, *, lang: str) -> None:
    """Print the issues that block."""
    sys.stderr.write(f"{assessment_id}: bị chặn · blocked by {blocking.height} issue(s)\n")
    print_issues(blocking, lang=lang, stream=sys.stderr)
    sys.stderr.write("Bản phát hành trước không đổi · the last release is unchanged\n")


def _print_failures(outcome: "Outcome", what: str) -> None:
    """Print what failed: one message, and where nobody foresaw the error, where it came from."""
    for failure in outcome.failures:
        if not is_foreseen(failure.error):
            sys.stderr.write(f"{failure.traceback}\n")
        sys.stderr.write(f"{what}: {failure.step}: {failure.text}\n")


def _show(release: Release, *, shown: Sequence[str], headline: str) -> int:
    """Show the top of each ranking and where the release lies."""
    ranking = release.table("fact_ranking").filter(pl.col("scope") == "overall")
    for assessment_id in shown:
        rows = ranking.filter(
            (pl.col("assessment_id") == assessment_id) & (pl.col("rank") <= TOP)
        ).sort("rank", "unit_id")
        print_ranking(rows, title=f"\n{assessment_id}")
    say(f"\n{headline}: {release.release_id}")
    say(str(release.folder))
    return 0
