"""Tables of ranks, of group figures, and of what changed between revisions."""

from __future__ import annotations

from typing import Final

import polars as pl

from schemas.checks import RowCheck, at_most, difference
from schemas.columns import (
    ASSESSMENT_ID,
    ASSESSMENT_YEAR,
    BAND_CODE,
    BREAKS,
    CONCEPT,
    CONCEPTS,
    DATA_BASIS,
    FACT_ASSESSMENT,
    FACT_END,
    FACT_UNIT,
    FRAMEWORK_ID,
    GROUP_CODE,
    LEVEL,
    PREV_BASES,
    RANK_BASES,
    REGION_CODE,
    REGION_NAME,
    REVISION_ID,
    SCOPE,
    SCOPE_CODE,
    UNIT_ID,
    UNIT_NAME,
    VALUE_LIMITS,
    code,
    count,
    figure,
    flag,
    max_points,
    points,
    rank,
    rank_move,
    text,
    value,
)
from schemas.table import Column, Table

VALUE = value(
    "value",
    "Giá trị công bố; trống nếu chỉ biết hạng hoặc điểm tối đa bằng 0",
    "Published value; null if only the rank is known or the maximum is zero",
    nullable=True,
)
RANK = rank(
    "rank",
    "Hạng trong nhóm xếp hạng chung; trống nếu không xếp hạng",
    "Rank in the assessment's pool; null if not ranked",
)
N_RANKED = count("n_ranked", "Số đơn vị được xếp hạng", "Units ranked")
RANK_CHANGE = rank_move(
    "rank_change", "Thay đổi hạng, dương là tăng hạng", "Change of rank, positive is up"
)


def _change(name: str, vi: str, en: str) -> Column:
    low, high = VALUE_LIMITS
    return Column(
        name,
        pl.Float64(),
        "ratio",
        vi,
        en,
        nullable=True,
        minimum=low - high,
        maximum=high - low,
    )


VALUE_CHANGE = _change("value_change", "Thay đổi giá trị so với kỳ trước", "Change of the value")


FACT_RANKING: Final = Table(
    name="fact_ranking",
    grain_vi="một đơn vị trong một phạm vi",
    grain_en="one unit in one scope",
    key=("assessment_id", "unit_id", "scope", "scope_code"),
    sort=("assessment_id", "scope", "scope_code", "rank", "unit_id"),
    columns=(
        *FACT_UNIT,
        FRAMEWORK_ID,
        GROUP_CODE,
        REGION_CODE,
        SCOPE,
        SCOPE_CODE,
        CONCEPT,
        VALUE,
        points("points", "Điểm chưa làm tròn", "Unrounded points", nullable=True),
        max_points("max_points", "Điểm tối đa theo bộ chỉ số", "Nominal maximum", nullable=True),
        max_points(
            "max_points_effective",
            "Điểm tối đa thực tế sau khi bỏ phần không đánh giá",
            "Maximum that counts, without what was not assessed",
            nullable=True,
        ),
        RANK,
        N_RANKED,
        flag("is_tied", "Đồng hạng với đơn vị khác", "Shares its rank"),
        code(
            "rank_basis",
            "Hạng do tính toán, do đã công bố, hoặc không có",
            "Rank computed, published, or none",
            values=RANK_BASES,
        ),
        rank("rank_in_group", "Hạng trong nhóm", "Rank in its group"),
        count("n_in_group", "Số đơn vị được xếp hạng trong nhóm", "Units ranked in the group"),
        rank("rank_in_region", "Hạng trong vùng", "Rank in its region"),
        count("n_in_region", "Số đơn vị được xếp hạng trong vùng", "Units ranked in the region"),
        value("value_prev", "Giá trị kỳ trước", "Value in the compared assessment", nullable=True),
        VALUE_CHANGE,
        rank("rank_prev", "Hạng kỳ trước", "Rank in the compared assessment"),
        RANK_CHANGE,
        code(
            "prev_basis",
            "Cơ sở của số kỳ trước: tính toán, đã công bố, trung bình các đơn vị cũ, không có",
            "Basis of the earlier figure: computed, published, mean of predecessors, none",
            values=PREV_BASES,
        ),
        code(
            "prev_break",
            "Điểm gãy so với kỳ trước: không, đổi bộ chỉ số, đổi đơn vị, không so sánh được",
            "Break against it: none, framework changed, units changed, not comparable",
            values=BREAKS,
        ),
        BAND_CODE,
        *FACT_END,
    ),
    row_checks=(
        at_most("rank", "n_ranked"),
        at_most("rank_in_group", "n_in_group"),
        at_most("rank_in_region", "n_in_region"),
        RowCheck(
            name="rank_with_basis",
            column="rank_basis",
            vi="phải là none đúng khi không có hạng",
            en="must be none exactly when there is no rank",
            holds=pl.col("rank").is_null() == (pl.col("rank_basis") == "none"),
        ),
        difference("value_change", later="value", earlier="value_prev"),
        difference("rank_change", later="rank_prev", earlier="rank"),
    ),
)

