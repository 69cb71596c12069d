from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dti_pipeline.exact import FEW_RATIOS
from dti_pipeline.index.rules.component import RULE_KINDS
from dti_pipeline.index.rules.rule import ScoredPart
from tests.index.rules.cases import GIANT, MICRO, part_of, score
from tests.index.rules.oracle import score_all
from tests.index.rules.rules_in_use import RULES

WHOLE = st.one_of(st.integers(0, 120), st.integers(0, 10**6), st.integers(0, GIANT))
FIGURES = {
    "count": WHOLE.map(lambda n: n * MICRO),
    "amount": st.one_of(st.integers(0, 10**8), st.integers(0, GIANT * MICRO)),
    "percent": st.integers(0, 130 * MICRO),
    "ratio": st.integers(0, 2 * MICRO),
    "score": st.integers(0, 250 * MICRO),
    "yes_no": st.sampled_from([0, MICRO]),
    "choice": st.sampled_from([0, MICRO, 2 * MICRO]),
    "period": st.sampled_from([0, MICRO, 2 * MICRO]),
}
MAXIMA = st.sampled_from(["1", "2.5", "10", "200", "0.000001", "33.333333"])


def rows_of(kinds: dict[str, str]) -> st.SearchStrategy[list[dict[str, int | None]]]:
    row = st.fixed_dictionaries({n: st.one_of(FIGURES[k], st.none()) for n, k in kinds.items()})
    full = st.fixed_dictionaries({n: FIGURES[k] for n, k in kinds.items()})
    return st.lists(st.one_of(full, full, row), min_size=1, max_size=12)


def draw_case(
    name: str, data: st.DataObject
) -> tuple[list[dict[str, int | None]], Fraction, ScoredPart]:
    """Draw figures and a maximum for a rule of ``RULES``."""
    rule, kinds = RULES[name]
    rows = data.draw(rows_of(kinds))
    maximum = Fraction(data.draw(MAXIMA if rule["kind"] != "per_period" else st.just("10")))
    return rows, maximum, part_of(rule, kinds, maximum=int(maximum * MICRO))


def test_every_kind_of_rule_is_compared_with_the_oracle() -> None:
    assert {rule["kind"] for rule, _ in RULES.values()} == set(RULE_KINDS)


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(data=st.data())
def test_scores_equal_exact_fractions(name: str, data: st.DataObject) -> None:
    rule, kinds = RULES[name]
    rows, maximum, part = draw_case(name, data)
    exact = [{n: None if v is None else Fraction(v, MICRO) for n, v in row.items()} for row in rows]
    options = {n: part.options(n) for n in kinds}
    expected = score_all(rule, exact, kinds=kinds, maximum=maximum, options=options)
    assert score(part, rows) == expected


@pytest.mark.parametrize("kind", ["best", "min_max"])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("figure", ["amount", "percent", None])
@settings(max_examples=15, deadline=None, derandomize=True)
@given(data=st.data())
def test_many_units_are_compared_as_exact_fractions(
    kind: str, reverse: bool, figure: str | None, data: st.DataObject
) -> None:
    """Polars compares and divides many ratios where their sizes allow it, Python the others."""
    measure = {"value": "x"} if figure else {"numerator": ["a"], "denominator": ["b"]}
    kinds = {"x": figure} if figure else {"a": "count", "b": "count"}
    rule = {"kind": kind, "reverse": reverse, **measure}
    rows = data.draw(rows_of(kinds))
    maximum = Fraction(data.draw(MAXIMA))
    exact = [{n: None if v is None else Fraction(v, MICRO) for n, v in row.items()} for row in rows]
    expected = score_all(rule, exact, kinds=kinds, maximum=maximum, options={})
    repeats = FEW_RATIOS // len(rows) + 1
    assert score(part_of(rule, kinds, maximum=int(maximum * MICRO)), rows * repeats) == (
        expected * repeats
    )


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=3, deadline=None, derandomize=True)
@given(data=st.data())
def test_the_order_of_rows_changes_no_score(name: str, data: st.DataObject) -> None:
    rule, kinds = RULES[name]
    rows = data.draw(rows_of(kinds))
    order = data.draw(st.permutations(range(len(rows))))
    part = part_of(rule, kinds)
    straight = score(part, rows)
    shuffled = score(part, [rows[place] for place in order])
    assert shuffled == [straight[place] for place in order]
