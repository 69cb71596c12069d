import itertools
import random
from fractions import Fraction

import pytest

from dti_pipeline.analysis.improvement import least_effort as module
from dti_pipeline.analysis.improvement.least_effort import (
    LeastEffort,
    Option,
    Stretch,
    least_effort,
)


def way(code: str, *stretches: tuple[int, int | Fraction, str]) -> Option:
    """Write a way up: gain, price of a point, and ``range`` or ``gap``."""
    return Option(
        code=code,
        stretches=tuple(
            Stretch(gain=gain, effort=gain * price, is_range=kind == "range")
            for gain, price, kind in stretches
        ),
    )


def random_option(rng: random.Random, code: str) -> Option:
    price: int | Fraction = rng.choice([0, 1, 1, 1, Fraction(1, 2)])
    stretches = []
    for _ in range(rng.randint(1, 4)):
        price += rng.choice([0, 0, 1, 2])
        kind = "range" if rng.random() < 0.35 else "gap"
        stretches.append((rng.choice([1, 2, 3, 5, 7, 10, 25]), price, kind))
    return way(code, *stretches)


def least_by_trying(options: list[Option], need: int) -> int | Fraction | None:
    """Try every set: efforts are linear along a range, so at most one option stops inside one."""

    def corners(option: Option) -> list[tuple[int, int | Fraction]]:
        gains = itertools.accumulate((s.gain for s in option.stretches), initial=0)
        efforts = itertools.accumulate((s.effort for s in option.stretches), initial=0)
        return list(zip(gains, efforts, strict=True))

    efforts = []
    for free, option in enumerate(options):
        others = [corners(other) for place, other in enumerate(options) if place != free]
        for chosen in itertools.product(*others):
            rest = need - sum(gain for gain, _ in chosen)
            effort = sum(effort for _, effort in chosen)
            own = corners(option)
            efforts += [effort + e for gain, e in own if gain >= rest]
            efforts += [
                effort + e + (rest - gain) * stretch.price
                for (gain, e), stretch in zip(own, option.stretches, strict=False)
                if stretch.is_range and gain < rest < gain + stretch.gain
            ]
    return min(efforts, default=None)


@pytest.mark.parametrize("seed", range(8))
def test_no_set_of_improvements_needs_less_effort_than_the_one_found(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(60):
        options = [random_option(rng, f"{place:02d}") for place in range(rng.randint(1, 4))]
        total = sum(stretch.gain for option in options for stretch in option.stretches)
        need = rng.randint(1, total + 2)
        least, expected = least_effort(options, need), least_by_trying(options, need)
        if expected is None:
            assert least is None
            continue
        assert least is not None
        assert least.bound >= least.effort
        assert least.effort == expected
        assert sum(least.gains.values()) >= need
        assert least.effort == sum(effort_of(option, least) for option in options)


def effort_of(option: Option, least: LeastEffort) -> int | Fraction:
    """Price the gain of one option, and refuse one that stops inside a gap."""
    left, effort = least.gains.get(option.code, 0), 0
    for stretch in option.stretches:
        taken = min(left, stretch.gain)
        assert taken in (0, stretch.gain) or stretch.is_range
        effort += taken * stretch.price
        left -= taken
    assert left == 0
    return effort


def test_nothing_has_to_change_where_nothing_is_needed() -> None:
    assert least_effort([way("01", (5, 1, "gap"))], 0) == LeastEffort(gains={}, effort=0, bound=0)


def test_all_improvements_together_may_not_be_enough() -> None:
    assert least_effort([way("01", (5, 1, "gap")), way("02", (4, 1, "range"))], 10) is None


def test_a_gap_is_jumped_whole_or_not_at_all() -> None:
    options = [way("01", (10, 1, "gap")), way("02", (4, 2, "range"))]
    least = least_effort(options, 3)
    # 3 points at price 2 are cheaper than the whole jump of 10.
    assert least == LeastEffort(gains={"02": 3}, effort=6, bound=6)


def test_cheap_points_come_before_dear_ones() -> None:
    options = [way("01", (4, 1, "range"), (6, 3, "range")), way("02", (5, 1, "gap"))]
    least = least_effort(options, 10)
    assert least is not None
    assert least.gains == {"01": 5, "02": 5}
    assert least.effort == 4 + 3 + 5


def test_points_already_decided_cost_nothing_and_are_taken_first() -> None:
    least = least_effort([way("01", (4, 0, "gap")), way("02", (9, 1, "range"))], 6)
    assert least is not None
    assert least.gains == {"01": 4, "02": 2}


def test_steps_of_one_grid_are_proven_although_no_sum_hits_the_need() -> None:
    options = [way(f"{place:02d}", (250_000 * (1 + place % 7), 1, "gap")) for place in range(40)]
    least = least_effort(options, 12_345_678)
    assert least is not None
    assert least.bound >= least.effort
    assert least.effort == 12_500_000


def test_a_search_cut_short_says_how_far_it_may_be_from_the_least(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_BRANCHES", 3)
    rng = random.Random(5)
    options = [way(f"{place:02d}", (rng.randint(1, 20_000_000), 1, "gap")) for place in range(60)]
    least = least_effort(options, 123_456_789)
    assert least is not None
    assert sum(least.gains.values()) >= 123_456_789
    assert 123_456_789 <= least.bound < least.effort


def test_a_point_that_gets_cheaper_on_the_way_is_refused() -> None:
    with pytest.raises(ValueError, match="component 01"):
        way("01", (5, 3, "gap"), (5, 1, "gap"))
