"""Ranks over the years, one line per unit, with every break in comparability marked.

A rank is drawn at its place within the units ranked that year, so that 1 and the last lie at the
same heights for 63 and for 34 units. Lines follow a merged unit into its successor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dti_pipeline.reports.history import Stop, Timeline
from dti_pipeline.reports.view import Row

# More lines than this cannot be told apart; the first ranks are drawn, and the page says so.
MOST_LINES: Final = 100
LEFT, RIGHT, TOP, LINE_HEIGHT = 170, 180, 46, 15
# The chart is as wide as the page while columns stay apart.
PAGE_WIDTH, NARROWEST, WIDEST = 1180, 150, 320


@dataclass(frozen=True)
class Line:
    """One unit: its path, dashed links into its successor, dots, and where its names stand."""

    unit_id: str
    name: str
    path: str
    links: str
    dots: Sequence[tuple[float, float, Row, Stop]]
    next: str | None


def bump_chart(timeline: Timeline) -> dict[str, Any] | None:
    """Return the chart; None where fewer than two assessments have ranks."""
    stops = [
        stop
        for stop in timeline.stops
        if any(row["rank"] is not None for row in stop.rows.values())
    ]
    if len(stops) < 2:
        return None
    height = LINE_HEIGHT * min(MOST_LINES, max(len(stop.rows) for stop in stops))
    step = min(WIDEST, max(NARROWEST, (PAGE_WIDTH - LEFT - RIGHT) // (len(stops) - 1)))
    xs = [LEFT + place * step for place in range(len(stops))]
    slots = {stop.edition.id: _slots(stop) for stop in stops}
    units = _chosen(stops)
    deepest = {name: max(1, *found.values()) for name, found in slots.items()}

    def y(stop: Stop, row: Row) -> float:
        slot = slots[stop.edition.id][row["unit_id"]]
        return round(TOP + slot / deepest[stop.edition.id] * height, 1)

    lines = [_line(timeline, stops, unit, xs=xs, y=y) for unit in units]
    last_ids = {stop.edition.id: place for place, stop in enumerate(stops)}
    return {
        "lines": [line for line in lines if line.dots],
        "stops": list(zip(xs, stops, strict=True)),
        "breaks": [
            (xs[place] - step / 2, stop)
            for place, stop in enumerate(stops)
            if place and stop.break_before is not None
        ],
        "width": xs[-1] + RIGHT,
        "height": TOP + height + 24,
        "left": LEFT,
        "last_x": xs[last_ids[stops[-1].edition.id]],
        "n_drawn": len(units),
        "n_all": len({unit for stop in stops for unit in stop.rows}),
        "most": MOST_LINES,
        "partial": [stop for stop in stops if not stop.edition.row["is_complete"]],
    }


def _slots(stop: Stop) -> dict[str, int]:
    """Return the place of every ranked unit; units that share a rank stand below one another.

    The ranks after a shared one are skipped, so their places are free.
    """
    ranked = sorted(
        (row["rank"], unit) for unit, row in stop.rows.items() if row["rank"] is not None
    )
    seen: dict[int, int] = {}
    found = {}
    for rank, unit in ranked:
        found[unit] = rank - 1 + seen.get(rank, 0)
        seen[rank] = seen.get(rank, 0) + 1
    return found


def _chosen(stops: Sequence[Stop]) -> list[str]:
    """Return the units to draw: of every stop those with a rank, the first ranks where too many."""
    ranked = [
        (row["rank"], unit)
        for stop in stops
        for unit, row in stop.rows.items()
        if row["rank"] is not None and row["rank"] <= MOST_LINES
    ]
    return [unit for _, unit in dict.fromkeys((0, unit) for _, unit in sorted(ranked))]


def _line(
    timeline: Timeline, stops: Sequence[Stop], unit: str, *, xs: Sequence[int], y: Any
) -> Line:
    parts: list[str] = []
    links: list[str] = []
    dots: list[tuple[float, float, Row, Stop]] = []
    successor = timeline.successor.get(unit)
    for place, stop in enumerate(stops):
        row = stop.rows.get(unit)
        if row is None or row["rank"] is None:
            continue
        at = y(stop, row)
        joined = bool(dots) and stops[place - 1].rows.get(unit, {}).get("rank") is not None
        target = parts if stop.break_before is None else links
        if joined:
            target.append(f"M{dots[-1][0]:g} {dots[-1][1]:g}L{xs[place]} {at:g}")
        dots.append((xs[place], at, row, stop))
        following = stops[place + 1] if place + 1 < len(stops) else None
        if following is None or successor is None or unit in following.rows:
            continue
        after = following.rows.get(successor)
        if after is not None and after["rank"] is not None:
            links.append(f"M{xs[place]} {at:g}L{xs[place + 1]} {y(following, after):g}")
    name = dots[-1][2]["unit_name"] if dots else unit
    return Line(
        unit_id=unit,
        name=name,
        path="".join(parts),
        links="".join(links),
        dots=dots,
        next=successor,
    )
