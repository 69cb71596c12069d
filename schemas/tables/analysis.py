"""Tables of what follows from scores: how firm a rank is, what the next point is worth, how far a target."""

from typing import Final

import polars as pl

from schemas import columns as col
from schemas.columns import AssessmentFact, UnitFact
from schemas.contract import at_most, row_check
from schemas.text import Text

INDEX_FINDINGS: Final = ("all_pass", "none_pass", "against_rest", "weak_main", "repeats_another")
"""What a check of the index itself may find, the plainest first."""
ROBUSTNESS_GAPS: Final = ("too_many_points", "other_value", "only_component", "nothing_decides")
"""Why a row of robustness has nulls: no draws at all, or no component that decides."""


class FactRobustness(
    UnitFact,
    grain=Text(
        "một đơn vị trong một phạm vi, qua các lần mô phỏng",
        "one unit in one scope, over random draws",
    ),
    key=["assessment_id", "unit_id", "scope", "scope_code"],
    order=["assessment_id", "scope", "scope_code", "rank", "unit_id"],
):
    group_code: col.GroupCode
    scope: col.Scope
    scope_code: col.ScopeCode
    rank: col.Rank
    n_ranked: col.NRanked
    n_draws: pl.Int32 = col.field("count", "Số lần mô phỏng", "Simulations", ge=1, nullable=True)
    rank_p05: pl.Int32 = col.rank("Thứ hạng ở phân vị 5%", "Rank at the 5th percentile")
    rank_p50: pl.Int32 = col.rank("Thứ hạng trung vị", "Median rank")
    rank_p95: pl.Int32 = col.rank("Thứ hạng ở phân vị 95%", "Rank at the 95th percentile")
    rank_min: pl.Int32 = col.rank("Thứ hạng cao nhất", "Best rank")
    rank_max: pl.Int32 = col.rank("Thứ hạng thấp nhất", "Worst rank")
    p_same: float = col.share(
        "Xác suất giữ nguyên thứ hạng", "Chance of the same rank", nullable=True
    )
    p_top10: float = col.share("Xác suất vào 10 đơn vị đầu", "Chance of the top 10", nullable=True)
    cluster: pl.Int32 = col.field(
        "order",
        "Nhóm đơn vị không phân biệt được, đánh số từ trên xuống",
        "Group of units that cannot be told apart, numbered from the top",
        ge=1,
        nullable=True,
    )
    decisive_component: str = col.code(
        "Chỉ số thành phần ảnh hưởng nhiều nhất đến thứ hạng nếu không tính",
        "Component whose removal moves the rank most",
        nullable=True,
    )
    rank_without_decisive: pl.Int32 = col.rank(
        "Thứ hạng khi bỏ chỉ số thành phần đó", "Rank without that component"
    )
    data_basis: col.DataBasis
    revision_id: col.RevisionId
    null_reason: str = col.code(
        "Vì sao có ô trống: tổng điểm quá lớn để mô phỏng; điểm các chỉ số thành phần cho giá trị khác; "
        "chỉ có một chỉ số thành phần; không tính chỉ số nào thì thứ hạng cũng không đổi",
        "Why something is null: too many points to draw exactly; the components give another value; "
        "scored on one component only; no component moves the rank when left out",
        isin=ROBUSTNESS_GAPS,
        nullable=True,
    )

    @row_check(
        "null_reason",
        "phải cho biết vì sao không có kết quả thử",
        "must say why there are no draws",
    )
    def no_draws_with_reason(cls) -> pl.Expr:
        return pl.col("rank_p50").is_not_null() | pl.col("null_reason").is_not_null()

    rank_min_not_above = at_most("rank_min", "rank_p05")
    rank_p05_not_above = at_most("rank_p05", "rank_p50")
    rank_p50_not_above = at_most("rank_p50", "rank_p95")
    rank_p95_not_above = at_most("rank_p95", "rank_max")


