"""What the portal refuses, in words for the person who asked."""

import unicodedata
from typing import Any

from schemas.text import SpokenError


class RefusedError(SpokenError):
    """A step that the chain, the rights or the content do not allow; nothing was changed."""


class NotAllowedError(RefusedError):
    """A step or an object that this account has no right to."""

    def __init__(self) -> None:
        super().__init__("refused.not_allowed")


def whole_text(text: Any, most: int = 8000) -> str:
    """Return what was typed, marks with their letters; refuse what is too long to be kept whole."""
    text = unicodedata.normalize("NFC", str(text)).strip()
    if len(text) > most:
        raise RefusedError("refused.text_too_long", length=len(text), most=most)
    return text


def require_reason(text: str) -> str:
    """Return a reason without surrounding spaces; refuse one that is empty or says nothing."""
    reason = whole_text(" ".join(text.split()))
    letters = {letter for letter in reason.casefold() if letter.isalnum()}
    if len(reason) < 8 or len(letters) < 4:
        raise RefusedError("refused.reason_empty")
    return reason
