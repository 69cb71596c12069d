"""What a sheet of the workbook is: heading, columns and rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from schemas.text import Text

UNIT_WIDTH: Final = 22


@dataclass(frozen=True)
class Column:
    """One column of a sheet.

    Attributes:
        title: its heading.
        value: the key of its value in a row, or a function of the row.
        kind: how values are shown: text, wrap, whole, change, points, band, ``value<decimals>`` or
            ``delta<decimals>``.
        width: in characters.
        words: names of the codes in it; None where they are shown as they are.
        bar_maximum: value of a full data bar; None for no bars.
    """

    title: str
    value: str | int | Callable[[Any], Any]
    kind: str = "text"
    width: float = 12
    words: Mapping[str, Text] | None = None
    bar_maximum: float | None = None

    def of(self, row: Any) -> Any:
        value = self.value(row) if callable(self.value) else row[self.value]
        if self.words is None or value is None:
            return value
        return self.words[value].vi if value in self.words else value


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes:
        name: name on the tab, at most 31 characters.
        title: first line.
        note: second line; where a sheet has none, what the figures rest on.
        columns: the columns.
        rows: rows that the columns take their values from; a value of None leaves a cell empty.
        is_warning: whether the note must be seen.
        frozen: columns that stay while scrolling.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Any]
    note: str = ""
    is_warning: bool = False
    frozen: int = 0

    def cells(self) -> list[list[Any]]:
        return [[column.of(row) for column in self.columns] for row in self.rows]
