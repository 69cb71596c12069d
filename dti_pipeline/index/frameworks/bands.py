"""Bands of results: intervals in percent of a maximum, each with its closed sides written out.

Local practice differs in thresholds and in which side is closed (Kon Tum 2023: 70 % is Khá;
Lào Cai 2023: 75 % is not yet the band above). So a band is an interval, and a set of bands must
cover 0 to 100 % without gap or overlap.
"""

import itertools
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import polars as pl

from dti_pipeline.exact import show, wide
from schemas.files.framework import Band
from schemas.files.model import parse_fraction

_INTERVAL = re.compile(r"^\s*([\[(])\s*([^,\s]+)\s*,\s*([^\])\s]+)\s*([\])])\s*$")


@dataclass(frozen=True)
class Interval:
    """An interval of exact percentages with its closed sides."""

    low: Fraction
    high: Fraction
    low_closed: bool
    high_closed: bool

    @classmethod
    @lru_cache(maxsize=1024)  # the same few texts are asked for by every component of every unit
    def parse(cls, text: str) -> "Interval":
        """Read ``[70, 90)``.

        Raises:
            ValueError: if the text is no interval or holds nothing.
        """
        match = _INTERVAL.match(text)
        if match is None:
            msg = f'"{text}" is not an interval; write for example "[70, 90)"'
            raise ValueError(msg)
        interval = cls(
            low=parse_fraction(match[2]),
            high=parse_fraction(match[3]),
            low_closed=match[1] == "[",
            high_closed=match[4] == "]",
        )
        empty = interval.low == interval.high and not (interval.low_closed and interval.high_closed)
        if interval.low > interval.high or empty:
            msg = f'"{text}" holds no value'
            raise ValueError(msg)
        return interval

    def holds(self, points: pl.Expr, maximum: pl.Expr) -> pl.Expr:
        """Say exactly whether 100 × points / maximum lies inside (integers in micro-points)."""
        percent, whole = wide(points) * 100, wide(maximum)
        left, low = percent * self.low.denominator, whole * self.low.numerator
        right, high = percent * self.high.denominator, whole * self.high.numerator
        return (left >= low if self.low_closed else left > low) & (
            right <= high if self.high_closed else right < high
        )


def band_problems(bands: list[Band]) -> list[str]:
    """Return gaps, overlaps and malformed intervals of a set of bands; empty where all is well."""
    problems = []
    spans: list[tuple[Interval, Band]] = []
    for band in bands:
        try:
            spans.append((Interval.parse(band.range), band))
        except ValueError as error:
            problems.append(f"band '{band.code}': {error}")
    if problems or not bands:
        return problems
    spans.sort(key=lambda span: (span[0].low, not span[0].low_closed, span[0].high))
    first, last = spans[0][0], max(spans, key=lambda s: (s[0].high, s[0].high_closed))[0]
    if not (first.low < 0 or (first.low == 0 and first.low_closed)):
        problems.append("bands leave out 0 %")
    if not (last.high > 100 or (last.high == 100 and last.high_closed)):
        problems.append("bands leave out 100 %")
    for (left, a), (right, b) in itertools.pairwise(spans):
        names = f"bands '{a.code}' {a.range} and '{b.code}' {b.range}"
        if right.low > left.high or (
            right.low == left.high and not (left.high_closed or right.low_closed)
        ):
            problems.append(f"{names} leave a gap at {show(left.high)} %")
        elif right.low < left.high or (left.high_closed and right.low_closed):
            problems.append(f"{names} overlap at {show(right.low)} %")
    return problems


def band_of(points: pl.Expr, maximum: pl.Expr, bands: list[Band]) -> pl.Expr:
    """Return the band code of points out of maximum; null where the maximum is zero."""
    code: pl.Expr = pl.lit(None, dtype=pl.String)
    for band in bands:
        inside = Interval.parse(band.range).holds(points, maximum)
        code = pl.when((maximum > 0) & inside).then(pl.lit(band.code)).otherwise(code)
    return code
