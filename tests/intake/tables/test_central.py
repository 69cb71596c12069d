"""Central tables: one figure per unit and column, each fault with its cell."""

from pathlib import Path
from typing import NamedTuple

import pytest

from dti_pipeline.intake.assessed_units import AssessedUnits, GroupUnits
from dti_pipeline.intake.files.csv_file import read_csv_cells
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.files.workbook_xml import read_workbook
from dti_pipeline.intake.tables.central import read_central_table
from dti_pipeline.intake.tables.rows import TableFile
from schemas.files.framework import TableColumn
from tests.intake.intake_cases import framework, registry
from tests.intake.looks import write_book, write_rows

UNITS = ("VN-P63-01", "VN-P63-06", "VN-P63-56")  # Hà Nội, Bắc Kạn, Khánh Hòa
HEAD = "TenTinh,dan so,nam\n"
FULL = HEAD + "Hà Nội,8435.7,2022\nBắc Kạn,324.4,2022\nKhánh Hòa,1253.9,2022\n"
PROCEDURES = (
    "TinhThanh,So_TTHC,so_tthc_da_cung_cap_dvc_truc_tuyen_toan_trinh,"
    "so_tthc_da_cung_cap_dvc_truc_tuyen_mot_phan,so_tthc_chua_cung_cap_dvctt\n"
)


class Result(NamedTuple):
    cells: dict
    issues: list


def table(table_id):
    return next(one for one in framework().file.tables if one.id == table_id)


def delivery(path, number=1):
    return Delivery(number, f"raw/province-2022/central/{path.name}", "central", "0" * 64)


def read_files(
    *paths,
    table_id="population",
    used=("population",),
    units=UNITS,
    unit_set="province-63",
    column=None,
):
    files = [
        TableFile(
            delivery(path),
            (read_csv_cells if path.suffix == ".csv" else read_workbook)(path).sheets,
        )
        for path in paths
    ]
    names = dict(registry().of_set(unit_set).select("unit_id", "name_vi").iter_rows())
    group = GroupUnits(framework(), {one: names[one] for one in units})
    central = table(table_id)
    if column is not None:
        central = central.model_copy(update={"columns": {used[0]: column}})
    return Result(
        *read_central_table(
            central,
            files=files,
            used=used,
            group=group,
            units=AssessedUnits((group,), unit_set, registry()),
            year=2022,
            folder="raw/province-2022/central",
        )
    )


def read_text(tmp_path, text, **settings):
    path = tmp_path / "01_table.csv"
    path.write_text(text, "utf-8")
    return read_files(path, **settings)


def told(reading):
    return [(one.rule_id, one.unit_id, one.source_cell) for one in reading.issues]


def figures(reading, column="population"):
    return {
        unit: cell.entry.value_micro for (unit, key), cell in reading.cells.items() if key == column
    }


def test_a_clean_table_reads_without_issues(tmp_path):
    reading = read_text(tmp_path, FULL)
    assert told(reading) == []
    assert figures(reading) == {
        "VN-P63-01": 8_435_700_000,
        "VN-P63-06": 324_400_000,
        "VN-P63-56": 1_253_900_000,
    }
    cell = reading.cells[("VN-P63-06", "population")]
    assert (*cell.place[1:3], cell.raw_text) == (None, "3:dan so", "324.4")
    assert cell.delivery.path == "raw/province-2022/central/01_table.csv"


@pytest.mark.parametrize(
    ("title", "is_told"),
    [
        ("Số liệu năm 2021", True),
        ("BIỂU 2, QUÝ IV NĂM 2021 (kèm công văn ngày 2 tháng 3 năm 2022)", True),
        ("Data of the year 2020", True),
        ("Số liệu năm 2021 và năm 2022", False),
        ("Số liệu các năm 2021 - 2022", False),
        ("Hà Nội, ngày 02 tháng 12 năm 2021", False),
        ("Chương trình chuyển đổi số đến năm 2020", False),
        ("Số liệu phục vụ đánh giá năm 2023", False),
        ("Số liệu dịch vụ công", False),
    ],
)
def test_a_title_of_an_earlier_year_is_told(tmp_path, title, is_told):
    rows = "Hà Nội,4,1,2,1\nBắc Kạn,4,1,2,1\nKhánh Hòa,4,1,2,1\n"
    text = f'"{title}",,,,\n{PROCEDURES}{rows}'
    reading = read_text(tmp_path, text, table_id="procedures", used=("full",))
    assert told(reading) == [("table.title_of_other_year", None, "1:TinhThanh")] * is_told


