"""Small tables that a release adds so that filters and labels need no text of their own."""

from datetime import date

import polars as pl

from schemas import codes
from schemas import columns as col
from schemas.contract import Table
from schemas.keys import SortOrder, key
from schemas.text import Text


class DimRegion(Table, grain=Text("một vùng", "one region"), key=["region_code"]):
    region_code: str = col.code("Mã vùng kinh tế - xã hội", "Socio-economic region")
    region_name: str = col.text("Tên vùng bằng tiếng Việt", "Name in Vietnamese")
    region_name_en: col.RegionNameEn
    sort_order: SortOrder
    n_units: pl.Int32 = col.count("Số đơn vị trong vùng", "Units in the region")


class DimGroup(
    Table,
    grain=Text("một nhóm xếp hạng của một kỳ đánh giá", "one ranking group of one assessment"),
    key=["group_key"],
    order=["assessment_id", "sort_order"],
):
    group_key: str = key("Khóa nhóm: kỳ/nhóm", "Key of the group: assessment/group", nullable=False)
    assessment_id: col.AssessmentId
    group_code: str = col.code("Mã nhóm", "Group")
    name_vi: str = col.text("Tên nhóm bằng tiếng Việt", "Name in Vietnamese")
    name_en: str = col.text("Tên nhóm bằng tiếng Anh", "Name in English")
    framework_id: col.FrameworkId
    sort_order: SortOrder
    n_units: pl.Int32 = col.count("Số đơn vị trong nhóm", "Units in the group")


class DimYear(Table, grain=Text("một năm", "one year"), key=["assessment_year"]):
    assessment_year: col.AssessmentYear
    year_date: date = col.day(
        "Ngày cuối năm, cho trục thời gian", "Last day of the year, for a time axis"
    )
    label: str = col.text("Nhãn của năm", "Label of the year")


class DimCode(
    Table,
    grain=Text("một mã của một cột", "one code of one column"),
    key=["column_name", "code_set", "code"],
    order=["column_name", "code_set", "sort_order"],
):
    column_name: str = col.code("Cột có mã này", "Column with the code")
    code_set: str = col.code(
        "Phạm vi của mã: all, hoặc bộ chỉ số và đối tượng của mức xếp loại",
        "Where the code holds: all, or of bands the framework and what is banded",
    )
    code: str = col.code("Mã", "Code")
    label_vi: col.LabelVi
    label_en: col.LabelEn
    sort_order: SortOrder


class DimRelease(
    Table, grain=Text("một bản phát hành", "one release"), key=["release_id"], order=["release_no"]
):
    release_id: str = col.code("Mã bản phát hành", "Release")
    release_no: pl.Int32 = col.number("Số thứ tự", "Running number")
    status: str = col.code(
        "Trạng thái: hiện hành, đã thay thế, đã thu hồi",
        "Status: published (the current one), superseded, withdrawn",
        isin=codes.STATUSES,
    )
    published_at: pl.Datetime("us", "UTC") = col.field(  # type: ignore[valid-type]
        "moment", "Thời điểm phát hành (UTC)", "When it was released (UTC)", nullable=True
    )
    published_by: str = col.raw("Người phát hành hoặc phê duyệt", "Who released or approved it")
    reason: str = col.raw("Lý do phát hành", "Why it was released")
    changes: str = col.raw("Nội dung thay đổi", "What changed")
    withdrawn_at: pl.Datetime("us", "UTC") = col.field(  # type: ignore[valid-type]
        "moment", "Thời điểm thu hồi (UTC)", "When it was withdrawn (UTC)", nullable=True
    )
    withdrawal_reason: str = col.raw("Lý do thu hồi", "Why it was withdrawn")
    supersedes: str = col.code("Bản bị thay thế", "Release it supersedes", nullable=True)
    rules_version: str = col.code("Phiên bản quy tắc tính", "Version of the rules")
    path: str = col.text("Thư mục, tính từ dim_release", "Folder, from where dim_release lies")
    manifest_sha256: str = col.digest(
        "Mã kiểm tra của manifest.json (SHA-256)", "Hash of manifest.json"
    )


class BridgeAssessmentFramework(
    Table,
    grain=Text("một bộ chỉ số của một kỳ đánh giá", "one framework of one assessment"),
    key=["assessment_id", "framework_id"],
):
    assessment_id: col.AssessmentId
    framework_id: col.FrameworkId
    n_units: pl.Int32 = col.count("Số đơn vị được chấm theo bộ này", "Units it scores")
