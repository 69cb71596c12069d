from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.analysis.improvement.reachable import reachable
from dti_pipeline.analysis.improvement.rescoring import Accounts
from dti_pipeline.analysis.improvement.spans import join_spans
from tests.analysis.improvement.world import (
    FIGURES,
    PAIR,
    RATIO,
    TARGET,
    UNIT_IDS,
    accounts_of,
    definition,
    observations,
    small_framework,
)
from tests.index.rules.cases import component, count, yes_no


def spans(accounts: Accounts, unit_id: str, code: str) -> tuple[tuple[int, int], ...]:
    return reachable(accounts, unit_id, codes=[code])[code].spans


def test_a_count_with_few_steps_left_is_climbed_step_by_step(world: Accounts) -> None:
    # 5 of 10 trained give 4 of 8 points; every further person 0.8.
    assert spans(world, "U-1", "0101") == tuple(
        (4_000_000 + 800_000 * step,) * 2 for step in range(6)
    )


def test_below_a_target_the_last_count_ends_the_steps_and_the_target_jumps(world: Accounts) -> None:
    # 5, 6, 7 of 10 give 2.5, 3, 3.5; 8 of 10 are 80 %: 5 points.
    lows = [low for low, _ in spans(world, "U-1", "0201")]
    assert lows == [2_500_000, 3_000_000, 3_500_000, 5_000_000]


def test_answers_are_levels_and_what_lies_below_the_present_is_gone(world: Accounts) -> None:
    assert spans(world, "U-1", "0103") == ((2_000_000, 2_000_000), (6_000_000, 6_000_000))
    assert spans(world, "U-2", "0103") == ((6_000_000, 6_000_000),)


def test_a_relative_rule_is_reached_up_to_the_best(world: Accounts) -> None:
    reach = reachable(world, "U-1", codes=["0202"])["0202"]
    assert reach.spans == ((1_000_000, 5_000_000),)
    assert reach.changes_for(5_000_000) == {("0202", "visits"): 100_000_000}
    assert reach.changes_for(2_500_000) == {("0202", "visits"): 50_000_000}


def test_a_long_way_of_counts_is_a_range_that_ends_before_the_jump(tmp_path: Path) -> None:
    figures = {unit: {("0101", "b"): 1_000, ("0101", "a"): 9_999} for unit in UNIT_IDS}
    target = component("0101", 5, rule=TARGET, variables=PAIR)
    accounts = accounts_of(tmp_path, [target], {"1": 5}, observations(figures))
    # 7,999 of 9,999 give 3.9999 points (3.999900), 8,000 are 80.008 %: the maximum.
    assert spans(accounts, "U-1", "0101") == ((500_050, 3_999_900), (5_000_000, 5_000_000))


def test_a_borrowed_figure_is_changed_where_it_is_delivered(world: Accounts) -> None:
    reach = reachable(world, "U-1", codes=["0102"])["0102"]
    # 2 of 5 trained are certified; the numerator is 0102's own.
    assert reach.points == 2_400_000
    assert reach.changes_for(6_000_000) == {("0102", "certified"): 5_000_000}


def test_parts_share_a_result_with_as_few_changes_as_possible(tmp_path: Path) -> None:
    parts = [
        {"share": "1/2", "rule": {"kind": "yes_no", "value": "has"}},
        {"share": "1/2", "rule": RATIO},
    ]
    halves = component("0101", 10, parts=parts, variables={"has": yes_no("has"), **PAIR})
    own = {("0101", "has"): 0, ("0101", "b"): 0, ("0101", "a"): 5}
    rows = observations(dict.fromkeys(UNIT_IDS, own))
    accounts = accounts_of(tmp_path, [halves], {"1": 10}, rows)
    reach = reachable(accounts, "U-1", codes=["0101"])["0101"]
    assert [low for low, _ in reach.spans] == [point * 1_000_000 for point in range(11)]
    either = ({("0101", "has"): 1_000_000}, {("0101", "b"): 5_000_000})
    assert reach.changes_for(5_000_000) in either
    assert reach.changes_for(7_000_000) == {("0101", "has"): 1_000_000, ("0101", "b"): 2_000_000}


def test_figures_without_evidence_stand_ready_for_a_plan(tmp_path: Path) -> None:
    rows = observations(FIGURES, rejected=(("U-2", "0202", "visits"),))
    accounts = Accounts.of(definition(small_framework(tmp_path), tmp_path), rows)
    assert accounts.kept_back_of("U-2") == {("0202", "visits"): 100_000_000}
    reach = reachable(accounts, "U-2", codes=["0202"])["0202"]
    assert reach.points == 0
    # The best of those that count has 60; the unit's own 100 only lack evidence.
    assert reach.changes_for(5_000_000) == {}


N = {"n": count("n")}
UP = {"kind": "ladder", "value": "n", "steps": [">= 6: 1", ">= 3: 1/2", ">= 1: 1/4"]}
QUARTERS = {
    "kind": "per_period",
    "values": ["p", "q"],
    "points": {"no": "0", "late": "1", "due": "4"},
}
TRIPLE = {**PAIR, "c": count("c")}
SUM = {**RATIO, "numerator": ["b", "d"]}
DOWN = {"kind": "ladder", "value": "n", "steps": ["<= 1: 1", "<= 3: 1/2", "<= 6: 1/4"]}
ANSWERS = {option: {"vi": option, "en": option} for option in ("no", "late", "due")}
ANSWER = {"vi": "q", "en": "q", "kind": "choice", "options": ANSWERS}
Description = Mapping[str, Any]


