"""The one reader of tables with a header: which columns there are, and their rows with places.

A table says which columns it has and what they may be called. It is found on a sheet by these
headings, under whatever stands above it; then every row gives the cell, the text and the place of
each column. Central tables, corrections, appraisals, official results, effort files and the table
inside a form are read by it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from dti_pipeline.intake.assessed_units import AssessedUnits
from dti_pipeline.intake.files.cells import (
    EMPTY_CELL,
    Cell,
    CellType,
    Look,
    LookKind,
    Sheet,
    box_of,
    column_letters,
)
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.numbers.look import look_issue
from dti_pipeline.intake.place import Issues, Place
from dti_pipeline.intake.tables.no_units import NoUnit, has_figures, head_texts, no_unit
from dti_pipeline.intake.text_keys import text_key, visible
from schemas.codes import DATA_BASES
from schemas.issues.issue import Issue, make
from schemas.messages import nearest
from schemas.text import Text, day_text

BASIS_COLUMN: Final = "data_basis"
"""A column of this name says what each row's figures stand on."""

UNIT: Final = "unit"
"""Key of the column of units' names, in every table that has one."""

# Title rows above a header are a dozen at most; a header further down is another table.
_HEADER_WITHIN: Final = 60
# Years that a title names, but those of a day or a goal (ngày 2 tháng 3 năm 2023; đến năm 2030).
_YEARS: Final = re.compile(
    r"(?<!tháng \d )(?<!tháng \d\d )(?<!đến )\b(?:năm|year) (20\d\d(?:\W+(?:và |and )?20\d\d)*)\b"
)
_PARTS: Final = (LookKind.STRUCK_PART, LookKind.RAISED_PART)


