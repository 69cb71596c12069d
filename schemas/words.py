"""The words for the codes of a release, and of the reports, from the catalogue ``words.toml``."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from schemas.package_data import toml_beside
from schemas.text import Text

MADE_UP: Final = ("calibrated_sample", "sample")
"""The kinds of data that are made up; results that rest on them carry a mark wherever shown."""

# Units with a people's committee, which is the sender; others send under their own name.
_PEOPLES_COMMITTEES: Final = frozenset(
    {"tỉnh", "thành phố", "quận", "huyện", "thị xã", "thị trấn", "phường", "xã", "đặc khu"}
)
CODES: Final[Mapping[str, str]] = {
    "level": "levels",
    "unit_level": "levels",
    "data_basis": "data_bases",
    "basis": "bases",
    "indicator_level": "indicator_levels",
    "scope": "indicator_levels",
    "comparability": "breaks",
    "prev_break": "breaks",
    "prev_basis": "prev_bases",
    "rank_basis": "rank_bases",
    "mean_basis": "mean_bases",
    "lost_reason": "lost_reasons",
    "source_kind": "sources",
    "counted_source": "sources",
    "evidence_state": "evidence",
    "evidence": "evidence_needs",
    "obs_status": "obs_statuses",
    "severity": "severities",
    "status": "statuses",
    "stage": "stages",
    "group_kind": "group_kinds",
    "measure": "measures",
    "kind": "figure_kinds",
    "cause": "loss_causes",
    "cause_kind": "cause_kinds",
    "move": "moves",
    "role": "roles",
    "aggregation": "aggregations",
    "null_reason": "robustness_gaps",
    "finding": "index_findings",
    "direction": "directions",
    "ground": "grounds",
    "derivation": "derivations",
    "compared_with_kind": "compared_with",
    "na_treatment": "na_treatments",
}
"""Columns of tables whose codes have words: column → kind of words."""


@cache
def _catalogue() -> dict[str, dict[str, Text]]:
    return {
        kind: {code: Text(vi, en) for code, (vi, en) in words.items()}
        for kind, words in toml_beside(__file__).items()
    }


def words_of(kind: str) -> Mapping[str, Text]:
    """Return the words of one kind by code, in the order of the catalogue."""
    return _catalogue()[kind]


def scope_name(scope: str, code: str) -> Text:
    """Name a scope for a message, such as ``Trụ cột Chính quyền số`` and ``Main index 7``."""
    name = words_of("scope_names").get(scope, Text(scope, scope))
    of = words_of("pillar_names").get(code, Text(code, code))
    return Text(f"{name.vi} {of.vi}", f"{name.en} {of.en}")


def body_of(unit: Mapping[str, Any]) -> str:
    """Name who writes for a unit: people's committees by kind and place, others by name."""
    kind, name = str(unit.get("unit_type") or ""), str(unit["name_vi"])
    if kind not in _PEOPLES_COMMITTEES:
        return name
    # A numbered name carries its kind already: Phường 1.
    return f"Ủy ban nhân dân {name if name.casefold().startswith(kind) else f'{kind} {name}'}"
