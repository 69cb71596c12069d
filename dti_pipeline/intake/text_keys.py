"""Reduce texts to what identifies them, so that two spellings of one label compare as equal."""

import re
import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def text_key(text: str) -> str:
    """Reduce a text to one Unicode form, without case, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


@lru_cache(maxsize=4096)
def label_key(text: str) -> str:
    """Reduce a label or an answer: no case, Vietnamese marks, spaces or asterisks."""
    return re.sub(r"[\s*:()._–-]+", " ", without_marks(text).casefold()).strip()


def without_marks(text: str) -> str:
    """Take the Vietnamese marks off a text: ``không có`` becomes ``khong co``."""
    split = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in split if not unicodedata.combining(sign))
