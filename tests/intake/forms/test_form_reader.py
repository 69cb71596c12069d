"""Reading a self-report back: exact figures, and an issue with its cell for every fault."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest

from dti_pipeline.index.frameworks.load import read_framework
from dti_pipeline.intake.forms.layout import Answer, Evidence
from dti_pipeline.intake.tables.component_codes import codes_of_number
from tests.intake.intake_cases import (
    ANSWERS,
    CELL,
    DATA,
    EVIDENCE,
    SHEET,
    assessment,
    edit,
    entry,
    good_form,
    put,
    read,
)


def changed(tmp_path, cells, **settings):
    return read(edit(good_form(tmp_path / "form.xlsx", **settings), put(cells)))


def told(reading):
    return [(issue.rule_id, issue.source_cell) for issue in reading.issues]


def test_a_good_form_reads_back_exactly_and_without_issues(tmp_path):
    reading = read(good_form(tmp_path / "form.xlsx", data_basis="sample"))
    assert told(reading) == []
    got = {one.question.key: (one.entry.value_micro, one.entry.option) for one in reading.entries}
    assert got == {
        ("0101", "chair"): (1_000_000, "deputy"),
        ("0102", "section"): (1_000_000, "yes"),
        ("0110", "signed"): (12_000_000, None),
        ("0110", "required"): (15_000_000, None),
        ("0201", "share"): (61_700_000, None),
        ("0202", "firms"): (324_400_000, None),
    }
    assert {one.question.key: one.cell for one in reading.entries} == CELL
    assert {one.sheet for one in reading.entries} == {SHEET}
    assert (reading.data_basis, reading.delivered_on) == ("sample", None)


def test_the_workbook_reads_the_same_after_another_program_saved_it(tmp_path):
    path = good_form(tmp_path / "form.xlsx", data_basis="sample")
    before = read(path)
    assert read(edit(path, lambda book: None)).entries == before.entries


@pytest.mark.parametrize(
    "figure",
    ["0", "1", "0.000001", "123456789.5", "150000", "999999999999", "8435.7", "1234.567891"],
)
def test_figures_come_back_to_the_millionth(tmp_path, figure):
    answers = ANSWERS | {("0202", "firms"): Answer(Decimal(figure))}
    reading = read(good_form(tmp_path / "form.xlsx", answers=answers))
    assert entry(reading, "0202", "firms").entry.value_micro == int(Decimal(figure) * 1_000_000)


def test_a_percentage_below_one_comes_back_as_written(tmp_path):
    answers = ANSWERS | {("0201", "share"): Answer(Decimal("0.8"))}
    share = entry(read(good_form(tmp_path / "form.xlsx", answers=answers)), "0201", "share")
    assert (share.entry.value_micro, share.entry.status) == (800_000, "percent")


def test_rows_and_columns_may_be_moved(tmp_path):
    def move(book):
        sheet = book[SHEET]
        for area in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(area))
        sheet.insert_rows(1, 4)
        sheet.insert_cols(1, 2)

    reading = read(edit(good_form(tmp_path / "form.xlsx"), move))
    assert told(reading) == []
    signed = entry(reading, "0110", "signed")
    assert (signed.entry.value_micro, signed.cell) == (12_000_000, "J18")


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("Có", "yes"),
        ("CÓ ", "yes"),
        ("Co\u0301", "yes"),
        ("co", "yes"),
        ("Yes", "yes"),
        ("no", "no"),
        ("Không", "no"),
        (True, "yes"),
        (False, "no"),
    ],
)
def test_yes_and_no_are_read_in_both_languages(tmp_path, text, option):
    section = entry(changed(tmp_path, {"H13": text}), "0102", "section")
    number = 1_000_000 if option == "yes" else 0
    assert (section.entry.option, section.entry.value_micro) == (option, number)
    assert section.entry.status == "ok"


@pytest.mark.parametrize("text", ["Cấp phó", "cấp  phó", "Cap pho", "Deputy", "deputy"])
def test_choices_are_read_by_label_or_code(tmp_path, text):
    chair = entry(changed(tmp_path, {"H11": text}), "0101", "chair")
    assert (chair.entry.option, chair.entry.value_micro) == ("deputy", 1_000_000)


def test_an_answer_outside_the_list_is_an_issue(tmp_path):
    reading = changed(tmp_path, {"H11": "Trưởng phòng"})
    assert told(reading) == [("option.unknown", "H11")]
    issue = reading.issues[0]
    assert issue.severity == "blocking"
    assert issue.raw_text == "Trưởng phòng"
    assert "Bí thư, Chủ tịch; Cấp phó; Không ai" in issue.message_vi
    assert entry(reading, "0101", "chair").entry.value_micro is None


@pytest.mark.parametrize(
    ("value", "status", "micro", "rule"),
    [
        ("1.234,5", "ok", 1_234_500_000, None),
        ("12,5", "ok", 12_500_000, None),
        ("1.234", "ambiguous", None, "value.ambiguous"),
        ("khoảng 30", "text", None, "value.not_a_number"),
        ("=#REF!", "formula_without_value", None, "value.formula_without_value"),
        (None, "blank", None, "value.missing"),
        ("không có", "none_declared", 0, None),
        (0, "ok", 0, None),
    ],
)
def test_figures_have_a_status(tmp_path, value, status, micro, rule):
    reading = changed(tmp_path, {"H18": value})
    firms = entry(reading, "0202", "firms")
    assert (firms.entry.status, firms.entry.value_micro) == (status, micro)
    assert told(reading) == ([(rule, "H18")] if rule else [])


def test_a_formula_error_names_its_cell(tmp_path):
    def break_it(book):
        book[SHEET]["H18"].value = "#DIV/0!"
        book[SHEET]["H18"].data_type = "e"

    reading = read(edit(good_form(tmp_path / "form.xlsx"), break_it))
    assert told(reading) == [("value.formula_error", "H18")]
    assert entry(reading, "0202", "firms").entry.status == "formula_error"


def test_another_cell_of_the_column_proves_the_decimal_mark(tmp_path):
    reading = changed(tmp_path, {"H18": "1.234", "H17": "12,5"})
    firms = entry(reading, "0202", "firms")
    assert (firms.entry.status, firms.entry.value_micro) == ("ok", 1_234_000_000)
    assert "column:H17" in firms.entry.reading
    assert told(reading) == [("value.read_by_proof", "H18")]


def test_a_count_with_a_thousands_dot_is_read_and_the_proof_recorded(tmp_path):
    reading = changed(tmp_path, {"H15": "1.234"})
    required = entry(reading, "0110", "required")
    assert required.entry.value_micro == 1_234_000_000
    assert "whole_number" in required.entry.reading
    assert told(reading) == [("value.read_by_proof", "H15")]


CHANGES = {
    "too large": ({"H14": 1001}, [("value.out_of_range", "H14")]),
    "negative": ({"H14": -1}, [("value.out_of_range", "H14")]),
    "no whole count": ({"H14": 2.5}, [("value.out_of_range", "H14")]),
    "above 100 %": ({"H17": 101}, [("value.out_of_range", "H17")]),
    "a word that is no mark": ({"I14": "chưa rõ"}, [("option.unknown", "I14")]),
    "a no in the mark column is no mark": ({"I14": "không"}, []),
    "not applicable without a reason": (
        {"H14": None, "H15": None, "I15": "X"},
        [("unit.not_applicable_without_reason", "I15")],
    ),
    "two columns with one label": ({"O9": "Số liệu báo cáo"}, [("report.form_changed", None)]),
    "notes below the table are the sender's business": (
        {"A25": "Ghi chú: số liệu tạm tính", "H25": "Nguyễn Văn A", "B27": "Nơi nhận"},
        [],
    ),
}


@pytest.mark.parametrize(("cells", "issues"), CHANGES.values(), ids=CHANGES)
def test_a_change_has_its_issue_and_no_other(tmp_path, cells, issues):
    assert told(changed(tmp_path, cells)) == issues


def test_the_allowed_range_stands_in_the_message(tmp_path):
    issue = changed(tmp_path, {"H14": 1001}).issues[0]
    assert issue.severity == "blocking"
    assert "≥ 0, ≤ 1000" in issue.message_en
    assert issue.unit_id == "VN-P63-06"
    assert (issue.source_file, issue.source_sheet) == ("self_reports/form.xlsx", SHEET)


def test_not_applicable_needs_the_mark_on_one_row_of_the_component(tmp_path):
    cells = {"H14": None, "H15": None, "I14": "x", "J14": "Không có văn bản nào phải ban hành"}
    reading = changed(tmp_path, cells)
    assert told(reading) == []
    for name in ("signed", "required"):
        one = entry(reading, "0110", name)
        assert (one.entry.status, one.entry.value_micro) == ("not_applicable", None)
        assert one.na_reason == "Không có văn bản nào phải ban hành"


def test_not_applicable_beside_a_figure_is_a_contradiction(tmp_path):
    reading = changed(tmp_path, {"I14": "x", "J14": "lý do"})
    assert told(reading) == [
        ("value.beside_not_applicable", "H14"),
        ("value.beside_not_applicable", "H15"),
    ]
    assert entry(reading, "0110", "signed").entry.status == "ambiguous"


def test_not_applicable_is_refused_where_the_component_does_not_allow_it(tmp_path):
    reading = changed(tmp_path, {"H13": "không phát sinh", "J13": "lý do"})
    assert told(reading) == [("value.not_applicable_refused", "H13")]
    assert reading.issues[0].severity == "blocking"


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
    assert told(reading) == [("evidence.missing", "H14")]
    assert reading.issues[0].severity == "warning"
    assert entry(reading, "0110", "signed").evidence_state == "missing"


def test_the_best_answer_of_a_choice_wants_evidence_too(tmp_path):
    answers = ANSWERS | {("0101", "chair"): Answer("head")}
    evidence = {"0110": EVIDENCE["0110"]}
    reading = read(good_form(tmp_path / "form.xlsx", answers=answers, evidence=evidence))
    assert told(reading) == [("evidence.missing", "H11")]


def test_evidence_from_another_year_is_a_warning(tmp_path):
    for text, rule in (("15/01/2023", "evidence.outside_period"), ("31/12/2022", None)):
        reading = changed(tmp_path, {"N14": text})
        assert told(reading) == ([(rule, "N14")] if rule else [])


@pytest.mark.parametrize("typed", [101, 1.01, "101", "1.1", "1,01"])
def test_a_code_typed_as_a_number_is_matched_with_a_warning(tmp_path, typed):
    reading = changed(tmp_path, {"A11": typed})
    assert told(reading) == [("code.typed_as_number", "A11")]
    assert entry(reading, "0101", "chair").entry.option == "deputy"


def test_a_number_for_two_codes_is_decided_by_the_variable_only(tmp_path):
    # 1.1 is 0101 or 0110; only 0110 has the variable "signed".
    reading = changed(tmp_path, {"A14": 1.1})
    assert told(reading) == [("code.typed_as_number", "A14")]
    assert reading.issues[0].component_code == "0110"


def test_numbers_stand_for_codes():
    mains = {"0101": "1", "0110": "1", "0111": "1", "1001": "10"}
    assert codes_of_number("1.1", mains, lost_zeros=True) == ["0101", "0110"]
    assert codes_of_number("1.1", mains, lost_zeros=False) == ["0101"]
    assert codes_of_number("1.10", mains, lost_zeros=False) == ["0110"]
    assert codes_of_number("111", mains, lost_zeros=True) == ["0111"]
    assert codes_of_number("10.1", mains, lost_zeros=False) == ["1001"]
    assert codes_of_number("2.1", mains, lost_zeros=True) == []
    assert codes_of_number("một", mains, lost_zeros=True) == []
    assert codes_of_number("1.1.1", mains, lost_zeros=True) == []


def test_an_unknown_component_blocks_with_the_nearest_codes(tmp_path):
    reading = changed(tmp_path, {"A13": "0109"})
    assert set(told(reading)) == {("value.missing", None), ("component.unknown", "A13")}
    issue = next(issue for issue in reading.issues if issue.rule_id == "component.unknown")
    assert issue.severity == "blocking"
    assert "0101" in issue.message_en
    assert "0102" in issue.message_en
    assert entry(reading, "0102", "section").entry.status == "blank"


def test_an_unknown_variable_blocks_and_names_those_of_the_component(tmp_path):
    reading = changed(tmp_path, {"C14": "sign"})
    issue = next(issue for issue in reading.issues if issue.rule_id == "variable.unknown")
    assert (issue.source_cell, issue.component_code) == ("C14", "0110")
    assert "signed, required" in issue.message_en


def test_a_removed_row_is_a_missing_figure(tmp_path):
    def remove(book):
        book[SHEET].delete_rows(18)

    reading = read(edit(good_form(tmp_path / "form.xlsx"), remove))
    assert told(reading) == [("value.missing", None)]
    firms = entry(reading, "0202", "firms")
    assert (firms.entry.status, firms.cell, firms.entry.reading) == ("blank", None, "row_missing")


@pytest.mark.parametrize(
    ("value", "rule", "severity", "micro"),
    [
        (70, "variable.repeated", "blocking", None),
        (61.7, "variable.repeated_agrees", "info", 61_700_000),
    ],
)
def test_repeated_rows_must_agree_and_count_once(tmp_path, value, rule, severity, micro):
    reading = changed(tmp_path, {"A20": "0201", "C20": "share", "H20": value})
    assert told(reading) == [(rule, "H20")]
    assert reading.issues[0].severity == severity
    assert f"61.7 (H17); {value} (H20)" in reading.issues[0].message_en
    assert entry(reading, "0201", "share").entry.value_micro == micro


def test_a_figure_in_a_row_without_codes_is_not_lost_in_silence(tmp_path):
    reading = changed(tmp_path, {"A14": None, "C14": None})
    assert ("report.form_changed", "C14") in told(reading)
    assert any(issue.severity == "blocking" for issue in reading.issues)


def test_a_last_row_without_its_variable_is_not_lost_either(tmp_path):
    assert ("report.form_changed", "C18") in told(changed(tmp_path, {"C18": None}))


@pytest.mark.parametrize(("label", "cell"), [("Số liệu báo cáo", "H9"), ("Mã biến", "C9")])
def test_a_form_without_a_needed_column_is_refused(tmp_path, label, cell):
    reading = changed(tmp_path, {cell: "xóa"})
    assert told(reading) == [("report.form_changed", None)]
    assert reading.entries == ()


@pytest.mark.parametrize(
    ("state", "rule", "n_entries"),
    [("visible", "report.form_changed", 0), ("hidden", "file.hidden_sheet", 6)],
)
def test_a_second_table_is_refused_and_a_hidden_one_told(tmp_path, state, rule, n_entries):
    def copy(book):
        book.copy_worksheet(book[SHEET]).sheet_state = state

    reading = read(edit(good_form(tmp_path / "form.xlsx"), copy))
    assert told(reading) == [(rule, None)]
    assert len(reading.entries) == n_entries


def meta(**entries):
    def change(book):
        for row in book["_meta"].iter_rows(max_col=2):
            if row[0].value in entries:
                row[1].value = entries[row[0].value]

    return change


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"assessment_id": "province-2021"}, "report.wrong_framework"),
        ({"framework_id": "province-405"}, "report.wrong_framework"),
        ({"form_version": "0"}, "report.form_changed"),
        ({"unit_id": None}, "report.form_changed"),
        ({"data_basis": "real"}, "report.form_changed"),
    ],
)
def test_a_form_of_something_else_is_refused(tmp_path, change, rule):
    reading = read(edit(good_form(tmp_path / "form.xlsx"), meta(**change)))
    assert [issue.rule_id for issue in reading.issues] == [rule]
    assert reading.issues[0].severity == "blocking"
    assert reading.issues[0].source_sheet == "_meta"
    assert reading.entries == ()


def test_a_form_without_its_hidden_sheet_is_refused(tmp_path):
    def remove(book):
        del book["_meta"]

    reading = read(edit(good_form(tmp_path / "form.xlsx"), remove))
    assert told(reading) == [("report.form_changed", None)]


def revised(tmp_path, **changes):
    text = (DATA / "small-922.toml").read_text("utf-8")
    for old, new in changes.items():
        text = text.replace(old, new)
    path = tmp_path / "small-922.toml"
    path.write_text(text, "utf-8")
    return read_framework(path)


def test_an_older_framework_with_the_same_questions_is_a_warning(tmp_path):
    newer = revised(tmp_path, **{"made for tests": "made for tests, revised"})
    reading = read(good_form(tmp_path / "form.xlsx"), of=newer)
    assert [(one.rule_id, one.severity) for one in reading.issues] == [
        ("report.framework_changed", "warning")
    ]
    assert len(reading.entries) == 6


def test_an_older_framework_with_other_questions_blocks(tmp_path):
    newer = revised(tmp_path, firms="companies")
    reading = read(good_form(tmp_path / "form.xlsx"), of=newer)
    found = {one.rule_id: one.severity for one in reading.issues}
    assert found["report.wrong_framework"] == "blocking"
    assert found["variable.unknown"] == "blocking"


def test_evidence_may_stand_on_any_row_of_the_component(tmp_path):
    path = good_form(tmp_path / "form.xlsx", evidence={"0101": EVIDENCE["0101"]})
    reading = read(edit(path, put({"O15": "Kế hoạch số 34"})))
    assert told(reading) == []
    assert entry(reading, "0110", "signed").evidence_text == "Kế hoạch số 34"


def test_a_date_cell_and_a_typed_date_are_the_same(tmp_path):
    path = good_form(tmp_path / "form.xlsx", evidence=EVIDENCE | {"0110": Evidence("1")})
    assert isinstance(openpyxl.load_workbook(path)[SHEET]["N11"].value.year, int)
    reading = read(edit(path, put({"N11": "01/03/2022"})))
    assert told(reading) == []


@pytest.mark.parametrize(
    "written", [date(2023, 1, 31), datetime(2023, 1, 31), "31/01/2023", "31-1-2023"]
)
def test_the_day_of_delivery_reads_back_as_written(tmp_path, written):
    reading = changed(tmp_path, {"H6": written})
    assert reading.delivered_on == date(2023, 1, 31)
    assert told(reading) == []


def test_a_day_after_the_deadline_is_told_with_its_cell(tmp_path):
    reading = changed(tmp_path, {"H6": assessment().deadline + timedelta(days=1)})
    assert told(reading) == [("late.after_deadline", "H6")]
    assert len(reading.entries) == len(CELL)


def test_a_day_that_is_none_is_told_and_the_figures_still_count(tmp_path):
    reading = changed(tmp_path, {"H6": "cuối tháng 2"})
    assert told(reading) == [("report.day_unreadable", "H6")]
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
    lines = {
        "M16": "36/KH-UBND\n35/BC",
        "N16": "01/02/2022\n03/02/2022",
        "O16": "Kế hoạch\nBáo cáo",
    }
    reading = read(edit(path, put(lines)))
    assert [
        (one.component_code, one.number, one.date[:10], one.title, one.row)
        for one in reading.documents
    ] == [
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
    assert told(reading) == []


def test_a_note_stays_with_its_figure(tmp_path):
    reading = changed(tmp_path, {"Q14": "Số tạm tính"})
    assert entry(reading, "0110", "signed").note == "Số tạm tính"
    assert told(reading) == []
