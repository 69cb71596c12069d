"""Tables that describe units, indicators, assessments and revisions."""

from __future__ import annotations

from typing import Final

import polars as pl

from schemas.checks import RowCheck, in_order, matches_micro
from schemas.columns import (
    ASSESSMENT_ID,
    ASSESSMENT_YEAR,
    BASES,
    BREAKS,
    DATA_BASIS,
    FRAMEWORK_ID,
    GROUP_CODE,
    LEVEL,
    REGION_CODE,
    REGION_NAME,
    REVISION_ID,
    STATUSES,
    UNIT_ID,
    code,
    count,
    day,
    digest,
    flag,
    max_points,
    micro,
    text,
)
from schemas.table import Table

UNIT_SET = code("unit_set", "Mã tập đơn vị", "Set of units")

DIM_UNIT: Final = Table(
    name="dim_unit",
    grain_vi="một đơn vị",
    grain_en="one unit",
    key=("unit_id",),
    sort=("unit_set", "unit_id"),
    columns=(
        UNIT_ID,
        UNIT_SET,
        LEVEL,
        code(
            "official_code",
            "Mã hành chính chính thức; đổi nghĩa theo thời gian, không dùng để nối năm",
            "Official administrative code; changes its meaning, never join years on it",
            nullable=True,
        ),
        text("name_vi", "Tên đơn vị bằng tiếng Việt", "Name in Vietnamese"),
        text("name_en", "Tên đơn vị bằng tiếng Anh", "Name in English"),
        text("name_ascii", "Tên không dấu, để tìm kiếm", "Name without diacritics, for searching"),
        text("unit_type", "Loại đơn vị", "Kind of unit, in Vietnamese"),
        GROUP_CODE,
        REGION_CODE,
        REGION_NAME,
        text(
            "region_name_en",
            "Tên vùng bằng tiếng Anh",
            "Name of the region in English",
            nullable=True,
        ),
        code("parent_unit_id", "Đơn vị cấp trên", "Unit above", nullable=True),
        day("valid_from", "Ngày bắt đầu tồn tại", "First day of existence", nullable=True),
        day(
            "valid_to",
            "Ngày cuối cùng tồn tại; trống nếu còn",
            "Last day; null if it exists",
            nullable=True,
        ),
        count("tile_row", "Hàng trên bản đồ ô", "Row on the tile map", nullable=True, unit="tile"),
        count(
            "tile_col", "Cột trên bản đồ ô", "Column on the tile map", nullable=True, unit="tile"
        ),
    ),
    row_checks=(
        RowCheck(
            name="composed_text",
            column="name_vi",
            vi="phải ở dạng Unicode dựng sẵn (NFC)",
            en="must be composed Unicode (NFC)",
            holds=pl.col("name_vi") == pl.col("name_vi").str.normalize("NFC"),
        ),
        RowCheck(
            name="ascii_text",
            column="name_ascii",
            vi="chỉ gồm ký tự ASCII",
            en="must be ASCII only",
            holds=pl.col("name_ascii").str.len_bytes() == pl.col("name_ascii").str.len_chars(),
        ),
        in_order("valid_from", "valid_to"),
    ),
)

BRIDGE_UNIT_SUCCESSION: Final = Table(
    name="bridge_unit_succession",
    grain_vi="một đơn vị cũ và đơn vị mới kế thừa",
    grain_en="one old unit and the new unit that succeeds it",
    key=("old_unit_id", "new_unit_id"),
    columns=(
        code("old_unit_id", "Đơn vị trước khi sắp xếp", "Unit before the change"),
        code("new_unit_id", "Đơn vị sau khi sắp xếp", "Unit after the change"),
        day("effective_date", "Ngày có hiệu lực", "Day of effect"),
    ),
)

DIM_TILE: Final = Table(
    name="dim_tile",
    grain_vi="một ô quần đảo trên bản đồ ô",
    grain_en="one archipelago box on the tile map",
    key=("unit_set", "tile_row", "tile_col"),
    columns=(
        UNIT_SET,
        count("tile_row", "Hàng trên bản đồ ô", "Row on the tile map", unit="tile"),
        count("tile_col", "Cột trên bản đồ ô", "Column on the tile map", unit="tile"),
        text("label_vi", "Nhãn tiếng Việt", "Label in Vietnamese"),
        text("label_en", "Nhãn tiếng Anh", "Label in English"),
    ),
)

