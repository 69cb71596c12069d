"""The points of Ninh Bình's units in 2021 and 2022.

Published are the means of both years, the first three departments, districts and communes of 2022,
that every department rose, and the least and the largest change of a district. All else is made up.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random
from typing import Final

from dti_pipeline.exact import MICRO, as_micro, round_half_up
from tools.sample.book import SEED

YEARS: Final = (2021, 2022)
# Level of units → mean points of 2021 and 2022 as published, over all its units.
MEANS: Final = {
    "department": ("207.73", "299.33"),
    "district": ("381.21", "521.76"),
    "commune": ("232.93", "343.93"),
}
# The first three of 2022 as published; 331.01 is printed as 3331,01.
PRINTED: Final = {
    "VN-NB-D01": "335.9",
    "VN-NB-D02": "331.01",
    "VN-NB-D03": "322.65",
    "VN-NB-H369": "587.41",
    "VN-NB-H370": "569.06",
    "VN-NB-H372": "518.92",
    "VN-NB-C001": "385.641",
    "VN-NB-C002": "373.591",
    "VN-NB-C003": "357.301",
}
# Made up: a department to which some components do not apply stays below the first three in percent
# of its own maximum, and two offices that are not ranked lie above all that are.
MADE_UP: Final = {"VN-NB-D17": "284.6", "VN-NB-O04": "321.9", "VN-NB-O05": "320.5"}
# The least and the largest change of a district are published, but not of which.
CHANGES: Final = {"VN-NB-H375": "191.75", "VN-NB-H377": "86.73"}
# Level → how far the points of 2022, and the change on 2021, of other units lie from their mean.
SPREADS: Final = {"department": (16, 48), "district": (17, 38), "commune": (13, 45)}
# Unit → how far it may miss its points: less than half of the last printed place.
EXACT: Final = {
    unit_id: 450 if unit_id.startswith("VN-NB-C") else 4_500
    for unit_id in (*PRINTED, *(f"VN-NB-H{number}" for number in range(369, 378)))
}
HUNDREDTH: Final = MICRO // 100


def unit_points(
    levels: Mapping[str, str], *, silent: Mapping[str, Mapping[int, int]]
) -> dict[int, dict[str, int]]:
    """Return year → unit_id → micro-points.

    Args:
        levels: unit_id → level.
        silent: units without a report: year → micro-points of their central figures.
    """
    before, now = (dict[str, int]() for _ in YEARS)
    for level, means in MEANS.items():
        unit_ids = [unit_id for unit_id, of in levels.items() if of == level]
        first, last = (as_micro(Fraction(mean)) * len(unit_ids) for mean in means)
        spread, spread_of_change = SPREADS[level]
        settled = {u: as_micro(Fraction(points)) for u, points in (PRINTED | MADE_UP).items()}
        settled |= {unit_id: years[YEARS[1]] for unit_id, years in silent.items()}
        changes = {u: as_micro(Fraction(points)) for u, points in CHANGES.items()}
        changes |= {u: years[YEARS[1]] - years[YEARS[0]] for u, years in silent.items()}
        own = _drawn(unit_ids, last, settled, spread, Random(f"{SEED}:{level}:points"))
        rise = _drawn(
            unit_ids, last - first, changes, spread_of_change, Random(f"{SEED}:{level}:changes")
        )
        now |= own
        before |= {unit_id: own[unit_id] - rise[unit_id] for unit_id in unit_ids}
    return dict(zip(YEARS, (before, now), strict=True))


def _drawn(
    unit_ids: Sequence[str], total: int, settled: Mapping[str, int], spread: int, random: Random
) -> dict[str, int]:
    """Draw what is not settled around its mean, in hundredths of a point; all add up to the total.

    Args:
        unit_ids: the units that share the total.
        total: micro-points of all of them together.
        settled: unit_id → micro-points that are settled.
        spread: points by which a unit lies at most from the mean of those drawn.
        random: draws them.
    """
    points = {unit_id: settled[unit_id] for unit_id in unit_ids if unit_id in settled}
    others = [unit_id for unit_id in unit_ids if unit_id not in settled]
    draws = [random.random() for _ in others]
    middle = sum(draws) / len(draws)
    farthest = max(abs(draw - middle) for draw in draws)
    left = total - sum(points.values())
    mean = Fraction(left, len(others))
    for unit_id, draw in zip(others[:-1], draws[:-1], strict=True):
        away = Fraction((draw - middle) / farthest * spread) * MICRO
        points[unit_id] = round_half_up((mean + away) / HUNDREDTH) * HUNDREDTH
        left -= points[unit_id]
    return points | {others[-1]: left}
