"""Tables that describe units, indicators, assessments and revisions."""

from datetime import date
from typing import Annotated, get_args

import polars as pl

from schemas import codes
from schemas import columns as col
from schemas.columns import AssessmentFact, UnitIdentity
from schemas.contract import Table, in_order, matches_micro, row_check
from schemas.files.framework import FigureKind
from schemas.text import Text

ValidFrom = Annotated[
    date, col.day("Ngày bắt đầu có hiệu lực", "First day in force", nullable=True)
]
ValidTo = Annotated[date, col.day("Ngày cuối cùng có hiệu lực", "Last day in force", nullable=True)]


class DimUnit(
    UnitIdentity,
    grain=Text("một đơn vị", "one unit"),
    key=["unit_id"],
    order=["unit_set", "unit_id"],
):
    group_code: col.GroupCode
    region_code: col.RegionCode
    region_name: col.RegionName
    region_name_en: col.RegionNameEn
    parent_unit_id: col.ParentUnitId
    valid_from: date = col.day("Ngày bắt đầu tồn tại", "First day of existence", nullable=True)
    valid_to: col.ValidTo
    tile_row: pl.Int32 = col.tile("Hàng trên bản đồ ô", "Row on the tile map", nullable=True)
    tile_col: pl.Int32 = col.tile("Cột trên bản đồ ô", "Column on the tile map", nullable=True)

    dates_in_order = in_order("valid_from", "valid_to")

    @row_check("name_vi", "phải ở dạng Unicode dựng sẵn (NFC)", "must be composed Unicode (NFC)")
    def composed_text(cls) -> pl.Expr:
        return pl.col("name_vi") == pl.col("name_vi").str.normalize("NFC")

    @row_check("name_ascii", "chỉ gồm ký tự ASCII", "must be ASCII only")
    def ascii_text(cls) -> pl.Expr:
        return pl.col("name_ascii").str.len_bytes() == pl.col("name_ascii").str.len_chars()


class BridgeUnitSuccession(
    Table,
    grain=Text(
        "một đơn vị cũ và đơn vị mới kế thừa", "one old unit and the new unit that succeeds it"
    ),
    key=["old_unit_id", "new_unit_id"],
):
    old_unit_id: col.OldUnitId
    new_unit_id: col.NewUnitId
    effective_date: col.EffectiveDate


class DimTile(
    Table,
    grain=Text("một ô quần đảo trên bản đồ ô", "one archipelago box on the tile map"),
    key=["unit_set", "tile_row", "tile_col"],
):
    unit_set: col.UnitSet
    tile_row: pl.Int32 = col.tile("Hàng trên bản đồ ô", "Row on the tile map")
    tile_col: pl.Int32 = col.tile("Cột trên bản đồ ô", "Column on the tile map")
    label_vi: col.LabelVi
    label_en: col.LabelEn


