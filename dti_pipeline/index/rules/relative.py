"""Rules that compare units: relative to the best, and min-max.

The units compared are those scored together: all assessed units that share the framework in one
ranking pool. Another unit's figure can therefore move a unit's points; results name that.
"""

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

import polars as pl

from dti_pipeline.exact import rounded, share_of
from dti_pipeline.index.rules.measure import MeasureRule
from dti_pipeline.index.rules.reaching import least_numerator
from dti_pipeline.index.rules.rule import Attainable, Figures, Language, points_text

# Ratios of different units are compared on this grid (a trillionth), rounded half up once: exact
# comparison of fractions with different denominators would need more than 128 bits. Ratios up to
# 10^17 times a maximum of 200 points stay within them.
GRID: Final = 10**12


class RelativeRule(MeasureRule):
    """Base of rules that compare a unit's measure with the other units' measures."""

    is_relative: ClassVar[bool] = True
    reverse: bool = False

    def helpers(self, *, figures: Figures) -> list[pl.Expr]:
        """Compute the measure as one whole number per unit, on one scale for all units."""
        num, den = self.pair(figures)
        measure = num if self.value is not None else rounded(num * GRID, den)
        return [measure.alias(figures.helper("measure"))]

    def comparable_now(self, figures: Figures, now: Mapping[str, int]) -> int | None:
        """Return one unit's measure on the same scale; None where its denominator is zero."""
        num, den = self.pair_now(figures, now)
        if self.value is not None:
            return num
        return None if den <= 0 else (2 * num * GRID + den) // (2 * den)

    def at_least(
        self, measure: int, *, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Return the figures that bring the measure up to ``measure``."""
        if self.value is not None:
            return self.raised(measure, figures=figures, now=now)
        _, den = self.pair_now(figures, now)
        if den <= 0:
            return None
        return self.raised(least_numerator(measure, GRID, den), figures=figures, now=now)

    def at_most(
        self, measure: int, *, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Return the figures that bring the measure down to ``measure``."""
        if self.value is not None:
            return self.lowered(measure, figures=figures, now=now)
        _, den = self.pair_now(figures, now)
        if den <= 0:
            return None
        # One less than the least numerator that gives the next larger measure.
        return self.lowered(least_numerator(measure + 1, GRID, den) - 1, figures=figures, now=now)

    def steps(self, *, maximum: int) -> Attainable:
        """Allow everything from zero to the maximum."""
        return Attainable(ranges=((0, maximum),))


class Best(RelativeRule):
    """Points = measure / largest measure × maximum; ``reverse``: smallest / measure × maximum."""

    kind: Literal["best"] = "best"

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Score against the best unit; null where the best is zero (nobody has anything)."""
        own = pl.col(figures.helper("measure"))
        if self.reverse:
            # A unit at zero cannot be beaten: it gets the maximum.
            return (
                pl.when(own <= 0)
                .then(pl.lit(maximum, dtype=pl.Int64))
                .otherwise(share_of(own.min(), own, maximum))
            )
        return pl.when(own.max() > 0).then(share_of(own, own.max(), maximum))

    def reach(
        self, points: int, *, maximum: int, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Bring the measure to the needed share of the best unit's."""
        if points > maximum:
            return None
        if points <= 0:
            return {}
        if not self.reverse:
            best = now.get("best")
            if best is None or best <= 0:
                return None
            wanted = least_numerator(points, maximum, best)
            return self.at_least(wanted, figures=figures, now=now)
        if "worst" not in now:
            return None
        # Smallest / measure rounds to the points as long as the measure is at most this large.
        most = 2 * max(now["worst"], 0) * maximum // (2 * points - 1)
        return self.at_most(most, figures=figures, now=now)

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say what is compared."""
        text, top = self.measure_text(figures, language), points_text(maximum, language)
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

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Score the place between the extremes; all units equal: the maximum for each."""
        own = pl.col(figures.helper("measure"))
        low, high = own.min(), own.max()
        above = high - own if self.reverse else own - low
        return (
            pl.when(own.is_not_null() & (low == high))
            .then(pl.lit(maximum, dtype=pl.Int64))
            .otherwise(share_of(above, high - low, maximum))
        )

    def reach(
        self, points: int, *, maximum: int, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Bring the measure to the needed place between the extremes."""
        low, high = now.get("worst"), now.get("best")
        if low is None or high is None or points > maximum:
            return None
        if points <= 0:
            return {}
        way = least_numerator(points, maximum, high - low)
        if self.reverse:
            return self.at_most(high - way, figures=figures, now=now)
        return self.at_least(low + way, figures=figures, now=now)

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say what is compared."""
        text, top = self.measure_text(figures, language), points_text(maximum, language)
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
