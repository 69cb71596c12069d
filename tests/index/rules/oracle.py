"""Slow and obvious scoring in exact fractions, written from the rules' descriptions alone."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any

Row = Mapping[str, Fraction | None]
"""Ratios of different units are compared rounded to a trillionth: a decision of this project."""


def half_up(number: Fraction) -> int:
    return floor(number + Fraction(1, 2))


def fraction(text: str | int) -> Fraction:
    text = str(text)
    return Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)


def points(share: Fraction, maximum: Fraction) -> int:
    return half_up(min(max(share, Fraction(0)), Fraction(1)) * maximum * 10**6)


def names(side: str | Sequence[str]) -> Sequence[str]:
    return [side] if isinstance(side, str) else side


def measure(rule: Mapping[str, Any], row: Row, kinds: Mapping[str, str]) -> Fraction | None:
    """Return the ratio or figure; None where one is missing or the denominator is zero."""
    if "value" in rule:
        value = row[rule["value"]]
        if value is None:
            return None
        return value / 100 if kinds[rule["value"]] == "percent" else value
    above, below = (
        [row[name] for name in names(rule[side])] for side in ("numerator", "denominator")
    )
    if None in above or None in below or sum(below) == 0:  # type: ignore[arg-type]
        return None
    return Fraction(sum(above)) / sum(below)  # type: ignore[arg-type]


def holds(figure: Fraction, step: str) -> bool:
    operator, threshold = step.split(":", maxsplit=1)[0].split()
    limit = fraction(threshold)
    return {">=": figure >= limit, ">": figure > limit, "<=": figure <= limit, "<": figure < limit}[
        operator
    ]


def score_all(
    rule: Mapping[str, Any],
    rows: Sequence[Row],
    *,
    kinds: Mapping[str, str],
    maximum: Fraction,
    options: Mapping[str, Sequence[str]],
) -> list[int | None]:
    """Return micro-points of all units; answers are numbers of options."""
    if rule["kind"] in ("best", "min_max"):
        return relative(rule, rows, kinds, maximum)
    return [score(rule, row, kinds, maximum, options) for row in rows]


def score(
    rule: Mapping[str, Any],
    row: Row,
    kinds: Mapping[str, str],
    maximum: Fraction,
    options: Mapping[str, Sequence[str]],
) -> int | None:
    kind = rule["kind"]
    if kind in ("yes_no", "choice", "per_period"):
        return answered(rule, row, maximum, options)
    if kind in ("coverage", "given", "bonus", "penalty", "remainder"):
        return counted(rule, row, maximum)
    if kind == "ladder" and "gate" in rule and row[rule["gate"]] != 1:
        return None if row[rule["gate"]] is None else 0
    r = measure(rule, row, kinds)
    if r is None:
        return None
    if kind == "ratio":
        return points(1 - r if rule.get("reverse") else r, maximum)
    if kind == "target":
        target = fraction(rule["target"])
        if r >= target:
            return points(Fraction(1), maximum)
        return points(r / target if rule.get("below") == "scaled" else r, maximum)
    if kind == "cliff":
        full, floor_ = fraction(rule.get("full", 1)), fraction(rule.get("floor", "9/10"))
        return points(Fraction(1) if r >= full else r if r >= floor_ else Fraction(0), maximum)
    if kind == "all_or_nothing":
        return points(Fraction(r >= fraction(rule.get("full", 1))), maximum)
    assert kind == "ladder"
    for step in rule["steps"]:
        if holds(r, step):
            return points(fraction(step.split(":")[1].strip()), maximum)
    return 0


def answered(
    rule: Mapping[str, Any], row: Row, maximum: Fraction, options: Mapping[str, Sequence[str]]
) -> int | None:
    if rule["kind"] == "per_period":
        answers = [(name, row[name]) for name in rule["values"]]
        if all(answer is None for _, answer in answers):
            return None
        total = sum(
            (fraction(rule["points"][options[n][int(a)]]) for n, a in answers if a is not None),
            Fraction(0),
        )
        return half_up(min(total, maximum) * 10**6)
    answer = row[rule["value"]]
    if answer is None:
        return None
    if rule["kind"] == "yes_no":
        return points(answer, maximum)
    return points(fraction(rule["fractions"][options[rule["value"]][int(answer)]]), maximum)


def counted(rule: Mapping[str, Any], row: Row, maximum: Fraction) -> int | None:
    if rule["kind"] == "remainder":
        parts = [row[name] for name in rule["less"]]
        total = row[rule["total"]]
        if total is None or None in parts:
            return None
        rest = total * fraction(rule["total_points"]) - sum(
            row[name] * fraction(top)  # type: ignore[operator]
            for name, top in rule["less"].items()
        )
        return half_up(rest * 10**6)
    value = row[rule["value"]]
    if value is None:
        return None
    if rule["kind"] == "coverage":
        return points(value / rule["of"], maximum)
    if rule["kind"] == "given":
        return points(value if rule.get("unit") == "fraction" else value / maximum, maximum)
    moved = half_up(min(value * fraction(rule["each"]), fraction(rule["cap"])) * 10**6)
    return moved if rule["kind"] == "bonus" else -moved


def relative(
    rule: Mapping[str, Any], rows: Sequence[Row], kinds: Mapping[str, str], maximum: Fraction
) -> list[int | None]:
    measures = [measure(rule, row, kinds) for row in rows]
    known = [r for r in measures if r is not None]
    low, high = min(known, default=None), max(known, default=None)

    def one(r: Fraction | None) -> int | None:
        if r is None or low is None or high is None:
            return None
        if rule["kind"] == "min_max":
            if low == high:
                return points(Fraction(1), maximum)
            return points((high - r if rule.get("reverse") else r - low) / (high - low), maximum)
        if rule.get("reverse"):
            return points(low / r if r else Fraction(1), maximum)
        return points(r / high, maximum) if high else None

    return [one(r) for r in measures]
