"""Tables of ranks, of group figures, and of what changed between revisions."""

from typing import Annotated, Final

import polars as pl

from schemas import codes
from schemas import columns as col
from schemas.columns import AssessmentFact, UnitFact
from schemas.contract import at_most, difference, row_check
from schemas.text import Text

RANK_CAUSES: Final = ("rules", "framework", "units", "others", "own")
"""Causes of a rank move, in the fixed order in which they are applied."""


class FactRanking(
    UnitFact,
    grain=Text("một đơn vị trong một phạm vi", "one unit in one scope"),
    key=["assessment_id", "unit_id", "scope", "scope_code"],
    order=["assessment_id", "scope", "scope_code", "rank", "unit_id"],
):
    framework_id: col.FrameworkId
    group_code: col.GroupCode
    region_code: col.RegionCode
    scope: col.Scope
    scope_code: col.ScopeCode
    concept: col.Concept
    value: col.PublishedValue
    points: col.UnroundedPoints
    max_points: float = col.maximum("Điểm tối đa theo bộ chỉ số", "Nominal maximum", nullable=True)
    max_points_effective: float = col.maximum(
        "Điểm tối đa thực tế sau khi bỏ phần không đánh giá",
        "Maximum that counts, without what was not assessed",
        nullable=True,
    )
    rank: col.Rank
    n_ranked: col.NRankedIfKnown
    is_tied: col.IsTied
    rank_basis: col.RankBasis
    rank_in_group: col.RankInGroup
    n_in_group: col.NInGroup
    rank_in_region: col.RankInRegion
    n_in_region: col.NInRegion
    value_prev: float = col.value("Giá trị kỳ trước", "Value in the compared assessment")
    value_change: col.ValueChange
    rank_prev: col.RankPrev
    rank_change: col.RankChange
    prev_basis: str = col.code(
        "Cơ sở của số kỳ trước: tính toán, đã công bố, trung bình các đơn vị cũ, không có",
        "Basis of the earlier figure: computed, published, mean of predecessors, none",
        isin=codes.PREV_BASES,
    )
    prev_break: col.PrevBreak
    band_code: col.BandCode
    data_basis: col.DataBasis
    revision_id: col.RevisionId

    rank_not_above = at_most("rank", "n_ranked")
    rank_in_group_not_above = at_most("rank_in_group", "n_in_group")
    rank_in_region_not_above = at_most("rank_in_region", "n_in_region")
    value_change_adds_up = difference("value_change", later="value", earlier="value_prev")
    rank_change_adds_up = difference("rank_change", later="rank_prev", earlier="rank")

    @row_check(
        "rank_basis",
        "phải là none đúng khi không có thứ hạng",
        "must be none exactly when there is no rank",
    )
    def rank_with_basis(cls) -> pl.Expr:
        return pl.col("rank").is_null() == (pl.col("rank_basis") == "none")


class FactGroupSummary(
    AssessmentFact,
    grain=Text("một nhóm đơn vị trong một phạm vi", "one group of units in one scope"),
    key=["assessment_id", "group_kind", "group_code", "scope", "scope_code", "measure"],
):
    group_kind: str = col.code(
        "Loại nhóm: toàn bộ, vùng, nhóm xếp hạng, các nhóm gộp lại",
        "Kind of group: the whole pool, a region, a ranking group, groups taken together",
        isin=["pool", "region", "group", "combined"],
    )
    group_code: str = col.code(
        "Mã nhóm hoặc vùng; all cho toàn bộ; nhóm gộp nối bằng dấu +",
        "Group or region; all for the pool; groups taken together joined by +",
    )
    scope: col.Scope
    scope_code: col.ScopeCode
    concept: col.Concept
    measure: str = col.code(
        "Đại lượng được thống kê: giá trị hay điểm",
        "What is summarised: value or points",
        isin=["value", "points"],
    )
    n: pl.Int32 = col.count("Số đơn vị có số liệu", "Units with a figure")
    mean: float = col.measure("Trung bình", "Mean")
    median: float = col.measure("Trung vị", "Median")
    min: float = col.measure("Nhỏ nhất", "Smallest")
    max: float = col.measure("Lớn nhất", "Largest")
    n_at_or_above_mean: pl.Int32 = col.count(
        "Số đơn vị bằng hoặc trên trung bình; trống nếu chỉ biết một phần đơn vị",
        "Units at or above the mean; null where only some units are known",
        nullable=True,
    )
    mean_prev: float = col.measure("Trung bình kỳ trước", "Mean in the compared assessment")
    growth: float = col.measure("Tăng so với trung bình kỳ trước", "Mean minus mean before")
    growth_pct: float = col.percent("Tăng theo phần trăm", "Growth in percent")
    prev_break: col.PrevBreak
    data_basis: col.DataBasis
    revision_id: col.RevisionId
    change_min: float = col.measure(
        "Mức thay đổi thấp nhất của một đơn vị; trống nếu chưa biết đủ kỳ trước của mọi đơn vị",
        "Least change of a unit; null unless every unit's figure before is known",
    )
    change_max: float = col.measure("Mức thay đổi cao nhất của một đơn vị", "Largest change")
    n_rose: pl.Int32 = col.count("Số đơn vị tăng", "Units that rose", nullable=True)
    mean_published: float = col.measure(
        "Giá trị trung bình đã công bố, cạnh giá trị trung bình tính được",
        "Mean as printed, beside the computed one",
    )

    min_not_above = at_most("min", "max")
    change_min_not_above = at_most("change_min", "change_max")
    n_rose_not_above = at_most("n_rose", "n")
    n_at_or_above_mean_not_above = at_most("n_at_or_above_mean", "n")
    growth_adds_up = difference("growth", later="mean", earlier="mean_prev")


