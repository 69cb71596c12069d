"""Tables about the index itself, and about what a unit's next point is worth."""

from __future__ import annotations

from typing import Final

import polars as pl

from schemas.checks import RowCheck, at_most
from schemas.columns import (
    COMPONENT_CODE,
    DATA_BASIS,
    FACT_ASSESSMENT,
    FACT_END,
    FACT_UNIT,
    FRAMEWORK_ID,
    GROUP_CODE,
    MAIN_CODE,
    MAX_POINTS_EFFECTIVE,
    POINTS,
    REVISION_ID,
    code,
    count,
    flag,
    points,
    rank,
    share,
    text,
    value,
)
from schemas.rankings import N_RANKED, RANK
from schemas.table import Column, Table


def _correlation(name: str, vi: str, en: str) -> Column:
    # Rounded to six decimals; rounding may carry a perfect correlation no further than 1.
    return Column(name, pl.Float64(), "ratio", vi, en, nullable=True, minimum=-1, maximum=1)


def _alpha(name: str, vi: str, en: str) -> Column:
    # Alpha has no lower bound: components that move against each other make it negative.
    return Column(name, pl.Float64(), "ratio", vi, en, nullable=True, maximum=1)


INDEX_FINDINGS: Final = ("all_pass", "none_pass", "against_rest", "weak_main", "repeats_another")
"""What a check of the index itself may find, the plainest first."""

FACT_INDEX_CHECK: Final = Table(
    name="fact_index_check",
    grain_vi="một chỉ số chính hoặc chỉ số thành phần của một bộ chỉ số trong một kỳ",
    grain_en="one main index or component of a framework in one assessment",
    key=("assessment_id", "framework_id", "indicator_level", "indicator_code"),
    columns=(
        *FACT_ASSESSMENT,
        FRAMEWORK_ID,
        code(
            "indicator_level",
            "Cấp chỉ số: chỉ số chính hoặc thành phần",
            "Main index or component",
            values=("main", "component"),
        ),
        code("indicator_code", "Mã chỉ số", "Code of the indicator"),
        MAIN_CODE,
        count("n_units", "Số đơn vị được đánh giá", "Units assessed"),
        share(
            "mean_share",
            "Trung bình phần điểm đạt được trên điểm tối đa",
            "Mean share of the maximum reached",
            nullable=True,
        ),
        share(
            "share_at_maximum",
            "Tỷ lệ đơn vị đạt điểm tối đa",
            "Share of units at the maximum",
            nullable=True,
        ),
        share(
            "share_at_zero",
            "Tỷ lệ đơn vị không có điểm",
            "Share of units at zero",
            nullable=True,
        ),
        _correlation(
            "correlation_main",
            "Tương quan với chỉ số chính (với tổng thể nếu là chỉ số chính)",
            "Correlation with its main (of a main: with the overall)",
        ),
        _correlation(
            "correlation_rest",
            "Tương quan với phần còn lại của chỉ số chính (của tổng thể)",
            "Correlation with the rest of its main (of a main: of the overall)",
        ),
        code(
            "nearest_code",
            "Thành phần cùng chỉ số chính tương quan mạnh nhất",
            "Component of the same main that it moves with most",
            nullable=True,
        ),
        _correlation("nearest_correlation", "Tương quan đó", "That correlation"),
        count("n_components", "Số thành phần (của chỉ số chính)", "Components (of a main)"),
        _alpha(
            "alpha",
            "Cronbach alpha của chỉ số chính",
            "Cronbach's alpha of the main index",
        ),
        _alpha(
            "alpha_without",
            "Cronbach alpha của chỉ số chính khi bỏ thành phần này",
            "Cronbach's alpha of the main without this component",
        ),
        code(
            "finding",
            "Điều đáng xem lại; trống nếu không có",
            "What deserves a second look; null if nothing",
            nullable=True,
            values=INDEX_FINDINGS,
        ),
        text("finding_vi", "Điều đó, bằng tiếng Việt", "The same in Vietnamese", nullable=True),
        text("finding_en", "Điều đó, bằng tiếng Anh", "The same in English", nullable=True),
        DATA_BASIS,
        REVISION_ID,
    ),
    row_checks=(
        RowCheck(
            name="finding_with_text",
            column="finding_vi",
            vi="phải trống đúng khi không có điều đáng xem lại",
            en="must be null exactly when there is no finding",
            holds=(pl.col("finding").is_null() == pl.col("finding_vi").is_null())
            & (pl.col("finding").is_null() == pl.col("finding_en").is_null()),
        ),
    ),
)


def _compared(name: str, vi: str, en: str) -> Column:
    return points(name, vi, en, nullable=True)


FACT_COMPONENT_OUTLOOK: Final = Table(
    name="fact_component_outlook",
    grain_vi="một chỉ số thành phần của một đơn vị: so với đơn vị khác và có thể được gì",
    grain_en="one component of one unit: against others, and what it could gain",
    key=("assessment_id", "unit_id", "component_code"),
    columns=(
        *FACT_UNIT,
        GROUP_CODE,
        MAIN_CODE,
        COMPONENT_CODE,
        POINTS,
        MAX_POINTS_EFFECTIVE,
        _compared("best_in_group", "Điểm cao nhất trong nhóm", "Best in the group"),
        _compared("median_in_group", "Trung vị trong nhóm", "Median of the group"),
        _compared("best_in_region", "Điểm cao nhất trong vùng", "Best in the region"),
        _compared("median_in_region", "Trung vị trong vùng", "Median of the region"),
        points("points_next", "Điểm ở bậc kế tiếp", "Points at the next step"),
        points(
            "points_target",
            "Điểm mục tiêu năm sau theo mức xếp loại hiện nay",
            "Points of next year's target, by the present band",
        ),
        points("points_top", "Điểm cao nhất quy tắc cho phép", "Most points the rule allows"),
        RANK,
        N_RANKED,
        rank("rank_if_next", "Hạng nếu đạt bậc kế tiếp", "Rank if the next step were reached"),
        rank("rank_if_target", "Hạng nếu đạt mục tiêu", "Rank if the target were reached"),
        rank("rank_if_top", "Hạng nếu đạt điểm cao nhất", "Rank if the most were reached"),
        value(
            "value_if_top",
            "Giá trị tổng thể nếu đạt điểm cao nhất",
            "Overall value if the most were reached",
            nullable=True,
        ),
        flag(
            "is_relative",
            "Điểm phụ thuộc số liệu của đơn vị khác: hạng ở đây coi đơn vị khác giữ nguyên điểm",
            "Depends on other units' figures: the ranks here take their points as unchanged",
        ),
        *FACT_END,
    ),
    row_checks=(
        at_most("points", "points_next"),
        at_most("points_next", "points_top"),
        at_most("rank_if_next", "rank"),
        at_most("rank_if_target", "rank"),
        at_most("rank_if_top", "rank_if_next"),
    ),
)
