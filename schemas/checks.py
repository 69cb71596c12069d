"""Conditions that rows must meet: those every column implies, and those between columns.

Each condition is one Polars expression.  The pandera contract and the search for offending rows
both use it, so an error can only name rows that really broke the check.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from schemas.table import Column

MICRO: Final = 1_000_000
"""Micro-points per point; every exact figure is an integer of these."""

MICRO_TOLERANCE: Final = 5e-7
"""Half a micro-point: a float copy further from its integer than this is another figure."""

DIFFERENCE_TOLERANCE: Final = 1e-6
"""Differences are taken between published figures of at most six decimals."""

NOT_BLANK: Final = r"\S"
"""Text that is delivered must not be blank; a missing text is null."""


@dataclass(frozen=True)
class RowCheck:
    """A condition that every row must meet; null counts as met.

    Attributes:
        name: Short name, the same for all checks of one kind (`not_null`, `in_range`).
        column: The column blamed when it fails.
        vi: What must hold, in Vietnamese.
        en: What must hold, in English.
        holds: Boolean expression, one value per row.
    """

    name: str
    column: str
    vi: str
    en: str
    holds: pl.Expr = field(compare=False, repr=False)


@cache
def column_checks(column: Column) -> tuple[RowCheck, ...]:
    """Return the checks a column's description implies; tables share columns, and so these."""
    return tuple(_column_checks(column))


def _column_checks(column: Column) -> Iterator[RowCheck]:
    """Yield the checks of one column; floats always refuse NaN and infinity."""
    content = pl.col(column.name)

    def check(name: str, *, vi: str, en: str, holds: pl.Expr) -> RowCheck:
        return RowCheck(name=name, column=column.name, vi=vi, en=en, holds=holds)

    if not column.nullable:
        yield check(
            "not_null",
            vi="không được để trống",
            en="must not be null",
            holds=content.is_not_null(),
        )
    if column.dtype == pl.Float64():
        yield check(
            "finite",
            vi="phải là số hữu hạn (không NaN, không vô cùng)",
            en="must be a finite number (no NaN, no infinity)",
            holds=content.is_finite(),
        )
    if column.minimum is not None:
        yield check(
            "in_range",
            vi=f"không được nhỏ hơn {column.minimum:g}",
            en=f"must be at least {column.minimum:g}",
            holds=content >= column.minimum,
        )
    if column.maximum is not None:
        yield check(
            "in_range",
            vi=f"không được lớn hơn {column.maximum:g}",
            en=f"must be at most {column.maximum:g}",
            holds=content <= column.maximum,
        )
    if column.values is not None:
        known = ", ".join(column.values)
        yield check(
            "known_value",
            vi=f"phải là một trong: {known}",
            en=f"must be one of: {known}",
            holds=content.is_in(list(column.values)),
        )
    elif column.pattern is not None:
        yield check(
            "pattern",
            vi=f"phải đúng mẫu {column.pattern}",
            en=f"must match {column.pattern}",
            holds=content.str.contains(column.pattern),
        )
    elif column.dtype == pl.String() and not column.raw:
        yield check(
            "not_blank",
            vi="không được chỉ gồm khoảng trắng",
            en="must not be blank text",
            holds=content.str.contains(NOT_BLANK),
        )


def matches_micro(points: str, micro: str) -> RowCheck:
    """Return the check that a float column is its micro-point column divided by 10^6."""
    return RowCheck(
        name="points_match_micro",
        column=points,
        vi=f"phải bằng {micro} chia cho 1.000.000",
        en=f"must equal {micro} divided by 1,000,000",
        holds=(pl.col(points) - pl.col(micro) / MICRO).abs() < MICRO_TOLERANCE,
    )


def at_most(smaller: str, larger: str) -> RowCheck:
    """Return the check that one column does not exceed another."""
    return RowCheck(
        name="not_above",
        column=smaller,
        vi=f"không được lớn hơn {larger}",
        en=f"must not exceed {larger}",
        holds=pl.col(smaller) <= pl.col(larger),
    )


def difference(name: str, *, later: str, earlier: str) -> RowCheck:
    """Return the check that a change is one column minus another, where all three are known."""
    return RowCheck(
        name="change_adds_up",
        column=name,
        vi=f"phải bằng {later} trừ {earlier}",
        en=f"must equal {later} minus {earlier}",
        holds=(pl.col(later) - pl.col(earlier) - pl.col(name)).abs() < DIFFERENCE_TOLERANCE,
    )


def in_order(earlier: str, later: str) -> RowCheck:
    """Return the check that one day does not come before another."""
    return RowCheck(
        name="dates_in_order",
        column=later,
        vi=f"không được trước {earlier}",
        en=f"must not be before {earlier}",
        holds=pl.col(later) >= pl.col(earlier),
    )
