"""What a person asks a plan for, read into a planner and its aim; and how the plan is described."""

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from dti_pipeline.analysis.improvement.losses import with_distances
from dti_pipeline.analysis.improvement.plan import Aim, Plan, Planner
from dti_pipeline.analysis.improvement.prices import Duty, EffortFileError, read_effort
from dti_pipeline.analysis.improvement.rescoring import Accounts, without_evidence
from dti_pipeline.analysis.settings import load_settings
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.release_inputs import recorded_accounts
from dti_pipeline.cli.selection import Selection, scope_code
from dti_pipeline.exact import MICRO


@dataclass(frozen=True, eq=False)
class PlanRequest:
    """What a person asks for.

    Attributes:
        selection: the assessment.
        unit_id: the unit.
        target_rank: ``10`` or ``10-15``; None where not asked.
        target_value: such as ``0.65``; None where not asked.
        scope: overall, gov, eco, soc, or the code of a main index.
        by_band: apply the targets by band instead of searching.
        effort: CSV with efforts and duties.
        others: fixed or trend.
    """

    selection: Selection
    unit_id: str
    target_rank: str | None
    target_value: str | None
    scope: str
    by_band: bool
    effort: Path | None
    others: str

    @cached_property
    def _ranking(self) -> pl.DataFrame:
        return self.selection.table("fact_ranking")

    @cached_property
    def _scores(self) -> pl.DataFrame:
        return self.selection.table("fact_component_score")

    def published(self, code: str) -> dict[str, Any]:
        """Return the unit's row of ``fact_ranking`` in a scope."""
        own = (pl.col("unit_id") == self.unit_id) & (pl.col("scope_code") == code)
        return self._ranking.row(by_predicate=own, named=True)

    def scores(self) -> dict[str, dict[str, Any]]:
        """Return the unit's rows of ``fact_component_score`` by component."""
        own = self._scores.filter(pl.col("unit_id") == self.unit_id)
        return {row["component_code"]: row for row in own.iter_rows(named=True)}

    def prepare(self) -> tuple[Planner, Aim]:
        """Read what the request names.

        Raises:
            UsageError: if a name, target or file makes no sense.
        """
        accounts = recorded_accounts(self.selection)
        known = (
            self._ranking.filter(pl.col("unit_id") == self.unit_id, pl.col("rank").is_not_null())
            .sort("scope", "scope_code", descending=[True, False])["scope_code"]
            .to_list()
        )
        if not known:
            msg = (
                f"{self.unit_id} is not ranked in {self.selection.assessment}: there is no rank to "
                "plan for"
            )
            raise UsageError(msg)
        code = scope_code(self.scope, known=known)
        decimals = accounts.definition.assessment.value_decimals
        planner = Planner(
            accounts=accounts,
            unit_id=self.unit_id,
            medians=self._medians(),
            settings=load_settings().plan,
            duties=self._duties(accounts),
            kept_back=without_evidence(
                self.selection.table("fact_observation"), unit_id=self.unit_id
            ),
            trend=self._trend(decimals),
        )
        return planner, self._aim(code, decimals=decimals)

    def _medians(self) -> dict[str, int]:
        """Return component → median of the unit's group, in micro-points."""
        overall = self._ranking.filter(pl.col("scope") == "overall")
        medians = (
            with_distances(self._scores, units=overall)
            .filter(pl.col("unit_id") == self.unit_id, pl.col("median_in_group").is_not_null())
            .select("component_code", (pl.col("median_in_group") * MICRO).round().cast(pl.Int64))
        )
        return dict(medians.iter_rows())

    def _duties(self, accounts: Accounts) -> dict[str, Duty]:
        if self.effort is None:
            return {}
        try:
            return read_effort(self.effort, known=set(accounts.framework_of(self.unit_id).by_code))
        except EffortFileError as error:
            raise UsageError(error.args[0]) from None

    def _trend(self, decimals: int) -> dict[str, dict[str, int]] | None:
        """Return every unit's last change per scope; None where the others stay.

        Raises:
            UsageError: if the way the others move is unknown, or no change is known at all.
        """
        if self.others == "fixed":
            return None
        if self.others != "trend":
            msg = f"--others '{self.others}' is unknown; known: fixed, trend"
            raise UsageError(msg)
        moved = self._ranking.filter(pl.col("value_change").is_not_null())
        if moved.is_empty():
            msg = (
                f"{self.selection.assessment} is compared with no earlier assessment: there is no "
                "trend; use --others fixed"
            )
            raise UsageError(msg)
        change = (pl.col("value_change") * 10**decimals).round().cast(pl.Int64)
        trend: dict[str, dict[str, int]] = {}
        for code, unit_id, units in moved.select("scope_code", "unit_id", change).iter_rows():
            trend.setdefault(code, {})[unit_id] = units
        return trend

    def _aim(self, code: str, *, decimals: int) -> Aim:
        """Read the target.

        Raises:
            UsageError: if there is none, two, or one that makes no sense.
        """
        if self.target_rank is not None and self.target_value is not None:
            msg = "give either --target-rank or --target-value"
            raise UsageError(msg)
        if self.target_rank is not None:
            n_ranked = self.published(code)["n_ranked"]
            ranks = re.fullmatch(r"\s*(\d+)\s*(?:[-–]\s*(\d+)\s*)?", self.target_rank)
            best, worst = (int(ranks[1]), int(ranks[2] or ranks[1])) if ranks else (0, 0)
            if not 1 <= best <= worst <= n_ranked:
                msg = (
                    f"--target-rank '{self.target_rank}' is not a rank or a span of ranks from 1 "
                    f"to {n_ranked}; write 10 or 10-15"
                )
                raise UsageError(msg)
            return Aim(scope_code=code, rank=worst)
        if self.target_value is not None:
            try:
                value = Decimal(self.target_value)
            except InvalidOperation:
                value = Decimal("NaN")
            if not (value.is_finite() and 0 <= value <= 1):
                msg = f"--target-value '{self.target_value}' is not a value from 0 to 1; write 0.65"
                raise UsageError(msg)
            units = (value * 10**decimals).to_integral_value(rounding=ROUND_CEILING)
            return Aim(scope_code=code, value_units=int(units))
        if not self.by_band:
            msg = "give --target-rank N[-M], --target-value V or --by-band"
            raise UsageError(msg)
        return Aim(scope_code=code)


