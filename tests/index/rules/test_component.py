from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.index.rules.component import RULE_KINDS, build_rule
from dti_pipeline.index.rules.measure import Target
from schemas.files.errors import SettingError
from tests.index.rules.cases import MICRO, RATIO, component, count, framework, scored, yes_no

CLIFF = {"kind": "cliff", "numerator": "a", "denominator": "b"}
AB = {"a": count("a"), "b": count("b")}


def points_of(folder: Path, entry: dict[str, Any], *rows: dict[str, int]) -> list[float | None]:
    """Score a component alone in its main; figures are whole units, answers numbers."""
    values = [
        (f"U{number}", entry["code"], name, figure, "ok")
        for number, row in enumerate(rows)
        for name, figure in row.items()
    ]
    units = [f"U{number}" for number in range(len(rows))]
    points = scored(framework(folder, entry), *values, units=units)[entry["code"]]
    return [None if p is None else p / MICRO for p in points]


def halves(points: int, **more: Any) -> dict[str, Any]:
    """Describe a component whose parts are a yes or no and a ratio, each worth half of it."""
    parts = [{"share": "1/2", "rule": rule} for rule in ({"kind": "yes_no", "value": "g"}, RATIO)]
    return component("01", points, parts=parts, variables={"g": yes_no("g"), **AB}, **more)


def of_two_points_each(label: str, **more: Any) -> dict[str, Any]:
    """Describe a component whose parts are a yes or no and a cliff, worth two points each."""
    rules = ({"kind": "yes_no", "value": "g"}, CLIFF)
    parts = [{"points": 2, "rule": rule} for rule in rules]
    return component("36", 4, parts=parts, variables={"g": yes_no(label), **AB}, **more)


def test_parts_have_shares_and_rules_of_their_own(tmp_path: Path) -> None:
    entry = component(
        "01",
        4,
        parts=[
            {"share": "1/2", "rule": {"kind": "yes_no", "value": "g"}},
            {"share": "1/4", "rule": {"kind": "ladder", "value": "n", "steps": [">= 1: 1"]}},
            {"share": "1/4", "rule": {"kind": "ladder", "value": "n", "steps": [">= 2: 1"]}},
        ],
        variables={"g": yes_no("g"), "n": count("n")},
    )
    rows = [{"g": 1, "n": 2}, {"g": 1, "n": 1}, {"g": 0, "n": 2}, {"g": 0, "n": 0}]
    assert points_of(tmp_path, entry, *rows) == [4, 3, 2, 0]


def test_nothing_due_in_one_part_makes_the_component_not_applicable(tmp_path: Path) -> None:
    entry = of_two_points_each(
        "g", zero_denominator="not_applicable", not_applicable={"treatment": "full"}
    )
    found = points_of(
        tmp_path,
        entry,
        {"g": 1, "a": 0, "b": 0},
        {"g": 0, "a": 0, "b": 0},
        {"g": 1, "a": 9, "b": 10},
        {"g": 1, "a": 89, "b": 100},
        {"g": 1, "b": 0},
        {"b": 0},
    )
    # A missing numerator is no figure, even where the denominator is zero.
    assert found == [4, 4, 3.8, 2, 2, None]


def test_a_cap_holds_the_sum_of_parts(tmp_path: Path) -> None:
    rows = [{"g": 1, "a": 3, "b": 5}, {"g": 1, "a": 4, "b": 5}, {"g": 0, "a": 5, "b": 5}]
    assert points_of(tmp_path, halves(10, cap="4/5"), *rows) == [8, 8, 5]


def test_each_part_is_rounded_once_and_then_only_added(tmp_path: Path) -> None:
    entry = component(
        "01",
        1,
        parts=[
            {"share": "1/2", "rule": RATIO},
            {"share": "1/2", "rule": {**RATIO, "numerator": "c"}},
        ],
        variables={**AB, "c": count("c")},
    )
    # Two sixths are 0.1666667 and 0.166667: the sum is that of the rounded parts.
    assert points_of(tmp_path, entry, {"a": 1, "c": 1, "b": 3}) == [0.333334]


def test_a_part_without_figures_counts_nothing_beside_one_that_has_some(tmp_path: Path) -> None:
    assert points_of(tmp_path, halves(4), {"g": 1}, {"a": 1, "b": 2}, {"b": 2}) == [2, 1, None]


def test_a_component_borrows_the_numerator_of_another(tmp_path: Path) -> None:
    borrowed = count("b", source="component:22.a")
    borrower = component("23", 1, rule=RATIO, variables={"a": count("a"), "b": borrowed})
    bound = framework(tmp_path, component("22", 1), borrower)
    assert bound.by_code["23"].columns == {"a": "23.a", "b": "22.a"}
    figures = [("22", "a", 4), ("22", "b", 5), ("23", "a", 3)]
    points = scored(bound, *(("U", *figure, "ok") for figure in figures))
    assert points.select("22", "23").row(0) == (800_000, 750_000)


