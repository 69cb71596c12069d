"""Results one rule can give one unit, scored where the general steps of the rule are too coarse."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.rules.rule import Present, ScoredPart

# A count with at most this many steps left is taken step by step; beyond it a step is so small a
# part of the component that the results count as continuous.
FEW_STEPS: Final = 60

# Closed range of results in micro-points; a single result is a range of length zero.
Span = tuple[int, int]


def join_spans(spans: Iterable[Span], *, floor: int) -> tuple[Span, ...]:
    """Cut spans off below ``floor``, sort them and join those that touch."""
    joined: list[Span] = []
    for low, high in sorted((max(low, floor), high) for low, high in spans if high >= floor):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return tuple(joined)


@dataclass(frozen=True, eq=False)
class PartReach:
    """One rule of a component, seen from one unit.

    ``now`` are its figures in millionths, and for relative rules ``best`` and ``worst``; ``points``
    is the present result in micro-points. A count with at most ``few`` steps left is taken step by
    step.
    """

    part: ScoredPart
    now: Present
    points: int
    few: int = FEW_STEPS

    def changes_for(self, points: int) -> dict[str, int] | None:
        """Return the figures to change for a result; None where the rule knows none."""
        return {} if points <= self.points else self.part.rule.reach(points, self.part, self.now)

    def _within_limits(self, points: int) -> dict[str, int] | None:
        """Return changed figures for a result that stay within the limits of their variables."""
        changes = self.part.rule.reach(points, self.part, self.now)
        if changes is None:
            return None
        limits = {name: self.part.variables[name].maximum for name in changes}
        is_beyond = any(
            limit is not None and changes[name] > limit * MICRO for name, limit in limits.items()
        )
        return None if is_beyond else changes

    def trial_values(self, name: str, points: int) -> list[int]:
        """Return values of one figure worth trying for a result: every answer, or nothing and up.

        A rule moves figures no further than a result needs, so a smaller result is found from a
        figure of zero.
        """
        if self.part.variables[name].is_answer:
            return [place * MICRO for place in range(len(self.part.options(name)))]
        changes = self.part.rule.reach(points, self.part, {**self.now, name: 0}) or {}
        return [0, *([changes[name]] if name in changes else [])]

    def results(self, trials: Sequence[Mapping[str, int]]) -> list[int | None]:
        """Score the rule for several sets of changed figures; not for rules that compare units."""
        columns = {name: self.part.columns[name] for name in self.part.rule.names()}
        frame = pl.DataFrame(
            [[changes.get(name, self.now.get(name)) for name in columns] for changes in trials],
            schema=dict.fromkeys(columns.values(), pl.Int128),
            orient="row",
        )
        rule = self.part.rule
        scored = frame.with_columns(rule.helpers(self.part)).select(rule.score(self.part))
        return scored.to_series().to_list()

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The results it can reach, ascending, without overlap; the first starts at ``points``."""
        points, rule = self.points, self.part.rule
        steps = rule.steps(self.part.maximum)
        levels = [(level, level) for level in steps.levels if level > points]
        ranges = [(max(low, points), high) for low, high in steps.ranges if high > points]
        spans = [span for span in (*levels, *ranges) if self._within_limits(span[1]) is not None]
        if spans and not rule.is_relative:
            top = max(high for _, high in spans)
            results = self._results_of_count(top) if ranges else None
            if results is None:
                spans = [self._end(span) for span in self._given(spans)]
            else:
                spans = [(result, result) for result in results]
        ahead = [(low, high) for low, high in spans if points < high and low <= high]
        return join_spans([(points, points), *ahead], floor=points)

    def _given(self, spans: Sequence[Span]) -> Iterator[Span]:
        """Bring levels to what their figures give, and leave out spans that no figures give.

        Figures that count once a gate opens or evidence comes may give more at once.
        """
        results = self.results([self._within_limits(end) or {} for span in spans for end in span])
        for (low, high), first, last in zip(spans, results[::2], results[1::2], strict=True):
            if last is not None and last >= high:
                if low == high:
                    yield last, last
                elif (first or 0) <= high:
                    yield low, high

    def _end(self, span: Span) -> Span:
        """End a range where this unit's figures end it.

        Below a target the last count may already jump: 799 of 1,000 gives less than the range's
        end, 800 the maximum.
        """
        low, high = span
        changes = self._within_limits(high)
        if low == high or changes is None or len(changes) != 1:
            return span
        ((name, figure),) = changes.items()
        unit = MICRO if self.part.is_whole(name) else 1
        step = unit if figure > self.now.get(name, 0) else -unit
        at_end, before = self.results([{name: figure}, {name: figure - step}])
        if at_end is not None and at_end > high and before is not None:
            return low, before
        return span

    def _results_of_count(self, top: int) -> list[int] | None:
        """Score every step of the one count that leads to the top.

        None where more than one figure has to change, it is no count, or too many steps are left.
        """
        changes = self._within_limits(top)
        if changes is None or len(changes) != 1:
            return None
        ((name, figure),) = changes.items()
        is_open = name not in self.now and self.part.rule.less_is_better
        if not self.part.is_whole(name) or is_open:
            return None
        first, last = self.now.get(name, 0) // MICRO, figure // MICRO
        if not 0 < abs(last - first) <= self.few:
            return None
        step = 1 if last > first else -1
        # The present count first: without evidence its result does not stand yet.
        counts = [{name: count * MICRO} for count in range(first, last + step, step)]
        return [result for result in self.results(counts) if result is not None]