FACT_GROUP_SUMMARY: Final = Table(
    name="fact_group_summary",
    grain_vi="một nhóm đơn vị trong một phạm vi",
    grain_en="one group of units in one scope",
    key=("assessment_id", "group_kind", "group_code", "scope", "scope_code", "measure"),
    columns=(
        *FACT_ASSESSMENT,
        code(
            "group_kind",
            "Loại nhóm: toàn bộ, vùng, nhóm xếp hạng",
            "Kind of group: the whole pool, a region, a ranking group",
            values=("pool", "region", "group"),
        ),
        code(
            "group_code", "Mã nhóm hoặc vùng; all cho toàn bộ", "Group or region; all for the pool"
        ),
        SCOPE,
        SCOPE_CODE,
        CONCEPT,
        code(
            "measure",
            "Đại lượng được thống kê: giá trị hay điểm",
            "What is summarised: value or points",
            values=("value", "points"),
        ),
        count("n", "Số đơn vị có số liệu", "Units with a figure"),
        figure("mean", "Trung bình", "Mean", unit="as measure"),
        figure("median", "Trung vị", "Median", unit="as measure"),
        figure("min", "Nhỏ nhất", "Smallest", unit="as measure"),
        figure("max", "Lớn nhất", "Largest", unit="as measure"),
        count(
            "n_at_or_above_mean",
            "Số đơn vị bằng hoặc trên trung bình; trống nếu chỉ biết một phần đơn vị",
            "Units at or above the mean; null where only some units are known",
            nullable=True,
        ),
        figure(
            "mean_prev", "Trung bình kỳ trước", "Mean in the compared assessment", unit="as measure"
        ),
        figure(
            "growth", "Tăng so với trung bình kỳ trước", "Mean minus mean before", unit="as measure"
        ),
        figure("growth_pct", "Tăng theo phần trăm", "Growth in percent", unit="percent"),
        code(
            "prev_break",
            "Điểm gãy so với kỳ trước: không, đổi bộ chỉ số, đổi đơn vị, không so sánh được",
            "Break against it: none, framework changed, units changed, not comparable",
            values=BREAKS,
        ),
        *FACT_END,
    ),
    row_checks=(
        at_most("min", "max"),
        at_most("n_at_or_above_mean", "n"),
        difference("growth", later="mean", earlier="mean_prev"),
    ),
)

RANK_CAUSES: Final = ("rules", "framework", "units", "others", "own")
"""Causes of a rank move, in the fixed order in which they are applied."""

