"""Tables with one decision per row (corrections, appraisals): find the header, yield the rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dti_pipeline.intake.files.cells import Cell
from dti_pipeline.intake.forms.layout import text_key
from dti_pipeline.intake.numbers.variable_reading import Place
from dti_pipeline.intake.tables.central import TableFile
from dti_pipeline.intake.tables.headers import EMPTY_CELL, find_header
from schemas.issues.issue import Issue, make
from schemas.text import Text


@dataclass(frozen=True, slots=True)
class Row:
    """One row, by column key: its cells, their trimmed texts, and their places."""

    cells: Mapping[str, Cell]
    texts: Mapping[str, str]
    places: Mapping[str, Place]


def rows_of(
    file: TableFile,
    *,
    headings: Mapping[str, tuple[str, ...]],
    needed: Sequence[str],
    what: Text,
) -> Iterator[Row | Issue]:
    """Yield the rows of all visible tables of a file, or an issue for a sheet without one.

    Args:
        file: the delivered file with its sheets.
        headings: column key → the headings it may have.
        needed: columns without which the table cannot be read.
        what: the name of the table, for the message.
    """
    labels = {text_key(text): key for key, texts in headings.items() for text in texts}
    for sheet in file.sheets:
        header = find_header(sheet.cells, labels, needed=needed, key=text_key)
        if header is None and sheet.hidden:
            continue
        if header is None or not header.is_whole:
            yield make(
                "table.column_missing",
                source_file=file.delivery.path,
                source_sheet=sheet.name,
                table=what,
                columns=", ".join((*header.missing, *header.repeated) if header else needed),
                found=", ".join(header.columns) if header else "–",
            )
            continue
        for number in sorted(n for n in sheet.cells if n > header.last_row):
            cells = {
                key: sheet.cells[number].get(column, EMPTY_CELL)
                for key, column in header.columns.items()
            }
            texts = {key: cell.text.strip() for key, cell in cells.items()}
            if any(texts.values()):
                places = {
                    key: Place(
                        file.delivery.path, sheet.name, sheet.address(number, column, header=key)
                    )
                    for key, column in header.columns.items()
                }
                yield Row(cells, texts, places)
