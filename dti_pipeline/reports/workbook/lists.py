"""The sheets that list: issues, indicators with their rules, the dictionary of columns."""

from typing import Final

import polars as pl

from dti_pipeline.reports.release_view import AssessmentView
from dti_pipeline.reports.words import name_of, words_of
from dti_pipeline.reports.workbook.sheet import UNIT_WIDTH, Column, Sheet

# Excel holds 1,048,576 rows; the sheet of issues stops before and says so.
MOST_ISSUES: Final = 1_000_000


def issues_sheet(assessment: AssessmentView) -> Sheet:
    issues = assessment.table("dq_issue").sort("issue_no")
    note = f"{issues.height} vấn đề"
    if issues.height > MOST_ISSUES:
        note += f"; chỉ ghi {MOST_ISSUES}"
    names = pl.col("unit_id").replace(assessment.unit_names)
    return Sheet(
        name="Vấn đề",
        title="Vấn đề về chất lượng số liệu",
        note=note,
        columns=[
            Column("Số", "issue_no", "whole", 6),
            Column("Mức độ", "severity", width=10, words=words_of("severities")),
            Column("Quy tắc", "rule_id", width=24),
            Column("Đơn vị", "unit_id", width=UNIT_WIDTH),
            Column("Chỉ số", "component_code", width=9),
            Column("Nội dung", "message_vi", "wrap", 90),
            Column("Tệp", "source_file", width=44),
            Column("Trang tính", "source_sheet", width=14),
            Column("Ô hoặc dòng", "source_cell", width=14),
            Column("Nguyên văn", "raw_text", width=24),
            Column("Đã xử lý", lambda row: name_of("actions", row["action_taken"]).vi, width=28),
        ],
        rows=issues.head(MOST_ISSUES).with_columns(names).to_dicts(),
    )


def indicators_sheet(assessment: AssessmentView) -> Sheet:
    """Return overall, pillars, mains and components with rules and basis."""
    return Sheet(
        name="Chỉ số",
        title="Bộ chỉ số và cách tính điểm",
        note="Chưa đối chiếu văn bản gốc: tên, điểm tối đa và cách tính có thể khác văn bản.",
        columns=[
            Column("Bộ chỉ số", "framework_id", width=24),
            Column("Cấp", "indicator_level", width=13, words=words_of("indicator_levels")),
            Column("Mã", lambda row: row.get("printed_code") or row["indicator_code"], width=10),
            Column("Tên", "name_vi", "wrap", 46),
            Column("English", "name_en", "wrap", 46),
            Column("Điểm tối đa", "max_points", "points", 11),
            Column("Có tính", "counted", width=8),
            Column("Cơ sở", "basis", width=12, words=words_of("bases")),
            Column("Nguồn số liệu", "source_kind", width=16, words=words_of("sources")),
            Column("Cách tính", "rule_text_vi", "wrap", 80),
            Column("Rule", "rule_text_en", "wrap", 80),
            Column("Cơ quan chủ trì (gợi ý)", "lead_role", width=30),
        ],
        rows=[
            row
            for row in assessment.indicators.values()
            if assessment.has_components or row["indicator_level"] != "component"
        ],
        frozen=3,
    )


def dictionary_sheet(assessment: AssessmentView) -> Sheet:
    """Return all columns of the release."""
    return Sheet(
        name="Từ điển",
        title="Các bảng và cột của bản phát hành",
        note="Bảng tính này là trích từ các bảng đó; toàn bộ ở tệp Parquet và CSV.",
        columns=[
            Column("Bảng", "table_name", width=24),
            Column("Cột", "column_name", width=26),
            Column("Kiểu", "type", width=11),
            Column("Đơn vị tính", "unit", width=18),
            Column("Mô tả", "description_vi", "wrap", 70),
            Column("Description", "description_en", "wrap", 70),
        ],
        rows=assessment.release.table("meta_column").sort("table_name", "position").to_dicts(),
        frozen=2,
    )
