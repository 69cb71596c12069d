"""Rules on answers and thresholds: yes/no, choice, ladder, one answer per period."""

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from typing import Literal

import polars as pl
from pydantic import Field, field_validator

from dti_pipeline.scoring.exact import MICRO, as_micro, points_of, show
from dti_pipeline.scoring.measure import MeasureRule
from dti_pipeline.scoring.rule import Attainable, Figures, Language, Rule, percent, points_text
from schemas.framework import Number, parse_fraction


def _cases(cases: list[tuple[pl.Expr, int]], otherwise: pl.Expr) -> pl.Expr:
    """Chain conditions to micro-points, the first that holds wins."""
    return reduce(
        lambda rest, case: pl.when(case[0]).then(pl.lit(case[1], dtype=pl.Int64)).otherwise(rest),
        reversed(cases),
        otherwise,
    )


class Choice(Rule):
    """Each answer has its fraction of the maximum."""

    kind: Literal["choice"] = "choice"
    value: str
    fractions: dict[str, Number]

    def names(self) -> tuple[str, ...]:
        """Return the answered variable."""
        return (self.value,)

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Score the answer's fraction; no answer gives null."""
        cases = [
            (figures.is_answer(self.value, option), points_of(maximum, share))
            for option, share in self.fractions.items()
        ]
        return _cases(cases, pl.lit(None, dtype=pl.Int64))

    def steps(self, *, maximum: int) -> Attainable:
        """Allow one level per answer."""
        return Attainable(levels=tuple(sorted(points_of(maximum, f) for f in self.levels())))

    def levels(self) -> set[Fraction]:
        """Return the distinct fractions."""
        return set(self.fractions.values())

    def reach(
        self,
        points: int,
        *,
        maximum: int,
        figures: Figures,
        now: Mapping[str, int],
    ) -> dict[str, int] | None:
        """Give the least answer that is good enough."""
        good = [
            (points_of(maximum, share), option)
            for option, share in self.fractions.items()
            if points_of(maximum, share) >= points
        ]
        if not good:
            return None
        return {self.value: figures.options(self.value).index(min(good)[1]) * MICRO}

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """List the answers with their points."""
        labels = figures.variables[self.value].options
        unit = {"vi": "điểm", "en": "points"}[language]
        texts = [
            f"{getattr(labels[option], language)}: "
            f"{points_text(points_of(maximum, share), language)} {unit}"
            for option, share in self.fractions.items()
        ]
        return f"{figures.label(self.value, language)}: {'; '.join(texts)}."

    def problems(self, *, figures: Figures) -> list[str]:
        """Refuse answers without a fraction, unknown answers and fractions outside 0 to 1."""
        known = set(figures.options(self.value))
        found = [f"option '{o}' has no fraction" for o in sorted(known - set(self.fractions))]
        found += [
            f"fraction for '{o}', which is not an option of variable '{self.value}'"
            for o in sorted(set(self.fractions) - known)
        ]
        found += [
            f"fraction {show(f)} of option '{o}' is outside 0 to 1"
            for o, f in self.fractions.items()
            if not 0 <= f <= 1
        ]
        return found


class YesNo(Rule):
    """Yes gives the maximum, no gives nothing."""

    kind: Literal["yes_no"] = "yes_no"
    value: str

    def names(self) -> tuple[str, ...]:
        """Return the answered variable."""
        return (self.value,)

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Score yes or no; no answer gives null."""
        cases = [
            (figures.is_answer(self.value, "yes"), maximum),
            (figures.is_answer(self.value, "no"), 0),
        ]
        return _cases(cases, pl.lit(None, dtype=pl.Int64))

    def steps(self, *, maximum: int) -> Attainable:
        """Allow zero and the maximum."""
        return Attainable(levels=(0, maximum))

    def reach(
        self,
        points: int,
        *,
        maximum: int,
        figures: Figures,
        now: Mapping[str, int],
    ) -> dict[str, int] | None:
        """Answer yes where points are wanted."""
        return None if points > maximum else {self.value: MICRO if points > 0 else 0}

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say what yes and no give."""
        text, top = figures.label(self.value, language), points_text(maximum, language)
        return {
            "vi": f"{text}: có được {top} điểm; không được 0 điểm.",
            "en": f"{text}: yes gives {top} points; no gives none.",
        }[language]

    def problems(self, *, figures: Figures) -> list[str]:
        """Refuse a variable that is not answered by yes or no."""
        kind = figures.variables[self.value].kind
        return [] if kind == "yes_no" else [f"variable '{self.value}' is {kind}, not yes_no"]


