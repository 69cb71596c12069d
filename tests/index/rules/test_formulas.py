"""The formula of a rule gives the points that the rule gives."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dti_pipeline.exact import MICRO
from dti_pipeline.index.rules.formulas import OTHERS
from dti_pipeline.index.rules.rule import ScoredPart
from tests.index.rules.cases import in_micro, part_of, score
from tests.index.rules.rules_in_use import RULES, cases
from tests.index.rules.spreadsheet import Value, calculate
from tests.index.rules.test_oracle import draw_case

RELATIVE = [name for name, (rule, _) in RULES.items() if rule["kind"] in ("best", "min_max")]


def points_in_form(part: ScoredPart, row: dict[str, int | None]) -> Value:
    """Calculate the points of a form in which these figures, in millionths, stand."""
    cells: dict[str, Value] = {
        f"cell_{name}": None if (value := row.get(name)) is None else Fraction(value, MICRO)
        for name in part.columns
    }
    formula = part.rule.formula(part, {name: f"cell_{name}" for name in part.columns})
    return calculate(formula, cells)


@pytest.mark.parametrize(
    ("name", "figures", "expected"), [case for case in cases("points") if case[0] not in RELATIVE]
)
def test_the_formula_gives_these_points(
    name: str, figures: dict[str, float | None], expected: float | None
) -> None:
    points = points_in_form(part_of(*RULES[name]), in_micro(figures))
    assert points == ("" if expected is None else Fraction(str(expected)))


@pytest.mark.parametrize("name", [name for name in RULES if name not in RELATIVE])
@settings(max_examples=10, deadline=None, derandomize=True)
@given(data=st.data())
def test_formula_and_rule_agree_on_any_figures(name: str, data: st.DataObject) -> None:
    rows, _, part = draw_case(name, data)
    for row, micro in zip(rows, score(part, rows), strict=True):
        assert points_in_form(part, row) == ("" if micro is None else Fraction(micro, MICRO))


@pytest.mark.parametrize("name", RELATIVE)
def test_a_form_cannot_know_what_others_reach(name: str) -> None:
    rule, kinds = RULES[name]
    part = part_of(rule, kinds)
    assert points_in_form(part, dict.fromkeys(kinds, MICRO)) == OTHERS.strip('"')
    assert points_in_form(part, {}) == ""