FACT_CHANGE: Final = Table(
    name="fact_change",
    grain_vi="một đơn vị, một phạm vi, giữa hai lần tính",
    grain_en="one unit and scope between two revisions",
    key=("assessment_id", "revision_from", "revision_id", "unit_id", "scope", "scope_code"),
    columns=(
        *FACT_UNIT,
        code("revision_from", "Lần tính trước", "Earlier revision"),
        SCOPE,
        SCOPE_CODE,
        CONCEPT,
        value("value_from", "Giá trị trước", "Value before", nullable=True),
        value("value_to", "Giá trị sau", "Value after", nullable=True),
        VALUE_CHANGE,
        points("points_from", "Điểm trước", "Points before", nullable=True),
        points("points_to", "Điểm sau", "Points after", nullable=True),
        rank("rank_from", "Hạng trước", "Rank before"),
        rank("rank_to", "Hạng sau", "Rank after"),
        RANK_CHANGE,
        rank_move("rank_change_rules", "Do phiên bản quy tắc", "By the version of the rules"),
        rank_move("rank_change_framework", "Do bộ chỉ số", "By the framework"),
        rank_move("rank_change_units", "Do tập đơn vị", "By the set of units"),
        rank_move("rank_change_others", "Do số liệu của đơn vị khác", "By other units' figures"),
        rank_move("rank_change_own", "Do số liệu của chính đơn vị", "By the unit's own figures"),
        text(
            "reason_vi",
            "Giải thích trong một dòng",
            "Explanation in one line, Vietnamese",
            nullable=True,
        ),
        text(
            "reason_en",
            "Giải thích, bằng tiếng Anh",
            "Explanation in one line, English",
            nullable=True,
        ),
        *FACT_END,
    ),
    row_checks=(
        difference("value_change", later="value_to", earlier="value_from"),
        difference("rank_change", later="rank_from", earlier="rank_to"),
        RowCheck(
            name="causes_add_up",
            column="rank_change",
            vi="phải bằng tổng các phần theo nguyên nhân",
            en="must equal the sum of its parts by cause",
            holds=pl.col("rank_change")
            == pl.sum_horizontal(
                [pl.col(f"rank_change_{cause}") for cause in RANK_CAUSES], ignore_nulls=False
            ),
        ),
    ),
)

_CONCEPT_NAMES: Final = {
    "awareness": ("nhận thức số", "digital awareness"),
    "institutions": ("thể chế số", "digital institutions"),
    "infrastructure": ("hạ tầng số", "digital infrastructure"),
    "human_resources": ("nhân lực số", "digital human resources"),
    "cyber_security": ("an toàn thông tin mạng", "cyber information security"),
    "smart_city": ("đô thị thông minh", "smart city"),
    "government": ("hoạt động chính quyền số", "digital government"),
    "economy": ("hoạt động kinh tế số", "digital economy"),
    "society": ("hoạt động xã hội số", "digital society"),
    "foundation_other": ("phần nền tảng còn lại", "rest of the foundation"),
}
_PILLAR_NAMES: Final = {
    "gov": ("trụ cột chính quyền số", "pillar of digital government"),
    "eco": ("trụ cột kinh tế số", "pillar of digital economy"),
    "soc": ("trụ cột xã hội số", "pillar of digital society"),
}


def _side_by_side(key: str, vi: str, en: str) -> tuple[Column, Column]:
    return (
        value(f"value_{key}", f"Giá trị {vi}", f"Value of {en}", nullable=True),
        rank(f"rank_{key}", f"Hạng {vi}", f"Rank in {en}"),
    )


RANKING_WIDE: Final = Table(
    name="ranking_wide",
    grain_vi="một đơn vị trong một kỳ đánh giá",
    grain_en="one unit in one assessment",
    key=("assessment_id", "unit_id"),
    sort=("assessment_id", "rank", "unit_id"),
    columns=(
        ASSESSMENT_ID,
        ASSESSMENT_YEAR,
        LEVEL,
        UNIT_ID,
        UNIT_NAME,
        REGION_CODE,
        REGION_NAME,
        GROUP_CODE,
        FRAMEWORK_ID,
        VALUE,
        points("points", "Điểm chưa làm tròn", "Unrounded points", nullable=True),
        RANK,
        N_RANKED,
        VALUE_CHANGE,
        RANK_CHANGE,
        *(
            column
            for key, (vi, en) in _PILLAR_NAMES.items()
            for column in _side_by_side(key, vi, en)
        ),
        *(
            column
            for concept in CONCEPTS
            for column in _side_by_side(concept, *_CONCEPT_NAMES[concept])
        ),
        DATA_BASIS,
        REVISION_ID,
    ),
    row_checks=(at_most("rank", "n_ranked"),),
)
