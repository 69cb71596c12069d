"""Tables about the data themselves: the issues found, and the dictionary of all columns."""

from __future__ import annotations

from typing import Final

import polars as pl

from schemas.columns import ASSESSMENT_ID, REVISION_ID, SEVERITIES, code, count, raw, text
from schemas.table import ARROW_NAMES, Column, Table

ISSUE_COLUMNS: Final = (
    code("rule_id", "Mã quy tắc trong danh mục", "Rule of the catalogue"),
    code(
        "severity",
        "Mức độ: chặn, cảnh báo, thông tin",
        "Severity: blocking, warning, info",
        values=SEVERITIES,
    ),
    text(
        "message_vi", "Sai gì, ở đâu, cần làm gì", "What is wrong, where, what to do, in Vietnamese"
    ),
    text("message_en", "Nội dung bằng tiếng Anh", "The same in English"),
    code("unit_id", "Đơn vị liên quan", "Unit concerned", nullable=True),
    raw("component_code", "Chỉ số thành phần liên quan", "Component concerned"),
    raw("source_file", "Tệp nguồn", "File"),
    raw("source_sheet", "Trang tính", "Sheet"),
    raw("source_cell", "Ô hoặc dòng", "Cell or row"),
    raw("raw_text", "Nội dung gốc trong tệp", "Text as found in the file"),
    raw("action_taken", "Hệ thống đã xử lý thế nào", "What was done about it"),
)

DQ_ISSUE: Final = Table(
    name="dq_issue",
    grain_vi="một vấn đề về chất lượng dữ liệu",
    grain_en="one data-quality issue",
    key=("assessment_id", "issue_no"),
    columns=(
        ASSESSMENT_ID,
        count("issue_no", "Số thứ tự trong kỳ đánh giá", "Running number", minimum=1, unit="order"),
        *ISSUE_COLUMNS,
        REVISION_ID,
    ),
)

META_COLUMN: Final = Table(
    name="meta_column",
    grain_vi="một cột của một bảng",
    grain_en="one column of one table",
    key=("table_name", "column_name"),
    sort=("table_name", "position"),
    columns=(
        code("table_name", "Tên bảng", "Table"),
        code("column_name", "Tên cột", "Column"),
        count(
            "position", "Vị trí, tính từ 1", "Place in the table, from 1", minimum=1, unit="order"
        ),
        Column(
            "type",
            pl.String(),
            "code",
            "Kiểu dữ liệu",
            "Type",
            values=tuple(ARROW_NAMES.values()),
        ),
        text("unit", "Đơn vị tính hoặc loại nội dung", "Unit of measure or kind of content"),
        text("description_vi", "Mô tả bằng tiếng Việt", "Description in Vietnamese"),
        text("description_en", "Mô tả bằng tiếng Anh", "Description in English"),
    ),
)
