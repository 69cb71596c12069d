"""Settings that make no sense are refused by the rule itself, with a message that says which."""

from typing import Any

import pytest

from tests.index.rules.cases import part_of
from tests.index.rules.rules_in_use import RULES


def problems(name: str, kinds: dict[str, str] | None = None, **settings: Any) -> list[str]:
    """Return the problems of a rule of ``RULES`` with some settings, or variables, changed."""
    rule, usual = RULES[name]
    part = part_of(rule | settings, usual | (kinds or {}))
    return part.rule.problems(part)


@pytest.mark.parametrize("name", RULES)
def test_rules_in_use_have_none(name: str) -> None:
    assert problems(name) == []


@pytest.mark.parametrize(
    "name",
    [name for name, (_, kinds) in RULES.items() if not {"choice", "period"} & {*kinds.values()}],
)
def test_an_answer_is_no_figure_and_a_figure_no_answer(name: str) -> None:
    _, kinds = RULES[name]
    for variable, kind in kinds.items():
        other = "count" if kind == "yes_no" else "yes_no"
        (problem,) = problems(name, {variable: other})
        assert f"'{variable}'" in problem


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("target", {"target": "0"}, "target 0 is not above 0"),
        ("cliff", {"full": "110%"}, "floor 90% and full 110% are out of order"),
        ("cliff", {"floor": "100%"}, "floor 100% and full 100% are out of order"),
        ("cliff", {"floor": "-1%"}, "floor -1% and full 100% are out of order"),
        ("all or nothing", {"full": "0"}, "full 0 is not above 0"),
        ("coverage", {"of": 0}, "'of' must be at least 1"),
        ("bonus", {"each": "0"}, "'each' must be more than 0 points, not 0"),
        ("penalty", {"cap": "-3"}, "'cap' must be more than 0 points, not -3"),
        ("choice", {"fractions": {"chair": "1", "deputy": "1/3"}}, "'other' has no fraction"),
        (
            "choice",
            {"fractions": {"chair": "1", "deputy": "3/2", "other": "0"}},
            "of option 'deputy' is outside 0 to 1",
        ),
        (
            "choice",
            {"fractions": {"chair": "1", "deputy": "0", "other": "0", "head": "1"}},
            "'head', which is not an option",
        ),
        (
            "per period",
            {"points": {"on_time": "2.5", "late": "-1", "none": "0"}},
            "points -1 of answer 'late' are negative",
        ),
        (
            "per period",
            {"points": {"on_time": "2", "late": "1", "none": "0"}},
            "4 periods give 8 points at most, not 10",
        ),
        (
            "ladder over a count",
            {"steps": [">= 52: 1", "<= 20: 1/2"]},
            "steps mix > and <",
        ),
        (
            "ladder over a count",
            {"steps": [">= 20: 1", ">= 52: 1/2"]},
            "step '>= 52' must be easier and give less",
        ),
        (
            "ladder over a count",
            {"steps": [">= 52: 1/2", ">= 20: 1/2"]},
            "step '>= 20' must be easier and give less",
        ),
        (
            "ladder over a count",
            {"steps": [">= 20: 1", "> 20: 1/2"]},
            "step '> 20' must be easier and give less",
        ),
        (
            "ladder, less is better",
            {"steps": ["<= 10: 1", "< 10: 1/2"]},
            "step '< 10' must be easier and give less",
        ),
        (
            "ladder over a ratio, open steps",
            {"steps": ["> 75: 1"]},
            "step '> 75' on a ratio means 7500 %",
        ),
    ],
)
def test_a_setting_of_no_sense_is_named(name: str, settings: dict[str, Any], expected: str) -> None:
    found = problems(name, **settings)
    assert any(expected in problem for problem in found), found


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("ladder over a count", ["> 20: 1", ">= 20: 1/2"]),
        ("ladder, less is better", ["< 10: 1", "<= 10: 1/2"]),
    ],
)
def test_an_open_step_may_stand_before_a_closed_one(name: str, steps: list[str]) -> None:
    assert problems(name, steps=steps) == []


def test_periods_with_other_answers_are_named() -> None:
    (problem,) = problems("per period", {"q3": "choice"})
    assert problem == "options of variable 'q3' differ from the rule's points"
