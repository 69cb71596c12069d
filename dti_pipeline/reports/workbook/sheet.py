"""What a sheet of the workbook is: heading, columns and rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dti_pipeline.reports.words import words_of
from schemas.package_data import toml_beside
from schemas.text import Text


@dataclass(frozen=True)
class Column:
    """One column of a sheet; its value is a key of a row, or a function of the row.

    Attributes:
        kind: text, wrap, whole, change, points, band, ``value<decimals>`` or ``delta<decimals>``.
        width: in characters.
        words: names of the codes in it.
        bar_maximum: value of a full data bar.
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


def columns(table: str, *, decimals: int = 0, **values: Callable[[Any], Any]) -> list[Column]:
    """Return the columns of a table of ``columns.toml``.

    ``decimals`` are those of values and their changes; ``values`` say what a column shows where
    that is more than a field of the row.
    """
    kinds = {"value": f"value{decimals}", "delta": f"delta{decimals}"}
    return [
        Column(
            title=entry["title"],
            value=values.get(field, field),
            kind=kinds.get(kind := entry.get("kind", "text"), kind),
            width=entry.get("width", 12),
            words=words_of(entry["words"]) if "words" in entry else None,
            bar_maximum=entry.get("bar"),
        )
        for field, entry in toml_beside(__file__, "columns.toml")[table].items()
    ]


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name on the tab has at most 31 characters, the title is the first line.

    The note is the second one; where a sheet has none, what the figures rest on. The first
    ``frozen`` columns stay while scrolling.
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
