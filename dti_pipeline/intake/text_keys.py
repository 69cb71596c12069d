"""Reduce texts to what identifies them, so that two spellings of one label compare as equal."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from dti_pipeline.index.units.spelling import I_OF_Y, Y_SYLLABLE
from schemas.text import without_marks

# Characters that nobody sees and that come with texts copied from web pages and PDFs: zero-width
# ones, byte-order marks and direction marks. Not U+202E, which shows the digits behind it reversed.
INVISIBLE: Final = (
    *(0x061C, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D),
    *(0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0xFEFF),
)
_NOTHING: Final = dict.fromkeys(INVISIBLE)
_Y: Final = re.compile(Y_SYLLABLE.format("".join(I_OF_Y)))


def visible(text: str) -> str:
    """Return a text without invisible characters and without the spaces around it."""
    return (text if text.isprintable() else text.translate(_NOTHING)).strip()


@lru_cache(maxsize=4096)
def text_key(text: str) -> str:
    """Reduce a text to one Unicode form, without case, with single spaces, and i for y."""
    return _with_i(" ".join(unicodedata.normalize("NFC", visible(text)).casefold().split()))


@lru_cache(maxsize=4096)
def label_key(text: str) -> str:
    """Reduce a label or an answer: no case, Vietnamese marks, spaces or asterisks; i for y."""
    words = re.sub(r"[\s*:()._–-]+", " ", without_marks(visible(text)).casefold())
    return _with_i(words.strip())


def _with_i(text: str) -> str:
    return _Y.sub(lambda syllable: syllable[1] + I_OF_Y[syllable[2]], text)