class FactComponentOutlook(
    UnitFact,
    grain=Text(
        "một chỉ số thành phần của một đơn vị: so với đơn vị khác và có thể được gì",
        "one component of one unit: against others, and what it could gain",
    ),
    key=["assessment_id", "unit_id", "component_code"],
):
    group_code: col.GroupCode
    main_code: col.MainCode
    component_code: col.ComponentCode
    points: col.Points
    max_points_effective: col.MaxPointsEffective
    best_in_group: float = col.points(
        "Điểm cao nhất trong nhóm", "Best in the group", nullable=True
    )
    median_in_group: float = col.points("Trung vị trong nhóm", "Median of the group", nullable=True)
    best_in_region: float = col.points(
        "Điểm cao nhất trong vùng", "Best in the region", nullable=True
    )
    median_in_region: float = col.points(
        "Trung vị trong vùng", "Median of the region", nullable=True
    )
    points_next: float = col.points("Điểm ở mức điểm kế tiếp", "Points at the next scoring step")
    points_target: float = col.points(
        "Điểm chỉ tiêu năm sau theo mức xếp loại hiện nay",
        "Points of next year's target, by the present band",
    )
    points_top: float = col.points("Điểm cao nhất quy tắc cho phép", "Most points the rule allows")
    rank: col.Rank
    n_ranked: col.NRanked
    rank_if_next: pl.Int32 = col.rank(
        "Thứ hạng nếu đạt mức điểm kế tiếp", "Rank if the next step were reached"
    )
    rank_if_target: pl.Int32 = col.rank(
        "Thứ hạng nếu đạt chỉ tiêu", "Rank if the target were reached"
    )
    rank_if_top: pl.Int32 = col.rank(
        "Thứ hạng nếu đạt điểm cao nhất", "Rank if the most were reached"
    )
    value_if_top: float = col.value(
        "Giá trị DTI nếu đạt điểm cao nhất", "DTI value if the most were reached"
    )
    is_relative: bool = col.flag(
        "Điểm phụ thuộc số liệu của đơn vị khác: thứ hạng ở đây với giả thiết các đơn vị khác không đổi",
        "Depends on other units' figures: the ranks here take their points as unchanged",
    )
    data_basis: col.DataBasis
    revision_id: col.RevisionId

    points_not_above = at_most("points", "points_next")
    points_next_not_above = at_most("points_next", "points_top")
    rank_if_next_not_above = at_most("rank_if_next", "rank")
    rank_if_target_not_above = at_most("rank_if_target", "rank")
    rank_if_top_not_above = at_most("rank_if_top", "rank_if_next")


class FactIndexCheck(
    AssessmentFact,
    grain=Text(
        "một chỉ số chính hoặc chỉ số thành phần của một bộ chỉ số trong một kỳ",
        "one main index or component of a framework in one assessment",
    ),
    key=["assessment_id", "framework_id", "indicator_level", "indicator_code"],
):
    framework_id: col.FrameworkId
    indicator_level: str = col.code(
        "Cấp chỉ số: chỉ số chính hoặc chỉ số thành phần",
        "Main index or component",
        isin=["main", "component"],
    )
    indicator_code: str = col.code("Mã chỉ số", "Code of the indicator")
    main_code: col.MainCode
    n_units: pl.Int32 = col.count("Số đơn vị được đánh giá", "Units assessed")
    mean_share: float = col.share(
        "Trung bình phần điểm đạt được trên điểm tối đa",
        "Mean share of the maximum reached",
        nullable=True,
    )
    share_at_maximum: float = col.share(
        "Tỷ lệ đơn vị đạt điểm tối đa", "Share of units at the maximum", nullable=True
    )
    share_at_zero: float = col.share(
        "Tỷ lệ đơn vị không có điểm", "Share of units at zero", nullable=True
    )
    correlation_main: float = col.correlation(
        "Tương quan với chỉ số chính (với giá trị DTI nếu là chỉ số chính)",
        "Correlation with its main (of a main: with the overall)",
    )
    correlation_rest: float = col.correlation(
        "Tương quan với phần còn lại của chỉ số chính (của giá trị DTI)",
        "Correlation with the rest of its main (of a main: of the overall)",
    )
    nearest_code: str = col.code(
        "Thành phần cùng chỉ số chính tương quan mạnh nhất",
        "Component of the same main that it moves with most",
        nullable=True,
    )
    nearest_correlation: float = col.correlation("Tương quan đó", "That correlation")
    n_components: pl.Int32 = col.count(
        "Số chỉ số thành phần (của chỉ số chính)", "Components (of a main)"
    )
    alpha: float = col.field(
        "ratio",
        "Cronbach alpha của chỉ số chính",
        "Cronbach's alpha of the main index",
        le=1,
        nullable=True,
    )
    alpha_without: float = col.field(
        "ratio",
        "Cronbach alpha của chỉ số chính nếu không tính chỉ số thành phần này",
        "Cronbach's alpha of the main without this component",
        le=1,
        nullable=True,
    )
    finding: str = col.code(
        "Điều đáng xem lại; trống nếu không có",
        "What deserves a second look; null if nothing",
        isin=INDEX_FINDINGS,
        nullable=True,
    )
    finding_vi: str = col.text("Điều đó, bằng tiếng Việt", "The same in Vietnamese", nullable=True)
    finding_en: str = col.text("Điều đó, bằng tiếng Anh", "The same in English", nullable=True)
    data_basis: col.DataBasis
    revision_id: col.RevisionId

    @row_check(
        "finding_vi",
        "phải trống đúng khi không có điều đáng xem lại",
        "must be null exactly when there is no finding",
    )
    def finding_with_text(cls) -> pl.Expr:
        return pl.all_horizontal(
            pl.col("finding").is_null() == pl.col("finding_vi", "finding_en").is_null()
        )


