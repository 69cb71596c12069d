"""The tables of a revision that come from figures, scores and ranks."""

from collections.abc import Callable, Iterable

import polars as pl

from dti_pipeline.acceptance.reconciliation import reconciliation
from dti_pipeline.exact import with_figures
from dti_pipeline.index.definition import Definition
from dti_pipeline.index.targets.load import load_targets
from dti_pipeline.results.appraisal_stages import stage_scores
from dti_pipeline.results.dimensions import (
    assessment_rows,
    framework_rows,
    indicator_rows,
    option_rows,
    succession_rows,
    tile_rows,
    unit_rows,
    variable_rows,
)
from dti_pipeline.results.facts import Facts, observation_facts
from dti_pipeline.results.group_summary import group_summary
from dti_pipeline.results.on_demand import OnDemand
from dti_pipeline.results.targets import target_facts
from schemas.contract import Table
from schemas.issues.issue import GRAVITY, PARTS
from schemas.tables.rankings import FactRanking
from schemas.tables.scores import FactComponentScore


def result_tables(
    definition: Definition,
    *,
    facts: Facts,
    observations: pl.DataFrame,
    issues: Iterable[pl.DataFrame],
) -> OnDemand:
    """Lay one assessment's results out as the tables of a revision.

    Here whole millionths become the figures of tables; up to here all are whole numbers. The
    arguments are those of ``pipeline.tables``.
    """
    assessment, scopes = definition.assessment, facts.scopes
    # What was only published has no maximum that counted: a fact for the ranking alone.
    scored = scopes.filter(pl.col("max_points_effective_micro").is_not_null())
    own_observations = definition.own_rows(observations)
    frames = {
        "dim_unit": unit_rows(definition),
        "bridge_unit_succession": succession_rows(definition),
        "dim_tile": tile_rows(definition),
        "dim_indicator": indicator_rows(definition),
        "dim_framework": framework_rows(definition),
        "dim_variable": variable_rows(definition),
        "dim_option": option_rows(definition),
        "dim_assessment": assessment_rows(definition, scopes),
        "fact_component_score": facts.components.with_columns(**_no_change(FactComponentScore)),
        "fact_main_score": scored.filter(scope="main").with_columns(main_code="scope_code"),
        "fact_pillar_score": scored.filter(scope="pillar").with_columns(pillar_code="scope_code"),
        "fact_ranking": scopes.with_columns(**_no_change(FactRanking), prev_basis=pl.lit("none")),
        "fact_target": target_facts(
            load_targets(definition),
            assessment=assessment,
            frameworks=definition.frameworks,
            units=definition.units,
            accepted=observations.filter("accepted"),
            scopes=scopes,
            components=facts.components,
        ),
        "fact_group_summary": group_summary(
            scopes, assessment=assessment, means_are_published=definition.ranks_are_published
        ),
        "dq_issue": issue_rows(issues, assessment_id=assessment.id),
    }
    large: dict[str, Callable[[], pl.DataFrame]] = {
        "fact_observation": lambda: observation_facts(definition, own_observations),
        "fact_reconciliation": lambda: reconciliation(definition, own_observations),
        "fact_stage_score": lambda: stage_scores(
            definition, facts=facts, observations=observations
        ),
    }
    return OnDemand(frames, large).changed(lambda _, frame: with_figures(frame))


def _no_change(table: type[Table]) -> dict[str, pl.Expr]:
    """Return the columns that a release fills from the compared assessment, still empty."""
    return {
        name: pl.lit("none" if name == "prev_break" else None, dtype=dtype)
        for name, dtype in table.schema().items()
        if name.endswith(("_prev", "_change", "_break"))
    }


def issue_rows(frames: Iterable[pl.DataFrame], *, assessment_id: str) -> pl.DataFrame:
    """Number all issues of an assessment: the blocking first, then in the order of stages."""
    return (
        pl.concat(frames)
        .drop(PARTS)
        .sort(GRAVITY, maintain_order=True)
        .with_row_index("issue_no", offset=1)
        .with_columns(pl.col("issue_no").cast(pl.Int32), assessment_id=pl.lit(assessment_id))
    )
