"""Decide what every figure of a printed table is about: index, value or points, year.

Where a header leaves it open (`Chính quyền số` may be the pillar or the activity index; `Điểm` may
head values), the figures decide: the interpretation that agrees with more of the release counts.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from dti_pipeline.printed.headers import Column, Measure, Quantity
from dti_pipeline.printed.release_figures import ReleaseFigures, Scope
from dti_pipeline.printed.table import Entry, PrintedTable, Subject

# Index values lie below this; whatever is larger counts points.
_LARGEST_VALUE: Final = 2
# Digits that programs add behind the sixth decimal are no difference.
_NOISE: Final = Decimal("0.000001")
# A shift is believed where nearly all figures fit one column further and hardly any in their own.
_FITTING: Final = Decimal("0.8")
_LEAST_FITTING: Final = 2


@dataclass(frozen=True)
class PrintedFigure:
    """One printed figure with what it is about.

    Attributes:
        is_earlier: whether it is the figure of the time before.
        is_comparable: whether the release can have it; other years only serve the table's own sums.
        decimals: the most decimals printed in its column; trailing zeros are often dropped.
    """

    entry: Entry
    scope: Scope
    measure: Measure
    is_earlier: bool
    is_comparable: bool
    decimals: int

    @property
    def subject(self) -> Subject:
        return self.entry.subject

    @property
    def value(self) -> Decimal:
        return self.entry.figure.value

    @property
    def step(self) -> Decimal:
        """Return one unit of the last printed place."""
        return Decimal(1).scaleb(-self.decimals)

    def agrees_with(self, expected: Decimal | None) -> bool:
        """Say whether it is the expected figure at the printed places; “more than” is less."""
        if expected is None:
            return False
        if self.entry.figure.is_exceeded:
            return expected > self.value
        return abs(self.value - expected) <= max(self.step / 2, _NOISE)


@dataclass(frozen=True)
class Interpretation:
    """A printed table whose figures know what they are about.

    The figures of the columns ``shifted`` belong ``shift`` columns further right (±1, 0 without).
    """

    figures: Sequence[PrintedFigure]
    shift: int = 0
    shifted: Sequence[Column] = ()

    def of(self, quantity: Quantity) -> list[PrintedFigure]:
        return [figure for figure in self.figures if figure.entry.column.quantity == quantity]


def interpret(table: PrintedTable, release: ReleaseFigures) -> Interpretation:
    """Choose the interpretation that agrees best with the release, shifted columns included."""
    choices = [_interpret(table, release, prefer=kind) for kind in ("pillar", "main")]
    direct = [sum(_hits(figures, release, shift=0)) for figures in choices]
    for figures in choices:
        for shift in (-1, 1):
            hits = _hits(figures, release, shift=shift)
            fitting = sum(hits)
            is_fitting = fitting >= _LEAST_FITTING and fitting >= _FITTING * len(hits)
            if is_fitting and fitting > 2 * max(direct):
                return Interpretation(figures, shift, list(_level_columns(figures)))
    return Interpretation(choices[direct.index(max(direct))])


def _interpret(table: PrintedTable, release: ReleaseFigures, *, prefer: str) -> list[PrintedFigure]:
    """Interpret a table with one choice for headers that fit a pillar and a main."""
    measures = {column.number: _measure(column, table) for column in table.columns}
    decimals = {
        column.number: max((e.figure.decimals for e in table.entries_of(column)), default=0)
        for column in table.columns
    }
    year, before = release.view.year, release.view.compared
    figures = []
    for entry in table.entries:
        column = entry.column
        scopes = release.scopes_of(column)
        if not scopes and not entry.scope:
            continue
        preferred = [scope for scope in scopes if scope[0] == prefer]
        scope = entry.scope or (preferred or scopes)[0]
        is_dated = column.quantity in ("level", "rank") and column.year not in (None, year)
        figures.append(
            PrintedFigure(
                entry=entry,
                scope=scope,
                measure=measures[column.number],
                is_earlier=column.is_earlier or is_dated,
                is_comparable=not is_dated or (before is not None and column.year == before.year),
                decimals=decimals[column.number],
            )
        )
    return figures


def _measure(column: Column, table: PrintedTable) -> Measure:
    if column.measure == "value" and column.quantity == "level":
        return "value"
    levels = [c for c in table.columns if c.quantity == "level" and c.concept == column.concept]
    # A change is measured as the levels beside it are; ranks and maxima have no measure.
    columns = [column] if column.quantity == "level" or not levels else levels
    sizes = sorted(abs(e.figure.value) for c in columns for e in table.entries_of(c))
    return "points" if sizes and sizes[len(sizes) // 2] > _LARGEST_VALUE else "value"


def _level_columns(figures: Sequence[PrintedFigure]) -> dict[Column, Scope]:
    """Return the columns of present levels in the table's order, with their scopes."""
    columns = {
        figure.entry.column: figure.scope
        for figure in figures
        if figure.entry.column.quantity == "level"
        and not figure.is_earlier
        and figure.entry.scope is None
    }
    return dict(sorted(columns.items(), key=lambda pair: pair[0].number))


def _hits(figures: Sequence[PrintedFigure], release: ReleaseFigures, *, shift: int) -> list[bool]:
    """Say for every level whether it is what the column ``shift`` places further should hold."""
    columns = _level_columns(figures)
    order, scopes = list(columns), list(columns.values())
    hits = []
    for figure in figures:
        if figure.entry.scope is not None or figure.entry.column not in columns:
            continue
        place = order.index(figure.entry.column) + shift
        if 0 <= place < len(scopes):
            expected = release.level(figure.subject, scopes[place], figure.measure)
            hits.append(figure.agrees_with(expected))
    return hits


def ranked_lists(ranks: Sequence[PrintedFigure]) -> list[list[PrintedFigure]]:
    """Split a column of ranks into the lists it holds: each list starts again at rank 1.

    Ties at the top share rank 1 within one list: there the printed ranks follow each other.
    """
    firsts = [figure for figure in ranks if figure.value == 1]
    apart = any(later.subject.row - first.subject.row > 1 for first, later in pairwise(firsts))
    if not apart or Counter(figure.value for figure in ranks)[Decimal(2)] < 2:
        return [list(ranks)]
    lists: list[list[PrintedFigure]] = []
    for figure in ranks:
        if not lists or (figure.value == 1 and lists[-1][-1].value != 1):
            lists.append([])
        lists[-1].append(figure)
    return lists