class DimIndicator(
    Table,
    grain=Text("một chỉ số của một bộ chỉ số", "one indicator of one framework"),
    key=["framework_id", "indicator_level", "indicator_code"],
    order=["framework_id", "sort_order"],
):
    framework_id: col.FrameworkId
    indicator_level: str = col.code(
        "Bậc: tổng thể, trụ cột, nhóm chỉ số, chỉ số chính, chỉ số thành phần",
        "Step: overall, pillar, group of mains, main, component",
        isin=[*codes.SCOPES, "component"],
    )
    indicator_code: str = col.code(
        "Mã chỉ số; chỉ duy nhất trong một bộ", "Code, unique in its framework"
    )
    printed_code: str = col.code(
        "Mã in trong văn bản, để hiển thị", "Code as the decision prints it, to be shown"
    )
    heading_code: str = col.code(
        "Mã đề mục chứa chỉ số thành phần", "Heading that a component stands under", nullable=True
    )
    heading_vi: str = col.text("Tên đề mục", "Heading, in Vietnamese", nullable=True)
    heading_en: str = col.text("Tên đề mục, tiếng Anh", "Heading, in English", nullable=True)
    heading_max_points: float = col.maximum(
        "Điểm tối đa của đề mục", "Maximum points of the heading", nullable=True
    )
    concept: str = col.code(
        "Khái niệm giữ nguyên qua các bộ chỉ số", "Stable key across frameworks", nullable=True
    )
    parent_code: str = col.code("Mã chỉ số cấp trên", "Code of the indicator above", nullable=True)
    main_code: str = col.code(
        "Chỉ số chính chứa chỉ số thành phần", "Main index of a component", nullable=True
    )
    name_vi: str = col.text("Tên bằng tiếng Việt", "Name in Vietnamese")
    name_en: str = col.text("Tên bằng tiếng Anh", "Name in English")
    max_points: float = col.maximum("Điểm tối đa", "Maximum points")
    max_points_micro: pl.Int64 = col.micro(
        "Điểm tối đa, phần triệu điểm", "Maximum, millionths of a point"
    )
    counted: col.IsCounted
    basis: str = col.code(
        "Căn cứ của tên và điểm: theo văn bản, theo báo cáo công khai, minh họa (lấy mức yếu hơn)",
        "Basis of name and points, the weaker: official, inferred, illustrative",
        isin=codes.BASES,
    )
    source_kind: str = col.code("Loại nguồn số liệu", "Kind of source", nullable=True)
    source_table: str = col.text("Bảng số liệu của cơ quan quản lý", "Agency table", nullable=True)
    evidence: str = col.code(
        "Yêu cầu tài liệu kiểm chứng",
        "Evidence needed or not",
        isin=["required", "none"],
        nullable=True,
    )
    rule_kind: str = col.code("Kiểu quy tắc tính điểm", "Kind of scoring rule", nullable=True)
    rule_text_vi: str = col.text(
        "Quy tắc tính điểm bằng tiếng Việt", "Rule in Vietnamese", nullable=True
    )
    rule_text_en: str = col.text(
        "Quy tắc tính điểm bằng tiếng Anh", "Rule in English", nullable=True
    )
    na_treatment: str = col.code(
        "Cách xử lý khi không phát sinh", "Treatment when not applicable", nullable=True
    )
    na_scope: str = col.code(
        "Phạm vi quy đổi khi không phát sinh: chỉ số chính hay toàn bộ",
        "Where a missing maximum is made up: the main or the total",
        nullable=True,
    )
    lead_role: str = col.text("Đơn vị chủ trì", "Lead unit, in Vietnamese", nullable=True)
    lead_role_en: str = col.text(
        "Đơn vị chủ trì, bằng tiếng Anh", "Lead unit, in English", nullable=True
    )
    valid_from: ValidFrom
    valid_to: ValidTo
    legal_basis_vi: str = col.text("Căn cứ pháp lý", "Legal basis, in Vietnamese", nullable=True)
    legal_basis_en: str = col.text(
        "Căn cứ pháp lý, bằng tiếng Anh", "Legal basis, in English", nullable=True
    )
    legal_basis_to: date = col.day(
        "Ngày cuối cùng mà mọi căn cứ pháp lý còn hiệu lực; trống nếu chưa biết",
        "Last day on which all of its legal basis is in force; null if not known to end",
        nullable=True,
    )
    sort_order: pl.Int32 = col.field(
        "order", "Thứ tự trong bộ chỉ số", "Place in the framework", ge=0
    )

    points_match_micro = matches_micro("max_points", "max_points_micro")


class DimFramework(Table, grain=Text("một bộ chỉ số", "one framework"), key=["framework_id"]):
    framework_id: col.FrameworkId
    level: col.Level
    title_vi: str = col.text("Tên bộ chỉ số", "Title in Vietnamese")
    title_en: str = col.text("Tên bộ chỉ số bằng tiếng Anh", "Title in English")
    decision: str = col.text("Văn bản ban hành", "Decision that issued it", nullable=True)
    valid_from: ValidFrom
    valid_to: ValidTo
    source: str = col.text("Nguồn của nội dung", "Where its content comes from", nullable=True)
    note_vi: str = col.text("Ghi chú", "Note in Vietnamese", nullable=True)
    note_en: str = col.text("Ghi chú bằng tiếng Anh", "Note in English", nullable=True)


