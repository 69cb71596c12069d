"""Rules on delivered scores, and points outside the maximum: given, remainder, bonus, penalty."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import polars as pl

from dti_pipeline.scoring.exact import MICRO, as_micro, quotient
from dti_pipeline.scoring.rule import Attainable, Figures, Language, Rule, points_text
from schemas.framework import Number


class Given(Rule):
    """The score itself is delivered, as points or as a fraction of the maximum."""

    kind: Literal["given"] = "given"
    value: str
    unit: Literal["points", "fraction"] = "points"

    def names(self) -> tuple[str, ...]:
        """Return the delivered score."""
        return (self.value,)

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Take the delivered score."""
        if self.unit == "points":
            return figures.number(self.value).cast(pl.Int64)
        return quotient(figures.number(self.value) * maximum, MICRO)

    def steps(self, *, maximum: int) -> Attainable:
        """Allow everything from zero to the maximum."""
        return Attainable(ranges=((0, maximum),))

    def reach(
        self,
        points: int,
        *,
        maximum: int,
        figures: Figures,
        now: Mapping[str, int],
    ) -> dict[str, int] | None:
        """Give the score itself."""
        if points > maximum:
            return None
        if self.unit == "points":
            return {self.value: points}
        return {self.value: -(-points * MICRO // maximum)}

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say that the score is delivered."""
        text, top = figures.label(self.value, language), points_text(maximum, language)
        if self.unit == "points":
            return {
                "vi": f"{text}: điểm được cung cấp, tối đa {top}.",
                "en": f"{text}: delivered score, at most {top}.",
            }[language]
        return {
            "vi": f"{text}: giá trị được cung cấp × {top} điểm.",
            "en": f"{text}: delivered value × {top} points.",
        }[language]


class Remainder(Rule):
    """What a printed total leaves after the printed parts: total × its maximum - parts.

    Replays published tables that print only some main indices. ``less`` names the printed values
    and their maxima; the result is exact within the rounding of the printed decimals.
    """

    kind: Literal["remainder"] = "remainder"
    total: str
    total_points: Number
    less: dict[str, Number]

    def names(self) -> tuple[str, ...]:
        """Return the printed total and parts."""
        return (self.total, *self.less)

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Subtract the parts from the whole."""
        rest = figures.number(self.total) * as_micro(self.total_points)
        for name, points in self.less.items():
            rest = rest - figures.number(name) * as_micro(points)
        return quotient(rest, MICRO)

    def steps(self, *, maximum: int) -> Attainable:
        """Allow everything from zero to the maximum."""
        return Attainable(ranges=((0, maximum),))

    def reach(
        self,
        points: int,
        *,
        maximum: int,
        figures: Figures,
        now: Mapping[str, int],
    ) -> dict[str, int] | None:
        """Raise the printed total."""
        if points > maximum:
            return None
        parts = sum(now.get(name, 0) * as_micro(top) for name, top in self.less.items())
        return {self.total: -(-(points * MICRO + parts) // as_micro(self.total_points))}

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say what is subtracted from what."""
        total = points_text(as_micro(self.total_points), language)
        parts = " − ".join(
            f"{figures.label(name, language)} × {points_text(as_micro(points), language)}"
            for name, points in self.less.items()
        )
        text = figures.label(self.total, language)
        return {
            "vi": f"Phần còn lại: {text} × {total} − {parts}.",
            "en": f"Remainder: {text} × {total} − {parts}.",
        }[language]


class OutsidePoints(Rule):
    """Base of bonus and penalty: a number of events times points each, up to a cap."""

    is_outside: ClassVar[bool] = True
    value: str
    each: Number
    cap: Number

    def names(self) -> tuple[str, ...]:
        """Return the number of events."""
        return (self.value,)

    def size(self, figures: Figures) -> pl.Expr:
        """Return the points moved, up to the cap, as micro-points without sign."""
        moved = quotient(figures.number(self.value) * as_micro(self.each), MICRO)
        return moved.clip(upper_bound=pl.lit(as_micro(self.cap), dtype=pl.Int64))


class Bonus(OutsidePoints):
    """Points added outside the maximum; the main still ends at its own maximum."""

    kind: Literal["bonus"] = "bonus"

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Add the points."""
        return self.size(figures)

    def steps(self, *, maximum: int) -> Attainable:
        """Allow everything up to the cap."""
        return Attainable(ranges=((0, as_micro(self.cap)),))

    def reach(
        self,
        points: int,
        *,
        maximum: int,
        figures: Figures,
        now: Mapping[str, int],
    ) -> dict[str, int] | None:
        """Raise the number of events."""
        if points > as_micro(self.cap):
            return None
        figure = -(-points * MICRO // as_micro(self.each))
        return {self.value: -(-figure // MICRO) * MICRO}

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say points per event and cap."""
        text = figures.label(self.value, language)
        each = points_text(as_micro(self.each), language)
        cap = points_text(as_micro(self.cap), language)
        return {
            "vi": f"Điểm thưởng: mỗi {text} cộng {each} điểm, tối đa {cap} điểm.",
            "en": f"Bonus: {each} points for each {text}, at most {cap}.",
        }[language]


class Penalty(OutsidePoints):
    """Points taken outside the maximum; the main never falls below zero."""

    kind: Literal["penalty"] = "penalty"

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Take the points away."""
        return -self.size(figures)

    def steps(self, *, maximum: int) -> Attainable:
        """Allow everything from the full penalty to none."""
        return Attainable(ranges=((-as_micro(self.cap), 0),))

    def reach(
        self,
        points: int,
        *,
        maximum: int,
        figures: Figures,
        now: Mapping[str, int],
    ) -> dict[str, int] | None:
        """Lower the number of events."""
        if points > 0:
            return None
        figure = -points * MICRO // as_micro(self.each)
        return {self.value: figure // MICRO * MICRO}

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say points per event and cap."""
        text = figures.label(self.value, language)
        each = points_text(as_micro(self.each), language)
        cap = points_text(as_micro(self.cap), language)
        return {
            "vi": f"Điểm trừ: mỗi {text} trừ {each} điểm, tối đa {cap} điểm.",
            "en": f"Penalty: {each} points off for each {text}, at most {cap}.",
        }[language]
