"""The language of a command: that of ``--lang``, else of DTI_LANG, else Vietnamese."""

from contextvars import ContextVar

from schemas.text import Language, Text

_chosen: ContextVar[Language] = ContextVar("language", default="vi")


def choose_language(language: Language) -> None:
    _chosen.set(language)


def language() -> Language:
    return _chosen.get()


def spoken(text: Text | str) -> str:
    """Return a text in the language of the command; one that has no language as it is."""
    return getattr(text, language()) if isinstance(text, Text) else text
