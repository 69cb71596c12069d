"""The self-report workbook as written."""

import datetime
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.utils.datetime import from_excel

from dti_pipeline.index.frameworks.load import read_framework
from dti_pipeline.intake.forms.layout import SAMPLE_LINE, Answer, Evidence, questions_by_key
from tests.intake.intake_cases import (
    ANSWERS,
    CELL,
    DATA,
    EVIDENCE,
    SHEET,
    framework,
    good_form,
    unit,
)


def written(folder, **changes):
    return openpyxl.load_workbook(good_form(folder / "a.xlsx", **changes))


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return written(tmp_path_factory.mktemp("form"))


@pytest.fixture
def sheet(book):
    return book[SHEET]


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    first = good_form(tmp_path / "a.xlsx", data_basis="sample")
    second = good_form(tmp_path / "b.xlsx", data_basis="sample")
    assert first.read_bytes() == second.read_bytes()


def test_a_row_shows_code_name_variable_unit_and_rule(sheet):
    row = [cell.value for cell in sheet[14]]
    assert row[:6] == [
        "0110",
        "Tỷ lệ văn bản do người đứng đầu ký",
        "signed",
        "Số văn bản đã ký",
        "văn bản",
        framework().by_code["0110"].render().vi,
    ]
    assert sheet["A14"].data_type == "s"
    assert sheet["H14"].value == 12


def test_an_agencys_figure_is_asked_as_its_column_holds_it(tmp_path):
    # A column is an amount and a variable a count where nobody says what they are.
    text = (DATA / "small-922.toml").read_text("utf-8")
    path = tmp_path / "small-922.toml"
    path.write_text(
        text.replace('also_reported = true, kind = "amount"', "also_reported = true"), "utf-8"
    )
    question = questions_by_key(read_framework(path))["0202", "firms"]
    assert (question.variable.kind, question.variable.unit) == ("amount", "doanh nghiệp")


def test_titles_name_the_sender_and_the_assessment_in_merged_cells(sheet):
    assert sheet["A1"].value == "ỦY BAN NHÂN DÂN TỈNH BẮC KẠN"
    assert sheet["F1"].value == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert sheet["A3"].value.startswith("BÁO CÁO KẾT QUẢ TỰ ĐÁNH GIÁ")
    merged = {str(area) for area in sheet.merged_cells.ranges}
    assert {"A1:E1", "A8:B8", "F8:F9", "K8:L8", "M8:P8"} <= merged


def test_a_department_sends_under_its_own_name(tmp_path):
    own = dict(unit()) | {"unit_type": "sở", "name_vi": "Sở Y tế"}
    assert written(tmp_path, unit=own)[SHEET]["A1"].value == "SỞ Y TẾ"


def test_central_and_borrowed_figures_are_not_asked_unless_both_are_wanted(sheet):
    asked = [(sheet[f"A{row}"].value, sheet[f"C{row}"].value) for row in range(10, 20)]
    assert [key for key in asked if key[1]] == list(CELL)
    assert sheet[CELL[("0202", "firms")]].value == 324.4


def test_only_entry_cells_are_unlocked(sheet):
    assert sheet.protection.sheet
    unlocked = {
        cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked
    }
    marks = {"I14", "J14", "I15", "J15"}
    notes = {f"Q{row}" for row in (11, 12, 13, 14, 15, 17, 18)}
    documents = {f"{column}{row}" for column in "MNOP" for row in range(11, 16) if row != 13}
    contact = {f"{column}7" for column in "HIJKLMNOPQ"}
    assert unlocked == set(CELL.values()) | marks | documents | notes | contact | {"H6"}


def test_the_day_of_delivery_has_a_labelled_cell_that_checks_dates(tmp_path, sheet):
    assert sheet["A6"].value.startswith("Ngày nộp · Delivered on")
    checks = [c for c in sheet.data_validations.dataValidation if "H6" in str(c.sqref)]
    assert [(check.type, check.operator) for check in checks] == [("date", "greaterThanOrEqual")]
    assert from_excel(float(checks[0].formula1)) == datetime.datetime(2022, 1, 1)
    assert written(tmp_path, data_basis="sample")[SHEET]["A6"].value == SAMPLE_LINE


def test_the_header_stays_in_sight(sheet):
    assert sheet.freeze_panes == "C10"


def test_value_cells_check_numbers_ranges_and_lists(book):
    checks = {
        str(area): check
        for check in book[SHEET].data_validations.dataValidation
        for area in check.sqref.ranges
    }
    labels = checks["H11"].formula1
    assert checks["H11"].type == checks["H13"].type == "list"
    column = labels.split("$")[1]
    meta = [book["_meta"][f"{column}{row}"].value for row in (1, 2, 3)]
    assert meta == ["Bí thư, Chủ tịch", "Cấp phó", "Không ai"]
    assert (checks["H14"].formula1, checks["H14"].formula2) == ("0.0", "1000.0")
    assert checks["H17"].errorStyle == "warning"


