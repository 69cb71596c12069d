"""Words that stand where a figure should be, and what each of them means.

Zero, blank, "none" and "not applicable" are four different things: zero is a figure, the other
three are statuses of a reading. The list is data; a text that is not in it is never interpreted.

Decisions behind the list:

- The dash means "no such phenomenon" and the three dots "it exists, the figure is not at hand",
  as in the legend of Vietnam's statistical yearbooks. A dash therefore declares none, and is not
  read as "not applicable", which can earn full marks.
- "không phát sinh" and "không đánh giá" are "not applicable", as the index sets use them.
- "chưa có" alone does not say whether the thing or its figure is missing, so it counts as blank:
  somebody asks again.
- "N/A" without a number sign is "not applicable"; ``#N/A`` is the error of a formula.
"""

from collections.abc import Mapping
from functools import cache
from typing import Literal, cast

from dti_pipeline.intake.text_keys import text_key
from schemas.package_data import toml_beside
from schemas.text import without_marks

Meaning = Literal["none_declared", "not_applicable", "blank"]


def meaning_of(text: str) -> Meaning | None:
    """Look a text up in the list, also typed without marks or with a full stop behind it."""
    folded = text_key(text)
    meanings = _meanings()
    return meanings.get(folded) or meanings.get(folded.rstrip(".;, "))


def words() -> Mapping[Meaning, list[str]]:
    return cast("Mapping[Meaning, list[str]]", toml_beside(__file__))


def words_for_nothing() -> tuple[str, ...]:
    """Return all words that stand where something should be, as people type them."""
    return tuple(_meanings())


@cache
def _meanings() -> dict[str, Meaning]:
    """Return every word of the list, as it stands and without marks, with its meaning."""
    pairs = [(word, meaning) for meaning, group in words().items() for word in group]
    bare: dict[str, Meaning] = {without_marks(word): meaning for word, meaning in reversed(pairs)}
    # A word without marks stands for the word itself; no two of the list share one bare form.
    return {word: meaning for word, meaning in bare.items() if word.isascii()} | dict(pairs)
