"""What the headers of a printed table mean.

Tables are printed by many hands: Vietnamese and English, with and without marks, in words
(`Thứ hạng năm 2021`) or as column names (`rank_prev`, `DTI_ChinhQuyenSo`). A header is reduced to
plain words; the words decide what the column holds. A header that is not understood is left out,
and the report names it.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

Measure = Literal["value", "points"]
Quantity = Literal["level", "rank", "change", "rank_change", "maximum"]


def _words(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{phrases})\b")


UNIT_START: Final = _words("don vi|dia phuong|co quan|ten|nhom|unit|province|tinh thanh")
# Short words that begin other headers too (`Số thủ tục`, `Xã hội số`) have to stand alone.
UNIT_ALONE: Final = _words(
    "tinh|thanh pho|huyen|xa|so|bo|bo nganh|name|group|department|district|commune"
)
RANK: Final = _words("hang|rank|vi tri|bac|places?")
CHANGE: Final = _words(
    "tang|giam|thay doi|chenh lech|bien dong|so voi|change|difference|diff|increase|growth"
)
MAXIMUM: Final = _words("toi da|maximum|max")
POINTS: Final = _words("diem|points|score")
VALUE: Final = _words("gia tri|value")
LEVEL: Final = _words("gia tri|value|dti|chi so|index|tong|diem|points|score")
EARLIER: Final = _words("truoc|prev|previous|before|from")
PERCENT: Final = _words("phan tram|percent|pct|ty le|ti le")
# Ranks among some of the units say nothing about the rank among all.
PARTIAL: Final = _words("in group|in region|trong vung|trong nhom|trong cum")
PILLAR: Final = _words("tru cot|pillar")
MAIN: Final = _words("hoat dong|activity|chi so chinh|main")

# What the concepts of the national frameworks are called in tables.
CONCEPTS: Final = {
    "awareness": _words("nhan thuc so|awareness"),
    "institutions": _words("the che so|institutions"),
    "infrastructure": _words("hatang so|infrastructure"),
    "human_resources": _words("nhan luc so|human resources"),
    "cyber_security": _words("an toan thong tin|cyber security"),
    "smart_city": _words("do thi thong minh|smart city"),
    "government": _words("chinh quyen so|government|gov"),
    "economy": _words("kinh te so|economy|eco"),
    "society": _words("xa hoi so|society|soc"),
}
_YEAR: Final = _words("20[0-9]{2}")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Column:
    """One column of a printed table.

    Attributes:
        number: its place on the sheet, from 1.
        label: its header as printed.
        quantity: level (a value or points), rank, change of a level, change of a rank, maximum.
        concept: the index it is about; None for the overall index.
        kinds: pillar and main, as far as the header leaves it open.
        year: the year in its header.
        is_earlier: whether the header says it is the figure of the time before.
        measure: value or points where the header says so, else None.
        is_percent: whether the header says that it counts percent.
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
    bare = unicodedata.normalize("NFD", spread.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(c for c in bare if not unicodedata.combining(c)).casefold()
    words = " ".join("".join(c if c.isalnum() else " " for c in letters).split())
    return re.sub(r"\bha tang\b", "hatang", words)


def is_unit_label(text: str) -> bool:
    words = plain_words(text)
    return bool(UNIT_START.match(words) or UNIT_ALONE.fullmatch(words))


def column_of(label: str, number: int) -> Column | None:
    """Understand one header; None where it is no figure that can be checked."""
    words = plain_words(label)
    years = [int(year) for year in _YEAR.findall(words)]
    concept = next((name for name, called in CONCEPTS.items() if called.search(words)), None)
    is_percent = "%" in label or PERCENT.search(words) is not None
    is_change = "+/-" in label or "±" in label or CHANGE.search(words) is not None
    quantity: Quantity
    if PARTIAL.search(words):
        return None
    if RANK.search(words):
        quantity = "rank_change" if is_change else "rank"
    elif is_change:
        quantity = "change"
    elif MAXIMUM.search(words):
        quantity = "maximum"
    elif (concept or years or LEVEL.search(words)) and not is_percent:
        quantity = "level"
    else:
        return None
    return Column(
        number=number,
        label=" ".join(label.split()),
        quantity=quantity,
        concept=concept,
        kinds=_kinds(words) if concept else ("overall",),
        year=max(years, default=None),
        is_earlier=EARLIER.search(words) is not None and not is_change,
        measure="points" if POINTS.search(words) else "value" if VALUE.search(words) else None,
        is_percent=is_percent,
    )


def _kinds(words: str) -> tuple[str, ...]:
    if PILLAR.search(words):
        return ("pillar",)
    if MAIN.search(words):
        return ("main",)
    # Chính quyền số alone is the pillar in the ministry's tables and the activity index in others.
    return ("pillar", "main")
