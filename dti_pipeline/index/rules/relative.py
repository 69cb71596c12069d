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

from dti_pipeline.exact import Weights, end_ratios, least_share, share_of_sums
from dti_pipeline.index.rules import formulas
from dti_pipeline.index.rules.measure import MeasureRule
from dti_pipeline.index.rules.rule import Changes, Present, ScoredPart
from schemas.text import Text


class RelativeRule(MeasureRule):
    """Base of rules that compare a unit's measure with the other units' measures.

    Ratios are compared crosswise; products of three of their figures may need more than 128 bits.
    """

    is_relative: ClassVar[bool] = True
    reverse: bool = False

    def helpers(self, part: ScoredPart) -> list[pl.Expr]:
        num, den = self.pair(part)
        measured = pl.when(den > 0).then(num)
        return [measured.alias(part.helper("numerator")), den.alias(part.helper("denominator"))]

    def score(self, part: ScoredPart) -> pl.Expr:
        def scores(columns: Sequence[pl.Series]) -> pl.Series:
            ratios = _ratios(*columns)
            extremes = _extremes(ratios)
            if extremes is None:
                return pl.repeat(None, ratios.height, dtype=pl.Int64, eager=True)
            return share_of_sums(ratios, *self.weights(*extremes), part.maximum)

        columns = [part.helper("numerator"), part.helper("denominator")]
        return pl.map_batches(columns, scores, return_dtype=pl.Int64)

    def points_formula(self, num: str, den: str, maximum: int) -> str:
        return formulas.OTHERS

    @abstractmethod
    def weights(self, least: Fraction, largest: Fraction) -> tuple[Weights, Weights]:
        """Return a ratio's share of the maximum as two sums of its numerator and denominator.

        Each sum is what both count in it; a share over zero is no score.
        """

    def extremes(self, frame: pl.DataFrame, part: ScoredPart) -> dict[str, Fraction]:
        """Return the ``best`` (largest) and the ``worst`` (smallest) measure of a frame's units."""
        columns = part.helper("numerator"), part.helper("denominator")
        extremes = _extremes(_ratios(*frame[columns]))
        return {} if extremes is None else {"worst": extremes[0], "best": extremes[1]}

    def at_least(self, measure: Fraction, part: ScoredPart, now: Present) -> Changes | None:
        """Return the figures that bring the measure up to ``measure``."""
        den = self.denominator_now(part, now)
        return self.raised(ceil(measure * den), part, now) if den > 0 else None

    def at_most(self, measure: Fraction, part: ScoredPart, now: Present) -> Changes | None:
        """Return the figures that bring the measure down to ``measure``."""
        den = self.denominator_now(part, now)
        return self.lowered(floor(measure * den), part, now) if den > 0 else None


def _ratios(numerators: pl.Series, denominators: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"num": numerators, "den": denominators})


def _extremes(ratios: pl.DataFrame) -> tuple[Fraction, Fraction] | None:
    """Return the smallest and the largest ratio."""
    ends = [(num, den) for num, den in end_ratios(ratios).rows() if num is not None]
    if not ends:
        return None
    least_num, least_den = best_num, best_den = ends[0]
    for num, den in ends:
        if num * best_den > best_num * den:
            best_num, best_den = num, den
        elif num * least_den < least_num * den:
            least_num, least_den = num, den
    return Fraction(least_num, least_den), Fraction(best_num, best_den)


class Best(RelativeRule):
    """Points = measure / largest measure × maximum; ``reverse``: smallest / measure × maximum.

    Null where the best is zero: nobody has anything. With ``reverse`` a unit at zero cannot be
    beaten and gets the maximum.
    """

    kind: Literal["best"] = "best"

    def score(self, part: ScoredPart) -> pl.Expr:
        points = super().score(part)
        if not self.reverse:
            return points
        is_least = pl.col(part.helper("numerator")) <= 0
        return pl.when(is_least).then(pl.lit(part.maximum, dtype=pl.Int64)).otherwise(points)

    def weights(self, least: Fraction, largest: Fraction) -> tuple[Weights, Weights]:
        if self.reverse:
            return (0, max(least, Fraction())), (1, 0)
        return (1, 0), (0, max(largest, Fraction()))

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        """Bring the measure to the needed share of the best unit's."""
        if points > part.maximum:
            return None
        if points <= 0:
            return self.at_least(Fraction(), part, now)
        if not self.reverse:
            best = now.get("best")
            if best is None or best <= 0:
                return None
            return self.at_least(least_share(points, part.maximum) * best, part, now)
        if "worst" not in now:
            return None
        most = max(now["worst"], 0) / least_share(points, part.maximum)
        return self.at_most(most, part, now)

    def words(self, part: ScoredPart) -> dict[str, object]:
        text = self.measure_text(part)
        return {"text": text if self.value else Text(f"({text.vi})", f"({text.en})")}


class MinMax(RelativeRule):
    """Points = (measure - smallest) / (largest - smallest) × maximum; ``reverse`` turns it.

    All units equal: the maximum for each.
    """

    kind: Literal["min_max"] = "min_max"

    def weights(self, least: Fraction, largest: Fraction) -> tuple[Weights, Weights]:
        if least == largest:
            return (0, 1), (0, 1)
        above = (-1, largest) if self.reverse else (1, -least)
        return above, (0, largest - least)

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        """Bring the measure to the needed place between the extremes."""
        low, high = now.get("worst"), now.get("best")
        if low is None or high is None or points > part.maximum:
            return None
        if points <= 0:
            return self.at_least(Fraction(), part, now)
        way = least_share(points, part.maximum) * (high - low)
        if self.reverse:
            return self.at_most(high - way, part, now)
        return self.at_least(low + way, part, now)
