"""Add the jumps between assessments to the issues of a release, where both stand side by side."""

from collections.abc import Iterator, Mapping

import polars as pl

from dti_pipeline.plausibility.settings import CheckSettings, load_settings
from dti_pipeline.plausibility.years import figure_jumps, value_jumps
from schemas.issues import Issue, to_frame


def with_jumps(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return ``dq_issue`` with the jumps on the compared assessment, numbered on.

    Args:
        tables: of the release; fact_ranking already compared. Assessments that are not strictly
            comparable are left out: between two frameworks everything jumps.
    """
    settings = load_settings()
    issues = tables["dq_issue"]
    frames = [issues]
    for row in tables["dim_assessment"].iter_rows(named=True):
        found = to_frame(_jumps(tables, row["assessment_id"], settings))
        own = issues.filter(assessment_id=row["assessment_id"])
        revision = tables["fact_ranking"].filter(assessment_id=row["assessment_id"])["revision_id"]
        frames.append(
            found.with_row_index("issue_no", offset=own.height + 1)
            .with_columns(
                pl.col("issue_no").cast(pl.Int32),
                assessment_id=pl.lit(row["assessment_id"]),
                revision_id=pl.lit(revision.first(), dtype=pl.String),
            )
            .select(issues.columns)
        )
    return pl.concat(frames)


def _jumps(
    tables: Mapping[str, pl.DataFrame], assessment_id: str, settings: CheckSettings
) -> Iterator[Issue]:
    """Yield the jumps of one assessment."""
    assessments = {row["assessment_id"]: row for row in tables["dim_assessment"].to_dicts()}
    now, before = (
        assessments[assessment_id],
        assessments.get(assessments[assessment_id]["compared_with"]),
    )
    if before is None or now["comparability"] != "none":
        return
    own = pl.col("assessment_id") == assessment_id
    observations = tables["fact_observation"]
    if now["framework_id"] is not None and now["framework_id"] == before["framework_id"]:
        yield from figure_jumps(
            observations.filter(own),
            observations.filter(assessment_id=before["assessment_id"]),
            labels=component_names(tables["dim_indicator"], now["framework_id"]),
            settings=settings.jump,
        )
    yield from value_jumps(tables["fact_ranking"].filter(own), settings=settings.jump)


def component_names(indicators: pl.DataFrame, framework_id: str) -> dict[str, str]:
    """Return component → name in both languages."""
    rows = indicators.filter(framework_id=framework_id, indicator_level="component")
    return {
        row["indicator_code"]: f"{row['name_vi']} / {row['name_en']}"
        for row in rows.iter_rows(named=True)
    }
