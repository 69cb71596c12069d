"""Results one rule can give one unit, scored where the general steps of the rule are too coarse."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.index.rules.rule import ScoredPart

# A count with at most this many steps left is taken step by step; beyond it a step is so small a
# part of the component that the results count as continuous.
FEW_STEPS: Final = 60

# Closed range of results in micro-points; a single result is a range of length zero.
Span = tuple[int, int]


def merged(spans: Iterable[Span], *, floor: int) -> tuple[Span, ...]:
    """Cut spans off below ``floor``, sort them and join those that touch."""
    found: list[Span] = []
    for low, high in sorted((max(low, floor), high) for low, high in spans if high >= floor):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class RuleOfUnit:
    """One rule of a component with the unit's figures, ready to be asked and to be scored."""

    component: ScoredComponent
    number: int
    now: Mapping[str, int]

    @property
    def part(self) -> ScoredPart:
        return self.component.parts[self.number]

    def reach(self, points: int) -> dict[str, int] | None:
        """Return changed figures that exist and stay within the limits of their variables."""
        changes = self.part.rule.reach(points, self.part, self.now)
        if changes is None:
            return None
        for name, figure in changes.items():
            limit = self.part.variables[name].maximum
            if limit is not None and figure > limit * MICRO:
                return None
        return changes

    def tries(self, name: str, points: int) -> list[int]:
        """Return values of one figure worth trying for a result: every answer, or nothing and up.

        A rule moves figures no further than a result needs, so a smaller result is found from a
        figure of zero.
        """
        if self.part.is_answered(name):
            return [place * MICRO for place in range(len(self.part.options(name)))]
        found = self.part.rule.reach(points, self.part, {**self.now, name: 0})
        return [0, *([found[name]] if found and name in found else [])]

    def results(self, name: str, values: Sequence[int]) -> list[int | None]:
        """Score the rule for several values of one figure; not for rules that compare units."""
        columns = self.component.columns
        frame = pl.DataFrame(
            {column: [self.now.get(other)] * len(values) for other, column in columns.items()}
            | {columns[name]: list(values)},
            schema=dict.fromkeys(columns.values(), pl.Int128),
        )
        helped = frame.with_columns(self.part.rule.helpers(self.part))
        return helped.select(self.component.part_scores[self.number]).to_series().to_list()


def spans_of(rule: RuleOfUnit, points: int, *, few: int) -> tuple[Span, ...]:
    """Return the results one rule can give this unit, from its present one on."""
    allowed = rule.part.rule.steps(rule.part.maximum)
    levels = [(level, level) for level in allowed.levels if level > points]
    ranges = [(max(low, points), high) for low, high in allowed.ranges if high > points]
    spans = [span for span in (*levels, *ranges) if rule.reach(span[1]) is not None]
    here = (points, points)
    if not ranges or not spans or rule.part.rule.is_relative:
        return merged([here, *spans], floor=points)
    stepped = _steps_of_count(rule, max(high for _, high in spans), few=few)
    if stepped is not None:
        return merged([here, *((r, r) for r in stepped if r > points)], floor=points)
    ended = [span if span in levels else _ended(rule, span) for span in spans]
    return merged([here, *(span for span in ended if span[0] <= span[1])], floor=points)


def _ended(rule: RuleOfUnit, span: Span) -> Span:
    """End a range where this unit's figures end it.

    Below a target the last count may already jump: 799 of 1,000 gives less than the range's end,
    800 the maximum.
    """
    low, high = span
    changes = rule.reach(high)
    if changes is None or len(changes) != 1:
        return span
    ((name, figure),) = changes.items()
    unit = MICRO if rule.part.is_whole(name) else 1
    step = unit if figure > rule.now.get(name, 0) else -unit
    at_end, before = rule.results(name, [figure, figure - step])
    if at_end is not None and at_end > high and before is not None:
        return low, before
    return span


def _steps_of_count(rule: RuleOfUnit, top: int, *, few: int) -> Sequence[int] | None:
    """Score every step of the one count that leads to the top.

    Returns:
        The results of the steps; None where more than one figure has to change, it is no count, or
        too many steps are left.
    """
    changes = rule.reach(top)
    if changes is None or len(changes) != 1:
        return None
    ((name, figure),) = changes.items()
    if not rule.part.is_whole(name) or name not in rule.now:
        return None
    first, last = rule.now[name] // MICRO, figure // MICRO
    if not 0 < abs(last - first) <= few:
        return None
    step = 1 if last > first else -1
    # The present count first: without evidence its result does not stand yet.
    counts = [count * MICRO for count in range(first, last + step, step)]
    return sorted({result for result in rule.results(name, counts) if result is not None})
