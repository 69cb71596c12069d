"""Checks on what rules measure: more than the whole, nothing to divide by, no spread, heaps."""

from collections.abc import Collection, Iterator
from fractions import Fraction
from typing import Final

import polars as pl

from dti_pipeline.acceptance.plausibility.checked_figures import CheckedFigures
from dti_pipeline.acceptance.plausibility.settings import Heaping
from dti_pipeline.exact import figure_words, show
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.index.rules.ladder import Ladder
from dti_pipeline.index.rules.measure import (
    AllOrNothing,
    Cliff,
    MeasureRule,
    Ratio,
    Target,
    reaches,
)
from dti_pipeline.index.rules.relative import RelativeRule
from dti_pipeline.index.rules.rule import ScoredPart, percent
from schemas.issues.issue import Issue, make
from schemas.text import Text

# Rules whose ratio is a share of a whole: above one, a figure is wrong.
_SHARES: Final = (Ratio, Cliff, AllOrNothing)

# What a denominator of zero counts, by the policy of framework or assessment.
_OUTCOMES: Final = {
    "zero": Text("tính 0 điểm", "no points"),
    "not_applicable": Text("tính là không phát sinh", "counts as not applicable"),
}


def _measures(
    figures: CheckedFigures,
) -> Iterator[tuple[ScoredComponent, ScoredPart, MeasureRule]]:
    for component in figures.framework.components:
        for part in component.parts:
            if isinstance(part.rule, MeasureRule):
                yield component, part, part.rule


def numerators_above(figures: CheckedFigures) -> Iterator[Issue]:
    """Yield numerators that are larger than their denominators.

    Only where all figures are in one unit of measure: firms per thousand people may exceed one.
    """
    for component, part, rule in _measures(figures):
        is_share = isinstance(rule, _SHARES) or (isinstance(rule, Target) and rule.target < 1)
        units = {part.variables[name].unit for name in (*rule.numerator, *rule.denominator)}
        if not is_share or len(units) != 1:
            continue
        num, den = rule.pair(part)
        above = figures.wide.filter(num > den, den > 0).select("unit_id", num=num, den=den)
        for unit_id, numerator, denominator in above.iter_rows():
            yield figures.issue(
                "value.numerator_above_denominator",
                unit_id=unit_id,
                code=component.code,
                name=rule.numerator[0],
                numerator=figure_words(numerator),
                denominator=figure_words(denominator),
                action_taken="the ratio counts as 1",
            )


def zero_denominators(
    figures: CheckedFigures, not_assessed: Collection[str], default: str | None
) -> Iterator[Issue]:
    """Yield ratios with nothing to divide by; they block unless somebody says what they count.

    A ratio that the result does not need, because a ladder's gate is closed, is none. ``default``
    is the assessment's policy where a component has none.
    """
    for component, part, rule in _measures(figures):
        if not rule.denominator or component.code in not_assessed:
            continue
        policy = component.component.zero_denominator or default
        outcome = {"outcome": _OUTCOMES[policy]} if policy else {}
        num, den = rule.pair(part)
        undivided = figures.wide.filter(rule.is_measured(part), den == 0, num.is_not_null())
        for unit_id, above in undivided.select("unit_id", num=num).iter_rows():
            yield figures.issue(
                "value.zero_denominator_decided" if policy else "value.zero_denominator",
                unit_id=unit_id,
                code=component.code,
                name=rule.denominator[0],
                numerator=figure_words(above),
                variable=figures.label(component.code, rule.denominator[0]),
                **outcome,
            )


def without_spread(figures: CheckedFigures, not_assessed: Collection[str]) -> Iterator[Issue]:
    """Yield rules that compare units where all units have one value."""
    for component, part, rule in _measures(figures):
        if not isinstance(rule, RelativeRule) or component.code in not_assessed:
            continue
        num, den = rule.pair(part)
        measures = figures.wide.filter(num.is_not_null(), den > 0).select(num=num, den=den)
        is_same = pl.col("num") * pl.first("den") == pl.first("num") * pl.col("den")
        if measures.height > 1 and measures.select(is_same.all()).item():
            yield make(
                "value.no_spread",
                component_code=component.code,
                count=measures.height,
                value=show(Fraction(*measures.row(0))),
                variable=component.component.name,
            )


def heaps(figures: CheckedFigures, settings: Heaping) -> Iterator[Issue]:
    """Yield thresholds that suspiciously many units pass by a hair."""
    for component, part, rule in _measures(figures):
        is_share = rule.value is None or part.is_percent(rule.value)
        for threshold in _thresholds(rule, is_share, settings):
            above, below = _beside(figures.wide, rule, part, threshold, settings.width)
            if above >= settings.least_units and above >= settings.times * max(below, 1):
                yield make(
                    "heaping.above_threshold",
                    component_code=component.code,
                    count=above,
                    threshold=percent(threshold).en if is_share else str(threshold),
                    variable=component.component.name,
                )


def _thresholds(rule: MeasureRule, is_share: bool, settings: Heaping) -> Iterator[Fraction]:
    """Yield the thresholds above which a rule gives more points in a jump."""
    if isinstance(rule, Target) and rule.below == "ratio":
        yield rule.target
    elif isinstance(rule, Cliff):
        yield rule.floor
    elif isinstance(rule, Ladder):
        for operator, threshold, _ in rule.rungs:
            if operator in (">=", ">") and (is_share or threshold >= settings.least_count):
                yield threshold


def _beside(
    wide: pl.DataFrame, rule: MeasureRule, part: ScoredPart, threshold: Fraction, width: Fraction
) -> tuple[int, int]:
    """Count the units just above (or at) and just below a threshold, exactly."""
    num, den = rule.pair(part)
    bottom, here, top = (
        reaches(num, den, share)
        for share in (threshold * (1 - width), threshold, threshold * (1 + width))
    )
    counts = wide.filter(den > 0).select(above=(here & ~top).sum(), below=(bottom & ~here).sum())
    above, below = counts.row(0)
    return int(above), int(below)
