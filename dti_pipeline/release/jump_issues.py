"""Add the jumps between assessments to the issues of a release, where both stand side by side."""

from collections.abc import Callable, Mapping

import polars as pl

from dti_pipeline.acceptance.plausibility.settings import CheckSettings
from dti_pipeline.release.jumps import Year, jumps
from schemas.issues.issue import to_frame
from schemas.text import Text


def with_jumps(
    tables: Mapping[str, pl.DataFrame], *, settings: Callable[[str], Mapping[str, CheckSettings]]
) -> pl.DataFrame:
    """Return ``dq_issue`` with the jumps on the compared assessment, numbered on.

    Args:
        tables: of the release; fact_ranking already compared. Assessments that are not strictly
            comparable are left out: between two frameworks everything jumps.
        settings: gives of an assessment framework → the thresholds it was computed with; asked
            for those that are compared only.
    """
    issues, ranking = tables["dq_issue"], tables["fact_ranking"]
    shown = set(tables["dim_assessment"]["assessment_id"].to_list())
    frames = [issues]
    for row in tables["dim_assessment"].iter_rows(named=True):
        assessment_id, compared = row["assessment_id"], row["compared_with"]
        if compared not in shown or row["comparability"] != "none":
            continue
        found = to_frame(
            jumps(
                _year(tables, assessment_id),
                _year(tables, compared),
                names=component_names(tables["dim_indicator"]),
                settings=settings(assessment_id),
            )
        )
        own = issues.filter(assessment_id=assessment_id)
        revision = ranking.filter(assessment_id=assessment_id)["revision_id"]
        frames.append(
            found.with_row_index("issue_no", offset=own.height + 1)
            .with_columns(
                pl.col("issue_no").cast(pl.Int32),
                assessment_id=pl.lit(assessment_id),
                revision_id=pl.lit(revision.first(), dtype=pl.String),
            )
            .select(issues.columns)
        )
    return pl.concat(frames)


def _year(tables: Mapping[str, pl.DataFrame], assessment_id: str) -> Year:
    ranking = tables["fact_ranking"].filter(assessment_id=assessment_id)
    observations = tables["fact_observation"].filter(assessment_id=assessment_id)
    return year_of(observations=observations, ranking=ranking)


def year_of(*, observations: pl.DataFrame, ranking: pl.DataFrame) -> Year:
    """Return a year from its published tables: who is ranked was assessed by that framework."""
    units = ranking.select("unit_id", "framework_id").unique(maintain_order=True)
    return Year(units=units, observations=observations, ranking=ranking)


def component_names(indicators: pl.DataFrame) -> dict[str, dict[str, Text]]:
    """Return framework → component → name in both languages."""
    names: dict[str, dict[str, Text]] = {
        framework_id: {} for framework_id in indicators["framework_id"].unique()
    }
    for row in indicators.filter(indicator_level="component").iter_rows(named=True):
        name = Text(row["name_vi"], row["name_en"])
        names[row["framework_id"]][row["indicator_code"]] = name
    return names
