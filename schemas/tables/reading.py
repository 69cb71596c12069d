"""Tables to read from, one per question that people ask: names beside codes, nothing to join.

They hold the highest level that was assessed as a whole, one set of units per year, so that a
filter by year, region or unit is right without a second thought. What merged units would have had
stands in `out_history_34`. The words for codes, and the keys of units and indicators, are added as
to every table of a release (`schemas.keys`).
"""

from datetime import date
from typing import Annotated, Final

import polars as pl

from schemas import codes
from schemas import columns as col
from schemas.columns import UnitFact
from schemas.contract import matches_micro
from schemas.keys import CorrectionReason, ParentName, SortOrder, TileLabel, UnitLevel
from schemas.tables.rankings import FactChange, FactRanking
from schemas.text import Text

GROUNDS: Final = ("published", "central", "accepted", "unchecked", "not_applicable", "none")
"""What points rest on, the firmest first."""
DERIVATIONS: Final = ("assessed", "mean_of_mains", "mean_of_values")
IndicatorOrder = Annotated[
    pl.Int32, col.field("order", "Thứ tự chỉ số trong bộ", "Place in the framework", ge=0)
]


class UnitReading(UnitFact):
    """What every reading table says about the unit."""

    year_date: date = col.day("Ngày cuối năm, cho trục thời gian", "Last day of the year")
    unit_order: SortOrder
    unit_level: UnitLevel
    tile_label: TileLabel
    region_name: col.RegionName
    region_name_en: col.RegionNameEn
    parent_unit_id: col.ParentUnitId
    parent_name: ParentName


class IndicatorReading(UnitReading):
    """What those say about the indicator that a row is of."""

    indicator_name_vi: str = col.text("Tên chỉ số bằng tiếng Việt", "Name of the indicator")
    indicator_name_en: str = col.text("Tên chỉ số bằng tiếng Anh", "Name of the indicator, English")
    indicator_order: IndicatorOrder


class MainReading(UnitReading):
    main_code: col.MainCode
    main_name_vi: str = col.text("Tên chỉ số chính bằng tiếng Việt", "Main index, in Vietnamese")
    main_name_en: str = col.text("Tên chỉ số chính bằng tiếng Anh", "Main index, in English")


class OutRanking(
    IndicatorReading,
    FactRanking,
    grain=Text("một đơn vị trong một phạm vi của một năm", "one unit in one scope of one year"),
    key=["assessment_id", "unit_id", "scope", "scope_code"],
    order=["assessment_id", "scope", "scope_code", "rank", "unit_id"],
):
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
    band_vi: str = col.text("Mức xếp loại, bằng tiếng Việt", "Band, in Vietnamese", nullable=True)
    band_en: str = col.text("Mức xếp loại, bằng tiếng Anh", "Band, in English", nullable=True)


class OutComponent(
    MainReading,
    grain=Text("một chỉ số thành phần của một đơn vị", "one component of one unit"),
    key=["assessment_id", "unit_id", "component_code"],
):
    component_code: col.ComponentCode
    component_name_vi: str = col.text("Tên chỉ số thành phần", "Component, in Vietnamese")
    component_name_en: str = col.text("Tên chỉ số thành phần, tiếng Anh", "Component, in English")
    indicator_order: IndicatorOrder
    lead_role: str = col.text("Đơn vị chủ trì", "Lead unit, in Vietnamese", nullable=True)
    lead_role_en: str = col.text(
        "Đơn vị chủ trì, tiếng Anh", "Lead unit, in English", nullable=True
    )
    points: col.Points
    max_points_effective: col.MaxPointsEffective
    points_lost_counted: float = col.points(
        "Điểm bị mất có tính vào tổng; bằng 0 nếu chỉ số không tính vào tổng",
        "Points lost that count in the total; zero where the component does not count",
    )
    lost_reason: str = col.code(
        "Lý do mất điểm", "Why points are lost", isin=codes.LOST_REASONS, nullable=True
    )
    value: col.Value
    rank: col.Rank
    n_ranked: col.NRanked
    points_prev: float = col.points("Điểm kỳ trước", "Points before", nullable=True)
    points_change: float = col.points("Điểm tăng so với kỳ trước", "Points gained", nullable=True)
    source_kind: col.ScoreSource
    evidence_state: col.EvidenceState
    correction_reason: CorrectionReason
    basis: col.Basis
    data_basis: col.DataBasis
    revision_id: col.RevisionId


class OutBasis(
    MainReading,
    grain=Text(
        "điểm có tính vào tổng của một đơn vị, theo chỉ số chính và căn cứ",
        "counted points of one unit by main index and by what they rest on",
    ),
    key=["assessment_id", "unit_id", "main_code", "ground"],
):
    ground: str = col.code("Căn cứ của điểm", "What the points rest on", isin=GROUNDS)
    points_micro: col.PointsMicro
    points: col.Points
    data_basis: col.DataBasis
    revision_id: col.RevisionId

    points_match_micro = matches_micro("points", "points_micro")


class OutHistory_34(
    IndicatorReading,
    grain=Text(
        "một tỉnh, thành phố hiện nay trong một phạm vi của một năm",
        "one province of today in one scope of one year",
    ),
    key=["assessment_year", "unit_id", "scope", "scope_code"],
    order=["assessment_year", "scope", "scope_code", "rank", "unit_id"],
):
    scope: col.Scope
    scope_code: col.ScopeCode
    concept: col.Concept
    value: col.PublishedValue
    rank: col.Rank
    n_ranked: col.NRanked
    n_predecessors: pl.Int32 = col.count("Số đơn vị cũ", "Units before the change")
    is_derived: bool = col.flag(
        "Suy từ các đơn vị cũ, không phải kết quả công bố của đơn vị này",
        "Derived from the units before; no published result of this unit",
    )
    derivation: str = col.code("Cách tính từ nguồn", "How it was derived", isin=DERIVATIONS)
    data_basis: col.DataBasis


class OutChange(
    IndicatorReading,
    FactChange,
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
    revision_from: str = col.code(
        "Lần tính trước; trống khi so với kỳ trước",
        "Earlier revision; null against the assessment before",
        nullable=True,
    )
    compared_with: str = col.code(
        "Kỳ hoặc lần tính được so sánh", "Assessment or revision compared"
    )
    prev_break: col.PrevBreak
