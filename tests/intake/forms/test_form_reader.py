"""Reading a self-report back: exact figures, and an issue with its cell for every fault."""

from decimal import Decimal

import pytest

from dti_pipeline.intake.forms.layout import Answer
from dti_pipeline.intake.tables.component_codes import codes_of_number
from tests.intake.intake_cases import (
    ANSWERS,
    CELL,
    SHEET,
    edit,
    entry,
    good_form,
    issue_cells,
    read,
    read_with,
)


def test_a_good_form_reads_back_exactly_and_without_issues(tmp_path):
    reading = read(good_form(tmp_path / "form.xlsx", data_basis="sample"))
    assert issue_cells(reading) == []
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


def unmerged(book):
    sheet = book[SHEET]
    for area in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(area))
    return sheet


def test_rows_and_columns_may_be_moved(tmp_path):
    def move(book):
        sheet = unmerged(book)
        sheet.insert_rows(1, 4)
        sheet.insert_cols(1, 2)

    reading = read(edit(good_form(tmp_path / "form.xlsx"), move))
    assert issue_cells(reading) == []
    signed = entry(reading, "0110", "signed")
    assert (signed.entry.value_micro, signed.cell) == (12_000_000, "J18")


YES = ("Có", "CÓ ", "Co\u0301", "co", "Yes", True)


@pytest.mark.parametrize("text", [*YES, "no", "Không", False])
def test_yes_and_no_are_read_in_both_languages(tmp_path, text):
    section = entry(read_with(tmp_path, {"H13": text}), "0102", "section").entry
    expected = ("yes", 1_000_000) if text in YES else ("no", 0)
    assert (section.option, section.value_micro, section.status) == (*expected, "ok")


@pytest.mark.parametrize("text", ["Cấp phó", "cấp  phó", "Cap pho", "Deputy", "deputy"])
def test_choices_are_read_by_label_or_code(tmp_path, text):
    chair = entry(read_with(tmp_path, {"H11": text}), "0101", "chair")
    assert (chair.entry.option, chair.entry.value_micro) == ("deputy", 1_000_000)


def test_an_answer_outside_the_list_is_an_issue(tmp_path):
    reading = read_with(tmp_path, {"H11": "Trưởng phòng"})
    assert issue_cells(reading) == [("option.unknown", "H11")]
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
    reading = read_with(tmp_path, {"H18": value})
    firms = entry(reading, "0202", "firms")
    assert (firms.entry.status, firms.entry.value_micro) == (status, micro)
    assert issue_cells(reading) == ([(rule, "H18")] if rule else [])


def test_a_formula_error_names_its_cell(tmp_path):
    def break_it(book):
        book[SHEET]["H18"].value = "#DIV/0!"
        book[SHEET]["H18"].data_type = "e"

    reading = read(edit(good_form(tmp_path / "form.xlsx"), break_it))
    assert issue_cells(reading) == [("value.formula_error", "H18")]
    assert entry(reading, "0202", "firms").entry.status == "formula_error"


def test_another_cell_of_the_column_proves_the_decimal_mark(tmp_path):
    reading = read_with(tmp_path, {"H18": "1.234", "H17": "12,5"})
    firms = entry(reading, "0202", "firms")
    assert (firms.entry.status, firms.entry.value_micro) == ("ok", 1_234_000_000)
    assert "column:H17" in firms.entry.reading
    assert issue_cells(reading) == [("value.read_by_proof", "H18")]


def test_a_count_with_a_thousands_dot_is_read_and_the_proof_recorded(tmp_path):
    reading = read_with(tmp_path, {"H15": "1.234"})
    required = entry(reading, "0110", "required")
    assert required.entry.value_micro == 1_234_000_000
    assert "whole_number" in required.entry.reading
    assert issue_cells(reading) == [("value.read_by_proof", "H15")]


