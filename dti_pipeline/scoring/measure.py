"""Rules on one measure: a ratio of sums of figures, or a figure by itself.

All of them reduce the figures to an exact pair (numerator, denominator) and compare or multiply
that pair; no quotient is formed before the one that gives the points.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

import polars as pl
from pydantic import model_validator

from dti_pipeline.scoring.exact import MICRO, points_of, share_of
from dti_pipeline.scoring.rule import (
    Attainable,
    Figures,
    Language,
    Names,
    Rule,
    percent,
    points_text,
)
from schemas.framework import Number


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
            msg = "give either numerator and denominator, or value"
            raise ValueError(msg)
        return self

    def names(self) -> tuple[str, ...]:
        """Return numerator, denominator and value, without repeats."""
        own = (self.value,) if self.value else ()
        return tuple(dict.fromkeys((*self.numerator, *self.denominator, *own)))

    def pair(self, figures: Figures) -> tuple[pl.Expr, pl.Expr]:
        """Return numerator and denominator as 128-bit expressions; the denominator may be 0."""
        if self.value is None:
            return figures.total(self.numerator), figures.total(self.denominator)
        unit = MICRO * (100 if figures.is_percent(self.value) else 1)
        return figures.number(self.value), pl.lit(unit, dtype=pl.Int128)

    def pair_now(self, figures: Figures, now: Mapping[str, int]) -> tuple[int, int]:
        """Return numerator and denominator of one unit's present figures."""
        if self.value is None:
            return (
                sum(now.get(name, 0) for name in self.numerator),
                sum(now.get(name, 0) for name in self.denominator),
            )
        unit = MICRO * (100 if figures.is_percent(self.value) else 1)
        return now.get(self.value, 0), unit

    def raised(
        self, wanted: int, *, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Return figures whose numerator is at least ``wanted`` (in millionths).

        The numerator's last figure that is not also in the denominator grows: in (b+c)/a that
        is the one a unit can act on without changing what it is measured against.
        """
        sources = (self.value,) if self.value else self.numerator
        free = [name for name in sources if name not in self.denominator]
        if not free:
            return None
        name = free[-1]
        others = sum(now.get(other, 0) for other in sources if other != name)
        figure = max(wanted - others, 0)
        if figures.is_whole(name):
            figure = -(-figure // MICRO) * MICRO
        return {name: figure}

    def measure_text(self, figures: Figures, language: Language) -> str:
        """Say the measure in words."""

        def side(names: tuple[str, ...]) -> str:
            texts = [figures.label(name, language) for name in names]
            return texts[0] if len(texts) == 1 else "(" + " + ".join(texts) + ")"

        if self.value is not None:
            return figures.label(self.value, language)
        return f"{side(self.numerator)} / {side(self.denominator)}"


def _reaches(num: pl.Expr, den: pl.Expr, share: Fraction) -> pl.Expr:
    """Say whether num / den >= share, exactly; meaningful for positive denominators."""
    return num * share.denominator >= den * share.numerator


def _least_numerator(points: int, maximum: int, den: int) -> int:
    """Return the smallest numerator whose share of ``maximum`` rounds half up to ``points``."""
    return max(-(-((2 * points - 1) * den) // (2 * maximum)), 0)


class Ratio(MeasureRule):
    """Points = r × maximum, r at most 1; with ``reverse`` points = (1 - r) × maximum."""

    kind: Literal["ratio"] = "ratio"
    reverse: bool = False

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Score r (or 1 - r) of the maximum."""
        num, den = self.pair(figures)
        if self.reverse:
            return share_of(pl.max_horizontal(den - num, 0), den, maximum)
        return share_of(num, den, maximum)

    def steps(self, *, maximum: int) -> Attainable:
        """Allow everything from zero to the maximum."""
        return Attainable(ranges=((0, maximum),))

    def reach(
        self, points: int, *, maximum: int, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Raise the numerator (lower it where less is better)."""
        _, den = self.pair_now(figures, now)
        if points > maximum or den <= 0:
            return None
        wanted = _least_numerator(points, maximum, den)
        if not self.reverse:
            return self.raised(min(wanted, den), figures=figures, now=now)
        name = self.value or self.numerator[-1]
        figure = max(den - wanted, 0)
        return {name: figure // MICRO * MICRO if figures.is_whole(name) else figure}

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say the ratio and its maximum."""
        text, top = self.measure_text(figures, language), points_text(maximum, language)
        if self.reverse:
            return {
                "vi": f"Điểm = (1 − {text}) × {top}; càng thấp càng tốt.",
                "en": f"Points = (1 − {text}) × {top}; less is better.",
            }[language]
        return {
            "vi": f"Điểm = {text} × {top}.",
            "en": f"Points = {text} × {top}.",
        }[language]


class Target(MeasureRule):
    """Full points from the target on; below it r × maximum (a jump), or r / target × maximum."""

    kind: Literal["target"] = "target"
    target: Number
    below: Literal["ratio", "scaled"] = "ratio"

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Score the target (closed: reaching it counts) or the part below it."""
        num, den = self.pair(figures)
        if self.below == "scaled":
            part = share_of(num * self.target.denominator, den * self.target.numerator, maximum)
        else:
            part = share_of(num, den, maximum)
        return (
            pl.when(den <= 0)
            .then(None)
            .when(_reaches(num, den, self.target))
            .then(pl.lit(maximum, dtype=pl.Int64))
            .otherwise(part)
        )

    def steps(self, *, maximum: int) -> Attainable:
        """Allow the part below the target, and the maximum."""
        if self.below == "scaled" or self.target > 1:
            return Attainable(ranges=((0, maximum),))
        return Attainable(
            levels=(maximum,), ranges=((0, max(points_of(maximum, self.target) - 1, 0)),)
        )

    def reach(
        self, points: int, *, maximum: int, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Raise the numerator to the result, or to the target where only that gives it."""
        _, den = self.pair_now(figures, now)
        if points > maximum or den <= 0:
            return None
        at_target = -(-den * self.target.numerator // self.target.denominator)
        if self.below == "scaled":
            scaled = -(-den * self.target.numerator // self.target.denominator)
            wanted = _least_numerator(points, maximum, scaled)
        else:
            wanted = _least_numerator(points, maximum, den)
        return self.raised(min(wanted, at_target), figures=figures, now=now)

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say the target and what counts below it."""
        text, top = self.measure_text(figures, language), points_text(maximum, language)
        goal = percent(self.target, language)
        scale = "" if self.below == "ratio" else f" / {goal}"
        return {
            "vi": f"{text}: từ {goal} trở lên được {top} điểm; thấp hơn được tỷ lệ{scale} × {top}.",
            "en": f"{text}: from {goal} on {top} points; below it the ratio{scale} × {top}.",
        }[language]


class Cliff(MeasureRule):
    """Full points at ``full``, r × maximum down to and with ``floor``, nothing below it."""

    kind: Literal["cliff"] = "cliff"
    full: Number = Fraction(1)
    floor: Number = Fraction(9, 10)

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Score the three cases; both thresholds count as reached."""
        num, den = self.pair(figures)
        return (
            pl.when(den <= 0)
            .then(None)
            .when(_reaches(num, den, self.full))
            .then(pl.lit(maximum, dtype=pl.Int64))
            .when(_reaches(num, den, self.floor))
            .then(share_of(num, den, maximum))
            .otherwise(pl.when(num.is_not_null() & den.is_not_null()).then(pl.lit(0, pl.Int64)))
        )

    def steps(self, *, maximum: int) -> Attainable:
        """Allow nothing, the stretch between floor and full, and the maximum."""
        below_full = points_of(maximum, min(self.full, Fraction(1))) - 1
        return Attainable(
            levels=(0, maximum), ranges=((points_of(maximum, self.floor), below_full),)
        )

    def reach(
        self, points: int, *, maximum: int, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Raise the numerator at least to the floor."""
        _, den = self.pair_now(figures, now)
        if points > maximum or den <= 0:
            return None
        if points <= 0:
            return self.raised(0, figures=figures, now=now)
        at_floor = -(-den * self.floor.numerator // self.floor.denominator)
        at_full = -(-den * self.full.numerator // self.full.denominator)
        wanted = min(max(_least_numerator(points, maximum, den), at_floor), at_full)
        return self.raised(wanted, figures=figures, now=now)

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say the three cases."""
        text, top = self.measure_text(figures, language), points_text(maximum, language)
        full, floor = percent(self.full, language), percent(self.floor, language)
        return {
            "vi": (
                f"{text}: đạt {full} được {top} điểm; từ {floor} đến dưới {full} được "
                f"tỷ lệ × {top}; dưới {floor} được 0 điểm."
            ),
            "en": (
                f"{text}: {full} gives {top} points; from {floor} to under {full} "
                f"the ratio × {top}; under {floor} none."
            ),
        }[language]

    def problems(self, *, figures: Figures) -> list[str]:
        """Refuse a floor that is not below full."""
        return [] if self.floor < self.full else [f"floor {self.floor} is not below {self.full}"]


class AllOrNothing(MeasureRule):
    """Full points at ``full`` (100 % unless set), otherwise none."""

    kind: Literal["all_or_nothing"] = "all_or_nothing"
    full: Number = Fraction(1)

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Score the maximum or zero."""
        num, den = self.pair(figures)
        return (
            pl.when(den <= 0)
            .then(None)
            .when(_reaches(num, den, self.full))
            .then(pl.lit(maximum, dtype=pl.Int64))
            .otherwise(pl.when(num.is_not_null() & den.is_not_null()).then(pl.lit(0, pl.Int64)))
        )

    def steps(self, *, maximum: int) -> Attainable:
        """Allow zero and the maximum."""
        return Attainable(levels=(0, maximum))

    def reach(
        self, points: int, *, maximum: int, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Raise the numerator to the full share."""
        _, den = self.pair_now(figures, now)
        if points > maximum or den <= 0:
            return None
        full = -(-den * self.full.numerator // self.full.denominator)
        return self.raised(full if points > 0 else 0, figures=figures, now=now)

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say both cases."""
        text, top = self.measure_text(figures, language), points_text(maximum, language)
        full = percent(self.full, language)
        return {
            "vi": f"{text}: đạt {full} được {top} điểm, không đạt được 0 điểm.",
            "en": f"{text}: {full} gives {top} points, less gives none.",
        }[language]


class Coverage(Rule):
    """Items done of a fixed list: n / list length × maximum."""

    kind: Literal["coverage"] = "coverage"
    value: str
    of: int

    def names(self) -> tuple[str, ...]:
        """Return the count of items done."""
        return (self.value,)

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Score the share of the list, at most all of it."""
        return share_of(figures.number(self.value), self.of * MICRO, maximum)

    def steps(self, *, maximum: int) -> Attainable:
        """Allow one level per item."""
        return Attainable(
            levels=tuple(points_of(maximum, Fraction(k, self.of)) for k in range(self.of + 1))
        )

    def reach(
        self,
        points: int,
        *,
        maximum: int,
        figures: Figures,
        now: Mapping[str, int],
    ) -> dict[str, int] | None:
        """Do as many items as the result needs."""
        for done in range(self.of + 1):
            if points_of(maximum, Fraction(done, self.of)) >= points:
                return {self.value: done * MICRO}
        return None

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say the list length and the maximum."""
        text, top = figures.label(self.value, language), points_text(maximum, language)
        return {
            "vi": f"{text} trên {self.of} nội dung quy định × {top} điểm.",
            "en": f"{text} of {self.of} listed items × {top} points.",
        }[language]

    def problems(self, *, figures: Figures) -> list[str]:
        """Refuse an empty list."""
        return [] if self.of > 0 else ["the list has no items: 'of' must be at least 1"]