class TableFile(NamedTuple):
    delivery: Delivery
    sheets: Sequence[Sheet]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a table may have."""

    key: str
    headings: tuple[str, ...]  # what files may call it; the first names its cells in a CSV file
    is_needed: bool = True
    is_key: bool = False  # its texts decide what a row is about: units, codes, states, dates


@dataclass(frozen=True, eq=False)
class Table:
    """A table that was found on a sheet, or as much of it as there is."""

    file: str
    sheet: Sheet
    columns: Mapping[str, int]  # key → column number
    layout: Mapping[str, Column]  # key → column; all that the table may have
    header_row: int  # the last row of the header
    missing: tuple[str, ...] = ()  # needed columns that were not found
    repeated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # cells of two headings
    hidden_sheets: tuple[str, ...] = ()  # other sheets with such a table, which are not read

    @property
    def is_whole(self) -> bool:
        return not self.missing and not self.repeated

    @property
    def place(self) -> Place:
        return Place(self.file, self.sheet.name)

    def other_headings(self) -> list[str]:
        """Return the texts of the header that name no column."""
        head = {c for row in range(self.header_row + 1) for c in self.sheet.rows.get(row, ())}
        shown = [
            self.sheet.shown_at(self.header_row, column).text.strip()
            for column in sorted(head - set(self.columns.values()))
        ]
        return list(dict.fromkeys(filter(None, shown)))

    def rows(self) -> Iterator["Row"]:
        """Yield the rows below the header in which anything stands."""
        for number in sorted(self.sheet.rows):
            if number > self.header_row:
                yield Row(self, number, self.sheet.rows[number])

    def issues(self) -> Iterator[Issue]:
        """Yield what the look of the file says about the rows, whatever they are about."""
        if self.hidden_sheets:
            yield self.place.issue("file.hidden_sheet", sheets=", ".join(self.hidden_sheets))
        if self.sheet.name is None:
            return
        entries = [key for key in self.columns if not self.layout[key].is_key]
        spans = self.sheet.hidden_columns
        hidden = [key for key in entries if any(a <= self.columns[key] <= b for a, b in spans)]
        places: list[str] = []
        for row in self.rows():
            keys = entries if row.number in self.sheet.hidden_rows else hidden
            places += [row.address(key) for key in keys if row.text(key)]
            yield from row.key_issues()
        if places:
            place = self.place._replace(source_cell=places[0])
            yield place.issue("table.hidden_cells", cells=", ".join(places))
        boxes = {text: box for text in self.sheet.remarks if (box := box_of(text))}
        remarks = [
            text
            for text, box in boxes.items()
            if box.top > self.header_row and box.left in self.columns.values()
        ]
        if remarks:
            place = self.place._replace(source_cell=remarks[0])
            yield place.issue("table.remarks_unread", cells=", ".join(remarks))


@dataclass(frozen=True, eq=False, slots=True)
class Row:
    """One row of a table; its unit is empty and its component None until they are known.

    A column that the table lacks is an empty cell.
    """

    table: Table
    number: int
    cells: Mapping[int, Cell]
    unit_id: str = ""
    unit_name: str = ""
    component_code: str | None = None

    def has(self, key: str) -> bool:
        return key in self.table.columns

    def cell(self, key: str) -> Cell:
        """Return a cell; one under a merged range looks like the first cell of the range."""
        column = self.table.columns.get(key, 0)
        cell = self.cells.get(column, EMPTY_CELL)
        box = self.table.sheet.box_at(self.number, column)
        if box is None or (box.top, box.left) == (self.number, column):
            return cell
        text = visible(self.table.sheet.at(box.top, box.left).text)
        return cell._replace(look=Look(LookKind.MERGED, text)) if text else cell

    def label(self, key: str) -> Cell:
        """Return the cell whose text counts: of a range merged over rows, its first cell.

        A title over the whole table belongs to no column; a total over the units does.
        """
        cell = self.cell(key)
        if cell.look is None or cell.look.kind is not LookKind.MERGED:
            return cell
        column = self.table.columns[key]
        first = self.table.sheet.shown_at(self.number, column)
        return first if first.column == column or key == UNIT else cell

    def text(self, key: str) -> str:
        """Return what a cell says, without the spaces around it.

        In columns that say what a row is about, crossed-out and raised parts do not count.
        """
        cell = self.label(key)
        if cell.look is not None and cell.look.kind in _PARTS and self.table.layout[key].is_key:
            return visible(cell.look.text)
        return visible(cell.text)

    def is_filled(self, key: str) -> bool:
        """Tell whether people or programs see anything in a cell."""
        cell = self.cell(key)
        return bool(visible(cell.text) or cell.formula or cell.look)

    def address(self, key: str) -> str:
        """Name a column's cell: ``B7``, or ``7:heading`` in a CSV file."""
        if self.table.sheet.name is None:
            return f"{self.number}:{self.table.layout[key].headings[0]}"
        return f"{column_letters(self.table.columns[key])}{self.number}"

    def place(self, key: str) -> Place:
        subject = self.unit_id or None, self.component_code, self.unit_name or None
        return Place(self.table.file, self.table.sheet.name, self.address(key), *subject)

    def key_issues(self) -> Iterator[Issue]:
        """Yield what is unclear about the texts that say what the row is about.

        A row with one cell is a note below the table.
        """
        keys = [key for key in self.table.columns if self.table.layout[key].is_key]
        looks = [(key, cell, look) for key in keys if (look := (cell := self.cell(key)).look)]
        if not looks or sum(map(self.is_filled, self.table.columns)) == 1:
            return
        for key, cell, look in looks:
            place = self.place(key)
            if look.kind is LookKind.RAISED_PART:
                yield place.issue(
                    "table.mark_ignored", raw_text=cell.text, raw=cell.text, text=look.text
                )
            elif look.kind is not LookKind.MERGED:
                yield look_issue(cell, look, place)
            elif (
                self.table.layout[key].is_needed
                and 0 < (first := self.label(key)).row < self.number
            ):
                box = self.table.sheet.box_at(self.number, first.column)
                yield place.issue("table.cell_merged", range=box, text=look.text)


