"""Decide what every figure of a printed table speaks of: which index, value or points, which year.

Where a header leaves it open (`Chính quyền số` may be the pillar or the activity index; `Điểm` may
stand over values), the figures decide: the reading that agrees with more of the release is meant.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from dti_pipeline.printed.expected import OVERALL, Expected, Measure, Scope
from dti_pipeline.printed.labels import Column
from dti_pipeline.printed.table import Entry, PrintedTable, Subject

# Index values lie below this; whatever is larger counts points.
_LARGEST_VALUE: Final = 2
# Digits that programs add behind the sixth decimal are no difference.
_NOISE: Final = Decimal("0.000001")
# A shift is believed where nearly all figures fit one column further and hardly any in their own.
_FITTING: Final = Decimal("0.8")
_LEAST_FITTING: Final = 2


@dataclass(frozen=True)
class Printed:
    """One printed figure with what it speaks of.

    Attributes:
        entry: subject, column, figure, place.
        scope: scope kind and code.
        measure: value or points.
        earlier: whether it is the figure of the time before.
        compared: whether the release can have it; other years only serve the table's own sums.
        decimals: the most decimals printed in its column; trailing zeros are often dropped.
    """

    entry: Entry
    scope: Scope
    measure: Measure
    earlier: bool
    compared: bool
    decimals: int

    @property
    def subject(self) -> Subject:
        """Return the row's unit or group."""
        return self.entry.subject

    @property
    def value(self) -> Decimal:
        """Return the printed number."""
        return self.entry.figure.value

    @property
    def step(self) -> Decimal:
        """Return one unit of the last printed place."""
        return Decimal(1).scaleb(-self.decimals)


@dataclass(frozen=True)
class Resolved:
    """A printed table whose figures know what they speak of.

    Attributes:
        figures: all figures, row by row.
        shift: how many columns to the right the figures of ``shifted`` belong (±1), 0 without.
        shifted: the columns concerned, in their order.
    """

    figures: tuple[Printed, ...]
    shift: int = 0
    shifted: tuple[Column, ...] = ()

    def of(self, quantity: str) -> list[Printed]:
        """Return the figures of one quantity."""
        return [one for one in self.figures if one.entry.column.quantity == quantity]


def agrees(one: Printed, expected: Decimal | None) -> bool:
    """Say whether a printed figure is the expected one, rounded to what is printed."""
    return expected is not None and abs(one.value - expected) <= max(one.step / 2, _NOISE)


def resolve(table: PrintedTable, expected: Expected) -> Resolved:
    """Choose the reading of ambiguous headers that agrees best, shifted columns included."""
    readings = [_read(table, expected, prefer=kind) for kind in ("pillar", "main")]
    direct = [sum(_hits(one, expected, shift=0)) for one in readings]
    best = readings[direct.index(max(direct))]
    for figures in readings:
        columns = _level_columns(figures)
        for shift in (-1, 1):
            hits = _hits(figures, expected, shift=shift)
            fitting = sum(hits)
            if (
                fitting >= _LEAST_FITTING
                and fitting >= _FITTING * len(hits)
                and fitting > 2 * max(direct)
            ):
                return Resolved(tuple(figures), shift=shift, shifted=columns)
    return Resolved(tuple(best))


def _read(table: PrintedTable, expected: Expected, *, prefer: str) -> list[Printed]:
    """Read a table with one choice for headers that fit a pillar and a main."""
    measures = {column.number: _measure(column, table) for column in table.columns}
    places = {
        column.number: max(
            (e.figure.decimals for e in table.entries if e.column == column), default=0
        )
        for column in table.columns
    }
    this_year, year_before = int(expected.dim["assessment_year"]), expected.year_before
    figures = []
    for entry in table.entries:
        column = entry.column
        scope = entry.scope or _scope(column, expected, prefer=prefer)
        if scope is None:
            continue
        is_level = column.quantity in ("level", "rank")
        dated = column.year is not None and column.year != this_year and is_level
        figures.append(
            Printed(
                entry=entry,
                scope=scope,
                measure=measures[column.number],
                earlier=column.earlier or dated,
                compared=not dated or column.year == year_before,
                decimals=places[column.number],
            )
        )
    return figures


def _scope(column: Column, expected: Expected, *, prefer: str) -> Scope | None:
    candidates = expected.candidates(column)
    preferred = [scope for scope in candidates if scope[0] == prefer]
    return next(iter([*preferred, *candidates]), None)


def _measure(column: Column, table: PrintedTable) -> Measure:
    """Say whether a column counts values or points: large figures are points."""

    def is_large(columns: Iterable[Column]) -> bool:
        meant = list(columns)
        sizes = sorted(abs(e.figure.value) for e in table.entries if e.column in meant)
        return bool(sizes) and sizes[len(sizes) // 2] > _LARGEST_VALUE

    levels = [c for c in table.columns if c.quantity == "level" and c.concept == column.concept]
    # A change is measured as the levels beside it are; ranks and maxima have no measure.
    large = is_large([column] if column.quantity == "level" or not levels else levels)
    if column.measure == "value" and column.quantity == "level":
        return "value"
    return "points" if large else "value"


def _level_columns(figures: Sequence[Printed]) -> tuple[Column, ...]:
    """Return the columns of present levels in the table's order."""
    found = {
        one.entry.column.number: one.entry.column
        for one in figures
        if one.entry.column.quantity == "level" and not one.earlier and one.entry.scope is None
    }
    return tuple(found[number] for number in sorted(found))


def _hits(figures: Sequence[Printed], expected: Expected, *, shift: int) -> list[bool]:
    """Say for every level whether it is what the column ``shift`` places further should hold."""
    columns = [column.number for column in _level_columns(figures)]
    scopes = {
        one.entry.column.number: one.scope for one in figures if one.entry.column.number in columns
    }
    hits = []
    for one in figures:
        number = one.entry.column.number
        if one.entry.scope is not None or number not in columns:
            continue
        at = columns.index(number) + shift
        if 0 <= at < len(columns):
            meant = expected.level(one.subject, scopes[columns[at]], one.measure)
            hits.append(agrees(one, meant))
    return hits


def sections(ranks: Sequence[Printed]) -> list[list[Printed]]:
    """Split a column of ranks into the lists it holds: each list starts again at rank 1.

    Ties at the top share rank 1 within one list: there the printed ranks stand next to each other.
    """
    firsts = [one for one in ranks if one.value == 1]
    apart = any(later.subject.row - earlier.subject.row > 1 for earlier, later in pairwise(firsts))
    if not apart or Counter(one.value for one in ranks)[Decimal(2)] < 2:
        return [list(ranks)]
    found: list[list[Printed]] = []
    for one in ranks:
        if one.value == 1 and (not found or found[-1][-1].value != 1):
            found.append([])
        if not found:
            found.append([])
        found[-1].append(one)
    return found


__all__ = ["OVERALL", "Printed", "Resolved", "agrees", "resolve", "sections"]
