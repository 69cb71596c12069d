"""From the facts of one assessment to the kernel's arrays, and back to ``fact_robustness``.

Only units ranked by computation take part; each is compared within its own pool and framework. The
kernel's undrawn values must equal the published ones: components are brought to what their main
really counts (a main whose components do not all apply is scaled up; bonus points are cut off at
its maximum), so that no rank can differ from the ranking's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dti_pipeline.analysis.pools import computed_ranks
from dti_pipeline.analysis.robustness.intervals import RankIntervals
from dti_pipeline.analysis.robustness.kernel import DrawSettings, simulate_ranks
from dti_pipeline.analysis.robustness.points import ScoredPoints
from dti_pipeline.analysis.robustness.removal import (
    NONE_DECIDES,
    LeftOut,
    deciding_component,
    leave_one_component_out,
    leave_one_main_out,
)
from dti_pipeline.analysis.robustness.settings import RobustnessSettings
from dti_pipeline.exact import MICRO
from schemas.outlook import FACT_ROBUSTNESS

# Sources that speak for a central agency; their figures are never rejected.
AUTHORITATIVE: Final = ("central", "published")
TOP: Final = 10


@dataclass(frozen=True, eq=False)
class Ranked:
    """The ranked units of one assessment as the kernel takes them.

    Attributes:
        units: one row per unit: the identifying columns of the facts, ``rank``, ``n_ranked``,
            ``value_units``, ``pool_id``.
        components: component_code, main_code, framework_id; a column of the arrays each.
        points: the arrays.
        decimals: published decimals of a value.
    """

    units: pl.DataFrame
    components: pl.DataFrame
    points: ScoredPoints
    decimals: int

    def intervals(
        self,
        settings: RobustnessSettings,
        *,
        pairs: NDArray[np.intp] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> RankIntervals:
        """Draw, and rank in every draw.

        Args:
            settings: what to draw.
            pairs: (pairs × 2) rows of ``units`` to compare with each other; among up to 200 units
                all are.
            progress: called with draws done and draws in all.
        """
        return simulate_ranks(
            self.points,
            DrawSettings(
                draws=settings.draws,
                seed=settings.seed,
                weight_noise=float(settings.weight_noise),
                left_out_per_draw=settings.left_out,
                decimals=self.decimals,
                pairs=pairs,
            ),
            progress=progress,
        )

    def without_each_component(self) -> LeftOut:
        """Rank without each component in turn."""
        return leave_one_component_out(self.points, decimals=self.decimals)

    def without_each_main(self) -> LeftOut | None:
        """Rank without each main in turn; None where there is only one."""
        if len(self.points.mains) < 2:
            return None
        return leave_one_main_out(self.points, decimals=self.decimals)


def ranked_units(
    ranking: pl.DataFrame,
    *,
    components: pl.DataFrame,
    mains: pl.DataFrame,
    settings: RobustnessSettings,
    decimals: int,
) -> Ranked | None:
    """Lay one assessment's facts out for the kernel.

    Args:
        ranking: rows of ``fact_ranking``.
        components: rows of ``fact_component_score``.
        mains: rows of ``fact_main_score``.
        settings: the chances of rejection.
        decimals: published decimals of a value.

    Returns:
        The arrays; None where nobody is ranked by computation, or on one component only.

    Raises:
        ValueError: if the values and ranks from the arrays are not those of the ranking.
    """
    units = computed_ranks(ranking.filter(pl.col("scope") == "overall"), decimals=decimals)
    counted = _counted_cells(components, mains=mains, units=units)
    columns = counted.select("framework_id", "main_code", "component_code").unique().sort(pl.all())
    units = units.join(counted, on="unit_id", how="semi", maintain_order="left")
    if units.is_empty() or columns.height < 2:
        return None
    cells = counted.join(columns.with_row_index("column"), on=columns.columns).join(
        units.select("unit_id", row=pl.int_range(pl.len())), on="unit_id"
    )

    def filled(name: str, dtype: type[np.int64] | type[np.float64]) -> NDArray[np.generic]:
        array = np.zeros((units.height, columns.height), dtype=dtype)
        array[cells["row"].to_numpy(), cells["column"].to_numpy()] = cells[name].to_numpy()
        return array

    chances = {state: float(chance) for state, chance in settings.rejection.items()}
    cells = cells.with_columns(
        chance=pl.when(pl.col("source_kind").is_in(AUTHORITATIVE))
        .then(0.0)
        .otherwise(
            pl.col("evidence_state").replace_strict(chances, default=0.0, return_dtype=pl.Float64)
        )
    )
    main = columns.select(pl.struct("framework_id", "main_code").rank("dense") - 1).to_series()
    found = Ranked(
        units=units,
        components=columns,
        points=ScoredPoints(
            points_micro=filled("points_micro", np.int64),  # type: ignore[arg-type]
            max_micro=filled("max_micro", np.int64),  # type: ignore[arg-type]
            main_of_component=main.to_numpy().astype(np.intp),
            counted=np.ones(columns.height, dtype=np.bool_),
            rejection_probability=filled("chance", np.float64),  # type: ignore[arg-type]
            pool_ids=units["pool_id"].to_numpy(),
        ),
        decimals=decimals,
    )
    _agrees(found)
    return found


def _counted_cells(
    components: pl.DataFrame, *, mains: pl.DataFrame, units: pl.DataFrame
) -> pl.DataFrame:
    """Return unit × component with points and maximum as they enter the overall value.

    Within a main they are scaled to the main's own points and effective maximum; what rounding
    leaves over goes to the component with the largest maximum.
    """
    key = ["unit_id", "main_code"]
    of_main = (
        mains.filter("is_counted")
        .join(units.select("unit_id", "framework_id"), on="unit_id")
        .select(
            *key,
            "framework_id",
            main_points="points_micro",
            main_max=(pl.col("max_points_effective") * MICRO).round().cast(pl.Int64),
        )
    )
    cells = components.join(of_main, on=key).with_columns(
        max_micro=(pl.col("max_points_effective") * MICRO).round().cast(pl.Int64)
    )
    left = pl.col("max_micro").sum().over(key)

    def scaled(name: str) -> pl.Expr:
        wide = pl.col(name).cast(pl.Int128) * pl.col("main_max")
        return pl.when(left > 0).then(wide // left).otherwise(0).cast(pl.Int64)

    largest = pl.col("max_micro").rank("ordinal", descending=True).over(key) == 1
    return (
        cells.sort("unit_id", "component_code")
        .with_columns(points_micro=scaled("points_micro"), max_micro=scaled("max_micro"))
        .with_columns(
            pl.col(name) + pl.when(largest).then(whole - pl.col(name).sum().over(key)).otherwise(0)
            for name, whole in (
                ("points_micro", pl.col("main_points")),
                ("max_micro", pl.col("main_max")),
            )
        )
    )


def _agrees(found: Ranked) -> None:
    """Refuse arrays whose values are not the published ones."""
    ones = np.ones((1, len(found.points.components)))
    values = found.points.values(ones, decimals=found.decimals)[0]
    differ = np.flatnonzero(values != found.units["value_units"].to_numpy())
    if differ.size:
        row = found.units.row(int(differ[0]), named=True)
        msg = (
            f"{row['assessment_id']}: the components of {row['unit_name']} give another overall "
            f"value than the published {row['value']}; the tables do not belong together"
        )
        raise ValueError(msg)


def robustness_rows(ranked: Ranked, intervals: RankIntervals) -> pl.DataFrame:
    """Return the rows of ``fact_robustness``, without revision_id."""
    left_out = ranked.without_each_component()
    decisive = deciding_component(ranked.points, left_out)
    codes = ranked.components["component_code"].to_list()
    place = np.searchsorted(left_out.element, np.maximum(decisive, 0))
    without = left_out.rank[np.arange(len(decisive)), place]
    return ranked.units.select(
        *(name for name in FACT_ROBUSTNESS.names if name in _FROM_UNITS),
        n_draws=pl.lit(intervals.draws, dtype=pl.Int32),
        **{
            name: pl.Series(getattr(intervals, name), dtype=pl.Int32)
            for name in ("rank_p05", "rank_p50", "rank_p95", "rank_min", "rank_max")
        },
        p_same=pl.Series(intervals.p_rank(intervals.rank)),
        p_top10=pl.Series(intervals.p_top(TOP)),
        cluster=pl.Series(intervals.group, dtype=pl.Int32),
        decisive_component=pl.Series(
            [None if found == NONE_DECIDES else codes[found] for found in decisive],
            dtype=pl.String,
        ),
        rank_without_decisive=pl.Series(
            [
                None if found == NONE_DECIDES else int(rank)
                for found, rank in zip(decisive, without, strict=True)
            ],
            dtype=pl.Int32,
        ),
    )


# Columns of ``fact_robustness`` that come from the ranking as they are.
_FROM_UNITS: Final = (
    "assessment_id",
    "assessment_year",
    "level",
    "unit_id",
    "unit_name",
    "group_code",
    "scope",
    "scope_code",
    "rank",
    "n_ranked",
    "data_basis",
)


def fact_robustness(
    ranking: pl.DataFrame,
    *,
    components: pl.DataFrame,
    mains: pl.DataFrame,
    settings: RobustnessSettings,
    decimals: int,
) -> pl.DataFrame:
    """Return ``fact_robustness`` of one assessment, empty where nobody is ranked by computation.

    Args as for ``ranked_units``.
    """
    ranked = ranked_units(
        ranking, components=components, mains=mains, settings=settings, decimals=decimals
    )
    if ranked is None:
        schema = FACT_ROBUSTNESS.polars_schema()
        return pl.DataFrame(schema={k: v for k, v in schema.items() if k != "revision_id"})
    return robustness_rows(ranked, ranked.intervals(settings))