@pytest.mark.parametrize("sign", ["bonus", "penalty"])
def test_bonus_and_penalty_stand_outside_the_maximum(sign: str, tmp_path: Path) -> None:
    entry = component(
        "01",
        0,
        rule={"kind": sign, "value": "n", "each": "0.5", "cap": "2"},
        variables={"n": count("n")},
    )
    (found,) = framework(tmp_path, entry).components
    assert found.is_outside
    assert found.maximum == 0
    top = 2 * MICRO if sign == "bonus" else 0
    assert found.steps().top() == top
    sign_of = 1 if sign == "bonus" else -1
    assert points_of(tmp_path, entry, {"n": 0}, {"n": 3}, {"n": 4}, {"n": 5}) == [
        sign_of * p for p in (0, 1.5, 2, 2)
    ]


def test_steps_of_a_sum_are_sums_of_steps_up_to_the_cap(tmp_path: Path) -> None:
    entry = component(
        "01",
        4,
        cap="3/4",
        parts=[
            {"share": "1/2", "rule": {"kind": "yes_no", "value": "g"}},
            {"share": "1/2", "rule": {"kind": "coverage", "value": "n", "of": 2}},
        ],
        variables={"g": yes_no("g"), "n": count("n")},
    )
    steps = framework(tmp_path, entry).components[0].steps()
    assert steps.levels == tuple(p * MICRO for p in (0, 1, 2, 3))
    assert steps.ranges == ()


def test_the_text_of_a_sum_numbers_its_parts(tmp_path: Path) -> None:
    entry = of_two_points_each("Có dùng")
    assert framework(tmp_path, entry).components[0].render().vi == (
        "Tổng 2 phần, tối đa 4 điểm: (1) Có dùng: “Có” → 2 điểm; “Không” → 0 điểm. "
        "(2) a / b: từ 100% trở lên: 2 điểm; từ 90% đến dưới 100%: điểm = tỷ lệ × 2; "
        "dưới 90%: 0 điểm."
    )


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    message = "'ratoi' is unknown; known kinds: all_or_nothing, best"
    with pytest.raises(SettingError, match=message):
        build_rule({"kind": "ratoi"})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({**RATIO, "targett": "80%"}, "rule ratio: targett: unknown key; known keys: "),
        ({**RATIO, "kind": "target", "target": 0.8}, "rule target: target: .*as text"),
        ({**RATIO, "kind": "target", "target": "1/0"}, "rule target: target: .*is not a number"),
        ({**RATIO, "kind": "target", "target": "viel"}, "rule target: target: .*is not a number"),
        ({**RATIO, "kind": "target"}, "rule target: target: the key is missing; add it"),
        ({"kind": "ratio", "numerator": "a"}, "give either numerator and denominator, or value"),
        ({**RATIO, "value": "x"}, "give either numerator and denominator, or value"),
        ({"kind": "ladder", "value": "n", "steps": ["52: 1"]}, 'is not of the form ">= 52: 1/2"'),
        ({"kind": "ladder", "value": "n", "steps": []}, "steps must be a list"),
        ({"kind": "coverage", "value": "n", "of": "many"}, "rule coverage: of: "),
    ],
)
def test_a_wrong_setting_is_refused_by_name(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        build_rule(settings)


def test_every_kind_has_a_name_of_its_own() -> None:
    assert all(rule.kind_name() == kind for kind, rule in RULE_KINDS.items())
    assert len(set(RULE_KINDS.values())) == len(RULE_KINDS) >= 15


def test_fractions_stay_exact_from_file_to_rule() -> None:
    rule = build_rule({"kind": "target", "value": "p", "target": "1/3"})
    assert isinstance(rule, Target)
    assert rule.target == Fraction(1, 3)


def test_a_sum_of_parts_says_its_parts_and_its_cap(tmp_path: Path) -> None:
    entry = halves(4, cap="3/4")
    (bound,) = framework(tmp_path, entry).components
    assert bound.kind == "sum_of_parts"
    assert bound.denominators == {"b"}
    assert (bound.is_relative, bound.is_outside) == (False, False)
    assert bound.render().en == (
        "Sum of 2 parts, at most 3 points: (1) g: “Yes” → 2 points; “No” → 0 points. "
        "(2) Points = a / b × 2, at most 2."
    )
    assert bound.render().vi.startswith("Tổng 2 phần, tối đa 3 điểm: (1) g: “Có” → 2 điểm")
