"""From the facts of one assessment to the arrays of a simulation, and back to ``fact_robustness``.

Only units ranked by computation take part; each is compared within its own pool and framework. The
undrawn values must equal the published ones: components are brought to what their main really
counts (a main whose components do not all apply is scaled up; bonus points are cut off at its
maximum), so that no rank can differ from the ranking's.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from dti_pipeline.analysis.pools import Results
from dti_pipeline.analysis.robustness.points import NotDrawnError, ScoredPoints
from dti_pipeline.analysis.robustness.removal import (
    NONE_DECIDES,
    deciding_component,
    leave_one_component_out,
)
from dti_pipeline.analysis.robustness.simulation import SimulatedRanks, simulate_ranks
from dti_pipeline.analysis.settings import RobustnessSettings
from dti_pipeline.exact import as_whole
from dti_pipeline.index.beside import beside
from schemas.tables.analysis import FactRobustness

# Sources that speak for a central agency; their figures are never rejected.
AUTHORITATIVE: Final = ("central", "published")
TOP: Final = 10


@dataclass(frozen=True, eq=False)
class RankedUnits:
    """The ranked units of one assessment: rows of ``computed_ranks``, a row of the arrays each.

    ``components`` has framework_id, main_code, component_code; a column of the arrays each.
    """

    units: pl.DataFrame
    components: pl.DataFrame
    points: ScoredPoints


def ranked_units(results: Results, *, settings: RobustnessSettings) -> RankedUnits | None:
    """Lay one assessment's facts out for the simulation; None where nobody is ranked.

    Raises:
        NotDrawnError: if there is only one component, or the values from the arrays are not those
            of the ranking.
    """
    counted = _counted_cells(results)
    columns = counted.select("framework_id", "main_code", "component_code").unique().sort(pl.all())
    units = results.ranked.join(counted, on="unit_id", how="semi", maintain_order="left")
    if units.is_empty():
        return None
    if columns.height < 2:
        raise NotDrawnError("only_component", "everybody is ranked on one component only")
    chances = {state: float(chance) for state, chance in settings.rejection.items()}
    chance = pl.col("evidence_state").replace_strict(chances, default=0.0, return_dtype=pl.Float64)
    is_authoritative = pl.col("source_kind").is_in(AUTHORITATIVE)
    chance = pl.when(is_authoritative).then(0.0).otherwise(chance)
    cells = (
        units.select("unit_id")
        .join(columns, how="cross", maintain_order="left_right")
        .pipe(beside, counted.with_columns(chance=chance), on=["unit_id", *columns.columns])
        .select(pl.col("points_micro", "max_micro", "chance").fill_null(0))
    )
    shape = (units.height, columns.height)
    main = columns.select(pl.struct("framework_id", "main_code").rank("dense") - 1).to_series()
    ranked = RankedUnits(
        units=units,
        components=columns,
        points=ScoredPoints(
            points_micro=cells["points_micro"].to_numpy().reshape(shape),
            max_micro=cells["max_micro"].to_numpy().reshape(shape),
            main_of_component=main.to_numpy().astype(np.intp),
            rejection_probability=cells["chance"].to_numpy().reshape(shape),
            pool_ids=units["pool_id"].to_numpy(),
            decimals=results.decimals,
        ),
    )
    _check_values(ranked)
    return ranked


def _counted_cells(results: Results) -> pl.DataFrame:
    """Return unit × component with points and maximum as they enter the overall value.

    Within a main they are scaled to the main's own points and effective maximum; what rounding
    leaves over goes to the component with the largest maximum.
    """
    key = ["unit_id", "main_code"]
    of_main = (
        results.mains.filter("is_counted")
        .join(results.ranked.select("unit_id", "framework_id"), on="unit_id")
        .select(
            *key,
            "framework_id",
            main_points="points_micro",
            main_max=as_whole(pl.col("max_points_effective")),
        )
    )
    maximum = pl.col("max_micro").sum().over(key)

    def scaled(name: str) -> pl.Expr:
        wide = pl.col(name).cast(pl.Int128) * pl.col("main_max")
        return pl.when(maximum > 0).then(wide // maximum).otherwise(0).cast(pl.Int64)

    def completed(name: str, whole: str) -> pl.Expr:
        largest = pl.col("max_micro").rank("ordinal", descending=True).over(key) == 1
        rest = pl.col(whole) - pl.col(name).sum().over(key)
        return pl.col(name) + pl.when(largest).then(rest).otherwise(0)

    return (
        results.components.join(of_main, on=key)
        .sort("unit_id", "component_code")
        .with_columns(max_micro=as_whole(pl.col("max_points_effective")))
        .with_columns(points_micro=scaled("points_micro"), max_micro=scaled("max_micro"))
        .with_columns(completed("points_micro", "main_points"), completed("max_micro", "main_max"))
    )


def _check_values(ranked: RankedUnits) -> None:
    values = ranked.points.nominal_values()
    differing = np.flatnonzero(values != ranked.units["value_units"].to_numpy())
    if differing.size:
        row = ranked.units.row(int(differing[0]), named=True)
        msg = (
            f"{row['assessment_id']}: the components of {row['unit_name']} give another overall "
            f"value than the published {row['value']}; the tables do not belong together"
        )
        raise NotDrawnError("other_value", msg)


def robustness_rows(ranked: RankedUnits, simulated: SimulatedRanks) -> pl.DataFrame:
    """Return the rows of ``fact_robustness``, without revision_id."""
    left_out = leave_one_component_out(ranked.points)
    decisive = deciding_component(ranked.points, left_out)
    without = left_out.rank[np.arange(len(decisive)), decisive]
    codes = ranked.components["component_code"]
    decides = pl.Series(decisive != NONE_DECIDES)
    is_alone = pl.Series((ranked.points.max_micro > 0).sum(axis=1) == 1)
    quantiles = {"p05": 5, "p50": 50, "p95": 95, "min": 0, "max": 100}
    return ranked.units.with_columns(
        n_draws=pl.lit(simulated.draws, dtype=pl.Int32),
        **{
            f"rank_{name}": pl.Series(simulated.quantile(percent), dtype=pl.Int32)
            for name, percent in quantiles.items()
        },
        p_same=pl.Series(simulated.p_rank(simulated.rank)),
        p_top10=pl.Series(simulated.p_top(TOP)),
        cluster=pl.Series(simulated.cluster, dtype=pl.Int32),
        decisive_component=pl.when(decides).then(codes.gather(decisive)),
        rank_without_decisive=pl.when(decides).then(pl.Series(without, dtype=pl.Int32)),
        null_reason=pl.when(~decides).then(
            pl.when(is_alone).then(pl.lit("only_component")).otherwise(pl.lit("nothing_decides"))
        ),
    ).select(FactRobustness.computed_schema().names())


def fact_robustness(results: Results, *, settings: RobustnessSettings) -> pl.DataFrame:
    """Return ``fact_robustness`` of one assessment, empty where nobody is ranked by computation.

    Where no ranks can be drawn, the rows say so: an analysis never stops a release.
    """
    schema = FactRobustness.computed_schema()
    try:
        ranked = ranked_units(results, settings=settings)
        if ranked is None:
            return pl.DataFrame(schema=schema)
        return robustness_rows(ranked, simulate_ranks(ranked.points, settings))
    except NotDrawnError as error:
        units = results.ranked
        missing = [pl.lit(None, dtype).alias(n) for n, dtype in schema.items() if n not in units]
        return (
            units.with_columns(missing)
            .with_columns(null_reason=pl.lit(error.reason))
            .select(schema.names())
        )
