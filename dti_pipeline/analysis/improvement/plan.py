"""Plans: the least-effort set of improvements that brings a unit where it wants to be.

A plan is found on points, turned into figures, and checked by scoring the whole assessment again
with those figures: what it promises is what that computation gives. Where figures fall short (a
figure two components share, an extreme that moves with the unit) the need is raised by the lack and
the search repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import polars as pl

from dti_pipeline.analysis.improvement.least_effort import LeastEffort, Option, least_effort
from dti_pipeline.analysis.improvement.outlook import band_floor
from dti_pipeline.analysis.improvement.prices import Duty, WayUp
from dti_pipeline.analysis.improvement.reachable import reachable
from dti_pipeline.analysis.improvement.rescoring import Accounts, Place
from dti_pipeline.analysis.settings import PlanSettings
from dti_pipeline.index.frameworks.bands import band_of
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.scoring.aggregation import scopes

# How the others are taken to move: not at all, or by their change on the compared assessment.
Others = Literal["fixed", "trend"]
# Searches repeated with a raised need before a plan is given up.
ATTEMPTS = 8
# Smaller needs tried once a plan is found.
TIGHTENINGS = 4
# Passes over the figures until every component has what it should; figures that components share
# settle in the second.
PASSES = 4


@dataclass(frozen=True)
class Aim:
    """Where a unit wants to be.

    Attributes:
        scope_code: DTI, GOV, ECO, SOC or a main.
        rank: worst rank that will do; None where a value is wanted.
        value_units: value wanted, in last published places; None where a rank is wanted.
    """

    scope_code: str
    rank: int | None = None
    value_units: int | None = None


@dataclass(frozen=True, eq=False)
class Planner:
    """Everything a plan for one unit is made from.

    Attributes:
        accounts: the figures as they stand.
        unit_id: the unit.
        medians: component → median of the unit's group, in micro-points.
        settings: prices and targets by band.
        duties: what a province says on components itself.
        kept_back: figures that did not count for want of evidence.
        trend: scope code → unit_id → change of the value, in last published places; None: others
            stay.
    """

    accounts: Accounts
    unit_id: str
    medians: Mapping[str, int]
    settings: PlanSettings
    duties: Mapping[str, Duty] = field(default_factory=dict)
    kept_back: Mapping[Place, int] = field(default_factory=dict)
    trend: Mapping[str, Mapping[str, int]] | None = None

    def ways_up(self, scope_code: str) -> dict[str, WayUp]:
        """Return the price lists of the components that count in a scope.

        Bonus and penalty points are no part of a plan: they stand outside every maximum.
        """
        framework = self.accounts.framework_of(self.unit_id)
        scope = next(scope for scope in scopes(framework) if scope.code == scope_code)
        counted = [
            component
            for component in framework.components
            if component.component.main in scope.mains and not component.is_outside
        ]
        reach = reachable(
            self.accounts,
            self.unit_id,
            codes=[component.code for component in counted],
            kept_back=self.kept_back,
        )
        scale = self.accounts.scale_of(self.unit_id)
        found = {}
        for component in counted:
            effective, assessed = scale[component.component.main]
            if component.code not in reach or not effective or not assessed:
                continue
            duty = self.duties.get(component.code)
            flat = duty.effort if duty is not None and duty.effort is not None else None
            found[component.code] = WayUp(
                reach=reach[component.code],
                median=self.medians.get(component.code, 0),
                price=self.settings.price,
                flat=component.component.effort if flat is None else flat,
                scale=Fraction(effective, assessed),
            )
        return found

    def needed_value(self, aim: Aim, accounts: Accounts) -> int:
        """Return the value that satisfies an aim, given how the others stand then."""
        if aim.value_units is not None:
            return aim.value_units
        assert aim.rank is not None
        others = self.others(aim.scope_code, accounts)
        return others[aim.rank - 1] if aim.rank <= len(others) else min(others, default=0)

    def others(self, scope_code: str, accounts: Accounts) -> list[int]:
        """Return the values of the unit's rivals, the best first, as they are taken to move."""
        rows = accounts.in_scope(scope_code)
        own = rows.row(by_predicate=pl.col("unit_id") == self.unit_id, named=True)
        framework = accounts.framework_of(self.unit_id)
        peers = accounts.definition.units.filter(
            pl.col("framework_id") == framework.id, pl.col("pool") == own["pool"]
        )["unit_id"]
        rivals = rows.filter(
            pl.col("unit_id").is_in(peers.implode()),
            pl.col("unit_id") != self.unit_id,
            pl.col("value_units").is_not_null(),
        )
        moves = (self.trend or {}).get(scope_code, {})
        top = 10**accounts.definition.assessment.value_decimals
        moved = [
            min(max(value + moves.get(unit_id, 0), 0), max(top, value))
            for unit_id, value in rivals.select("unit_id", "value_units").iter_rows()
        ]
        return sorted(moved, reverse=True)

    def standing(self, scope_code: str, accounts: Accounts) -> tuple[int, int]:
        """Return the unit's value (last published places) and rank among the others then."""
        value = accounts.row(self.unit_id, scope_code)["value_units"]
        assert isinstance(value, int)
        return value, 1 + sum(other > value for other in self.others(scope_code, accounts))

    def carried_out(self, wanted: Mapping[str, int]) -> "Carried":
        """Turn wanted results into figures and score everything again.

        Components that are not in the plan keep at least their present points: a figure that one
        component raises may be the denominator of another.

        Args:
            wanted: component → micro-points to reach.
        """
        framework = self.accounts.framework_of(self.unit_id)
        present = {
            code: points or 0 for code, points in self.accounts.points_of(self.unit_id).items()
        }
        floors = {code: max(points, wanted.get(code, 0)) for code, points in present.items()}
        accounts, changes = self.accounts, dict[Place, int]()
        for _ in range(PASSES):
            points = accounts.points_of(self.unit_id)
            short = [
                code for code, floor in floors.items() if floor > 0 and (points[code] or 0) < floor
            ]
            more: dict[Place, int] = {}
            for code, reach in reachable(
                accounts, self.unit_id, codes=short, kept_back=self.kept_back
            ).items():
                found = reach.changes_for(floors[code])
                if found is None:
                    continue
                # Figures that come back with better evidence count from now on as well.
                places = {
                    (column.rpartition(".")[0], column.rpartition(".")[2])
                    for column in framework.by_code[code].columns.values()
                }
                more |= {p: self.kept_back[p] for p in places if p in self.kept_back}
                more |= found
            more = {place: figure for place, figure in more.items() if changes.get(place) != figure}
            if not more:
                break
            changes |= more
            accounts = self.accounts.with_figures(self.unit_id, changes)
        return Carried(accounts=accounts, changes=changes, before=present)