DIM_INDICATOR: Final = Table(
    name="dim_indicator",
    grain_vi="một chỉ số của một bộ chỉ số",
    grain_en="one indicator of one framework",
    key=("framework_id", "indicator_level", "indicator_code"),
    sort=("framework_id", "sort_order"),
    columns=(
        FRAMEWORK_ID,
        code(
            "indicator_level",
            "Bậc: tổng thể, trụ cột, chỉ số chính, chỉ số thành phần",
            "Step: overall, pillar, main, component",
            values=("overall", "pillar", "main", "component"),
        ),
        code(
            "indicator_code",
            "Mã chỉ số; chỉ duy nhất trong một bộ",
            "Code, unique in its framework",
        ),
        code(
            "concept",
            "Khái niệm giữ nguyên qua các bộ chỉ số",
            "Stable key across frameworks",
            nullable=True,
        ),
        code("parent_code", "Mã chỉ số cấp trên", "Code of the indicator above", nullable=True),
        code(
            "main_code",
            "Chỉ số chính chứa chỉ số thành phần",
            "Main index of a component",
            nullable=True,
        ),
        text("name_vi", "Tên bằng tiếng Việt", "Name in Vietnamese"),
        text("name_en", "Tên bằng tiếng Anh", "Name in English"),
        max_points("max_points", "Điểm tối đa", "Maximum points"),
        micro("max_points_micro", "Điểm tối đa, phần triệu điểm", "Maximum, millionths of a point"),
        flag("counted", "Có tính vào tổng điểm", "Counts in the total"),
        code(
            "basis",
            "Cơ sở của tên và điểm: chính thức, suy ra, minh họa (lấy mức yếu hơn)",
            "Basis of name and points, the weaker: official, inferred, illustrative",
            values=BASES,
        ),
        code("source_kind", "Loại nguồn số liệu", "Kind of source", nullable=True),
        text("source_table", "Bảng số liệu trung ương", "Central table", nullable=True),
        code(
            "evidence",
            "Yêu cầu tài liệu kiểm chứng",
            "Evidence needed or not",
            nullable=True,
            values=("required", "none"),
        ),
        code("rule_kind", "Kiểu quy tắc tính điểm", "Kind of scoring rule", nullable=True),
        text(
            "rule_text_vi", "Quy tắc tính điểm bằng tiếng Việt", "Rule in Vietnamese", nullable=True
        ),
        text("rule_text_en", "Quy tắc tính điểm bằng tiếng Anh", "Rule in English", nullable=True),
        code(
            "na_treatment",
            "Cách xử lý khi không phát sinh",
            "Treatment when not applicable",
            nullable=True,
        ),
        code(
            "na_scope",
            "Phạm vi quy đổi khi không phát sinh: chỉ số chính hay toàn bộ",
            "Where a missing maximum is made up: the main or the total",
            nullable=True,
        ),
        text("lead_role", "Đơn vị chủ trì", "Lead unit, in Vietnamese", nullable=True),
        text(
            "lead_role_en", "Đơn vị chủ trì, bằng tiếng Anh", "Lead unit, in English", nullable=True
        ),
        count("sort_order", "Thứ tự trong bộ chỉ số", "Place in the framework", unit="order"),
    ),
    row_checks=(matches_micro("max_points", "max_points_micro"),),
)

DIM_ASSESSMENT: Final = Table(
    name="dim_assessment",
    grain_vi="một kỳ đánh giá",
    grain_en="one assessment",
    key=("assessment_id",),
    sort=("level", "assessment_year", "assessment_id"),
    columns=(
        ASSESSMENT_ID,
        ASSESSMENT_YEAR,
        LEVEL,
        text("title_vi", "Tên kỳ đánh giá bằng tiếng Việt", "Title in Vietnamese"),
        text("title_en", "Tên kỳ đánh giá bằng tiếng Anh", "Title in English"),
        FRAMEWORK_ID,
        UNIT_SET,
        code("compared_with", "Kỳ được so sánh", "Assessment compared with", nullable=True),
        code(
            "comparability",
            "Điểm gãy so với kỳ được so sánh: không, đổi bộ chỉ số, đổi đơn vị, không so sánh được",
            "Break against the compared assessment: none, framework changed, units changed, "
            "not comparable",
            values=BREAKS,
        ),
        text(
            "break_vi",
            "Giải thích điểm gãy",
            "Explanation of the break in Vietnamese",
            nullable=True,
        ),
        text(
            "break_en",
            "Giải thích điểm gãy, tiếng Anh",
            "Explanation of the break in English",
            nullable=True,
        ),
        day("period_start", "Ngày đầu của kỳ số liệu", "First day of the data period"),
        day("period_end", "Ngày cuối của kỳ số liệu", "Last day of the data period"),
        day("deadline", "Hạn nộp báo cáo", "Deadline for reports", nullable=True),
        count(
            "publication_value_decimals",
            "Số chữ số thập phân của giá trị",
            "Decimals of values",
            unit="digits",
        ),
        count(
            "publication_points_decimals",
            "Số chữ số thập phân của điểm",
            "Decimals of points",
            unit="digits",
        ),
        count("n_units", "Số đơn vị trong kỳ", "Units in the assessment"),
        count("n_ranked", "Số đơn vị được xếp hạng", "Units ranked"),
        flag("is_complete", "Có đủ mọi đơn vị", "Covers all units"),
        flag("is_derived", "Được suy từ kỳ khác", "Derived from other assessments"),
        DATA_BASIS,
    ),
    row_checks=(in_order("period_start", "period_end"),),
)

DIM_REVISION: Final = Table(
    name="dim_revision",
    grain_vi="một lần tính của một kỳ đánh giá",
    grain_en="one computation of one assessment",
    key=("revision_id",),
    sort=("assessment_id", "revision_no"),
    columns=(
        ASSESSMENT_ID,
        REVISION_ID,
        count("revision_no", "Số thứ tự lần tính", "Running number", minimum=1, unit="order"),
        code(
            "status",
            "Trạng thái: dự thảo, đã duyệt, đã công bố, đã thay thế, đã thu hồi",
            "Status: draft, approved, published, superseded, withdrawn",
            values=STATUSES,
        ),
        text("reason", "Lý do tính lại", "Reason"),
        digest("input_hash", "Mã băm toàn bộ đầu vào", "Hash of all inputs"),
        code("rules_version", "Phiên bản quy tắc tính", "Version of the rules"),
        digest("framework_hash", "Mã băm bộ chỉ số", "Hash of the framework file"),
        code("supersedes", "Lần tính bị thay thế", "Revision it supersedes", nullable=True),
    ),
)
