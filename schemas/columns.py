"""Columns that several tables share, and short ways to declare the usual kinds."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any, Final

import pandera.polars as pa
import polars as pl

from schemas.causes import CAUSE_KINDS, CAUSES
from schemas.codes import (
    BASES,
    BREAKS,
    CODE,
    DATA_BASES,
    EVIDENCE_STATES,
    LEVELS,
    OBS_STATUSES,
    RANK_BASES,
    SCOPES,
    SCORE_SOURCES,
    SOURCE_KINDS,
)
from schemas.contract import Table

ARROW_TYPES: Final[Mapping[pl.DataType, str]] = {
    pl.String(): "string",
    pl.Int32(): "int32",
    pl.Int64(): "int64",
    pl.Float64(): "float64",
    pl.Boolean(): "bool",
    pl.Date(): "date",
    pl.Datetime("us", "UTC"): "timestamp",
}
"""The only types a published table may have, and their names: every reader tried took these."""

SQL_TYPES: Final[Mapping[str, str]] = {
    **{"string": "TEXT", "int32": "INTEGER", "int64": "BIGINT", "float64": "DOUBLE PRECISION"},
    **{"bool": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP WITH TIME ZONE"},
}
"""What they are called in databases."""

POINTS_LIMIT: Final = 1_000_000.0
"""No index reaches a million points; more is a figure in micro-points by mistake."""


def field(
    unit: str,
    vi: str,
    en: str,
    *,
    nullable: bool = False,
    isin: Collection[str] | None = None,
    **checks: Any,
) -> Any:
    """Declare a field by its unit of measure or kind of content, described in both languages.

    ``checks`` are bounds and patterns as `pandera.Field` takes them (`ge`, `le`, `str_matches`).
    """
    return pa.Field(
        nullable=nullable,
        # pandera takes a tuple apart into arguments.
        isin=None if isin is None else list(isin),
        metadata={"unit": unit, "vi": vi, "en": en},
        **checks,
    )


def code(vi: str, en: str, *, nullable: bool = False, isin: Collection[str] | None = None) -> Any:
    """Declare an identifier, or one of a closed list of values."""
    pattern = None if isin else CODE
    return field("code", vi, en, nullable=nullable, isin=isin, str_matches=pattern)


# For people: never blank, a missing one is null.
text = partial(field, "text", str_contains=r"\S")
# As received: may be missing or blank.
raw = partial(field, "text", nullable=True)
# A SHA-256 in lower-case hexadecimal.
digest = partial(field, "sha256", str_matches=r"^[0-9a-f]{64}$")
flag = partial(field, "yes/no")
day = partial(field, "date")
count = partial(field, "count", ge=0)
# A running number from 1.
number = partial(field, "order", ge=1)
# From 1; ties share the better one.
rank = partial(field, "rank", nullable=True, ge=1)
# By how many places a rank moves; positive is up.
places = partial(field, "places", nullable=True)
# A row or column of the tile map, counted from 0.
tile = partial(field, "tile", ge=0)
# May be negative where penalties exist.
points = partial(field, "points", ge=-POINTS_LIMIT, le=POINTS_LIMIT)
# Zero for what only adds or takes points.
maximum = partial(field, "points", ge=0, le=POINTS_LIMIT)
# Exact points, a whole number of millionths.
micro = partial(field, "micro-points")
millionths = partial(field, "millionths")
# An index value, from 0 to 1; bonus and penalty points may lead a little outside.
value = partial(field, "ratio", nullable=True, ge=-1, le=2)
share = partial(field, "ratio", ge=0, le=1)
correlation = partial(field, "ratio", nullable=True, ge=-1, le=1)
percent = partial(field, "percent", nullable=True)
# In the row's own unit of measure.
figure = partial(field, "as unit_of_measure")
# A statistic of what the row's `measure` names.
measure = partial(field, "as measure", nullable=True)


def short(description: str) -> str:
    """Return the label that a description begins with; what follows explains it."""
    return re.sub(r"\s*(?:[:;,(/]|, | – | dạng | such as ).*$", "", description)


# What a row is about and stands on.
AssessmentId = Annotated[
    str,
    code(
        "Mã kỳ đánh giá (một cấp, một năm, một tập đơn vị)",
        "Assessment: one level, year and set of units",
    ),
]
AssessmentYear = Annotated[
    pl.Int32,
    field("year", "Năm của dữ liệu được đánh giá", "Year of the data assessed", ge=2000, le=2100),
]
Level = Annotated[
    str,
    code(
        "Cấp: tỉnh, bộ ngành, sở ngành, huyện, xã; local: nhiều cấp của một tỉnh trong một kỳ đánh giá",
        "Level: province, ministry, department, district, commune; local: several of one province",
        isin=LEVELS,
    ),
]
UnitId = Annotated[str, code("Mã đơn vị, không bao giờ dùng lại", "Unit, never reused")]
UnitName = Annotated[
    str,
    text(
        "Tên chính thức rút gọn, không có chữ Tỉnh hay Thành phố",
        "Short official name, without Tỉnh or Thành phố",
    ),
]
FrameworkId = Annotated[str, code("Mã bộ chỉ số", "Framework (set of indicators)")]
GroupCode = Annotated[str, code("Nhóm xếp hạng", "Ranking group", nullable=True)]
RevisionId = Annotated[
    str, code("Mã lần tính của kỳ đánh giá", "Computation of the assessment (revision)")
]
DataBasis = Annotated[
    str,
    code(
        "Tính chất số liệu: đã công bố, giả định khớp giá trị đã công bố, giả định, tính từ số liệu đã nộp",
        "Kind of data: published, made-up data fitted to published values, made-up, submitted",
        isin=DATA_BASES,
    ),
]

# Units.
UnitSet = Annotated[str, code("Mã tập đơn vị", "Set of units")]
RegionCode = Annotated[
    str, code("Mã vùng kinh tế - xã hội", "Socio-economic region", nullable=True)
]
RegionName = Annotated[
    str, text("Tên vùng bằng tiếng Việt", "Name of the region in Vietnamese", nullable=True)
]
RegionNameEn = Annotated[
    str, text("Tên vùng bằng tiếng Anh", "Name of the region in English", nullable=True)
]
ParentUnitId = Annotated[str, code("Đơn vị cấp trên", "Unit above", nullable=True)]
ValidTo = Annotated[
    date, day("Ngày cuối cùng tồn tại; trống nếu còn", "Last day; null if it exists", nullable=True)
]
OldUnitId = Annotated[str, code("Đơn vị trước khi sắp xếp", "Unit before the change")]
NewUnitId = Annotated[str, code("Đơn vị sau khi sắp xếp", "Unit after the change")]
EffectiveDate = Annotated[date, day("Ngày có hiệu lực", "Day of effect")]
LabelVi = Annotated[str, text("Nhãn tiếng Việt", "Label in Vietnamese")]
LabelEn = Annotated[str, text("Nhãn tiếng Anh", "Label in English")]

# Indicators.
MainCode = Annotated[str, code("Mã chỉ số chính", "Main index")]
ComponentCode = Annotated[
    str,
    code(
        "Mã chỉ số thành phần, dạng chữ có độ dài cố định",
        "Component indicator, text of fixed width",
    ),
]
Concept = Annotated[
    str,
    code(
        "Khái niệm giữ nguyên qua các bộ chỉ số; chỉ dùng cột này để so sánh giữa các năm",
        "Stable key across frameworks; the only one to compare years by",
    ),
]
Scope = Annotated[
    str,
    code(
        "Phạm vi: giá trị DTI, trụ cột, nhóm chỉ số, chỉ số chính",
        "Scope: overall, pillar, group of mains, main",
        isin=SCOPES,
    ),
]
ScopeCode = Annotated[
    str,
    code(
        "Mã phạm vi: DTI, GOV, ECO, SOC, FOUNDATION, ACTIVITY hoặc mã chỉ số chính",
        "DTI, GOV, ECO, SOC, FOUNDATION, ACTIVITY or the code of the main index",
    ),
]
Basis = Annotated[
    str,
    code(
        "Căn cứ của chỉ số: theo văn bản, theo báo cáo công khai, minh họa",
        "Basis of the index: official, from public reports, illustrative",
        isin=BASES,
    ),
]

# Figures as delivered.
Variable = Annotated[str, code("Mã số liệu của chỉ số thành phần", "Figure of the component")]
ValueMicro = Annotated[
    pl.Int64,
    millionths("Giá trị chính xác nhân 1.000.000", "Exact figure times 10^6", nullable=True),
]
Option = Annotated[str, code("Phương án được chọn", "Option chosen", nullable=True)]
UnitOfMeasure = Annotated[str, text("Đơn vị tính của giá trị", "Unit of measure of the figure")]
ObsStatus = Annotated[
    str,
    code(
        "Trạng thái số liệu: để trống, bằng 0, không có và không phát sinh là khác nhau",
        "How the figure was found: blank, none declared and not applicable are different things",
        isin=OBS_STATUSES,
    ),
]
EvidenceState = Annotated[
    str, code("Trạng thái tài liệu kiểm chứng", "State of the evidence", isin=EVIDENCE_STATES)
]
EvidenceText = Annotated[
    str,
    raw(
        "Văn bản kiểm chứng; với đính chính: lý do, cơ quan, căn cứ",
        "Evidence as given; for a correction its reason, authority and reference",
    ),
]
NaReason = Annotated[str, raw("Lý do không phát sinh", "Why it does not apply")]
Accepted = Annotated[bool, flag("Được dùng để tính điểm", "Used for scoring")]
SourceKind = Annotated[
    str,
    code(
        "Nguồn: cơ quan quản lý, đơn vị báo cáo, đính chính số liệu, kết quả đã công bố, thẩm định",
        "Source: agency, reported by the unit, correction, published, appraisal",
        isin=SOURCE_KINDS,
    ),
]
ScoreSource = Annotated[
    str,
    code(
        "Nguồn của số liệu được tính điểm; none: không có số liệu; mixed: nhiều nguồn",
        "Source of the figures scored; none: no figure; mixed: several sources",
        isin=SCORE_SOURCES,
    ),
]
DeliveryNo = Annotated[
    pl.Int32, field("order", "Số thứ tự lần nộp", "Running number of the delivery", ge=0)
]
SourceFile = Annotated[
    str,
    text("Tệp nguồn, đường dẫn trong thư mục của kỳ đánh giá", "File, path within the assessment"),
]
SourceSheet = Annotated[str, text("Trang tính", "Sheet", nullable=True)]
SourceCell = Annotated[str, text("Ô hoặc dòng", "Cell or row", nullable=True)]
SourceSha256 = Annotated[str, digest("Mã kiểm tra của tệp nguồn (SHA-256)", "Hash of the file")]
RawText = Annotated[str, raw("Nội dung gốc trong tệp", "Text as found in the file")]
Reading = Annotated[
    str, text("Cách đọc số và bằng chứng", "How it was read, and the proof", nullable=True)
]

# Points, values and ranks.
PointsMicro = Annotated[
    pl.Int64,
    micro("Điểm tính bằng phần triệu điểm, số nguyên chính xác", "Exact points, millionths"),
]
Points = Annotated[
    float,
    points("Điểm chưa làm tròn, bằng points_micro / 1.000.000", "Unrounded, points_micro / 10^6"),
]
UnroundedPoints = Annotated[float, points("Điểm chưa làm tròn", "Unrounded points", nullable=True)]
MaxPointsMicro = Annotated[
    pl.Int64,
    micro("Điểm tối đa theo bộ chỉ số, phần triệu điểm", "Nominal maximum, millionths of a point"),
]
MaxPoints = Annotated[float, maximum("Điểm tối đa theo bộ chỉ số", "Nominal maximum")]
MaxPointsEffective = Annotated[
    float,
    maximum(
        "Điểm tối đa thực tế sau khi bỏ phần không đánh giá",
        "Maximum that counts, without what was not assessed",
    ),
]
Value = Annotated[
    float,
    value(
        "Điểm chia cho điểm tối đa thực tế, đã làm tròn; trống nếu điểm tối đa bằng 0",
        "Points divided by the effective maximum, rounded; null if that is zero",
    ),
]
PublishedValue = Annotated[
    float,
    value(
        "Giá trị làm tròn; trống nếu chỉ biết thứ hạng hoặc điểm tối đa bằng 0",
        "Rounded value; null if only the rank is known or the maximum is zero",
    ),
]
ValueChange = Annotated[
    float,
    field(
        "ratio",
        "Thay đổi giá trị so với kỳ trước",
        "Change of the value",
        ge=-3,
        le=3,
        nullable=True,
    ),
]
Rank = Annotated[
    pl.Int32,
    rank(
        "Thứ hạng trong các đơn vị được xếp hạng cùng nhau; trống nếu không xếp hạng",
        "Rank in the assessment's pool; null if not ranked",
    ),
]
NRanked = Annotated[pl.Int32, count("Số đơn vị được xếp hạng", "Units ranked")]
NRankedIfKnown = Annotated[
    pl.Int32,
    count(
        "Số đơn vị được xếp hạng; trống nếu hạng công bố không kèm số này",
        "Units ranked; null where a rank was published without it",
        nullable=True,
    ),
]
IsTied = Annotated[bool, flag("Đồng hạng với đơn vị khác", "Shares its rank")]
RankBasis = Annotated[
    str,
    code(
        "Thứ hạng do tính toán, đã công bố, hoặc không có",
        "Rank computed, published, or none",
        isin=RANK_BASES,
    ),
]
RankInGroup = Annotated[pl.Int32, rank("Thứ hạng trong nhóm", "Rank in its group")]
NInGroup = Annotated[
    pl.Int32, count("Số đơn vị được xếp hạng trong nhóm", "Units ranked in the group")
]
RankInRegion = Annotated[pl.Int32, rank("Thứ hạng trong vùng", "Rank in its region")]
NInRegion = Annotated[
    pl.Int32, count("Số đơn vị được xếp hạng trong vùng", "Units ranked in the region")
]
RankPrev = Annotated[pl.Int32, rank("Thứ hạng kỳ trước", "Rank in the compared assessment")]
RankChange = Annotated[
    pl.Int32,
    places("Số bậc thay đổi của thứ hạng, dương là tăng", "Change of rank, positive is up"),
]
PrevBreak = Annotated[
    str,
    code(
        "Không so sánh trực tiếp với kỳ trước: không có, khác bộ chỉ số, khác đơn vị, không so sánh được",
        "Break against it: none, framework changed, units changed, not comparable",
        isin=BREAKS,
    ),
]
CauseKind = Annotated[
    str,
    code(
        "Loại nguyên nhân mất điểm: chủ quan, khách quan",
        "Kind of cause: within the unit's power, or not",
        nullable=True,
        isin=CAUSE_KINDS,
    ),
]
Cause = Annotated[
    str,
    code(
        "Nguyên nhân mất điểm do đơn vị hoặc hội đồng nêu",
        "Cause of lost points that the unit or the council names",
        nullable=True,
        isin=CAUSES,
    ),
]
CauseNote = Annotated[
    str, text("Ghi chú, người nêu, ngày", "Note, who says so, day", nullable=True)
]
IsCounted = Annotated[bool, flag("Có tính vào tổng điểm", "Counts in the total")]
BandCode = Annotated[str, code("Mức xếp loại", "Band", nullable=True)]


class AssessmentFact(Table):
    """A fact starts with what it is about, and ends with what it stands on."""

    assessment_id: AssessmentId
    assessment_year: AssessmentYear
    level: Level


class UnitFact(AssessmentFact):
    unit_id: UnitId
    unit_name: UnitName


class Released(Table):
    """What a release puts first in every table."""

    release_id: str = code("Mã bản phát hành chứa dòng này", "Release that holds this row")


class UnitIdentity(Table):
    """How a unit is called, in its file and in the table of units."""

    unit_id: UnitId
    unit_set: UnitSet
    level: Level
    official_code: str = code(
        "Mã hành chính chính thức; đổi nghĩa theo thời gian, không dùng để nối năm",
        "Official administrative code; changes its meaning, never join years on it",
        nullable=True,
    )
    name_vi: str = text("Tên đơn vị bằng tiếng Việt", "Name in Vietnamese")
    name_en: str = text("Tên đơn vị bằng tiếng Anh", "Name in English")
    name_ascii: str = text("Tên không dấu, để tìm kiếm", "Name without diacritics, for searching")
    unit_type: str = text("Loại đơn vị", "Kind of unit, in Vietnamese")