def test_the_title_says_no_year_where_each_row_does(tmp_path):
    assert told(read_text(tmp_path, "Số liệu năm 2021,,\n" + FULL)) == []


def test_a_column_is_judged_as_a_whole(tmp_path):
    # 2.088 alone is 2088 or 2.088; 8435.7 in the same column shows the decimal point.
    text = HEAD + "Hà Nội,8435.7,2022\nBắc Kạn,2.088,2022\nKhánh Hòa,1000,2022\n"
    reading = read_text(tmp_path, text)
    assert figures(reading)["VN-P63-06"] == 2_088_000
    assert told(reading) == [("value.read_by_proof", "VN-P63-06", "3:dan so")]


def test_without_other_cells_a_doubtful_figure_blocks(tmp_path):
    text = HEAD + "Hà Nội,8435,2022\nBắc Kạn,2.088,2022\nKhánh Hòa,1000,2022\n"
    reading = read_text(tmp_path, text)
    assert told(reading) == [("value.ambiguous", "VN-P63-06", "3:dan so")]
    assert reading.issues[0].severity == "blocking"
    assert reading.cells[("VN-P63-06", "population")].entry.status == "ambiguous"


def test_names_are_matched_in_every_spelling(tmp_path):
    text = HEAD + "TP. Hà Nội,1,2022\nUBND tỉnh Bắc Kạn,2,2022\nKhánh Hoà,3,2022\n"
    assert list(figures(read_text(tmp_path, text)).values()) == [1_000_000, 2_000_000, 3_000_000]


@pytest.mark.parametrize("row", ["Xứ Lạ,không có,2022", "Xứ Lạ,5,2022", "Bắc Cạnn,chữ ký,"])
def test_a_row_of_figures_or_nearly_a_units_name_is_no_signature(tmp_path, row):
    assert told(read_text(tmp_path, f"{FULL}{row}\n")) == [("unit.unknown", None, "5:TenTinh")]


def test_an_unknown_unit_blocks_even_in_another_years_row(tmp_path):
    reading = read_text(tmp_path, FULL + "Bắc Cạnn,1,2021\n")
    assert told(reading) == [("unit.unknown", None, "5:TenTinh")]
    assert reading.issues[0].severity == "blocking"
    assert "Bắc Kạn" in reading.issues[0].message_en


@pytest.mark.parametrize("name", ["Cả nước", "TỔNG CỘNG", "Đồng bằng sông Hồng"])
def test_totals_and_regions_are_on_record_only(tmp_path, name):
    reading = read_text(tmp_path, FULL + f"{name},99000,2022\n")
    assert [(one.rule_id, one.severity) for one in reading.issues] == [
        ("table.row_ignored", "info")
    ]


def test_rows_of_other_years_do_not_count(tmp_path):
    text = FULL.replace("324.4,2022", "324.4,2022\nBắc Kạn,326.5,2023")
    reading = read_text(tmp_path, text)
    assert told(reading) == []
    assert figures(reading)["VN-P63-06"] == 324_400_000


def test_a_repeated_unit_that_agrees_is_an_info(tmp_path):
    reading = read_text(tmp_path, FULL + "Tỉnh Bắc Kạn,324.40,2022\n")
    assert told(reading) == [("unit.duplicate_agrees", "VN-P63-06", "5:TenTinh")]
    assert reading.issues[0].severity == "info"
    assert figures(reading)["VN-P63-06"] == 324_400_000


def test_a_repeated_unit_that_disagrees_blocks_and_counts_for_nothing(tmp_path):
    reading = read_text(tmp_path, FULL + "Tỉnh Bắc Kạn,999,2022\n")
    assert told(reading) == [("unit.duplicate_disagrees", "VN-P63-06", "5:TenTinh")]
    assert reading.issues[0].severity == "blocking"
    assert "324.4 (3:dan so) | 999 (5:dan so)" in reading.issues[0].message_en
    assert figures(reading)["VN-P63-06"] is None


