"""Read files in an encoding from before Unicode, where the names of units prove the conversion.

A file is converted as a whole or not at all: every name of a unit in it must then match the
registry. The conversion is on record; a file that fails is one issue.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from dti_pipeline.index.csv_rows import Finding, UnreadableFileError
from dti_pipeline.index.units.registry import UnitRegistry
from dti_pipeline.intake.files.cells import CellType, FileContent, Sheet, csv_place
from dti_pipeline.intake.files.csv_file import read_csv_cells
from dti_pipeline.intake.files.legacy_text import conversions, is_suspicious, single_byte_text
from dti_pipeline.intake.tables.no_units import no_unit

# Names of units are shorter; titles and remarks are not looked up.
_LONGEST_NAME: Final = 60
_NAMED: Final = 3
# A text of digits, marks and spaces means the same in every encoding.
_LETTER: Final = re.compile(r"[^\d\s.,%:/()+-]")


def to_unicode(content: FileContent, registry: UnitRegistry, unit_set: str) -> FileContent:
    """Convert a file that holds texts of another encoding; any other comes back as it is."""
    table, is_unicode = content, content.sheets is not None
    if [finding.code for finding in content.findings] == ["file.encoding"]:
        try:
            table = read_csv_cells(content.path, decode=lambda data, **_: single_byte_text(data))
        except UnreadableFileError:
            return content
    if table.sheets is None:
        return content
    cells = (cell for sheet in table.sheets for cell in sheet.cells)
    texts = {
        cell.text for cell in cells if cell.cell_type is CellType.TEXT and _LETTER.search(cell.text)
    }
    names = registry.known(filter(_may_be_name, texts), unit_set=unit_set) if is_unicode else set()
    if is_unicode and names and not any(map(is_suspicious, texts)):
        return content
    # Where units are named in Unicode, only texts that cannot be Unicode are converted.
    is_mixed = any(not name.isascii() for name in names)
    plain = {text for text in texts if text in names or (is_mixed and not is_suspicious(text))}
    encoding, changes, proofs = "", dict[str, str](), set[str]()
    for name, convert in conversions().items():
        new_texts = {text: new for text in texts - plain if (new := convert(text)) != text}
        new_names = registry.known(filter(_may_be_name, new_texts.values()), unit_set=unit_set)
        if len(new_names) > len(proofs):
            encoding, changes, proofs = name, new_texts, new_names
    if not proofs:
        return content
    details: dict[str, str | int] = {"encoding": encoding}
    sheets = tuple(_converted(sheet, changes) for sheet in table.sheets)
    unit_names = names | proofs
    if wrong := [name for sheet in sheets for name in _wrong_names(sheet, unit_names, registry)]:
        details["names"] = "; ".join(wrong[:_NAMED]) + (" …" if len(wrong) > _NAMED else "")
        finding = Finding("file.legacy_text", str(content.path), details)
        return FileContent(content.path, None, (finding,))
    findings = (*table.findings, Finding("file.converted", str(content.path), details))
    return FileContent(content.path, sheets, findings)


def _converted(sheet: Sheet, changes: Mapping[str, str]) -> Sheet:
    columns = tuple(changes.get(name, name) for name in sheet.columns)
    return replace(
        sheet,
        cells=tuple(
            cell._replace(
                text=changes.get(cell.text, cell.text),
                place=csv_place(cell.row, cell.column, columns) if columns else cell.place,
            )
            for cell in sheet.cells
        ),
        columns=columns,
    )


def _wrong_names(sheet: Sheet, unit_names: set[str], registry: UnitRegistry) -> list[str]:
    """Return the texts among the names of units that are none: the column with most names."""
    columns = [cell.column for cell in sheet.cells if cell.text in unit_names]
    if not columns:
        return []
    names = max(sorted(set(columns)), key=columns.count)
    rows = [row for row, cells in sheet.rows.items() if names in cells]
    first = min(row for row in rows if sheet.rows[row][names].text in unit_names)
    return [
        text
        for row in rows
        if row > first
        and (text := sheet.rows[row][names].text) not in unit_names
        and len(sheet.rows[row]) > 1
        and no_unit(text, sheet.rows[row], {}, registry.region_names) is None
    ]


def _may_be_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME
