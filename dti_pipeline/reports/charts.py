"""Geometry of the charts: numbers to coordinates, for templates to draw as SVG.

Charts are drawn by hand: a dozen bars and lines need no library, a page with them weighs a few
kilobytes, shows without a script and prints sharply.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dti_pipeline.reports.history import Stop, broken_before, known_places, segments
from dti_pipeline.reports.view import Row


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


@dataclass(frozen=True)
class Spoke:
    """One axis of a radar: its end, and where its label stands."""

    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str


def radar(count: int, *, radius: float = 100) -> list[Spoke]:
    """Return the axes of a radar, the first pointing up, then clockwise."""
    spokes = []
    for place in range(count):
        angle = 2 * math.pi * place / count - math.pi / 2
        x, y = math.cos(angle), math.sin(angle)
        anchor = "middle" if abs(x) < 0.2 else "start" if x > 0 else "end"
        spokes.append(
            Spoke(
                round(x * radius, 1),
                round(y * radius, 1),
                round(x * (radius + 12), 1),
                round(y * (radius + 14) + 4, 1),
                anchor,
            )
        )
    return spokes


def polygon(values: Sequence[float | None], *, radius: float = 100) -> str:
    """Return the corners of a radar's shape; a value that is unknown lies in the centre."""
    corners = []
    for value, spoke in zip(values, radar(len(values), radius=radius), strict=True):
        share = min(max(value or 0.0, 0.0), 1.0)
        corners.append(f"{spoke.x * share:.1f},{spoke.y * share:.1f}")
    return " ".join(corners)


@dataclass(frozen=True)
class Dot:
    """One stop of a unit's history."""

    x: float
    y: float
    stop: Stop
    row: Row


@dataclass(frozen=True)
class HistoryChart:
    """A unit's values over the years.

    Attributes:
        path: the line, broken where years are not comparable.
        across: dashed pieces across the breaks.
        dots: the stops with a value.
        earlier: lines of the predecessors of a merged unit, with their unit ids.
        breaks: places of the breaks on the x axis.
        ticks: values on the y axis with their places.
        labels: all stops with their places on the x axis.
    """

    path: str
    across: str
    dots: Sequence[Dot]
    earlier: Sequence[tuple[str, str]]
    breaks: Sequence[tuple[float, Stop]]
    ticks: Sequence[tuple[float, float]]
    labels: Sequence[tuple[float, Stop]]


WIDTH, HEIGHT, LEFT, TOP = 640, 220, 48, 16


def history_chart(
    stops: Sequence[Stop], unit_id: str, *, predecessors: Sequence[str]
) -> HistoryChart | None:
    """Return the chart of a unit's values; None with fewer than two values to show."""
    step = (WIDTH - LEFT - 60) / max(1, len(stops) - 1)
    xs = [round(LEFT + 30 + place * step, 1) for place in range(len(stops))]
    lines = {one: known_places(stops, one) for one in (unit_id, *predecessors)}
    values: list[float] = [
        stops[i].rows[one]["value"] for one, places in lines.items() for i in places
    ]
    if len(values) < 2:
        return None
    low = math.floor(min(values) * 10) / 10
    high = max(math.ceil(max(values) * 10) / 10, low + 0.1)

    def y(value: float) -> float:
        return round(TOP + (high - value) / (high - low) * HEIGHT, 1)

    def paths(one: str) -> tuple[str, str]:
        return segments(
            [
                (xs[i], y(stops[i].rows[one]["value"]), broken_before(stops, lines[one], i))
                for i in lines[one]
            ]
        )

    solid, across = paths(unit_id)
    tenths = range(round(low * 10), round(high * 10) + 1, 1 if high - low < 0.55 else 2)
    return HistoryChart(
        path=solid,
        across=across,
        dots=[
            Dot(xs[i], y(stops[i].rows[unit_id]["value"]), stops[i], stops[i].rows[unit_id])
            for i in lines[unit_id]
        ],
        earlier=[("".join(paths(one)), one) for one in predecessors if lines[one]],
        breaks=[
            (round(xs[i] - step / 2, 1), stop)
            for i, stop in enumerate(stops)
            if stop.break_before is not None
        ],
        ticks=[(tenth / 10, y(tenth / 10)) for tenth in tenths],
        labels=list(zip(xs, stops, strict=True)),
    )
