"""Results of merged units: the simple average of their predecessors' main-index values.

DTI 2024 was published for the 63 provinces that were assessed and for the 34 that succeeded them on
1 July 2025. The second set has no deliveries: a new province's main-index value is the plain mean
of the old ones', without weights for population (Đà Nẵng and Quảng Nam 0.8335 and 0.5803 give
0.7069). Pillars and the overall value follow from the mains as for any unit.

Rounding: the mean of each main is kept in whole micro-points, and every figure rounds once, when it
is published. The known overall values of the 34 (0.8241, 0.7951, 0.7857, 0.7769, 0.7069) come out
of this. They do not tell it from mains rounded to four decimals first, which give the same 34
overall values in 2024; rounding once is the rule everywhere else. Old and new units are joined
through the succession table only: seven official codes name another province now.
"""

from typing import Final

import polars as pl

from dti_pipeline.exact import as_figure, as_whole, quotient, wide
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.scoring.aggregation import (
    assessed_columns,
    maximum_column,
    points_column,
    with_totals,
)

_BEFORE: Final = "old_unit_id"
_AFTER: Final = "new_unit_id"


def merged_sums(
    sums: pl.DataFrame, *, succession: pl.DataFrame, framework: BoundFramework
) -> pl.DataFrame:
    """Average the predecessors' mains and add them up for every new unit.

    ``sums`` are as ``add_up`` returns them, as is what comes back, by unit_id of the new units.
    The succession has old_unit_id and new_unit_id; units that did not change succeed themselves. A
    new unit one of whose predecessors was not assessed has no row: the mean of the rest would be
    another unit's.
    """
    pairs = succession.select(_BEFORE, unit_id=_AFTER)
    joined = pairs.join(sums, left_on=_BEFORE, right_on="unit_id", how="left")
    is_assessed = pl.col(points_column(next(iter(framework.mains)))).is_not_null()
    sources = joined.filter(is_assessed.all().over("unit_id"))
    columns = [column for code in framework.mains for column in _mean_columns(code)]
    mains = sources.group_by("unit_id").agg(columns).sort("unit_id")
    return with_totals(mains, framework=framework)


def _mean_columns(code: str) -> list[pl.Expr]:
    """Average one main: values are averaged, so points count on the largest effective maximum.

    A predecessor to which nothing of the main applies has no value, which is no zero: the mean is
    that of the others.
    """
    points, maximum = points_column(code), maximum_column(code)
    assessed, max_assessed = assessed_columns(code)
    largest = pl.col(maximum).max()
    scaled = quotient(wide(pl.col(points)) * largest, wide(pl.col(maximum)))
    mean = quotient(wide(scaled.sum()), wide(scaled.count())).fill_null(0)
    columns = {points: mean, maximum: largest, assessed: mean, max_assessed: largest}
    return [figure.alias(name) for name, figure in columns.items()]


def succeeded(frame: pl.DataFrame, *, succession: pl.DataFrame | None) -> pl.DataFrame:
    """Name every row's unit by the unit that succeeded it; rows of others are left out.

    Without a succession every unit is its own successor.
    """
    if succession is None:
        return frame
    pairs = succession.select(unit_id=_BEFORE, successor=_AFTER)
    return (
        frame.join(pairs, on="unit_id", maintain_order="left")
        .with_columns(unit_id="successor")
        .drop("successor")
    )


def predecessors_mean(
    rows: pl.DataFrame, *, succession: pl.DataFrame, keys: list[str], decimals: int
) -> pl.DataFrame:
    """Average published values over the predecessors of every new unit.

    Args:
        rows: unit_id, the keys, value (at most ``decimals`` places, may be null).
        succession: old_unit_id, new_unit_id.
        keys: columns that name what is averaged, such as scope and concept.
        decimals: places of the published values; the mean rounds half up to them, exactly.

    Returns:
        unit_id (the new one), the keys, value; null where a predecessor has no value.
    """
    n_before = succession.group_by(unit_id=_AFTER).agg(n_before=pl.len())
    return (
        succeeded(rows, succession=succession)
        .with_columns(units=as_whole(pl.col("value"), decimals))
        .group_by(["unit_id", *keys], maintain_order=True)
        .agg(total=pl.col("units").sum(), n=pl.col("units").count())
        .join(n_before, on="unit_id", how="left", maintain_order="left")
        .with_columns(
            value=pl.when(pl.col("n") == pl.col("n_before")).then(
                as_figure(quotient(wide(pl.col("total")), wide(pl.col("n"))), decimals)
            )
        )
        .select("unit_id", *keys, "value")
    )
