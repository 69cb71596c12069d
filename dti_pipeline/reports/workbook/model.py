"""What a sheet of the workbook is: heading, columns and rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

UNIT_WIDTH: Final = 22


@dataclass(frozen=True)
class Column:
    """One column of a sheet.

    Attributes:
        title: its heading.
        kind: how values are shown: text, wrap, whole, change, points, figure, date, band,
            ``value<decimals>`` or ``delta<decimals>``.
        width: in characters.
        bar_maximum: value of a full data bar; None for no bars.
    """

    title: str
    kind: str = "text"
    width: float = 12
    bar_maximum: float | None = None


@dataclass(frozen=True)
class Sheet:
    """One sheet: heading, columns, rows.

    Attributes:
        name: name on the tab, at most 31 characters.
        title: first line.
        note: second line: what the figures stand on.
        is_warning: whether the note must be seen.
        columns: the columns.
        rows: their values; None leaves a cell empty.
        frozen: columns that stay while scrolling.
    """

    name: str
    title: str
    note: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]] = field(default_factory=tuple)
    is_warning: bool = False
    frozen: int = 0
