"""How far a unit is from better ranks, as far as the release itself says it.

The gap to a better rank is the difference of published values, turned into points with the unit's
own maximum. It holds while all others stay as they are; how to win the points is for a plan to say.
"""

from collections.abc import Sequence
from typing import Final

from dti_pipeline.exact import MICRO, ratio
from dti_pipeline.reports.figures import to_micro
from dti_pipeline.reports.release_view import Row
from schemas.text import Text

# Ranks that provinces set themselves as goals.
GOALS: Final = (
    (10, Text("Nhóm 10 đơn vị dẫn đầu", "The first ten")),
    (1, Text("Đứng đầu", "First place")),
)


def gaps(own: Row, pool: Sequence[Row]) -> list[Row]:
    """Return the gaps to the next rank, the tenth and the first; empty for the first.

    ``pool`` are the overall rows of all units ranked together with the own, the first rank first.
    A gap has name, rank, unit_name, value, and points of the unit's own maximum, to two decimals.
    """
    if own["rank"] is None or own["value"] is None or own["max_points_effective"] is None:
        return []
    above = [
        row
        for row in pool
        if row["rank"] is not None and row["value"] is not None
        if row["rank"] < own["rank"] and row["value"] > own["value"]
    ]
    if not above:
        return []
    result = [_gap(Text("Thứ hạng liền trên", "Next rank up"), own, above[-1])]
    for rank, name in GOALS:
        holders = [row for row in above if row["rank"] <= rank]
        if holders and holders[-1]["unit_id"] != above[-1]["unit_id"]:
            result.append(_gap(name, own, holders[-1]))
    return result


def _gap(name: Text, own: Row, other: Row) -> Row:
    difference = to_micro(other["value"]) - to_micro(own["value"])
    maximum = to_micro(own["max_points_effective"])
    return {
        "name": name,
        "rank": other["rank"],
        "unit_name": other["unit_name"],
        "value": difference / MICRO,
        "points": ratio(difference * maximum, MICRO**2, decimals=2),
    }