_STEP = re.compile(r"^\s*(>=|>|<=|<)\s*([^:\s]+)\s*:\s*(\S+)\s*$")


class Ladder(MeasureRule):
    """Steps over a count or a ratio; each step names its closed side.

    A step is written ``">= 52: 1"``: operator, threshold, fraction of the maximum. The first step
    that holds wins; where none holds the result is 0. ``>=`` and ``<=`` include the threshold.
    ``gate`` names a yes/no variable: without a yes the result is 0 and the measure is not needed.
    """

    kind: Literal["ladder"] = "ladder"
    rungs: tuple[tuple[str, Fraction, Fraction], ...] = Field(alias="steps")
    gate: str | None = None

    @field_validator("rungs", mode="before")
    @classmethod
    def _read_steps(cls, raw: object) -> object:
        if not isinstance(raw, list | tuple) or not raw:
            msg = 'steps must be a list such as [">= 52: 1", ">= 20: 1/2"]'
            raise ValueError(msg)
        found = []
        for step in raw:
            match = _STEP.match(str(step))
            if match is None:
                msg = f'step {step!r} is not of the form ">= 52: 1/2"'
                raise ValueError(msg)
            found.append((match[1], parse_fraction(match[2]), parse_fraction(match[3])))
        return tuple(found)

    def names(self) -> tuple[str, ...]:
        """Return the gate and the measure's variables."""
        return tuple(dict.fromkeys((*((self.gate,) if self.gate else ()), *super().names())))

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Score the first step that holds."""
        num, den = self.pair(figures)
        cases = []
        for operator, threshold, share in self.rungs:
            left, right = num * threshold.denominator, den * threshold.numerator
            holds = {">=": left >= right, ">": left > right, "<=": left <= right, "<": left < right}
            cases.append((holds[operator], points_of(maximum, share)))
        known = num.is_not_null() & den.is_not_null()
        ladder = (
            pl.when(den <= 0)
            .then(None)
            .otherwise(
                _cases(cases, pl.when(known).then(pl.lit(0, dtype=pl.Int64)).otherwise(None))
            )
        )
        if self.gate is None:
            return ladder
        return (
            pl.when(figures.is_answer(self.gate, "no"))
            .then(pl.lit(0, dtype=pl.Int64))
            .when(figures.is_answer(self.gate, "yes"))
            .then(ladder)
        )

    def steps(self, *, maximum: int) -> Attainable:
        """Allow zero and one level per step."""
        return Attainable(
            levels=tuple(sorted({0, *(points_of(maximum, share) for _, _, share in self.rungs)}))
        )

    def reach(
        self, points: int, *, maximum: int, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Climb to the lowest step that is good enough."""
        _, den = self.pair_now(figures, now)
        if den <= 0:
            return None
        open_gate = {self.gate: MICRO} if self.gate else {}
        if points <= 0:
            return {self.gate: 0} if self.gate else {}
        good = [step for step in self.rungs if points_of(maximum, step[2]) >= points]
        if not good:
            return None
        operator, threshold, _ = min(good, key=lambda step: step[2])
        exact = threshold * den
        name = self.value or self.numerator[-1]
        unit = MICRO if figures.is_whole(name) else 1
        below, at = int(exact // unit) * unit, -int(-exact // unit) * unit
        figure = {
            ">=": at,
            ">": below + unit,
            "<=": below,
            "<": at - unit,
        }[operator]
        others = sum(now.get(other, 0) for other in self.numerator if other != name)
        return open_gate | {name: max(figure - others, 0)}

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """List the steps with their closed sides."""
        as_percent = self.value is None or figures.is_percent(self.value)
        signs = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}
        unit = {"vi": "điểm", "en": "points"}[language]
        texts = [
            f"{signs[operator]} "
            f"{percent(limit, language) if as_percent else points_text(as_micro(limit), language)}"
            f": {points_text(points_of(maximum, share), language)} {unit}"
            for operator, limit, share in self.rungs
        ]
        rest = {"vi": "còn lại: 0 điểm", "en": "otherwise: 0 points"}[language]
        text = f"{self.measure_text(figures, language)}: {'; '.join(texts)}; {rest}."
        if self.gate is None:
            return text
        gate = figures.label(self.gate, language)
        return {"vi": f"Không có “{gate}”: 0 điểm. {text}", "en": f"Without “{gate}”: 0. {text}"}[
            language
        ]

    def problems(self, *, figures: Figures) -> list[str]:
        """Refuse steps out of order: later steps must be easier and give less."""
        found = []
        if self.gate and figures.variables[self.gate].kind != "yes_no":
            found.append(f"gate '{self.gate}' is not a yes_no variable")
        rising = {operator[0] for operator, _, _ in self.rungs}
        if len(rising) > 1:
            found.append("steps mix > and <: use one direction")
        for first, second in zip(self.rungs, self.rungs[1:], strict=False):
            harder = first[1] > second[1] or (
                first[1] == second[1] and (first[0], second[0]) == (">", ">=")
            )
            if "<" in rising:
                harder = first[1] < second[1] or (
                    first[1] == second[1] and (first[0], second[0]) == ("<", "<=")
                )
            if not harder or first[2] <= second[2]:
                found.append(
                    f"step '{second[0]} {show(second[1])}' must be easier and give less than "
                    f"the step before it"
                )
        found += [
            f"fraction {show(share)} of step '{operator} {show(limit)}' is outside 0 to 1"
            for operator, limit, share in self.rungs
            if not 0 <= share <= 1
        ]
        return found