class DimVariable(
    Table,
    grain=Text(
        "một số liệu của một chỉ số thành phần, hoặc của thông tin chung (mã TTC)",
        "one figure that a component needs, or of general information (code TTC)",
    ),
    key=["framework_id", "component_code", "variable"],
):
    framework_id: col.FrameworkId
    component_code: col.ComponentCode
    variable: col.Variable
    name_vi: str = col.text("Tên số liệu", "Name in Vietnamese")
    name_en: str = col.text("Tên số liệu bằng tiếng Anh", "Name in English")
    unit_of_measure: str = col.text("Đơn vị tính", "Unit of measure", nullable=True)
    kind: str = col.code(
        "Loại số liệu", "Kind of figure", isin=[*get_args(FigureKind), "yes_no", "choice"]
    )


class DimOption(
    Table,
    grain=Text("một phương án trả lời của một số liệu", "one answer that a figure may have"),
    key=["framework_id", "component_code", "variable", "option"],
):
    framework_id: col.FrameworkId
    component_code: col.ComponentCode
    variable: col.Variable
    option: str = col.code("Mã phương án", "Code of the answer")
    label_vi: col.LabelVi
    label_en: col.LabelEn


class DimAssessment(
    AssessmentFact,
    grain=Text("một kỳ đánh giá", "one assessment"),
    key=["assessment_id"],
    order=["level", "assessment_year", "assessment_id"],
):
    title_vi: str = col.text("Tên kỳ đánh giá bằng tiếng Việt", "Title in Vietnamese")
    title_en: str = col.text("Tên kỳ đánh giá bằng tiếng Anh", "Title in English")
    framework_id: col.FrameworkId
    unit_set: col.UnitSet
    compared_with: str = col.code("Kỳ được so sánh", "Assessment compared with", nullable=True)
    comparability: str = col.code(
        "Không so sánh trực tiếp với kỳ được so sánh: không có, khác bộ chỉ số, khác đơn vị, không so sánh được",
        "Break against the compared assessment: none, framework changed, units changed, not comparable",
        isin=codes.BREAKS,
    )
    break_vi: str = col.text(
        "Vì sao không so sánh trực tiếp", "Explanation of the break in Vietnamese", nullable=True
    )
    break_en: str = col.text(
        "Vì sao không so sánh trực tiếp, tiếng Anh",
        "Explanation of the break in English",
        nullable=True,
    )
    period_start: date = col.day("Ngày đầu của số liệu", "First day of the data period")
    period_end: date = col.day("Ngày cuối của số liệu", "Last day of the data period")
    deadline: date = col.day("Hạn nộp báo cáo", "Deadline for reports", nullable=True)
    publication_value_decimals: pl.Int32 = col.field(
        "digits", "Số chữ số thập phân của giá trị", "Decimals of values", ge=0
    )
    publication_points_decimals: pl.Int32 = col.field(
        "digits", "Số chữ số thập phân của điểm", "Decimals of points", ge=0
    )
    n_units: pl.Int32 = col.count("Số đơn vị trong kỳ", "Units in the assessment")
    n_ranked: col.NRanked
    is_complete: bool = col.flag("Có đủ mọi đơn vị", "Covers all units")
    is_derived: bool = col.flag(
        "Tính từ các tỉnh trước sắp xếp", "Computed from the provinces before the merger"
    )
    data_basis: col.DataBasis

    dates_in_order = in_order("period_start", "period_end")


class DimRevision(
    Table,
    grain=Text("một lần tính của một kỳ đánh giá", "one computation of one assessment"),
    key=["revision_id"],
    order=["assessment_id", "revision_no"],
):
    assessment_id: col.AssessmentId
    revision_id: col.RevisionId
    revision_no: pl.Int32 = col.number("Số thứ tự lần tính", "Running number")
    status: str = col.code(
        "Trạng thái: dự thảo, đã phê duyệt, hiện hành, đã thay thế, đã thu hồi",
        "Status: draft, approved, published, superseded, withdrawn",
        isin=codes.STATUSES,
    )
    reason: str = col.text("Lý do tính lại", "Reason")
    input_hash: str = col.digest("Mã kiểm tra của toàn bộ đầu vào (SHA-256)", "Hash of all inputs")
    rules_version: str = col.code("Phiên bản quy tắc tính", "Version of the rules")
    framework_hash: str = col.digest(
        "Mã kiểm tra của bộ chỉ số (SHA-256)", "Hash of the framework file"
    )
    supersedes: str = col.code("Lần tính bị thay thế", "Revision it supersedes", nullable=True)