def scored(
    folder: Path,
    rule: Description,
    variables: Mapping[str, Description],
    figures: Mapping[str, int],
    *,
    rejected: tuple[str, ...] = (),
) -> Accounts:
    """Return a component of 8 points with U-1's figures, some of them kept back for evidence."""
    units = {
        "U-1": {("0101", name): figure for name, figure in figures.items()},
        "U-2": {("0101", name): 2 if one is ANSWER else 5 for name, one in variables.items()},
    }
    rows = observations(units, rejected=tuple(("U-1", "0101", name) for name in rejected))
    own = component("0101", 8, rule=rule, variables=variables)
    return accounts_of(folder, [own], {"1": 8}, rows)


@pytest.mark.parametrize(
    ("rule", "variables", "figures", "rejected", "levels"),
    [
        # The gate alone brings 4 of 8 points: nothing lies between them and nothing.
        ({**UP, "gate": "y"}, {**N, "y": yes_no("y")}, {"n": 4, "y": 0}, (), [0, 4, 8]),
        # Evidence for 4 brings 4 points at once.
        (UP, N, {"n": 4}, ("n",), [0, 4, 8]),
        # Evidence for 900 of 1,000 (from 80 % on the maximum) brings all 8.
        (TARGET, PAIR, {"b": 900, "a": 1_000}, ("b",), [0, 8]),
        # Of two quarters, both late, a better one gives 5 points, and not 4.
        (QUARTERS, {"p": ANSWER, "q": ANSWER}, {"p": 1, "q": 1}, (), [2, 5, 8]),
        # A count that nobody delivered goes step by step as well.
        (RATIO, PAIR, {"a": 4}, (), [0, 2, 4, 6, 8]),
        # What is measured against is missing: no other figure helps.
        ({**RATIO, "denominator": ["a", "c"]}, TRIPLE, {"b": 1, "a": 10}, (), [0]),
    ],
)
def test_only_results_that_the_units_figures_give_are_within_reach(
    rule: Description,
    variables: Mapping[str, Description],
    figures: dict[str, int],
    rejected: tuple[str, ...],
    levels: list[int],
    tmp_path: Path,
) -> None:
    accounts = scored(tmp_path, rule, variables, figures, rejected=rejected)
    reach = reachable(accounts, "U-1", codes=["0101"])["0101"]
    assert reach.spans == tuple((level * 1_000_000,) * 2 for level in levels)


@pytest.mark.parametrize(
    ("rule", "variables", "figures", "points", "changes"),
    [
        (DOWN, N, {}, 8, {"n": 1}),
        (DOWN, N, {}, 4, {"n": 3}),
        # At most 2.5 of 10 leave 6 of 8 points.
        ({**RATIO, "reverse": True}, PAIR, {"a": 10}, 6, {"b": 2}),
        # 3 + 0 of 10 give 2.4 of 8 points; 5 of 10 give 4.
        (SUM, {**PAIR, "d": count("d")}, {"b": 3, "a": 10}, 2, {"d": 0}),
        (SUM, {**PAIR, "d": count("d")}, {"b": 3, "a": 10}, 4, {"d": 2}),
        # 10 + 0 of 10 give everything, but only once the 0 is delivered.
        *(
            ({**SUM, "kind": kind}, {**PAIR, "d": count("d")}, {"b": 10, "a": 10}, 8, {"d": 0})
            for kind in ("cliff", "all_or_nothing")
        ),
        ({"kind": "min_max", "value": "n", "reverse": True}, N, {}, 8, {"n": 5}),
    ],
)
def test_a_figure_that_nobody_delivered_is_part_of_the_way(
    rule: Description,
    variables: Mapping[str, Description],
    figures: dict[str, int],
    points: int,
    changes: dict[str, int],
    tmp_path: Path,
) -> None:
    accounts = scored(tmp_path, rule, variables, figures)
    reach = reachable(accounts, "U-1", codes=["0101"])["0101"]
    expected = {("0101", name): to * 1_000_000 for name, to in changes.items()}
    assert reach.changes_for(points * 1_000_000) == expected
    after = accounts.with_figures("U-1", expected).points_of("U-1")["0101"] or 0
    assert after >= points * 1_000_000


def test_a_missing_share_of_which_less_is_better_is_rounded_down(tmp_path: Path) -> None:
    rule = {"kind": "ladder", "value": "p", "steps": ["<= 12.345678%: 1"]}
    percent = {"vi": "p", "en": "p", "kind": "percent"}
    accounts = scored(tmp_path, rule, {"p": percent}, {})
    reach = reachable(accounts, "U-1", codes=["0101"])["0101"]
    assert reach.changes_for(8_000_000) == {("0101", "p"): 12_345_000}
    assert accounts.with_figures("U-1", {("0101", "p"): 12_345_000}).points_of("U-1") == {
        "0101": 8_000_000
    }


def test_points_go_down_to_the_next_result_that_is_not_below(world: Accounts) -> None:
    reach = reachable(world, "U-2", codes=["0103", "0201"])
    assert reach["0103"].lowered_to(1_000_000) == {("0103", "plan"): 1_000_000}
    assert reach["0103"].lowered_to(0) == {("0103", "plan"): 0}
    assert reach["0201"].lowered_to(3_200_000) == {("0201", "online"): 7_000_000}


@pytest.mark.parametrize(
    ("given", "floor", "expected"),
    [
        ([(0, 5), (3, 8), (10, 10)], 0, ((0, 8), (10, 10))),
        ([(0, 5), (5, 9)], 4, ((4, 9),)),
        ([(7, 7), (2, 2)], 2, ((2, 2), (7, 7))),
        ([(0, 1)], 4, ()),
    ],
)
def test_spans_are_cut_sorted_and_joined(
    given: list[tuple[int, int]], floor: int, expected: tuple[tuple[int, int], ...]
) -> None:
    assert join_spans(given, floor=floor) == expected
