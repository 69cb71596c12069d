"""Rules on one measure: a ratio of sums of figures, or a figure by itself.

All of them reduce the figures to an exact pair (numerator, denominator) and compare or multiply
that pair; no quotient is formed before the one that gives the points.
"""

from abc import abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from typing import Final, Literal

import polars as pl
from pydantic import Field, model_validator

from dti_pipeline.exact import (
    MICRO,
    figure_text,
    least_numerator,
    points_below,
    points_of,
    share_of,
)
from dti_pipeline.index.rules import formulas
from dti_pipeline.index.rules.formulas import Cells
from dti_pipeline.index.rules.reaching import lowered, raised
from dti_pipeline.index.rules.rule import (
    Attainable,
    Changes,
    FigureRule,
    Names,
    Present,
    Rule,
    ScoredPart,
    not_figures,
    percent,
)
from schemas.files.errors import SettingError
from schemas.files.model import Number, Positive
from schemas.messages import message
from schemas.text import Text, joined

# Kinds of figures that are parts of a whole.
SHARES: Final = ("percent", "ratio")
# A share of 1000 % or more as a threshold is a percentage typed without its sign.
LARGEST_SHARE: Final = 10


class MeasureRule(Rule):
    """Base of rules on r = numerator / denominator, or r = value.

    A percentage by itself (``value`` of kind percent) is a ratio: 61.7 means r = 0.617.
    """

    numerator: Names = ()
    denominator: Names = ()
    value: str | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> "MeasureRule":
        is_ratio = bool(self.numerator) and bool(self.denominator)
        if is_ratio == (self.value is not None) or bool(self.numerator) != bool(self.denominator):
            raise SettingError("rule_settings.measure")
        return self

    def names(self) -> tuple[str, ...]:
        return self.figures()

    def unit_of(self, part: ScoredPart) -> int:
        """Return what ``value`` is measured against: one, or a hundred percent, in millionths."""
        return MICRO * (100 if self.value and part.is_percent(self.value) else 1)

    def pair(self, part: ScoredPart) -> tuple[pl.Expr, pl.Expr]:
        """Return numerator and denominator as 128-bit expressions; the denominator may be 0."""
        if self.value is None:
            return part.total(self.numerator), part.total(self.denominator)
        return part.number(self.value), pl.lit(self.unit_of(part), dtype=pl.Int128)

    def is_measured(self, part: ScoredPart) -> pl.Expr:
        """Say whether the result needs the measure at all."""
        return pl.lit(value=True)

    def denominator_now(self, part: ScoredPart, now: Present) -> int:
        """Return what the measure is divided by at present, in millionths."""
        if self.value is None:
            return sum(now.get(name, 0) for name in self.denominator)
        return self.unit_of(part)

    def formula(self, part: ScoredPart, cells: Cells) -> str:
        num = formulas.total(cells, self.measured())
        if self.value is None:
            den = formulas.total(cells, self.denominator)
            points = self.points_formula(num, den, part.maximum)
            points = f"IF({den}>0,{points},{formulas.NOTHING})"
        else:
            points = self.points_formula(num, str(self.unit_of(part) // MICRO), part.maximum)
        return formulas.where_known(cells, self.figures(), points)

    @abstractmethod
    def points_formula(self, num: str, den: str, maximum: int) -> str:
        """Return the points where all figures are there and the denominator is above zero."""

    def raised(self, least: int, part: ScoredPart, now: Present) -> Changes | None:
        """Return figures whose numerator is at least ``least`` (in millionths)."""
        return raised(self.measured(), self.denominator, least, part, now)

    def lowered(self, most: int, part: ScoredPart, now: Present) -> Changes | None:
        """Return figures whose numerator is at most ``most`` (in millionths)."""
        return lowered(self.measured(), self.denominator, most, part, now)

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        den = self.denominator_now(part, now)
        if points > part.maximum or den <= 0:
            return None
        least = self.least(points, part.maximum, den)
        if self.less_is_better:
            return self.lowered(den - least, part, now)
        return self.raised(least, part, now)

    def least(self, points: int, maximum: int, den: int) -> int:
        """Return the least numerator that is worth the points, from the better side."""
        return least_numerator(points, maximum, den)

    def measured(self) -> tuple[str, ...]:
        return (self.value,) if self.value else self.numerator

    def figures(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.measured(), *self.denominator)))

    def measure_text(self, part: ScoredPart) -> Text:
        def side(names: tuple[str, ...]) -> Text:
            sums = joined(map(part.label, names), " + ")
            return sums if len(names) == 1 else Text(f"({sums.vi})", f"({sums.en})")

        if self.value is not None:
            return part.label(self.value)
        return joined((side(self.numerator), side(self.denominator)), " / ")

    def words(self, part: ScoredPart) -> dict[str, object]:
        return {"text": self.measure_text(part)}

    def thresholds(self) -> tuple[Fraction, ...]:
        """Return what the measure is held against."""
        return ()

    def problems(self, part: ScoredPart) -> list[Text]:
        return not_figures(self.figures(), part) or list(self._scale_problems(part))

    def _scale_problems(self, part: ScoredPart) -> Iterator[Text]:
        """Yield figures whose kind does not go with the rule: shares and plain numbers mixed."""
        kinds = {name: part.variables[name].kind for name in self.figures()}
        shares = [name for name, kind in kinds.items() if kind in SHARES]
        if shares and len(shares) < len(kinds):
            texts = [
                message("rule_settings.is_kind", name=name, kind=kind)
                for name, kind in kinds.items()
            ]
            yield message("rule_settings.mixed", kinds=joined(texts, ", "))
        for threshold in self.thresholds():
            if shares and threshold >= LARGEST_SHARE:
                text = percent(threshold).en
                yield message("rule_settings.no_percent_sign", threshold=text, name=shares[0])
            if self.value and 0 < threshold < 1 and kinds[self.value] == "count":
                text = percent(threshold).en
                yield message("rule_settings.percent_of_count", threshold=text, name=self.value)


