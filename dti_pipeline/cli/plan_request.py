"""What a person asks a plan for: the planner and the aim it means, and the head of the answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from dti_pipeline.analysis.improvement.losses import with_distances
from dti_pipeline.analysis.improvement.plan import Aim, Plan, Planner
from dti_pipeline.analysis.improvement.prices import read_effort
from dti_pipeline.analysis.settings import load_analysis_settings
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.selection import Selection, scope_code
from dti_pipeline.exact import as_whole


@dataclass(frozen=True, eq=False)
class PlanRequest:
    """The options of ``dti plan``; a name, target or file that makes no sense is refused."""

    selection: Selection
    unit_id: str
    scope: str
    target_rank: str | None
    target_value: str | None
    by_band: bool
    others: str
    effort: Path | None

    @cached_property
    def ranking(self) -> pl.DataFrame:
        return self.selection.table("fact_ranking")

    @cached_property
    def scope_code(self) -> str:
        ranked = self.ranking.drop_nulls("rank").filter(unit_id=self.unit_id)
        codes = ranked.sort("scope", "scope_code", descending=[True, False])["scope_code"].to_list()
        if not codes:
            name = self.selection.assessment
            raise UsageError("plan.not_ranked", assessment=name, unit=self.unit_id)
        return scope_code(self.scope, codes=codes)

    @cached_property
    def published(self) -> Mapping[str, Any]:
        """Return the unit's row of ``fact_ranking``."""
        own = (pl.col("unit_id") == self.unit_id) & (pl.col("scope_code") == self.scope_code)
        return self.ranking.row(by_predicate=own, named=True)

    @cached_property
    def scores(self) -> dict[str, dict[str, Any]]:
        """Return the unit's rows of ``fact_component_score`` by component."""
        own = self.selection.table("fact_component_score").filter(unit_id=self.unit_id)
        return {row["component_code"]: row for row in own.iter_rows(named=True)}

    def losses(self) -> list[tuple[str, str, str, float]]:
        """Return unit, code, name and points of the components that lost points, most first."""
        bound = self.planner.accounts.framework_of(self.unit_id).by_code
        rows = [row for row in self.scores.values() if (row["points_lost"] or 0) > 0]
        rows.sort(key=lambda row: (-row["points_lost"], row["component_code"]))
        return [
            (row["unit_name"], each.printed_code, each.component.name_vi, row["points_lost"])
            for row in rows
            for each in [bound[row["component_code"]]]
        ]

    @property
    def not_collectable(self) -> list[str]:
        """Return the components that lost points because their figures cannot be collected."""
        rows = self.scores.items()
        return sorted(code for code, row in rows if row["cause"] == "not_collectable")

    @cached_property
    def planner(self) -> Planner:
        accounts = self.selection.accounts()
        codes = set(accounts.framework_of(self.unit_id).by_code)
        return Planner(
            accounts=accounts,
            unit_id=self.unit_id,
            medians=self._medians(),
            settings=load_analysis_settings().plan,
            duties=read_effort(self.effort, codes=codes) if self.effort else {},
            left_out=frozenset(self.not_collectable),
            trend=self._trend(accounts.decimals),
        )

    def _medians(self) -> dict[str, int]:
        """Return component → median of the unit's group, in micro-points."""
        scores = self.selection.table("fact_component_score")
        medians = (
            with_distances(scores)
            .filter(unit_id=self.unit_id)
            .drop_nulls("median_in_group")
            .select("component_code", as_whole(pl.col("median_in_group")))
        )
        return dict(medians.iter_rows())

    def _trend(self, decimals: int) -> dict[str, int]:
        """Return every unit's last change in the scope; nothing where the others stay."""
        if self.others == "fixed":
            return {}
        if self.others != "trend":
            raise UsageError("plan.unknown_others", others=self.others)
        moved = self.ranking.filter(scope_code=self.scope_code).drop_nulls("value_change")
        if moved.is_empty():
            raise UsageError("plan.no_trend", assessment=self.selection.assessment)
        change = as_whole(pl.col("value_change"), decimals)
        return dict(moved.select("unit_id", change).iter_rows())

    @cached_property
    def aim(self) -> Aim:
        code = self.scope_code
        if self.target_rank is not None and self.target_value is not None:
            raise UsageError("plan.two_goals")
        if self.target_rank is not None:
            n_ranked = self.published["n_ranked"]
            ranks = re.fullmatch(r"\s*(\d+)\s*(?:[-–]\s*(\d+)\s*)?", self.target_rank)
            best, worst = (int(ranks[1]), int(ranks[2] or ranks[1])) if ranks else (0, 0)
            if not 1 <= best <= worst <= n_ranked:
                raise UsageError("plan.no_rank", rank=self.target_rank, last=n_ranked)
            return Aim(scope_code=code, rank=worst)
        if self.target_value is not None:
            try:
                value = Decimal(self.target_value.replace(",", "."))
            except InvalidOperation:
                value = Decimal("NaN")
            if not (value.is_finite() and 0 <= value <= 1):
                raise UsageError("plan.no_value", text=self.target_value)
            units = value * 10**self.planner.accounts.decimals
            return Aim(scope_code=code, value_units=int(units.to_integral_value(ROUND_CEILING)))
        if not self.by_band:
            raise UsageError("plan.no_goal")
        return Aim(scope_code=code)

    def head(self, plan: Plan) -> dict[str, Any]:
        planner, aim = self.planner, self.aim
        unit = 10**planner.accounts.decimals
        now = planner.accounts.row(self.unit_id, aim.scope_code)
        value = now["value_units"]
        assert isinstance(value, int)
        needed = None
        if aim.rank is not None or aim.value_units is not None:
            needed = planner.needed_value(aim, plan.outcome.accounts) / unit
        rivals = planner.rivals(aim.scope_code, planner.accounts)
        return {
            **self.selection.head,
            "unit_id": self.unit_id,
            "unit_name": now["unit_name"],
            "scope_code": aim.scope_code,
            "target_rank": self.target_rank,
            "target_value": self.target_value,
            "by_band": self.by_band,
            "others": self.others,
            "n_without_trend": len(rivals.keys() - planner.trend) if planner.trend else None,
            "rank_now": now["rank"],
            "value_now": value / unit,
            "n_ranked": self.published["n_ranked"],
            "needed_value": needed,
            "reached_rank": plan.rank,
            "reached_value": plan.value_units / unit,
            "is_reached": None if needed is None else plan.is_reached,
            "effort": float(plan.effort),
            "effort_at_least": None if plan.bound is None else float(min(plan.bound, plan.effort)),
            "left_out": self.not_collectable,
            "data_basis": self.published["data_basis"],
            "prev_break": self.published["prev_break"] if self.others == "trend" else None,
        }
