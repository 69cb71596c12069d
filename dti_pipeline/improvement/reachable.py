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

import polars as pl

from dti_pipeline.frameworks.load import BoundFramework
from dti_pipeline.improvement.rescoring import Accounts, Place
from dti_pipeline.scoring.component import ScoredComponent, ScoredPart
from dti_pipeline.scoring.exact import MICRO
from dti_pipeline.scoring.rule import Figures
from dti_pipeline.scoring.score import NA

# A count with at most this many steps left is taken step by step; beyond it a step is so small a
# part of the component that the results count as continuous.
FEW_STEPS = 60
# Combinations of the parts' single steps that are still looked at one by one.
MANY_COMBINATIONS = 4_000

# Closed range of results in micro-points; a single result is a range of length zero.
Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class PartReach:
    """One rule of a component, seen from one unit.

    Attributes:
        part: the rule and its maximum.
        figures: the component's variables.
        now: the unit's figures in millionths, and for relative rules ``best`` and ``worst``.
        points: its present result in micro-points.
        spans: results it can reach, ascending, without overlap; the first starts at ``points``.
    """

    part: ScoredPart
    figures: Figures
    now: Mapping[str, int]
    points: int
    spans: tuple[Span, ...]

    def changes_for(self, points: int) -> dict[str, int] | None:
        """Return the figures to change for a result; None where the rule knows none."""
        if points <= self.points:
            return {}
        return self.part.rule.reach(
            points, maximum=self.part.maximum, figures=self.figures, now=self.now
        )


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
                kept = found.get(name, before)
                found[name] = max(kept, figure, key=lambda one, origin=before: abs(one - origin))
        return {self._place(name): figure for name, figure in found.items()}

    def _place(self, name: str) -> Place:
        code, _, variable = self.component.columns[name].rpartition(".")
        return code, variable

    def _split(self, points: int) -> tuple[int, ...] | None:
        """Divide a result among the parts."""
        if len(self.parts) == 1:
            return (points,)
        best: tuple[int, int, tuple[Span, ...]] | None = None
        for chosen in product(*(part.spans for part in self.parts)):
            low, high = sum(span[0] for span in chosen), sum(span[1] for span in chosen)
            if high < points:
                continue
            raised = sum(
                span[0] > part.points for span, part in zip(chosen, self.parts, strict=True)
            )
            rank = (max(low - points, 0), raised, chosen)
            if best is None or rank[:2] < best[:2]:
                best = rank
        if best is None:
            return None
        lacking = points - sum(low for low, _ in best[2])
        wanted = []
        for low, high in best[2]:
            more = max(min(high - low, lacking), 0)
            lacking -= more
            wanted.append(low + more)
        return tuple(wanted)


def merged(spans: Iterable[Span], *, floor: int) -> tuple[Span, ...]:
    """Cut spans off below ``floor``, sort them and join those that touch."""
    found: list[Span] = []
    for low, high in sorted((max(low, floor), high) for low, high in spans if high >= floor):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


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


def _measured(framework: BoundFramework, peers: pl.DataFrame, *, unit_id: str) -> dict[str, int]:
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
    found = {name: value for name, value in scores.items() if isinstance(value, int)}
    extremes = wide.select(
        extreme
        for component in framework.components
        if component.is_relative
        for helper in component.helpers
        for name in (helper.meta.output_name(),)
        for extreme in (
            pl.col(name).max().alias(f"best:{name}"),
            pl.col(name).min().alias(f"worst:{name}"),
        )
    )
    if extremes.width:
        row = extremes.row(0, named=True)
        found |= {name: value for name, value in row.items() if value is not None}
    return found


def _component_reach(
    component: ScoredComponent,
    *,
    own: Mapping[Place, int],
    measured: Mapping[str, int],
    points: int,
) -> ComponentReach:
    """Put one component together from its parts."""
    places = {name: column.rpartition(".") for name, column in component.columns.items()}
    now = {
        name: own[code, variable]
        for name, (code, _, variable) in places.items()
        if (code, variable) in own
    }
    parts = []
    for number, part in enumerate(component.parts):
        figures = component.figures_of(number)
        measure = figures.helper("measure")
        extremes = {
            name: measured[f"{name}:{measure}"]
            for name in ("best", "worst")
            if f"{name}:{measure}" in measured
        }
        column = component.code if len(component.parts) == 1 else figures.key
        parts.append((part, figures, {**now, **extremes}, measured.get(column, 0)))
    fine = [_spans(*one, component=component, few=FEW_STEPS) for one in parts]
    if len(parts) > 1 and prod(len(spans) for spans in fine) > MANY_COMBINATIONS:
        fine = [_spans(*one, component=component, few=0) for one in parts]
    return ComponentReach(
        component=component,
        points=points,
        parts=tuple(
            PartReach(part=part, figures=figures, now=known, points=present, spans=spans)
            for (part, figures, known, present), spans in zip(parts, fine, strict=True)
        ),
    )


def _spans(
    part: ScoredPart,
    figures: Figures,
    now: Mapping[str, int],
    points: int,
    *,
    component: ScoredComponent,
    few: int,
) -> tuple[Span, ...]:
    """Return the results one rule can give this unit, from its present one on."""
    allowed = part.rule.steps(maximum=part.maximum)
    here = (points, points)
    levels = [(level, level) for level in allowed.levels if level > points]
    ranges = [(max(low, points), high) for low, high in allowed.ranges if high > points]
    spans = [
        span
        for span in (*levels, *ranges)
        if _within(
            part.rule.reach(span[1], maximum=part.maximum, figures=figures, now=now), figures
        )
    ]
    if ranges and spans and not part.rule.is_relative:
        stepped = _steps_of_count(
            part, figures, now, max(high for _, high in spans), component=component, few=few
        )
        if stepped is not None:
            spans = [(result, result) for result in stepped if result > points]
    return merged([here, *spans], floor=points)


def _within(changes: Mapping[str, int] | None, figures: Figures) -> bool:
    """Say whether changed figures exist and stay below the largest figure allowed."""
    if changes is None:
        return False
    limits = {name: figures.variables[name].maximum for name in changes}
    return all(
        limit is None or figure <= limit * MICRO
        for (name, figure) in changes.items()
        for limit in (limits[name],)
    )


def _steps_of_count(
    part: ScoredPart,
    figures: Figures,
    now: Mapping[str, int],
    top: int,
    *,
    component: ScoredComponent,
    few: int,
) -> Sequence[int] | None:
    """Score every step of the one count that leads to the top.

    Returns:
        The results of the steps; None where more than one figure has to change, it is no count, or
        too many steps are left.
    """
    changes = part.rule.reach(top, maximum=part.maximum, figures=figures, now=now)
    if changes is None or len(changes) != 1:
        return None
    ((name, figure),) = changes.items()
    if not figures.is_whole(name) or name not in now:
        return None
    first, last = now[name] // MICRO, figure // MICRO
    if not 0 < abs(last - first) <= few:
        return None
    step = 1 if last > first else -1
    counts = [count * MICRO for count in range(first + step, last + step, step)]
    columns = {column: now.get(other) for other, column in component.columns.items()}
    frame = pl.DataFrame(
        {column: [value] * len(counts) for column, value in columns.items()}
        | {component.columns[name]: counts},
        schema=dict.fromkeys(columns, pl.Int128),
    )
    number = next(n for n, other in enumerate(component.parts) if other is part)
    helpers = part.rule.helpers(figures=figures)
    results = frame.with_columns(helpers).select(component.part_scores[number]).to_series()
    return sorted(set(results.drop_nulls().to_list()))
