"""A text in the two languages of everything that people read."""

from typing import NamedTuple


class Text(NamedTuple):
    """One text, in Vietnamese and in English."""

    vi: str
    en: str
