"""What is public of a past year, as an assessment of its own.

A published year scores what its deliveries allow (DTI 2020: three provinces, from their pillars)
and shows everything else as it was published. It covers only part of the units, so it never ranks:
a rank of its own would be a rank among those whose figures happen to be public. Published ranks
hold, marked as such, among all units of the unit set.
"""

from typing import Final

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.beside import beside
from dti_pipeline.index.definition import Definition
from dti_pipeline.results.official import unknown_scope
from dti_pipeline.scoring.aggregation import scopes
from schemas.issues.issue import make, place_of, to_frame
from schemas.stages import OFFICIAL_FIGURES

KEY: Final = ("unit_id", "scope", "scope_code")


def with_published(
    definition: Definition, ranking: pl.DataFrame, figures: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give computed rows, which have no ranks, the published ones; add what is only published.

    Returns:
        One row per unit and scope. A published row has no points unless they were printed, and no
        effective maximum, because nobody says what counted that year. And issues: published
        scopes that the framework does not have.
    """
    assessment, units = definition.assessment, definition.units
    (framework,) = definition.frameworks.values()
    described = pl.DataFrame(
        [(s.kind, s.code, s.concept, s.maximum, s.is_counted) for s in scopes(framework)],
        schema=["scope", "scope_code", "concept", "max_points_micro", "is_counted"],
        orient="row",
    )
    published = beside(_side_by_side(figures), described, on=["scope", "scope_code"])
    issues = to_frame(
        make(
            "official.not_found",
            **place_of(row),
            what=unknown_scope(row, definition.frameworks),
            action_taken="figure left out",
        )
        for row in published.filter(pl.col("concept").is_null()).iter_rows(named=True)
    )
    only_published = (
        published.filter(pl.col("concept").is_not_null())
        .join(ranking, on=KEY, how="anti", maintain_order="left")
        .join(units.select("unit_id", "region_code"), on="unit_id", maintain_order="left")
        .pipe(definition.labelled)
        .with_columns(
            framework_id=pl.lit(framework.id),
            value_micro="published_value",
            points_micro="published_points",
            data_basis=pl.lit("published"),
        )
    )
    columns = [name for name in ranking.columns if name in only_published.columns]
    rows = pl.concat([ranking, only_published.select(columns)], how="diagonal")
    # Of groups ranked apart the whole set is not the number that a rank counts.
    is_apart = assessment.rank_pool == "group"
    n_units = None if is_apart else units.height
    ranks = published.select(
        *KEY,
        rank=(pl.col("published_rank") // MICRO).cast(pl.Int32),
        rank_of=(pl.col("published_rank_of") // MICRO)
        .cast(pl.Int32)
        .fill_null(pl.lit(n_units, dtype=pl.Int32)),
    )
    return _ranked_as_published(rows, ranks, is_apart=is_apart), issues


def _side_by_side(figures: pl.DataFrame) -> pl.DataFrame:
    """Return one row per unit and scope: published value, points and rank, in millionths."""
    return figures.group_by(KEY, maintain_order=True).agg(
        *(
            pl.col("published").filter(pl.col("what") == what).first().alias(f"published_{what}")
            for what in OFFICIAL_FIGURES
        ),
        pl.col("source_file", "source_cell").first(),
    )


def _ranked_as_published(
    rows: pl.DataFrame, ranks: pl.DataFrame, *, is_apart: bool
) -> pl.DataFrame:
    """Put the published ranks in, and how many units they count; ranks among fewer are unknown."""
    is_ranked = pl.col("rank").is_not_null()
    tied = ["scope", "scope_code", "rank", *(["group_code"] if is_apart else [])]
    unknown, none = pl.lit(None, dtype=pl.Int32), pl.lit(0, dtype=pl.Int32)
    return (
        rows.drop("rank")
        .join(ranks, on=KEY, how="left", maintain_order="left")
        .with_columns(
            rank_basis=pl.when(is_ranked).then(pl.lit("published")).otherwise(pl.lit("none")),
            n_ranked=pl.when(is_ranked).then("rank_of").otherwise(none),
            is_tied=is_ranked & (pl.len().over(tied) > 1),
            rank_in_group=pl.when(is_apart & pl.col("rank_of").is_not_null()).then("rank"),
            rank_in_region=unknown,
            n_in_group=pl.when(is_apart).then("rank_of").otherwise(none).fill_null(0),
            n_in_region=none,
        )
    )
