"""Arrange a CSV file as a sheet of cells, so that tables read the same from either kind of file."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from os import SEEK_END
from pathlib import Path
from typing import Final

from dti_pipeline.index.csv_rows import CsvTable, Finding, decode, read_csv_table
from dti_pipeline.intake.files.cells import (
    Cell,
    FileContent,
    Sheet,
    column_letters,
    csv_place,
)

_DIGIT: Final = re.compile("[0-9]")


def read_csv_cells(path: Path, *, decode: Callable[..., str] = decode) -> FileContent:
    """Read all cells of a CSV file as text, as one sheet without a name.

    Rows longer or shorter than the header and figures that may be cut at their decimal comma are
    findings; their cells are kept. Raises as ``read_csv_table``.
    """
    table = read_csv_table(path, decode=decode)
    headers = [text.strip() for text in table.header.texts]
    times = Counter(headers)
    names = tuple(
        header if header and times[header] == 1 else column_letters(column)
        for column, header in enumerate(headers, start=1)
    )
    cells = tuple(
        Cell(csv_place(row.number, column, names), row.number, column, text)
        for row in table.rows
        for column, text in enumerate(row.texts, start=1)
        if text
    )
    sheet = Sheet(None, False, cells, columns=names)
    findings = [*_findings(str(path), headers, table)]
    if (
        cells
        and _ends_within(path)
        and cells[-1].column == len(names)
        and _DIGIT.search(cells[-1].text)
    ):
        details = {"cell": cells[-1].place, "text": cells[-1].text}
        findings.append(Finding("csv.may_be_cut", str(path), details))
    return FileContent(path, (sheet,), tuple(findings))


def _ends_within(path: Path) -> bool:
    """Tell whether a file ends without a line end; two bytes hold one in every encoding."""
    with path.open("rb") as file:
        file.seek(-min(2, path.stat().st_size), SEEK_END)
        return not set(file.read()) & set(b"\r\n")


def _findings(path: str, headers: Sequence[str], table: CsvTable) -> Iterator[Finding]:
    yield from _cut_figures(path, headers, table)
    uneven = [row for row in table.below if len(row.texts) != len(headers)]
    if uneven:
        # One finding for the file: where the cells are cut in the wrong places, every row is.
        row, others = uneven[0], {"rows": len(uneven)} if len(uneven) > 1 else {}
        details = {"row": row.number, "cells": len(row.texts), "columns": len(headers)}
        yield Finding("csv.row_length", path, details | others)


def _cut_figures(path: str, headers: Sequence[str], table: CsvTable) -> Iterator[Finding]:
    """Yield the first figure whose decimals may stand in a last column without a heading."""
    last = max((column for column, header in enumerate(headers, start=1) if header), default=0)
    if table.separator != "," or not 0 < last < len(headers):
        return
    for row in table.below:
        whole, decimals = (*row.texts, "", "")[last - 1 : last + 1]
        if whole[-1:].isdecimal() and decimals.strip().isdecimal():
            place = csv_place(row.number, last, tuple(headers))
            details = {"cell": place, "text": f"{whole.strip()},{decimals.strip()}"}
            yield Finding("csv.cut_figure", path, details)
            return
