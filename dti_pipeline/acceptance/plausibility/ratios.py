"""Checks on what rules measure: more than the whole, and heaps just above a threshold."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import polars as pl

from dti_pipeline.acceptance.plausibility.book import Book
from dti_pipeline.acceptance.plausibility.settings import Heaping
from dti_pipeline.exact import MICRO, figure_text
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.index.rules.ladder import Ladder
from dti_pipeline.index.rules.measure import AllOrNothing, Cliff, MeasureRule, Ratio, Target
from dti_pipeline.index.rules.rule import ScoredPart, percent
from schemas.issues.issue import Issue, make
from schemas.text import Text

# Rules whose ratio is a share of a whole: above one, a figure is wrong.
_SHARES: Final = (Ratio, Cliff, AllOrNothing)


@dataclass(frozen=True)
class _Measured:
    """One part of a component that measures something."""

    component: ScoredComponent
    rule: MeasureRule
    part: ScoredPart


def _measured(book: Book) -> Iterator[_Measured]:
    for component in book.framework.components:
        for part in component.parts:
            if isinstance(part.rule, MeasureRule):
                yield _Measured(component, part.rule, part)


def numerators_above(book: Book) -> Iterator[Issue]:
    """Yield numerators that are larger than their denominators.

    Only where all figures are in one unit of measure: firms per thousand people may exceed one.
    """
    for one in _measured(book):
        rule, variables = one.rule, one.component.component.variables
        is_share = isinstance(rule, _SHARES) or (isinstance(rule, Target) and rule.target < 1)
        units = {variables[name].unit for name in (*rule.numerator, *rule.denominator)}
        if not is_share or len(units) != 1:
            continue
        num, den = rule.pair(one.part)
        above = book.wide.select("unit_id", num=num, den=den).filter(
            (pl.col("num") > pl.col("den")) & (pl.col("den") > 0)
        )
        for unit_id, numerator, denominator in above.iter_rows():
            yield book.issue(
                "value.numerator_above_denominator",
                unit_id=unit_id,
                code=one.component.code,
                name=rule.numerator[0],
                numerator=figure_text(numerator),
                denominator=figure_text(denominator),
                action_taken="the ratio counts as 1",
            )


def heaps(book: Book, settings: Heaping) -> Iterator[Issue]:
    """Yield thresholds that suspiciously many units pass by a hair."""
    for one in _measured(book):
        for threshold in _thresholds(one, settings):
            above, below = _beside(book, one, threshold, settings.width)
            if above >= settings.least_units and above >= settings.times * max(below, 1):
                component = one.component
                is_count = one.rule.value is not None and not one.part.is_percent(one.rule.value)
                yield make(
                    "heaping.above_threshold",
                    component_code=component.code,
                    count=above,
                    threshold=str(threshold) if is_count else percent(threshold),
                    variable=Text(component.component.name_vi, component.component.name_en),
                )


def _thresholds(one: _Measured, settings: Heaping) -> Iterator[Fraction]:
    """Yield the thresholds above which a rule gives more points in a jump."""
    rule = one.rule
    if isinstance(rule, Target) and rule.below == "ratio":
        yield rule.target
    elif isinstance(rule, Cliff):
        yield rule.floor
    elif isinstance(rule, Ladder):
        is_share = rule.value is None or one.part.is_percent(rule.value)
        for operator, threshold, _ in rule.rungs:
            if operator in (">=", ">") and (is_share or threshold >= settings.least_count):
                yield threshold


def _beside(book: Book, one: _Measured, threshold: Fraction, width: Fraction) -> tuple[int, int]:
    """Count the units just above (or at) and just below a threshold, exactly."""
    num, den = one.rule.pair(one.part)

    def reaches(share: Fraction) -> pl.Expr:
        return num * share.denominator >= den * share.numerator

    here, top = reaches(threshold), reaches(threshold * (1 + width))
    bottom = reaches(threshold * (1 - width))
    counts = book.wide.filter(den > 0).select(
        above=(here & ~top).sum(), below=(bottom & ~here).sum()
    )
    above, below = counts.row(0)
    return int(above), int(below)


def figure_limit(figure: Fraction) -> int:
    """Return a threshold for figures in millionths."""
    return int(figure * MICRO)
