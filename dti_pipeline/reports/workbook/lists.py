"""The sheets that list: issues, indicators with their rules, the dictionary of columns."""

from typing import Final

from dti_pipeline.reports.view import Edition
from dti_pipeline.reports.words import ACTIONS, BASES, SEVERITIES, SOURCES, name_of
from dti_pipeline.reports.workbook.model import UNIT_WIDTH, Column, Sheet
from schemas.text import Text

# Excel holds 1,048,576 rows; the sheet of issues stops before and says so.
MOST_ISSUES: Final = 1_000_000


def issues_sheet(edition: Edition) -> Sheet:
    """Return the issues in their order."""
    rows = edition.table("dq_issue").sort("issue_no")
    names = dict(edition.overall.select("unit_id", "unit_name").iter_rows())
    return Sheet(
        name="Vấn đề",
        title="Vấn đề về chất lượng dữ liệu",
        note=f"{rows.height} vấn đề"
        + (f"; chỉ ghi {MOST_ISSUES}" if rows.height > MOST_ISSUES else ""),
        columns=[
            Column("Số", "whole", 6),
            Column("Mức", width=10),
            Column("Quy tắc", width=24),
            Column("Đơn vị", width=UNIT_WIDTH),
            Column("Chỉ số", width=9),
            Column("Nội dung", "wrap", 90),
            Column("Tệp", width=44),
            Column("Trang tính", width=14),
            Column("Ô hoặc dòng", width=14),
            Column("Nguyên văn", width=24),
            Column("Đã xử lý", width=28),
        ],
        rows=[
            [
                row["issue_no"],
                name_of(SEVERITIES, row["severity"]).vi,
                row["rule_id"],
                names.get(row["unit_id"], row["unit_id"]),
                row["component_code"],
                row["message_vi"],
                row["source_file"],
                row["source_sheet"],
                row["source_cell"],
                row["raw_text"],
                name_of(ACTIONS, row["action_taken"]).vi,
            ]
            for row in rows.head(MOST_ISSUES).iter_rows(named=True)
        ],
    )


def indicators_sheet(edition: Edition) -> Sheet:
    """Return the whole, pillars, mains and components with rules and basis."""
    levels = {
        "overall": Text("tổng thể", "overall"),
        "pillar": Text("trụ cột", "pillar"),
        "main": Text("chỉ số chính", "main"),
        "component": Text("thành phần", "component"),
    }
    return Sheet(
        name="Chỉ số",
        title="Bộ chỉ số và quy tắc tính điểm",
        note="Cơ sở “suy ra” và “minh họa” không phải nội dung của văn bản chính thức.",
        columns=[
            Column("Bộ chỉ số", width=24),
            Column("Bậc", width=13),
            Column("Mã", width=10),
            Column("Tên", "wrap", 46),
            Column("English", "wrap", 46),
            Column("Điểm tối đa", "points", 11),
            Column("Có tính", width=8),
            Column("Cơ sở", width=12),
            Column("Nguồn số liệu", width=16),
            Column("Quy tắc", "wrap", 80),
            Column("Rule", "wrap", 80),
            Column("Chủ trì", width=30),
        ],
        rows=[
            [
                row["framework_id"],
                name_of(levels, row["indicator_level"]).vi,
                row["indicator_code"],
                row["name_vi"],
                row["name_en"],
                row["max_points"],
                row["counted"],
                name_of(BASES, row["basis"]).vi,
                name_of(SOURCES, row["source_kind"]).vi if row["source_kind"] else None,
                row["rule_text_vi"],
                row["rule_text_en"],
                row["lead_role"],
            ]
            for row in edition.indicators.values()
            if edition.has_components or row["indicator_level"] != "component"
        ],
        frozen=3,
    )


def dictionary_sheet(edition: Edition) -> Sheet:
    """Return all columns of the release."""
    rows = edition.book.table("meta_column").sort("table_name", "position")
    return Sheet(
        name="Từ điển",
        title="Các bảng và cột của bản phát hành",
        note="Bảng tính này là trích từ các bảng đó; toàn bộ ở tệp Parquet và CSV.",
        columns=[
            Column("Bảng", width=24),
            Column("Cột", width=26),
            Column("Kiểu", width=11),
            Column("Đơn vị", width=18),
            Column("Mô tả", "wrap", 70),
            Column("Description", "wrap", 70),
        ],
        rows=[
            [
                row["table_name"],
                row["column_name"],
                row["type"],
                row["unit"],
                row["description_vi"],
                row["description_en"],
            ]
            for row in rows.iter_rows(named=True)
        ],
        frozen=2,
    )
