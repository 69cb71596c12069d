"""Rules that compare units: relative to the best, and min-max.

The units compared are those scored together: all assessed units that share the framework in one
ranking pool. Another unit's figure can therefore move a unit's points; results name that.
"""

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

import polars as pl

from dti_pipeline.scoring.exact import quotient, wide
from dti_pipeline.scoring.measure import MeasureRule
from dti_pipeline.scoring.rule import Attainable, Figures, Language, points_text

# Ratios of different units are compared on this grid (a trillionth), rounded half up once: exact
# comparison of fractions with different denominators would need more than 128 bits.
GRID: Final = 10**12


class RelativeRule(MeasureRule):
    """Base of rules that compare a unit's measure with the other units' measures."""

    is_relative: ClassVar[bool] = True
    reverse: bool = False

    def helpers(self, *, figures: Figures) -> list[pl.Expr]:
        """Compute the measure as one whole number per unit, on one scale for all units."""
        if self.value is not None:
            measure = figures.number(self.value)
        else:
            num, den = self.pair(figures)
            measure = wide(quotient(num * GRID, den))
        return [measure.alias(figures.helper("measure"))]

    def comparable_now(self, figures: Figures, now: Mapping[str, int]) -> int | None:
        """Return one unit's measure on the same scale; None where its denominator is zero."""
        num, den = self.pair_now(figures, now)
        if self.value is not None:
            return num
        return None if den <= 0 else (2 * num * GRID + den) // (2 * den)

    def figure_for(
        self, measure: int, *, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Return the figures that bring the measure to at least ``measure``."""
        if self.value is not None:
            return self.raised(measure, figures=figures, now=now)
        _, den = self.pair_now(figures, now)
        return (
            None if den <= 0 else self.raised(-(-measure * den // GRID), figures=figures, now=now)
        )

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
                pl.when(own == 0)
                .then(pl.lit(maximum, dtype=pl.Int64))
                .otherwise(quotient(own.min() * maximum, own))
            )
        return quotient(own * maximum, own.max())

    def reach(
        self, points: int, *, maximum: int, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Raise the measure to the needed share of the best unit's."""
        best = now.get("best")
        if best is None or points > maximum or self.reverse:
            return None
        return self.figure_for(-(-points * best // maximum), figures=figures, now=now)

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say what is compared."""
        text, top = self.measure_text(figures, language), points_text(maximum, language)
        if self.reverse:
            return {
                "vi": f"Giá trị nhỏ nhất trong các đơn vị / {text} × {top} điểm.",
                "en": f"Smallest value among the units / {text} × {top} points.",
            }[language]
        return {
            "vi": f"{text} / giá trị lớn nhất trong các đơn vị × {top} điểm.",
            "en": f"{text} / largest value among the units × {top} points.",
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
            .otherwise(quotient(above * maximum, high - low))
        )

    def reach(
        self, points: int, *, maximum: int, figures: Figures, now: Mapping[str, int]
    ) -> dict[str, int] | None:
        """Raise the measure to the needed place between the extremes."""
        low, high = now.get("worst"), now.get("best")
        if low is None or high is None or points > maximum or self.reverse:
            return None
        return self.figure_for(low + -(-points * (high - low) // maximum), figures=figures, now=now)

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say what is compared."""
        text, top = self.measure_text(figures, language), points_text(maximum, language)
        turned = {"vi": "; càng thấp càng tốt", "en": "; less is better"}[language]
        return {
            "vi": f"Chuẩn hóa min–max giữa các đơn vị theo {text} × {top} điểm",
            "en": f"Min–max among the units on {text} × {top} points",
        }[language] + f"{turned if self.reverse else ''}."
