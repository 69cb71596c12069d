"""A text in the two languages of everything that people read."""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

Language = Literal["vi", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en")


class Text(NamedTuple):
    """One text, in Vietnamese and in English."""

    vi: str
    en: str


def joined(texts: Iterable[tuple[str, str]], separator: str) -> Text:
    """Join texts, each language for itself."""
    vi, en = zip(*texts, strict=True)
    return Text(separator.join(vi), separator.join(en))


class ForeseenError(Exception):
    """An error that a person can act on: its message says what, where and what to do."""


class SpokenError(ForeseenError):
    """An error whose message is a text in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return " · ".join(self.text)


class WrongUsageError(SpokenError):
    """Something named or set that does not exist; the message lists what does."""
