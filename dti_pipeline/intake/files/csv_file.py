"""Arrange a CSV file as a sheet of cells, so that tables read the same from either kind of file."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from dti_pipeline.csv_rows import CsvRow, Finding, read_csv_rows
from dti_pipeline.intake.files.cells import (
    Cell,
    CellType,
    Sheet,
    Workbook,
    column_letters,
    csv_place,
)

_TEXT: Final = CellType.TEXT


def read_csv_cells(path: Path) -> Workbook:
    """Read all cells of a CSV file as text, as one sheet without a name.

    Rows longer or shorter than the header, blank and repeated headers are findings; their cells
    are kept. Raises as ``read_csv_rows``.
    """
    rows = read_csv_rows(path)
    headers = [text.strip() for text in rows[0].texts]
    times = Counter(headers)
    names = tuple(
        header if header and times[header] == 1 else column_letters(column)
        for column, header in enumerate(headers, start=1)
    )
    cells = tuple(
        Cell(csv_place(row.number, column, names), row.number, column, text, _TEXT, "General", "")
        for row in rows
        for column, text in enumerate(row.texts, start=1)
        if text
    )
    sheet = Sheet(None, False, cells, columns=names)
    return Workbook(path, (sheet,), tuple(_findings(str(path), headers, rows)))


def _findings(path: str, headers: Sequence[str], rows: Sequence[CsvRow]) -> Iterator[Finding]:
    for column, header in enumerate(headers, start=1):
        if not header:
            yield Finding("csv.header_blank", path, {"column": column_letters(column)})
    for header, times in Counter(headers).items():
        if times > 1 and header:
            yield Finding("csv.header_repeated", path, {"header": header})
    for row in rows:
        if (width := len(row.texts)) != len(headers):
            details = {"row": row.number, "cells": width, "columns": len(headers)}
            yield Finding("csv.row_length", path, details)
