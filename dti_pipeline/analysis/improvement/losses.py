"""Where a unit loses its points: distances to others, counts per band, a waterfall.

Everything here reads tables of one assessment of a release and returns frames for people; points
come as exact micro-points and become floats only at the end.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from dti_pipeline.exact import MICRO

# Whom a unit is compared with, component by component: units of other groups may have another
# framework, so a region's units are those of the same group.
COMPARED: Final = {"group": ("group_code",), "region": ("group_code", "region_code")}


def with_distances(components: pl.DataFrame, *, units: pl.DataFrame) -> pl.DataFrame:
    """Add the best and the median of the group and of the region to every component score.

    Args:
        components: rows of ``fact_component_score`` of one assessment, all units.
        units: ``dim_unit``, for the regions.

    Returns:
        ``components`` with ``best_in_group``, ``median_in_group``, ``best_in_region``,
        ``median_in_region`` (points), and ``to_best_in_group`` … (points missing to them, 0 where
        the unit is there already). Units that a component does not apply to count neither as best
        nor in a median. The median of an even number of units is the mean of the middle two.
    """
    regions = units.select("unit_id", "region_code").unique("unit_id", maintain_order=True)
    applies = pl.when(pl.col("max_points_effective") > 0).then("points_micro")
    levels = [
        (found.over(*columns, "component_code") / MICRO).round(6).alias(f"{name}_in_{whom}")
        for whom, columns in COMPARED.items()
        for name, found in (("best", applies.max()), ("median", applies.median()))
    ]
    return (
        components.join(regions, on="unit_id", how="left", maintain_order="left")
        .with_columns(levels)
        .with_columns(
            (pl.col(level) - pl.col("points")).clip(lower_bound=0).round(6).alias(f"to_{level}")
            for level in (f"{n}_in_{whom}" for whom in COMPARED for n in ("best", "median"))
        )
    )


def band_counts(components: pl.DataFrame, *, order: Sequence[str]) -> pl.DataFrame:
    """Count a unit's counted components per band, in the framework's order of bands.

    Args:
        components: one unit's components with ``counted``.
        order: band codes, best first.

    Returns:
        band_code, n, points_lost; bands without a component stand with 0.
    """
    found = (
        components.filter("counted")
        .group_by("band_code")
        .agg(n=pl.len(), points_lost=pl.col("points_lost").sum().round(6))
    )
    return (
        pl.DataFrame({"band_code": list(order)}, schema={"band_code": pl.String})
        .join(found, on="band_code", how="left", maintain_order="left")
        .with_columns(pl.col("n").fill_null(0), pl.col("points_lost").fill_null(0.0))
    )


def waterfall(mains: pl.DataFrame, components: pl.DataFrame) -> pl.DataFrame:
    """Walk from the effective maximum down to the unit's points.

    Args:
        mains: one unit's counted rows of ``fact_main_score``, in the order to show.
        components: its component scores.

    Returns:
        One row per step: kind (maximum, main, component, adjustment, result), main_code,
        component_code, points (of the step: lost ones negative), left (points left after the
        main). A main's components come below it, largest loss first. ``adjustment`` is what a
        main lost less (or more) than its components: components that do not apply scale the rest
        up, bonus and penalty stand outside the components' maxima. The steps of kind main add up
        to result - maximum.
    """
    lost = pl.col("max_micro") - pl.col("points_micro")
    of_mains = mains.with_columns(
        max_micro=(pl.col("max_points_effective") * MICRO).round().cast(pl.Int64)
    ).with_columns(lost=lost)
    total = int(of_mains["max_micro"].sum())
    steps: list[tuple[str, str | None, str | None, int, int | None]] = [
        ("maximum", None, None, total, total)
    ]
    left = total
    for main in of_mains.iter_rows(named=True):
        left -= main["lost"]
        steps.append(("main", main["main_code"], None, -main["lost"], left))
        scored = components.filter(pl.col("main_code") == main["main_code"])
        below = (
            scored.with_columns(lost=(pl.col("points_lost") * MICRO).round().cast(pl.Int64))
            .filter(pl.col("lost") != 0)
            .sort(["lost", "component_code"], descending=[True, False])
        )
        steps += [
            ("component", main["main_code"], code, -micro, None)
            for code, micro in below.select("component_code", "lost").iter_rows()
        ]
        rest = int(below["lost"].sum()) - main["lost"]
        # A main without components of its own is a mean or a published value: nothing to adjust.
        if rest and not scored.is_empty():
            steps.append(("adjustment", main["main_code"], None, rest, None))
    steps.append(("result", None, None, left, left))
    return pl.DataFrame(
        steps,
        schema={
            "kind": pl.String,
            "main_code": pl.String,
            "component_code": pl.String,
            "micro": pl.Int64,
            "left_micro": pl.Int64,
        },
        orient="row",
    ).select(
        "kind",
        "main_code",
        "component_code",
        points=(pl.col("micro") / MICRO).round(6),
        left=(pl.col("left_micro") / MICRO).round(6),
    )
