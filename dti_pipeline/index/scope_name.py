"""What a scope is called in messages."""

from typing import Final

from schemas.text import Text

_SCOPES: Final = {
    "overall": Text("tổng thể", "overall"),
    "pillar": Text("trụ cột", "pillar"),
    "main_group": Text("nhóm chỉ số", "group of mains"),
    "main": Text("chỉ số chính", "main"),
}


def scope_name(scope: str, code: str) -> Text:
    """Name a scope for a message, such as ``trụ cột GOV`` and ``pillar GOV``."""
    name = _SCOPES.get(scope, Text(scope, scope))
    return Text(f"{name.vi} {code}", f"{name.en} {code}")
