"""Tables to read from, one per question that people ask: names beside codes, nothing to join.

They hold the highest level that was assessed as a whole, one set of units per year, so that a
filter by year, region or unit is right without a second thought. What merged units would have had
stands in `out_history_34`.
"""

from datetime import date
from typing import Any, Final

import polars as pl

from schemas import codes
from schemas import columns as col
from schemas.columns import UnitFact
from schemas.contract import difference, matches_micro
from schemas.keys import CorrectionReason, IndicatorKey, ScopeConcept, SortOrder
from schemas.text import Text

GROUNDS: Final = ("published", "central", "accepted", "unchecked", "not_applicable", "none")
"""What points rest on, the firmest first."""
DERIVATIONS: Final = ("assessed", "mean_of_mains", "mean_of_values")


def label(vi: str, en: str) -> Any:
    """Declare the words for a code; null where there is no code."""
    return col.text(vi, en, nullable=True)


def cause(vi: str, en: str) -> Any:
    """Declare the part of a rank move by one cause; known between two releases only."""
    return col.field("places", f"Do {vi}", f"By {en}", nullable=True)


class UnitReading(UnitFact):
    """What every reading table says about the unit."""

    year_date: date = col.day("Ngày cuối năm, cho trục thời gian", "Last day of the year")
    unit_order: SortOrder
    unit_set: col.UnitSet
    unit_level: str = col.code("Cấp của đơn vị", "Level of the unit itself", isin=codes.LEVELS)
    tile_label: str = col.text("Nhãn ngắn trên bản đồ ô", "Short label on the tile map")
    region_code: col.RegionCode
    region_name: col.RegionName
    region_name_en: col.RegionNameEn
    parent_unit_id: col.ParentUnitId
    parent_name: str = col.text("Tên đơn vị cấp trên", "Name of the unit above", nullable=True)


class ScopeReading(UnitReading):
    """A reading table by scope: overall, pillar, group of mains, main."""

    scope: col.Scope
    scope_code: col.ScopeCode
    concept: col.Concept
    scope_concept: ScopeConcept
    indicator_name_vi: str = col.text(
        "Tên chỉ số bằng tiếng Việt", "Name of the indicator, Vietnamese"
    )
    indicator_name_en: str = col.text("Tên chỉ số bằng tiếng Anh", "Name of the indicator, English")
    indicator_order: pl.Int32 = col.field(
        "order", "Thứ tự chỉ số trong bộ", "Place in the framework", ge=0
    )


class OutRanking(
    ScopeReading,
    grain=Text("một đơn vị trong một phạm vi của một năm", "one unit in one scope of one year"),
    key=["assessment_id", "unit_id", "scope", "scope_code"],
    order=["assessment_id", "scope", "scope_code", "rank", "unit_id"],
):
    framework_id: col.FrameworkId
    indicator_key: IndicatorKey
    group_code: col.GroupCode
    is_counted: col.IsCounted
    value: col.PublishedValue
    points: col.UnroundedPoints
    max_points_effective: float = col.maximum(
        "Điểm tối đa thực tế", "Effective maximum", nullable=True
    )
    rank: col.Rank
    n_ranked: col.NRankedIfKnown
    rank_in_region: col.RankInRegion
    n_in_region: col.NInRegion
    rank_basis: str = col.code("Căn cứ của thứ hạng", "Basis of the rank", isin=codes.RANK_BASES)
    mean_value: float = col.value("Giá trị trung bình của năm", "Mean value of the year")
    gap_to_mean: float = col.field(
        "difference", "Giá trị trừ trung bình", "Value minus the mean", ge=-3, le=3, nullable=True
    )
    best_in_region: float = col.value("Giá trị cao nhất trong vùng", "Best value in the region")
    gap_to_best_in_region: float = col.field(
        "difference",
        "Giá trị trừ giá trị cao nhất trong vùng",
        "Value minus the best in the region",
        ge=-3,
        le=0,
        nullable=True,
    )
    value_prev: float = col.value("Giá trị kỳ trước", "Value in the compared assessment")
    value_change: col.ValueChange
    rank_prev: col.RankPrev
    rank_change: col.RankChange
    prev_break: col.PrevBreak
    prev_break_vi: str = label("Không so sánh trực tiếp, bằng tiếng Việt", "Break, in Vietnamese")
    prev_break_en: str = label("Không so sánh trực tiếp, bằng tiếng Anh", "Break, in English")
    band_code: col.BandCode
    band_vi: str = label("Mức xếp loại, bằng tiếng Việt", "Band, in Vietnamese")
    band_en: str = label("Mức xếp loại, bằng tiếng Anh", "Band, in English")
    data_basis: col.DataBasis
    data_basis_vi: str = label("Tính chất số liệu, bằng tiếng Việt", "Kind of data, in Vietnamese")
    data_basis_en: str = label("Tính chất số liệu, bằng tiếng Anh", "Kind of data, in English")
    revision_id: col.RevisionId


