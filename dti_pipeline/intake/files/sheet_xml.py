"""Read the cells of one worksheet's XML.

Decides what type each cell has and what its text is. Parts, styles and shared texts come from
``workbook_xml``. 63 forms hold a quarter of a million cells, so the loop over them does little.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from dti_pipeline.intake.files.cells import (
    Cell,
    CellType,
    Look,
    LookKind,
    column_letters,
    column_number,
)
from dti_pipeline.intake.files.number_format import shown_number, shown_text
from dti_pipeline.intake.files.safety import Damage

# Limits of the file format itself.
LAST_ROW: Final = 1_048_576
LAST_COLUMN: Final = 16_384


class Style(NamedTuple):
    """What is read of a cell's style."""

    number_format: str
    is_date: bool
    blot: LookKind | None = None  # why people see nothing of the cell, or see it crossed out
    is_plain: bool = True  # they see what it holds


class RichText(NamedTuple):
    """A text of a workbook, and how it looks where some of its runs do not count."""

    text: str
    look: Look | None


# Style number, as text → style.
Styles = Mapping[str, Style]

_GENERAL: Final = Style("General", is_date=False)
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLACE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_BOOLEANS: Final = {"1": "TRUE", "true": "TRUE", "0": "FALSE", "false": "FALSE", "": ""}
_OTHER_TYPES: Final = {
    "str": CellType.TEXT,
    "inlineStr": CellType.TEXT,
    "e": CellType.ERROR,
    "d": CellType.DATE,
}
# Looking up a member of an enumeration costs as much as all else that is done for a cell.
_NUMBER, _TEXT, _DATE = CellType.NUMBER, CellType.TEXT, CellType.DATE


class SheetReader:
    def __init__(
        self, strings: Sequence[RichText], styles: Styles, *, stale: bool, from_1904: bool
    ) -> None:
        self._strings, self._styles = strings, styles
        self._stale = stale  # results of formulas are not to be trusted
        # Old Macs counted days from 1904.
        self._day_zero = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)
        self._shared: dict[str, tuple[str, str]] = {}
        self._hides_zeros = False

    def cells(self, root: Element) -> Iterator[Cell]:
        """Yield the cells that hold a value or a formula.

        Raises:
            Damage: if a place is malformed or out of reading order (one that came twice would
                mean different things to different programs), or a shared text is missing.
            KeyError, ValueError: if a type, a truth value or a number is none.
        """
        namespace = root.tag[: root.tag.index("}") + 1] if "}" in root.tag else ""
        value_tag = namespace + "v"
        views = child_of(root, "sheetViews")
        self._hides_zeros = any(view.get("showZeros") in ("0", "false") for view in views)
        columns: dict[str, int] = {}
        row = 0
        if not any(child.tag == f"{namespace}sheetData" for child in root):
            raise Damage("the sheet has no table of cells")
        for line in child_of(root, "sheetData"):
            row = _following(row, int(line.get("r", row + 1)), LAST_ROW)
            ending = str(row)
            column = 0
            for cell in line:
                place = cell.get("r") or f"{column_letters(column + 1)}{row}"
                letters = place.removesuffix(ending)
                number = columns.get(letters)
                if number is None:
                    number = columns[letters] = _column(place, row)
                if number <= column:
                    _following(column, number, LAST_COLUMN)
                column = number
                if not len(cell):
                    continue
                first, kind, formula = cell[0], cell.get("t", "n"), ""
                style = self._styles.get(cell.get("s", "0"), _GENERAL)
                look = None
                if len(cell) > 1 or first.tag != value_tag:
                    (text, look), cell_type, formula = self._unusual(
                        cell, kind, place, namespace=namespace, is_date=style.is_date
                    )
                elif kind == "n" and not style.is_date:
                    text, cell_type = first.text or "", _NUMBER
                else:
                    (text, look), cell_type = self._typed(
                        kind, first.text or "", is_date=style.is_date
                    )
                if not style.is_plain or self._hides_zeros:
                    look = self._look(text, cell_type, style) or look
                if text or formula:
                    yield Cell(
                        *(place, row, column, text, cell_type, style.number_format, formula, look)
                    )

    def _look(self, text: str, cell_type: CellType, style: Style) -> Look | None:
        """Say how a style makes a cell look, where that is not what the cell holds."""
        if style.blot is not None:
            return Look(style.blot, "")
        if cell_type is _TEXT:
            display = shown_text(style.number_format, text)
        elif cell_type is _NUMBER:
            is_hidden_zero = self._hides_zeros and text.strip("+-0.") == ""
            display = "" if is_hidden_zero else shown_number(style.number_format, text)
        else:
            return None
        return None if display is None else Look(LookKind.FORMAT, display)

    def _unusual(
        self, cell: Element, kind: str, place: str, *, namespace: str, is_date: bool
    ) -> tuple[RichText, CellType, str]:
        inline = cell.find(namespace + "is")
        if inline is not None:
            return rich_text(inline), _TEXT, ""
        formula, value = cell.find(namespace + "f"), cell.find(namespace + "v")
        if formula is None and value is None and cell.find(f"{namespace}extLst") is None:
            raise Damage(f"cell {place} holds nothing that is known")
        result = "" if value is None else value.text or ""
        text, cell_type = self._typed(kind, result, is_date=is_date)
        if formula is None:
            return text, cell_type, ""
        if self._stale or value is None or (not result and kind != "str"):
            cell_type = CellType.FORMULA
        return text, cell_type, self._formula(formula, place)

    def _typed(self, kind: str, value: str, *, is_date: bool) -> tuple[RichText, CellType]:
        if kind == "n":
            is_date = is_date and bool(value)
            text = self._date(value) if is_date else value
            return RichText(text, None), _DATE if is_date else _NUMBER
        if kind == "s":
            at = int(value)
            if not 0 <= at < len(self._strings):
                raise Damage(f"shared text {at} does not exist")
            return self._strings[at], _TEXT
        if kind == "b":
            return RichText(_BOOLEANS[value], None), CellType.BOOLEAN
        return RichText(unescaped(value), None), _OTHER_TYPES[kind]

    def _date(self, value: str) -> str:
        """Write a day number as an ISO date; what is not one stays as it is."""
        try:
            days = float(value)
            moment = self._day_zero + timedelta(seconds=round(days * 86_400))
        except (ValueError, OverflowError):
            return value
        if days < 61:
            # Times without a day, and the two months before the leap day that 1900 did not have.
            return value
        whole_day = moment.time() == datetime.min.time()
        return moment.date().isoformat() if whole_day else moment.isoformat()

    def _formula(self, formula: Element, place: str) -> str:
        text = f"={formula.text}" if formula.text else ""
        group = formula.get("si", "")
        if formula.get("t") != "shared":
            return text or "="
        if text:
            self._shared[group] = (text, place)
            return text
        if group not in self._shared:
            return "="
        # Only the first cell of a filled-down range has the text; rare, and slow to import.
        from openpyxl.formula.translate import Translator

        master, origin = self._shared[group]
        return str(Translator(master, origin=origin).translate_formula(place))


