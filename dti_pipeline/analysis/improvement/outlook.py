"""What a unit's next point is worth: how far each component could go, and the rank it would bring.

Everything else stays as it is: only the one component changes, other units keep their points. For a
component that compares units this is a lower bound where raising it takes points from others;
``dti whatif`` scores everybody anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dti_pipeline.analysis.improvement.losses import with_distances
from dti_pipeline.analysis.pools import Results
from dti_pipeline.exact import as_whole, in_micro, quotient, value_units, wide, with_figures
from dti_pipeline.index.beside import beside
from dti_pipeline.index.frameworks.bands import Interval
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.rule import Attainable
from schemas.files.framework import Framework
from schemas.tables.analysis import FactComponentOutlook

Points = NDArray[np.int64]
# What a component could reach, in the order of the table's columns.
REACHES: Final = ("next", "target", "top")


def band_floor(framework: Framework, code: str, *, maximum: int) -> int:
    """Return the fewest micro-points of a maximum that lie in a component band; 0 without it."""
    band = next((band for band in framework.component_bands if band.code == code), None)
    if band is None:
        return 0
    percent, is_above = Interval.parse(band.range).start
    low = percent * maximum / 100
    return floor(low) + 1 if is_above else ceil(low)


@dataclass(frozen=True)
class RuleSteps:
    """The results that the rule of one component allows, for any unit: closed ranges and breaks.

    Breaks are where something changes: single levels and starts of ranges, ascending, and the top
    once more.
    """

    breaks: Points
    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, steps: Attainable) -> "RuleSteps":
        return cls(np.array([*steps.breaks, steps.top()], dtype=np.int64), steps.ranges)

    @property
    def top(self) -> int:
        return int(self.breaks[-1])

    def next_step(self, points: Points) -> Points:
        """Return the next break above each result; the top where there is none."""
        place = np.searchsorted(self.breaks[:-1], points, side="right")
        return np.maximum(self.breaks[place], points)

    def at_least(self, points: Points) -> Points:
        """Return the smallest allowed result that is not below each given one (at most the top)."""
        result = self.breaks[np.searchsorted(self.breaks[:-1], points, side="left")]
        for low, high in self.ranges:
            result = np.where((points >= low) & (points <= high), points, result)
        return result


def component_outlook(
    results: Results, *, frameworks: Mapping[str, BoundFramework], by_band: Mapping[str, str]
) -> pl.DataFrame:
    """Return the rows of ``fact_component_outlook``, without revision_id.

    ``by_band`` is present band → band to reach.
    """
    schema = FactComponentOutlook.computed_schema()
    if results.components.is_empty():
        return pl.DataFrame(schema=schema)
    rows = with_distances(results.components).drop("rank", "n_ranked")
    rows = beside(rows, results.overall.select("unit_id", "rank", "n_ranked"), on=["unit_id"])
    parts = [
        _with_reaches(part, framework=frameworks[str(framework_id)], code=str(code), aims=by_band)
        for (framework_id, code), part in rows.group_by(
            "framework_id", "component_code", maintain_order=True
        )
    ]
    return with_figures(_with_ranks(pl.concat(parts), results)).select(schema.names())


def _with_reaches(
    rows: pl.DataFrame, *, framework: BoundFramework, code: str, aims: Mapping[str, str]
) -> pl.DataFrame:
    """Add the micro-points that one component could reach, ``is_relative`` and ``is_bounded``.

    Bonus and penalty stand outside the maximum: they have no band to aim at, apply unless they are
    not assessed, and the points of their main are bounded by its maximum and by zero.
    """
    component = framework.by_code[code]
    steps = RuleSteps.of(component.steps())
    floors = {
        band: band_floor(framework.file, aim, maximum=component.maximum)
        for band, aim in aims.items()
    }
    now = rows["points_micro"].to_numpy()
    # A band that is not named stays where it is.
    aim = rows["band_code"].replace_strict(floors, default=0, return_dtype=pl.Int64).to_numpy()
    applies = rows["max_points_effective"].to_numpy() > 0
    if component.is_outside:
        aim, applies = now, rows["obs_status"].ne_missing("not_applicable").to_numpy()
    reached = {
        "next": steps.next_step(now),
        "target": np.maximum(steps.at_least(np.minimum(aim, steps.top)), now),
        "top": np.maximum(steps.top, now),
    }
    return rows.with_columns(
        **{
            f"points_{reach}_micro": pl.Series(np.where(applies, points, now))
            for reach, points in reached.items()
        },
        is_relative=component.is_relative,
        is_bounded=any(one.is_outside for one in framework.of_main(component.component.main)),
    )


def _with_ranks(rows: pl.DataFrame, results: Results) -> pl.DataFrame:
    """Add the overall rank each reach would bring, and the value at the top."""
    ranked, decimals = results.ranked, results.decimals
    of_mains = results.mains.filter("is_counted").select(
        "unit_id",
        "main_code",
        main_points="points_micro",
        main_max=as_whole(pl.col("max_points_effective")),
        main_assessed=as_whole(pl.col("max_points_assessed")),
    )
    totals = of_mains.group_by("unit_id").agg(
        total=pl.col("main_points").sum(), total_max=pl.col("main_max").sum()
    )
    joined = (
        rows.pipe(beside, of_mains, on=["unit_id", "main_code"])
        .pipe(beside, totals, on=["unit_id"])
        .pipe(beside, ranked.select("unit_id", "pool_id"), on=["unit_id"])
    )
    assessed = pl.col("main_assessed")
    of_components = pl.col("points_micro").sum().over("unit_id", "main_code")

    def units(reach: str) -> pl.Expr:
        """Value the unit with the main's points as scoring would count them."""
        raised = of_components + pl.col(f"points_{reach}_micro") - pl.col("points_micro")
        bounded = pl.when("is_bounded").then(raised.clip(0, assessed)).otherwise(raised)
        # A main may be scaled up; where it is not counted, its points are worth nothing.
        main_points = quotient(wide(bounded) * wide(pl.col("main_max")), wide(assessed))
        gain = pl.when(assessed > 0).then(main_points - pl.col("main_points")).otherwise(0)
        return value_units(pl.col("total") + gain, pl.col("total_max"), decimals)

    with_units = joined.with_columns(units(reach).alias(f"units_{reach}") for reach in REACHES)
    return pl.concat(
        _with_ranks_in_pool(part, ranked.filter(pl.col("pool_id").eq_missing(pool_id)))
        for (pool_id,), part in with_units.group_by("pool_id", maintain_order=True)
    ).with_columns(value_if_top_micro=in_micro(pl.col("units_top"), decimals))


def _with_ranks_in_pool(rows: pl.DataFrame, pool: pl.DataFrame) -> pl.DataFrame:
    """Rank each reached value among the pool's present values.

    A unit's own present value is not above the reached one, so counting all larger values of the
    pool counts others only. Without a pool there is no rank.
    """
    if pool.is_empty():
        return rows.with_columns(
            pl.lit(None, dtype=pl.Int32).alias(f"rank_if_{reach}") for reach in REACHES
        )
    values = np.sort(pool["value_units"].to_numpy())

    def rank_if(reach: str) -> pl.Series:
        not_above = np.searchsorted(values, rows[f"units_{reach}"].to_numpy(), side="right")
        return pl.Series(f"rank_if_{reach}", len(values) - not_above + 1, dtype=pl.Int32)

    return rows.with_columns(rank_if(reach) for reach in REACHES)
