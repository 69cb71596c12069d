"""A form of another structure, assessment or framework is refused, or told with what may differ."""

import pytest

from dti_pipeline.index.frameworks.load import read_framework
from tests.intake.intake_cases import DATA, SHEET, edit, good_form, issue_cells, read, read_with


@pytest.mark.parametrize(("label", "cell"), [("Số liệu báo cáo", "H9"), ("Mã biến", "C9")])
def test_a_form_without_a_needed_column_is_refused(tmp_path, label, cell):
    reading = read_with(tmp_path, {cell: "xóa"})
    assert issue_cells(reading) == [("report.form_changed", None)]
    assert reading.entries == ()


@pytest.mark.parametrize(
    ("state", "rule", "n_entries"),
    [("visible", "report.form_changed", 0), ("hidden", "file.hidden_sheet", 6)],
)
def test_a_second_table_is_refused_and_a_hidden_one_told(tmp_path, state, rule, n_entries):
    def copy(book):
        book.copy_worksheet(book[SHEET]).sheet_state = state

    reading = read(edit(good_form(tmp_path / "form.xlsx"), copy))
    assert issue_cells(reading) == [(rule, None)]
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
    assert issue_cells(reading) == [("report.form_changed", None)]


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
