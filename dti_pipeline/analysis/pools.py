"""Who was ranked against whom, read back from the ranking itself."""

import polars as pl

from dti_pipeline.exact import as_whole


def computed_ranks(overall: pl.DataFrame, *, decimals: int) -> pl.DataFrame:
    """Return the units ranked by computation, by unit_id, with the pool each is ranked in.

    The pool is the group where every rank is the rank in the group, else it is everybody; units of
    another framework are always another pool. Units not ranked, and ranks taken from a published
    table, are left out.

    Args:
        overall: rows of ``fact_ranking`` of one assessment with scope overall (or of one scope).
        decimals: published decimals of a value.

    Returns:
        The rows with ``pool_id`` (String) and ``value_units`` (Int64, in last published places).
    """
    ranked = overall.filter(pl.col("rank_basis") == "computed", pl.col("rank").is_not_null())
    by_group = ranked.select(
        (
            pl.col("rank").eq_missing(pl.col("rank_in_group"))
            & pl.col("n_ranked").eq_missing(pl.col("n_in_group"))
        ).all()
    ).item()
    group = pl.col("group_code").fill_null("") if by_group else pl.lit("")
    return ranked.sort("unit_id").with_columns(
        pool_id=pl.concat_str("framework_id", group, separator="/"),
        value_units=as_whole(pl.col("value"), decimals),
    )
