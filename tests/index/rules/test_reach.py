"""What a rule says it allows is what it gives, and what it asks for gets there and no further."""

from fractions import Fraction
from typing import Any

import pytest

from dti_pipeline.index.rules.relative import RelativeRule
from dti_pipeline.index.rules.rule import Attainable, Changes, Present, ScoredPart
from tests.index.rules.cases import MICRO, part_of, score
from tests.index.rules.rules_in_use import RULES

# Figures that score least, where that is not zero of everything above 1,000 of everything below.
WORST: dict[str, dict[str, int]] = {
    "ratio, less is better": {"a": 1000},
    "ladder, less is better": {"x": 100},
    "penalty": {"n": 20},
    "choice": {"k": 2},
    "per period": {"q1": 2, "q2": 2, "q3": 2, "q4": 2},
    "per period, capped": {"q1": 2, "q2": 2, "q3": 2},
    "best, less is better": {"a": 1000},
    "min-max, less is better": {"x": 1000},
    "remainder": {"y": 1, "z": 1},
}
# Two other units, so that relative rules have a best and a worst one.
PEERS = [{"x": 800, "a": 900, "b": 1000}, {"x": 100, "a": 20, "b": 1000}]
ANSWERS = ("yes_no", "choice", "period")


def worst_of(name: str) -> dict[str, int]:
    rule, kinds = RULES[name]
    below = rule.get("denominator", ())
    base = {n: 1000 if n in below else 0 for n in kinds}
    return {n: v * MICRO for n, v in (base | WORST.get(name, {})).items()}


def points_of(name: str, row: dict[str, int]) -> int | None:
    rule, kinds = RULES[name]
    rows: list[dict[str, int | None]] = [{**row}]
    if rule["kind"] in ("best", "min_max"):
        rows += [{n: peer[n] * MICRO for n in kinds} for peer in PEERS]
    return score(part_of(rule, kinds), rows)[0]


def known(name: str, part: ScoredPart) -> dict[str, int]:
    """Return the present figures, and for relative rules the extremes among the others."""
    now = worst_of(name)
    if not isinstance(part.rule, RelativeRule):
        return now
    rows = [{n: peer[n] * MICRO for n in part.columns} for peer in PEERS]
    measures = [measure(part.rule, part, row) for row in rows]
    return now | {"best": max(measures), "worst": min(measures)}


def measure(rule: RelativeRule, part: ScoredPart, row: dict[str, int]) -> Fraction:
    """Return a unit's measure as it is compared; zero where its denominator is zero."""
    num, den = sum(row.get(name, 0) for name in rule.measured()), rule.denominator_now(part, row)
    return Fraction(num, den) if den > 0 else Fraction(0)


def reach(points: int, part: ScoredPart, now: Present) -> Changes | None:
    return part.rule.reach(points, part, now)


def at_least(allowed: Attainable, points: int) -> int | None:
    """Return the smallest attainable result that is not below ``points``."""
    results = [level for level in allowed.levels if level >= points]
    results += [max(low, points) for low, high in allowed.ranges if high >= points]
    return min(results, default=None)


