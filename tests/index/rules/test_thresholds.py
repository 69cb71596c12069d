"""Every threshold of every kind: at it, just below it, just above it; and what is no figure."""

from typing import Any

import pytest

from dti_pipeline.index.rules.measure import MeasureRule
from tests.index.rules.cases import GIANT, MICRO, in_micro, part_of, score
from tests.index.rules.rules_in_use import RULES, cases


def points_of(name: str, **whole: float | None) -> float | None:
    """Score one row of a rule of ``RULES``; figures are whole units, answers numbers of options."""
    (points,) = score(part_of(*RULES[name]), [in_micro(whole)])
    return None if points is None else points / MICRO


@pytest.mark.parametrize(("name", "figures", "expected"), cases("points"))
def test_the_figure_gives_these_points(
    name: str, figures: dict[str, float], expected: float
) -> None:
    assert points_of(name, **figures) == expected


def test_dossiers_jump_at_the_target_as_in_practice() -> None:
    rule = {"kind": "target", "numerator": "a", "denominator": "b", "target": "80%"}
    part = part_of(rule, {"a": "count", "b": "count"}, maximum=5 * MICRO)
    rows = [{"a": n * MICRO, "b": 1000 * MICRO} for n in (799, 800)]
    assert score(part, rows) == [3_995_000, 5_000_000]


@pytest.mark.parametrize("name", RULES)
def test_no_figures_at_all_give_no_score(name: str) -> None:
    assert score(part_of(*RULES[name]), [{}]) == [None]


@pytest.mark.parametrize("name", [n for n, (rule, _) in RULES.items() if "denominator" in rule])
def test_a_denominator_of_zero_gives_no_score_even_with_a_numerator(name: str) -> None:
    part = part_of(*RULES[name])
    assert isinstance(part.rule, MeasureRule)
    for above in (0, 5):
        row = {n: 0 if n in part.rule.denominator else above * MICRO for n in part.columns}
        assert score(part, [row]) == [None]


@pytest.mark.parametrize("name", [n for n, (rule, _) in RULES.items() if "denominator" in rule])
def test_one_missing_figure_of_a_ratio_gives_no_score(name: str) -> None:
    part = part_of(*RULES[name])
    for missing in part.columns:
        row = {n: None if n == missing else MICRO for n in part.columns}
        assert score(part, [row]) == [None]


def ratios(*rows: tuple[int, int]) -> list[dict[str, Any]]:
    return [{"a": above, "b": below} for above, below in rows]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ratio, less is better", 0),
        *((n, 10) for n in ("ratio", "target", "cliff", "all or nothing")),
    ],
)
def test_a_numerator_above_its_denominator_counts_as_all_of_it(name: str, expected: int) -> None:
    assert points_of(name, a=101, b=100) == expected
    assert points_of(name, a=GIANT, b=1) == expected


def test_a_negative_numerator_never_gives_negative_points() -> None:
    assert score(part_of(*RULES["ratio of amounts"]), [{"a": 5, "b": -9, "c": 1}]) == [0]


@pytest.mark.parametrize(
    ("above", "below", "maximum", "micro"),
    [
        (1, 16, 1, 62_500),
        (1, 64, 1, 15_625),
        (1, 128, 1, 7_813),
        (3, 128, 1, 23_438),
        (1, 2 * 10**6, 1, 1),
        (1, 2 * 10**6 + 2, 1, 0),
    ],
)
def test_exact_halves_round_up(above: int, below: int, maximum: int, micro: int) -> None:
    part = part_of(*RULES["ratio"], maximum=maximum * MICRO)
    assert score(part, [{"a": above * MICRO, "b": below * MICRO}]) == [micro]


def test_figures_of_nine_trillion_times_two_hundred_points_stay_exact() -> None:
    rows = [{"a": a * MICRO, "b": GIANT * MICRO} for a in (GIANT - 1, GIANT // 3)]
    found = score(part_of(*RULES["ratio"], maximum=200 * MICRO), rows)
    assert found == [200 * MICRO, 66_666_667]
    assert 2 * GIANT * MICRO * 200 * MICRO > 2**63


@pytest.mark.parametrize(
    ("name", "rows", "expected"),
    [
        ("best", [{"x": 2}, {"x": 4}, {"x": 3}], [5, 10, 7.5]),
        ("best", [{"x": 0}, {"x": 0}], [None, None]),
        ("best", [{"x": None}, {"x": 4}], [None, 10]),
        ("best ratio", ratios((1, 3), (1, 2), (1, 0)), [6.666667, 10, None]),
        ("best, less is better", ratios((1, 4), (2, 4), (4, 4)), [10, 5, 2.5]),
        ("best, less is better", ratios((0, 4), (2, 4)), [10, 0]),
        ("best, less is better", [*ratios((-1, 4), (2, 4)), {"a": -1}], [10, 0, None]),
        ("best ratio", ratios((-1, 4), (2, 4), (1, 4)), [0, 10, 5]),
        ("best ratio", ratios((-1, 4), (-2, 4)), [None, None]),
        ("min-max", [{"x": 10}, {"x": 15}, {"x": 20}], [0, 5, 10]),
        ("min-max", [{"x": 7}, {"x": 7}, {"x": None}], [10, 10, None]),
        ("min-max", [{"x": -5}, {"x": 5}, {"x": 0}], [0, 10, 5]),
        ("min-max of a ratio", ratios((1, 4), (1, 2), (3, 8)), [0, 10, 5]),
        ("min-max, less is better", [{"x": 10}, {"x": 15}, {"x": 20}], [10, 5, 0]),
    ],
)
def test_relative_rules_compare_the_units_scored_together(
    name: str, rows: list[dict[str, Any]], expected: list[float | None]
) -> None:
    found = score(part_of(*RULES[name]), [in_micro(row) for row in rows])
    assert found == [None if p is None else round(p * MICRO) for p in expected]


def test_a_relative_ratio_of_giants_and_dwarfs_does_not_overflow() -> None:
    rows = [{"a": GIANT * MICRO, "b": 1 * MICRO}, {"a": 1 * MICRO, "b": 2 * MICRO}]
    found = score(part_of(*RULES["best ratio"], maximum=200 * MICRO), rows)
    assert found == [200 * MICRO, 0]