def test_the_hidden_sheet_names_form_framework_assessment_and_unit(tmp_path):
    book = written(tmp_path, data_basis="sample")
    assert book["_meta"].sheet_state == "hidden"
    rows = book["_meta"].iter_rows(max_col=2, values_only=True)
    meta = dict(row for row in rows if any(row))  # the lists beside them are longer
    assert meta == {
        "form_version": "1",
        "assessment_id": "province-2022",
        "framework_id": "small-922",
        "framework_hash": framework().content_hash,
        "unit_id": "VN-P63-06",
        "unit_name": "Bắc Kạn",
        "data_basis": "sample",
    }


@pytest.mark.parametrize("basis", ["sample", "calibrated_sample"])
def test_a_sample_says_so_on_both_sheets(tmp_path, basis):
    book = written(tmp_path, data_basis=basis)
    for sheet in ("Hướng dẫn", SHEET):
        texts = [cell for row in book[sheet].iter_rows(values_only=True) for cell in row]
        assert SAMPLE_LINE in texts


def test_a_form_to_fill_in_carries_no_sample_mark(tmp_path):
    book = written(tmp_path, answers=None, evidence=None)
    texts = [cell for row in book[SHEET].iter_rows(values_only=True) for cell in row]
    assert SAMPLE_LINE not in texts
    assert all(book[SHEET][address].value is None for address in CELL.values())


def test_the_signature_block_stands_below_the_table(sheet):
    assert sheet["H22"].value == "THỦ TRƯỞNG ĐƠN VỊ"


def test_last_year_and_evidence_are_shown(tmp_path):
    sheet = written(tmp_path, last_year={("0110", "signed"): 9})[SHEET]
    assert sheet["G14"].value == 9
    document = [sheet[f"{column}11"].value for column in "MNOP"]
    date = datetime.datetime(2022, 3, 1)
    assert document == ["12/QĐ-UBND", date, "Kiện toàn", "https://example.vn/1"]


def test_texts_that_look_like_formulas_stay_texts(tmp_path):
    evidence = EVIDENCE | {"0110": [Evidence('=HYPERLINK("http://x")', title="@cmd", link="+1")]}
    sheet = written(tmp_path, evidence=evidence)[SHEET]
    assert [sheet[f"{column}14"].data_type for column in "MOP"] == ["s", "s", "s"]


def test_a_small_percentage_is_written_with_its_sign(tmp_path):
    answers = ANSWERS | {("0201", "share"): Answer(Decimal("0.8"))}
    sheet = written(tmp_path, answers=answers)[SHEET]
    assert sheet["H17"].value == "0,8%"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"answers": {("0202", "people"): Answer(1)}}, "0202.people"),
        ({"answers": {("9999", "x"): Answer(1)}}, "9999.x"),
        ({"evidence": {"0203": [Evidence("1")]}}, "0203"),
        ({"answers": {("0101", "chair"): Answer("boss")}}, "head, deputy, none"),
        ({"answers": {("0110", "signed"): Answer(Decimal("12345678901.234567"))}}, "more digits"),
    ],
)
def test_what_the_form_cannot_hold_is_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        good_form(tmp_path / "a.xlsx", **changes)


@pytest.mark.parametrize("name", ["Hướng dẫn", SHEET])
def test_every_sheet_prints_on_a4_across_as_wide_as_the_page(book, name):
    setup = book[name].page_setup
    assert (setup.paperSize, setup.orientation, setup.fitToHeight) == (9, "landscape", 0)
    assert book[name].sheet_properties.pageSetUpPr.fitToPage
    assert book[name].oddFooter.center.text == "&P/&N"


def test_rows_are_as_high_as_their_texts(book, sheet):
    guide = book["Hướng dẫn"]
    long = next(row for row in range(5, 13) if "Điểm tự chấm" in guide.cell(row, 2).value)
    assert guide.row_dimensions[long].height >= 15 * 4
    # The rule of 0101 stands once over both rows of the component.
    assert {"F11:F12", "B11:B12", "K11:K12", "L11:L12"} <= {str(one) for one in sheet.merged_cells}
    lines = len(sheet["F11"].value) / 32
    assert sum(sheet.row_dimensions[row].height for row in (11, 12)) >= 15 * lines


def test_points_are_formulas_with_their_maximum_and_their_sums(sheet):
    assert [sheet[f"K{row}"].value for row in (11, 13, 14, 17, 18)] == [10, 10, 10, 20, 20]
    assert sheet["L11"].value.startswith("=IF(OR(COUNTIF(_meta!$D$1:$D$1,")
    assert sheet["L10"].value == "=SUM(L11:L15)"
    assert sheet["L19"].value == "=SUM(L10,L16)"
    assert sheet["L11"].protection.locked
    # An agency supplies the population: nothing the form could compute.
    assert "chờ số liệu cơ quan quản lý" in sheet["L18"].value


def test_documents_take_as_many_rows_as_there_are(tmp_path):
    three = [Evidence(f"{n}/QĐ") for n in range(3)]
    sheet = written(tmp_path, evidence={"0101": three})[SHEET]
    assert [sheet[f"M{row}"].value for row in (11, 12, 13)] == ["0/QĐ", "1/QĐ", "2/QĐ"]
    assert [sheet[f"A{row}"].value for row in (11, 12, 13, 14)] == ["0101"] * 3 + ["0102"]
