"""Rules on delivered scores, and points outside the maximum: given, remainder, bonus, penalty."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import polars as pl

from dti_pipeline.exact import MICRO, as_micro, quotient, rounded, share_of, show
from dti_pipeline.index.rules.reaching import least_numerator, lowered, raised
from dti_pipeline.index.rules.rule import (
    Attainable,
    Figures,
    Language,
    Rule,
    not_figures,
    number_text,
    points_text,
)
from schemas.files.model import Number


class Given(Rule):
    """The score itself is delivered, as points or as a fraction of the maximum."""

    kind: Literal["given"] = "given"
    value: str
    unit: Literal["points", "fraction"] = "points"

    def names(self) -> tuple[str, ...]:
        """Return the delivered score."""
        return (self.value,)

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Take the delivered score, from zero to the maximum."""
        whole = maximum if self.unit == "points" else MICRO
        return share_of(figures.number(self.value), whole, maximum)

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
        whole = maximum if self.unit == "points" else MICRO
        return raised(
            (self.value,), (), least_numerator(points, maximum, whole), figures=figures, now=now
        )

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say that the score is delivered."""
        text, top = figures.label(self.value, language), points_text(maximum, language)
        if self.unit == "points":
            return {
                "vi": f"Điểm = {text} (điểm được cung cấp), tối đa {top} điểm.",
                "en": f"Points = {text} (score as delivered), at most {top}.",
            }[language]
        return {
            "vi": f"Điểm = {text} (giá trị được cung cấp, từ 0 đến 1) × {top}.",
            "en": f"Points = {text} (value as delivered, from 0 to 1) × {top}.",
        }[language]

    def problems(self, *, maximum: int, figures: Figures) -> list[str]:
        """Refuse an answer in place of a score."""
        return not_figures(self.names(), figures)


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
        # The least total whose product, less the parts, rounds half up to the points.
        least = -(-((2 * points - 1) * MICRO // 2 + parts) // as_micro(self.total_points))
        return raised((self.total,), (), least, figures=figures, now=now)

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say what is subtracted from what."""
        total = points_text(as_micro(self.total_points), language)
        parts = " − ".join(
            f"{figures.label(name, language)} × {points_text(as_micro(points), language)}"
            for name, points in self.less.items()
        )
        text = figures.label(self.total, language)
        return {
            "vi": f"Điểm = phần còn lại: {text} × {total} − {parts}.",
            "en": f"Points = what is left: {text} × {total} − {parts}.",
        }[language]

    def problems(self, *, maximum: int, figures: Figures) -> list[str]:
        """Refuse answers in place of printed values."""
        return not_figures(self.names(), figures)


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
        # Millionths of an event times points each are micro-points.
        moved = rounded(figures.number(self.value) * self.each.numerator, self.each.denominator)
        return moved.clip(0, as_micro(self.cap)).cast(pl.Int64)

    def problems(self, *, maximum: int, figures: Figures) -> list[str]:
        """Refuse points or a cap of nothing, and an answer in place of a number of events."""
        found = not_figures(self.names(), figures)
        found += [
            f"'{name}' must be more than 0 points, not {show(points)}"
            for name, points in (("each", self.each), ("cap", self.cap))
            if points <= 0
        ]
        return found


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
        wanted = least_numerator(points, self.each.numerator, self.each.denominator)
        return raised((self.value,), (), wanted, figures=figures, now=now)

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say points per event and cap."""
        text = figures.label(self.value, language)
        each = number_text(self.each, language)
        cap = points_text(as_micro(self.cap), language)
        return {
            "vi": f"Điểm thưởng: {text} × {each} điểm, cộng tối đa {cap} điểm.",
            "en": f"Bonus: {text} × {each} points, at most {cap} added.",
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
        if points <= -as_micro(self.cap):
            return {}
        # One less than the least that takes a micro-point more.
        most = least_numerator(1 - points, self.each.numerator, self.each.denominator) - 1
        return lowered((self.value,), (), most, figures=figures, now=now)

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say points per event and cap."""
        text = figures.label(self.value, language)
        each = number_text(self.each, language)
        cap = points_text(as_micro(self.cap), language)
        return {
            "vi": f"Điểm trừ: {text} × {each} điểm, trừ tối đa {cap} điểm.",
            "en": f"Penalty: {text} × {each} points, at most {cap} taken off.",
        }[language]
