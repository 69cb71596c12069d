"""Issues that show only in a release, where years and revisions stand side by side."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import polars as pl

from dti_pipeline.acceptance.plausibility.settings import CheckSettings
from dti_pipeline.intake.files.deliveries import FOLDERS
from dti_pipeline.release.jumps import Year, jumps
from dti_pipeline.release.repeats import repeated_files
from dti_pipeline.store.revisions import Revision, Store
from schemas.files.framework import GENERAL
from schemas.issues.issue import Issue, make, to_frame
from schemas.text import Text


def with_issues(
    tables: Mapping[str, pl.DataFrame], added: Mapping[str, Sequence[Issue]]
) -> pl.DataFrame:
    """Return ``dq_issue`` with more issues of each assessment, numbered on."""
    issues, ranking = tables["dq_issue"], tables["fact_ranking"]
    frames = [issues]
    for assessment_id, more in added.items():
        own = issues.filter(assessment_id=assessment_id)
        revision = ranking.filter(assessment_id=assessment_id)["revision_id"]
        frames.append(
            to_frame(more)
            .with_row_index("issue_no", offset=own.height + 1)
            .with_columns(
                pl.col("issue_no").cast(pl.Int32),
                assessment_id=pl.lit(assessment_id),
                revision_id=pl.lit(revision.first(), dtype=pl.String),
            )
            .select(issues.columns)
        )
    return pl.concat(frames)


def jump_issues(
    tables: Mapping[str, pl.DataFrame], *, settings: Callable[[str], Mapping[str, CheckSettings]]
) -> defaultdict[str, list[Issue]]:
    """Return assessment → its jumps on the compared assessment, and what repeats an earlier year.

    Assessments that are not strictly comparable are left out: between two frameworks everything
    jumps.

    Args:
        tables: of the release; fact_ranking already compared.
        settings: gives of an assessment framework → the thresholds it was computed with.
    """
    assessments, observations = tables["dim_assessment"], tables["fact_observation"]
    ranking = tables["fact_ranking"]
    names = component_names(tables["dim_indicator"])
    issues: defaultdict[str, list[Issue]] = defaultdict(list)
    for (assessment_id, year), own in observations.group_by(
        "assessment_id", "assessment_year", maintain_order=True
    ):
        earlier = observations.filter(pl.col("assessment_year") < year)
        issues[str(assessment_id)] += repeated_files(own, earlier)
    for row in assessments.filter(
        pl.col("compared_with").is_in(assessments["assessment_id"].implode()), comparability="none"
    ).iter_rows(named=True):
        now, before = (
            year_of(
                observations=observations.filter(assessment_id=name),
                ranking=ranking.filter(assessment_id=name),
            )
            for name in (row["assessment_id"], row["compared_with"])
        )
        own_settings = settings(row["assessment_id"])
        issues[row["assessment_id"]] += jumps(now, before, names=names, settings=own_settings)
    return issues


def edited_deliveries(store: Store, revision: Revision) -> list[Issue]:
    """Say which deliveries have another content than an earlier revision was computed from.

    A file is never edited after it arrived; a new figure is a correction. It is computed with what
    the file holds now, and both contents are named.
    """
    issues = {}
    own = {e["path"]: e["sha256"] for e in revision.inputs if e["role"] in FOLDERS.values()}
    for earlier in store.revisions(revision.assessment_id):
        if earlier.revision_no >= revision.revision_no:
            continue
        for entry in earlier.inputs:
            path, digest = entry["path"], entry["sha256"]
            if own.get(path, digest) != digest:
                issues[path] = make(
                    "delivery.edited",
                    source_file=path,
                    revision=earlier.revision_id,
                    before=digest[:12],
                    now=own[path][:12],
                    action_taken="the present content counted",
                )
    return list(issues.values())


def year_of(*, observations: pl.DataFrame, ranking: pl.DataFrame) -> Year:
    """Return a year from its published tables: who is ranked was assessed by that framework.

    General information is left out: an area rightly stays from year to year.
    """
    units = ranking.select("unit_id", "framework_id").unique(maintain_order=True)
    scored = observations.filter(pl.col("component_code") != GENERAL)
    return Year(units=units, observations=scored, ranking=ranking)


def component_names(indicators: pl.DataFrame) -> dict[str, dict[str, Text]]:
    """Return framework → component → name in both languages."""
    names: dict[str, dict[str, Text]] = defaultdict(dict)
    for row in indicators.filter(indicator_level="component").iter_rows(named=True):
        name = Text(row["name_vi"], row["name_en"])
        names[row["framework_id"]][row["indicator_code"]] = name
    return names
