"""Rules that compare units: relative to the best, and min-max.

The units compared are those scored together: all assessed units that share the framework in one
ranking pool. Another unit's figure can therefore move a unit's points; results name that.
"""

from typing import ClassVar, Final, Literal

import polars as pl

from dti_pipeline.exact import half_up, largest_denominator, least_numerator, rounded, share_of
from dti_pipeline.index.rules.measure import MeasureRule
from dti_pipeline.index.rules.rule import Changes, Language, Present, ScoredPart

# Ratios of different units are compared on this grid (a trillionth), rounded half up once: exact
# comparison of fractions with different denominators would need more than 128 bits. Ratios up to
# 10^17 times a maximum of 200 points stay within them.
GRID: Final = 10**12


class RelativeRule(MeasureRule):
    """Base of rules that compare a unit's measure with the other units' measures."""

    is_relative: ClassVar[bool] = True
    reverse: bool = False

    def helpers(self, part: ScoredPart) -> list[pl.Expr]:
        """Compute the measure as one whole number per unit, on one scale for all units."""
        num, den = self.pair(part)
        measure = num if self.value is not None else rounded(num * GRID, den)
        return [measure.alias(part.helper("measure"))]

    def comparable_now(self, part: ScoredPart, now: Present) -> int | None:
        """Return one unit's measure on the same scale; None where its denominator is zero."""
        num, den = self.pair_now(part, now)
        if self.value is not None:
            return num
        return None if den <= 0 else half_up(num * GRID, den)

    def at_least(self, measure: int, part: ScoredPart, now: Present) -> Changes | None:
        """Return the figures that bring the measure up to ``measure``."""
        if self.value is not None:
            return self.raised(measure, part, now)
        _, den = self.pair_now(part, now)
        if den <= 0:
            return None
        return self.raised(least_numerator(measure, GRID, den), part, now)

    def at_most(self, measure: int, part: ScoredPart, now: Present) -> Changes | None:
        """Return the figures that bring the measure down to ``measure``."""
        if self.value is not None:
            return self.lowered(measure, part, now)
        _, den = self.pair_now(part, now)
        if den <= 0:
            return None
        # One less than the least numerator that gives the next larger measure.
        return self.lowered(least_numerator(measure + 1, GRID, den) - 1, part, now)


class Best(RelativeRule):
    """Points = measure / largest measure × maximum; ``reverse``: smallest / measure × maximum."""

    kind: Literal["best"] = "best"

    def score(self, part: ScoredPart) -> pl.Expr:
        """Score against the best unit; null where the best is zero (nobody has anything)."""
        own = pl.col(part.helper("measure"))
        if self.reverse:
            # A unit at zero cannot be beaten: it gets the maximum.
            return (
                pl.when(own <= 0)
                .then(pl.lit(part.maximum, dtype=pl.Int64))
                .otherwise(share_of(own.min(), own, part.maximum))
            )
        return pl.when(own.max() > 0).then(share_of(own, own.max(), part.maximum))

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        """Bring the measure to the needed share of the best unit's."""
        if points > part.maximum:
            return None
        if points <= 0:
            return {}
        if not self.reverse:
            best = now.get("best")
            if best is None or best <= 0:
                return None
            return self.at_least(least_numerator(points, part.maximum, best), part, now)
        if "worst" not in now:
            return None
        most = largest_denominator(points, part.maximum, max(now["worst"], 0))
        return self.at_most(most, part, now)

    def render(self, part: ScoredPart, language: Language) -> str:
        text, top = self.measure_text(part, language), part.top_text(language)
        text = text if self.value else f"({text})"
        if self.reverse:
            return {
                "vi": (
                    f"Điểm = giá trị nhỏ nhất trong các đơn vị / {text} × {top}; "
                    "càng thấp càng tốt."
                ),
                "en": (
                    f"Points = smallest value among the units / {text} × {top}; less is better."
                ),
            }[language]
        return {
            "vi": f"Điểm = {text} / giá trị lớn nhất trong các đơn vị × {top}.",
            "en": f"Points = {text} / largest value among the units × {top}.",
        }[language]


class MinMax(RelativeRule):
    """Points = (measure - smallest) / (largest - smallest) × maximum; ``reverse`` turns it."""

    kind: Literal["min_max"] = "min_max"

    def score(self, part: ScoredPart) -> pl.Expr:
        """Score the place between the extremes; all units equal: the maximum for each."""
        own = pl.col(part.helper("measure"))
        low, high = own.min(), own.max()
        above = high - own if self.reverse else own - low
        return (
            pl.when(own.is_not_null() & (low == high))
            .then(pl.lit(part.maximum, dtype=pl.Int64))
            .otherwise(share_of(above, high - low, part.maximum))
        )

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        """Bring the measure to the needed place between the extremes."""
        low, high = now.get("worst"), now.get("best")
        if low is None or high is None or points > part.maximum:
            return None
        if points <= 0:
            return {}
        way = least_numerator(points, part.maximum, high - low)
        if self.reverse:
            return self.at_most(high - way, part, now)
        return self.at_least(low + way, part, now)

    def render(self, part: ScoredPart, language: Language) -> str:
        text, top = self.measure_text(part, language), part.top_text(language)
        if self.reverse:
            return {
                "vi": (
                    f"{text}: điểm = (giá trị lớn nhất − giá trị của đơn vị) / (giá trị lớn nhất "
                    f"− giá trị nhỏ nhất) giữa các đơn vị × {top}; càng thấp càng tốt."
                ),
                "en": (
                    f"{text}: points = (largest value − own value) / (largest − smallest value) "
                    f"among the units × {top}; less is better."
                ),
            }[language]
        return {
            "vi": (
                f"{text}: điểm = (giá trị của đơn vị − giá trị nhỏ nhất) / (giá trị lớn nhất "
                f"− giá trị nhỏ nhất) giữa các đơn vị × {top}."
            ),
            "en": (
                f"{text}: points = (own value − smallest value) / (largest − smallest value) "
                f"among the units × {top}."
            ),
        }[language]