def find_table(
    sheet: Sheet, columns: Sequence[Column], *, file: str = "", key: Callable[[str], str] = text_key
) -> Table | None:
    """Find a table by its header, in one row or in two below each other (merged group labels).

    ``key`` reduces a text to the form in which headings are compared. Of several it is the first
    whole table; without one that with the most needed columns, so that a message can say what it
    lacks; None where not a single heading was found.
    """
    labels = {key(heading): column.key for column in columns for heading in column.headings}
    layout = {column.key: column for column in columns}
    needed = [column.key for column in columns if column.is_needed]
    best: Table | None = None
    for row in sorted(sheet.rows)[:_HEADER_WITHIN]:
        here, below = (_labels_of(sheet, line, labels, key) for line in (row, row + 1))
        if not here:
            continue
        # Headings may stand in the second row of a two-row header; where one of them is in the
        # first row already, the second row is data.
        is_double = bool(below) and not dict(here).keys() & dict(below).keys()
        pairs = [*here, *below] if is_double else here
        boxes = (sheet.box_at(row + is_double, column) for _, column in pairs)
        table = Table(
            *(file, sheet, dict(pairs), layout),
            max([row + is_double, *(box.bottom for box in boxes if box)]),
            missing=tuple(name for name in needed if name not in dict(pairs)),
            repeated=_repeated(pairs, row + is_double),
        )
        if table.is_whole:
            return table
        if best is None or len(table.missing) < len(best.missing):
            best = table
    return best


def _labels_of(
    sheet: Sheet, row: int, labels: Mapping[str, str], key: Callable[[str], str]
) -> list[tuple[str, int]]:
    return [
        (labels[label], column)
        for first, cell in sheet.rows.get(row, {}).items()
        if cell.cell_type is CellType.TEXT
        # A raised footnote mark belongs to no heading.
        and ((label := key(cell.text)) in labels or (label := key(cell.as_shown.text)) in labels)
        for column in _columns_under(sheet, row, first)
    ]


def _columns_under(sheet: Sheet, row: int, column: int) -> list[int]:
    """Return the column of a heading, and those beside it that a merged one stands over."""
    box = sheet.box_at(row, column)
    if box is None:
        return [column]
    below = [cells for number, cells in sheet.rows.items() if number > box.bottom]
    others = range(column + 1, box.right + 1)
    return [column, *(other for other in others if any(other in cells for cells in below))]


def _repeated(pairs: Sequence[tuple[str, int]], row: int) -> dict[str, tuple[str, ...]]:
    cells: dict[str, list[str]] = {}
    for name, column in pairs:
        cells.setdefault(name, []).append(f"{column_letters(column)}{row}")
    return {name: tuple(places) for name, places in cells.items() if len(places) > 1}


def single_table(
    sheets: Sequence[Sheet],
    columns: Sequence[Column],
    *,
    file: str,
    name: Text,
    key: Callable[[str], str] = text_key,
) -> Table | Issue:
    """Find the one table of a file; an issue where there is none, it lacks columns, or two."""
    on_sheets = (find_table(sheet, columns, file=file, key=key) for sheet in sheets)
    tables = [table for table in on_sheets if table is not None]
    visible_tables = [table for table in tables if not table.sheet.hidden]
    whole = [table for table in visible_tables if table.is_whole]
    hidden = [table for table in tables if table.is_whole and table.sheet.hidden]
    if len(whole) == 1:
        return replace(whole[0], hidden_sheets=tuple(str(table.sheet.name) for table in hidden))
    if whole:
        names = ", ".join(f"“{table.sheet.name}”" for table in whole)
        return make("table.on_several_sheets", source_file=file, table=name, sheets=names)
    if hidden:
        return hidden[0].place.issue("table.on_hidden_sheet", table=name)
    best = min(visible_tables, key=lambda table: len(table.missing), default=None)
    if best is not None and best.repeated and not best.missing:
        twice = headings_twice(best)
        return best.place.issue("table.column_repeated", table=name, columns=twice)
    sheet = best.sheet if best else next(iter(sheets), None)
    rows = sheet.rows if sheet else {}
    header = rows.get(best.header_row if best else min(rows, default=0), {})
    missing = best.missing if best else [column.key for column in columns if column.is_needed]
    headings = {column.key: " / ".join(column.headings) for column in columns}
    lacking = ", ".join(f"“{headings[key]}”" for key in missing)
    present = ", ".join(cell.text for _, cell in sorted(header.items())) or "–"
    place = Place(file, sheet.name if sheet else None)
    return place.issue("table.column_missing", table=name, columns=lacking, found=present)


def headings_twice(table: Table) -> str:
    return "; ".join(
        f"“{table.layout[key].headings[0]}” ({', '.join(places)})"
        for key, places in table.repeated.items()
    )


