"""The corpus of printed tables: every fault is found, and only the faults."""

import csv
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.printed.table import PrintedTable, UnreadableTableError, read_printed
from dti_pipeline.release.folder import Release
from tests.conftest import REPOSITORY
from tests.printed.corpus import CORPUS, Check, assert_faults, checking, tables

TABLES = tables("corpus")


@pytest.fixture(scope="module")
def check(national_release: Release) -> Check:
    return checking(national_release)


def read(path: Path) -> PrintedTable:
    return read_printed(path, registry=load_registry(), unit_set="province-63")


def write(path: Path, *rows: Sequence[object]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.mark.parametrize("table", TABLES, ids=[table["name"] for table in TABLES])
def test_every_fault_of_a_table_is_found_and_only_the_faults(
    check: Check, tmp_path: Path, table: dict[str, Any]
) -> None:
    assessment = table.get("assessment", "province-2022")
    assert_faults(check, table, folder=tmp_path, assessment=assessment)


def test_a_fault_names_the_unit_and_says_it_in_both_languages(check: Check) -> None:
    (row,) = check(CORPUS / "ninh_binh_change.csv", "province-2022")
    assert row["unit_id"] == "VN-P63-37"
    assert "+0.1150" in row["message_en"]
    assert "+0,1150" in row["message_vi"]


@pytest.mark.parametrize("at", [0, 1, 2, 3, 4])
def test_one_slip_is_found_wherever_it_stands_and_its_neighbours_are_not_blamed(
    check: Check, tmp_path: Path, at: int
) -> None:
    values = ["0.8002", "0.7163", "0.7024", "0.6975", "0.6924"]
    names = ["Đà Nẵng", "TP. Hồ Chí Minh", "Quảng Ninh", "TP. Huế", "Cần Thơ"]
    values[at] = "0.1" if at == 0 else "0.9999"
    rows = zip(range(1, 6), names, values, strict=True)
    path = write(tmp_path / "t.csv", ["Hạng", "Đơn vị", "Giá trị"], *rows)
    found = check(path, "province-2022")
    assert {row["unit_name"] for row in found} == {names[at]}
    assert [row["check"] for row in found] == ["level_differs", "out_of_order"]


def test_pillar_means_of_2023_shifted_by_one_column(check: Check) -> None:
    (found,) = check(CORPUS / "pillar_means_2023.csv", "province-2023")
    assert found["check"] == "columns_shifted"
    assert "“Trụ cột Xã hội số” → “Trụ cột Kinh tế số”" in found["expected"]


def test_shifted_columns_of_units_are_told_once(check: Check, tmp_path: Path) -> None:
    # Mains 7, 8, 9 of 2022, printed one column to the right.
    path = write(
        tmp_path / "t.csv",
        ["Đơn vị", "Hạ tầng số", "Hoạt động chính quyền số", "Hoạt động kinh tế số"],
        ["Đà Nẵng", "0.8002", "0.8253", "0.8575"],
        ["Quảng Ninh", "0.7024", "0.7648", "0.8385"],
        ["Cần Thơ", "0.6924", "0.7233", "0.7325"],
    )
    assert [row["check"] for row in check(path, "province-2022")] == ["columns_shifted"]


def test_units_are_known_by_any_of_their_names_and_unknown_ones_are_named(
    check: Check, tmp_path: Path
) -> None:
    path = write(
        tmp_path / "t.csv",
        ["Đơn vị", "Giá trị"],
        ["UBND tỉnh Quảng Ninh", "0.7024"],
        ["Quảng Nin", "0.7024"],
        ["Quảng Ninh", "0.7024"],
        ["Xứ Lạ", "0.7024"],
        ["Nguồn: Bộ", ""],
    )
    found = check(path, "province-2022")
    faults = [(row["check"], row["row"]) for row in found]
    assert faults == [("unit_unknown", 3), ("unit_repeated", 4), ("unit_unknown", 5)]
    assert "Quảng Ninh" in found[0]["expected"]
    assert "Nearest: Quảng Ninh" in found[0]["message_en"]
    assert found[2]["message_vi"] == "Không nhận ra đơn vị “Xứ Lạ”."


def test_the_published_table_of_2022_is_without_fault(check: Check, tmp_path: Path) -> None:
    source = REPOSITORY / "data/raw/province-2022/official/01_published_dti_2022_2024.csv"
    head, *lines = source.read_text(encoding="utf-8-sig").splitlines()
    own = [line for line in lines if line.endswith(",2022")]
    path = tmp_path / "published.csv"
    path.write_text("\n".join([head, *own, ""]), encoding="utf-8")
    assert check(path, "province-2022") == []


def test_a_workbook_with_titles_merged_headers_and_a_signature_is_read(
    check: Check, tmp_path: Path
) -> None:
    path = tmp_path / "bang.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Kết quả")
        sheet.merge_range("A1:E1", "KẾT QUẢ CHUYỂN ĐỔI SỐ NĂM 2022")
        sheet.merge_range("A3:A4", "TT")
        sheet.merge_range("B3:B4", "Tỉnh, thành phố")
        sheet.merge_range("C3:D3", "Năm 2022")
        sheet.write_row("C4", ["Giá trị", "Xếp hạng"])
        sheet.write("E3", "Năm 2021")
        sheet.write("E4", "Giá trị")
        sheet.write_row("A5", [1, "Ninh Bình", 0.6214, 12, 0.5064])
        sheet.write_row("A6", [2, "Trà Vinh", 0.6077, 25, 0.4294])
        sheet.write("B8", "Người lập biểu")
    (row,) = check(path, "province-2022")
    assert (row["check"], row["cell"]) == ("rank_differs", "Kết quả!D5")
    assert (row["printed"], row["expected"]) == ("12", "21")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "no header row"),
        ("Tỉnh, xã;Giá trị\nHà Nội, x;9367\n", "not clear what separates the cells"),
    ],
)
def test_a_file_that_is_no_clear_table_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableTableError, match=message):
        read(path)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_with_its_separator(tmp_path: Path, separator: str, encoding: str) -> None:
    text = "TT;Tỉnh, thành phố;Giá trị\n(1);(2);(3)\n1;Hà Nội;0,9367\n;Cả nước;0,5\n"
    path = tmp_path / "t.csv"
    path.write_bytes(text.replace(";", separator).encode(encoding))
    table = read(path)
    figures = [(one.subject.unit_id, one.place, str(one.figure.value)) for one in table.entries]
    assert figures == [("VN-P63-01", "C3", "0.9367"), (None, "C4", "0.5")]
    assert [subject.is_summary for subject in table.subjects] == [False, True]


