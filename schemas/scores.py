"""Tables of points: per component, main index, pillar, and by stage of the appraisal."""

from __future__ import annotations

from typing import Final

from schemas.checks import at_most, matches_micro
from schemas.columns import (
    BAND_CODE,
    BASIS,
    COMPONENT_CODE,
    CONCEPT,
    EVIDENCE_STATE,
    FACT_END,
    FACT_UNIT,
    GROUP_CODE,
    LOST_REASONS,
    MAIN_CODE,
    MAX_POINTS,
    MAX_POINTS_EFFECTIVE,
    OBS_STATUS,
    POINTS,
    POINTS_MICRO,
    SCOPE_CODE,
    SCORE_SOURCE,
    code,
    count,
    flag,
    max_points,
    points,
    rank,
    share,
    value,
)
from schemas.table import Table

VALUE = value(
    "value",
    "Điểm chia cho điểm tối đa thực tế, đã làm tròn; trống nếu điểm tối đa bằng 0",
    "Points divided by the effective maximum, rounded; null if that is zero",
    nullable=True,
)
SUMMED_POINTS = (
    POINTS_MICRO,
    POINTS,
    points(
        "points_assessed",
        "Điểm đạt được trước khi quy đổi phần không phát sinh",
        "Points before the part not applicable is made up for",
    ),
    max_points(
        "max_points_assessed",
        "Điểm tối đa của phần được đánh giá, trước khi quy đổi",
        "Maximum of what was assessed, before it is made up for",
    ),
    MAX_POINTS,
    MAX_POINTS_EFFECTIVE,
    VALUE,
    flag("is_counted", "Có tính vào tổng điểm", "Counts in the total"),
)

FACT_COMPONENT_SCORE: Final = Table(
    name="fact_component_score",
    grain_vi="một chỉ số thành phần của một đơn vị",
    grain_en="one component of one unit",
    key=("assessment_id", "unit_id", "component_code"),
    columns=(
        *FACT_UNIT,
        GROUP_CODE,
        MAIN_CODE,
        COMPONENT_CODE,
        POINTS_MICRO,
        POINTS,
        MAX_POINTS,
        MAX_POINTS_EFFECTIVE,
        points(
            "points_lost",
            "Điểm mất so với điểm tối đa thực tế",
            "Points below the effective maximum",
        ),
        code(
            "lost_reason",
            "Lý do mất điểm: thiếu số liệu, tài liệu bị bác, chưa đạt, mẫu số bằng 0, "
            "không phát sinh, trễ hạn",
            "Why points are lost: no data, evidence rejected, not reached, zero denominator, "
            "not applicable, late",
            nullable=True,
            values=LOST_REASONS,
        ),
        BAND_CODE,
        OBS_STATUS,
        SCORE_SOURCE,
        EVIDENCE_STATE,
        BASIS,
        *FACT_END,
    ),
    row_checks=(matches_micro("points", "points_micro"),),
)

FACT_MAIN_SCORE: Final = Table(
    name="fact_main_score",
    grain_vi="một chỉ số chính của một đơn vị",
    grain_en="one main index of one unit",
    key=("assessment_id", "unit_id", "main_code"),
    columns=(*FACT_UNIT, GROUP_CODE, MAIN_CODE, CONCEPT, *SUMMED_POINTS, *FACT_END),
    row_checks=(
        matches_micro("points", "points_micro"),
        at_most("max_points_assessed", "max_points"),
    ),
)

FACT_PILLAR_SCORE: Final = Table(
    name="fact_pillar_score",
    grain_vi="một trụ cột của một đơn vị",
    grain_en="one pillar of one unit",
    key=("assessment_id", "unit_id", "pillar_code"),
    columns=(
        *FACT_UNIT,
        GROUP_CODE,
        code("pillar_code", "Mã trụ cột", "Pillar"),
        CONCEPT,
        *SUMMED_POINTS,
        *FACT_END,
    ),
    row_checks=(
        matches_micro("points", "points_micro"),
        at_most("max_points_assessed", "max_points"),
    ),
)

FACT_STAGE_SCORE: Final = Table(
    name="fact_stage_score",
    grain_vi="một đơn vị, một phạm vi, một bước thẩm định",
    grain_en="one unit, scope and stage of the appraisal",
    key=("assessment_id", "unit_id", "scope", "scope_code", "stage"),
    columns=(
        *FACT_UNIT,
        GROUP_CODE,
        code(
            "scope",
            "Phạm vi: tổng thể, trụ cột, chỉ số chính, chỉ số thành phần",
            "Scope: overall, pillar, main, component",
            values=("overall", "pillar", "main", "component"),
        ),
        SCOPE_CODE,
        code(
            "stage",
            "Bước: tự chấm, thẩm định, kết quả cuối, chỉ tính số liệu đã chấp nhận",
            "Stage: self-scored, appraised, final, accepted figures only",
            values=("self_scored", "appraised", "final", "accepted_only"),
        ),
        POINTS_MICRO,
        POINTS,
        MAX_POINTS_EFFECTIVE,
        VALUE,
        rank("rank", "Hạng ở bước này", "Rank at this stage"),
        count("n_ranked", "Số đơn vị được xếp hạng", "Units ranked"),
        share(
            "share_central",
            "Phần điểm dựa trên số liệu trung ương",
            "Share of the points that rests on central figures",
            nullable=True,
        ),
        share(
            "share_accepted",
            "Phần điểm dựa trên báo cáo đã chấp nhận",
            "Share of the points that rests on accepted reports",
            nullable=True,
        ),
        share(
            "share_unchecked",
            "Phần điểm dựa trên báo cáo chưa kiểm tra",
            "Share of the points that rests on unchecked reports",
            nullable=True,
        ),
        *FACT_END,
    ),
    row_checks=(matches_micro("points", "points_micro"), at_most("rank", "n_ranked")),
)