def wanted(allowed: Attainable) -> list[int]:
    """Return points to ask for: all levels, ends of ranges, and places between."""
    marks = {*allowed.levels, *(end for span in allowed.ranges for end in span)}
    marks |= {low + (high - low) * k // 7 for low, high in allowed.ranges for k in range(1, 7)}
    return sorted({m + d for m in marks for d in (-1, 0, 1)} | {allowed.top() + 1})


@pytest.mark.parametrize("name", RULES)
def test_reach_gets_to_every_attainable_result_and_to_no_other(name: str) -> None:
    part = part_of(*RULES[name])
    now = known(name, part)
    allowed = part.rule.steps(part.maximum)
    for points in wanted(allowed):
        found = reach(points, part, now)
        if at_least(allowed, points) is None:
            assert found is None, points
            continue
        assert found is not None, points
        got = points_of(name, worst_of(name) | found)
        assert got is not None
        assert got >= points


@pytest.mark.parametrize(
    "name", [n for n, (_, k) in RULES.items() if not {*k.values()} & {*ANSWERS}]
)
def test_one_unit_less_of_the_changed_figure_is_not_enough(name: str) -> None:
    settings, kinds = RULES[name]
    part, worst = part_of(settings, kinds), worst_of(name)
    checked = 0
    for points in wanted(part.rule.steps(part.maximum)):
        found = reach(points, part, known(name, part))
        for variable, figure in (found or {}).items():
            unit = MICRO if kinds[variable] == "count" else 1
            back = unit if figure < worst[variable] else -unit
            short = points_of(name, worst | (found or {}) | {variable: figure + back})
            assert short is None or short < points, (points, variable)
            checked += 1
    assert checked


@pytest.mark.parametrize("name", [n for n, (_, k) in RULES.items() if {*k.values()} <= {*ANSWERS}])
def test_answers_are_improved_to_the_least_result_that_is_enough(name: str) -> None:
    part = part_of(*RULES[name])
    allowed = part.rule.steps(part.maximum)
    for points in wanted(allowed):
        found = reach(points, part, worst_of(name))
        if found is not None:
            got = points_of(name, worst_of(name) | found)
            assert got == at_least(allowed, max(points, 0))


def test_periods_already_reported_stay_and_as_few_as_possible_change() -> None:
    now = {"q1": 0, "q2": 1 * MICRO, "q3": 2 * MICRO, "q4": 2 * MICRO}
    found = reach(6_250_000, part_of(*RULES["per period"]), now)
    assert found is not None
    assert len(found) == 1
    assert points_of("per period", now | found) == 6_250_000


@pytest.mark.parametrize("name", RULES)
def test_a_figure_that_nobody_delivered_is_asked_for_whatever_the_result(name: str) -> None:
    part = part_of(*RULES[name])
    # What the others are measured against has to be there.
    below = tuple(getattr(part.rule, "denominator", getattr(part.rule, "less", ())))
    now = {n: figure for n, figure in known(name, part).items() if n in (*below, "best", "worst")}
    for points in (0, part.rule.steps(part.maximum).breaks[0]):
        found = reach(points, part, now)
        assert found is not None
        got = points_of(name, {n: now[n] for n in below} | found)
        assert got is not None
        assert got >= points


def test_of_two_pairs_no_numerator_is_asked_to_pass_its_own_denominator() -> None:
    now = {n: v * MICRO for n, v in {"a": 100, "b": 50, "c": 10, "d": 5}.items()}
    found = reach(9_500_000, part_of(*RULES["ratio of sums"]), now)
    assert found == {"d": 10 * MICRO, "b": 95 * MICRO}


def test_a_figure_that_stands_in_the_denominator_too_is_left_alone() -> None:
    rule = {"kind": "ratio", "numerator": "a", "denominator": ["a", "b"]}
    part = part_of(rule, dict.fromkeys("ab", "count"))
    now = {"a": 1 * MICRO, "b": 9 * MICRO}
    assert reach(5 * MICRO, part, now) is None


def test_lowering_is_impossible_where_the_other_figures_alone_are_too_many() -> None:
    rule = {"kind": "ratio", "numerator": ["a", "c"], "denominator": "b", "reverse": True}
    part = part_of(rule, dict.fromkeys("abc", "count"))
    now = {"a": 90 * MICRO, "b": 100 * MICRO, "c": 5 * MICRO}
    assert reach(9 * MICRO, part, now) is None
    assert reach(1 * MICRO, part, now) == {"c": 0}


@pytest.mark.parametrize("name", [n for n, (r, _) in RULES.items() if "denominator" in r])
def test_nothing_is_reached_over_a_denominator_of_zero(name: str) -> None:
    settings, kinds = RULES[name]
    now: dict[str, Any] = dict.fromkeys(kinds, 0) | {"best": MICRO, "worst": 0}
    assert reach(5 * MICRO, part_of(settings, kinds), now) is None


# A remainder takes whatever the printed figures leave.
@pytest.mark.parametrize("name", [n for n in RULES if n != "remainder"])
def test_scores_lie_on_the_steps_the_rule_names(name: str) -> None:
    settings, kinds = RULES[name]
    rows = []
    for k in range(0, 1100, 7):
        row: dict[str, int | None] = {**worst_of(name)}
        for n, kind in kinds.items():
            if kind in ANSWERS:
                row[n] = k % (2 if kind == "yes_no" else 3) * MICRO
            elif n not in settings.get("denominator", ()):
                row[n] = k * MICRO // (1000 if kind == "ratio" else 1)
        rows.append(row)
    part = part_of(settings, kinds)
    allowed = part.rule.steps(part.maximum)
    for got in score(part, rows):
        assert got is not None
        assert got in allowed.levels or any(low <= got <= high for low, high in allowed.ranges), got


def test_sums_of_two_parts_allow_what_both_allow_together() -> None:
    steps = Attainable(levels=(0, 5)).plus(Attainable(levels=(0,), ranges=((3, 4),)))
    assert steps == Attainable(levels=(0, 5), ranges=((3, 4), (8, 9)))
    assert steps.capped(8) == Attainable(levels=(0, 5, 8), ranges=((3, 4),))
    assert [at_least(steps, p) for p in (0, 1, 4, 6, 9, 10)] == [0, 3, 4, 8, 9, None]
    assert steps.top() == 9
