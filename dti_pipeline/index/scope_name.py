"""What a scope is called in messages."""

from typing import Final

from schemas.text import Text

_SCOPES: Final = {
    "overall": Text("Chỉ số", "Index"),
    "pillar": Text("Trụ cột", "Pillar"),
    "main_group": Text("Nhóm chỉ số", "Group of main indices"),
    "main": Text("Chỉ số chính", "Main index"),
}
_PILLARS: Final = {
    "GOV": Text("Chính quyền số", "Digital government"),
    "ECO": Text("Kinh tế số", "Digital economy"),
    "SOC": Text("Xã hội số", "Digital society"),
}


def scope_name(scope: str, code: str) -> Text:
    """Name a scope for a message, such as ``Trụ cột Chính quyền số`` and ``Main index 7``."""
    name = _SCOPES.get(scope, Text(scope, scope))
    of = _PILLARS.get(code, Text(code, code))
    return Text(f"{name.vi} {of.vi}", f"{name.en} {of.en}")
