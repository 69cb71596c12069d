"""Why a file was not read, in the words of the issue catalogue."""

import pytest

from dti_pipeline.index.csv_rows import Finding
from dti_pipeline.intake.files.csv_file import read_csv_cells
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.files.file_issues import file_issue


@pytest.mark.parametrize(
    ("code", "details", "vi", "en"),
    [
        (
            "file.damaged",
            {"part": "", "reason": "File is not a zip file"},
            "tệp hỏng (tệp bị cắt cụt hoặc không phải .xlsx)",
            "damaged (cut off, or no .xlsx)",
        ),
        (
            "file.damaged",
            {"part": "xl/a.xml", "reason": "no element found"},
            "tệp hỏng (phần xl/a.xml, nguyên văn lỗi: no element found)",
            "damaged (part xl/a.xml, error: no element found)",
        ),
        (
            "file.damaged",
            {"part": "", "reason": "No such file or directory"},
            "tệp hỏng (tệp hoặc đích của liên kết không tồn tại)",
            "damaged (it, or its target, is missing)",
        ),
    ],
)
def test_the_reason_of_an_unread_file_is_told_in_each_language(code, details, vi, en):
    delivery = Delivery(1, "raw/x/central/a.xlsx", "central", "0" * 64)
    issue = file_issue(Finding(code, "a.xlsx", details), delivery)
    assert f"{vi}." in issue.message_vi
    assert f"{en}." in issue.message_en


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("end", "cell"),
    [
        ("Hà Nội,8435.7\nBắc Kạn,32", "3:dan so"),
        ("Hà Nội,8435.7\nBắc Kạn,324.", "3:dan so"),
        ("Hà Nội,8435.7\nBắc Kạn,324.4\n", None),
        ("Hà Nội,8435.7\r\nBắc Kạn,324.4\r\n", None),
        ("Hà Nội,8435.7\rBắc Kạn,324.4\r", None),
        ("Hà Nội,8435.7\nBắc Kạn,không có", None),
    ],
)
def test_a_file_that_ends_inside_a_figure_is_told_with_the_cell(tmp_path, encoding, end, cell):
    path = tmp_path / "a.csv"
    path.write_bytes(f"TenTinh,dan so\n{end}".encode(encoding))
    delivery = Delivery(1, "raw/x/central/a.csv", "central", "0" * 64)
    issues = [file_issue(finding, delivery) for finding in read_csv_cells(path).findings]
    expected = [("file.may_be_cut", "raw/x/central/a.csv", cell)] if cell else []
    assert [(one.rule_id, one.source_file, one.source_cell) for one in issues] == expected
