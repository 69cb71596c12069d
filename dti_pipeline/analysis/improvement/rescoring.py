"""Score a whole assessment again with some figures changed, through the stages of the pipeline.

Relative rules, shared figures and ranks come out as they would in a real run: nothing here knows a
rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Literal

import polars as pl

from dti_pipeline.acceptance.figures import NA, figures_frame
from dti_pipeline.exact import as_figure, as_whole
from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.scoring.aggregation import (
    assessed_columns,
    maximum_column,
    points_column,
    scopes,
)
from dti_pipeline.scoring.ranking import rank_column, rank_units, value_column
from dti_pipeline.scoring.score import Scores, score
from schemas.codes import READ_STATUSES
from schemas.text import WrongUsageError

# Reasons why a figure that was read did not count: better evidence would bring it back.
FOR_WANT_OF_EVIDENCE: Final = ("evidence_missing", "evidence_rejected")
# Where a figure is delivered: component and variable.
Place = tuple[str, str]


class NotScoredError(WrongUsageError, LookupError):
    """An assessment whose results do not come from figures that could be changed."""


@dataclass(frozen=True, eq=False)
class Accounts:
    """An assessment's accepted figures, and what they score.

    Figures have unit_id, component_code, variable, value_micro and obs_status. ``kept_back`` are
    those that were read but did not count for want of evidence, the latest delivery last.
    """

    definition: Definition
    values: pl.DataFrame
    kept_back: pl.DataFrame

    @classmethod
    def of(cls, definition: Definition, observations: pl.DataFrame) -> "Accounts":
        """Take the figures of ``fact_observation`` that counted.

        Raises:
            NotScoredError: if the assessment has no figures of its own, or nobody is ranked.
        """
        if definition.source is not definition or definition.ranks_are_published:
            name, kind = definition.assessment.id, definition.assessment.kind
            raise NotScoredError("rescoring.no_figures", name=name, kind=kind)
        columns = ("unit_id", "component_code", "variable", "value_micro", "obs_status")
        kept_back = observations.filter(
            pl.col("remark").is_in(FOR_WANT_OF_EVIDENCE), pl.col("obs_status").is_in(READ_STATUSES)
        ).sort("delivery_no", maintain_order=True)
        accepted = observations.filter("accepted")
        return cls(definition, accepted.select(columns), kept_back.select(columns))

    @property
    def decimals(self) -> int:
        """Return the published decimals of values."""
        return self.definition.assessment.value_decimals

    @cached_property
    def scored(self) -> tuple[Scores, ...]:
        """Points and sums, framework by framework."""
        return score(self.definition, self.values)

    @cached_property
    def standing(self) -> pl.DataFrame:
        """One row per unit and scope.

        Columns: unit_id, unit_name, framework_id, pool, scope, scope_code, points_micro, max_micro,
        value_units (Int64, in last published places), rank (Int32, null where the scope or unit is
        not ranked).
        """
        return pl.concat([self._standing(entry) for entry in self.scored])

    def _standing(self, entry: Scores) -> pl.DataFrame:
        of_framework = scopes(self.definition.frameworks[entry.framework_id])
        units = self.definition.units.select("unit_id", "unit_name", "framework_id", "pool")
        sums = entry.sums.join(units, on="unit_id", maintain_order="left")
        ranks = rank_units(sums, scopes=of_framework)
        wide = sums.join(ranks, on="unit_id", maintain_order="left")
        return pl.concat(
            wide.select(
                *units.columns,
                scope=pl.lit(scope.kind),
                scope_code=pl.lit(scope.code),
                points_micro=pl.col(points_column(scope.code)),
                max_micro=pl.col(maximum_column(scope.code)),
                value_units=pl.col(value_column(scope.code)),
                rank=pl.col(rank_column(scope.code)) if scope.is_ranked else pl.lit(None, pl.Int32),
            )
            for scope in of_framework
        )

    def row(self, unit_id: str, scope_code: str) -> dict[str, Any]:
        own = (pl.col("unit_id") == unit_id) & (pl.col("scope_code") == scope_code)
        return self.standing.row(by_predicate=own, named=True)

    def framework_of(self, unit_id: str) -> BoundFramework:
        units = self.definition.units.filter(pl.col("unit_id") == unit_id)
        return self.definition.frameworks[units["framework_id"][0]]

    def _row_of(self, unit_id: str, frame: Literal["points", "sums"]) -> dict[str, Any]:
        framework_id = self.framework_of(unit_id).id
        scores = next(entry for entry in self.scored if entry.framework_id == framework_id)
        of_units: pl.DataFrame = getattr(scores, frame)
        return of_units.row(by_predicate=pl.col("unit_id") == unit_id, named=True)

    def points_of(self, unit_id: str) -> dict[str, int]:
        """Return a unit's micro-points per component, 0 where none could be computed."""
        row = self._row_of(unit_id, "points")
        return {code: row[code] or 0 for code in self.framework_of(unit_id).by_code}

    def exempt_of(self, unit_id: str) -> set[str]:
        row = self._row_of(unit_id, "points")
        return {code for code in self.framework_of(unit_id).by_code if row.get(code + NA)}

    def scale_of(self, unit_id: str) -> dict[str, tuple[int, int]]:
        """Return per main what one of its points counts: effective over assessed maximum."""
        row = self._row_of(unit_id, "sums")
        return {
            code: (row[maximum_column(code)], row[assessed_columns(code)[1]])
            for code in self.framework_of(unit_id).mains
        }

    def peers(self, unit_id: str) -> pl.DataFrame:
        """Return ``figures_frame`` of the units that a unit is compared with, itself included."""
        framework = self.framework_of(unit_id)
        peers = next(pool for pool in self.definition.peers(framework.id) if unit_id in pool)
        values = self.values.filter(pl.col("unit_id").is_in(peers))
        return figures_frame(values, framework=framework, unit_ids=peers)

    def figures_of(self, unit_id: str) -> dict[Place, int]:
        """Return a unit's figures in millionths: the accepted, else those kept back."""
        return self.kept_back_of(unit_id) | _by_place(self.values.filter(unit_id=unit_id))

    def kept_back_of(self, unit_id: str) -> dict[Place, int]:
        return _by_place(self.kept_back.filter(unit_id=unit_id))

    def with_figures(self, unit_id: str, changes: Mapping[Place, int]) -> "Accounts":
        """Return the accounts with some of one unit's figures replaced, in millionths."""
        if not changes:
            return self
        new = pl.DataFrame(
            [(unit_id, *place, value, "ok") for place, value in changes.items()],
            schema=self.values.schema,
            orient="row",
        )
        others = self.values.join(new, on=["unit_id", "component_code", "variable"], how="anti")
        return replace(self, values=pl.concat([others, new]))


