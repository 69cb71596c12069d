"""Sentences in both languages from the catalogue, the files of ``texts/``."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Final

from schemas.package_data import toml_beside
from schemas.text import Language, Text

_FILES: Final = ("commands.toml", "files.toml", "operations.toml", "portal.toml", "stages.toml")


def message(key: str, **fields: object) -> Text:
    """Return a text of the catalogue by section and name, such as ``run.no_deliveries``.

    A list of names is joined by commas, and of a ``Text`` each language gets its own.
    """
    templates = _catalogue()[key]
    vi = {name: _side(field, 0) for name, field in fields.items()}
    en = {name: _side(field, 1) for name, field in fields.items()}
    return Text(templates.vi.format(**vi), templates.en.format(**en))


def nearest(names: str | Collection[str] | None) -> Text:
    """Name what a wrong name may have been; no words where none is near."""
    return message("names.nearest", names=names) if names else Text("", "")


def sentence(key: str, language: Language, **fields: object) -> str:
    return message(key, **fields)[0 if language == "vi" else 1]


def _side(field: object, language: int) -> object:
    if isinstance(field, Text):
        return field[language]
    if isinstance(field, Collection) and not isinstance(field, str):
        return ", ".join(map(str, field))
    return field


@cache
def _catalogue() -> Mapping[str, Text]:
    return {
        f"{section}.{name}": Text(vi, en)
        for file in _FILES
        for section, texts in toml_beside(__file__, f"texts/{file}").items()
        for name, (vi, en) in texts.items()
    }