def plan_head(request: PlanRequest, planner: Planner, aim: Aim, plan: Plan) -> dict[str, Any]:
    """Return what is above the plan's rows."""
    accounts = planner.accounts
    unit = 10**accounts.definition.assessment.value_decimals
    now = accounts.row(request.unit_id, aim.scope_code)
    value = now["value_units"]
    assert isinstance(value, int)
    published = request.published(aim.scope_code)
    needed = None
    if aim.rank is not None or aim.value_units is not None:
        needed = planner.needed_value(aim, plan.carried.accounts) / unit
    bound = None if plan.bound is None else float(min(plan.bound, plan.effort))
    return {
        "release_id": request.selection.release.release_id,
        "assessment_id": request.selection.assessment,
        "unit_id": request.unit_id,
        "unit_name": now["unit_name"],
        "scope_code": aim.scope_code,
        "target_rank": request.target_rank,
        "target_value": request.target_value,
        "by_band": request.by_band,
        "others": request.others,
        "rank_now": now["rank"],
        "value_now": value / unit,
        "n_ranked": published["n_ranked"],
        "needed_value": needed,
        "reached_rank": plan.rank,
        "reached_value": plan.value_units / unit,
        "is_reached": None if needed is None else plan.is_reached,
        "effort": float(plan.effort),
        "effort_at_least": bound,
        "data_basis": published["data_basis"],
        "prev_break": published["prev_break"] if request.others == "trend" else None,
    }