class PerPeriod(Rule):
    """One answer per period, each worth its own points (quarterly reports on time or late)."""

    kind: Literal["per_period"] = "per_period"
    values: tuple[str, ...]
    points: dict[str, Number]

    def names(self) -> tuple[str, ...]:
        """Return the answers, one per period."""
        return self.values

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Add up the periods; a period without an answer gives nothing if another has one."""
        periods = [
            _cases(
                [
                    (figures.is_answer(name, option), as_micro(points))
                    for option, points in self.points.items()
                ],
                pl.lit(None, dtype=pl.Int64),
            )
            for name in self.values
        ]
        answered = pl.any_horizontal(
            [pl.col(figures.columns[name]).is_not_null() for name in self.values]
        )
        total = pl.sum_horizontal(periods).clip(upper_bound=pl.lit(maximum, dtype=pl.Int64))
        return pl.when(answered).then(total)

    def steps(self, *, maximum: int) -> Attainable:
        """Allow every sum of answers."""
        one = Attainable(levels=tuple(sorted({as_micro(p) for p in self.points.values()})))
        total = Attainable(levels=(0,))
        for _ in self.values:
            total = total.plus(one)
        return total.capped(maximum)

    def reach(
        self,
        points: int,
        *,
        maximum: int,
        figures: Figures,
        now: Mapping[str, int],
    ) -> dict[str, int] | None:
        """Improve period after period until the sum is enough."""
        ranked = sorted((as_micro(p), option) for option, p in self.points.items())
        best = ranked[-1][0]
        changes: dict[str, int] = {}
        for place, name in enumerate(self.values):
            rest = best * (len(self.values) - place - 1)
            worth, option = next(
                (entry for entry in ranked if entry[0] + rest >= points), ranked[-1]
            )
            changes[name] = figures.options(name).index(option) * MICRO
            points -= worth
        return None if points > 0 else changes

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """List the points of each answer."""
        labels = figures.variables[self.values[0]].options
        texts = [
            f"{getattr(labels[option], language)}: {points_text(as_micro(points), language)}"
            for option, points in self.points.items()
        ]
        top = points_text(maximum, language)
        return {
            "vi": f"Cộng điểm {len(self.values)} kỳ, mỗi kỳ {'; '.join(texts)}; tối đa {top} điểm.",
            "en": f"Sum of {len(self.values)} periods, each {'; '.join(texts)}; {top} at most.",
        }[language]

    def problems(self, *, figures: Figures) -> list[str]:
        """Refuse answers without points and periods with other options."""
        found = []
        for name in self.values:
            if set(figures.options(name)) != set(self.points):
                found.append(f"options of variable '{name}' differ from the rule's points")
        return found
