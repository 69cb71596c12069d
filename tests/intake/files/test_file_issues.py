"""Why a file was not read, in the words of the issue catalogue."""

import pytest

from dti_pipeline.index.csv_rows import Finding
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
            {"part": "", "reason": "Permission denied"},
            "tệp hỏng (không có quyền đọc)",
            "damaged (no permission to read it)",
        ),
    ],
)
def test_the_reason_of_an_unread_file_is_told_in_each_language(code, details, vi, en):
    delivery = Delivery(0, 1, "raw/x/central/a.xlsx", "central", "0" * 64, 1)
    issue = file_issue(Finding(code, "a.xlsx", details), delivery)
    assert f"{vi}." in issue.message_vi
    assert f"{en}." in issue.message_en
