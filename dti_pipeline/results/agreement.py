"""Results beside official ones: every mismatch is an issue, and what agrees is marked."""

import polars as pl
from pandera.typing.polars import DataFrame

from dti_pipeline.index.beside import beside
from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.tables.official import OfficialResults
from dti_pipeline.results.official import (
    agreement_issues,
    compare,
    mean_issues,
    reproduced_pairs,
    scope_issues,
)
from dti_pipeline.results.published_years import with_published
from schemas.stages import OfficialComparison, ScopeScores


def agree(
    definition: Definition, ranking: DataFrame[ScopeScores], official: OfficialResults
) -> tuple[DataFrame[ScopeScores], pl.DataFrame]:
    """Compare with official results.

    Returns:
        The scopes with ``data_basis`` raised to calibrated_sample where a sample reproduces the
        published value, or with published rows and ranks where only those hold; and the issues of
        the comparison.
    """
    assessment = definition.assessment
    if definition.ranks_are_published:
        values = official.figures.filter(~pl.col("what").is_in(["rank", "rank_of"]))
        compared = compare(values, ranking=ranking, assessment=assessment)
        rows, issues = with_published(definition, ranking, official.figures)
    else:
        compared = compare(official.figures, ranking=ranking, assessment=assessment)
        rows = _with_calibrated(definition, ranking, compared)
        issues = pl.concat(
            [
                scope_issues(official.figures, definition.frameworks),
                mean_issues(ranking=ranking, assessment=assessment),
            ]
        )
    return (
        ScopeScores.validate(rows.select(ScopeScores.names())),
        pl.concat([official.issues, agreement_issues(compared), issues]),
    )


def _with_calibrated(
    definition: Definition, ranking: pl.DataFrame, compared: DataFrame[OfficialComparison]
) -> pl.DataFrame:
    """Mark samples that reproduce the published value."""
    pairs = pl.concat(
        reproduced_pairs(compared, one) for one in definition.frameworks.values()
    ).unique()
    basis = pl.when(pl.col("is_reproduced") & (pl.col("data_basis") == "sample"))
    return beside(
        ranking, pairs.with_columns(is_reproduced=pl.lit(True)), on=["unit_id", "scope_code"]
    ).with_columns(data_basis=basis.then(pl.lit("calibrated_sample")).otherwise("data_basis"))