def times(expression: pl.Expr, factor: int) -> pl.Expr:
    """Multiply by a whole number; every operation costs time, so not by one."""
    return expression if factor == 1 else expression * factor


def reaches(num: pl.Expr, den: pl.Expr, share: Fraction) -> pl.Expr:
    """Say whether num / den >= share, exactly; meaningful for positive denominators."""
    return times(num, share.denominator) >= times(den, share.numerator)


class Ratio(MeasureRule):
    """Points = r × maximum, r at most 1; with ``reverse`` points = (1 - r) × maximum."""

    kind: Literal["ratio"] = "ratio"
    reverse: bool = False

    def problems(self, part: ScoredPart) -> list[Text]:
        problems = super().problems(part)
        if not problems and self.value and part.variables[self.value].kind not in SHARES:
            kind = part.variables[self.value].kind
            problems.append(message("rule_settings.no_share", name=self.value, kind=kind))
        return problems

    def score(self, part: ScoredPart) -> pl.Expr:
        num, den = self.pair(part)
        return share_of(den - num if self.reverse else num, den, part.maximum)

    def points_formula(self, num: str, den: str, maximum: int) -> str:
        return formulas.share(f"{den}-({num})" if self.reverse else num, den, maximum)


class Target(MeasureRule):
    """Full points from the target on; below it r × maximum (a jump), or r / target × maximum."""

    kind: Literal["target"] = "target"
    target: Positive
    below: Literal["ratio", "scaled"] = "ratio"

    def thresholds(self) -> tuple[Fraction, ...]:
        return (self.target,)

    def score(self, part: ScoredPart) -> pl.Expr:
        """Score the target (closed: reaching it counts) or the part below it."""
        num, den = self.pair(part)
        if self.below == "scaled":
            goal = times(den, self.target.numerator)
            return share_of(times(num, self.target.denominator), goal, part.maximum)
        # The part below is null where the denominator is zero or a figure is missing.
        return (
            pl.when(reaches(num, den, self.target) & (den > 0))
            .then(pl.lit(part.maximum, dtype=pl.Int64))
            .otherwise(share_of(num, den, part.maximum))
        )

    def points_formula(self, num: str, den: str, maximum: int) -> str:
        if self.below == "scaled":
            goal = f"({den})*{self.target.numerator}"
            return formulas.share(f"({num})*{self.target.denominator}", goal, maximum)
        reached = formulas.compares(num, ">=", self.target, den)
        return f"IF({reached},{figure_text(maximum)},{formulas.share(num, den, maximum)})"

    def steps(self, maximum: int) -> Attainable:
        if self.below == "scaled" or self.target > 1:
            return Attainable(ranges=((0, maximum),))
        return Attainable(levels=(maximum,), ranges=((0, points_below(maximum, self.target)),))

    def least(self, points: int, maximum: int, den: int) -> int:
        if self.below == "scaled":
            scaled = super().least(points, maximum, den * self.target.numerator)
            return ceil(Fraction(scaled, self.target.denominator))
        return min(super().least(points, maximum, den), ceil(den * self.target))

    def words(self, part: ScoredPart) -> dict[str, object]:
        goal = percent(self.target)
        scale = "" if self.below == "ratio" else Text(f" / {goal.vi}", f" / {goal.en}")
        return {**super().words(part), "goal": goal, "scale": scale}