class FactTarget(
    UnitFact,
    grain=Text("một chỉ tiêu của một đơn vị", "one target of one unit"),
    key=["assessment_id", "unit_id", "target_code"],
):
    target_code: str = col.code("Mã chỉ tiêu", "Target")
    name_vi: str = col.text("Tên chỉ tiêu bằng tiếng Việt", "Name in Vietnamese")
    name_en: str = col.text("Tên chỉ tiêu bằng tiếng Anh", "Name in English")
    component_code: str = col.code(
        "Chỉ số thành phần liên quan", "Component concerned", nullable=True
    )
    variable: str = col.code("Số liệu được so với chỉ tiêu", "Figure compared", nullable=True)
    unit_of_measure: col.UnitOfMeasure
    direction: str = col.code(
        "Chiều đạt: ít nhất hay nhiều nhất",
        "Reached at least, or at most, at the target",
        isin=["at_least", "at_most"],
    )
    target_value: float = col.figure("Mức chỉ tiêu", "Target")
    present_value: float = col.figure(
        "Mức hiện tại; trống nếu không có số liệu", "Present figure", nullable=True
    )
    is_reached: bool = col.flag(
        "Đã đạt; trống nếu không có số liệu", "Reached; null without a figure", nullable=True
    )
    missing_by: float = col.figure(
        "Còn thiếu bao nhiêu; 0 nếu đã đạt", "Short by; 0 if reached", nullable=True
    )
    obs_status: col.ObsStatus
    reason_vi: str = col.text(
        "Vì sao không có mức hiện tại; trống nếu có",
        "Why there is no present figure, in Vietnamese; null if there is one",
        nullable=True,
    )
    reason_en: str = col.text(
        "Vì sao không có mức hiện tại, bằng tiếng Anh",
        "Why there is no present figure; null if there is one",
        nullable=True,
    )
    target_source: str = col.text("Văn bản giao chỉ tiêu", "Document that sets it", nullable=True)
    data_basis: col.DataBasis
    revision_id: col.RevisionId
    target_year: pl.Int32 = col.field(
        "year",
        "Năm phải đạt; trống nếu là năm của kỳ đánh giá",
        "Year to reach it; null for the assessment's own",
        nullable=True,
    )
    is_reference: bool = col.flag(
        "Chỉ tiêu tham khảo: do tỉnh khác đặt ra", "Reference target: set by another unit"
    )

    @row_check(
        "is_reached",
        "phải trống đúng khi không có mức hiện tại",
        "must be null exactly when there is no present figure",
    )
    def reached_with_figure(cls) -> pl.Expr:
        return pl.col("is_reached").is_null() == pl.col("present_value").is_null()
