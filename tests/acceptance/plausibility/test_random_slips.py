"""Random columns with figures in another unit of measure: each is told, and no other figure."""

import random

import pytest

from tests.acceptance.plausibility.test_checks import UNITS, issues_of, sound

# What a column may hold, and how its figures slip: amounts by a thousand, percentages by a hundred.
COLUMNS = {"0102": ("people", (1000, 0.001)), "0104": ("share", (0.01,))}


def told(figures: dict[tuple[str, str, str], float]) -> set[tuple[str, str]]:
    rows = issues_of(figures).filter(rule_id="unit_of_measure.suspect")
    return set(rows.select("unit_id", "component_code").iter_rows())


@pytest.mark.parametrize("seed", range(40))
def test_every_slip_of_a_random_column_is_told_and_nothing_else(seed: int) -> None:
    dice = random.Random(seed)
    figures, slips = sound(), set()
    for code, (name, factors) in COLUMNS.items():
        middle = 45.0 if code == "0104" else 10 ** dice.uniform(3, 7)
        for unit in UNITS:
            figures[unit, code, name] = round(middle * dice.uniform(0.6, 1.6), 2)
        for unit in dice.sample(UNITS, dice.randint(0, 3)):
            figures[unit, code, name] *= dice.choice(factors)
            slips.add((unit, code))
    assert told(figures) == slips