def test_two_files_of_one_table_are_compared_too(tmp_path):
    first, second = tmp_path / "01_table.csv", tmp_path / "02_table.csv"
    first.write_text(FULL, "utf-8")
    second.write_text(HEAD + "Bắc Kạn,1,2022\n", "utf-8")
    reading = read_files(first, second)
    assert told(reading) == [("unit.duplicate_disagrees", "VN-P63-06", "2:TenTinh")]
    both = "324.4 (01_table.csv 3:dan so) | 1 (02_table.csv 2:dan so)"
    assert both in reading.issues[0].message_en


def test_a_unit_that_was_merged_is_named_with_its_successor(tmp_path):
    text = HEAD + "Bắc Giang,1,2022\nTP. Hà Nội,2,2022\nBắc Giangg,3,2022\n"
    reading = read_text(tmp_path, text, units=("VN-P34-01",), unit_set="province-34")
    assert told(reading) == [
        ("unit.merged", None, "2:TenTinh"),
        ("unit.unknown", None, "4:TenTinh"),
    ]
    merged = reading.issues[0]
    assert "“Bắc Giang” became part of Bắc Ninh on 1 July 2025." in merged.message_en
    assert "“Bắc Giang” đã sáp nhập vào Bắc Ninh từ ngày 01/7/2025." in merged.message_vi


def test_a_unit_that_the_table_lacks_is_blank(tmp_path):
    reading = read_text(tmp_path, HEAD + "Hà Nội,8435.7,2022\nBắc Kạn,324.4,2022\n")
    assert told(reading) == []  # acceptance blocks, unless a correction delivers the figure
    blank = reading.cells[("VN-P63-56", "population")]
    assert (*blank.entry[:2], blank.place.source_cell) == ("blank", None, None)
    assert blank.entry.reading == "no_row"


def test_a_unit_whose_row_is_of_another_year_is_blank_at_that_row(tmp_path):
    reading = read_text(tmp_path, FULL.replace("324.4,2022", "324.4,2021"))
    blank = reading.cells[("VN-P63-06", "population")]
    assert (blank.entry.reading, blank.place[2], blank.raw_text) == ("no_row", "3:nam", "2021")


def test_a_row_of_another_year_keeps_its_file(tmp_path):
    first, second = tmp_path / "01_table.csv", tmp_path / "02_table.csv"
    first.write_text(FULL.replace("Bắc Kạn,324.4,2022\n", ""), "utf-8")
    second.write_text(HEAD + "Bắc Kạn,326.5,2021\n", "utf-8")
    blank = read_files(first, second).cells[("VN-P63-06", "population")]
    assert (blank.delivery.name, blank.place[2], blank.raw_text) == (second.name, "2:nam", "2021")


def test_a_table_of_another_year_is_one_issue_that_names_the_years(tmp_path):
    (issue,) = read_text(tmp_path, FULL.replace(",2022", ",2021")).issues
    assert (issue.rule_id, issue.severity) == ("table.other_year", "blocking")
    assert "needed: nam = 2022, in the file: 2021" in issue.message_en
    assert "cần nam = 2022, trong tệp là 2021" in issue.message_vi


def test_a_row_without_figures_is_no_row(tmp_path):
    reading = read_text(tmp_path, FULL.replace("Bắc Kạn,324.4", "Bắc Kạn,"))
    assert told(reading) == []
    entry = reading.cells[("VN-P63-06", "population")].entry
    assert (entry.status, entry.reading) == ("blank", "no_row")


def test_none_declared_is_zero(tmp_path):
    reading = read_text(tmp_path, FULL.replace("324.4", "không có"))
    entry = reading.cells[("VN-P63-06", "population")].entry
    assert (entry.status, entry.value_micro) == ("none_declared", 0)