def title_issues(table: Table, where: Mapping[str, str], year: int) -> Iterator[Issue]:
    """Yield a title that names earlier years than the table's own, and not that one.

    ``where`` are its conditions: where they name the year, each row says of which it is.
    """
    if any("{year}" in text for text in where.values()):
        return
    head = (cells for row, cells in table.sheet.rows.items() if row < table.header_row)
    titles = {
        cell: years
        for cells in head
        for cell in cells.values()
        if (years := " ".join(_YEARS.findall(text_key(cell.text))))
    }
    if titles and max(re.findall(r"\d+", " ".join(titles.values()))) < str(year):
        title = next(iter(titles))
        place = table.place._replace(source_cell=title.place)
        yield place.issue(
            "table.title_of_other_year", raw_text=title.text, title=title.text, year=year
        )


def match_rows(rows: Iterable[Row], units: AssessedUnits) -> Iterator[Row | Issue]:
    """Match the names in the column ``unit``; an issue for a row that is of no unit.

    A column of nothing but digits holds codes. Totals, regions and the like are on record only.
    """
    all_rows = list(rows)
    names = [row.text(UNIT) for row in all_rows]
    matches = units.match(names, are_codes=all(name.isdigit() for name in names if name))
    heads: dict[Table, dict[int, set[str]]] = {}
    for row, name, match in zip(all_rows, names, matches, strict=True):
        if match.unit_id in units.names:
            yield replace(row, unit_id=match.unit_id, unit_name=units.names[match.unit_id])
            continue
        table, place = row.table, row.place(UNIT)
        if table not in heads:
            heads[table] = head_texts(table.sheet.rows, table.header_row)
        kind = no_unit(name, row.cells, heads[table], units.registry.region_names)
        if name and not kind and not any(match) and not has_figures(name, row.cells):
            kind = NoUnit.WORDS
        text = name or " | ".join(cell.text for cell in row.cells.values())
        if kind is not None:
            yield place.issue("table.row_ignored", raw_text=name, name=text, kind=kind.value)
        elif not name:
            yield place.issue("unit.nameless", raw_text=text, row=text)
        elif match.successor is not None:
            successor, day = match.successor
            details = {"name": name, "successor": successor, "date": day_text(day)}
            yield place.issue("unit.merged", raw_text=name, **details)
        else:
            near = nearest(match.candidates)
            yield place.issue("unit.unknown", raw_text=name, name=name, nearest=near)


def read_rows(
    file: TableFile, columns: Sequence[Column], units: AssessedUnits, issues: Issues, *, name: Text
) -> Iterator[Row]:
    """Yield the rows of all tables of a file that are of a unit; what is wrong is an issue.

    A sheet without such a table is an issue, except a hidden one. Columns that are none of the
    declared ones are not read; an issue names them.
    """
    sheets = [sheet for sheet in file.sheets if not sheet.hidden]
    hidden = [sheet for sheet in file.sheets if sheet.hidden]
    for sheet in sheets or hidden[:1]:
        table = single_table((sheet, *hidden), columns, file=file.delivery.path, name=name)
        if isinstance(table, Issue):
            issues.append(table)
            continue
        if unknown := table.other_headings():
            issues.add(
                table.place,
                "table.column_ignored",
                table=name,
                columns=", ".join(f"“{heading}”" for heading in unknown),
                known=", ".join(column.key for column in columns),
                action_taken="ignored",
            )
        issues += table.issues()
        rows = [row for row in table.rows() if any(row.text(column.key) for column in columns)]
        if not rows:
            issues.add(table.place, "table.header_only", table=name)
        for row in match_rows(rows, units):
            if isinstance(row, Row):
                yield row
            else:
                issues.append(row)


def basis_of(row: Row, issues: Issues) -> str | None:
    """Return what a row's figures stand on; None where it does not say, or nothing known."""
    text = row.text(BASIS_COLUMN)
    if text and text not in DATA_BASES:
        place, allowed = row.place(BASIS_COLUMN), ", ".join(DATA_BASES)
        issues.add(place, "option.unknown", raw_text=text, option=text, options=allowed)
        return None
    return text or None


def columns_of(
    headings: Mapping[str, Sequence[str]], *, needed: Iterable[str], keys: Iterable[str]
) -> list[Column]:
    """Declare columns by key and headings: which are needed, which say what a row is about."""
    return [
        Column(key, tuple(texts), key in needed, key in keys) for key, texts in headings.items()
    ]
