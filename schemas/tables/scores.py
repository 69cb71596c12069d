"""Tables of points: per component, main index, pillar, and by stage of the appraisal."""

import polars as pl

from schemas.columns import (
    LOST_REASONS,
    BandCode,
    Basis,
    ComponentCode,
    Concept,
    DataBasis,
    EvidenceState,
    GroupCode,
    IsCounted,
    MainCode,
    MaxPoints,
    MaxPointsAssessed,
    MaxPointsEffective,
    NRanked,
    ObsStatus,
    Points,
    PointsAssessed,
    PointsMicro,
    RevisionId,
    ScopeCode,
    ScoreSource,
    UnitFact,
    Value,
    code,
    points_field,
    rank_field,
    share_field,
)
from schemas.contract import (
    at_most,
    matches_micro,
)
from schemas.text import Text


class FactComponentScore(
    UnitFact,
    grain=Text("một chỉ số thành phần của một đơn vị", "one component of one unit"),
    key=["assessment_id", "unit_id", "component_code"],
):
    group_code: GroupCode
    main_code: MainCode
    component_code: ComponentCode
    points_micro: PointsMicro
    points: Points
    max_points: MaxPoints
    max_points_effective: MaxPointsEffective
    points_lost: float = points_field(
        "Điểm mất so với điểm tối đa thực tế", "Points below the effective maximum"
    )
    lost_reason: str = code(
        "Lý do mất điểm: thiếu số liệu, tài liệu bị bác, chưa đạt, mẫu số bằng 0, không phát sinh, trễ hạn",
        "Why points are lost: no data, evidence rejected, not reached, zero denominator, not applicable, late",
        isin=LOST_REASONS,
        nullable=True,
    )
    band_code: BandCode
    obs_status: ObsStatus
    source_kind: ScoreSource
    evidence_state: EvidenceState
    basis: Basis
    data_basis: DataBasis
    revision_id: RevisionId

    points_match_micro = matches_micro("points", "points_micro")


class FactMainScore(
    UnitFact,
    grain=Text("một chỉ số chính của một đơn vị", "one main index of one unit"),
    key=["assessment_id", "unit_id", "main_code"],
):
    group_code: GroupCode
    main_code: MainCode
    concept: Concept
    points_micro: PointsMicro
    points: Points
    points_assessed: PointsAssessed
    max_points_assessed: MaxPointsAssessed
    max_points: MaxPoints
    max_points_effective: MaxPointsEffective
    value: Value
    is_counted: IsCounted
    data_basis: DataBasis
    revision_id: RevisionId

    points_match_micro = matches_micro("points", "points_micro")
    max_points_assessed_not_above = at_most("max_points_assessed", "max_points")


class FactPillarScore(
    UnitFact,
    grain=Text("một trụ cột của một đơn vị", "one pillar of one unit"),
    key=["assessment_id", "unit_id", "pillar_code"],
):
    group_code: GroupCode
    pillar_code: str = code("Mã trụ cột", "Pillar")
    concept: Concept
    points_micro: PointsMicro
    points: Points
    points_assessed: PointsAssessed
    max_points_assessed: MaxPointsAssessed
    max_points: MaxPoints
    max_points_effective: MaxPointsEffective
    value: Value
    is_counted: IsCounted
    data_basis: DataBasis
    revision_id: RevisionId

    points_match_micro = matches_micro("points", "points_micro")
    max_points_assessed_not_above = at_most("max_points_assessed", "max_points")


class FactStageScore(
    UnitFact,
    grain=Text(
        "một đơn vị, một phạm vi, một bước thẩm định", "one unit, scope and stage of the appraisal"
    ),
    key=["assessment_id", "unit_id", "scope", "scope_code", "stage"],
):
    group_code: GroupCode
    scope: str = code(
        "Phạm vi: tổng thể, trụ cột, chỉ số chính, chỉ số thành phần",
        "Scope: overall, pillar, main, component",
        isin=["overall", "pillar", "main", "component"],
    )
    scope_code: ScopeCode
    stage: str = code(
        "Bước: tự chấm, thẩm định, kết quả cuối, chỉ tính số liệu đã chấp nhận",
        "Stage: self-scored, appraised, final, accepted figures only",
        isin=["self_scored", "appraised", "final", "accepted_only"],
    )
    points_micro: PointsMicro
    points: Points
    max_points_effective: MaxPointsEffective
    value: Value
    rank: pl.Int32 = rank_field("Hạng ở bước này", "Rank at this stage")
    n_ranked: NRanked
    share_central: float = share_field(
        "Phần điểm dựa trên số liệu trung ương",
        "Share of the points that rests on central figures",
        nullable=True,
    )
    share_accepted: float = share_field(
        "Phần điểm dựa trên báo cáo đã chấp nhận",
        "Share of the points that rests on accepted reports",
        nullable=True,
    )
    share_unchecked: float = share_field(
        "Phần điểm dựa trên báo cáo chưa kiểm tra",
        "Share of the points that rests on unchecked reports",
        nullable=True,
    )
    data_basis: DataBasis
    revision_id: RevisionId

    points_match_micro = matches_micro("points", "points_micro")
    rank_not_above = at_most("rank", "n_ranked")