@pytest.mark.parametrize(
    ("header", "lacking", "rule"),
    [
        ("Tinh,dan so,nam\n", "“TenTinh”", "table.column_missing"),
        ("TenTinh,so dan,nam\n", "“dan so”", "table.column_missing"),
        ("TenTinh,dan so,thang\n", "“nam”", "table.column_missing"),
        ("TenTinh,dan so,nam,dan so\n", "“dan so” (B1, D1)", "table.column_repeated"),
    ],
)
def test_a_missing_or_repeated_column_blocks(tmp_path, header, lacking, rule):
    reading = read_text(tmp_path, FULL.replace(HEAD, header))
    assert [one.rule_id for one in reading.issues] == [rule]
    assert reading.issues[0].severity == "blocking"
    assert lacking in reading.issues[0].message_vi
    assert header.split(",")[1] in reading.issues[0].message_en
    assert reading.cells == {}


def test_no_file_is_a_missing_table():
    reading = read_files()
    assert [(one.rule_id, one.severity) for one in reading.issues] == [
        ("table.missing", "blocking")
    ]
    assert "*population*" in reading.issues[0].message_en


def test_the_file_may_say_what_its_rows_stand_on(tmp_path):
    text = "TenTinh,dan so,nam,data_basis\nHà Nội,1,2022,published\nBắc Kạn,2,2022,sample\n"
    text += "Khánh Hòa,3,2022,thật\n"
    reading = read_text(tmp_path, text)
    assert [cell.data_basis for cell in reading.cells.values()] == ["published", "sample", None]
    assert told(reading) == [("option.unknown", "VN-P63-56", "4:data_basis")]


def workbook(path: Path, **settings) -> Path:
    rows = [
        ["BỘ KẾ HOẠCH VÀ ĐẦU TƯ"],
        ["DÂN SỐ TRUNG BÌNH"],
        [],
        ["STT", "TenTinh", "Dân số", None, "nam"],
        [None, None, "dan so", "nam sinh", None],
        [1, "Hà Nội", 8435.7, None, 2022],
        [2, "Bắc Kạn", 324.4, None, 2022],
        [3, "Khánh Hòa", "=1250+3.9", None, 2022],
        [],
        [None, "Nguồn: Tổng cục Thống kê"],
    ]
    sheet = {"rows": rows, "merged": ["A2:E2", "C4:D4", "B4:B5"]} | settings
    return write_book(path, {"Dân số": sheet, "Khác": {"rows": []}})


def test_the_header_is_found_under_titles_and_over_two_rows(tmp_path):
    reading = read_files(workbook(tmp_path / "01_table.xlsx"))
    assert figures(reading)["VN-P63-06"] == 324_400_000
    cell = reading.cells[("VN-P63-06", "population")]
    assert cell.place[1:3] == ("Dân số", "C7")
    assert told(reading) == [("value.formula_without_value", "VN-P63-56", "C8")]


def test_a_hidden_sheet_is_no_table(tmp_path):
    reading = read_files(workbook(tmp_path / "01_table.xlsx", hidden=True))
    assert [(one.rule_id, one.severity, one.source_sheet) for one in reading.issues] == [
        ("table.on_hidden_sheet", "blocking", "Dân số")
    ]


def procedures(tmp_path, *rows, used=("total", "full", "partial", "none"), units=UNITS):
    text = PROCEDURES + "\n".join(rows) + "\n"
    return read_text(tmp_path, text, table_id="procedures", used=used, units=units)


def test_the_identity_decides_thousands_dots_with_lost_zeros(tmp_path):
    reading = procedures(tmp_path, "Khánh Hòa,2.168,593,1.29,285", units=("VN-P63-56",))
    got = {key: cell.entry.value_micro for (_, key), cell in reading.cells.items()}
    assert got == {
        "total": 2_168_000_000,
        "full": 593_000_000,
        "partial": 1_290_000_000,
        "none": 285_000_000,
    }
    assert "identity" in reading.cells[("VN-P63-56", "partial")].entry.reading
    assert {one.rule_id for one in reading.issues} == {"value.read_by_proof"}


def test_a_figure_that_the_identity_does_not_decide_stays_ambiguous(tmp_path):
    reading = procedures(tmp_path, "Khánh Hòa,2.168,593,1.29,286", units=("VN-P63-56",))
    assert reading.cells[("VN-P63-56", "partial")].entry.status == "ambiguous"
    rules = [one.rule_id for one in reading.issues if one.severity != "info"]
    assert sorted(rules) == ["central.identity_broken", "value.ambiguous"]


