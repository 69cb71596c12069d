"""Where a unit loses its points: distances to others, counts per band.

Everything here reads tables of one assessment of a release and returns frames for people.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from dti_pipeline.exact import as_figure, as_whole, difference

# Whom a unit is compared with, component by component: units of other groups may have another
# framework, so a region's units are those of the same group.
COMPARED: Final = {"group": ("group_code",), "region": ("group_code", "region_code")}


def with_distances(components: pl.DataFrame) -> pl.DataFrame:
    """Add the best and the median of the group and of the region to all units' component scores.

    ``best_in_group``, ``median_in_group``, ``best_in_region``, ``median_in_region`` (points), and
    ``to_best_in_group`` … (points missing to them, 0 where the unit is there already); those of the
    region are null for a unit without one. Units that a component does not apply to count neither
    as best nor in a median. The median of an even number of units is the mean of the middle two.
    """
    applies = pl.when(pl.col("max_points_effective") > 0).then("points_micro")
    levels = {
        f"{name}_in_{whom}": pl.when(pl.col(columns[-1]).is_not_null()).then(
            as_figure(level.over(*columns, "component_code"))
        )
        for whom, columns in COMPARED.items()
        for name, level in (("best", applies.max()), ("median", applies.median()))
    }
    return components.with_columns(**levels).with_columns(
        difference(pl.col(level), pl.col("points")).clip(lower_bound=0).alias(f"to_{level}")
        for level in levels
    )


def band_counts(components: pl.DataFrame, *, order: Sequence[str]) -> pl.DataFrame:
    """Count a unit's components with ``counted`` per band, in the order of the band codes.

    Returns:
        band_code, n, points_lost; bands without a component stand with 0.
    """
    lost = as_figure(as_whole(pl.col("points_lost")).sum())
    counts = components.filter("counted").group_by("band_code").agg(n=pl.len(), points_lost=lost)
    return (
        pl.DataFrame({"band_code": list(order)}, schema={"band_code": pl.String})
        .join(counts, on="band_code", how="left", maintain_order="left")
        .with_columns(pl.col("n", "points_lost").fill_null(0))
    )
