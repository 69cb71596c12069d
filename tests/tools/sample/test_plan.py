from fractions import Fraction
from random import Random

import pytest

from dti_pipeline.index.frameworks.load import BoundFramework
from tools.sample.plan import Candidate, Level, plan_main

POINT = 10**6
WHOLE = (Fraction(0), Fraction(1))


@pytest.fixture
def candidates(framework: BoundFramework) -> list[Candidate]:
    return [Candidate(c, WHOLE) for c in framework.of_main("5") if not c.is_relative]


def total(levels: dict[str, Level]) -> int:
    return sum(level.points for level in levels.values())


def test_what_is_left_fits_the_calibrating_component(candidates: list[Candidate]) -> None:
    others = [c for c in candidates if c.component.code != "0503"]
    levels = plan_main(others, target=50 * POINT, free=14 * POINT, counts=None, random=Random(1))
    assert 0 < 50 * POINT - total(levels) < 14 * POINT


def test_counts_of_zeros_and_maxima_are_kept(candidates: list[Candidate]) -> None:
    others = [c for c in candidates if c.component.code != "0503"]
    levels = plan_main(others, target=40 * POINT, free=14 * POINT, counts=(4, 3), random=Random(1))
    maxima = {c.component.code: c.component.maximum for c in others}
    assert sum(level.points == 0 for level in levels.values()) == 4
    assert sum(level.points == maxima[code] for code, level in levels.items()) == 3


def test_a_main_at_its_maximum_has_all_components_there(framework: BoundFramework) -> None:
    others = [Candidate(c, WHOLE) for c in framework.of_main("1") if c.code != "0107"]
    levels = plan_main(others, target=100 * POINT, free=15 * POINT, counts=None, random=Random(1))
    assert total(levels) == 85 * POINT


def test_points_out_of_reach_are_refused(candidates: list[Candidate]) -> None:
    with pytest.raises(ValueError, match="0501"):
        plan_main(candidates[:2], target=90 * POINT, free=POINT, counts=None, random=Random(1))


def test_implausible_levels_are_left_out(framework: BoundFramework) -> None:
    candidate = Candidate(framework.by_code["0301"], (Fraction(1, 5), Fraction(24, 25)))
    assert candidate.zero is None
    assert candidate.full is None
    assert candidate.levels[0].points >= 3 * POINT
