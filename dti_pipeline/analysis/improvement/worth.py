"""What a unit's next point is worth: how far each component could go, and the rank it would bring.

Everything else stays as it is: only the one component changes, other units keep their points. For a
component that compares units this is a lower bound where raising it takes points from others;
``dti whatif`` scores everybody anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dti_pipeline.analysis.improvement.losses import with_distances
from dti_pipeline.analysis.pools import computed_ranks
from dti_pipeline.exact import MICRO
from dti_pipeline.index.frameworks.bands import Interval
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.rule import Attainable
from schemas.files.framework import Framework
from schemas.tables.analysis import FactComponentOutlook

Points = NDArray[np.int64]
# What a component could reach, in the order of the table's columns.
REACHES: Final = ("next", "target", "top")


def band_floor(framework: Framework, code: str, *, maximum: int) -> int | None:
    """Return the fewest micro-points of a maximum that lie in a component band.

    Returns:
        None where the framework has no such band.
    """
    band = next((band for band in framework.component_bands if band.code == code), None)
    if band is None:
        return None
    interval = Interval.parse(band.range)
    exact = interval.low * maximum / 100
    if interval.low_closed:
        return -(-exact.numerator // exact.denominator)
    return exact.numerator // exact.denominator + 1


@dataclass(frozen=True)
class Reach:
    """What the rule of one component allows, for any unit.

    Attributes:
        breaks: results where something changes: single levels and starts of ranges, ascending.
        ranges: closed ranges.
        top: the best result.
    """

    breaks: Points
    ranges: tuple[tuple[int, int], ...]
    top: int

    @classmethod
    def of(cls, steps: Attainable) -> "Reach":
        """Take the results a rule allows."""
        breaks = sorted({*steps.levels, *(low for low, _ in steps.ranges)})
        return cls(breaks=np.array(breaks, dtype=np.int64), ranges=steps.ranges, top=steps.top())

    def next_step(self, points: Points) -> Points:
        """Return the next break above each result; the top where there is none."""
        place = np.searchsorted(self.breaks, points, side="right")
        more: Points = np.maximum(np.append(self.breaks, self.top)[place], points)
        return more

    def at_least(self, points: Points) -> Points:
        """Return the smallest allowed result that is not below each given one (at most the top)."""
        place = np.searchsorted(self.breaks, points, side="left")
        found: Points = np.append(self.breaks, self.top)[place]
        for low, high in self.ranges:
            found = np.where((points >= low) & (points <= high), points, found)
        return found


def component_outlook(
    ranking: pl.DataFrame,
    *,
    components: pl.DataFrame,
    mains: pl.DataFrame,
    frameworks: Mapping[str, BoundFramework],
    by_band: Mapping[str, str],
    decimals: int,
) -> pl.DataFrame:
    """Say what every component of every unit could still bring.

    Args:
        ranking: rows of ``fact_ranking`` of one assessment.
        components: rows of ``fact_component_score``.
        mains: rows of ``fact_main_score``.
        frameworks: its frameworks by id.
        by_band: present band → band to reach.
        decimals: published decimals of a value.

    Returns:
        The rows of ``fact_component_outlook``, without revision_id.
    """
    overall = ranking.filter(pl.col("scope") == "overall")
    schema = FactComponentOutlook.computed_schema()
    if components.is_empty():
        return pl.DataFrame(schema=schema)
    rows = with_distances(components, units=overall).join(
        overall.select("unit_id", "framework_id", "rank", "n_ranked"),
        on="unit_id",
        maintain_order="left",
    )
    reached = _reached(rows, frameworks=frameworks, by_band=by_band)
    found = _with_ranks(reached, overall=overall, mains=mains, decimals=decimals)
    return found.with_columns(
        (pl.col(f"micro_{reach}") / MICRO).round(6).alias(f"points_{reach}") for reach in REACHES
    ).select(schema.names())


def _reached(
    rows: pl.DataFrame, *, frameworks: Mapping[str, BoundFramework], by_band: Mapping[str, str]
) -> pl.DataFrame:
    """Add the micro-points of the next step, the target and the top, and ``is_relative``."""
    bands = list(by_band)
    # Component after component, so that each is one slice of the arrays.
    rows = rows.sort("framework_id", "component_code", maintain_order=True).with_columns(
        band=pl.col("band_code").replace_strict(
            bands, list(range(len(bands))), default=len(bands), return_dtype=pl.Int64
        )
    )
    now = rows["points_micro"].to_numpy()
    band = rows["band"].to_numpy()
    found = {name: now.copy() for name in REACHES}
    is_relative = np.zeros(rows.height, dtype=np.bool_)
    start = 0
    for framework_id, code, length in (
        rows.group_by("framework_id", "component_code", maintain_order=True).len().iter_rows()
    ):
        part, start = slice(start, start + length), start + length
        component = frameworks[framework_id].by_code[code]
        reach = Reach.of(component.steps())
        # What each unit aims at by its present band; 0 where it stays where it is.
        floors = [
            band_floor(frameworks[framework_id].file, aim, maximum=component.maximum) or 0
            for aim in by_band.values()
        ]
        aims = np.array([*floors, 0], dtype=np.int64)[band[part]]
        found["next"][part] = reach.next_step(now[part])
        found["target"][part] = np.maximum(reach.at_least(np.minimum(aims, reach.top)), now[part])
        found["top"][part] = np.maximum(now[part], reach.top)
        is_relative[part] = component.is_relative
    applies = rows["max_points_effective"].to_numpy() > 0
    return rows.with_columns(
        *(
            pl.Series(f"micro_{name}", np.where(applies, points, now))
            for name, points in found.items()
        ),
        is_relative=pl.Series(is_relative),
    )


def _with_ranks(
    rows: pl.DataFrame, *, overall: pl.DataFrame, mains: pl.DataFrame, decimals: int
) -> pl.DataFrame:
    """Add the overall rank each reach would bring, and the value at the top."""
    ranked = computed_ranks(overall, decimals=decimals)
    totals = (
        mains.filter("is_counted")
        .group_by("unit_id")
        .agg(
            total=pl.col("points_micro").sum(),
            total_max=(pl.col("max_points_effective") * MICRO).round().cast(pl.Int64).sum(),
        )
    )
    scale = mains.filter("is_counted").select(
        "unit_id",
        "main_code",
        main_max=(pl.col("max_points_effective") * MICRO).round().cast(pl.Int64),
        main_assessed=(pl.col("max_points_assessed") * MICRO).round().cast(pl.Int64),
    )
    joined = (
        rows.join(scale, on=["unit_id", "main_code"], how="left", maintain_order="left")
        .join(totals, on="unit_id", how="left", maintain_order="left")
        .join(
            ranked.select("unit_id", "pool_id"),
            on="unit_id",
            how="left",
            maintain_order="left",
        )
    )
    for reach in REACHES:
        gain = pl.col(f"micro_{reach}") - pl.col("points_micro")
        counted = pl.when(pl.col("main_assessed") > 0).then(
            gain.cast(pl.Int128) * pl.col("main_max") // pl.col("main_assessed")
        )
        points = pl.col("total").cast(pl.Int128) + counted.fill_null(0)
        whole = pl.col("total_max").cast(pl.Int128)
        # Half up, as every published value is rounded.
        units = (points * (2 * 10**decimals) + whole) // (whole * 2)
        joined = joined.with_columns(
            pl.when(pl.col("total_max") > 0).then(units).cast(pl.Int64).alias(f"units_{reach}")
        )
    return _ranks_if(joined, ranked=ranked).with_columns(
        value_if_top=(pl.col("units_top") / 10**decimals).round(decimals)
    )


def _ranks_if(rows: pl.DataFrame, *, ranked: pl.DataFrame) -> pl.DataFrame:
    """Rank each reached value among the pool's present values; own present value never counts.

    A unit's own present value is not above the reached one, so counting all larger values of the
    pool counts others only.
    """
    parts = []
    for (pool_id,), of_pool in rows.group_by("pool_id", maintain_order=True):
        of_same = ranked.filter(pl.col("pool_id").eq_missing(pool_id))
        values = np.sort(of_same["value_units"].to_numpy())
        parts.append(
            of_pool.with_columns(
                pl.Series(
                    f"rank_if_{reach}",
                    1
                    + len(values)
                    - np.searchsorted(values, of_pool[f"units_{reach}"].to_numpy(), side="right"),
                    dtype=pl.Int32,
                )
                if pool_id is not None
                else pl.lit(None, dtype=pl.Int32).alias(f"rank_if_{reach}")
                for reach in REACHES
            )
        )
    return pl.concat(parts)


def gap_to_next(ranking: pl.DataFrame, *, unit_id: str, decimals: int) -> tuple[int, float] | None:
    """Return how far the unit ranked just above is.

    Args:
        ranking: rows of ``fact_ranking`` of one assessment and one scope.
        unit_id: the unit.
        decimals: published decimals of a value.

    Returns:
        The rank of the next better value and the value missing to share it; None for the first,
        and for units without a computed rank.
    """
    ranked = computed_ranks(ranking, decimals=decimals)
    own = ranked.filter(pl.col("unit_id") == unit_id)
    if own.is_empty():
        return None
    value, pool = own.select("value_units", "pool_id").row(0)
    above = ranked.filter(pl.col("pool_id") == pool, pl.col("value_units") > value)
    if above.is_empty():
        return None
    nearest = above.sort("value_units").row(0, named=True)
    return int(nearest["rank"]), round((nearest["value_units"] - value) / 10**decimals, decimals)
