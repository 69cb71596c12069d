"""Columns that a release adds at the end of its tables, and what the keys of tables refer to.

A revision holds figures; what only says where a row belongs (framework, unit set, indicator, region)
is added once, when a release is put together, so that nobody has to join for a filter or a label.
"""

from collections.abc import Container, Iterator, Mapping
from inspect import get_annotations
from typing import Annotated, Any, Final

import polars as pl

from schemas import codes
from schemas import columns as col
from schemas.contract import Table
from schemas.words import CODES

KEY: Final = r"^[0-9A-Za-z][0-9A-Za-z._+-]*(/[0-9A-Za-z][0-9A-Za-z._+-]*){1,2}$"
"""Several codes in one text, joined by slashes, so that one column identifies a row."""


def key(vi: str, en: str, *, nullable: bool = True) -> Any:
    return col.field("key", vi, en, nullable=nullable, str_matches=KEY)


IndicatorKey = Annotated[
    str,
    key(
        "Khóa chỉ số: bộ chỉ số/cấp/mã, duy nhất trong mọi bộ",
        "Key of the indicator: framework/level/code, unique over all frameworks",
    ),
]
ScopeConcept = Annotated[
    str,
    col.code(
        "Cấp và khái niệm, ví dụ main.economy, pillar.economy; phân biệt chỉ số chính với trụ cột",
        "Level and concept, such as main.economy or pillar.economy: tells mains from pillars",
        nullable=True,
    ),
]
SortOrder = Annotated[
    pl.Int32, col.number("Thứ tự theo bảng chữ cái", "Place in alphabetical order")
]
UnitLevel = Annotated[
    str, col.code("Cấp của đơn vị", "Level of the unit itself", isin=codes.LEVELS, nullable=True)
]
ParentName = Annotated[
    str, col.text("Tên đơn vị cấp trên", "Name of the unit above", nullable=True)
]
TileLabel = Annotated[str, col.text("Nhãn ngắn trên bản đồ ô", "Short label on the tile map")]
MeanBasis = Annotated[
    str,
    col.code(
        "Cơ sở của trung bình: tính từ mọi đơn vị, theo công bố, không có",
        "Basis of the mean: computed over all units, published, none",
        isin=codes.RANK_BASES,
    ),
]
CorrectionReason = Annotated[
    str,
    col.text(
        "Lý do, cơ quan, căn cứ của đính chính; trống nếu không có đính chính",
        "Reason, authority and reference of a correction; null where nothing was corrected",
        nullable=True,
    ),
]

REFERENCES: Final[Mapping[str, tuple[str, str]]] = {
    "assessment_id": ("dim_assessment", "assessment_id"),
    "assessment_year": ("dim_year", "assessment_year"),
    "unit_id": ("dim_unit", "unit_id"),
    "parent_unit_id": ("dim_unit", "unit_id"),
    "region_code": ("dim_region", "region_code"),
    "indicator_key": ("dim_indicator", "indicator_key"),
    "revision_id": ("dim_revision", "revision_id"),
}
"""Columns that refer to a row of another table: every one that is not null is there."""


def references(name: str, present: Mapping[str, Container[str]]) -> Iterator[tuple[str, str, str]]:
    """Yield what a table refers to: its column, the other table and the column there.

    ``present`` is table → its columns; what is not there is not referred to.
    """
    for column, (table, target) in REFERENCES.items():
        is_there = column in present[name] and target in present.get(table, ())
        if is_there and (name, column) != (table, target):
            yield column, table, target


_UNIT: Final[Mapping[str, Any]] = {
    "assessment_year": col.AssessmentYear,
    "unit_name": Annotated[str, col.text("Tên đơn vị", "Name of the unit", nullable=True)],
    "region_code": col.RegionCode,
    "unit_level": UnitLevel,
}
_ASSESSMENT: Final[Mapping[str, Any]] = {
    "unit_set": col.UnitSet,
    "framework_id": Annotated[
        str,
        col.code(
            "Bộ chỉ số chấm đơn vị hoặc nhóm; trống nếu có nhiều bộ",
            "Framework that scores the unit or group; null where there are several",
            nullable=True,
        ),
    ],
}
_INDICATOR: Final[Mapping[str, Any]] = {
    "indicator_key": IndicatorKey,
    "is_counted": Annotated[
        bool, col.flag("Có tính vào tổng điểm", "Counts in the total", nullable=True)
    ],
}
INDICATOR_COLUMNS: Final = (
    "scope_code",
    "indicator_code",
    "component_code",
    "main_code",
    "pillar_code",
)
"""Columns with the code of the indicator that a row is about, the one that decides first."""

_ADDED: Final[Mapping[str, Mapping[str, Any]]] = {
    "dim_unit": {"parent_name": ParentName, "sort_order": SortOrder, "tile_label": TileLabel},
    "dim_indicator": {"indicator_key": IndicatorKey, "scope_concept": ScopeConcept},
    "fact_observation": {"correction_reason": CorrectionReason},
    "fact_component_score": {"correction_reason": CorrectionReason},
    "fact_group_summary": {"mean_basis": MeanBasis, "region_code": col.RegionCode},
}

_LANGUAGES: Final = (("vi", "tiếng Việt", "Vietnamese"), ("en", "tiếng Anh", "English"))


def added_columns(table: type[Table]) -> dict[str, Any]:
    """Return the columns that a release adds to a table, by name; those it has are left out."""
    # Not table.names(), which would build every contract when this package is imported.
    names = {name for base in table.__mro__ for name in get_annotations(base)}
    is_reading = table.name().startswith("out_")
    is_fact = table.name().startswith(("fact_", "dq_", "ranking_")) or is_reading
    columns: dict[str, Any] = {}
    if is_fact and "unit_id" in names:
        columns |= _UNIT
    if is_fact:
        columns |= _ASSESSMENT
    if is_fact and names & set(INDICATOR_COLUMNS):
        columns |= _INDICATOR
    if is_fact and names & {"scope", "concept"}:
        columns["scope_concept"] = ScopeConcept
    columns |= _ADDED.get(table.name(), {})
    if is_reading:
        columns |= _words_beside_codes(table)
    return {name: column for name, column in columns.items() if name not in names}


def _words_beside_codes(table: type[Table]) -> dict[str, Any]:
    described = {name: column.metadata for name, column in table.to_schema().columns.items()}
    return {
        f"{name}_{language}": Annotated[
            str,
            col.text(
                f"{col.short(words['vi'])}, bằng {of_vi}",
                f"{col.short(words['en'])}, in {of_en}",
                nullable=True,
            ),
        ]
        for name, words in described.items()
        if name in CODES
        for language, of_vi, of_en in _LANGUAGES
    }
