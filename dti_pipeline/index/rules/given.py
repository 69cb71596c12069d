"""Rules on delivered scores, and points outside the maximum: given, remainder, bonus, penalty."""

from fractions import Fraction
from math import ceil
from typing import ClassVar, Literal

import polars as pl

from dti_pipeline.exact import (
    MICRO,
    as_micro,
    figure_text,
    least_numerator,
    quotient,
    rounded,
    share_of,
)
from dti_pipeline.index.rules import formulas
from dti_pipeline.index.rules.formulas import Cells
from dti_pipeline.index.rules.reaching import lowered, raised
from dti_pipeline.index.rules.rule import (
    Attainable,
    Changes,
    FigureRule,
    Present,
    Rule,
    ScoredPart,
    number_text,
    points_text,
)
from schemas.files.model import Points, Positive, PositivePoints
from schemas.messages import message
from schemas.text import Text, joined


class Given(FigureRule):
    """The score itself is delivered, as points or as a fraction of the maximum."""

    kind: Literal["given"] = "given"
    unit: Literal["points", "fraction"] = "points"

    def whole(self, maximum: int) -> int:
        """Return the delivered score that gives the maximum, in millionths."""
        return maximum if self.unit == "points" else MICRO

    def score(self, part: ScoredPart) -> pl.Expr:
        return share_of(part.number(self.value), self.whole(part.maximum), part.maximum)

    def formula(self, part: ScoredPart, cells: Cells) -> str:
        value, top = cells[self.value], figure_text(part.maximum)
        points = formulas.share(value, "1", part.maximum)
        if self.unit == "points":
            points = f"ROUND(MAX(0,MIN({top},{value})),6)"
        return formulas.where_known(cells, self.names(), points)

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        if points > part.maximum:
            return None
        score = least_numerator(points, part.maximum, self.whole(part.maximum))
        return raised((self.value,), (), score, part, now)

    def render(self, part: ScoredPart) -> Text:
        top = points_text(part.maximum)
        return message(f"rules.given_{self.unit}", top=top, **self.words(part))


class Remainder(Rule):
    """What a printed total leaves after the printed parts: total × its maximum - parts.

    Replays published tables that print only some main indices. ``less`` names the printed values
    and their maxima; the result is exact within the rounding of the printed decimals.
    """

    kind: Literal["remainder"] = "remainder"
    total: str
    total_points: PositivePoints
    less: dict[str, Points]

    def names(self) -> tuple[str, ...]:
        return (self.total, *self.less)

    def score(self, part: ScoredPart) -> pl.Expr:
        rest = part.number(self.total) * as_micro(self.total_points)
        for name, points in self.less.items():
            rest = rest - part.number(name) * as_micro(points)
        return quotient(rest, MICRO)

    def formula(self, part: ScoredPart, cells: Cells) -> str:
        terms = [f"{cells[self.total]}*{figure_text(as_micro(self.total_points))}"]
        terms += [f"{cells[name]}*{figure_text(as_micro(top))}" for name, top in self.less.items()]
        return formulas.where_known(cells, self.names(), f"ROUND({'-'.join(terms)},6)")

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        if points > part.maximum:
            return None
        parts = sum(now.get(name, 0) * as_micro(top) for name, top in self.less.items())
        # The least total whose product, less the parts, rounds half up to the points.
        least = (points - Fraction(1, 2)) * MICRO + parts
        return raised((self.total,), (), ceil(least / as_micro(self.total_points)), part, now)

    def words(self, part: ScoredPart) -> dict[str, object]:
        parts = (
            joined((part.label(name), points_text(as_micro(points))), " × ")
            for name, points in self.less.items()
        )
        total = points_text(as_micro(self.total_points))
        return {"text": part.label(self.total), "total": total, "parts": joined(parts, " − ")}


class OutsidePoints(FigureRule):
    """Base of bonus and penalty: a number of events times points each, up to a cap."""

    is_outside: ClassVar[bool] = True
    is_taken: ClassVar[bool] = False
    each: Positive
    cap: PositivePoints

    def score(self, part: ScoredPart) -> pl.Expr:
        # Millionths of an event times points each are micro-points.
        moved = rounded(part.number(self.value) * self.each.numerator, self.each.denominator)
        size = moved.clip(0, as_micro(self.cap)).cast(pl.Int64)
        return -size if self.is_taken else size

    def formula(self, part: ScoredPart, cells: Cells) -> str:
        cap, sign = figure_text(as_micro(self.cap)), "-" if self.is_taken else ""
        moved = f"{cells[self.value]}*{self.each.numerator}/{self.each.denominator}"
        points = f"{sign}ROUND(MAX(0,MIN({cap},{moved})),6)"
        return formulas.where_known(cells, self.names(), points)

    def steps(self, maximum: int) -> Attainable:
        cap = as_micro(self.cap)
        return Attainable(ranges=((-cap, 0) if self.is_taken else (0, cap),))

    def least_events(self, points: int) -> int:
        """Return the least number of events, in millionths, that moves these micro-points."""
        return least_numerator(points, self.each.numerator, self.each.denominator)

    def words(self, part: ScoredPart) -> dict[str, object]:
        each, cap = number_text(self.each), points_text(as_micro(self.cap))
        return {**super().words(part), "each": each, "cap": cap}


class Bonus(OutsidePoints):
    """Points added outside the maximum; the main still ends at its own maximum."""

    kind: Literal["bonus"] = "bonus"

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        if points > as_micro(self.cap):
            return None
        return raised((self.value,), (), self.least_events(points), part, now)


class Penalty(OutsidePoints):
    """Points taken outside the maximum; the main never falls below zero."""

    kind: Literal["penalty"] = "penalty"
    is_taken: ClassVar[bool] = True

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        if points > 0:
            return None
        if points <= -as_micro(self.cap):
            return raised((self.value,), (), 0, part, now)
        # One less than the least that takes a micro-point more.
        return lowered((self.value,), (), self.least_events(1 - points) - 1, part, now)