def _by_place(values: pl.DataFrame) -> dict[Place, int]:
    """Return one unit's figures by place; of several deliveries the last."""
    rows = values.drop_nulls("value_micro").select("component_code", "variable", "value_micro")
    return {(code, variable): value for code, variable, value in rows.iter_rows()}


def move_figures(decimals: int) -> dict[str, pl.Expr]:
    """Return what tables show of a move from ``value_units``, ``rank`` to the same with ``_to``.

    Returns:
        value_from, value_to, value_change, rank_from, rank_to, rank_change (positive: up).
    """
    before, after = pl.col("value_units"), pl.col("value_units_to")
    return {
        "value_from": as_figure(before, decimals),
        "value_to": as_figure(after, decimals),
        "value_change": as_figure(after - before, decimals),
        "rank_from": pl.col("rank"),
        "rank_to": pl.col("rank_to"),
        "rank_change": pl.col("rank") - pl.col("rank_to"),
    }


def differences(accounts: Accounts, ranking: pl.DataFrame) -> list[str]:
    """Name every unit and scope whose recomputed value or rank is not that of ``fact_ranking``."""
    key = ["unit_id", "scope_code"]
    value_units = as_whole(pl.col("value"), accounts.decimals)
    published = ranking.select(*key, "rank", value_units=value_units)
    both = accounts.standing.join(published, on=key, how="full", suffix="_published", coalesce=True)
    differing = both.filter(
        pl.col("value_units").ne_missing(pl.col("value_units_published"))
        | pl.col("rank").ne_missing(pl.col("rank_published"))
    )
    return differing.sort(key).select(pl.concat_str(key, separator=" ")).to_series().to_list()
