"""A text in the two languages of everything that people read."""

import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Final, Literal, NamedTuple

Language = Literal["vi", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en")


class Text(NamedTuple):
    """One text, in Vietnamese and in English."""

    vi: str
    en: str


def joined(texts: Iterable[tuple[str, str]], separator: str) -> Text:
    """Join texts, each language for itself."""
    pairs = list(texts)
    return Text(*(separator.join(text[side] for text in pairs) for side in (0, 1)))


def day_text(day: date) -> Text:
    """Write a day as sentences do: a zero before days below 10 and months 1 and 2 (Decree 30).

    >>> day_text(date(2026, 2, 5))
    Text(vi='05/02/2026', en='5 February 2026')
    """
    month = f"{day:%m}" if day.month < 3 else day.month
    return Text(f"{day:%d}/{month}/{day.year}", f"{day.day} {day:%B} {day.year}")


def without_marks(text: str) -> str:
    """Take the Vietnamese marks off a text: ``không có`` becomes ``khong co``."""
    split = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in split if not unicodedata.combining(sign))


class ForeseenError(Exception):
    """An error that a person can act on: its message says what, where and what to do."""


class SpokenError(ForeseenError):
    """An error whose message is a text in both languages, or made by a key of the catalogue."""

    def __init__(self, text: Text | str, /, **fields: object) -> None:
        from schemas.messages import message  # which is made of texts

        self.text = message(text, **fields) if isinstance(text, str) else text
        super().__init__(self.text)

    def __str__(self) -> str:
        return " · ".join(self.text)


class WrongUsageError(SpokenError):
    """Something named or set that does not exist; the message lists what does."""
