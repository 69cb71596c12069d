"""Ranks over the years, one line per unit, with every break in comparability marked.

A rank is drawn at its place within the units ranked that year, so that 1 and the last lie at the
same heights for 63 and for 34 units. Lines follow a merged unit into its successor. Of too many
lines the first ranks are drawn, and the page says so.
"""

from collections.abc import Callable, Sequence
from typing import Any

from dti_pipeline.reports.release_view import Row
from dti_pipeline.reports.site.charts import MOST_LINES
from dti_pipeline.reports.timeline import Stop, Timeline

LEFT, RIGHT, TOP, LINE_HEIGHT = 170, 180, 46, 15
# The chart is as wide as the page while columns stay apart.
PAGE_WIDTH, NARROWEST, WIDEST = 1180, 120, 320


def bump_chart(timeline: Timeline) -> dict[str, Any] | None:
    """Return the chart; None where fewer than two assessments have ranks."""
    stops = [
        stop for stop in timeline.stops if any(stop.rank(unit) is not None for unit in stop.rows)
    ]
    if len(stops) < 2:
        return None
    height = LINE_HEIGHT * min(MOST_LINES, max(len(stop.rows) for stop in stops))
    step = min(WIDEST, max(NARROWEST, (PAGE_WIDTH - LEFT - RIGHT) // (len(stops) - 1)))
    xs = [LEFT + place * step for place in range(len(stops))]
    slots = [_slots(stop) for stop in stops]
    deepest = [max(1, *by_unit.values()) for by_unit in slots]
    firsts = sorted(pair for stop in stops for pair in _ranked(stop) if pair[0] <= MOST_LINES)
    units = list(dict.fromkeys(unit for _, unit in firsts))

    def y(place: int, unit: str) -> float:
        return round(TOP + slots[place][unit] / deepest[place] * height, 1)

    return {
        "lines": [_line(timeline, stops, unit, xs=xs, y=y) for unit in units],
        "stops": list(zip(xs, stops, strict=True)),
        "breaks": [
            (x - step / 2, stop)
            for x, stop in zip(xs[1:], stops[1:], strict=True)
            if stop.break_before is not None
        ],
        "width": xs[-1] + RIGHT,
        "height": TOP + height + 24,
        "left": LEFT,
        "last_x": xs[-1],
        "n_drawn": len(units),
        "n_all": len({unit for stop in stops for unit in stop.rows}),
        "most": MOST_LINES,
        "partial": [stop for stop in stops if not stop.assessment.row["is_complete"]],
    }


def _ranked(stop: Stop) -> list[tuple[int, str]]:
    return sorted((row["rank"], unit) for unit, row in stop.rows.items() if row["rank"] is not None)


def _slots(stop: Stop) -> dict[str, int]:
    """Return the place of every ranked unit; units that share a rank stand below one another.

    The ranks after a shared one are skipped, so their places are free.
    """
    shared: dict[int, int] = {}
    slots = {}
    for rank, unit in _ranked(stop):
        slots[unit] = rank - 1 + shared.get(rank, 0)
        shared[rank] = shared.get(rank, 0) + 1
    return slots


def _line(
    timeline: Timeline,
    stops: Sequence[Stop],
    unit: str,
    *,
    xs: Sequence[int],
    y: Callable[[int, str], float],
) -> dict[str, Any]:
    """Return one unit: its path, dashed links into its successor, and its dots."""
    path: list[str] = []
    links: list[str] = []
    dots: list[tuple[float, float, Row, Stop]] = []
    successor = timeline.successor.get(unit)
    for place, stop in enumerate(stops):
        if stop.rank(unit) is None:
            continue
        height = y(place, unit)
        if dots and stops[place - 1].rank(unit) is not None:
            target = path if stop.break_before is None else links
            target.append(f"M{dots[-1][0]:g} {dots[-1][1]:g}L{xs[place]} {height:g}")
        dots.append((xs[place], height, stop.rows[unit], stop))
        following = stops[place + 1] if place + 1 < len(stops) else None
        if following is None or successor is None or unit in following.rows:
            continue
        if following.rank(successor) is not None:
            end = f"{xs[place + 1]} {y(place + 1, successor):g}"
            links.append(f"M{xs[place]} {height:g}L{end}")
    return {
        "unit_id": unit,
        "name": dots[-1][2]["unit_name"],
        "path": "".join(path),
        "links": "".join(links),
        "dots": dots,
        "next": successor,
    }
