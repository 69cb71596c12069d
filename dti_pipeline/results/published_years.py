"""What is public of a past year, as an assessment of its own.

A history assessment scores what its deliveries allow (DTI 2020: three provinces, from their
pillars) and shows everything else as it was published. It covers only part of the units, so it
never ranks: a rank of its own would be a rank among those whose figures happen to be public.
Published ranks stand, marked as such, among all units of the unit set.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.definition import label_columns
from dti_pipeline.index.scope_name import scope_name
from dti_pipeline.scoring.aggregation import Scope
from schemas.files.assessment import Assessment
from schemas.issues.issue import make, to_frame
from schemas.text import Text

KEY: Final = ("unit_id", "scope", "scope_code")
FIGURES: Final = ("value", "points", "rank")
# What a rank is compared with is unknown where only some units are public.
_UNKNOWN_RANKS: Final = ("rank_in_group", "rank_in_region")
_UNKNOWN_COUNTS: Final = ("n_in_group", "n_in_region")


def with_published(
    ranked: pl.DataFrame,
    *,
    figures: pl.DataFrame,
    units: pl.DataFrame,
    scopes: Sequence[Scope],
    assessment: Assessment,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give computed rows their published ranks and add the rows that are only published.

    Args:
        ranked: rows of the units that could be computed, without ranks.
        figures: published figures, as ``intake.tables.official`` reads them.
        units: unit_id, unit_name, group_code, region_code of the whole unit set.
        scopes: scopes of the framework; they give published rows their concept.
        assessment: the history assessment, with one framework.

    Returns:
        One row per unit and scope. A published row has no points unless they were printed, and no
        effective maximum, because nobody says what counted that year. And issues: published
        scopes that the framework does not have.
    """
    known = _side_by_side(figures).join(
        pl.DataFrame(
            [(s.kind, s.code, s.concept, s.maximum, s.is_counted) for s in scopes],
            schema=["scope", "scope_code", "concept", "maximum", "is_counted"],
            orient="row",
        ),
        on=["scope", "scope_code"],
        how="left",
        maintain_order="left",
    )
    foreign = known.filter(pl.col("concept").is_null())
    issues = to_frame(
        make(
            "official.not_found",
            unit_id=row["unit_id"],
            source_file=row["source_file"],
            source_cell=row["source_cell"],
            what=Text(
                *(
                    f"{name} ({assessment.framework})"
                    for name in scope_name(row["scope"], row["scope_code"])
                )
            ),
            action_taken="figure left out",
        )
        for row in foreign.iter_rows(named=True)
    )
    rows = (
        known.filter(pl.col("concept").is_not_null())
        .join(ranked.select(*KEY), on=KEY, how="anti", maintain_order="left")
        .join(
            units.select("unit_id", "unit_name", "group_code", "region_code"),
            on="unit_id",
            maintain_order="left",
        )
        .with_columns(
            **label_columns(assessment),
            framework_id=pl.lit(assessment.framework),
            value_micro="published_value",
            points_micro="published_points",
            max_points_micro="maximum",
            data_basis=pl.lit("published"),
        )
    )
    ranks = known.select(*KEY, "published_rank")
    together = pl.concat(
        [ranked, rows.select(c for c in rows.columns if c in ranked.columns)], how="diagonal"
    )
    return _ranked_as_published(together, ranks, n_units=units.height), issues


def _side_by_side(figures: pl.DataFrame) -> pl.DataFrame:
    """Return one row per unit and scope: published value, points and rank, in millionths."""
    return figures.group_by(KEY, maintain_order=True).agg(
        *(
            pl.col("published").filter(pl.col("what") == what).first().alias(f"published_{what}")
            for what in FIGURES
        ),
        pl.col("source_file").first(),
        pl.col("source_cell").first(),
    )


def _ranked_as_published(rows: pl.DataFrame, ranks: pl.DataFrame, *, n_units: int) -> pl.DataFrame:
    """Put the published ranks in, which count all units; ranks among fewer stay unknown."""
    rank = (pl.col("published_rank") // MICRO).cast(pl.Int32)
    in_scope = ["scope", "scope_code"]
    return (
        rows.drop("rank")
        .join(ranks, on=KEY, how="left", maintain_order="left")
        .with_columns(rank=rank)
        .with_columns(
            rank_basis=pl.when(pl.col("rank").is_not_null())
            .then(pl.lit("published"))
            .otherwise(pl.lit("none")),
            n_ranked=pl.when(pl.col("rank").is_not_null())
            .then(pl.lit(n_units, dtype=pl.Int32))
            .otherwise(pl.lit(0, dtype=pl.Int32)),
            is_tied=pl.col("rank").is_not_null() & (pl.len().over([*in_scope, "rank"]) > 1),
            **{name: pl.lit(None, dtype=pl.Int32) for name in _UNKNOWN_RANKS},
            **{name: pl.lit(0, dtype=pl.Int32) for name in _UNKNOWN_COUNTS},
        )
        .drop("published_rank")
    )
