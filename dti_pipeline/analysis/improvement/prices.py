"""What effort a point costs, component by component, and who has to make it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Final

from dti_pipeline.analysis.improvement.least_effort import Option, Stretch
from dti_pipeline.analysis.improvement.reachable import ComponentReach
from dti_pipeline.analysis.improvement.spans import Span
from dti_pipeline.analysis.settings import Price
from dti_pipeline.exact import MICRO
from dti_pipeline.intake.tables.rows import Column
from dti_pipeline.intake.tables.user_file import (
    UserFileError,
    number_of,
    read_user_table,
    row_place,
)

# Columns of an effort file. Only the code is needed in every row.
CODE = "component_code"
EFFORT = "effort"
DUTIES = ("focal", "lead", "coordinating", "deadline")
# Gaps added on each side when a plan comes back to a component.
MOST_GAPS: Final = 16
_COLUMNS = [
    Column(CODE, (CODE,), is_key=True),
    *(Column(name, (name,), is_needed=False) for name in (EFFORT, *DUTIES)),
]


@dataclass(frozen=True)
class Duty:
    """Effort of one point of a component, and who does what until when, as a province sets it.

    Without an effort: as the framework or the settings say. ``texts`` are `DUTIES` as far as given.
    """

    effort: Fraction | None
    texts: Mapping[str, str]


def read_effort(path: Path, *, codes: set[str]) -> dict[str, Duty]:
    """Read an effort file: a table with ``component_code`` and any of effort, focal, lead, ….

    Raises:
        UserFileError: if the file cannot be read or a row makes no sense.
    """
    duties: dict[str, Duty] = {}
    for row in read_user_table(path, _COLUMNS).rows():
        code, place = row.text(CODE), row_place(path, row)
        if code not in codes or code in duties:
            key = "effort.repeated_code" if code in duties else "effort.unknown_code"
            raise UserFileError(key, place=place, code=code)
        duties[code] = Duty(
            effort=number_of(row, EFFORT, place=place),
            texts={name: text for name in DUTIES if (text := row.text(name))},
        )
    return duties


@dataclass(frozen=True)
class WayUp:
    """One component's price list for one unit.

    Attributes:
        median: median of its group in micro-points.
        price: effort of a point up to the median and beyond it.
        flat: effort of every point where the component has one of its own.
        scale: what a point of the component counts in the scope: effective over assessed maximum
            of its main.
        gaps: pairs of results with none between them, inside ranges, ascending.
    """

    reach: ComponentReach
    median: int
    price: Price
    flat: Fraction | None
    scale: Fraction
    gaps: tuple[Span, ...] = ()

    def effort(self, points: int) -> Fraction:
        """Return the effort of raising the component to a result, in points' worth."""
        gained = max(points - self.reach.points, 0)
        if self.flat is not None:
            return gained * self.flat / MICRO
        cheap = max(min(points, self.median) - self.reach.points, 0)
        dear = gained - cheap
        return (cheap * self.price.to_median + dear * self.price.beyond_median) / MICRO

    def option(self) -> Option | None:
        """Return the way up as the search takes it; None where there is nothing to gain."""
        stretches = []
        here = self.reach.points
        for stop, is_range in self._stops():
            if stop > here:
                gain = (stop - here) * self.scale
                effort = self.effort(stop) - self.effort(here)
                stretches.append(Stretch(gain=gain, effort=effort, is_range=is_range))
                here = stop
        return Option(self.reach.component.code, tuple(stretches)) if stretches else None

    def _stops(self) -> Iterator[tuple[int, bool]]:
        """Yield where the way up bends: at a gap's end, at the median, at a range's end."""
        for low, high in self._spans():
            yield low, False
            if low < self.median < high:
                yield self.median, True
            yield high, True

    def _spans(self) -> Iterator[Span]:
        for low, high in self.reach.spans:
            start = low
            for before, after in self.gaps:
                if low <= before and after <= high:
                    yield start, before
                    start = after
            yield start, high

    def with_gaps_around(self, gap: Span) -> "WayUp":
        """Return the price list with a gap: a range of counts is none where a plan ends inside it.

        A component that a plan comes back to gets as many gaps again on both sides as it has, at
        most `MOST_GAPS`.
        """
        gaps = {*self.gaps, gap}
        below = above = gap
        for _ in self.gaps[:MOST_GAPS]:
            below = self.reach.gap_at(below[0]) or below
            above = self.reach.gap_at(above[1] + 1) or above
            gaps |= {below, above}
        return replace(self, gaps=tuple(sorted(gaps)))

    def points_for(self, gain: int | Fraction) -> int:
        """Return the result that gains at least this much in the scope."""
        return self.reach.points + ceil(gain / self.scale)
