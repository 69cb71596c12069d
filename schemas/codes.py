"""Closed lists of codes: the states, sources and reasons that the rules of the index close.

Codes that frameworks and assessments bring along (components, groups, regions, concepts) are open
and only have to look like a code.
"""

from typing import Final, Literal, get_args

CODE: Final = r"^[0-9A-Za-z][0-9A-Za-z._+-]*$"
"""Identifiers are ASCII without spaces, so that they survive file names, addresses and shells."""
OR_CODE: Final = f"^$|{CODE}"
NAME: Final = CODE.replace(".", "")
"""What `component:CODE.VARIABLE` and `central:TABLE.COLUMN` name: the dot divides them."""
DECIMAL: Final = r"^[0-9]{1,6}(\.[0-9]{1,6})?$"
MONTH_DAY: Final = r"^(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$"
TARGET: Final = r"^(overall|pillar|main_group|main):[^:]+:(value|points|rank|rank_of)$"
WORDS: Final = r"\S"

Level = Literal["province", "ministry", "department", "district", "commune", "local", "nation"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
DataBasis = Literal["published", "calibrated_sample", "sample", "delivered"]
DATA_BASES: Final[tuple[DataBasis, ...]] = get_args(DataBasis)
Basis = Literal["official", "inferred", "illustrative"]
BASES: Final[tuple[Basis, ...]] = get_args(Basis)
"""From the strongest to the weakest."""

ScopeKind = Literal["overall", "pillar", "main_group", "main"]
SCOPES: Final[tuple[ScopeKind, ...]] = get_args(ScopeKind)
SOURCE_KINDS: Final = ("central", "self_report", "correction", "published", "appraisal")
CENTRAL_KINDS: Final = ("central", "published")
"""Kinds of source that speak for the central agency."""

SCORE_SOURCES: Final = (*SOURCE_KINDS, "mixed", "none")
EvidenceState = Literal[
    "not_required", "missing", "reported", "reviewed", "accepted", "adjusted", "rejected"
]
EVIDENCE_STATES: Final[tuple[EvidenceState, ...]] = get_args(EvidenceState)
OBS_STATUSES: Final = (
    "ok",
    "percent",
    "blank",
    "none_declared",
    "not_applicable",
    "ambiguous",
    "formula_error",
    "formula_without_value",
    "text",
    "out_of_range",
    "missing",
    "not_assessed",
)
READ_STATUSES: Final = ("ok", "percent", "none_declared", "not_applicable")
"""Statuses of a figure that was read and means something; all others stand for no figure."""

LOST_REASONS: Final = (
    "no_data",
    "no_path",
    "evidence_missing",
    "evidence_rejected",
    "not_reached",
    "denominator_zero",
    "not_applicable",
    "late",
)
REMARKS: Final = (
    "other_source",  # the framework names another source
    "superseded",  # a later delivery replaces it
    "blank",  # no figure
    "unread",  # could not be read
    "no_reason",  # said not to apply without a reason
    "evidence_missing",
    "evidence_rejected",
)
"""Why a figure does not count."""

RANK_BASES: Final = ("computed", "published", "none")
PREV_BASES: Final = ("computed", "published", "predecessors_mean", "none")
BREAKS: Final = ("none", "framework_changed", "units_changed", "not_comparable")
Severity = Literal["blocking", "warning", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
STATUSES: Final = ("draft", "approved", "published", "superseded", "withdrawn")

NationalConcept = Literal[
    "awareness",
    "institutions",
    "infrastructure",
    "human_resources",
    "cyber_security",
    "smart_city",
    "government",
    "economy",
    "society",
    "foundation_other",
]
CONCEPTS: Final[tuple[NationalConcept, ...]] = get_args(NationalConcept)
"""Concepts of the national frameworks, in their official order; frameworks may add their own."""