def test_a_broken_identity_is_told_with_both_sides(tmp_path):
    reading = procedures(tmp_path, "Hà Nội,10,5,3,1", units=("VN-P63-01",))
    (issue,) = reading.issues
    assert (issue.rule_id, issue.severity) == ("central.identity_broken", "warning")
    assert "(10 and 9)" in issue.message_en
    assert reading.cells[("VN-P63-01", "full")].entry.value_micro == 5_000_000


def test_columns_of_the_identity_alone_raise_no_issues_of_their_own(tmp_path):
    reading = procedures(tmp_path, "Hà Nội,8,5,3,không rõ", used=("full",), units=("VN-P63-01",))
    assert told(reading) == []
    assert set(reading.cells) == {("VN-P63-01", "full")}


SHARE = TableColumn(
    header="Tỷ lệ (%)", name_vi="Tỷ lệ", name_en="Share", kind="percent", minimum="0", maximum="100"
)


def shares(tmp_path, *cells, formats=()):
    """Read a column of percentages of typed numbers, some in a format of their own."""
    units = registry().of_set("province-63").head(len(cells))
    rows = [[name, cell, 2022] for name, cell in zip(units["name_vi"], cells, strict=True)]
    looks = {
        f"B{row}": {"value": cell, "format": text}
        for row, (cell, text) in enumerate(zip(cells, formats, strict=False), start=2)
    }
    head = ["TenTinh", SHARE.header, "nam"]
    path = write_rows(tmp_path / "01_table.xlsx", [head, *rows], looks=looks)
    reading = read_files(path, units=tuple(units["unit_id"]), column=SHARE)
    return [reading.cells[one, "population"].entry.value_micro for one in units["unit_id"]], [
        issue.source_cell for issue in reading.issues if issue.rule_id == "value.ambiguous"
    ]


@pytest.mark.parametrize(
    "cells",
    [(0.7, 0.85, 0.92, 1.01), (0.3, 0.45, 0.6, 5), (0.3, 5), (0, 0, 0.5, 5)],
    ids=["fractions and one above one", "fractions and a slip", "as many of both", "zeros"],
)
def test_a_figure_above_one_does_not_make_percentages_of_fractions(tmp_path, cells):
    _, unclear = shares(tmp_path, *cells)
    assert unclear == [f"B{row}" for row, cell in enumerate(cells, start=2) if 0 < cell < 1]


def test_cells_with_a_percent_format_prove_nothing_for_those_without(tmp_path):
    figures_read, unclear = shares(tmp_path, 0.12, 0.15, 0.4, 0.9, formats=("0%", "0%", "0%"))
    assert figures_read == [12_000_000, 15_000_000, 40_000_000, None]
    assert unclear == ["B5"]


def test_most_figures_above_one_make_percentages_of_the_others(tmp_path):
    figures_read, unclear = shares(tmp_path, 6.1, 7, 0, 0.9, 2.5)
    assert figures_read == [6_100_000, 7_000_000, 0, 900_000, 2_500_000]
    assert unclear == []


def test_a_figure_far_below_the_middle_of_the_column_is_not_decided(tmp_path):
    figures_read, unclear = shares(tmp_path, 61.7, 70, 80, 0.617)
    assert figures_read == [61_700_000, 70_000_000, 80_000_000, None]
    assert unclear == ["B5"]


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        (("1.234", "1.235"), "unit.duplicate_disagrees"),
        (("khoảng 5", "khoảng 6"), "unit.duplicate_disagrees"),
        (("1.234", "1.234"), "unit.duplicate_agrees"),
        (("không phát sinh", "N/A"), "unit.duplicate_agrees"),
        (("không có", "không"), "unit.duplicate_agrees"),
        (("chưa có", "…"), "unit.duplicate_agrees"),
    ],
)
def test_two_cells_that_cannot_be_read_say_the_same_only_in_the_same_words(tmp_path, cells, rule):
    rows = "".join(f"Bắc Kạn,{cell},2022\n" for cell in cells)
    reading = read_text(tmp_path, HEAD + rows, units=("VN-P63-06",))
    assert [one for one, *_ in told(reading) if one.startswith("unit.")] == [rule]
