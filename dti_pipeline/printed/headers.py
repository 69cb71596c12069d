"""What the headers of a printed table mean.

Tables are printed by many hands: Vietnamese and English, with and without marks, in words
(`Thứ hạng năm 2021`) or as column names (`rank_prev`, `DTI_ChinhQuyenSo`). A header is reduced to
plain words; the words decide what the column holds. A header that is not understood is left out,
and the report names it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from schemas.package_data import toml_beside
from schemas.text import without_marks

Measure = Literal["value", "points"]
Quantity = Literal["level", "rank", "change", "rank_change", "maximum"]


_YEAR: Final = re.compile(r"\b20[0-9]{2}\b")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Column:
    """One column of a printed table.

    Attributes:
        number: its place on the sheet, from 1.
        label: its header as printed.
        concept: the index it is about; None for the overall index.
        kinds: pillar and main, as far as the header leaves it open.
        is_earlier: whether the header says it is the figure of the time before.
        measure: value or points where the header says so.
    """

    number: int
    label: str
    quantity: Quantity
    concept: str | None
    kinds: tuple[str, ...]
    year: int | None
    is_earlier: bool
    measure: Measure | None
    is_percent: bool


def plain_words(text: str) -> str:
    """Reduce a header or name to lower-case words without marks.

    ``Hạ tầng`` becomes one word, so that it is not mistaken for ``tăng``.
    """
    spread = _CAMEL.sub(" ", unicodedata.normalize("NFC", text))
    letters = without_marks(spread).casefold()
    words = re.sub(r"[\W_]+", " ", letters).strip()
    return re.sub(r"\bha tang\b", "hatang", words)


def vocabulary() -> dict[str, dict[str, Any]]:
    return toml_beside(__file__)


@cache
def _patterns(section: str) -> dict[str, re.Pattern[str]]:
    items = vocabulary()[section].items()
    return {name: re.compile(rf"\b(?:{phrases})\b") for name, phrases in items}


def _has(name: str, words: str) -> bool:
    return _patterns("words")[name].search(words) is not None


def is_unit_label(text: str) -> bool:
    words = plain_words(text)
    patterns = _patterns("words")
    return bool(patterns["unit_start"].match(words) or patterns["unit_alone"].fullmatch(words))


def column_of(label: str, number: int) -> Column | None:
    words = plain_words(label)
    years = [int(year) for year in _YEAR.findall(words)]
    concept = next(
        (name for name, called in _patterns("concepts").items() if called.search(words)), None
    )
    # Chính quyền số alone is the pillar in the ministry's tables and the activity index in others.
    named = tuple(kind for kind in ("pillar", "main") if _has(kind, words))
    is_percent = "%" in label or _has("percent", words)
    is_change = "+/-" in label or "±" in label or _has("change", words)
    quantity: Quantity
    if _has("partial", words):
        return None
    if _has("rank", words):
        quantity = "rank_change" if is_change else "rank"
    elif is_change:
        quantity = "change"
    elif _has("maximum", words):
        quantity = "maximum"
    elif (concept or years or _has("level", words)) and not is_percent:
        quantity = "level"
    else:
        return None
    return Column(
        number=number,
        label=" ".join(label.split()),
        quantity=quantity,
        concept=concept,
        kinds=(named[:1] or ("pillar", "main")) if concept else ("overall",),
        year=max(years, default=None),
        is_earlier=_has("earlier", words) and not is_change,
        measure="points" if _has("points", words) else "value" if _has("value", words) else None,
        is_percent=is_percent,
    )
