"""Tables of figures as delivered, and of two sources that speak of the same thing."""

import polars as pl

from schemas import columns as col
from schemas.columns import UnitFact
from schemas.contract import row_check
from schemas.text import Text


class FactObservation(
    UnitFact,
    grain=Text(
        "một số liệu của một đơn vị trong một lần nộp", "one figure of one unit in one delivery"
    ),
    key=["assessment_id", "unit_id", "component_code", "variable", "source_kind", "delivery_no"],
):
    main_code: str = col.code("Mã chỉ số chính", "Main index", nullable=True)
    component_code: col.ComponentCode
    variable: col.Variable
    value: float = col.figure(
        "Giá trị đọc được; trống nếu không có", "Figure read; null if there is none", nullable=True
    )
    value_micro: col.ValueMicro
    option: col.Option
    unit_of_measure: col.UnitOfMeasure
    obs_status: col.ObsStatus
    evidence_state: col.EvidenceState
    evidence_text: col.EvidenceText
    na_reason: col.NaReason
    accepted: col.Accepted
    remark: str = col.text("Vì sao được dùng hoặc không", "Why it was used or not", nullable=True)
    source_kind: col.SourceKind
    delivery_no: col.DeliveryNo
    source_file: col.SourceFile
    source_sheet: col.SourceSheet
    source_cell: col.SourceCell
    source_sha256: col.SourceSha256
    raw_text: col.RawText
    reading: col.Reading
    data_basis: col.DataBasis
    revision_id: col.RevisionId

    @row_check(
        "value_micro",
        "phải cùng có hoặc cùng trống với value",
        "must be present exactly when value is",
    )
    def value_with_micro(cls) -> pl.Expr:
        return pl.col("value").is_null() == pl.col("value_micro").is_null()


class FactReconciliation(
    UnitFact,
    grain=Text(
        "một số liệu của một đơn vị có cả số của cơ quan quản lý và số của đơn vị báo cáo",
        "one figure of one unit that both a central table and a report give",
    ),
    key=["assessment_id", "unit_id", "component_code", "variable"],
):
    component_code: col.ComponentCode
    variable: col.Variable
    unit_of_measure: col.UnitOfMeasure
    central_value: float = col.figure("Số của cơ quan quản lý", "Agency figure", nullable=True)
    report_value: float = col.figure("Số đơn vị báo cáo", "Reported figure", nullable=True)
    difference: float = col.figure(
        "Số đơn vị báo cáo trừ số cơ quan quản lý", "Reported minus agency figure", nullable=True
    )
    difference_pct: float = col.percent(
        "Chênh lệch theo phần trăm của số cơ quan quản lý",
        "Difference in percent of the central figure",
    )
    agrees: bool = col.flag("Hai nguồn khớp nhau", "The two agree")
    counted_source: str = col.code(
        "Nguồn được tính điểm",
        "Source that counted",
        isin=["central", "self_report", "correction", "appraisal", "none"],
    )
    reason_vi: str = col.text("Lý do chọn nguồn", "Why it counted, in Vietnamese")
    reason_en: str = col.text("Lý do chọn nguồn, bằng tiếng Anh", "Why it counted, in English")
    central_file: str = col.text("Tệp của cơ quan quản lý", "Agency file")
    central_cell: str = col.text(
        "Ô trong tệp của cơ quan quản lý", "Cell in the agency file", nullable=True
    )
    report_file: str = col.text("Tệp báo cáo tự đánh giá", "Report file")
    report_cell: str = col.text("Ô trong báo cáo tự đánh giá", "Cell in the report", nullable=True)
    data_basis: col.DataBasis
    revision_id: col.RevisionId
