"""Read a printed table: its header, its units or groups, its figures with their places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from dti_pipeline.index.units.registry import UnitRegistry
from dti_pipeline.intake.files.cells import Sheet, column_letters
from dti_pipeline.intake.files.file_issues import words_of
from dti_pipeline.intake.files.workers import read_files
from dti_pipeline.printed.figures import Figure, read_figure, read_rank
from dti_pipeline.printed.labels import (
    Column,
    Quantity,
    column_of,
    has_words,
    is_unit_label,
    plain_words,
)

# Titles above a table are a dozen rows at most.
_HEADER_WITHIN: Final = 40


class UnreadableTableError(ValueError):
    """A file that is no table with units and figures; the message says what was looked for."""


@dataclass(frozen=True)
class Subject:
    """What a row is about: a unit, or a name that the registry does not know.

    ``candidates`` are its nearest names, for messages.
    """

    row: int
    name: str
    unit_id: str | None
    candidates: str


@dataclass(frozen=True)
class Entry:
    """One printed figure of one subject.

    ``scope`` is kind and code where the row names them itself; ``place`` is the cell, with the
    sheet where there are several.
    """

    subject: Subject
    column: Column
    scope: tuple[str, str] | None
    figure: Figure
    place: str


@dataclass(frozen=True)
class PrintedTable:
    """A table, read: rows and figures in their order, columns understood, headers ignored."""

    name: str
    subjects: tuple[Subject, ...]
    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class _Header:
    """Where a table begins: last row of the header, its labels, and the column of names."""

    last_row: int
    labels: dict[int, str]
    names: int


def read_printed(path: Path, *, registry: UnitRegistry, unit_set: str) -> PrintedTable:
    """Read the first table of a CSV or XLSX file; names are matched among the units of a set.

    Raises:
        UnreadableTableError: if the file cannot be read or holds no such table.
    """
    (content,) = read_files([path.resolve()], root=path.resolve().parent)
    if content.workbook is None:
        why = "; ".join(" · ".join(words_of(finding)) for finding in content.findings)
        msg = f"{path}: không đọc được · cannot be read: {why}"
        raise UnreadableTableError(msg)
    for sheet in content.workbook.sheets:
        header = _header(sheet)
        if not sheet.hidden and header is not None:
            return _table(path.name, sheet, header, registry=registry, unit_set=unit_set)
    msg = (
        f"{path}: không thấy dòng tiêu đề có cột đơn vị và cột số liệu · no header row with a "
        "column of units and a column of figures (value, points, rank, change)"
    )
    raise UnreadableTableError(msg)


def _header(sheet: Sheet) -> _Header | None:
    """Find the first row that names units and figures, alone or with the row below it."""
    for row in sorted(sheet.rows)[:_HEADER_WITHIN]:
        labels = _labels(sheet, row)
        units = [at for at, text in labels.items() if is_unit_label(text)]
        if not units:
            continue
        # Of unit_id and unit_name, people want to read the name.
        named = [at for at in units if has_words(plain_words(labels[at]), ("name", "ten"))]
        names = (named or units)[0]
        below = _labels(sheet, row + 1)
        continues = below.get(names) in (None, labels[names]) and any(
            column_of(text, at) for at, text in below.items()
        )
        if continues:
            joined = {
                at: " ".join(dict.fromkeys(t for t in (labels.get(at), below.get(at)) if t))
                for at in sorted({*labels, *below})
            }
            labels = joined
        if any(column_of(text, at) for at, text in labels.items() if at != names):
            return _Header(row + continues, labels, names)
    return None


def _labels(sheet: Sheet, row: int) -> dict[int, str]:
    last = max((cell.column for cell in sheet.cells), default=0)
    shown = {at: sheet.shown_at(row, at).text.strip() for at in range(1, last + 1)}
    return {at: text for at, text in shown.items() if text}


def _table(
    name: str, sheet: Sheet, header: _Header, *, registry: UnitRegistry, unit_set: str
) -> PrintedTable:
    keys = {plain_words(text).strip(): at for at, text in header.labels.items()}
    own = [keys[key] for key in ("scope", "scope code") if key in keys]
    columns = [
        column
        for at, text in header.labels.items()
        if at not in (header.names, *own) and (column := column_of(text, at)) is not None
    ]
    rows = range(header.last_row + 1, sheet.last_row + 1)
    subjects = _subjects(sheet, rows, header.names, columns, registry=registry, unit_set=unit_set)
    understood = {header.names, *own, *(column.number for column in columns)}
    return PrintedTable(
        name=name,
        subjects=tuple(subjects),
        columns=tuple(columns),
        ignored=tuple(text for at, text in header.labels.items() if at not in understood),
        entries=tuple(_entries(sheet, subjects, columns, own)),
    )


def _subjects(
    sheet: Sheet,
    rows: range,
    names: int,
    columns: Sequence[Column],
    *,
    registry: UnitRegistry,
    unit_set: str,
) -> list[Subject]:
    """Match the names of all rows that hold a figure; notes below a table hold none."""
    found = [
        (row, " ".join(text.split()))
        for row in rows
        if (text := sheet.at(row, names).text)
        and any(sheet.at(row, column.number).text.strip() for column in columns)
    ]
    matched = registry.match(
        pl.Series([text for _, text in found], dtype=pl.String), unit_set=unit_set
    )
    return [
        Subject(row, text, unit_id, near or "–")
        for (row, text), unit_id, near in zip(
            found, matched["unit_id"], matched["candidates"], strict=True
        )
    ]


def _entries(
    sheet: Sheet, subjects: Sequence[Subject], columns: Sequence[Column], own: Sequence[int]
) -> Iterator[Entry]:
    for subject in subjects:
        scope = None
        if len(own) == 2:
            kind, code = (sheet.at(subject.row, at).text.strip() for at in own)
            scope = (kind, code)
        for column in columns:
            cell = sheet.at(subject.row, column.number)
            place = f"{column_letters(column.number)}{subject.row}"
            place = f"{sheet.name}!{place}" if sheet.name else place
            if column.quantity == "rank":
                found: dict[Quantity, Figure | None] = {"rank": read_rank(cell)}
            else:
                # `69,66/100` prints the maximum behind the points.
                text, _, maximum = cell.text.partition("/")
                found = {column.quantity: read_figure(cell._replace(text=text))}
                if maximum:
                    found["maximum"] = read_figure(cell._replace(text=maximum))
            for quantity, figure in found.items():
                if figure is not None:
                    meant = replace(column, quantity=quantity)
                    yield Entry(subject, meant, scope, figure, place)
