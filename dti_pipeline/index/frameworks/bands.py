"""Bands of results: intervals in percent of a maximum, each with its closed sides written out.

Local practice differs in thresholds and in which side is closed (Kon Tum 2023: 70 % is Khá;
Lào Cai 2023: 75 % is not yet the band above). So a band is an interval, and a set of bands must
cover 0 to 100 % without gap or overlap.
"""

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import polars as pl

from dti_pipeline.exact import show, wide
from schemas.files.errors import SettingError
from schemas.files.framework import Band
from schemas.files.model import parse_fraction
from schemas.messages import message
from schemas.text import Text

_INTERVAL = re.compile(r"^\s*([\[(])\s*([^,\s]+)\s*,\s*([^\])\s]+)\s*([\])])\s*$")


@dataclass(frozen=True)
class Interval:
    """An interval of exact percentages.

    An end is a place beside a number: just before it, or just behind. Places are pairs, which
    compare in their order; where one interval ends as another starts, nothing lies between them
    and nothing in both.

    Attributes:
        start: the low end, and whether the interval begins just above it.
        end: the high end, and whether the interval holds it.
    """

    start: tuple[Fraction, bool]
    end: tuple[Fraction, bool]

    @classmethod
    @lru_cache(maxsize=1024)  # the same few texts are asked for by every component of every unit
    def parse(cls, text: str) -> "Interval":
        """Read ``[70, 90)``; refuse what is no interval or holds nothing."""
        match = _INTERVAL.match(text)
        if match is None:
            raise SettingError("framework_file.no_interval", text=text)
        start, end = parse_fraction(match[2]), parse_fraction(match[3])
        interval = cls((start, match[1] == "("), (end, match[4] == "]"))
        if interval.start >= interval.end:
            raise SettingError("framework_file.empty_interval", text=text)
        return interval

    def holds(self, points: pl.Expr, maximum: pl.Expr) -> pl.Expr:
        """Say exactly whether 100 × points / maximum lies inside (integers in micro-points)."""
        percent, whole = wide(points) * 100, wide(maximum)
        (low, is_above), (high, is_closed) = self.start, self.end
        left, least = percent * low.denominator, whole * low.numerator
        right, most = percent * high.denominator, whole * high.numerator
        return (left > least if is_above else left >= least) & (
            right <= most if is_closed else right < most
        )


def band_problems(bands: list[Band]) -> list[Text]:
    """Return gaps, overlaps and malformed intervals of a set of bands; empty where all is well."""
    repeated = message("framework_file.repeated")
    problems = [
        message("framework_file.in_band", code=code, text=repeated)
        for code, times in Counter(band.code for band in bands).items()
        if times > 1
    ]
    spans: list[tuple[Interval, Band]] = []
    for band in bands:
        try:
            spans.append((Interval.parse(band.range), band))
        except SettingError as error:
            problems.append(message("framework_file.in_band", code=band.code, text=error.text))
    if problems or not bands:
        return problems
    spans.sort(key=lambda span: (span[0].start, span[0].end[0]))
    if spans[0][0].start > (Fraction(0), False):
        problems.append(message("framework_file.bands_without", percent=0))
    if max(interval.end for interval, _ in spans) < (Fraction(100), True):
        problems.append(message("framework_file.bands_without", percent=100))
    for (left, a), (right, b) in pairwise(spans):
        names = message(
            "framework_file.two_bands", a=a.code, range_a=a.range, b=b.code, range_b=b.range
        )
        if right.start > left.end:
            at = show(left.end[0])
            problems.append(message("framework_file.bands_gap", bands=names, percent=at))
        elif right.start < left.end:
            at = show(right.start[0])
            problems.append(message("framework_file.bands_overlap", bands=names, percent=at))
    return problems


def band_of(points: pl.Expr, maximum: pl.Expr, bands: list[Band]) -> pl.Expr:
    """Return the band code of points out of maximum; null where the maximum is zero."""
    code: pl.Expr = pl.lit(None, dtype=pl.String)
    for band in bands:
        inside = Interval.parse(band.range).holds(points, maximum)
        code = pl.when((maximum > 0) & inside).then(pl.lit(band.code)).otherwise(code)
    return code
