"""One assessment's results as its tables hold them, and who was ranked against whom."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dti_pipeline.exact import as_whole


@dataclass(frozen=True, eq=False)
class Results:
    """One assessment's rows of three tables of results, and the decimals of its values.

    ``fact_ranking``, ``fact_component_score`` and ``fact_main_score``.
    """

    ranking: pl.DataFrame
    components: pl.DataFrame
    mains: pl.DataFrame
    decimals: int

    @property
    def overall(self) -> pl.DataFrame:
        return self.ranking.filter(scope="overall")

    @cached_property
    def ranked(self) -> pl.DataFrame:
        """The units with a computed overall rank, as ``computed_ranks`` returns them."""
        return computed_ranks(self.overall, decimals=self.decimals)


def computed_ranks(overall: pl.DataFrame, *, decimals: int) -> pl.DataFrame:
    """Return the units ranked by computation, by unit_id, with the pool each is ranked in.

    The pool is the group where every rank is the rank in the group, else it is everybody; units of
    another framework are always another pool. Units not ranked, and ranks taken from a published
    table, are left out of ``overall``, rows of ``fact_ranking`` of one assessment and one scope.
    The others get ``pool_id`` (String) and ``value_units`` (Int64, in last published places).
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
