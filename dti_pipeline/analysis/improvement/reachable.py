"""What one unit can reach on each component, and the figures that get it there.

Results a rule allows in general are cut to those this unit can reach from where it stands: nothing
below its present points, nothing its figures cannot give, and where a count has only few steps left
(7 of 8 districts), exactly the results of those steps.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import Final

import polars as pl

from dti_pipeline.analysis.improvement.rescoring import Accounts, Place
from dti_pipeline.analysis.improvement.spans import PartReach, Span, join_spans
from dti_pipeline.exact import MICRO, ratio
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.index.rules.relative import RelativeRule
from dti_pipeline.index.rules.rule import Present
from dti_pipeline.scoring.components import with_helpers

# Combinations of the parts' single steps that are still looked at one by one.
MANY_COMBINATIONS: Final = 4_000


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
        return self.parts[0].now

    @cached_property
    def places(self) -> dict[str, Place]:
        """Where each variable is delivered."""
        return places_of(self.component)

    def brought_back(self, kept_back: Mapping[Place, int]) -> dict[Place, int]:
        """Return those of a unit's figures without evidence that count once the component rises."""
        return {place: kept_back[place] for place in kept_back.keys() & self.places.values()}

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
                before = part.now.get(name, 0)
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
        if before in (None, figure) or self.parts[0].part.variables[name].is_answer:
            return None
        return ratio(points - self.points, figure - before, decimals=12)

    def _tidy(self, name: str, figure: int) -> int:
        """Bring a figure that is no count to five digits, a little further than it has to go.

        A plan that asks for 49.999997 % because that already rounds to the points would help
        nobody; five digits are at most a ten-thousandth too much.
        """
        part = self.component.parts[0]
        if part.is_whole(name) or part.variables[name].is_answer:
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
        (own,) = self.parts
        trials: list[tuple[int, Place, int]] = []
        for name in own.part.rule.names():
            if name in self.component.denominators:
                continue
            values = own.trial_values(name, points)
            if own.part.rule.is_relative:
                # Its result depends on the others: the rule's own answer has to do.
                return {self.places[name]: values[-1]}
            trials += [
                (result, self.places[name], value)
                for value, result in zip(
                    values, own.results([{name: value} for value in values]), strict=True
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
    accounts: Accounts, unit_id: str, *, codes: Iterable[str]
) -> dict[str, ComponentReach]:
    """Return what a unit can reach on those of the components that apply to it.

    Figures that did not count for want of evidence stand ready: a plan may bring them back.
    """
    framework, exempt = accounts.framework_of(unit_id), accounts.exempt_of(unit_id)
    components = [framework.by_code[code] for code in codes if code not in exempt]
    figures = accounts.figures_of(unit_id)
    points = accounts.points_of(unit_id)
    peers = with_helpers(accounts.peers(unit_id), framework)
    scores = peers.select("unit_id", *(score for each in components for score in each.part_scores))
    part_points = scores.row(by_predicate=pl.col("unit_id") == unit_id, named=True)
    reaches = {}
    for component in components:
        places = places_of(component).items()
        now: Present = {name: figures[place] for name, place in places if place in figures}
        parts = []
        for part in component.parts:
            rule = part.rule
            extremes = rule.extremes(peers, part) if isinstance(rule, RelativeRule) else {}
            parts.append(PartReach(part, {**now, **extremes}, points=part_points[part.key] or 0))
        if len(parts) > 1 and prod(len(part.spans) for part in parts) > MANY_COMBINATIONS:
            parts = [replace(part, few=0) for part in parts]
        reaches[component.code] = ComponentReach(component, points[component.code], tuple(parts))
    return reaches
