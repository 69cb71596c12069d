"""The assessments that a unit appears in over the years, with breaks and mergers of units.

Assessments are joined on ``unit_id``, never on a code or a name: seven official codes name another
province since July 2025. Where units were merged, ``bridge_unit_succession`` leads from the old
unit to the new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from dti_pipeline.reports.release_view import AssessmentView, Row
from schemas.text import Text, day_text


@dataclass(frozen=True)
class Stop:
    """One assessment on a timeline: ``rows`` are the overall rankings of its units.

    ``short`` is its label on an axis, with the number of units where a year has two;
    ``break_before`` says why it is not comparable with the stop before.
    """

    assessment: AssessmentView
    short: str
    rows: Mapping[str, Row]
    break_before: Text | None

    @property
    def n_ranked(self) -> int:
        return max((row["n_ranked"] or 0 for row in self.rows.values()), default=0)

    def value(self, unit_id: str) -> float | None:
        return self.rows[unit_id]["value"] if unit_id in self.rows else None

    def rank(self, unit_id: str) -> int | None:
        return self.rows[unit_id]["rank"] if unit_id in self.rows else None


class Timeline:
    """The assessments that share units, or predecessors of units, with one assessment."""

    def __init__(self, assessment: AssessmentView) -> None:
        self.assessment = assessment
        self.succession = assessment.release.table("bridge_unit_succession")

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """Return the assessments in the order of years, a derived one after its source."""
        units = set(self.assessment.overall["unit_id"])
        linked = self.succession.filter(
            pl.col("old_unit_id").is_in(units) | pl.col("new_unit_id").is_in(units)
        )
        units.update(linked["old_unit_id"], linked["new_unit_id"])
        related = [
            other
            for other in self.assessment.release.assessments
            if other.row["level"] == self.assessment.row["level"]
            and units & set(other.overall["unit_id"])
        ]
        related.sort(key=lambda other: (other.year, other.row["is_derived"], other.id))
        years = [other.year for other in related]
        return tuple(
            Stop(
                assessment=other,
                short=f"{other.year}"
                + (f" ({other.row['n_units']})" if years.count(other.year) > 1 else ""),
                rows={row["unit_id"]: row for row in other.overall.iter_rows(named=True)},
                break_before=self._break_between(related[place - 1], other) if place else None,
            )
            for place, other in enumerate(related)
        )

    @cached_property
    def own_stops(self) -> tuple[Stop, ...]:
        units = self.assessment.overall["unit_id"].to_list()
        return tuple(
            stop for stop in self.stops if any(stop.value(unit) is not None for unit in units)
        )

    @cached_property
    def successor(self) -> dict[str, str]:
        return dict(self.succession.select("old_unit_id", "new_unit_id").iter_rows())

    @cached_property
    def predecessors(self) -> dict[str, list[str]]:
        units: dict[str, list[str]] = {}
        for old, new in sorted(self.successor.items()):
            units.setdefault(new, []).append(old)
        return units

    def succession_of(self, unit_id: str) -> dict[str, Any] | None:
        unit = self.successor.get(unit_id)
        if unit is None or unit == unit_id:
            return None
        since = self.succession.filter(old_unit_id=unit_id)["effective_date"][0]
        return {"unit": unit, "since": since}

    def of_unit(self, unit_id: str) -> list[tuple[Stop, Row]]:
        return [
            (stop, stop.rows[unit_id])
            for stop in self.stops
            if stop.value(unit_id) is not None or stop.rank(unit_id) is not None
        ]

    def _break_between(self, before: AssessmentView, after: AssessmentView) -> Text | None:
        if before.row["unit_set"] == after.row["unit_set"]:
            return after.break_text
        counts = f"{before.row['n_units']} → {after.row['n_units']}"
        new = self.succession.filter(pl.col("new_unit_id").is_in(set(after.overall["unit_id"])))
        first = new["effective_date"].min()
        if not isinstance(first, date):
            return Text(f"Đổi đơn vị: {counts}", f"Units changed: {counts}")
        vi, en = day_text(first)
        return Text(f"Đổi đơn vị từ {vi}: {counts}", f"Units changed on {en}: {counts}")
