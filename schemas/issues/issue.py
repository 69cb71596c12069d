"""Make issues from the catalogue, and hold them as a frame.

An `Issue` says what is wrong, where, and what to do, in Vietnamese and English.  Nothing that
cannot be read, matched or accepted is dropped without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, Final

import polars as pl

from schemas.codes import SEVERITIES, Severity
from schemas.issues.rule import issue_rules
from schemas.plain_text import visible_text
from schemas.text import Text

MAX_DETAIL: Final = 200
"""Characters of one detail in a message; a cell may hold 32,767, and `raw_text` keeps them all."""

ROW: Final = "row "
"""Start of a place in a file without cells: `row 12`."""

# What stands before each part of a place, in both languages.
_LABELS: Final = (
    ("đơn vị", "chỉ số thành phần", "tệp", "trang tính", "dòng", "cột", "ô"),
    ("unit", "component", "file", "sheet", "row", "column", "cell"),
)

_PLACE: Final = (
    "unit_id",
    "unit_name",
    "component_code",
    "source_file",
    "source_sheet",
    "source_cell",
    "raw_text",
)
_ORDER: Final = (
    "rule_id",
    "unit_id",
    "component_code",
    "source_file",
    "source_sheet",
    "source_cell",
    "message_en",
    "raw_text",
)
GRAVITY: Final = pl.col("severity").cast(pl.Enum(SEVERITIES))
"""Orders issues: the gravest first."""

COLUMNS: Final = (
    "rule_id",
    "severity",
    "message_vi",
    "message_en",
    "unit_id",
    "component_code",
    "source_file",
    "source_sheet",
    "source_cell",
    "raw_text",
    "action_taken",
)
"""The columns of `dq_issue` that an issue fills."""

PARTS: Final = ("what_vi", "what_en", "action_vi", "action_en")
"""The parts of the messages, in every frame of issues but not in `dq_issue`."""


@dataclass(frozen=True)
class Issue:
    """One issue: what is wrong, where, and what to do.

    `unit_name` is shown in the message instead of the unit's identifier.
    """

    rule_id: str
    severity: Severity
    what: Text
    action: Text
    unit_id: str | None = None
    component_code: str | None = None
    source_file: str | None = None
    source_sheet: str | None = None
    source_cell: str | None = None
    raw_text: str | None = None
    action_taken: str | None = None
    unit_name: str | None = None

    @property
    def message_vi(self) -> str:
        where = self._where.vi
        return _message(self.what.vi, where and f"Vị trí: {where}.", self.action.vi)

    @property
    def message_en(self) -> str:
        where = self._where.en
        return _message(self.what.en, where and f"Where: {where}.", self.action.en)

    @cached_property
    def _where(self) -> Text:
        subject = self.unit_name or self.unit_id, self.component_code
        return place_words(self.source_file, self.source_sheet, self.source_cell, *subject)

    def row(self) -> dict[str, str | None]:
        parts = zip(PARTS, (*self.what, *self.action), strict=True)
        return {**{name: getattr(self, name) for name in COLUMNS}, **dict(parts)}


def place_words(
    file: str | None,
    sheet: str | None,
    cell: str | None,
    unit: str | None = None,
    component: str | None = None,
) -> Text:
    """Say where something is: what is known of the place, the file without its folders."""
    places = (
        unit,
        component,
        file and PurePosixPath(file).name,
        sheet and f"“{sheet}”",
        *_row_column_cell(cell),
    )
    return Text(*(_labelled(labels, places) for labels in _LABELS))


def _labelled(labels: tuple[str, ...], places: tuple[str | None, ...]) -> str:
    pairs = zip(labels, places, strict=True)
    return ", ".join(f"{label} {visible_text(place)}" for label, place in pairs if place)


def make(rule_id: str, *, action_taken: str | None = None, **fields: Any) -> Issue:
    """Make an issue of a rule of the catalogue.

    Args:
        **fields: What is known of the place (`_PLACE`), and the named fields of the rule's
            templates, all of them and no others; a `Text` where the detail is a text of its own
            in each language. `source_file` is relative to the assessment's folder; `source_cell` a
            cell (`C12`), or where there are no cells row and column (`12:Dân số`), or the row
            alone (`row 12`).
    """
    rule = issue_rules().get(rule_id)
    if rule is None:
        raise KeyError(f"No issue rule {rule_id!r} in the catalogue.")
    place = place_of(fields)
    details = {name: detail for name, detail in fields.items() if name not in place}
    if details.keys() != rule.fields:
        missing = ", ".join(sorted(rule.fields - details.keys())) or "none"
        unknown = ", ".join(sorted(details.keys() - rule.fields)) or "none"
        raise TypeError(f"Issue rule {rule_id}: missing details {missing}; unknown {unknown}.")
    vi = {name: _short(_side(detail, 0)) for name, detail in details.items()}
    en = {name: _short(_side(detail, 1)) for name, detail in details.items()}
    return Issue(
        rule_id=rule_id,
        severity=rule.severity,
        what=Text(rule.vi.format(**vi).strip(), rule.en.format(**en).strip()),
        action=Text(rule.action_vi.format(**vi), rule.action_en.format(**en)),
        action_taken=action_taken,
        **place,
    )


def place_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row says of the place of an issue: unit, component, file and cell."""
    return {name: row[name] for name in _PLACE if name in row}


def to_frame(issues: Iterable[Issue]) -> pl.DataFrame:
    """Return the issues as a frame, gravest first, in an order that depends on nothing else.

    The types are exact even without rows.  Equal issues are kept once.
    """
    schema = dict.fromkeys((*COLUMNS, *PARTS), pl.String)
    frame = pl.DataFrame([issue.row() for issue in issues], schema=schema)
    return _ordered(frame.unique(maintain_order=True))


def gravest_first(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Put frames of issues together in the order that ``to_frame`` gives."""
    return _ordered(pl.concat(frames).unique(maintain_order=True))


def blocking(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("severity") == "blocking")


def _ordered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort([GRAVITY, *_ORDER], nulls_last=True, maintain_order=True)


def _side(detail: object, language: int) -> object:
    return detail[language] if isinstance(detail, Text) else detail


def _short(detail: object) -> str:
    """Write a detail on one line, cut to a readable length unless it is a list of names."""
    if isinstance(detail, list):  # names, of which none may be lost
        return visible_text(", ".join(detail))
    text = visible_text(" ".join(str(detail).split()))
    return text if len(text) <= MAX_DETAIL else f"{text[: MAX_DETAIL - 1]}…"


def _row_column_cell(place: str | None) -> tuple[str | None, str | None, str | None]:
    """Take a place apart: row, the heading of its column, or the cell."""
    if place is None:
        return None, None, None
    if place.startswith(ROW):
        return place.removeprefix(ROW), None, None
    row, colon, column = place.partition(":")
    if colon and row.isdigit():
        return row, f"“{column}”", None
    return None, None, place


def _message(*parts: str) -> str:
    return " ".join(part for part in parts if part)
