"""How large things are in a province: made-up denominators that grow with its real population."""

from collections.abc import Mapping
from random import Random
from typing import Final

from dti_pipeline.exact import MICRO
from tools.sample.targets import SEED

# Name of a count → (in every province, more per thousand people). The counts that calibrate a main
# (adults, working_age, planned, dossiers) exceed 150,000 everywhere, so that one step of their
# ratio is far less than a thousandth of a point.
SIZES: Final[Mapping[str, tuple[float, float]]] = {
    "adults": (0, 690),
    "agencies": (28, 0.004),
    "budget_spending": (5_500_000, 9_000),
    "commune_files": (20_000, 90),
    "communes": (70, 0.05),
    "computers": (1_200, 3.2),
    "districts": (7, 0.003),
    "district_files": (15_000, 70),
    "documents": (90_000, 300),
    "dossiers": (20_000, 610),
    "hamlets": (620, 0.55),
    "hospitals": (9, 0.02),
    "households": (0, 268),
    "it_officials": (24, 0.05),
    "it_spending": (30_000, 60),
    "meetings": (12, 0.002),
    "offices": (150, 0.09),
    "officials": (9_000, 14),
    "payable": (9_000, 240),
    "petitions": (160, 1.9),
    "planned": (170_000, 110),
    "portals": (40, 0.03),
    "postal_points": (70, 0.11),
    "procedures": (2_020, 0.03),
    "procedures_eligible": (1_030, 0.015),
    "province_files": (40_000, 60),
    "reports": (110, 0.004),
    "required": (10, 0.001),
    "results": (18_000, 560),
    "schools": (210, 0.24),
    "smes": (1_100, 4.6),
    "systems": (26, 0.016),
    "taxpayers": (1_000, 4.1),
    "working_age": (0, 560),
}
# Provinces of one population differ by up to this part.
SPREAD: Final = 0.06


def unit_sizes(unit_id: str, population_micro: int) -> dict[str, int]:
    """Return the counts of one unit, in millionths.

    Args:
        unit_id: seeds the spread.
        population_micro: population in thousand people, in millionths.
    """
    random = Random(f"{SEED}:{unit_id}:sizes")
    thousands = population_micro / MICRO
    return {
        name: round((base + each * thousands) * random.uniform(1 - SPREAD, 1 + SPREAD)) * MICRO
        for name, (base, each) in SIZES.items()
    }
