"""Read a printed table: its header, its units or groups, its figures with their places."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from dti_pipeline.index.units.registry import UnitRegistry
from dti_pipeline.intake.encodings import to_unicode
from dti_pipeline.intake.files.cells import Sheet, column_letters
from dti_pipeline.intake.files.file_issues import file_words
from dti_pipeline.intake.files.workers import read_files
from dti_pipeline.intake.numbers.missing_words import meaning_of
from dti_pipeline.intake.tables.no_units import NoUnit, head_texts, no_unit
from dti_pipeline.printed.figures import Figure, read_figure, read_rank
from dti_pipeline.printed.headers import Column, Quantity, column_of, is_unit_label, plain_words
from schemas.text import Text, WrongUsageError, joined

# Titles above a table are a dozen rows at most.
_HEADER_WITHIN: Final = 40
_NAME: Final = re.compile(r"\b(?:name|ten)\b")


class UnreadableTableError(WrongUsageError, ValueError):
    """A file that is no table with units and figures; the message says what is missing."""


@dataclass(frozen=True)
class Subject:
    """A row with figures: a unit, a group, or a name that nobody knows.

    ``candidates`` are its nearest names, for messages. Some summary rows are groups of the release.
    """

    row: int
    name: str
    unit_id: str | None
    candidates: str
    is_summary: bool = False


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
    """A table, row by row.

    ``ignored`` are the headers that were not understood, ``unread`` the filled cells without a
    figure, with their texts; ``notes`` say how the file was read.
    """

    subjects: Sequence[Subject]
    columns: Sequence[Column]
    ignored: Sequence[str]
    entries: Sequence[Entry]
    unread: Sequence[str] = ()
    notes: Sequence[Text] = ()

    def entries_of(self, column: Column) -> list[Entry]:
        return [entry for entry in self.entries if entry.column == column]


class _Header(NamedTuple):
    """The last row of a header, its labels by column, and the column of names."""

    last_row: int
    labels: dict[int, str]
    names: int


def read_printed(path: Path, *, registry: UnitRegistry, unit_set: str) -> PrintedTable:
    """Read the first table of a CSV or XLSX file; names are matched among the units of a set.

    Raises:
        UnreadableTableError: if the file cannot be read or holds no such table.
    """
    contents = read_files([path.resolve()], root=path.resolve().parent)
    content = to_unicode(contents[0], registry, unit_set)
    if content.sheets is None:
        findings = [file_words(finding) for finding in content.findings]
        why = joined(findings, "; ")
        raise UnreadableTableError("printed.unreadable_file", path=path, why=why)
    for sheet in content.sheets:
        header = _header(sheet)
        if not sheet.hidden and header is not None:
            table = _table(sheet, header, registry=registry, unit_set=unit_set)
            notes = [file_words(note) for note in content.findings if note.code == "file.converted"]
            return replace(table, notes=notes)
    raise UnreadableTableError("printed.no_header", path=path)


def _header(sheet: Sheet) -> _Header | None:
    """Find the first row that names units and figures, alone or with the row below it."""
    for row in sorted(sheet.rows)[:_HEADER_WITHIN]:
        labels = _labels(sheet, row)
        units = [number for number, label in labels.items() if is_unit_label(label)]
        if not units:
            continue
        # Of unit_id and unit_name, people want to read the name.
        names = next((n for n in units if _NAME.search(plain_words(labels[n]))), units[0])
        below = _labels(sheet, row + 1)
        is_continued = below.get(names) in (None, labels[names]) and any(
            column_of(label, number) for number, label in below.items()
        )
        if is_continued:
            labels = {
                number: " ".join(
                    dict.fromkeys(side[number] for side in (labels, below) if number in side)
                )
                for number in sorted({*labels, *below})
            }
        if any(column_of(label, number) for number, label in labels.items() if number != names):
            return _Header(row + is_continued, labels, names)
    return None


def _labels(sheet: Sheet, row: int) -> dict[int, str]:
    last = max((cell.column for cell in sheet.cells), default=0)
    texts = {
        number: sheet.shown_at(row, number).as_shown.text.strip() for number in range(1, last + 1)
    }
    return {number: text for number, text in texts.items() if text}


def _table(sheet: Sheet, header: _Header, *, registry: UnitRegistry, unit_set: str) -> PrintedTable:
    numbers = {plain_words(label): number for number, label in header.labels.items()}
    scope = [numbers[key] for key in ("scope", "scope code") if key in numbers]
    columns = [
        column
        for number, label in header.labels.items()
        if number not in (header.names, *scope) and (column := column_of(label, number))
    ]
    subjects = _subjects(sheet, header, columns, registry=registry, unit_set=unit_set)
    entries = [
        entry
        for subject in subjects
        for column in columns
        for entry in _entries(sheet, subject, column, scope)
    ]
    understood = {header.names, *scope, *(column.number for column in columns)}
    return PrintedTable(
        subjects=subjects,
        columns=columns,
        ignored=[label for n, label in header.labels.items() if n not in understood],
        entries=entries,
        unread=list(_unread(sheet, subjects, columns, {entry.place for entry in entries})),
    )


def _unread(
    sheet: Sheet, subjects: Sequence[Subject], columns: Sequence[Column], read: set[str]
) -> Iterator[str]:
    """Yield the cells that hold something else than a figure or a word for none."""
    for subject, column in product(subjects, columns):
        content, place = _content(sheet, subject.row, column), _place(sheet, subject.row, column)
        if content and place not in read and meaning_of(content) is None:
            yield f"{place} “{content}”"


def _content(sheet: Sheet, row: int, column: Column) -> str:
    cell = sheet.at(row, column.number)
    return cell.text.strip() or cell.formula


def _place(sheet: Sheet, row: int, column: Column) -> str:
    name = f"{sheet.name}!" if sheet.name else ""
    return f"{name}{column_letters(column.number)}{row}"


def _subjects(
    sheet: Sheet,
    header: _Header,
    columns: Sequence[Column],
    *,
    registry: UnitRegistry,
    unit_set: str,
) -> list[Subject]:
    """Match the names of all rows that hold a figure; notes below a table hold none.

    Repeated headings and rows of column numbers or units of measure are no subjects.
    """
    names = {
        row: " ".join(text.split())
        for row in range(header.last_row + 1, sheet.last_row + 1)
        if (text := sheet.at(row, header.names).as_shown.text)
        and any(_content(sheet, row, column) for column in columns)
    }
    units = registry.match(pl.Series(list(names.values()), dtype=pl.String), unit_set=unit_set)
    head, regions = head_texts(sheet.rows, header.last_row), registry.region_names
    subjects = []
    for (row, name), unit_id, near in zip(
        names.items(), units["unit_id"], units["candidates"], strict=True
    ):
        kind = None if unit_id else no_unit(name, sheet.rows[row], head, regions)
        is_summary = kind in (NoUnit.TOTAL, NoUnit.REGION)
        if kind is None or is_summary:
            subjects.append(Subject(row, name, unit_id, near or "", is_summary))
    return subjects


def _entries(
    sheet: Sheet, subject: Subject, column: Column, scope_columns: Sequence[int]
) -> Iterator[Entry]:
    names = [sheet.at(subject.row, number).text.strip() for number in scope_columns]
    scope = (names[0], names[1]) if len(names) == 2 else None
    cell = sheet.at(subject.row, column.number).as_shown
    figures: dict[Quantity, Figure | None]
    if column.quantity == "rank":
        figures = {"rank": read_rank(cell)}
    else:
        # `69,66/100` prints the maximum behind the points.
        text, _, maximum = cell.text.partition("/")
        figures = {column.quantity: read_figure(cell._replace(text=text))}
        if maximum:
            figures["maximum"] = read_figure(cell._replace(text=maximum))
    place = _place(sheet, subject.row, column)
    for quantity, figure in figures.items():
        if figure is not None:
            yield Entry(subject, replace(column, quantity=quantity), scope, figure, place)
