"""Why ranks moved from one year to another, from published values alone.

Two years share no figures that could be scored again, so the steps are rankings of values. They
follow the order of `rank_changes`: framework, set of units, other units, the unit itself. What a
new framework does is seen in the old results of the main indices, weighed as it weighs them: what
it changed inside a main index cannot be told from what the unit did, and counts as own.
"""

from typing import Final

import polars as pl

from dti_pipeline.exact import as_figure, quotient, value_units, wide
from dti_pipeline.index.beside import beside

CAUSES: Final = ("framework", "units", "others", "own")
# The main indices that only one of the years has, taken together.
REST: Final = "rest"
_UNIT: Final = ("pool", "unit_id")


def rank_among(own: pl.DataFrame, rivals: pl.DataFrame, *, by: list[str]) -> pl.DataFrame:
    """Return the rank that each value would take among the values of the other units.

    Args:
        own: unit_id, ``by``, value.
        rivals: the same columns; a unit's own value there is left out.
        by: what is ranked apart: a scope, a pool.

    Returns:
        unit_id, ``by``, rank for every value of ``own`` that is known.
    """
    values = own.filter(pl.col("value").is_not_null()).select("unit_id", *by, "value")
    ahead = (
        values.join(rivals.select(*by, rival="unit_id", rival_value="value"), on=by)
        .filter(pl.col("rival") != pl.col("unit_id"), pl.col("rival_value") > pl.col("value"))
        .group_by("unit_id", *by)
        .agg(ahead=pl.len())
    )
    return beside(values, ahead, on=["unit_id", *by]).select(
        "unit_id", *by, rank=(pl.col("ahead").fill_null(0) + 1).cast(pl.Int32)
    )


def rank_moves(
    before: pl.DataFrame, after: pl.DataFrame, mains: pl.DataFrame, *, decimals: int
) -> pl.DataFrame:
    """Split the move of every unit that both years rank in one pool.

    Args:
        before: unit_id, pool, value, rank, n_ranked of the earlier year.
        after: the same of the later year.
        mains: as `main_moves` returns them.
        decimals: published decimals of the values.

    Returns:
        unit_id, pool, rank_from, ``rank_change_<cause>``; the parts are whole places, positive is
        up, and add up to the whole move. No row where a year lacks the value of some unit of the
        pool, or the weights of the frameworks cannot be exchanged.
    """
    pool = ["pool"]
    is_ranked = pl.col("rank").is_not_null()
    is_whole = pl.col("value").is_not_null().all() & (pl.len() == pl.col("n_ranked").max())
    # One for a pool, null where no main is known: then nothing says that the weights are the same.
    same_weights = pl.col("same_weights").any().over("pool")
    old = (
        before.filter(is_ranked)
        .pipe(beside, _weighed(mains, decimals=decimals), on=_UNIT)
        .with_columns(value=pl.when(same_weights).then("value").otherwise("weighed"))
        .filter(is_whole.over("pool"))
    )
    new = after.filter(is_ranked).filter(is_whole.over("pool"))
    joined = new.join(old, on=_UNIT, how="anti")
    stayed = old.join(new, on=_UNIT, how="semi", maintain_order="left")
    columns = [*_UNIT, "value"]
    steps = {
        "framework": rank_among(old, old, by=pool),
        "units": rank_among(
            stayed, pl.concat([stayed.select(columns), joined.select(columns)]), by=pool
        ),
        "others": rank_among(stayed, new, by=pool),
        "own": new,
    }
    rows = stayed.select(*_UNIT, rank_from="rank")
    previous = "rank_from"
    for cause, ranks in steps.items():
        rows = beside(rows, ranks.select(*_UNIT, pl.col("rank").alias(cause)), on=_UNIT)
        move = pl.col(previous) - pl.col(cause)
        rows = rows.with_columns(move.alias(f"rank_change_{cause}"))
        previous = cause
    return rows.drop(CAUSES)


def main_moves(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Compare the main indices of two years, with the weights of the later one.

    Main indices are the same where their concept is; those that one year alone has are compared
    together, as `REST`.

    Args:
        before: unit_id, pool, concept, points_micro, max_micro of the earlier year, counted mains.
        after: the same of the later year.

    Returns:
        unit_id, pool, main (a concept, or `REST`), weight_from, weight_to (the largest maximum of
        the pool's units), points_from and points_to: micro-points at the later weight.
    """
    concept = ["pool", "concept"]
    common = before.select(concept).unique().join(after.select(concept).unique(), on=concept)

    def by_main(rows: pl.DataFrame) -> pl.DataFrame:
        is_common = pl.struct(concept).is_in(
            common.select(pl.struct(concept)).to_series().implode()
        )
        return (
            rows.with_columns(main=pl.when(is_common).then("concept").otherwise(pl.lit(REST)))
            .group_by(*_UNIT, "main", maintain_order=True)
            .agg(
                pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()).alias(name)
                for name in ("points_micro", "max_micro")
            )
            .with_columns(weight=pl.col("max_micro").max().over("pool", "main"))
        )

    key = [*_UNIT, "main"]
    rows = by_main(before).join(
        by_main(after), on=key, how="full", coalesce=True, suffix="_to", maintain_order="right_left"
    )
    # A unit that left has no later maximum: the weight is that of its pool.
    weight_to = pl.col("weight_to").max().over("pool", "main")

    def at_weight(points: str, maximum: str) -> pl.Expr:
        is_known = pl.col(maximum) > 0
        return pl.when(is_known).then(
            quotient(wide(pl.col(points)) * weight_to, pl.when(is_known).then(maximum))
        )

    return rows.select(
        *key,
        weight_from=pl.col("weight").max().over("pool", "main"),
        weight_to=weight_to,
        points_from=at_weight("points_micro", "max_micro"),
        points_to=at_weight("points_micro_to", "max_micro_to"),
    )


def _weighed(mains: pl.DataFrame, *, decimals: int) -> pl.DataFrame:
    """Return the value of a unit's old mains at the later weights, null where one is missing."""
    weights = mains.select("pool", "main", "weight_from", "weight_to").unique()
    share_from = wide(pl.col("weight_from")) * pl.col("weight_to").sum().over("pool")
    share_to = wide(pl.col("weight_to")) * pl.col("weight_from").sum().over("pool")
    same = (
        weights.with_columns(is_same=(share_from == share_to).fill_null(False))
        .group_by("pool")
        .agg(same_weights=pl.col("is_same").all())
    )
    was_there = mains.filter(pl.col("points_from").is_not_null().any().over(*_UNIT))
    return (
        was_there.group_by(*_UNIT)
        .agg(
            points=pl.when(pl.col("points_from").is_not_null().all()).then(
                pl.col("points_from").sum()
            ),
            weight=pl.col("weight_to").sum(),
        )
        .join(same, on="pool")
        .select(
            *_UNIT,
            "same_weights",
            weighed=as_figure(value_units(pl.col("points"), pl.col("weight"), decimals), decimals),
        )
    )