class Cliff(MeasureRule):
    """Full points at ``full``, r × maximum down to and with ``floor``, nothing below it."""

    kind: Literal["cliff"] = "cliff"
    full: Number = Fraction(1)
    floor: Number = Fraction(9, 10)

    def thresholds(self) -> tuple[Fraction, ...]:
        return (self.full, self.floor)

    def score(self, part: ScoredPart) -> pl.Expr:
        """Score the three cases; both thresholds count as reached."""
        num, den = self.pair(part)
        # Null where the denominator is zero or a figure is missing; from 100 % on the maximum.
        points = share_of(num, den, part.maximum)
        if self.full < 1:
            points = (
                pl.when(reaches(num, den, self.full) & (den > 0))
                .then(pl.lit(part.maximum, dtype=pl.Int64))
                .otherwise(points)
            )
        return points * reaches(num, den, self.floor).cast(pl.Int64)

    def points_formula(self, num: str, den: str, maximum: int) -> str:
        is_full = formulas.compares(num, ">=", self.full, den)
        is_counted = formulas.compares(num, ">=", self.floor, den)
        top, between = figure_text(maximum), formulas.share(num, den, maximum)
        return f"IF({is_counted},IF({is_full},{top},{between}),0)"

    def steps(self, maximum: int) -> Attainable:
        stretch = (points_of(maximum, self.floor), points_below(maximum, self.full))
        return Attainable(levels=(0, maximum), ranges=(stretch,))

    def least(self, points: int, maximum: int, den: int) -> int:
        if points <= 0:
            return 0
        at_floor, at_full = ceil(den * self.floor), ceil(den * self.full)
        return min(max(super().least(points, maximum, den), at_floor), at_full)

    def words(self, part: ScoredPart) -> dict[str, object]:
        return {**super().words(part), "full": percent(self.full), "floor": percent(self.floor)}

    def problems(self, part: ScoredPart) -> list[Text]:
        problems = super().problems(part)
        if not 0 <= self.floor < self.full <= 1:
            floor, full = percent(self.floor).en, percent(self.full).en
            problems.append(message("rule_settings.cliff", floor=floor, full=full))
        return problems


class AllOrNothing(MeasureRule):
    """Full points at ``full`` (100 % unless set), otherwise none."""

    kind: Literal["all_or_nothing"] = "all_or_nothing"
    full: Positive = Fraction(1)

    def thresholds(self) -> tuple[Fraction, ...]:
        return (self.full,)

    def score(self, part: ScoredPart) -> pl.Expr:
        num, den = self.pair(part)
        # A missing numerator makes the comparison null, and so the product.
        return pl.when(den > 0).then(reaches(num, den, self.full).cast(pl.Int64) * part.maximum)

    def points_formula(self, num: str, den: str, maximum: int) -> str:
        return f"IF({formulas.compares(num, '>=', self.full, den)},{figure_text(maximum)},0)"

    def steps(self, maximum: int) -> Attainable:
        return Attainable(levels=(0, maximum))

    def least(self, points: int, maximum: int, den: int) -> int:
        return ceil(den * self.full) if points > 0 else 0

    def words(self, part: ScoredPart) -> dict[str, object]:
        return {**super().words(part), "full": percent(self.full)}


class Coverage(FigureRule):
    """Items done of a fixed list: n / list length × maximum."""

    kind: Literal["coverage"] = "coverage"
    of: int = Field(ge=1, le=10_000)

    def score(self, part: ScoredPart) -> pl.Expr:
        return share_of(part.number(self.value), self.of * MICRO, part.maximum)

    def formula(self, part: ScoredPart, cells: Cells) -> str:
        points = formulas.share(cells[self.value], str(self.of), part.maximum)
        return formulas.where_known(cells, self.names(), points)

    def steps(self, maximum: int) -> Attainable:
        return Attainable.of(points_of(maximum, Fraction(k, self.of)) for k in range(self.of + 1))

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        for done in range(self.of + 1):
            if points_of(part.maximum, Fraction(done, self.of)) >= points:
                return raised((self.value,), (), done * MICRO, part, now)
        return None

    def words(self, part: ScoredPart) -> dict[str, object]:
        return {**super().words(part), "count": self.of}
