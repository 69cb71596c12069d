"""Tables about how firm a rank is, and how far a target."""

from __future__ import annotations

from typing import Final

import polars as pl

from schemas.checks import RowCheck, at_most
from schemas.columns import (
    FACT_END,
    FACT_UNIT,
    GROUP_CODE,
    OBS_STATUS,
    SCOPE,
    SCOPE_CODE,
    UNIT_OF_MEASURE,
    code,
    count,
    figure,
    flag,
    rank,
    share,
    text,
)
from schemas.rankings import N_RANKED, RANK
from schemas.table import Table

FACT_ROBUSTNESS: Final = Table(
    name="fact_robustness",
    grain_vi="một đơn vị trong một phạm vi, qua các lần thử ngẫu nhiên",
    grain_en="one unit in one scope, over random draws",
    key=("assessment_id", "unit_id", "scope", "scope_code"),
    sort=("assessment_id", "scope", "scope_code", "rank", "unit_id"),
    columns=(
        *FACT_UNIT,
        GROUP_CODE,
        SCOPE,
        SCOPE_CODE,
        RANK,
        N_RANKED,
        count("n_draws", "Số lần thử", "Draws", minimum=1),
        rank("rank_p05", "Hạng ở phân vị 5 %", "Rank at the 5th percentile", nullable=False),
        rank("rank_p50", "Hạng trung vị", "Median rank", nullable=False),
        rank("rank_p95", "Hạng ở phân vị 95 %", "Rank at the 95th percentile", nullable=False),
        rank("rank_min", "Hạng tốt nhất", "Best rank", nullable=False),
        rank("rank_max", "Hạng kém nhất", "Worst rank", nullable=False),
        share("p_same", "Xác suất giữ nguyên hạng", "Chance of the same rank"),
        share("p_top10", "Xác suất vào 10 đơn vị đầu", "Chance of the top 10"),
        count(
            "cluster",
            "Nhóm đơn vị không phân biệt được, đánh số từ trên xuống",
            "Group of units that cannot be told apart, numbered from the top",
            nullable=True,
            minimum=1,
            unit="order",
        ),
        code(
            "decisive_component",
            "Chỉ số thành phần làm đổi hạng nhiều nhất khi bị bỏ",
            "Component whose removal moves the rank most",
            nullable=True,
        ),
        rank(
            "rank_without_decisive",
            "Hạng khi bỏ chỉ số thành phần đó",
            "Rank without that component",
        ),
        *FACT_END,
    ),
    row_checks=(
        at_most("rank_min", "rank_p05"),
        at_most("rank_p05", "rank_p50"),
        at_most("rank_p50", "rank_p95"),
        at_most("rank_p95", "rank_max"),
    ),
)

FACT_TARGET: Final = Table(
    name="fact_target",
    grain_vi="một mục tiêu của một đơn vị",
    grain_en="one target of one unit",
    key=("assessment_id", "unit_id", "target_code"),
    columns=(
        *FACT_UNIT,
        code("target_code", "Mã mục tiêu", "Target"),
        text("name_vi", "Tên mục tiêu bằng tiếng Việt", "Name in Vietnamese"),
        text("name_en", "Tên mục tiêu bằng tiếng Anh", "Name in English"),
        code("component_code", "Chỉ số thành phần liên quan", "Component concerned", nullable=True),
        code("variable", "Biến số được so với mục tiêu", "Variable compared", nullable=True),
        UNIT_OF_MEASURE,
        code(
            "direction",
            "Chiều đạt: ít nhất hay nhiều nhất",
            "Reached at least, or at most, at the target",
            values=("at_least", "at_most"),
        ),
        figure("target_value", "Mức mục tiêu", "Target", nullable=False),
        figure("present_value", "Mức hiện tại; trống nếu không có số liệu", "Present figure"),
        flag(
            "is_reached",
            "Đã đạt; trống nếu không có số liệu",
            "Reached; null without a figure",
            nullable=True,
        ),
        figure("missing_by", "Còn thiếu bao nhiêu; 0 nếu đã đạt", "Short by; 0 if reached"),
        OBS_STATUS,
        text(
            "reason_vi",
            "Vì sao không có mức hiện tại; trống nếu có",
            "Why there is no present figure, in Vietnamese; null if there is one",
            nullable=True,
        ),
        text(
            "reason_en",
            "Vì sao không có mức hiện tại, bằng tiếng Anh",
            "Why there is no present figure; null if there is one",
            nullable=True,
        ),
        text("target_source", "Văn bản đặt mục tiêu", "Document that sets it", nullable=True),
        *FACT_END,
    ),
    row_checks=(
        RowCheck(
            name="reached_with_figure",
            column="is_reached",
            vi="phải trống đúng khi không có mức hiện tại",
            en="must be null exactly when there is no present figure",
            holds=pl.col("is_reached").is_null() == pl.col("present_value").is_null(),
        ),
    ),
)
