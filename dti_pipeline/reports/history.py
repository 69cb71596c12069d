"""A unit over the assessments of a release, with breaks marked and the merger of units followed.

Assessments are joined on ``unit_id``, never on a code or a name: seven official codes name another
province since July 2025. Where units were merged, ``bridge_unit_succession`` leads from the old
unit to the new one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from dti_pipeline.reports.view import Book, Edition, Row
from schemas.text import Text


@dataclass(frozen=True)
class Stop:
    """One assessment on the way through the years.

    Attributes:
        edition: the assessment.
        short: what stands on an axis: the year, with the unit set where a year has two.
        rows: unit → its overall ranking row.
        break_before: why it is not comparable with the stop before; None where it is.
    """

    edition: Edition
    short: str
    rows: Mapping[str, Row]
    break_before: Text | None

    @property
    def n_ranked(self) -> int:
        """Return the number of units its ranks are among, also where not all are public."""
        return max((row["n_ranked"] for row in self.rows.values()), default=0)


class Timeline:
    """The assessments that share units, or predecessors of units, with one assessment."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.book: Book = edition.book

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """Return the assessments in the order of years, a derived one after its source."""
        here = set(self.edition.overall["unit_id"].to_list())
        related = here | self._linked(here)
        chosen = sorted(
            (
                other
                for other in self.book.editions
                if other.row["level"] == self.edition.row["level"]
                and related & set(other.overall["unit_id"].to_list())
            ),
            key=lambda other: (other.year, other.row["is_derived"], other.id),
        )
        years = [other.year for other in chosen]
        return tuple(
            Stop(
                edition=other,
                short=f"{other.year}"
                if years.count(other.year) == 1
                else f"{other.year} ({other.row['n_units']})",
                rows={row["unit_id"]: row for row in other.overall.iter_rows(named=True)},
                break_before=self._break_between(chosen[place - 1], other) if place else None,
            )
            for place, other in enumerate(chosen)
        )

    @cached_property
    def successor(self) -> dict[str, str]:
        """Return old unit → new unit."""
        rows = self.book.table("bridge_unit_succession")
        return dict(rows.select("old_unit_id", "new_unit_id").iter_rows())

    def succession(self, unit_id: str) -> dict[str, Any] | None:
        """Return the unit that succeeds a unit under another id, and since when."""
        after = self.successor.get(unit_id)
        if after is None or after == unit_id:
            return None
        bridge = self.book.table("bridge_unit_succession")
        since = bridge.filter(old_unit_id=unit_id)["effective_date"][0]
        return {"unit": after, "since": since}

    @cached_property
    def predecessors(self) -> dict[str, list[str]]:
        """Return new unit → old units."""
        found: dict[str, list[str]] = {}
        for old, new in sorted(self.successor.items()):
            found.setdefault(new, []).append(old)
        return found

    def of_unit(self, unit_id: str) -> list[tuple[Stop, Row]]:
        """Return the stops at which a unit has a value or a rank."""
        return [
            (stop, stop.rows[unit_id])
            for stop in self.stops
            if unit_id in stop.rows
            and (stop.rows[unit_id]["value"] is not None or stop.rows[unit_id]["rank"] is not None)
        ]

    def _linked(self, units: set[str]) -> set[str]:
        bridge = self.book.table("bridge_unit_succession")
        linked = bridge.filter(
            pl.col("old_unit_id").is_in(units) | pl.col("new_unit_id").is_in(units)
        )
        return {*linked["old_unit_id"].to_list(), *linked["new_unit_id"].to_list()}

    def _merged_on(self, after: Edition) -> str | None:
        """Return the first day of the units that an assessment has, None where it is not known."""
        units = after.overall["unit_id"].to_list()
        days = self.book.table("bridge_unit_succession").filter(pl.col("new_unit_id").is_in(units))
        first = days["effective_date"].min()
        return f"{first:%d/%m/%Y}" if isinstance(first, date) else None

    def _break_between(self, before: Edition, after: Edition) -> Text | None:
        """Return the break the later assessment declares, or the change of its units."""
        if before.row["unit_set"] != after.row["unit_set"]:
            counts = f"{before.row['n_units']} → {after.row['n_units']}"
            since = self._merged_on(after)
            vi, en = (f" từ {since}", f" on {since}") if since else ("", "")
            return Text(f"Đổi đơn vị{vi}: {counts}", f"Units changed{en}: {counts}")
        return after.break_text


def segments(points: Sequence[tuple[float, float, bool]]) -> tuple[str, str]:
    """Return two SVG paths through points: the solid one, and the dashed one across breaks.

    A piece of the solid path starts with a stroke of no length, so that a lone point shows as a
    dot.

    Args:
        points: x, y, and whether a break lies before the point.
    """
    solid, across = [], []
    for place, (x, y, broken) in enumerate(points):
        if place == 0 or broken:
            solid.append(f"M{x:g} {y:g}h0")
        else:
            solid.append(f"L{x:g} {y:g}")
        if place and broken:
            before = points[place - 1]
            across.append(f"M{before[0]:g} {before[1]:g}L{x:g} {y:g}")
    return "".join(solid), "".join(across)


def sparkline(
    stops: Sequence[Stop], unit_id: str, *, width: float, height: float, low: float, high: float
) -> tuple[str, str]:
    """Return the paths of a unit's values over all stops; empty with fewer than two values."""
    step = width / max(1, len(stops) - 1)
    span = (high - low) or 1.0
    known = known_places(stops, unit_id)
    if len(known) < 2:
        return "", ""
    return segments(
        [
            (
                round(place * step, 1),
                round(height - (stops[place].rows[unit_id]["value"] - low) / span * height, 1),
                broken_before(stops, known, place),
            )
            for place in known
        ]
    )


def known_places(stops: Sequence[Stop], unit_id: str) -> list[int]:
    """Return the places of the stops at which a unit has a value."""
    return [
        place
        for place, stop in enumerate(stops)
        if unit_id in stop.rows and stop.rows[unit_id]["value"] is not None
    ]


def broken_before(stops: Sequence[Stop], known: Sequence[int], place: int) -> bool:
    """Say whether a solid line must not run into a stop: a break or a gap lies before it."""
    return place - 1 not in known or stops[place].break_before is not None
