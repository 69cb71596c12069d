"""Changes on the compared assessment: computed when a release is put together.

A revision holds figures of its own year only, so that a correction of 2022 does not make a new
revision of 2023: it changes what the next release shows as the change on 2022. Years are joined
on the unit and the concept, never on a code: framework 405 calls digital government 6, framework
922 calls it 7, and seven official unit codes name another province since July 2025.
"""

import polars as pl

from schemas.assessment import Assessment

PREVIOUS = ("value_prev", "value_change", "rank_prev", "rank_change", "prev_basis", "prev_break")


def add_change(ranking: pl.DataFrame, *, previous: pl.DataFrame | None, kind: str) -> pl.DataFrame:
    """Add value and rank of the compared assessment, and the change on them.

    Args:
        ranking: rows of one assessment, one per unit and scope.
        previous: ranking rows of the compared assessment, None where there is none.
        kind: the break between both: none, framework_changed, units_changed, not_comparable.

    Returns:
        ``ranking`` with ``PREVIOUS``; ``rank_change`` is positive when a unit moved up.
    """
    if previous is None:
        return ranking.with_columns(
            value_prev=pl.lit(None, dtype=pl.Float64),
            value_change=pl.lit(None, dtype=pl.Float64),
            rank_prev=pl.lit(None, dtype=pl.Int32),
            rank_change=pl.lit(None, dtype=pl.Int32),
            prev_basis=pl.lit("none"),
            prev_break=pl.lit("none"),
        )
    before = previous.select(
        "unit_id",
        "scope",
        "concept",
        value_prev="value",
        rank_prev="rank",
        prev_basis=pl.when(pl.col("rank_basis") != "none")
        .then("rank_basis")
        .otherwise(pl.when(pl.col("value").is_not_null()).then(pl.lit("computed"))),
    )
    return (
        ranking.drop(PREVIOUS, strict=False)
        .join(before, on=["unit_id", "scope", "concept"], how="left", maintain_order="left")
        .with_columns(
            value_change=(pl.col("value") - pl.col("value_prev")).round(6),
            rank_change=pl.col("rank_prev") - pl.col("rank"),
            prev_basis=pl.col("prev_basis").fill_null("none"),
        )
        .with_columns(
            prev_break=pl.when(pl.col("prev_basis") == "none")
            .then(pl.lit("none"))
            .otherwise(pl.lit(kind))
        )
    )


def break_of(assessment: Assessment) -> str:
    """Return the kind of break before an assessment."""
    return assessment.comparability_break.kind if assessment.comparability_break else "none"
