"""What one unit can reach on each component, and the figures that get it there.

Results a rule allows in general are cut to those this unit can reach from where it stands: nothing
below its present points, nothing its figures cannot give, and where a count has only few steps left
(7 of 8 districts), exactly the results of those steps.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import polars as pl

from dti_pipeline.acceptance.figures import NA
from dti_pipeline.analysis.improvement.rescoring import Accounts, Place
from dti_pipeline.analysis.improvement.spans import FEW_STEPS, RuleOfUnit, Span, merged, spans_of
from dti_pipeline.exact import MICRO
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.index.rules.relative import RelativeRule
from dti_pipeline.index.rules.rule import ScoredPart

# Combinations of the parts' single steps that are still looked at one by one.
MANY_COMBINATIONS = 4_000


@dataclass(frozen=True, eq=False)
class PartReach:
    """One rule of a component, seen from one unit.

    Attributes:
        part: the rule, its maximum and its variables.
        now: the unit's figures in millionths, and for relative rules ``best`` and ``worst``.
        points: its present result in micro-points.
        spans: results it can reach, ascending, without overlap; the first starts at ``points``.
    """

    part: ScoredPart
    now: Mapping[str, int]
    points: int
    spans: tuple[Span, ...]

    def changes_for(self, points: int) -> dict[str, int] | None:
        """Return the figures to change for a result; None where the rule knows none."""
        if points <= self.points:
            return {}
        return self.part.rule.reach(points, self.part, self.now)


@dataclass(frozen=True, eq=False)
class ComponentReach:
    """One component, seen from one unit.

    Attributes:
        component: the component.
        points: present result in micro-points (0 where none could be computed).
        parts: its rules.
    """

    component: ScoredComponent
    points: int
    parts: tuple[PartReach, ...]

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Return the results it can reach, ascending; the first starts at ``points``."""
        if len(self.parts) == 1:
            return self.parts[0].spans
        cap = self.component.cap
        sums = [
            (min(sum(low for low, _ in chosen), cap), min(sum(high for _, high in chosen), cap))
            for chosen in product(*(part.spans for part in self.parts))
        ]
        return merged([*sums, (self.points, self.points)], floor=self.points)

    @property
    def top(self) -> int:
        """Return the best result it can reach."""
        return self.spans[-1][1]

    def at_least(self, points: int) -> int | None:
        """Return the smallest result it can reach that is not below ``points``."""
        return next((max(low, points) for low, high in self.spans if high >= points), None)

    def changes_for(self, points: int) -> dict[Place, int] | None:
        """Return the figures to change for a result, by the place where they are delivered.

        Parts are raised as little as the result needs, the fewest of them first.

        Returns:
            None where the figures cannot give the result.
        """
        wanted = self._split(points)
        if wanted is None:
            return None
        found: dict[str, int] = {}
        for part, aim in zip(self.parts, wanted, strict=True):
            changes = part.changes_for(aim)
            if changes is None:
                return None
            # A figure that two parts use has to satisfy both: the larger change stands.
            for name, figure in changes.items():
                before = part.now.get(name, 0)
                if abs(figure - before) >= abs(found.get(name, before) - before):
                    found[name] = figure
        return {
            self._place(name): self._tidy(name, figure, before=self.parts[0].now.get(name, 0))
            for name, figure in found.items()
        }

    def _tidy(self, name: str, figure: int, *, before: int) -> int:
        """Bring a figure that is no count to five digits, a little further than it has to go.

        A plan that asks for 49.999997 % because that already rounds to the points would help
        nobody; five digits are at most a ten-thousandth too much.
        """
        part = self.component.parts[0]
        if part.is_whole(name) or part.is_answered(name):
            return figure
        grid = int(10 ** max(len(str(abs(figure))) - 5, 0))
        further = -(-figure // grid) * grid if figure > before else figure // grid * grid
        limit = part.variables[name].maximum
        return figure if limit is not None and further > limit * MICRO else further

    def lowered_to(self, points: int) -> dict[Place, int] | None:
        """Return figures that bring a component with one rule down to a result.

        Returns:
            The figures with the smallest result that is not below ``points``; None where no figure
            gives anything below the present result, or several rules add up.
        """
        if len(self.parts) > 1:
            return None
        part = self.parts[0]
        rule = RuleOfUnit(component=self.component, number=0, now=part.now)
        best: tuple[int, str, int] | None = None
        for name in part.part.rule.names():
            if name in self.component.denominators:
                continue
            values = rule.tries(name, points)
            if part.part.rule.is_relative:
                # Its result depends on the others: the rule's own answer has to do.
                return {self._place(name): values[-1]}
            for value, result in zip(values, rule.results(name, values), strict=True):
                if result is None or not points <= result < self.points:
                    continue
                if best is None or result < best[0]:
                    best = (result, name, value)
        return None if best is None else {self._place(best[1]): best[2]}

    def _place(self, name: str) -> Place:
        code, _, variable = self.component.columns[name].rpartition(".")
        return code, variable

    def _split(self, points: int) -> tuple[int, ...] | None:
        """Divide a result among the parts: as little too much, and as few parts, as possible."""
        if len(self.parts) == 1:
            return (points,)
        best: tuple[int, int, tuple[int, ...]] | None = None
        for chosen in product(*(part.spans for part in self.parts)):
            if sum(high for _, high in chosen) < points:
                continue
            wanted = _filled(chosen, points)
            raised = sum(aim > part.points for aim, part in zip(wanted, self.parts, strict=True))
            found = (sum(wanted) - points, raised, wanted)
            if best is None or found < best:
                best = found
        return None if best is None else best[2]


def _filled(spans: Sequence[Span], points: int) -> tuple[int, ...]:
    """Add up to a result from the lower ends of ranges, the longest ranges first."""
    wanted = [low for low, _ in spans]
    lacking = points - sum(wanted)
    for place in sorted(range(len(spans)), key=lambda place: spans[place][0] - spans[place][1]):
        low, high = spans[place]
        more = max(min(high - low, lacking), 0)
        wanted[place] += more
        lacking -= more
    return tuple(wanted)


def reachable(
    accounts: Accounts,
    unit_id: str,
    *,
    codes: Iterable[str],
    kept_back: Mapping[Place, int] | None = None,
) -> dict[str, ComponentReach]:
    """Say what a unit can reach on some components.

    Args:
        accounts: the figures as they stand.
        unit_id: the unit.
        codes: components to look at; those that do not apply to the unit are left out.
        kept_back: figures that did not count for want of evidence; a plan may bring them back.
    """
    framework = accounts.framework_of(unit_id)
    exempt = accounts.exempt_of(unit_id)
    wanted = [framework.by_code[code] for code in codes if code not in exempt]
    own = {**(kept_back or {}), **accounts.figures_of(unit_id)}
    peers = accounts.peers(unit_id)
    measured = _measured(framework, peers, unit_id=unit_id)
    points = accounts.points_of(unit_id)
    return {
        component.code: _component_reach(
            component, own=own, measured=measured, points=points[component.code] or 0
        )
        for component in wanted
    }


def _measured(framework: BoundFramework, peers: pl.DataFrame, *, unit_id: str) -> dict[str, Any]:
    """Return the unit's part scores, and the extremes of every relative measure, by column."""
    helpers = []
    for component in framework.components:
        is_out = component.code + NA
        for helper in component.helpers:
            name = helper.meta.output_name()
            here = is_out in peers.columns and component.is_relative
            helpers.append(pl.when(~pl.col(is_out)).then(helper).alias(name) if here else helper)
    wide = peers.with_columns(helpers)
    scores = wide.select(
        "unit_id", *(score for component in framework.components for score in component.part_scores)
    ).row(by_predicate=pl.col("unit_id") == unit_id, named=True)
    found: dict[str, Any] = {
        name: value for name, value in scores.items() if isinstance(value, int)
    }
    for component in framework.components:
        for part in component.parts:
            if isinstance(part.rule, RelativeRule):
                ends = part.rule.extremes(wide, part)
                found |= {f"{name}:{part.key}": measure for name, measure in ends.items()}
    return found


def _component_reach(
    component: ScoredComponent,
    *,
    own: Mapping[Place, int],
    measured: Mapping[str, Any],
    points: int,
) -> ComponentReach:
    """Put one component together from its parts."""
    places = {name: column.rpartition(".") for name, column in component.columns.items()}
    now = {
        name: own[code, variable]
        for name, (code, _, variable) in places.items()
        if (code, variable) in own
    }
    rules, present = [], []
    for number, part in enumerate(component.parts):
        extremes = {
            name: measured[f"{name}:{part.key}"]
            for name in ("best", "worst")
            if f"{name}:{part.key}" in measured
        }
        rules.append(RuleOfUnit(component=component, number=number, now={**now, **extremes}))
        present.append(measured.get(part.key, 0))
    both = list(zip(rules, present, strict=True))
    spans = [spans_of(rule, points, few=FEW_STEPS) for rule, points in both]
    if len(rules) > 1 and prod(len(found) for found in spans) > MANY_COMBINATIONS:
        spans = [spans_of(rule, points, few=0) for rule, points in both]
    return ComponentReach(
        component=component,
        points=points,
        parts=tuple(
            PartReach(part=rule.part, now=rule.now, points=own, spans=found)
            for (rule, own), found in zip(both, spans, strict=True)
        ),
    )
