"""From a wanted share of points back to figures: what a unit must have reported to score that.

``Rule.reach`` gives the least figure for a plan. Samples want figures as they occur: somewhere
between two steps of a ladder, somewhere above a target, not heaped on the thresholds.
"""

from collections.abc import Mapping
from fractions import Fraction
from random import Random
from typing import Final

from dti_pipeline.exact import MICRO
from dti_pipeline.index.rules.answers import Choice, PerPeriod, YesNo
from dti_pipeline.index.rules.given import Given
from dti_pipeline.index.rules.ladder import Ladder
from dti_pipeline.index.rules.measure import (
    AllOrNothing,
    Cliff,
    Coverage,
    MeasureRule,
    Ratio,
    Target,
)
from dti_pipeline.index.rules.rule import ScoredPart

# Smallest step of a made-up figure, in millionths of its unit: whole things, two decimals of
# amounts and one of percentages (three would read as thousands in a text table), four of ratios.
GRAIN: Final = {"count": MICRO, "amount": MICRO // 100, "percent": MICRO // 10, "ratio": 100}
# Measures stray this far from the wanted share on both sides, so that no two units look alike.
STRAY: Final = Fraction(1, 100)
# A share between nothing and everything must not round to either: it takes at least one step.
SOMETHING: Final = Fraction(1, 10**9)
# Steps over a count are open above: figures go up to this multiple of the highest step.
ABOVE: Final = Fraction(8, 5)


def figures_for(
    part: ScoredPart, share: Fraction, *, figures: Mapping[str, int], random: Random
) -> dict[str, int]:
    """Return figures that score about ``share`` of the part's maximum.

    Args:
        part: a rule that looks at one unit alone, with its maximum and variables.
        share: 0 and 1 are met exactly, and so are the levels of rules with steps.
        figures: figures already settled, denominators among them, in millionths.
        random: places figures within what the share leaves open.

    Returns:
        Variable → figure in millionths, for all variables of the rule that are not among these.

    Raises:
        TypeError: for rules that compare units.
    """
    rule = part.rule
    match rule:
        case YesNo():
            return {rule.value: MICRO if share else 0}
        case Choice():
            options = part.options(rule.value)
            nearest = min(options, key=lambda option: abs(rule.fractions[option] - share))
            return {rule.value: options.index(nearest) * MICRO}
        case PerPeriod():
            return _periods(rule, share, part, random)
        case Coverage():
            return {rule.value: round(share * rule.of) * MICRO}
        case Given():
            aim = _stray(share, random) * rule.whole(part.maximum)
            return {rule.value: round(aim / GRAIN["ratio"]) * GRAIN["ratio"]}
        case Ladder(gate=str() as gate) if share == 0:
            return {gate: 0, **{name: 0 for name in rule.names() if name != gate}}
        case Ladder(gate=str() as gate):
            return {gate: MICRO, **_measured(rule, share, part, figures, random)}
        case Ladder() | Ratio() | Target() | Cliff() | AllOrNothing():
            return _measured(rule, share, part, figures, random)
    msg = f"no sample figures for a rule of the kind {type(rule).__name__}"
    raise TypeError(msg)


def _periods(rule: PerPeriod, share: Fraction, part: ScoredPart, random: Random) -> dict[str, int]:
    """Draw answers for the periods, one after another, each at most what is left to reach."""
    left = share * Fraction(part.maximum, MICRO)
    answers = {}
    names = list(rule.values)
    random.shuffle(names)
    for name in names:
        options = part.options(name)
        fitting = [option for option in options if rule.points[option] <= left]
        answer = max(fitting, key=lambda option: rule.points[option])
        left -= rule.points[answer]
        answers[name] = options.index(answer) * MICRO
    return {name: answers[name] for name in rule.values}


def _measured(
    rule: MeasureRule,
    share: Fraction,
    part: ScoredPart,
    figures: Mapping[str, int],
    random: Random,
) -> dict[str, int]:
    """Set a measure within the stretch that gives the share."""
    low, high, aim = _stretch(rule, share, random)
    if rule.value is not None:
        grain = _grain(part, rule.value)
        return {rule.value: _between(low, high, aim, rule.unit_of(part), grain)}
    whole = sum(figures[name] for name in rule.denominator)
    *first, last = rule.numerator
    others = {name: figures[name] for name in first if name in figures}
    grain = _grain(part, last)
    top = _between(low, high, aim, whole, grain)
    if 0 < len(first) == len(rule.denominator) - 1:
        # (b + d) / (a + c): each takes its partner's part, so that none passes it.
        for name, partner in zip(first, rule.denominator, strict=False):
            others[name] = top * figures[partner] // whole // grain * grain
        return others | {last: top - sum(others.values())}
    # What several figures make up together is split unevenly; the last one takes the rest.
    for name in first:
        if name not in figures:
            others[name] = int(top * random.uniform(0.2, 0.5)) // grain * grain
    return others | {last: max(top - sum(others.values()), 0)}


def _stretch(
    rule: MeasureRule, share: Fraction, random: Random
) -> tuple[Fraction, Fraction | None, Fraction]:
    """Return the measure's lower bound (closed), upper bound (open, or None) and aim."""
    at = Fraction(random.randrange(1, 1000), 1000)
    zero, one = Fraction(0), Fraction(1)
    aim = _stray(share, random)
    match rule:
        case Ratio(reverse=True):
            return (one - share, None, one - share)
        case Ratio():
            return (share, None, share) if share in (0, 1) else (SOMETHING, one, aim)
        case Target(target=target, below=below) if share == 1:
            # Above a target of a small share, figures stay near it; a share ends at 100 %.
            top = min(one, target * ABOVE) if below == "ratio" else target * ABOVE
            return (target, None, target + (top - target) * at)
        case Target(target=target, below=below):
            measure = aim if below == "ratio" else aim * target
            return (SOMETHING, target, measure) if share else (zero, target, zero)
        case Cliff(full=full, floor=floor):
            if share == 1:
                return (full, None, full)
            return (floor, full, aim) if share else (zero, floor, floor * (3 + 2 * at) / 5)
        case AllOrNothing(full=full):
            return (full, None, full) if share else (zero, full, full * (3 + 2 * at) / 5)
        case Ladder():
            return _step(rule, share, at)
    msg = f"no sample figures for a rule of the kind {type(rule).__name__}"
    raise TypeError(msg)


def _stray(share: Fraction, random: Random) -> Fraction:
    """Move a share that is neither 0 nor 1 a little."""
    if share in (0, 1):
        return share
    return min(max(share + STRAY * Fraction(random.randrange(-999, 1000), 1000), STRAY), 1 - STRAY)


def _step(
    rule: Ladder, share: Fraction, at: Fraction
) -> tuple[Fraction, Fraction | None, Fraction]:
    """Return the stretch between the step that gives the share and the next one above it."""
    rungs = [(threshold, fraction) for _, threshold, fraction in rule.rungs]
    top = Fraction(1) if rule.value is None else rungs[0][0] * ABOVE
    for above, (threshold, fraction) in zip([top, *(r[0] for r in rungs)], rungs, strict=False):
        if fraction <= share:
            bound = None if above == top else above
            return (threshold, bound, threshold + (above - threshold) * at)
    return (Fraction(0), rungs[-1][0], rungs[-1][0] * at * Fraction(1, 2))


def _between(low: Fraction, high: Fraction | None, aim: Fraction, whole: int, grain: int) -> int:
    """Return the multiple of ``grain`` nearest to aim × whole that respects both bounds."""
    figure = round(aim * whole / grain) * grain
    figure = max(figure, -int(-low * whole // grain) * grain)
    if high is not None:
        figure = min(figure, (-int(-high * whole // grain) - 1) * grain)
    return figure


def _grain(part: ScoredPart, name: str) -> int:
    return GRAIN.get(part.variables[name].kind, MICRO)
