"""Columns and vocabularies that several tables share, and short ways to describe the usual kinds.

Vocabularies are closed lists where the rules of the index close them (states, sources, reasons);
codes that frameworks and assessments bring along (components, groups, regions, concepts) are open
and only have to look like a code.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from schemas.table import Column

CODE: Final = r"^[0-9A-Za-z][0-9A-Za-z._+-]*$"
"""Identifiers are ASCII without spaces, so that they survive file names, addresses and shells."""

LEVELS: Final = ("province", "ministry", "department", "district", "commune", "local")
DATA_BASES: Final = ("published", "calibrated_sample", "sample", "delivered")
BASES: Final = ("official", "inferred", "illustrative")
SCOPES: Final = ("overall", "pillar", "main")
SOURCE_KINDS: Final = ("central", "self_report", "correction", "published", "appraisal")
SCORE_SOURCES: Final = (*SOURCE_KINDS, "mixed", "none")
EVIDENCE_STATES: Final = (
    "not_required",
    "missing",
    "reported",
    "reviewed",
    "accepted",
    "adjusted",
    "rejected",
)
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
LOST_REASONS: Final = (
    "no_data",
    "evidence_missing",
    "evidence_rejected",
    "not_reached",
    "denominator_zero",
    "not_applicable",
    "late",
)
RANK_BASES: Final = ("computed", "published", "none")
PREV_BASES: Final = ("computed", "published", "predecessors_mean", "none")
BREAKS: Final = ("none", "framework_changed", "units_changed", "not_comparable")
SEVERITIES: Final = ("blocking", "warning", "info")
STATUSES: Final = ("draft", "approved", "published", "superseded", "withdrawn")

CONCEPTS: Final = (
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
)
"""Concepts of the national frameworks, in their official order; frameworks may add their own."""

POINTS_LIMIT: Final = 1_000_000.0
"""No index reaches a million points; more is a figure in micro-points by mistake."""

VALUE_LIMITS: Final = (-1.0, 2.0)
"""Index values lie from 0 to 1; bonus and penalty points may lead a little outside."""


def code(
    name: str, vi: str, en: str, *, nullable: bool = False, values: tuple[str, ...] | None = None
) -> Column:
    """Describe an identifier, or one of a closed list of values."""
    pattern = None if values else CODE
    return Column(
        name, pl.String(), "code", vi, en, nullable=nullable, values=values, pattern=pattern
    )


def text(name: str, vi: str, en: str, *, nullable: bool = False) -> Column:
    """Describe a text for people; never blank."""
    return Column(name, pl.String(), "text", vi, en, nullable=nullable)


def raw(name: str, vi: str, en: str) -> Column:
    """Describe a text as received: may be missing or blank."""
    return Column(name, pl.String(), "text", vi, en, nullable=True, raw=True)


def digest(name: str, vi: str, en: str, *, nullable: bool = False) -> Column:
    """Describe a SHA-256 in lower-case hexadecimal."""
    pattern = r"^[0-9a-f]{64}$"
    return Column(name, pl.String(), "sha256", vi, en, nullable=nullable, pattern=pattern)


def flag(name: str, vi: str, en: str, *, nullable: bool = False) -> Column:
    """Describe a yes or no."""
    return Column(name, pl.Boolean(), "yes/no", vi, en, nullable=nullable)


def day(name: str, vi: str, en: str, *, nullable: bool = False) -> Column:
    """Describe a calendar day."""
    return Column(name, pl.Date(), "date", vi, en, nullable=nullable)


def count(
    name: str,
    vi: str,
    en: str,
    *,
    nullable: bool = False,
    minimum: int | None = 0,
    unit: str = "count",
) -> Column:
    """Describe a whole number; not negative unless said so."""
    return Column(name, pl.Int32(), unit, vi, en, nullable=nullable, minimum=minimum)


def rank(name: str, vi: str, en: str, *, nullable: bool = True) -> Column:
    """Describe a rank from 1; ties share the better one."""
    return Column(name, pl.Int32(), "rank", vi, en, nullable=nullable, minimum=1)


def rank_move(name: str, vi: str, en: str, *, nullable: bool = True) -> Column:
    """Describe a change of rank in places, positive upwards."""
    return Column(name, pl.Int32(), "places", vi, en, nullable=nullable)


def points(name: str, vi: str, en: str, *, nullable: bool = False) -> Column:
    """Describe points as a float; may be negative where penalties exist."""
    return Column(
        name,
        pl.Float64(),
        "points",
        vi,
        en,
        nullable=nullable,
        minimum=-POINTS_LIMIT,
        maximum=POINTS_LIMIT,
    )


def max_points(name: str, vi: str, en: str, *, nullable: bool = False) -> Column:
    """Describe a maximum in points; zero for what only adds or takes points."""
    return Column(
        name, pl.Float64(), "points", vi, en, nullable=nullable, minimum=0, maximum=POINTS_LIMIT
    )


def micro(
    name: str, vi: str, en: str, *, nullable: bool = False, unit: str = "micro-points"
) -> Column:
    """Describe an exact figure, an integer of millionths."""
    return Column(name, pl.Int64(), unit, vi, en, nullable=nullable)


def value(name: str, vi: str, en: str, *, nullable: bool = False) -> Column:
    """Describe an index value: points divided by the effective maximum."""
    low, high = VALUE_LIMITS
    return Column(name, pl.Float64(), "ratio", vi, en, nullable=nullable, minimum=low, maximum=high)


def share(name: str, vi: str, en: str, *, nullable: bool = False) -> Column:
    """Describe a share or probability from 0 to 1."""
    return Column(name, pl.Float64(), "ratio", vi, en, nullable=nullable, minimum=0, maximum=1)


def figure(
    name: str, vi: str, en: str, *, nullable: bool = True, unit: str = "as unit_of_measure"
) -> Column:
    """Describe a reported figure in the unit named beside it; finite, otherwise free."""
    return Column(name, pl.Float64(), unit, vi, en, nullable=nullable)


ASSESSMENT_ID: Final = code(
    "assessment_id",
    "Mã kỳ đánh giá (một cấp, một năm, một tập đơn vị)",
    "Assessment: one level, year and set of units",
)
ASSESSMENT_YEAR: Final = Column(
    "assessment_year",
    pl.Int32(),
    "year",
    "Năm của dữ liệu được đánh giá",
    "Year of the data assessed",
    minimum=2000,
    maximum=2100,
)
LEVEL: Final = code(
    "level",
    "Cấp: tỉnh, bộ ngành, sở ngành, huyện, xã; local: nhiều cấp của một tỉnh trong một kỳ đánh giá",
    "Level: province, ministry, department, district, commune; local: several of one province",
    values=LEVELS,
)
UNIT_ID: Final = code("unit_id", "Mã đơn vị, không bao giờ dùng lại", "Unit, never reused")
UNIT_NAME: Final = text(
    "unit_name",
    "Tên chính thức rút gọn, không có chữ Tỉnh hay Thành phố",
    "Short official name, without Tỉnh or Thành phố",
)
REVISION_ID: Final = code(
    "revision_id", "Mã lần tính của kỳ đánh giá", "Computation of the assessment (revision)"
)
DATA_BASIS: Final = code(
    "data_basis",
    "Nền dữ liệu: đã công bố, mẫu hiệu chỉnh theo kết quả công bố, mẫu, dữ liệu đã nộp",
    "What it stands on: published, sample calibrated to published results, sample, delivered",
    values=DATA_BASES,
)
FACT_ASSESSMENT: Final = (ASSESSMENT_ID, ASSESSMENT_YEAR, LEVEL)
FACT_UNIT: Final = (*FACT_ASSESSMENT, UNIT_ID, UNIT_NAME)
FACT_END: Final = (DATA_BASIS, REVISION_ID)
"""A fact starts with what it is about and ends with what it stands on."""

FRAMEWORK_ID: Final = code("framework_id", "Mã bộ chỉ số", "Framework (set of indicators)")
GROUP_CODE: Final = code(
    "group_code", "Nhóm đơn vị được xếp hạng chung", "Group of units ranked together", nullable=True
)
REGION_CODE: Final = code(
    "region_code", "Mã vùng kinh tế - xã hội", "Socio-economic region", nullable=True
)
REGION_NAME: Final = text(
    "region_name", "Tên vùng bằng tiếng Việt", "Name of the region in Vietnamese", nullable=True
)
MAIN_CODE: Final = code("main_code", "Mã chỉ số chính", "Main index")
COMPONENT_CODE: Final = code(
    "component_code",
    "Mã chỉ số thành phần, dạng chữ có độ dài cố định",
    "Component indicator, text of fixed width",
)
CONCEPT: Final = code(
    "concept",
    "Khái niệm giữ nguyên qua các bộ chỉ số; chỉ dùng cột này để so sánh giữa các năm",
    "Stable key across frameworks; the only one to compare years by",
)
SCOPE: Final = code(
    "scope",
    "Phạm vi: tổng thể, trụ cột, chỉ số chính",
    "Scope: overall, pillar, main",
    values=SCOPES,
)
SCOPE_CODE: Final = code(
    "scope_code",
    "Mã phạm vi: DTI, GOV, ECO, SOC hoặc mã chỉ số chính",
    "DTI, GOV, ECO, SOC or the code of the main index",
)
BASIS: Final = code(
    "basis",
    "Cơ sở của chỉ số: chính thức, suy ra, minh họa",
    "Basis of the indicator: official, inferred, illustrative",
    values=BASES,
)
UNIT_OF_MEASURE: Final = text(
    "unit_of_measure", "Đơn vị tính của giá trị", "Unit of measure of the figure"
)
OBS_STATUS: Final = code(
    "obs_status",
    "Trạng thái số liệu: để trống, bằng 0, không có và không phát sinh là khác nhau",
    "How the figure was found: blank, none declared and not applicable are different things",
    values=OBS_STATUSES,
)
EVIDENCE_STATE: Final = code(
    "evidence_state",
    "Trạng thái tài liệu kiểm chứng",
    "State of the evidence",
    values=EVIDENCE_STATES,
)
SOURCE_KIND: Final = code(
    "source_kind",
    "Nguồn: cơ quan trung ương, tự báo cáo, đính chính, đã công bố, thẩm định",
    "Source: central agency, self-report, correction, published, appraisal",
    values=SOURCE_KINDS,
)
SCORE_SOURCE: Final = code(
    "source_kind",
    "Nguồn của số liệu được tính điểm; none: không có số liệu; mixed: nhiều nguồn",
    "Source of the figures scored; none: no figure; mixed: several sources",
    values=SCORE_SOURCES,
)
POINTS_MICRO: Final = micro(
    "points_micro",
    "Điểm tính bằng phần triệu điểm, số nguyên chính xác",
    "Exact points, millionths",
)
POINTS: Final = points(
    "points", "Điểm chưa làm tròn, bằng points_micro / 1.000.000", "Unrounded, points_micro / 10^6"
)
MAX_POINTS: Final = max_points("max_points", "Điểm tối đa theo bộ chỉ số", "Nominal maximum")
MAX_POINTS_EFFECTIVE: Final = max_points(
    "max_points_effective",
    "Điểm tối đa thực tế sau khi bỏ phần không đánh giá",
    "Maximum that counts, without what was not assessed",
)
BAND_CODE: Final = code("band_code", "Mức xếp loại", "Band", nullable=True)
