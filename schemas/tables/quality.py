"""Tables about the data themselves: the issues found, and the dictionary of all columns."""

import polars as pl

from schemas import codes
from schemas import columns as col
from schemas.contract import Table
from schemas.roles import AGGREGATIONS, ROLES
from schemas.text import Text


class DqIssue(
    Table,
    grain=Text("một vấn đề về chất lượng dữ liệu", "one data-quality issue"),
    key=["assessment_id", "issue_no"],
):
    assessment_id: col.AssessmentId
    issue_no: pl.Int32 = col.number("Số thứ tự trong kỳ đánh giá", "Running number")
    rule_id: str = col.code("Mã quy tắc trong danh mục", "Rule of the catalogue")
    severity: str = col.code(
        "Mức độ: phải sửa, cần kiểm tra, để biết",
        "Severity: blocking, warning, info",
        isin=codes.SEVERITIES,
    )
    message_vi: str = col.text(
        "Sai gì, ở đâu, cần làm gì", "What is wrong, where, what to do, in Vietnamese"
    )
    message_en: str = col.text("Nội dung bằng tiếng Anh", "The same in English")
    unit_id: str = col.code("Đơn vị liên quan", "Unit concerned", nullable=True)
    component_code: str = col.raw("Chỉ số thành phần liên quan", "Component concerned")
    source_file: str = col.raw("Tệp nguồn", "File")
    source_sheet: str = col.raw("Trang tính", "Sheet")
    source_cell: str = col.raw("Ô hoặc dòng", "Cell or row")
    raw_text: col.RawText
    action_taken: str = col.raw("Hệ thống đã xử lý thế nào", "What was done about it")
    revision_id: col.RevisionId


class MetaColumn(
    Table,
    grain=Text("một cột của một bảng", "one column of one table"),
    key=["table_name", "column_name"],
    order=["table_name", "position"],
):
    table_name: str = col.code("Tên bảng", "Table")
    column_name: str = col.code("Tên cột", "Column")
    position: pl.Int32 = col.number("Vị trí, tính từ 1", "Place in the table, from 1")
    type: str = col.code("Kiểu dữ liệu", "Type", isin=col.ARROW_TYPES.values())
    unit: str = col.text("Đơn vị tính hoặc loại nội dung", "Unit of measure or kind of content")
    description_vi: str = col.text("Mô tả bằng tiếng Việt", "Description in Vietnamese")
    description_en: str = col.text("Mô tả bằng tiếng Anh", "Description in English")
    label_vi: str = col.text("Nhãn ngắn bằng tiếng Việt", "Short label in Vietnamese")
    label_en: str = col.text("Nhãn ngắn bằng tiếng Anh", "Short label in English")
    role: str = col.code(
        "Vai trò: khóa, chiều phân tích, số đo, kỹ thuật",
        "Role: key, dimension, measure, technical",
        isin=ROLES,
    )
    aggregation: str = col.code(
        "Cách gộp: cộng, trung bình, không được gộp",
        "What may be made of many: sum, mean, none",
        isin=AGGREGATIONS,
    )
    references: str = col.code(
        "Bảng và cột được tham chiếu", "Table and column it refers to", nullable=True
    )
