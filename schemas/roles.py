"""What a tool may do with a column: filter by it, add it up, take its mean, or leave it alone."""

import re
from typing import Final

from schemas.contract import Table
from schemas.keys import REFERENCES

ROLES: Final = ("key", "dimension", "measure", "technical")
AGGREGATIONS: Final = ("sum", "mean", "none")

_MEASURES: Final = frozenset(
    {"points", "ratio", "difference", "percent", "count", "places", "rank"}
    | {"as measure", "as unit_of_measure"}
)
_TECHNICAL: Final = frozenset({"micro-points", "millionths", "sha256", "order", "tile", "digits"})
_ADDS_UP: Final = frozenset(
    {"points", "points_assessed", "points_lost", "points_lost_counted", "points_change"}
    | {"max_points", "max_points_effective", "max_points_assessed"}
)
_MEANS: Final = re.compile(r"^(value(_change)?|gap_to_mean|gap_to_best_in_region|share_\w+)$")


def role(table: type[Table], name: str) -> str:
    unit = table.to_schema().columns[name].metadata["unit"]
    if name in ("release_id", "revision_id") or unit in _TECHNICAL:
        return "technical"
    if name in table.key() or reference(table, name):
        return "key"
    return "measure" if unit in _MEASURES else "dimension"


def aggregation(table: type[Table], name: str) -> str:
    """Say what may be made of the figures of many rows of one scope.

    Ranks, counts of a pool, medians and figures of groups are no longer right when they are added
    up or averaged.
    """
    if role(table, name) != "measure" or table.name() in ("fact_group_summary", "fact_index_check"):
        return "none"
    if name in _ADDS_UP:
        # Overall, pillars and mains hold the same points several times.
        return "mean" if {"scope", "pillar_code"} & set(table.names()) else "sum"
    return "mean" if _MEANS.match(name) else "none"


def reference(table: type[Table], name: str) -> str | None:
    """Return table and column that a column refers to; null where it refers to nothing."""
    target = REFERENCES.get(name)
    if target is None or target == (table.name(), name):
        return None
    return ".".join(target)
