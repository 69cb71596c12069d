"""Tell the rows of a table that are about no unit: totals, regions, numbers of columns, headings.

Asked only for a name that matches no unit, so a unit called like a region stays a unit. Every input
that lists units asks here.
"""

import re
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, Final

from dti_pipeline.intake.files.cells import Cell
from dti_pipeline.intake.numbers.missing_words import meaning_of
from dti_pipeline.intake.text_keys import text_key
from schemas.package_data import toml_beside
from schemas.text import Text, without_marks


class NoUnit(Enum):
    """What a row is that is about no unit."""

    HEADING = Text("tiêu đề lặp lại", "a repeated heading")
    NUMBERING = Text("dòng đánh số cột", "a row of column numbers")
    WORDS = Text("dòng đơn vị tính hoặc chữ ký", "a row of units of measure, or a signature")
    TOTAL = Text("dòng tổng hợp", "a summary row")
    REGION = Text("vùng", "a region")


_ENUMERATOR: Final = re.compile(r"^(?:[ivx]+|\d{1,2}|[a-d]) (?=\D)")
_REGION_WORDS: Final = re.compile(r"^(?:vùng|khu vực|vung|khu vuc|the) | (?:region|area)$")
_BILINGUAL: Final = re.compile(r"\s*[/|(\n]\s*|\s[-–—]\s")
_NUMBER: Final = re.compile(r"[(\[]?\s*(?:(\d{1,2})|[A-Za-z])\s*[)\]]?\s*(?:=.*)?")
_MEASURE_NAMES: Final = frozenset({"", "đvt", "đơn vị tính", "đơn vị", "dvt", "unit", "units"})
_MEASURE: Final = re.compile(r"(?:đơn vị(?: tính)?|đvt|unit(?: of measure)?)\s*:\s*(.+)", re.I)
_DATE_LINE: Final = re.compile(r"\bngày\b.*\btháng\b.*\bnăm\b", re.I)


def no_unit(
    name: str, cells: Mapping[int, Cell], head: Mapping[int, set[str]], regions: tuple[str, ...]
) -> NoUnit | None:
    """Tell what a row is whose name matches no unit; None where it may be one.

    ``head``: column → texts of the header and of what is above it, as ``head_texts`` gives them.
    """
    texts = {column: text for column, cell in cells.items() if (text := cell.text.strip())}
    if all(text_key(text) in head.get(column, ()) for column, text in texts.items()):
        return NoUnit.HEADING
    if _numbers_columns(list(texts.values())):
        return NoUnit.NUMBERING
    # Words in a column without a heading say which of the columns under one heading it is.
    is_headed = bool(name) or texts.keys() <= head.keys()
    if _plain(name) in _MEASURE_NAMES and is_headed and not has_figures(name, cells):
        return NoUnit.WORDS
    first = _plain(_BILINGUAL.split(name.strip(" ()[]"))[0])
    if _total().match(first):
        return NoUnit.TOTAL
    return NoUnit.REGION if {first, _plain(name)} & _region_keys(regions) else None


def has_figures(name: str, cells: Mapping[int, Cell]) -> bool:
    """Tell whether a row says more beside its name than words, or the day of a signature."""
    texts = (cell.text.strip() for cell in cells.values())
    return any(
        meaning_of(text) or (re.search(r"\d", text) and not _DATE_LINE.search(text))
        for text in texts
        if text != name
    )


def table_measure(text: str) -> str:
    """Return the unit of measure that a line above a table names; empty where it names none."""
    match = _MEASURE.search(text)
    return match[1] if match else ""


def differs_in_scale(measures: str, unit: str) -> bool | None:
    """Tell whether measures count other thousands than a unit; None where they may be none."""
    *texts, own = (text_key(text).strip(" ()[]:") for text in (*measures.split(","), unit))
    scales = [_scales(text) for text in texts]
    if _scales(own) in scales:
        return False
    return True if any(scales) or own.endswith(f" {texts[0]}") else None


def _scales(text: str) -> set[str]:
    return {scale for scale, words in _words()["scales"].items() if re.search(words, text)}


def _words() -> dict[str, Any]:
    return toml_beside(__file__)


@cache
def _total() -> re.Pattern[str]:
    totals = {form for word in _words()["totals"] for form in (word, without_marks(word))}
    longest_first = "|".join(sorted(totals, key=len, reverse=True))
    agencies = "|".join(map(text_key, _words()["agencies"]))
    return re.compile(rf"(?:{longest_first})\b(?! (?:{agencies})\b)")


@cache
def _region_keys(regions: tuple[str, ...]) -> set[str]:
    keys = {_plain(region) for region in (*_words()["regions"], *regions)}
    return keys | set(map(without_marks, keys))


def head_texts(rows: Mapping[int, Mapping[int, Cell]], last: int) -> dict[int, set[str]]:
    """Return column → the texts in it down to the last row of the header."""
    head: dict[int, set[str]] = {}
    for number, row in rows.items():
        for column, cell in row.items() if number <= last else ():
            head.setdefault(column, set()).add(text_key(cell.text))
    return head


def _plain(text: str) -> str:
    """Drop case, punctuation, a number before the name, and words such as `vùng`."""
    words = re.sub(r"[\s*:().,_–—-]+", " ", text_key(text)).strip()
    return _REGION_WORDS.sub("", _ENUMERATOR.sub("", words))


def _numbers_columns(texts: list[str]) -> bool:
    """Say whether every text is a letter or a number, and the numbers count the columns."""
    matches = [_NUMBER.fullmatch(text) for text in texts]
    numbers = [int(match[1]) for match in matches if match and match[1]]
    return (
        all(matches)
        and len(numbers) > 1
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    )
