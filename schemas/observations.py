"""Tables of figures as delivered, and of two sources that speak of the same thing."""

from __future__ import annotations

from typing import Final

import polars as pl

from schemas.checks import RowCheck
from schemas.columns import (
    COMPONENT_CODE,
    EVIDENCE_STATE,
    FACT_END,
    FACT_UNIT,
    OBS_STATUS,
    SOURCE_KIND,
    UNIT_OF_MEASURE,
    code,
    count,
    digest,
    figure,
    flag,
    micro,
    raw,
    text,
)
from schemas.table import Table

VARIABLE = code("variable", "Biến số của chỉ số thành phần", "Variable of the component")

FACT_OBSERVATION: Final = Table(
    name="fact_observation",
    grain_vi="một biến số của một đơn vị trong một lần nộp",
    grain_en="one variable of one unit in one delivery",
    key=("assessment_id", "unit_id", "component_code", "variable", "source_kind", "delivery_no"),
    columns=(
        *FACT_UNIT,
        code("main_code", "Mã chỉ số chính", "Main index", nullable=True),
        COMPONENT_CODE,
        VARIABLE,
        figure(
            "value", "Giá trị đọc được; trống nếu không có", "Figure read; null if there is none"
        ),
        micro(
            "value_micro",
            "Giá trị chính xác nhân 1.000.000",
            "Exact figure times 10^6",
            nullable=True,
            unit="millionths",
        ),
        code("option", "Phương án được chọn", "Option chosen", nullable=True),
        UNIT_OF_MEASURE,
        OBS_STATUS,
        EVIDENCE_STATE,
        raw(
            "evidence_text",
            "Văn bản kiểm chứng; với đính chính: lý do, cơ quan, căn cứ",
            "Evidence as given; for a correction its reason, authority and reference",
        ),
        raw("na_reason", "Lý do không phát sinh", "Why it does not apply"),
        flag("accepted", "Được dùng để tính điểm", "Used for scoring"),
        text("remark", "Vì sao được dùng hoặc không", "Why it was used or not", nullable=True),
        SOURCE_KIND,
        count("delivery_no", "Số thứ tự lần nộp", "Running number of the delivery", unit="order"),
        text(
            "source_file",
            "Tệp nguồn, đường dẫn trong thư mục kỳ",
            "File, path within the assessment",
        ),
        text("source_sheet", "Trang tính", "Sheet", nullable=True),
        text("source_cell", "Ô hoặc dòng", "Cell or row", nullable=True),
        digest("source_sha256", "Mã băm của tệp nguồn", "Hash of the file"),
        raw("raw_text", "Nội dung gốc trong tệp", "Text as found in the file"),
        text(
            "reading", "Cách đọc số và bằng chứng", "How it was read, and the proof", nullable=True
        ),
        *FACT_END,
    ),
    row_checks=(
        RowCheck(
            name="value_with_micro",
            column="value_micro",
            vi="phải cùng có hoặc cùng trống với value",
            en="must be present exactly when value is",
            holds=pl.col("value").is_null() == pl.col("value_micro").is_null(),
        ),
    ),
)

FACT_RECONCILIATION: Final = Table(
    name="fact_reconciliation",
    grain_vi="một biến số của một đơn vị có cả số trung ương và số tự báo cáo",
    grain_en="one variable of one unit that both a central table and a report give",
    key=("assessment_id", "unit_id", "component_code", "variable"),
    columns=(
        *FACT_UNIT,
        COMPONENT_CODE,
        VARIABLE,
        UNIT_OF_MEASURE,
        figure("central_value", "Số của cơ quan trung ương", "Central figure"),
        figure("report_value", "Số tự báo cáo", "Reported figure"),
        figure("difference", "Tự báo cáo trừ trung ương", "Reported minus central"),
        figure(
            "difference_pct",
            "Chênh lệch theo phần trăm của số trung ương",
            "Difference in percent of the central figure",
            unit="percent",
        ),
        flag("agrees", "Hai nguồn khớp nhau", "The two agree"),
        code(
            "counted_source",
            "Nguồn được tính điểm",
            "Source that counted",
            values=("central", "self_report", "correction", "appraisal", "none"),
        ),
        text("reason_vi", "Lý do chọn nguồn", "Why it counted, in Vietnamese"),
        text("reason_en", "Lý do chọn nguồn, bằng tiếng Anh", "Why it counted, in English"),
        text("central_file", "Tệp trung ương", "Central file"),
        text("central_cell", "Ô trong tệp trung ương", "Cell in the central file", nullable=True),
        text("report_file", "Tệp tự báo cáo", "Report file"),
        text("report_cell", "Ô trong tệp tự báo cáo", "Cell in the report", nullable=True),
        *FACT_END,
    ),
)
