"""Plans: the least-effort set of improvements that brings a unit where it wants to be.

A plan is made on points, turned into figures, and checked by scoring the whole assessment again
with those figures: what it promises is what that computation gives. Where figures fall short (a
figure two components share, an extreme that moves with the unit) the need is raised by the lack and
the search repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil
from typing import Final

import polars as pl

from dti_pipeline.analysis.improvement.least_effort import least_effort
from dti_pipeline.analysis.improvement.outlook import band_floor
from dti_pipeline.analysis.improvement.prices import Duty, WayUp
from dti_pipeline.analysis.improvement.reachable import reachable
from dti_pipeline.analysis.improvement.rescoring import Accounts, Place
from dti_pipeline.analysis.settings import PlanSettings
from dti_pipeline.exact import least_numerator
from dti_pipeline.scoring.aggregation import scopes
from schemas.text import Text, WrongUsageError

# Searches repeated with a raised need before a plan is given up.
ATTEMPTS: Final = 8
# Smaller needs tried once a plan reaches its aim.
TIGHTENINGS: Final = 4
# Effort is shown with two decimals: what a plan needs above the least is not looked for below that.
SHOWN: Final = Fraction(1, 100)
# Searches in which ranges are cut where figures jump.
CUTS: Final = 20
# Passes over the figures until every component has what it should; figures that components share
# settle in the second.
PASSES: Final = 4


class UnknownBandError(WrongUsageError, LookupError):
    """Settings that name a band the framework does not have; the message names those it has."""


@dataclass(frozen=True)
class Aim:
    """Where a unit wants to be in a scope (DTI, GOV, ECO, SOC or a main).

    Either the worst rank that will do, or the value wanted, in last published places.
    """

    scope_code: str
    rank: int | None = None
    value_units: int | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """Improvements as figures (changes, in millionths), scored with everybody in ``accounts``.

    ``before`` and ``after`` are component → micro-points.
    """

    accounts: Accounts
    changes: Mapping[Place, int]
    before: Mapping[str, int]
    after: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Planner:
    """Everything a plan for one unit is made from.

    Attributes:
        medians: component → median of the unit's group, in micro-points.
        duties: what a province says on components itself.
        left_out: components whose figures cannot be collected; no plan asks for them.
        trend: unit_id → change of the value that is aimed at, in last published places; who is not
            in it stays.
    """

    accounts: Accounts
    unit_id: str
    medians: Mapping[str, int]
    settings: PlanSettings
    duties: Mapping[str, Duty] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    trend: Mapping[str, int] = field(default_factory=dict)

    def ways_up(self, scope_code: str) -> dict[str, WayUp]:
        """Return the price lists of the components that count in a scope.

        Bonus and penalty points are no part of a plan: they stand outside every maximum.
        """
        framework = self.accounts.framework_of(self.unit_id)
        scope = next(scope for scope in scopes(framework) if scope.code == scope_code)
        scale = self.accounts.scale_of(self.unit_id)
        codes = [
            component.code
            for component in framework.components
            if component.component.main in scope.mains
            and not component.is_outside
            and component.code not in self.left_out
            and all(scale[component.component.main])
        ]
        ways = {}
        for code, reach in reachable(self.accounts, self.unit_id, codes=codes).items():
            component = reach.component.component
            duty = self.duties.get(code)
            effort = component.effort if duty is None or duty.effort is None else duty.effort
            ways[code] = WayUp(
                reach=reach,
                median=self.medians.get(code, 0),
                price=self.settings.price,
                flat=effort,
                scale=Fraction(*scale[component.main]),
            )
        return ways

    def needed_value(self, aim: Aim, accounts: Accounts) -> int:
        """Return the value that satisfies an aim, given how the others stand then."""
        if aim.value_units is not None:
            return aim.value_units
        assert aim.rank is not None
        others = self.others(aim.scope_code, accounts)
        return others[aim.rank - 1] if aim.rank <= len(others) else min(others, default=0)

    def rivals(self, scope_code: str, accounts: Accounts) -> dict[str, int]:
        """Return the value of each unit that the unit is ranked with."""
        own = accounts.row(self.unit_id, scope_code)
        rivals = accounts.standing.filter(
            pl.col("scope_code") == scope_code,
            pl.col("framework_id") == own["framework_id"],
            pl.col("pool") == own["pool"],
            pl.col("unit_id") != self.unit_id,
            pl.col("value_units").is_not_null(),
        )
        return dict(rivals.select("unit_id", "value_units").iter_rows())

    def others(self, scope_code: str, accounts: Accounts) -> list[int]:
        """Return the values of the unit's rivals, the best first, as they are taken to move."""
        top = 10**accounts.decimals
        values = (
            min(max(value + self.trend.get(unit_id, 0), 0), max(top, value))
            for unit_id, value in self.rivals(scope_code, accounts).items()
        )
        return sorted(values, reverse=True)

    def lack(self, aim: Aim, accounts: Accounts) -> int:
        """Return the micro-points of the scope still missing for an aim; 0 or less where it is met.

        Less than 0 is what the unit has more than the aim needs.
        """
        row = accounts.row(self.unit_id, aim.scope_code)
        needed = self.needed_value(aim, accounts)
        points = least_numerator(needed, 10**accounts.decimals, row["max_micro"])
        lack: int = points - row["points_micro"]
        return min(lack, 0) if row["value_units"] >= needed else lack

    def carry_out(self, results: Mapping[str, int]) -> Outcome:
        """Turn results (component → micro-points) into figures and score everything again.

        Components that are not in the plan keep at least their present points: a figure that one
        component raises may be the denominator of another.
        """
        before = self.accounts.points_of(self.unit_id)
        floors = {code: max(points, results.get(code, 0)) for code, points in before.items()}
        accounts, changes = self.accounts, dict[Place, int]()
        kept_back = accounts.kept_back_of(self.unit_id)
        for _ in range(PASSES):
            points = accounts.points_of(self.unit_id)
            short = [code for code, floor in floors.items() if points[code] < floor]
            new: dict[Place, int] = {}
            for code, reach in reachable(accounts, self.unit_id, codes=short).items():
                figures = reach.changes_for(floors[code])
                if figures is None:
                    continue
                new |= reach.brought_back(kept_back) | figures
            if new.items() <= changes.items():
                break
            changes |= new
            accounts = self.accounts.with_figures(self.unit_id, changes)
        return Outcome(accounts, changes, before=before, after=accounts.points_of(self.unit_id))

    def plan(self, aim: Aim, ways: Mapping[str, WayUp], results: Mapping[str, int]) -> "Plan":
        """Carry results out and hold what comes of them against the aim."""
        outcome = self.carry_out(results)
        value = outcome.accounts.row(self.unit_id, aim.scope_code)["value_units"]
        others = self.others(aim.scope_code, outcome.accounts)
        rank = 1 + sum(other > value for other in others)
        return Plan(
            outcome=outcome,
            ways=ways,
            value_units=value,
            rank=rank,
            is_reached=(aim.rank is None or rank <= aim.rank)
            and (aim.value_units is None or value >= aim.value_units),
            effort=sum((way.effort(outcome.after[code]) for code, way in ways.items()), Fraction()),
        )


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan and what it brings, as scored; the value reached is in last published places.

    No plan needs less effort than ``bound``; None where it was not searched for.
    """

    outcome: Outcome
    ways: Mapping[str, WayUp]
    value_units: int
    rank: int
    is_reached: bool
    effort: Fraction
    bound: Fraction | None = None


def plan_for(planner: Planner, aim: Aim) -> Plan:
    """Make the least-effort plan for an aim, and check it.

    Where even everything together does not reach the aim, the plan does everything, with
    ``is_reached`` False.
    """
    ways: Mapping[str, WayUp] = planner.ways_up(aim.scope_code)
    plan, need, bound = planner.plan(aim, ways, {}), 0, Fraction()
    for attempt in range(ATTEMPTS):
        lack = planner.lack(aim, plan.outcome.accounts)
        if lack <= 0:
            plan = replace(plan, bound=bound)
            if not need or plan.effort - bound < SHOWN:
                return plan
            return _tighter(planner, aim, plan, low=need + lack, high=need)
        need += lack
        ways, results, least_bound = _least_effort(ways, need)
        if results is None:
            break
        if attempt == 0:
            bound = least_bound
        plan = planner.plan(aim, ways, results)
    return planner.plan(aim, ways, {code: way.reach.top for code, way in ways.items()})


def _least_effort(
    ways: Mapping[str, WayUp], need: int
) -> tuple[Mapping[str, WayUp], dict[str, int] | None, Fraction]:
    """Find the cheapest set of results that figures give, to what is shown of an effort.

    Returns:
        The ways with the gaps that the search ran into; component → micro-points, None where
        nothing gains enough; and what no set needs less effort than.
    """
    results, bound = None, Fraction()
    for _ in range(CUTS):
        options = [option for way in ways.values() if (option := way.option()) is not None]
        least = least_effort(options, need)
        if least is None:
            return ways, None, bound
        results = {code: ways[code].points_for(gain) for code, gain in least.gains.items()}
        bound = Fraction(least.bound)
        gaps, excess = {}, {}
        for code, points in results.items():
            gap = ways[code].reach.gap_at(points)
            if gap is not None:
                gaps[code] = gap
                excess[code] = ways[code].effort(gap[1]) - ways[code].effort(points)
        if sum(excess.values()) < SHOWN:
            break
        coarse = [code for code, effort in excess.items() if effort * len(excess) >= SHOWN]
        ways = {**ways, **{code: ways[code].with_gaps_around(gaps[code]) for code in coarse}}
    return ways, results, bound


def _tighter(planner: Planner, aim: Aim, plan: Plan, *, low: int, high: int) -> Plan:
    """Try smaller needs: a figure that two components share may gain more than was asked for.

    ``low`` is a need that may do, ``high`` the one that does. Of the plans that reach the aim, the
    one with the least effort is returned.
    """
    ways = plan.ways
    for _ in range(TIGHTENINGS):
        ways, results, _ = _least_effort(ways, low)
        if results is None or low >= high:
            break
        smaller = replace(planner.plan(aim, ways, results), bound=plan.bound)
        if smaller.is_reached:
            return min(plan, smaller, key=lambda each: each.effort)
        low = ceil((low + high) / 2)
    return plan


def plan_by_band(planner: Planner, aim: Aim) -> Plan:
    """Aim every component at the band that its present band leads to, as provinces do.

    The aim is what the plan is held against; it does not change the plan.

    Raises:
        UnknownBandError: if the settings name a band the framework does not have.
    """
    file = planner.accounts.framework_of(planner.unit_id).file
    by_band = planner.settings.by_band
    bands = [band.code for band in file.component_bands]
    unknown = sorted({*by_band, *by_band.values()}.difference(bands))
    if unknown:
        raise UnknownBandError(
            "plan.unknown_band",
            framework=file.id,
            names=unknown,
            known=bands or Text("không có mức nào", "none"),
        )
    ways = planner.ways_up(aim.scope_code)
    results = {}
    for code, way in ways.items():
        maximum = way.reach.component.maximum
        floors = {band: band_floor(file, band, maximum=maximum) for band in bands}
        below = [band for band in bands if floors[band] <= way.reach.points]
        present = max(below, key=lambda band: floors[band], default=None)
        target = by_band.get(present or "", present)
        if target is not None and target != present:
            result = way.reach.at_least(floors[target])
            results[code] = way.reach.top if result is None else result
    return planner.plan(aim, ways, results)