@dataclass(frozen=True, eq=False)
class Carried:
    """Improvements as figures, scored.

    Attributes:
        accounts: everything with the new figures.
        changes: the unit's changed figures in millionths, by place.
        before: component → micro-points before.
    """

    accounts: Accounts
    changes: Mapping[Place, int]
    before: Mapping[str, int]

    def after(self, unit_id: str) -> dict[str, int]:
        """Return component → micro-points after."""
        return {code: points or 0 for code, points in self.accounts.points_of(unit_id).items()}


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan and what it brings, as scored.

    Attributes:
        carried: the planned figures, scored.
        ways: price lists, by component.
        value_units: value reached, in last published places.
        rank: rank reached.
        is_reached: whether the aim is reached.
        effort: effort of the points gained.
        bound: no plan needs less; None where it was not searched for.
    """

    carried: Carried
    ways: Mapping[str, WayUp]
    value_units: int
    rank: int
    is_reached: bool
    effort: Fraction
    bound: Fraction | None


def fewest_points(value_units: int, *, maximum: int, decimals: int) -> int:
    """Return the fewest micro-points of a maximum that round half up to a value."""
    parts = 2 * int(10**decimals)
    return max(-(-(2 * value_units - 1) * maximum // parts), 0)


def plan_for(planner: Planner, aim: Aim) -> Plan:
    """Find the least-effort plan for an aim, and check it.

    Returns:
        The plan; where even everything together does not reach the aim, the plan that does
        everything, with ``is_reached`` False.
    """
    ways = planner.ways_up(aim.scope_code)
    options = [option for way in ways.values() if (option := way.option()) is not None]
    carried, need, bound = planner.carried_out({}), 0, Fraction(0)
    for attempt in range(ATTEMPTS):
        lack = _lack(planner, aim, carried.accounts)
        if lack <= 0:
            plan = _checked(planner, aim, carried, ways, bound=bound)
            if lack == 0 or not need:
                return plan
            return _tighter(planner, aim, plan, options, low=need + lack, high=need)
        need += lack
        least = least_effort(options, need)
        if least is None:
            break
        if attempt == 0:
            bound = Fraction(least.bound)
        carried = _carried(planner, ways, least)
    everything = planner.carried_out({code: way.reach.top for code, way in ways.items()})
    return _checked(planner, aim, everything, ways, bound=None)


def _carried(planner: Planner, ways: Mapping[str, WayUp], least: LeastEffort) -> Carried:
    """Carry out a set of gains."""
    return planner.carried_out(
        {code: ways[code].points_for(gain) for code, gain in least.gains.items()}
    )


def _tighter(
    planner: Planner, aim: Aim, plan: Plan, options: Sequence[Option], *, low: int, high: int
) -> Plan:
    """Try smaller needs: counts end on whole numbers, and many of them together gain too much.

    Args:
        planner: what the plan is made from.
        aim: where the unit wants to be.
        plan: a plan that reaches it.
        options: the ways up.
        low: a need that may do.
        high: the need that does.

    Returns:
        The plan with the least effort of those that reach the aim.
    """
    for _ in range(TIGHTENINGS):
        least = least_effort(options, low)
        if least is None or low >= high:
            break
        carried = _carried(planner, plan.ways, least)
        found = _checked(planner, aim, carried, plan.ways, bound=plan.bound)
        if found.is_reached:
            return found if found.effort < plan.effort else plan
        low = (low + high + 1) // 2
    return plan


def plan_by_band(planner: Planner, aim: Aim) -> Plan:
    """Aim every component at the band that its present band leads to, as provinces do.

    Args:
        planner: its settings say which band leads to which.
        aim: what the plan is held against; it does not change the plan.

    Raises:
        KeyError: if the settings name a band the framework does not have.
    """
    framework = planner.accounts.framework_of(planner.unit_id)
    bands = framework.file.component_bands
    known = {band.code for band in bands}
    unknown = sorted({*planner.settings.by_band, *planner.settings.by_band.values()} - known)
    if unknown:
        msg = (
            f"framework {framework.id} has no band {', '.join(unknown)}; it has: "
            f"{', '.join(band.code for band in bands) or 'none'}"
        )
        raise KeyError(msg)
    ways = planner.ways_up(aim.scope_code)
    wanted = {}
    for code, way in ways.items():
        component = way.reach.component
        present = _band_at(way.reach.points, component.maximum, framework=framework)
        target = planner.settings.by_band.get(present or "", present)
        if target is None or target == present:
            continue
        floor = band_floor(framework.file, target, maximum=component.maximum)
        assert floor is not None
        reached = way.reach.at_least(floor)
        wanted[code] = way.reach.top if reached is None else reached
    carried = planner.carried_out(wanted)
    return _checked(planner, aim, carried, ways, bound=None)


def _band_at(points: int, maximum: int, *, framework: BoundFramework) -> str | None:
    """Return the band of a result."""
    code = band_of(pl.lit(points), pl.lit(maximum), framework.file.component_bands)
    found = pl.select(code).item()
    return None if found is None else str(found)


def _lack(planner: Planner, aim: Aim, accounts: Accounts) -> int:
    """Return the micro-points of the scope still missing for an aim; 0 or less where it is met.

    Less than 0 is what the unit has more than the aim needs.
    """
    row = accounts.row(planner.unit_id, aim.scope_code)
    needed = planner.needed_value(aim, accounts)
    points, maximum, value = row["points_micro"], row["max_micro"], row["value_units"]
    assert isinstance(points, int)
    assert isinstance(maximum, int)
    assert isinstance(value, int)
    decimals = accounts.definition.assessment.value_decimals
    lack = fewest_points(needed, maximum=maximum, decimals=decimals) - points
    return min(lack, 0) if value >= needed else lack


def _checked(
    planner: Planner,
    aim: Aim,
    carried: Carried,
    ways: Mapping[str, WayUp],
    *,
    bound: Fraction | None,
) -> Plan:
    """Say what the scored figures really bring."""
    value, rank = planner.standing(aim.scope_code, carried.accounts)
    after = carried.after(planner.unit_id)
    met_rank = aim.rank is None or rank <= aim.rank
    met_value = aim.value_units is None or value >= aim.value_units
    return Plan(
        carried=carried,
        ways=ways,
        value_units=value,
        rank=rank,
        is_reached=met_rank and met_value,
        effort=sum((way.effort(after[code]) for code, way in ways.items()), Fraction(0)),
        bound=bound,
    )