class OutComponent(
    UnitReading,
    grain=Text("một chỉ số thành phần của một đơn vị", "one component of one unit"),
    key=["assessment_id", "unit_id", "component_code"],
):
    framework_id: col.FrameworkId
    indicator_key: IndicatorKey
    main_code: col.MainCode
    main_name_vi: str = col.text("Tên chỉ số chính bằng tiếng Việt", "Main index, in Vietnamese")
    main_name_en: str = col.text("Tên chỉ số chính bằng tiếng Anh", "Main index, in English")
    component_code: col.ComponentCode
    component_name_vi: str = col.text(
        "Tên chỉ số thành phần bằng tiếng Việt", "Component, in Vietnamese"
    )
    component_name_en: str = col.text(
        "Tên chỉ số thành phần bằng tiếng Anh", "Component, in English"
    )
    indicator_order: pl.Int32 = col.field(
        "order", "Thứ tự chỉ số trong bộ", "Place in the framework", ge=0
    )
    lead_role: str = col.text("Đơn vị chủ trì", "Lead unit, in Vietnamese", nullable=True)
    lead_role_en: str = col.text(
        "Đơn vị chủ trì, tiếng Anh", "Lead unit, in English", nullable=True
    )
    is_counted: col.IsCounted
    points: col.Points
    max_points_effective: col.MaxPointsEffective
    points_lost_counted: float = col.points(
        "Điểm bị mất có tính vào tổng; bằng 0 nếu chỉ số không tính vào tổng",
        "Points lost that count in the total; zero where the component does not count",
    )
    lost_reason: str = col.code(
        "Lý do mất điểm", "Why points are lost", isin=codes.LOST_REASONS, nullable=True
    )
    lost_reason_vi: str = label("Lý do mất điểm, bằng tiếng Việt", "Why lost, in Vietnamese")
    lost_reason_en: str = label("Lý do mất điểm, bằng tiếng Anh", "Why lost, in English")
    value: col.Value
    rank: col.Rank
    n_ranked: col.NRanked
    points_prev: float = col.points("Điểm kỳ trước", "Points before", nullable=True)
    points_change: float = col.points("Điểm tăng so với kỳ trước", "Points gained", nullable=True)
    source_kind: col.ScoreSource
    source_kind_vi: str = label("Nguồn số liệu, bằng tiếng Việt", "Source, in Vietnamese")
    source_kind_en: str = label("Nguồn số liệu, bằng tiếng Anh", "Source, in English")
    evidence_state: col.EvidenceState
    evidence_state_vi: str = label(
        "Tài liệu kiểm chứng, bằng tiếng Việt", "Evidence, in Vietnamese"
    )
    evidence_state_en: str = label("Tài liệu kiểm chứng, bằng tiếng Anh", "Evidence, in English")
    correction_reason: CorrectionReason
    basis: col.Basis
    data_basis: col.DataBasis
    revision_id: col.RevisionId


