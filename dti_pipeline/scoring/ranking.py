"""Rank units on the published decimals, exactly.

Equal printed values share the better rank and the next one is skipped (DTI 2022: 15, 15, 17).
Whether ties are judged before or after rounding is written nowhere; ranking on the published
decimals is this project's decision, so that no reader sees two ranks for one printed value.
"""

from collections.abc import Sequence

import polars as pl

from dti_pipeline.exact import value_units
from dti_pipeline.scoring.aggregation import Scope, maximum_column, points_column


def value_column(code: str) -> str:
    """Return the column with a scope's value, as a whole number of last published places."""
    return f"value:{code}"


def rank_column(code: str) -> str:
    return f"rank:{code}"


def publish_values(sums: pl.DataFrame, *, scopes: Sequence[Scope], decimals: int) -> pl.DataFrame:
    """Round every scope's value once, half up, to its published decimals.

    Returns:
        ``sums`` with ``value:<code>`` (Int64, in units of the last place; null where nothing of
        the scope was assessed).
    """
    return sums.with_columns(
        value_units(
            pl.col(points_column(scope.code)), pl.col(maximum_column(scope.code)), decimals
        ).alias(value_column(scope.code))
        for scope in scopes
    )


def rank_units(values: pl.DataFrame, *, scopes: Sequence[Scope]) -> pl.DataFrame:
    """Rank units within their ``pool``; those without one, and null values, get no rank.

    Returns:
        unit_id and ``rank:<code>`` (Int32) per ranked scope.
    """
    # Ranking over a single pool takes three times as long as ranking a column.
    has_pools = values["pool"].drop_nulls().n_unique() > 1
    ranks = []
    for code in (scope.code for scope in scopes if scope.is_ranked):
        value = pl.when(pl.col("pool").is_not_null()).then(value_column(code))
        rank = competition_rank(value)
        ranks.append((rank.over("pool") if has_pools else rank).alias(rank_column(code)))
    return values.select("unit_id", *ranks)


def competition_rank(value: pl.Expr) -> pl.Expr:
    """Rank from the largest down; ties share the better rank and the next is skipped."""
    return value.rank("min", descending=True).cast(pl.Int32)
