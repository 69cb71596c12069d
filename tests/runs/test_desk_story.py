"""One year at the desk, start to end by commands alone: asked, chased, appraised, planned."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from dti_pipeline.cli import app

ASSESSMENT, LATE = "vi-du-2026", "Giả định 003"
DECLARED = "[[without_report]]"


class Desk:
    """The commands on one data folder; each answer is JSON or what the terminal shows."""

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data = data
        monkeypatch.setenv("DTI_DATA", str(data))

    def said(self, *words: object, status: int = 0) -> str:
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code == status, result.output
        return result.output

    def asked(self, *words: object, status: int = 0) -> dict[str, Any]:
        return json.loads(self.said(*words, "--json", status=status))


def enter(path: Path, sheet: str, header: str, rows: Mapping[str, Mapping[str, object]]) -> None:
    """Fill in cells by the heading of their column and a text that stands in their row."""
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    head = next(row for row in page.iter_rows() if any(cell.value == header for cell in row))
    below = list(page.iter_rows(min_row=head[0].row, max_row=head[0].row + 1))
    columns = {str(cell.value): cell.column for row in below for cell in row if cell.value}
    for row in page.iter_rows(min_row=head[0].row + 1):
        texts = {str(cell.value) for cell in row}
        for text, entries in rows.items():
            if text in texts:
                for heading, value in entries.items():
                    page.cell(row[0].row, columns[heading]).value = value
    book.save(path)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return the desk of the example, in which nobody is excused for a missing report."""
    assert CliRunner().invoke(app, ["init", str(tmp_path / "office")]).exit_code == 0
    data = tmp_path / "office" / "vi_du"
    place = data / "config" / "assessments" / f"{ASSESSMENT}.toml"
    text = place.read_text("utf-8")
    place.write_text(text[: text.index(DECLARED)], encoding="utf-8")
    return Desk(data, monkeypatch)


def test_a_year_at_the_desk(desk: Desk, tmp_path: Path) -> None:
    # Who is behind, and a letter to them.
    letters = tmp_path / "letters"
    status = ("status", ASSESSMENT, "--on", "05/04/2027")
    states = {row["unit_name"]: row for row in desk.asked(*status)["rows"]}
    assert (states[LATE]["state"], states[LATE]["days_late"]) == ("missing", 5)
    assert "thư nhắc" in desk.said(*status, "--letters", letters)
    assert sorted(path.suffix for path in letters.glob("00003_*")) == [".docx", ".txt"]

    # What can be ranked so far, for inside use only.
    assert "TẠM TÍNH: 2/3 đơn vị" in desk.said("run", ASSESSMENT, "--provisional")
    desk.said("rank", ASSESSMENT, status=1)

    # The unit fills in its form and knows what it is worth.
    desk.said("form", ASSESSMENT, "--missing", "--out", tmp_path / "forms")
    (form,) = (tmp_path / "forms").iterdir()
    documents = {"Số, ký hiệu": "09/KH-UBND", "Ngày ban hành": date(2026, 3, 1)}
    enter(
        form,
        "Báo cáo",
        "Cách tính điểm",
        {
            "plan": {"Số liệu báo cáo": "Có", **documents, "Trích yếu": "Kế hoạch năm"},
            "trained": {"Số liệu báo cáo": 40, "Ghi chú": "đang mở thêm lớp"},
        },
    )
    worth = {row["component_code"]: row for row in desk.asked("score", form)["rows"]}
    assert (worth["0101"]["points_low"], worth["0102"]["points_low"]) == (15, 20)
    form.rename(desk.data / "raw" / ASSESSMENT / "self_reports" / form.name)
    assert {row["state"] for row in desk.asked(*status)["rows"]} <= {"delivered"}

    # Documents, then decisions.
    register = desk.asked("evidence", "check", ASSESSMENT)
    assert [row["problems"] for row in register["rows"]] == [["no_link"]] * 2
    paper = desk.data / "raw" / ASSESSMENT / "appraisals" / "02_tham_dinh.xlsx"
    desk.said("appraisal-form", ASSESSMENT, LATE, "--out", paper)
    decision = {"Người thẩm định": "Hội đồng", "Ngày thẩm định": date(2027, 4, 20)}
    decision |= {"Kết quả thẩm định": "điều chỉnh", "Giá trị công nhận": 30}
    entries = {"trained": {**decision, "Lý do": "danh sách lớp học"}}
    enter(paper, "Thẩm định", "Kết quả thẩm định", entries)
    # 15 + 25 × 30/50 + 60 × 400/1000; the provisional draft leaves no trace.
    desk.said("run", ASSESSMENT)
    ranking = {row["unit_name"]: row for row in desk.asked("rank", ASSESSMENT)["rows"]}
    assert (ranking[LATE]["points"], ranking[LATE]["n_ranked"]) == (54, 3)

    # A plan for the next year, half of it done by the middle of the year.
    plan = tmp_path / "plan.xlsx"
    made = desk.asked("plan", ASSESSMENT, LATE, "--target-rank", "2", "--out", plan)
    begun = {"Trạng thái · Status": "đang làm", "Tiến độ (%) · Progress (%)": 20}
    tasks = {row["component_code"]: begun for row in made["rows"]}
    enter(plan, "Kế hoạch", "Trạng thái · Status", tasks)
    followed = desk.asked("plan", "--progress", plan, "--on", "02/07/2027", status=1)
    assert [row["day"] for row in followed["rows"]] == ["2027-07-02", "2027-09-30", "2027-12-31"]
    assert followed["n_behind"] == len(made["rows"])
    assert followed["rows"][-1]["value_planned"] == made["reached_value"]
    assert followed["left_value"] > 0