class OutBasis(
    UnitReading,
    grain=Text(
        "điểm có tính vào tổng của một đơn vị, theo chỉ số chính và căn cứ",
        "counted points of one unit by main index and by what they rest on",
    ),
    key=["assessment_id", "unit_id", "main_code", "ground"],
):
    main_code: col.MainCode
    main_name_vi: str = col.text("Tên chỉ số chính bằng tiếng Việt", "Main index, in Vietnamese")
    main_name_en: str = col.text("Tên chỉ số chính bằng tiếng Anh", "Main index, in English")
    ground: str = col.code("Căn cứ của điểm", "What the points rest on", isin=GROUNDS)
    ground_vi: str = label("Căn cứ, bằng tiếng Việt", "Ground, in Vietnamese")
    ground_en: str = label("Căn cứ, bằng tiếng Anh", "Ground, in English")
    points_micro: col.PointsMicro
    points: col.Points
    data_basis: col.DataBasis
    revision_id: col.RevisionId

    points_match_micro = matches_micro("points", "points_micro")


class OutHistory_34(
    ScopeReading,
    grain=Text(
        "một tỉnh, thành phố hiện nay trong một phạm vi của một năm",
        "one province of today in one scope of one year",
    ),
    key=["assessment_year", "unit_id", "scope", "scope_code"],
    order=["assessment_year", "scope", "scope_code", "rank", "unit_id"],
):
    value: col.PublishedValue
    rank: col.Rank
    n_ranked: col.NRanked
    n_predecessors: pl.Int32 = col.count("Số đơn vị cũ", "Units before the change")
    is_derived: bool = col.flag(
        "Suy từ các đơn vị cũ, không phải kết quả công bố của đơn vị này",
        "Derived from the units before; no published result of this unit",
    )
    derivation: str = col.code("Cách tính từ nguồn", "How it was derived", isin=DERIVATIONS)
    derivation_vi: str = label("Cách tính từ nguồn, bằng tiếng Việt", "How derived, in Vietnamese")
    derivation_en: str = label("Cách tính từ nguồn, bằng tiếng Anh", "How derived, in English")
    data_basis: col.DataBasis


class OutChange(
    ScopeReading,
    grain=Text(
        "một đơn vị trong một phạm vi, so với kỳ trước hoặc bản phát hành trước",
        "one unit in one scope, against the assessment or the release before",
    ),
    key=["assessment_id", "compared_with_kind", "unit_id", "scope", "scope_code"],
):
    compared_with_kind: str = col.code(
        "So với: kỳ đánh giá trước hay bản phát hành trước",
        "Against: the assessment before, or the release before",
        isin=["assessment", "release"],
    )
    compared_with: str = col.code(
        "Kỳ hoặc lần tính được so sánh", "Assessment or revision compared"
    )
    value_from: float = col.value("Giá trị trước", "Value before")
    value_to: float = col.value("Giá trị sau", "Value after")
    value_change: col.ValueChange
    rank_from: pl.Int32 = col.rank("Thứ hạng trước", "Rank before")
    rank_to: pl.Int32 = col.rank("Thứ hạng sau", "Rank after")
    rank_change: col.RankChange
    rank_change_rules: pl.Int32 = cause("phiên bản quy tắc", "the version of the rules")
    rank_change_framework: pl.Int32 = cause("bộ chỉ số", "the framework")
    rank_change_units: pl.Int32 = cause("tập đơn vị", "the set of units")
    rank_change_others: pl.Int32 = cause("số liệu của đơn vị khác", "other units' figures")
    rank_change_own: pl.Int32 = cause("số liệu của chính đơn vị", "the unit's own figures")
    prev_break: col.PrevBreak
    reason_vi: str = col.text("Giải thích", "Explanation, in Vietnamese", nullable=True)
    reason_en: str = col.text(
        "Giải thích, bằng tiếng Anh", "Explanation, in English", nullable=True
    )
    data_basis: col.DataBasis
    revision_id: col.RevisionId

    value_change_adds_up = difference("value_change", later="value_to", earlier="value_from")
    rank_change_adds_up = difference("rank_change", later="rank_from", earlier="rank_to")
