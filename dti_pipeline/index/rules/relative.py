"""Rules that compare units: relative to the best, and min-max.

The units compared are those scored together: all assessed units that share the framework in one
ranking pool. Another unit's figure can therefore move a unit's points; results name that.
"""

from abc import abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from typing import ClassVar, Literal

import polars as pl

from dti_pipeline.exact import half_up, least_share, share_of
from dti_pipeline.index.rules import formulas
from dti_pipeline.index.rules.formulas import Cells
from dti_pipeline.index.rules.measure import MeasureRule
from dti_pipeline.index.rules.rule import Changes, Present, ScoredPart
from schemas.messages import sentence
from schemas.text import Language

Ratio = tuple[int, int]
"""Numerator and denominator, the denominator above zero."""


class RelativeRule(MeasureRule):
    """Base of rules that compare a unit's measure with the other units' measures.

    Single figures are compared as whole numbers. Ratios are compared crosswise, in Python: products
    of three of their figures need more than 128 bits.
    """

    is_relative: ClassVar[bool] = True
    reverse: bool = False

    def helpers(self, part: ScoredPart) -> list[pl.Expr]:
        num, den = self.pair(part)
        if self.value is not None:
            return [num.alias(part.helper("numerator"))]
        return [num.alias(part.helper("numerator")), den.alias(part.helper("denominator"))]

    def score(self, part: ScoredPart) -> pl.Expr:
        num = pl.col(part.helper("numerator"))
        if self.value is not None:
            return self.score_whole(num, part.maximum)

        def scores(columns: Sequence[pl.Series]) -> pl.Series:
            entries = _ratios(*columns)
            ratios = [entry for entry in entries if entry is not None]
            if not ratios:
                return pl.Series([None] * len(entries), dtype=pl.Int64)
            extremes = _extremes(ratios)
            points = [e and self.points_of_ratio(e, *extremes, part.maximum) for e in entries]
            return pl.Series(points, dtype=pl.Int64)

        return pl.map_batches(
            [num, pl.col(part.helper("denominator"))], scores, return_dtype=pl.Int64
        )

    def formula(self, part: ScoredPart, cells: Cells) -> str:
        return self.where_measured(formulas.OTHERS, cells)

    @abstractmethod
    def score_whole(self, own: pl.Expr, maximum: int) -> pl.Expr:
        """Score whole numbers of one unit of measure against each other."""

    @abstractmethod
    def points_of_ratio(
        self, ratio: Ratio, least: Ratio, largest: Ratio, maximum: int
    ) -> int | None:
        """Score a ratio among those between the least and the largest."""

    def extremes(self, frame: pl.DataFrame, part: ScoredPart) -> dict[str, Fraction]:
        """Return the ``best`` (largest) and the ``worst`` (smallest) measure of a frame's units."""
        columns = [frame[helper.meta.output_name()] for helper in self.helpers(part)]
        ratios = [entry for entry in _ratios(*columns) if entry is not None]
        if not ratios:
            return {}
        worst, best = _extremes(ratios)
        return {"best": Fraction(*best), "worst": Fraction(*worst)}

    def at_least(self, measure: Fraction, part: ScoredPart, now: Present) -> Changes | None:
        """Return the figures that bring the measure up to ``measure``."""
        den = 1 if self.value is not None else self.pair_now(part, now)[1]
        return self.raised(ceil(measure * den), part, now) if den > 0 else None

    def at_most(self, measure: Fraction, part: ScoredPart, now: Present) -> Changes | None:
        """Return the figures that bring the measure down to ``measure``."""
        den = 1 if self.value is not None else self.pair_now(part, now)[1]
        return self.lowered(floor(measure * den), part, now) if den > 0 else None


def _ratios(numerators: pl.Series, denominators: pl.Series | None = None) -> list[Ratio | None]:
    """Pair the figures; None where a denominator is zero or a figure missing."""
    if denominators is None:
        return [None if num is None else (num, 1) for num in numerators.to_list()]
    pairs = zip(numerators.to_list(), denominators.to_list(), strict=True)
    return [None if num is None or not den else (num, den) for num, den in pairs]


