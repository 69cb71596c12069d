"""Where a unit loses its points: distances to others, counts per band, a waterfall.

Everything here reads tables of one assessment of a release and returns frames for people.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from dti_pipeline.exact import as_figure, as_whole, difference, with_figures

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


def waterfall(mains: pl.DataFrame, components: pl.DataFrame) -> pl.DataFrame:
    """Walk from the effective maximum down to the unit's points.

    Args:
        mains: one unit's counted rows of ``fact_main_score``, in the order to show.

    Returns:
        One row per step: kind (maximum, main, component, adjustment, result), main_code,
        component_code, points (of the step: lost ones negative), left (points left after the
        main). A main's components come below it, largest loss first. ``adjustment`` is what a
        main lost less (or more) than its components: components that do not apply scale the rest
        up, bonus and penalty stand outside the components' maxima. The steps of kind main add up
        to result - maximum.
    """
    of_mains = mains.select(
        "main_code",
        maximum=as_whole(pl.col("max_points_effective")),
        lost=as_whole(pl.col("max_points_effective")) - pl.col("points_micro"),
    )
    lost_by_component = (
        components.with_columns(lost=as_whole(pl.col("points_lost")))
        .filter(pl.col("lost") != 0)
        .sort(["lost", "component_code"], descending=[True, False])
    )
    left = sum(of_mains["maximum"].to_list())
    steps: list[tuple[str, str | None, str | None, int, int | None]] = [
        ("maximum", None, None, left, left)
    ]
    for main, _, lost in of_mains.iter_rows():
        left -= lost
        steps.append(("main", main, None, -lost, left))
        own = lost_by_component.filter(pl.col("main_code") == main)
        below = own.select("component_code", "lost").rows()
        steps += [("component", main, code, -micro, None) for code, micro in below]
        rest = sum(micro for _, micro in below) - lost
        # A main without components of its own is a mean or a published value: nothing to adjust.
        if rest and main in components["main_code"]:
            steps.append(("adjustment", main, None, rest, None))
    steps.append(("result", None, None, left, left))
    codes = dict.fromkeys(("kind", "main_code", "component_code"), pl.String)
    schema = {**codes, "points_micro": pl.Int64, "left_micro": pl.Int64}
    return with_figures(pl.DataFrame(steps, schema=schema, orient="row")).select(
        *codes, "points", "left"
    )