def hidden_rows(root: Element) -> frozenset[int]:
    """Return the numbers of hidden rows; rows without a number are counted on."""
    hidden, number = [], 0
    for row in child_of(root, "sheetData"):
        number = int(row.get("r", number + 1))
        if is_on(row.get("hidden", "0")) or row.get("ht") == "0":
            hidden.append(number)
    return frozenset(hidden)


def hidden_columns(root: Element) -> tuple[tuple[int, int], ...]:
    return tuple(
        (int(item.get("min", "0")), int(item.get("max", "0")))
        for item in child_of(root, "cols")
        if is_on(item.get("hidden", "0")) or item.get("width") == "0"
    )


def child_of(root: Element, name: str) -> list[Element]:
    """Return the children of the first child with a name, whatever its namespace."""
    child = root.find(f"{{*}}{name}")
    return [] if child is None else list(child)


def name_of(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def rich_text(item: Element) -> RichText:
    """Join the text and the runs of one shared or inline text; reading aids are left out.

    Runs that are crossed out, raised or lowered are part of the text but not of its look.
    """
    if len(item) == 1 and item[0].tag.endswith("}t"):
        return RichText(unescaped(item[0].text or ""), None)
    parts: list[tuple[str, LookKind | None]] = []
    for child in item:
        if name_of(child) == "t":
            parts.append((child.text or "", None))
        elif name_of(child) == "r":
            texts = [run.text or "" for run in child.findall("{*}t")]
            parts.append(("".join(texts), _look_of_run(child)))
    text = unescaped("".join(part for part, _ in parts))
    kinds = [kind for part, kind in parts if kind and part.strip()]
    if not kinds:
        return RichText(text, None)
    rest = unescaped("".join(part for part, kind in parts if kind is None))
    kind = LookKind.STRUCK_PART if LookKind.STRUCK_PART in kinds else LookKind.RAISED_PART
    if not rest.strip():
        # All raised is only small; all crossed out is crossed out.
        look = Look(LookKind.STRUCK, "") if kind is LookKind.STRUCK_PART else None
        return RichText(text, look)
    return RichText(text, Look(kind, rest))


def _look_of_run(run: Element) -> LookKind | None:
    looks = {name_of(item): item.get("val", "1") for item in child_of(run, "rPr")}
    if is_on(looks.get("strike", "0")):
        return LookKind.STRUCK_PART
    is_raised = looks.get("vertAlign") in ("superscript", "subscript")
    return LookKind.RAISED_PART if is_raised else None


def is_on(value: str) -> bool:
    return value in ("1", "true", "on")


def unescaped(text: str) -> str:
    """Undo ``_x000D_``, the format's way to write characters that XML does not allow.

    NUL is dropped: people see nothing of it, and PostgreSQL keeps it in no text.
    """
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(escaped: re.Match[str]) -> str:
    code = int(escaped[1], 16)
    if 0xD800 <= code < 0xE000:
        return escaped[0]
    return chr(code) if code else ""


def _following(last: int, number: int, largest: int) -> int:
    if not last < number <= largest:
        raise Damage(f"row or column {number} is out of order")
    return number


def _column(place: str, row: int) -> int:
    match = _PLACE.fullmatch(place)
    if match is None or int(match[2]) != row:
        raise Damage(f"cell {place!r} is not in row {row}")
    number = column_number(match[1])
    if number > LAST_COLUMN:
        raise Damage(f"column {match[1]} does not exist")
    return number