def _extremes(ratios: Sequence[Ratio]) -> tuple[Ratio, Ratio]:
    """Return the smallest and the largest ratio."""
    least_num, least_den = best_num, best_den = ratios[0]
    for num, den in ratios:
        if num * best_den > best_num * den:
            best_num, best_den = num, den
        elif num * least_den < least_num * den:
            least_num, least_den = num, den
    return (least_num, least_den), (best_num, best_den)


class Best(RelativeRule):
    """Points = measure / largest measure × maximum; ``reverse``: smallest / measure × maximum.

    Null where the best is zero: nobody has anything. With ``reverse`` a unit at zero cannot be
    beaten and gets the maximum.
    """

    kind: Literal["best"] = "best"

    def score_whole(self, own: pl.Expr, maximum: int) -> pl.Expr:
        if self.reverse:
            return (
                pl.when(own <= 0)
                .then(pl.lit(maximum, dtype=pl.Int64))
                .otherwise(share_of(own.min(), own, maximum))
            )
        return pl.when(own.max() > 0).then(share_of(own, own.max(), maximum))

    def points_of_ratio(
        self, ratio: Ratio, least: Ratio, largest: Ratio, maximum: int
    ) -> int | None:
        num, den = ratio
        if self.reverse:
            best_num, best_den = max(least[0], 0), least[1]
            return maximum if num <= 0 else half_up(maximum * best_num * den, best_den * num)
        best_num, best_den = largest
        if best_num <= 0:
            return None
        return half_up(maximum * max(num, 0) * best_den, best_num * den)

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
            return self.at_least(least_share(points, part.maximum) * best, part, now)
        if "worst" not in now:
            return None
        most = max(now["worst"], 0) / least_share(points, part.maximum)
        return self.at_most(most, part, now)

    def render(self, part: ScoredPart, language: Language) -> str:
        text, top = self.measure_text(part, language), part.top_text(language)
        text = text if self.value else f"({text})"
        if self.reverse:
            return sentence("rules.best_reverse", language, text=text, top=top)
        return sentence("rules.best", language, text=text, top=top)


class MinMax(RelativeRule):
    """Points = (measure - smallest) / (largest - smallest) × maximum; ``reverse`` turns it.

    All units equal: the maximum for each.
    """

    kind: Literal["min_max"] = "min_max"

    def score_whole(self, own: pl.Expr, maximum: int) -> pl.Expr:
        low, high = own.min(), own.max()
        above = high - own if self.reverse else own - low
        return (
            pl.when(own.is_not_null() & (low == high))
            .then(pl.lit(maximum, dtype=pl.Int64))
            .otherwise(share_of(above, high - low, maximum))
        )

    def points_of_ratio(
        self, ratio: Ratio, least: Ratio, largest: Ratio, maximum: int
    ) -> int | None:
        (num, den), (low, low_den), (high, high_den) = ratio, least, largest
        # Differences of ratios, as numerators over the product of both denominators.
        width = high * low_den - low * high_den
        if width == 0:
            return maximum
        if self.reverse:
            return half_up(maximum * low_den * (high * den - num * high_den), den * width)
        return half_up(maximum * high_den * (num * low_den - low * den), den * width)

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        """Bring the measure to the needed place between the extremes."""
        low, high = now.get("worst"), now.get("best")
        if low is None or high is None or points > part.maximum:
            return None
        if points <= 0:
            return {}
        way = least_share(points, part.maximum) * (high - low)
        if self.reverse:
            return self.at_most(high - way, part, now)
        return self.at_least(low + way, part, now)

    def render(self, part: ScoredPart, language: Language) -> str:
        text, top = self.measure_text(part, language), part.top_text(language)
        if self.reverse:
            return sentence("rules.min_max_reverse", language, text=text, top=top)
        return sentence("rules.min_max", language, text=text, top=top)
