"""Results beside official ones: every mismatch is an issue, and what agrees is marked."""

import polars as pl

from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.tables.official import OfficialResults
from dti_pipeline.results.official import agreement_issues, calibrated, compare, mean_issues
from dti_pipeline.results.published_years import with_published
from dti_pipeline.scoring.aggregation import scopes


def agree(
    definition: Definition, ranked: pl.DataFrame, official: OfficialResults
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Compare with official results.

    Returns:
        The scopes with ``data_basis`` raised to calibrated_sample where a sample reproduces the
        published value, and the issues of the comparison.
    """
    assessment = definition.assessment
    if definition.ranks_are_published:
        return _agree_with_published_year(definition, ranked, official)
    compared = compare(official.figures, ranking=ranked, assessment=assessment)
    issues = [
        official.issues,
        agreement_issues(compared),
        mean_issues(ranking=ranked, assessment=assessment),
    ]
    pairs = [
        calibrated(compared, mains_outside=_mains_outside(framework))
        for framework in definition.frameworks.values()
    ]
    marked = ranked.join(
        pl.concat(pairs).unique(maintain_order=True).with_columns(reproduced=pl.lit(True)),
        on=["unit_id", "scope_code"],
        how="left",
        maintain_order="left",
    ).with_columns(
        data_basis=pl.when(
            pl.col("reproduced").fill_null(value=False) & (pl.col("data_basis") == "sample")
        )
        .then(pl.lit("calibrated_sample"))
        .otherwise("data_basis")
    )
    return marked.drop("reproduced"), pl.concat(issues)


def _agree_with_published_year(
    definition: Definition, ranked: pl.DataFrame, official: OfficialResults
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Compare what could be computed with what was published, then add what was only published."""
    assessment = definition.assessment
    (framework,) = definition.frameworks.values()
    values = official.figures.filter(pl.col("what") != "rank")
    compared = compare(values, ranking=ranked, assessment=assessment)
    rows, issues = with_published(
        ranked,
        figures=official.figures,
        units=definition.units,
        scopes=scopes(framework),
        assessment=assessment,
    )
    return rows, pl.concat([official.issues, agreement_issues(compared), issues])


def _mains_outside(framework: BoundFramework) -> dict[str, tuple[str, ...]]:
    """Return, per pillar, the counted mains that are not part of it."""
    counted = [main.code for main in framework.file.mains if main.counted]
    return {
        pillar.code: tuple(code for code in counted if code not in pillar.mains)
        for pillar in framework.file.pillars
    }