def test_cells_that_hold_something_else_than_a_figure_are_named(tmp_path: Path) -> None:
    path = tmp_path / "bang.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet, struck = book.add_worksheet("T"), book.add_format({"font_strikeout": True})
        sheet.write_row("A1", ["Tỉnh, thành phố", "Giá trị", "Hạng"])
        sheet.write_row("A2", ["Hà Nội", "khoảng 0,9", "I"])
        sheet.write_row("A3", ["Huế", "–", "không xếp hạng"])
        sheet.write_row("A4", ["Đà Nẵng", 0.8002, 1])
        sheet.write("A5", "Cần Thơ")
        sheet.write("B5", 0.5, struck)
        sheet.write("A6", "Lào Cai")
        sheet.write_formula("B6", "=1/2", value="")
    table = read(path)
    assert [one.place for one in table.entries] == ["T!B4", "T!C4"]
    assert table.unread == [
        *("T!B2 “khoảng 0,9”", "T!C2 “I”", "T!C3 “không xếp hạng”"),
        *("T!B5 “0.5”", "T!B6 “=1/2”"),
    ]


def test_every_check_speaks_both_languages() -> None:
    text = files("schemas").joinpath("texts/stages.toml").read_text("utf-8")
    for vi, en in tomllib.loads(text)["printed_faults"].values():
        for text in (vi, en):
            assert "{printed}" in text
            assert "{expected}" in text or "{nearest}" in text
