"""Evidence, documents, notes and the day of delivery of a self-report, each with its cell."""

from datetime import date, datetime, timedelta

import openpyxl
import pytest

from dti_pipeline.intake.forms.layout import Answer, Evidence
from tests.intake.intake_cases import (
    ANSWERS,
    CELL,
    EVIDENCE,
    SHEET,
    assessment,
    edit,
    entry,
    good_form,
    issue_cells,
    put,
    read,
    read_with,
)


def test_evidence_states(tmp_path):
    reading = read(good_form(tmp_path / "form.xlsx"))
    states = {one.question.component.code: one.evidence_state for one in reading.entries}
    assert states == {
        "0101": "reported",
        "0102": "not_required",
        "0110": "reported",
        "0201": "not_required",
        "0202": "not_required",
    }
    chair = entry(reading, "0101", "chair")
    assert chair.evidence_text == "12/QĐ-UBND; 2022-03-01; Kiện toàn; https://example.vn/1"


def test_missing_evidence_is_a_warning_at_the_figure(tmp_path):
    reading = read(good_form(tmp_path / "form.xlsx", evidence={"0101": EVIDENCE["0101"]}))
    assert issue_cells(reading) == [("evidence.missing", "H14")]
    assert reading.issues[0].severity == "warning"
    assert entry(reading, "0110", "signed").evidence_state == "missing"


def test_the_best_answer_of_a_choice_wants_evidence_too(tmp_path):
    answers = ANSWERS | {("0101", "chair"): Answer("head")}
    evidence = {"0110": EVIDENCE["0110"]}
    reading = read(good_form(tmp_path / "form.xlsx", answers=answers, evidence=evidence))
    assert issue_cells(reading) == [("evidence.missing", "H11")]


def test_evidence_may_stand_on_any_row_of_the_component(tmp_path):
    path = good_form(tmp_path / "form.xlsx", evidence={"0101": EVIDENCE["0101"]})
    reading = read(edit(path, put({"O15": "Kế hoạch số 34"})))
    assert issue_cells(reading) == []
    assert entry(reading, "0110", "signed").evidence_text == "Kế hoạch số 34"


def test_a_date_cell_and_a_typed_date_are_the_same(tmp_path):
    path = good_form(tmp_path / "form.xlsx", evidence=EVIDENCE | {"0110": [Evidence("1")]})
    assert isinstance(openpyxl.load_workbook(path)[SHEET]["N11"].value.year, int)
    reading = read(edit(path, put({"N11": "01/03/2022"})))
    assert issue_cells(reading) == []


@pytest.mark.parametrize(
    "written",
    [
        *(date(2023, 1, 31), datetime(2023, 1, 31), "31/01/2023", "31-1-2023"),
        *("31/1/2023 08.30", "2023-01-31T08:30:00.5-07:00", "31/1/2023 (bản số 2)"),
        *("31/1/2023 (QĐ số 15/2022/QĐ-UBND)", "Quyết định 12/2022 ngày 31 tháng 1 năm 2023"),
    ],
)
def test_the_day_of_delivery_reads_back_as_written(tmp_path, written):
    reading = read_with(tmp_path, {"H6": written})
    assert reading.delivered_on == date(2023, 1, 31)
    assert issue_cells(reading) == []


def test_a_day_after_the_deadline_is_told_with_its_cell(tmp_path):
    reading = read_with(tmp_path, {"H6": assessment().deadline + timedelta(days=1)})
    assert issue_cells(reading) == [("late.after_deadline", "H6")]
    assert len(reading.entries) == len(CELL)


@pytest.mark.parametrize(
    "day",
    [
        *("cuối tháng 2", "31/01/2013", date(2021, 12, 31), "=TODAY()"),
        *("31/1/2023 và 5/4/2023", "31/1/2023, bổ sung 5/4", "31/1/2023 sửa 5-4-2023"),
        "ngày 31 tháng 1 năm 2023, bổ sung ngày 5 tháng 4 năm 2023",
        *("31/1/2023 và ngày 5 tháng 4 năm 2023", "31/1/2023 và 5 - 4 - 2023"),
    ],
)
def test_a_day_that_is_none_is_told_and_the_figures_still_count(tmp_path, day):
    reading = read_with(tmp_path, {"H6": day})
    assert issue_cells(reading) == [("report.day_unreadable", "H6")]
    assert reading.delivered_on is None
    assert entry(reading, "0110", "signed").entry.value_micro == 12_000_000


def test_the_receiving_desks_day_holds_against_the_senders(tmp_path):
    def change(book):
        book[SHEET]["H6"] = date(2023, 1, 1)
        book["_meta"].append(["delivered_on", "2030-12-31"])

    reading = read(edit(good_form(tmp_path / "form.xlsx"), change))
    assert reading.delivered_on == date(2030, 12, 31)
    assert [issue.rule_id for issue in reading.issues] == ["late.after_deadline"]


def test_several_documents_of_a_component_are_read_from_rows_and_lines(tmp_path):
    documents = [
        Evidence("12/QĐ-UBND", date(2022, 3, 1), "Kiện toàn"),
        Evidence("15/KH-UBND", date(2022, 4, 2)),
        Evidence("16/KH-UBND"),
    ]
    path = good_form(tmp_path / "form.xlsx", evidence={**EVIDENCE, "0101": documents})
    lines = ("36/KH-UBND\n35/BC", "01/02/2022\n03/02/2022", "Kế hoạch\nBáo cáo")
    reading = read(edit(path, put(dict(zip(("M16", "N16", "O16"), lines, strict=True)))))
    rows = [
        (one.component_code, one.number, one.date[:10], one.title, one.row)
        for one in reading.documents
    ]
    assert rows == [
        ("0101", "12/QĐ-UBND", "2022-03-01", "Kiện toàn", 11),
        ("0101", "15/KH-UBND", "2022-04-02", "", 12),
        ("0101", "16/KH-UBND", "", "", 13),
        ("0110", "34/KH-UBND", "", "", 15),
        ("0110", "36/KH-UBND", "01/02/2022", "Kế hoạch", 16),
        ("0110", "35/BC", "03/02/2022", "Báo cáo", 16),
    ]


def test_a_row_for_more_documents_proves_a_figure(tmp_path):
    path = good_form(tmp_path / "form.xlsx", evidence={"0110": EVIDENCE["0110"]})
    assert entry(read(path), "0101", "chair").evidence_state == "missing"
    reading = read(edit(path, put({"M12": "12/QĐ-UBND"})))
    chair = entry(reading, "0101", "chair")
    assert (chair.evidence_state, chair.evidence_text) == ("reported", "12/QĐ-UBND")
    assert issue_cells(reading) == []


def test_a_note_stays_with_its_figure(tmp_path):
    reading = read_with(tmp_path, {"Q14": "Số tạm tính"})
    assert entry(reading, "0110", "signed").note == "Số tạm tính"
    assert issue_cells(reading) == []
