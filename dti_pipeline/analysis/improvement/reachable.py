"""What one unit can reach on each component, and the figures that get it there.

Results a rule allows in general are cut to those this unit can reach from where it stands: nothing
below its present points, nothing its figures cannot give, and where a count has only few steps left
(7 of 8 districts), exactly the results of those steps.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod
from typing import Final

import polars as pl

from dti_pipeline.acceptance.figures import NA
from dti_pipeline.analysis.improvement.rescoring import Accounts, Place
from dti_pipeline.analysis.improvement.spans import Span, UnitRule, join_spans
from dti_pipeline.exact import MICRO, ratio
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.index.rules.relative import RelativeRule
from dti_pipeline.index.rules.rule import Present

# Combinations of the parts' single steps that are still looked at one by one.
MANY_COMBINATIONS: Final = 4_000


@dataclass(frozen=True, eq=False)
class PartReach:
    """One rule of a component, seen from one unit, with its present result in micro-points.

    Its spans are results it can reach, ascending, without overlap; the first starts at ``points``.
    """

    rule: UnitRule
    points: int
    spans: tuple[Span, ...]

    def changes_for(self, points: int) -> dict[str, int] | None:
        """Return the figures to change for a result; None where the rule knows none."""
        rule = self.rule
        return {} if points <= self.points else rule.part.rule.reach(points, rule.part, rule.now)


@dataclass(frozen=True, eq=False)
class ComponentReach:
    """One component, seen from one unit; points are micro-points, 0 where none were computed."""

    component: ScoredComponent
    points: int
    parts: tuple[PartReach, ...]

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The results it can reach, ascending; the first starts at ``points``."""
        if len(self.parts) == 1:
            return self.parts[0].spans
        cap = self.component.cap
        sums = [
            (min(sum(low for low, _ in spans), cap), min(sum(high for _, high in spans), cap))
            for spans in product(*(part.spans for part in self.parts))
        ]
        return join_spans([*sums, (self.points, self.points)], floor=self.points)

    @property
    def top(self) -> int:
        return self.spans[-1][1]

    @property
    def now(self) -> Present:
        """The unit's figures in millionths, by variable."""
        return self.parts[0].rule.now

    @cached_property
    def places(self) -> dict[str, Place]:
        """Where each variable is delivered."""
        return places_of(self.component)

    def at_least(self, points: int) -> int | None:
        """Return the smallest result it can reach that is not below ``points``."""
        return next((max(low, points) for low, high in self.spans if high >= points), None)

    def gap_at(self, points: int) -> Span | None:
        """Return the two results that figures give next to each other around one asked for.

        The last result below ``points`` and the first from it on; None where nothing lies between,
        as ``points`` is a single result.
        """
        ranges = (range(low, high + 1) for low, high in self.spans if low < points <= high)
        results = next(ranges, None)
        if results is None:
            return None
        figures = self.changes_for(points)
        place = results.index(points)
        first = bisect_left(
            results, True, hi=place, key=lambda result: self.changes_for(result) == figures
        )
        after = bisect_left(
            results, True, lo=place, key=lambda result: self.changes_for(result) != figures
        )
        return results[max(first - 1, 0)], results[after - 1]

    def changes_for(self, points: int) -> dict[Place, int] | None:
        """Return the figures to change for a result, by the place where they are delivered.

        Parts are raised as little as the result needs, the fewest of them first. None where the
        figures cannot give the result.
        """
        results = self._split(points)
        if results is None:
            return None
        figures: dict[str, int] = {}
        for part, result in zip(self.parts, results, strict=True):
            changes = part.changes_for(result)
            if changes is None:
                return None
            # A figure that two parts use has to satisfy both: the larger change stands.
            for name, figure in changes.items():
                before = part.rule.now.get(name, 0)
                if abs(figure - before) >= abs(figures.get(name, before) - before):
                    figures[name] = figure
        return {self.places[name]: self._tidy(name, figure) for name, figure in figures.items()}

    def slope(self, points: int, changes: Mapping[Place, int]) -> float | None:
        """Return points per unit of the one figure that changes on the whole way to a result.

        On a straight rule it is the slope everywhere; where a step lies between, what the figure
        earns until the step is taken. None where several figures or an answer change.
        """
        if len(changes) != 1:
            return None
        ((place, figure),) = changes.items()
        name = next(name for name, own in self.places.items() if own == place)
        before = self.now.get(name)
        if before in (None, figure) or self.parts[0].rule.part.is_answered(name):
            return None
        return ratio(points - self.points, figure - before, decimals=12)

    def _tidy(self, name: str, figure: int) -> int:
        """Bring a figure that is no count to five digits, a little further than it has to go.

        A plan that asks for 49.999997 % because that already rounds to the points would help
        nobody; five digits are at most a ten-thousandth too much.
        """
        part = self.component.parts[0]
        if part.is_whole(name) or part.is_answered(name):
            return figure
        grid: int = 10 ** max(len(str(abs(figure))) - 5, 0)
        rises = figure > self.now[name] if name in self.now else not part.rule.less_is_better
        further = -(-figure // grid) * grid if rises else figure // grid * grid
        limit = part.variables[name].maximum
        return figure if limit is not None and further > limit * MICRO else further

    def lowered_to(self, points: int) -> dict[Place, int] | None:
        """Return figures that bring a component with one rule down to a result.

        They give the smallest result that is not below ``points``; None where no figure gives
        anything below the present result, or several rules add up.
        """
        if len(self.parts) > 1:
            return None
        rule = self.parts[0].rule
        trials: list[tuple[int, Place, int]] = []
        for name in rule.part.rule.names():
            if name in self.component.denominators:
                continue
            values = rule.trial_values(name, points)
            if rule.part.rule.is_relative:
                # Its result depends on the others: the rule's own answer has to do.
                return {self.places[name]: values[-1]}
            trials += [
                (result, self.places[name], value)
                for value, result in zip(
                    values, rule.results([{name: value} for value in values]), strict=True
                )
                if result is not None and points <= result < self.points
            ]
        if not trials:
            return None
        _, place, value = min(trials, key=lambda trial: trial[0])
        return {place: value}

    def _split(self, points: int) -> tuple[int, ...] | None:
        """Divide a result among the parts: as little too much, and as few parts, as possible."""
        if len(self.parts) == 1:
            return (points,)
        splits = []
        for spans in product(*(part.spans for part in self.parts)):
            if sum(high for _, high in spans) >= points:
                split = _fill(spans, points)
                raised = sum(new > part.points for new, part in zip(split, self.parts, strict=True))
                splits.append((sum(split) - points, raised, split))
        return min(splits)[2] if splits else None


def _fill(spans: Sequence[Span], points: int) -> tuple[int, ...]:
    """Add up to a result from the lower ends of ranges, the longest ranges first."""
    split = [low for low, _ in spans]
    lacking = points - sum(split)
    for place in sorted(range(len(spans)), key=lambda place: spans[place][0] - spans[place][1]):
        low, high = spans[place]
        more = max(min(high - low, lacking), 0)
        split[place] += more
        lacking -= more
    return tuple(split)


def places_of(component: ScoredComponent) -> dict[str, Place]:
    ends = {name: column.rpartition(".") for name, column in component.columns.items()}
    return {name: (code, variable) for name, (code, _, variable) in ends.items()}


def reachable(
    accounts: Accounts,
    unit_id: str,
    *,
    codes: Iterable[str],
    kept_back: Mapping[Place, int] | None = None,
) -> dict[str, ComponentReach]:
    """Return what a unit can reach on those of the components that apply to it.

    ``kept_back`` are figures that did not count for want of evidence; a plan may bring them back.
    """
    framework = accounts.framework_of(unit_id)
    exempt = accounts.exempt_of(unit_id)
    figures = {**(kept_back or {}), **accounts.figures_of(unit_id)}
    part_points, extremes = _measure(framework, accounts.peers(unit_id), unit_id=unit_id)
    points = accounts.points_of(unit_id)
    return {
        code: _component_reach(
            framework.by_code[code],
            figures=figures,
            part_points=part_points,
            extremes=extremes,
            points=points[code] or 0,
        )
        for code in codes
        if code not in exempt
    }


def _measure(
    framework: BoundFramework, peers: pl.DataFrame, *, unit_id: str
) -> tuple[dict[str, int | None], dict[str, dict[str, Fraction]]]:
    """Return the unit's points of every part, and the extremes of relative ones, by part key."""
    components = framework.components

    def helper_where_it_applies(component: ScoredComponent, helper: pl.Expr) -> pl.Expr:
        is_out = component.code + NA
        if not component.is_relative or is_out not in peers.columns:
            return helper
        return pl.when(~pl.col(is_out)).then(helper).alias(helper.meta.output_name())

    measured = peers.with_columns(
        helper_where_it_applies(component, helper)
        for component in components
        for helper in component.helpers
    )
    scores = [score for component in components for score in component.part_scores]
    points = measured.select("unit_id", *scores).row(
        by_predicate=pl.col("unit_id") == unit_id, named=True
    )
    extremes = {
        part.key: part.rule.extremes(measured, part)
        for component in components
        for part in component.parts
        if isinstance(part.rule, RelativeRule)
    }
    return points, extremes


def _component_reach(
    component: ScoredComponent,
    *,
    figures: Mapping[Place, int],
    part_points: Mapping[str, int | None],
    extremes: Mapping[str, Mapping[str, Fraction]],
    points: int,
) -> ComponentReach:
    now = {name: figures[place] for name, place in places_of(component).items() if place in figures}
    rules = [UnitRule(part, {**now, **extremes.get(part.key, {})}) for part in component.parts]
    present = [part_points[part.key] or 0 for part in component.parts]
    spans = [rule.spans(result) for rule, result in zip(rules, present, strict=True)]
    if len(rules) > 1 and prod(map(len, spans)) > MANY_COMBINATIONS:
        spans = [rule.spans(result, few=0) for rule, result in zip(rules, present, strict=True)]
    return ComponentReach(component, points, tuple(map(PartReach, rules, present, spans)))