CHANGES = {
    "too large": ({"H14": 1001}, [("value.out_of_range", "H14")]),
    "negative": ({"H14": -1}, [("value.out_of_range", "H14")]),
    "no whole count": ({"H14": 2.5}, [("value.out_of_range", "H14")]),
    "below the least of the agency's column": ({"H18": -5}, [("value.out_of_range", "H18")]),
    "above 100 %": ({"H17": 101}, [("value.out_of_range", "H17")]),
    "a word that is no mark": ({"I14": "chưa rõ"}, [("option.unknown", "I14")]),
    "a no in the mark column is no mark": ({"I14": "không"}, []),
    "not applicable without a reason": (
        {"H14": None, "H15": None, "I15": "X"},
        [("unit.not_applicable_without_reason", "I15")],
    ),
    "two columns with one label": ({"O9": "Số liệu báo cáo"}, [("report.form_changed", None)]),
    "evidence of the next year": ({"N14": "15/01/2023"}, [("evidence.outside_period", "N14")]),
    "evidence of the last day": ({"N14": "31/12/2022"}, []),
    "a document below the last row is a signature": ({"M30": "Nơi nhận: như trên"}, []),
    "notes below the table are the sender's business": (
        {"A25": "Ghi chú: số liệu tạm tính", "H25": "Nguyễn Văn A", "B27": "Nơi nhận"},
        [],
    ),
}


@pytest.mark.parametrize(("cells", "issues"), CHANGES.values(), ids=CHANGES)
def test_a_change_has_its_issue_and_no_other(tmp_path, cells, issues):
    assert issue_cells(read_with(tmp_path, cells)) == issues


def test_the_allowed_range_stands_in_the_message(tmp_path):
    issue = read_with(tmp_path, {"H14": 1001}).issues[0]
    assert issue.severity == "blocking"
    assert "≥ 0, ≤ 1000" in issue.message_en
    assert issue.unit_id == "VN-P63-06"
    assert (issue.source_file, issue.source_sheet) == ("self_reports/form.xlsx", SHEET)


def test_not_applicable_needs_the_mark_on_one_row_of_the_component(tmp_path):
    cells = {"H14": None, "H15": None, "I14": "x", "J14": "Không có văn bản nào phải ban hành"}
    reading = read_with(tmp_path, cells)
    assert issue_cells(reading) == []
    for name in ("signed", "required"):
        one = entry(reading, "0110", name)
        assert (one.entry.status, one.entry.value_micro) == ("not_applicable", None)
        assert one.na_reason == "Không có văn bản nào phải ban hành"


def test_each_figure_of_a_component_keeps_its_own_reason(tmp_path):
    value = "không phát sinh"
    cells = {"H14": value, "J14": "Không ký văn bản nào", "H15": value, "J15": "Chưa có quy định"}
    reading = read_with(tmp_path, cells)
    assert issue_cells(reading) == []
    reasons = {name: entry(reading, "0110", name).na_reason for name in ("signed", "required")}
    assert reasons == {"signed": "Không ký văn bản nào", "required": "Chưa có quy định"}


def test_not_applicable_beside_a_figure_is_a_contradiction(tmp_path):
    reading = read_with(tmp_path, {"I14": "x", "J14": "lý do"})
    rule = "value.beside_not_applicable"
    assert issue_cells(reading) == [(rule, "H14"), (rule, "H15")]
    assert entry(reading, "0110", "signed").entry.status == "ambiguous"


def test_not_applicable_is_refused_where_the_component_does_not_allow_it(tmp_path):
    reading = read_with(tmp_path, {"H13": "không phát sinh", "J13": "lý do"})
    assert issue_cells(reading) == [("value.not_applicable_refused", "H13")]
    assert reading.issues[0].severity == "blocking"


@pytest.mark.parametrize("typed", [101, 1.01, "101", "1.1", "1,01"])
def test_a_code_typed_as_a_number_is_matched_with_a_warning(tmp_path, typed):
    reading = read_with(tmp_path, {"A11": typed})
    assert issue_cells(reading) == [("code.typed_as_number", "A11")]
    assert entry(reading, "0101", "chair").entry.option == "deputy"


def test_a_number_for_two_codes_is_decided_by_the_variable_only(tmp_path):
    # 1.1 is 0101 or 0110; only 0110 has the variable "signed".
    reading = read_with(tmp_path, {"A14": 1.1})
    assert issue_cells(reading) == [("code.typed_as_number", "A14")]
    assert reading.issues[0].component_code == "0110"


def test_numbers_stand_for_codes():
    mains = {"0101": "1", "0110": "1", "0111": "1", "1001": "10"}
    whole = {
        text: codes_of_number(text, mains, lost_zeros=False) for text in ("1.1", "1.10", "10.1")
    }
    assert whole == {"1.1": ["0101"], "1.10": ["0110"], "10.1": ["1001"]}
    assert codes_of_number("1.1", mains, lost_zeros=True) == ["0101", "0110"]
    assert codes_of_number("111", mains, lost_zeros=True) == ["0111"]
    for text in ("2.1", "một", "1.1.1"):
        assert codes_of_number(text, mains, lost_zeros=True) == [], text


