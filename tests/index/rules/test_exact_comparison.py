"""Relative rules and sums of periods round once, at the points: nothing is lost before."""

from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from dti_pipeline.index.rules.relative import Best
from tests.index.rules.cases import MICRO, part_of, score

RATIO = {"numerator": ["a"], "denominator": ["b"]}
KINDS = {"a": "count", "b": "count"}
# Ratios of some 10^-10, which a grid of a trillionth would hold with three digits.
ROWS = [(300, 2), (397, 3), (500, 4), (600, 5), (700, 6), (785, 7)]


def points_of(kind: str, *, reverse: bool = False) -> list[int | None]:
    part = part_of({"kind": kind, "reverse": reverse, **RATIO}, KINDS, maximum=60 * MICRO)
    return score(part, [{"a": a * MICRO, "b": b * 10**12 * MICRO} for a, b in ROWS])


def test_ratios_of_a_trillionth_are_compared_exactly_with_the_best() -> None:
    points = points_of("best")
    assert points[:2] == [60 * MICRO, 52_933_333]
    # A grid would have given 52.8.
    assert points[5] == round(Fraction(785, 7) / 150 * 60 * MICRO)


@pytest.mark.parametrize("reverse", [False, True])
def test_ratios_of_a_trillionth_are_placed_exactly_between_the_extremes(reverse: bool) -> None:
    ratios = [Fraction(a, b) for a, b in ROWS]
    low, high = min(ratios), max(ratios)
    expected = [(high - r if reverse else r - low) / (high - low) * 60 * MICRO for r in ratios]
    points = points_of("min_max", reverse=reverse)
    assert points == [round(whole) for whole in expected]
    # A grid would have given 31.58 and 28.42.
    assert points[1] == (28_000_000 if reverse else 32_000_000)


@pytest.mark.parametrize(
    ("measure", "kinds", "rows", "extremes"),
    [
        (RATIO, KINDS, [(1, 3), (5, 7), (9, 0), (2, 8)], {"worst": "1/4", "best": "5/7"}),
        (RATIO, KINDS, [(1, 0), (2, 0)], {}),
        ({"value": "a"}, {"a": "count"}, [(7,), (3,)], {"worst": "3", "best": "7"}),
        ({"value": "a"}, {"a": "percent"}, [(70,), (35,)], {"worst": "0.35", "best": "0.7"}),
    ],
)
def test_plans_are_told_the_extremes_of_the_measure(
    measure: dict[str, Any],
    kinds: dict[str, str],
    rows: list[tuple[int, ...]],
    extremes: dict[str, str],
) -> None:
    part = part_of({"kind": "best", **measure}, kinds)
    figures = pl.DataFrame(rows, schema=dict.fromkeys(kinds, pl.Int128), orient="row") * MICRO
    assert isinstance(part.rule, Best)
    ends = part.rule.extremes(figures.with_columns(part.rule.helpers(part)), part)
    assert ends == {name: Fraction(text) for name, text in extremes.items()}


def test_a_unit_without_a_denominator_is_no_measure_of_others() -> None:
    part = part_of({"kind": "best", **RATIO}, KINDS)
    rows = [{"a": 5 * MICRO, "b": 0}, {"a": MICRO, "b": 2 * MICRO}, {"a": None, "b": MICRO}]
    assert score(part, rows) == [None, 10 * MICRO, None]


def period(points: str) -> dict[str, object]:
    return {
        "kind": "per_period",
        "values": ["q1", "q2"],
        "points": {"on_time": points, "late": "1/3", "none": 0},
    }


def test_periods_are_added_exactly_and_rounded_once() -> None:
    kinds = {"q1": "period", "q2": "period"}
    part = part_of(period("49/12"), kinds, maximum=9 * MICRO)
    assert score(part, [{"q1": 0, "q2": 0}, {"q1": 0, "q2": MICRO}]) == [8_166_667, 4_416_667]
    assert part.rule.steps(9 * MICRO).levels == (
        0, 333_333, 666_667, 4_083_333, 4_416_667, 8_166_667,
    )  # fmt: skip


def test_three_periods_of_ten_thirds_reach_ten() -> None:
    rule = {
        "kind": "per_period",
        "values": ["q1", "q2", "q3"],
        "points": {"on_time": "10/3", "late": 0, "none": 0},
    }
    part = part_of(rule, dict.fromkeys(("q1", "q2", "q3"), "period"), maximum=10 * MICRO)
    assert part.rule.problems(part) == []
    assert score(part, [{"q1": 0, "q2": 0, "q3": 0}]) == [10 * MICRO]
    assert part.rule.reach(10 * MICRO, part, {"q1": 0}) == {"q2": 0, "q3": 0}
