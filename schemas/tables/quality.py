"""Tables about the data themselves: the issues found, and the dictionary of all columns."""

import polars as pl

from schemas.columns import (
    ARROW_TYPES,
    SEVERITIES,
    AssessmentId,
    RawText,
    RevisionId,
    code,
    field,
    raw,
    text,
)
from schemas.contract import (
    Table,
)
from schemas.text import Text


class DqIssue(
    Table,
    grain=Text("một vấn đề về chất lượng dữ liệu", "one data-quality issue"),
    key=["assessment_id", "issue_no"],
):
    assessment_id: AssessmentId
    issue_no: pl.Int32 = field("order", "Số thứ tự trong kỳ đánh giá", "Running number", ge=1)
    rule_id: str = code("Mã quy tắc trong danh mục", "Rule of the catalogue")
    severity: str = code(
        "Mức độ: chặn, cảnh báo, thông tin", "Severity: blocking, warning, info", isin=SEVERITIES
    )
    message_vi: str = text(
        "Sai gì, ở đâu, cần làm gì", "What is wrong, where, what to do, in Vietnamese"
    )
    message_en: str = text("Nội dung bằng tiếng Anh", "The same in English")
    unit_id: str = code("Đơn vị liên quan", "Unit concerned", nullable=True)
    component_code: str = raw("Chỉ số thành phần liên quan", "Component concerned")
    source_file: str = raw("Tệp nguồn", "File")
    source_sheet: str = raw("Trang tính", "Sheet")
    source_cell: str = raw("Ô hoặc dòng", "Cell or row")
    raw_text: RawText
    action_taken: str = raw("Hệ thống đã xử lý thế nào", "What was done about it")
    revision_id: RevisionId


class MetaColumn(
    Table,
    grain=Text("một cột của một bảng", "one column of one table"),
    key=["table_name", "column_name"],
    order=["table_name", "position"],
):
    table_name: str = code("Tên bảng", "Table")
    column_name: str = code("Tên cột", "Column")
    position: pl.Int32 = field("order", "Vị trí, tính từ 1", "Place in the table, from 1", ge=1)
    type: str = code("Kiểu dữ liệu", "Type", isin=ARROW_TYPES.values())
    unit: str = text("Đơn vị tính hoặc loại nội dung", "Unit of measure or kind of content")
    description_vi: str = text("Mô tả bằng tiếng Việt", "Description in Vietnamese")
    description_en: str = text("Mô tả bằng tiếng Anh", "Description in English")
