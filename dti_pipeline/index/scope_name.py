"""What a scope is called in messages."""

from typing import Final

from schemas.text import Text

# As Vietnamese messages name them; in English the words themselves do.
_SCOPES_VI: Final = {"overall": "tổng thể", "pillar": "trụ cột", "main": "chỉ số chính"}


def scope_name(scope: str, code: str) -> Text:
    """Name a scope for a message, such as ``trụ cột GOV`` and ``pillar GOV``."""
    return Text(f"{_SCOPES_VI.get(scope, scope)} {code}", f"{scope} {code}")
