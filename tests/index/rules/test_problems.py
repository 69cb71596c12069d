"""Settings that make no sense are refused by the rule itself, with a message that says which."""

from typing import Any

import pytest

from schemas.files.errors import SettingError
from tests.index.rules.cases import part_of
from tests.index.rules.rules_in_use import RULES, cases


def problems(name: str, kinds: dict[str, str] | None = None, **settings: Any) -> list[str]:
    """Return the problems of a rule of ``RULES`` with some settings, or variables, changed."""
    rule, usual = RULES[name]
    try:
        part = part_of(rule | settings, usual | (kinds or {}))
    except SettingError as error:
        return [error.text.en]
    return [text.en for text in part.rule.problems(part)]


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


@pytest.mark.parametrize(("name", "settings", "expected"), cases("problems"))
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
