"""Tables of points: per component, main index, pillar, and by stage of the appraisal."""

import polars as pl

from schemas import codes
from schemas import columns as col
from schemas.columns import UnitFact
from schemas.contract import at_most, difference, matches_micro
from schemas.text import Text


class FactComponentScore(
    UnitFact,
    grain=Text("một chỉ số thành phần của một đơn vị", "one component of one unit"),
    key=["assessment_id", "unit_id", "component_code"],
):
    framework_id: col.FrameworkId
    group_code: col.GroupCode
    region_code: col.RegionCode
    main_code: col.MainCode
    component_code: col.ComponentCode
    points_micro: col.PointsMicro
    points: col.Points
    max_points: col.MaxPoints
    max_points_effective: col.MaxPointsEffective
    points_lost: float = col.points(
        "Điểm bị mất so với điểm tối đa thực tế", "Points below the effective maximum"
    )
    lost_reason: str = col.code(
        "Lý do mất điểm: chưa có số liệu, chưa có nguồn cung cấp số liệu, thiếu hoặc không được công nhận tài liệu kiểm chứng, chưa đạt mức tối đa, mẫu số bằng 0, không phát sinh không được miễn, quá hạn",
        "Why points are lost: no data, no way to supply the figure, evidence missing, evidence rejected, not reached, zero denominator, not applicable, late",
        isin=codes.LOST_REASONS,
        nullable=True,
    )
    cause_kind: col.CauseKind
    cause: col.Cause
    cause_note: col.CauseNote
    is_counted: col.IsCounted
    value: col.Value
    rank: col.Rank
    n_ranked: col.NRanked
    rank_in_group: col.RankInGroup
    n_in_group: col.NInGroup
    rank_in_region: col.RankInRegion
    n_in_region: col.NInRegion
    points_prev: float = col.points(
        "Điểm kỳ trước", "Points in the compared assessment", nullable=True
    )
    points_change: float = col.points(
        "Điểm tăng so với kỳ trước", "Points gained since the compared assessment", nullable=True
    )
    rank_prev: col.RankPrev
    rank_change: col.RankChange
    prev_break: col.PrevBreak
    band_code: col.BandCode
    obs_status: col.ObsStatus
    source_kind: col.ScoreSource
    evidence_state: col.EvidenceState
    basis: col.Basis
    data_basis: col.DataBasis
    revision_id: col.RevisionId

    points_match_micro = matches_micro("points", "points_micro")
    rank_not_above = at_most("rank", "n_ranked")
    rank_in_group_not_above = at_most("rank_in_group", "n_in_group")
    rank_in_region_not_above = at_most("rank_in_region", "n_in_region")
    points_change_adds_up = difference("points_change", later="points", earlier="points_prev")
    rank_change_adds_up = difference("rank_change", later="rank_prev", earlier="rank")


class _OfMain(UnitFact):
    group_code: col.GroupCode
    main_code: col.MainCode


class _OfPillar(UnitFact):
    group_code: col.GroupCode
    pillar_code: str = col.code("Mã trụ cột", "Pillar")


class _Sums(UnitFact):
    """What both tables say of a main and of a pillar."""

    concept: col.Concept
    points_micro: col.PointsMicro
    points: col.Points
    points_assessed: float = col.points(
        "Điểm đạt được trước khi quy đổi phần không phát sinh",
        "Points before the part not applicable is made up for",
    )
    max_points_assessed: float = col.maximum(
        "Điểm tối đa của phần được đánh giá, trước khi quy đổi",
        "Maximum of what was assessed, before it is made up for",
    )
    max_points: col.MaxPoints
    max_points_effective: col.MaxPointsEffective
    value: col.Value
    is_counted: col.IsCounted
    data_basis: col.DataBasis
    revision_id: col.RevisionId

    points_match_micro = matches_micro("points", "points_micro")
    max_points_assessed_not_above = at_most("max_points_assessed", "max_points")


class FactMainScore(
    _Sums,
    _OfMain,
    grain=Text("một chỉ số chính của một đơn vị", "one main index of one unit"),
    key=["assessment_id", "unit_id", "main_code"],
):
    pass


class FactPillarScore(
    _Sums,
    _OfPillar,
    grain=Text("một trụ cột của một đơn vị", "one pillar of one unit"),
    key=["assessment_id", "unit_id", "pillar_code"],
):
    pass


class FactStageScore(
    UnitFact,
    grain=Text(
        "một đơn vị, một phạm vi, một bước thẩm định", "one unit, scope and stage of the appraisal"
    ),
    key=["assessment_id", "unit_id", "scope", "scope_code", "stage"],
):
    group_code: col.GroupCode
    scope: str = col.code(
        "Phạm vi: giá trị DTI, trụ cột, nhóm chỉ số, chỉ số chính, chỉ số thành phần",
        "Scope: overall, pillar, group of mains, main, component",
        isin=[*codes.SCOPES, "component"],
    )
    scope_code: col.ScopeCode
    stage: str = col.code(
        "Bước: tự chấm điểm, sau rà soát, sau giải trình, thẩm định, kết quả cuối cùng, "
        "chỉ tính số liệu được công nhận",
        "Stage: self-scored, after the review, after explanations, appraised, final, "
        "accepted figures only",
        isin=["self_scored", "reviewed", "explained", "appraised", "final", "accepted_only"],
    )
    points_micro: col.PointsMicro
    points: col.Points
    move: str = col.code(
        "So với điểm tự chấm: tăng, không đổi, giảm, giảm về 0",
        "Against the self-scored points: raised, unchanged, lowered, lowered to zero",
        isin=["raised", "unchanged", "lowered", "to_zero"],
        nullable=True,
    )
    max_points_effective: col.MaxPointsEffective
    value: col.Value
    rank: pl.Int32 = col.rank("Thứ hạng ở bước này", "Rank at this stage")
    n_ranked: col.NRanked
    share_central: float = col.share(
        "Phần điểm theo số liệu cơ quan quản lý",
        "Share of the points that comes from agency figures",
        nullable=True,
    )
    share_accepted: float = col.share(
        "Phần điểm theo báo cáo được công nhận",
        "Share of the points that comes from accepted reports",
        nullable=True,
    )
    share_unchecked: float = col.share(
        "Phần điểm theo báo cáo chưa thẩm định",
        "Share of the points that comes from unreviewed reports",
        nullable=True,
    )
    data_basis: col.DataBasis
    revision_id: col.RevisionId

    points_match_micro = matches_micro("points", "points_micro")
    rank_not_above = at_most("rank", "n_ranked")
