"""Geometry of the charts: numbers to coordinates, for templates to draw as SVG.

Charts are drawn by hand: a dozen bars and lines need no library, a page with them weighs a few
kilobytes, shows without a script and prints sharply.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dti_pipeline.reports.release_view import Row
from dti_pipeline.reports.timeline import Stop

RADAR_RADIUS: Final = 100
# More lines than this cannot be told apart.
MOST_LINES: Final = 100


@dataclass(frozen=True)
class Bar:
    """A horizontal bar on a scale of 0 to 100."""

    start: float
    width: float


def span(start: int, length: int, whole: int) -> Bar:
    """Return where a step of a waterfall lies within its whole; gains run to the left."""
    if whole <= 0:
        return Bar(0, 0)
    low, high = sorted((start, start + length))
    return Bar(round(100 * low / whole, 3), round(100 * (high - low) / whole, 3))


def radar(rows: Sequence[Row]) -> dict[str, Any]:
    """Return a radar of ranking rows: its axes, and the shapes of the unit, the median, the best.

    The first axis points up, the others follow clockwise.
    """
    angles = [2 * math.pi * place / len(rows) - math.pi / 2 for place in range(len(rows))]
    axes = [(math.cos(angle), math.sin(angle)) for angle in angles]
    ends = [(round(x * RADAR_RADIUS, 1), round(y * RADAR_RADIUS, 1)) for x, y in axes]

    def polygon(column: str) -> str:
        shares = [min(max(row[column] or 0.0, 0.0), 1.0) for row in rows]
        corners = zip(ends, shares, strict=True)
        return " ".join(f"{x * share:.1f},{y * share:.1f}" for (x, y), share in corners)

    return {
        "own": polygon("value"),
        "median": polygon("median"),
        "best": polygon("best"),
        "spokes": [
            {
                "x": end_x,
                "y": end_y,
                "label_x": round(x * (RADAR_RADIUS + 12), 1),
                "label_y": round(y * (RADAR_RADIUS + 14) + 4, 1),
                "anchor": "middle" if abs(x) < 0.2 else "start" if x > 0 else "end",
            }
            for (x, y), (end_x, end_y) in zip(axes, ends, strict=True)
        ],
    }


def segments(points: Sequence[tuple[float, float, bool]]) -> tuple[str, str]:
    """Return two SVG paths through points: the solid one, and the dashed one across breaks.

    A piece of the solid path starts with a stroke of no length, so that a lone point shows as a
    dot. Points are x, y, and whether a break lies before the point.
    """
    solid, across = [], []
    for place, (x, y, is_broken) in enumerate(points):
        if place == 0 or is_broken:
            solid.append(f"M{x:g} {y:g}h0")
        else:
            solid.append(f"L{x:g} {y:g}")
        if place and is_broken:
            before = points[place - 1]
            across.append(f"M{before[0]:g} {before[1]:g}L{x:g} {y:g}")
    return "".join(solid), "".join(across)


def unit_points(
    stops: Sequence[Stop], unit_id: str, *, x: Callable[[int], float], y: Callable[[float], float]
) -> list[tuple[float, float, bool]]:
    """Return a unit's values as points for ``segments``; a gap is a break as well."""
    places = [place for place, stop in enumerate(stops) if stop.value(unit_id) is not None]
    return [
        (
            x(place),
            y(stops[place].rows[unit_id]["value"]),
            place - 1 not in places or stops[place].break_before is not None,
        )
        for place in places
    ]


def sparkline(
    stops: Sequence[Stop], unit_id: str, *, width: float, height: float, low: float, high: float
) -> tuple[str, str]:
    step = width / max(1, len(stops) - 1)
    points = unit_points(
        stops,
        unit_id,
        x=lambda place: round(place * step, 1),
        y=lambda value: round(height - (value - low) / ((high - low) or 1.0) * height, 1),
    )
    return segments(points) if len(points) > 1 else ("", "")


WIDTH, HEIGHT, LEFT, TOP = 640, 220, 48, 16


def history_chart(
    stops: Sequence[Stop], unit_id: str, *, predecessors: Sequence[str]
) -> dict[str, Any] | None:
    """Return the chart of a unit's values; None with fewer than two values to show.

    The line, and its dashed pieces across breaks; ``earlier`` are both of each unit that a merged
    unit succeeds. Dots, breaks, ticks and labels come with their places.
    """
    step = (WIDTH - LEFT - 60) / max(1, len(stops) - 1)
    xs = [round(LEFT + 30 + place * step, 1) for place in range(len(stops))]
    values = [
        value
        for unit in (unit_id, *predecessors)
        for stop in stops
        if (value := stop.value(unit)) is not None
    ]
    if len(values) < 2:
        return None
    low = math.floor(min(values) * 10) / 10
    high = max(math.ceil(max(values) * 10) / 10, low + 0.1)

    def y(value: float) -> float:
        return round(TOP + (high - value) / (high - low) * HEIGHT, 1)

    def points(unit: str) -> list[tuple[float, float, bool]]:
        return unit_points(stops, unit, x=xs.__getitem__, y=y)

    path, across = segments(points(unit_id))
    earlier = [(*segments(points(unit)), unit) for unit in predecessors]
    tenths = range(round(low * 10), round(high * 10) + 1, 1 if high - low < 0.55 else 2)
    return {
        "path": path,
        "across": across,
        "dots": [
            (xs[place], y(value), value)
            for place, stop in enumerate(stops)
            if (value := stop.value(unit_id)) is not None
        ],
        "earlier": [line for line in earlier if any(line[:2])],
        "breaks": [
            (round(x - step / 2, 1), stop)
            for x, stop in zip(xs, stops, strict=True)
            if stop.break_before is not None
        ],
        "ticks": [(tenth / 10, y(tenth / 10)) for tenth in tenths],
        "labels": list(zip(xs, stops, strict=True)),
    }


SLOPE_WIDTH, SLOPE_TOP, SLOPE_LINE, LETTER = 110, 30, 15, 6


def slope_chart(rows: Sequence[Row]) -> dict[str, Any] | None:
    """Return lines between two rankings; None where nobody has both ranks.

    Units that share a rank stand below one another. Of more than `MOST_LINES` units, those whose
    rank changes most. Rows have rank_from, rank_to, rank_change.
    """
    ranked = [row for row in rows if None not in (row["rank_from"], row["rank_to"])]
    drawn = sorted(ranked, key=lambda row: -abs(row["rank_change"]))[:MOST_LINES]
    if not drawn:
        return None

    def heights(column: str) -> dict[str, int]:
        ordered = sorted(drawn, key=lambda row: (row[column], row["unit_name"]))
        ids = [row["unit_id"] for row in ordered]
        return {unit: SLOPE_TOP + place * SLOPE_LINE for place, unit in enumerate(ids, start=1)}

    before, after = heights("rank_from"), heights("rank_to")
    kinds = {1: "up", 0: "same", -1: "down"}
    left = LETTER * max(len(row["unit_name"]) + 5 for row in drawn)
    return {
        "lines": [
            {
                "row": row,
                "kind": kinds[(row["rank_change"] > 0) - (row["rank_change"] < 0)],
                "start": before[row["unit_id"]],
                "end": after[row["unit_id"]],
            }
            for row in drawn
        ],
        "left": left,
        "right": left + SLOPE_WIDTH,
        "width": 2 * left + SLOPE_WIDTH,
        "height": SLOPE_TOP + (len(drawn) + 1) * SLOPE_LINE,
        "n_drawn": len(drawn),
        "n_all": len(ranked),
    }
