"""What a scope is called in messages."""

from schemas.text import Text
from schemas.words import words_of


def scope_name(scope: str, code: str) -> Text:
    """Name a scope for a message, such as ``Trụ cột Chính quyền số`` and ``Main index 7``."""
    name = words_of("scope_names").get(scope, Text(scope, scope))
    of = words_of("pillar_names").get(code, Text(code, code))
    return Text(f"{name.vi} {of.vi}", f"{name.en} {of.en}")