def test_an_unknown_component_blocks_with_the_nearest_codes(tmp_path):
    reading = read_with(tmp_path, {"A13": "0109"})
    assert set(issue_cells(reading)) == {("value.missing", None), ("component.unknown", "A13")}
    issue = next(issue for issue in reading.issues if issue.rule_id == "component.unknown")
    assert issue.severity == "blocking"
    assert "0101" in issue.message_en
    assert "0102" in issue.message_en
    assert entry(reading, "0102", "section").entry.status == "blank"


def test_an_unknown_variable_blocks_and_names_those_of_the_component(tmp_path):
    reading = read_with(tmp_path, {"C14": "sign"})
    issue = next(issue for issue in reading.issues if issue.rule_id == "variable.unknown")
    assert (issue.source_cell, issue.component_code) == ("C14", "0110")
    assert "signed, required" in issue.message_en


def test_a_removed_row_is_a_missing_figure(tmp_path):
    def remove(book):
        book[SHEET].delete_rows(18)

    reading = read(edit(good_form(tmp_path / "form.xlsx"), remove))
    assert issue_cells(reading) == [("value.missing", None)]
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
    reading = read_with(tmp_path, {"A20": "0201", "C20": "share", "H20": value})
    assert issue_cells(reading) == [(rule, "H20")]
    assert reading.issues[0].severity == severity
    assert f"61.7 (H17); {value} (H20)" in reading.issues[0].message_en
    assert entry(reading, "0201", "share").entry.value_micro == micro


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        (("khoảng 5", "khoảng 6"), "variable.repeated"),
        (("1.234", "1.235"), "variable.repeated"),
        (("khoảng 5", "khoảng 5"), "variable.repeated_agrees"),
        (("không có", "không"), "variable.repeated_agrees"),
    ],
)
def test_repeated_rows_that_cannot_be_read_agree_in_the_same_words_only(tmp_path, values, rule):
    cells = {"H14": values[0], "A20": "0110", "C20": "signed", "H20": values[1]}
    issues = issue_cells(read_with(tmp_path, cells))
    assert [one for one in issues if one[0].startswith("variable.")] == [(rule, "H20")]


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        ({"A14": None, "C14": None}, "C14"),
        ({"C18": None}, "C18"),
        ({"A12": None, "C12": None, "M12": "99/KH", "N12": "01/02/2022"}, "C12"),
    ],
    ids=["a figure", "in the last row", "a document"],
)
def test_what_is_in_a_row_without_codes_is_not_lost_in_silence(tmp_path, cells, place):
    issues = read_with(tmp_path, cells).issues
    assert ("report.form_changed", place, "blocking") in [
        (issue.rule_id, issue.source_cell, issue.severity) for issue in issues
    ]


@pytest.mark.parametrize("text", ["Không có", "-", "chưa có"])
def test_a_word_for_none_in_the_place_of_a_document_is_no_evidence(tmp_path, text):
    reading = read_with(tmp_path, {"M14": text})
    assert issue_cells(reading) == [("evidence.missing", "H14")]
    signed = entry(reading, "0110", "signed")
    assert (signed.evidence_state, signed.evidence_text) == ("missing", None)
    assert [document.component_code for document in reading.documents] == ["0101"]


def test_a_document_whose_number_is_a_dash_has_none(tmp_path):
    reading = read_with(tmp_path, {"M14": "-", "O14": "Kế hoạch năm"})
    assert issue_cells(reading) == []
    assert reading.documents[-1][:5] == ("0110", "", "", "Kế hoạch năm", "")


def test_an_empty_line_between_documents_of_one_cell_moves_no_date(tmp_path):
    cells = {"M14": "34/KH\n\n35/KH", "N14": "01/03/2022\n02/04/2022", "O14": "A\n\nB"}
    documents = read_with(tmp_path, cells).documents[1:]
    assert [document[1:4] for document in documents] == [
        ("34/KH", "01/03/2022", "A"),
        ("35/KH", "02/04/2022", "B"),
    ]


@pytest.mark.parametrize("cell", ["H19", "M19"])
def test_a_row_added_above_the_total_is_not_lost(tmp_path, cell):
    def add(book):
        sheet = unmerged(book)
        sheet.insert_rows(19)  # TỔNG CỘNG is in row 20 then
        sheet[cell] = 77

    reading = read(edit(good_form(tmp_path / "form.xlsx"), add))
    assert issue_cells(reading) == [("report.form_changed", "C19")]
    assert reading.issues[0].severity == "blocking"
