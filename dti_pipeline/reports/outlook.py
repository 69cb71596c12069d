"""What would move a unit up, as far as the release itself says it.

The gap to a better rank is the difference of published values, turned into points with the unit's
own maximum. It holds while all others stand still; how to win the points is for a plan to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dti_pipeline.reports.figures import exact
from dti_pipeline.reports.view import Row
from schemas.text import Text

# Ranks that provinces set themselves as targets: the first ten, the first of all.
GOALS: Final = (
    (10, Text("Vào 10 đơn vị đầu", "Into the first ten")),
    (1, Text("Đứng đầu", "First place")),
)


@dataclass(frozen=True)
class Gap:
    """What lies between a unit and a better rank.

    Attributes:
        name: what would be reached.
        rank: the rank.
        unit_name: who holds it now.
        value: difference of values.
        points: about as many points, with the unit's own maximum.
    """

    name: Text
    rank: int
    unit_name: str
    value: float
    points: float


def gaps(own: Row, pool: Sequence[Row]) -> list[Gap]:
    """Return the gaps to the next rank, the tenth and the first; empty for the first.

    Args:
        own: the unit's overall ranking row.
        pool: the rows of all units ranked together with it, the first rank first.
    """
    if own["rank"] is None or own["value"] is None or own["max_points_effective"] is None:
        return []
    above = [row for row in pool if row["rank"] is not None and row["value"] is not None]
    above = [row for row in above if row["rank"] < own["rank"]]
    if not above:
        return []
    found = [_gap(Text("Hạng liền trên", "Next rank up"), own, above[-1])]
    for rank, name in GOALS:
        holders = [row for row in above if row["rank"] <= rank]
        if holders and holders[-1]["unit_id"] != above[-1]["unit_id"]:
            found.append(_gap(name, own, holders[-1]))
    return found


def _gap(name: Text, own: Row, other: Row) -> Gap:
    difference = exact(other["value"]) - exact(own["value"])
    return Gap(
        name=name,
        rank=other["rank"],
        unit_name=other["unit_name"],
        value=float(difference),
        points=float(difference * exact(own["max_points_effective"])),
    )