class FactChange(
    UnitFact,
    grain=Text(
        "một đơn vị, một phạm vi, giữa hai lần tính", "one unit and scope between two revisions"
    ),
    key=["assessment_id", "revision_from", "revision_id", "unit_id", "scope", "scope_code"],
):
    revision_from: str = col.code("Lần tính trước", "Earlier revision")
    scope: col.Scope
    scope_code: col.ScopeCode
    concept: col.Concept
    value_from: float = col.value("Giá trị trước", "Value before")
    value_to: float = col.value("Giá trị sau", "Value after")
    value_change: col.ValueChange
    points_from: float = col.points("Điểm trước", "Points before", nullable=True)
    points_to: float = col.points("Điểm sau", "Points after", nullable=True)
    rank_from: pl.Int32 = col.rank("Thứ hạng trước", "Rank before")
    rank_to: pl.Int32 = col.rank("Thứ hạng sau", "Rank after")
    rank_change: col.RankChange
    rank_change_rules: pl.Int32 = col.places("Do phiên bản quy tắc", "By the version of the rules")
    rank_change_framework: pl.Int32 = col.places("Do bộ chỉ số", "By the framework")
    rank_change_units: pl.Int32 = col.places("Do tập đơn vị", "By the set of units")
    rank_change_others: pl.Int32 = col.places(
        "Do số liệu của đơn vị khác", "By other units' figures"
    )
    rank_change_own: pl.Int32 = col.places(
        "Do số liệu của chính đơn vị", "By the unit's own figures"
    )
    reason_vi: str = col.text(
        "Giải thích trong một dòng", "Explanation in one line, Vietnamese", nullable=True
    )
    reason_en: str = col.text(
        "Giải thích, bằng tiếng Anh", "Explanation in one line, English", nullable=True
    )
    data_basis: col.DataBasis
    revision_id: col.RevisionId

    value_change_adds_up = difference("value_change", later="value_to", earlier="value_from")
    rank_change_adds_up = difference("rank_change", later="rank_from", earlier="rank_to")

    @row_check(
        "rank_change",
        "phải bằng tổng các phần theo nguyên nhân",
        "must equal the sum of its parts by cause",
    )
    def causes_add_up(cls) -> pl.Expr:
        return pl.col("rank_change") == pl.sum_horizontal(
            [f"rank_change_{cause}" for cause in RANK_CAUSES], ignore_nulls=False
        )


_SCOPES: Final = {
    "gov": Text("trụ cột chính quyền số", "pillar of digital government"),
    "eco": Text("trụ cột kinh tế số", "pillar of digital economy"),
    "soc": Text("trụ cột xã hội số", "pillar of digital society"),
    "awareness": Text("nhận thức số", "digital awareness"),
    "institutions": Text("thể chế số", "digital institutions"),
    "infrastructure": Text("hạ tầng số", "digital infrastructure"),
    "human_resources": Text("nhân lực số", "digital human resources"),
    "cyber_security": Text("an toàn thông tin mạng", "cyber information security"),
    "smart_city": Text("đô thị thông minh", "smart city"),
    "government": Text("hoạt động chính quyền số", "digital government"),
    "economy": Text("hoạt động kinh tế số", "digital economy"),
    "society": Text("hoạt động xã hội số", "digital society"),
    "foundation_other": Text("phần nền tảng còn lại", "rest of the foundation"),
}


class _Overall(UnitFact):
    region_code: col.RegionCode
    region_name: col.RegionName
    group_code: col.GroupCode
    framework_id: col.FrameworkId
    value: col.PublishedValue
    points: col.UnroundedPoints
    rank: col.Rank
    n_ranked: col.NRankedIfKnown
    value_change: col.ValueChange
    rank_change: col.RankChange


class _EveryScope(_Overall):
    """A column of values and one of ranks for every pillar and main."""

    __annotations__ = {
        name: column
        for scope, of in _SCOPES.items()
        for name, column in {
            f"value_{scope}": Annotated[float, col.value(f"Giá trị {of.vi}", f"Value of {of.en}")],
            f"rank_{scope}": Annotated[pl.Int32, col.rank(f"Thứ hạng {of.vi}", f"Rank in {of.en}")],
        }.items()
    }


class RankingWide(
    _EveryScope,
    grain=Text("một đơn vị trong một kỳ đánh giá", "one unit in one assessment"),
    key=["assessment_id", "unit_id"],
    order=["assessment_id", "rank", "unit_id"],
):
    data_basis: col.DataBasis
    revision_id: col.RevisionId

    rank_not_above = at_most("rank", "n_ranked")
