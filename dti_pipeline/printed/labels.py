"""What the headers and row names of a printed table mean.

Tables are printed by many hands: Vietnamese and English, with and without marks, in words
(`Thứ hạng năm 2021`) or as column names (`rank_prev`, `DTI_ChinhQuyenSo`). A header is reduced to
plain words; the words decide what the column holds. What is not understood is left out and said.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

Quantity = Literal["level", "rank", "change", "rank_change", "maximum"]
ScopeKey = tuple[str, str]

UNIT_STARTS: Final = (
    "don vi",
    "dia phuong",
    "co quan",
    "ten",
    "nhom",
    "unit",
    "province",
    "tinh thanh",
)
# Short words that begin other headers too (`Số thủ tục`, `Xã hội số`) have to stand alone.
UNIT_WORDS: Final = (
    "tinh",
    "thanh pho",
    "huyen",
    "xa",
    "so",
    "bo",
    "bo nganh",
    "name",
    "group",
    "department",
    "district",
    "commune",
)
RANK_WORDS: Final = ("hang", "rank", "vi tri", "bac", "place", "places")
CHANGE_WORDS: Final = (
    "tang",
    "giam",
    "thay doi",
    "chenh lech",
    "bien dong",
    "so voi",
    "change",
    "difference",
    "diff",
    "increase",
    "growth",
)
MAXIMUM_WORDS: Final = ("toi da", "maximum", "max")
POINTS_WORDS: Final = ("diem", "points", "score")
VALUE_WORDS: Final = ("gia tri", "value", "dti", "chi so", "index", "tong")
EARLIER_WORDS: Final = ("truoc", "prev", "previous", "before", "from")
PERCENT_WORDS: Final = ("phan tram", "percent", "pct", "ty le", "ti le")
# Ranks among some of the units say nothing about the rank among all.
PARTIAL_WORDS: Final = ("in group", "in region", "trong vung", "trong nhom", "trong cum")
PILLAR_WORDS: Final = ("tru cot", "pillar")
MAIN_WORDS: Final = ("hoat dong", "activity", "chi so chinh", "main")

# What the concepts of the national frameworks are called in tables.
CONCEPT_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "awareness": ("nhan thuc so", "awareness"),
    "institutions": ("the che so", "institutions"),
    "infrastructure": ("hatang so", "infrastructure"),
    "human_resources": ("nhan luc so", "human resources"),
    "cyber_security": ("an toan thong tin", "an toan thong tin mang", "cyber security"),
    "smart_city": ("do thi thong minh", "smart city"),
    "government": ("chinh quyen so", "government", "gov"),
    "economy": ("kinh te so", "economy", "eco"),
    "society": ("xa hoi so", "society", "soc"),
}
MEAN_NAMES: Final = (
    "ca nuoc",
    "toan quoc",
    "trung binh",
    "binh quan",
    "trung binh ca nuoc",
    "trung binh chung",
    "gia tri trung binh",
    "mean",
    "average",
    "national mean",
    "national average",
)
MEDIAN_NAMES: Final = ("trung vi", "gia tri trung vi", "median")

_YEAR: Final = re.compile(r"\b(20[0-9]{2})\b")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Column:
    """One column of a printed table, understood.

    Attributes:
        number: its place on the sheet, from 1.
        label: its header as printed.
        quantity: level (a value or points), rank, change of a level, change of a rank, maximum.
        concept: the index it speaks of; None for the overall index.
        kinds: pillar and main, as far as the header leaves it open.
        year: the year in its header.
        earlier: whether the header says it is the figure of the time before.
        measure: value or points where the header says so, else None.
        is_percent: whether the header says that it counts percent.
    """

    number: int
    label: str
    quantity: Quantity
    concept: str | None
    kinds: tuple[str, ...]
    year: int | None
    earlier: bool
    measure: Literal["value", "points"] | None
    is_percent: bool


def plain_words(text: str) -> str:
    """Reduce a header or name to lower-case words without marks, one space around each.

    ``Hạ tầng`` becomes one word, so that it is not mistaken for ``tăng``.
    """
    spread = _CAMEL.sub(" ", unicodedata.normalize("NFC", text))
    bare = unicodedata.normalize("NFD", spread.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(c for c in bare if not unicodedata.combining(c)).casefold()
    words = "".join(c if c.isalnum() else " " for c in letters).split()
    return f" {' '.join(words)} ".replace(" ha tang ", " hatang ")


def has_words(words: str, phrases: tuple[str, ...]) -> bool:
    """Say whether one of the phrases stands in a text of ``plain_words``."""
    return any(f" {phrase} " in words for phrase in phrases)


def is_unit_label(text: str) -> bool:
    """Say whether a header names the column of units."""
    words = plain_words(text)
    return words.strip() in UNIT_WORDS or words.startswith(
        tuple(f" {phrase} " for phrase in UNIT_STARTS)
    )


def column_of(label: str, number: int) -> Column | None:
    """Understand one header; None where it is no figure that can be checked."""
    words = plain_words(label)
    years = [int(year) for year in _YEAR.findall(words)]
    concept, kinds = _concept(words)
    is_percent = "%" in label or has_words(words, PERCENT_WORDS)
    is_change = has_words(words, CHANGE_WORDS) or "+/-" in label or "±" in label
    if has_words(words, PARTIAL_WORDS):
        return None
    if has_words(words, RANK_WORDS):
        quantity: Quantity = "rank_change" if is_change else "rank"
    elif is_change:
        quantity = "change"
    elif has_words(words, MAXIMUM_WORDS):
        quantity = "maximum"
    elif concept or years or has_words(words, (*VALUE_WORDS, *POINTS_WORDS)):
        if is_percent:
            return None
        quantity = "level"
    else:
        return None
    measure: Literal["value", "points"] | None = None
    if has_words(words, POINTS_WORDS):
        measure = "points"
    elif has_words(words, ("gia tri", "value")):
        measure = "value"
    return Column(
        number=number,
        label=" ".join(label.split()),
        quantity=quantity,
        concept=concept,
        kinds=kinds,
        year=max(years, default=None),
        earlier=has_words(words, EARLIER_WORDS) and not is_change,
        measure=measure,
        is_percent=is_percent,
    )


def _concept(words: str) -> tuple[str | None, tuple[str, ...]]:
    """Find the index a header speaks of, and whether it is a pillar or a main."""
    found = [concept for concept, names in CONCEPT_WORDS.items() if has_words(words, names)]
    if not found:
        return None, ("overall",)
    if has_words(words, PILLAR_WORDS):
        return found[0], ("pillar",)
    if has_words(words, MAIN_WORDS):
        return found[0], ("main",)
    # Chính quyền số alone is the pillar in the ministry's tables and the activity index in others.
    return found[0], ("pillar", "main")
