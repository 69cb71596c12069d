"""A table in text: separators, headers, rows and places, and one finding where it is broken."""

from pathlib import Path

import pytest

from dti_pipeline.index.csv_rows import UnreadableFileError
from dti_pipeline.intake.files.cells import Cell, CellType, FileContent
from dti_pipeline.intake.files.csv_file import read_csv_cells

T = CellType


def csv_file(path: Path, text: str | bytes) -> Path:
    target = path / "a.csv"
    target.write_bytes(text if isinstance(text, bytes) else text.encode())
    return target


def table(book: FileContent) -> list[tuple[str, str]]:
    return [(cell.place, cell.text) for cell in book.sheets[0].cells]


def test_a_table_is_read_as_text_with_row_and_header(tmp_path: Path) -> None:
    path = csv_file(tmp_path, '\ufeffTinh, So \r\n"Hà Nội, TP",1.29\r\nHuế,\r\n')
    book = read_csv_cells(path)
    assert table(book) == [
        ("1:Tinh", "Tinh"),
        ("1:So", " So "),
        ("2:Tinh", "Hà Nội, TP"),
        ("2:So", "1.29"),
        ("3:Tinh", "Huế"),
    ]
    assert book.findings == ()
    assert {cell.cell_type for cell in book.sheets[0].cells} == {T.TEXT}
    assert book.sheets[0].at(3, 2) == Cell("3:So", 3, 2, "", T.EMPTY, "General", "")
    assert book.sheets[0].at(3, 4).place == "3:D"


def test_blank_lines_are_counted_and_skipped(tmp_path: Path) -> None:
    book = read_csv_cells(csv_file(tmp_path, "a,b\n\n,\n1,2\n"))
    assert table(book)[2:] == [("4:a", "1"), ("4:b", "2")]
    assert book.findings == ()


@pytest.mark.parametrize(("row", "cells"), [("Hà Nội,12,5", 3), ("Hà Nội", 1)])
def test_an_odd_table_is_read_with_a_finding(tmp_path: Path, row: str, cells: int) -> None:
    book = read_csv_cells(csv_file(tmp_path, f"a,b\n{row}\n"))
    details = {"row": 2, "cells": cells, "columns": 2}
    assert [(one.code, one.details) for one in book.findings] == [("csv.row_length", details)]
    assert [text for _, text in table(book)] == ["a", "b", *row.split(",")]


@pytest.mark.parametrize(
    "text", ["a,,b\n1,2,3\n", "a,b,a\n1,2,3\n", "a,b,\nx,y,2\n", "a,b,\nx,1,y\n"]
)
def test_blank_and_repeated_headings_are_for_the_table_to_judge(tmp_path: Path, text: str) -> None:
    book = read_csv_cells(csv_file(tmp_path, text))
    assert book.findings == ()
    read = "".join(cell.text for cell in book.sheets[0].cells)
    assert read == text.replace(",", "").replace("\n", "")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a;b\n1;2\n", [["a", "b"], ["1", "2"]]),
        ("a\tb\n1\t2\n", [["a", "b"], ["1", "2"]]),
        ("a|b\n1|2\n", [["a", "b"], ["1", "2"]]),
        ('"a";"b"\n"1,5";"2"\n', [["a", "b"], ["1,5", "2"]]),
        ("TT;Tỉnh, thành phố;Hạng\n1;Hà Nội, 2;1\n",
         [["TT", "Tỉnh, thành phố", "Hạng"], ["1", "Hà Nội, 2", "1"]]),
        ("a;b\nx;1,5\ny;2,5\n", [["a", "b"], ["x", "1,5"], ["y", "2,5"]]),
        ("a,b\nx; y,1\nx; z,2\n", [["a", "b"], ["x; y", "1"], ["x; z", "2"]]),
        ("Số 1, quý 2\na;b\nx;1\n", [["Số 1, quý 2"], ["a", "b"], ["x", "1"]]),
        ("Tỉnh, thành phố;Giá trị\nHà Nội;1,5\n",
         [["Tỉnh, thành phố", "Giá trị"], ["Hà Nội", "1,5"]]),
        ("Bảng 1, năm 2025\nTỉnh;Tỷ lệ\nHuế;1,5\nSơn La;2,5\n",
         [["Bảng 1, năm 2025"], ["Tỉnh", "Tỷ lệ"], ["Huế", "1,5"], ["Sơn La", "2,5"]]),
        ("1,2\n3,4\n", [["1", "2"], ["3", "4"]]),
        ("sep=;\na;2024\nx;1\n", [["a", "2024"], ["x", "1"]]),
        ('"sep=,"\na;b,c\nx;1,2\n', [["a;b", "c"], ["x;1", "2"]]),
        ("\ufeff\ufeffa,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a\n1\n", [["a"], ["1"]]),
    ],
)  # fmt: skip
def test_the_separator_is_the_one_that_divides_the_rows(
    tmp_path: Path, text: str, rows: list[list[str]]
) -> None:
    sheet = read_csv_cells(csv_file(tmp_path, text)).sheets[0]
    assert [[cell.text for cell in row.values()] for row in sheet.rows.values()] == rows


def test_rows_below_titles_are_named_by_the_header(tmp_path: Path) -> None:
    book = read_csv_cells(csv_file(tmp_path, "Biểu số 1;;\n;;\nTỉnh;Số;Năm\nHuế;1;2\nHuế;3\n"))
    assert [place for place, _ in table(book)[4:7]] == ["4:Tỉnh", "4:Số", "4:Năm"]
    details = {"row": 5, "cells": 2, "columns": 3}
    assert [(one.code, one.details) for one in book.findings] == [("csv.row_length", details)]


def test_decimal_commas_between_commas_are_one_finding(tmp_path: Path) -> None:
    rows = "".join(f"Xã {number},12,{number}\n" for number in range(1, 41))
    book = read_csv_cells(csv_file(tmp_path, f"Tên,Số\n{rows}"))
    details = {"row": 2, "cells": 3, "columns": 2, "rows": 40}
    assert [(one.code, one.details) for one in book.findings] == [("csv.row_length", details)]


@pytest.mark.parametrize(
    "text", ["Tên,Số,\nHuế,1,\nHà Nội,324,4\n", "Tên,Số,,\nHuế,1,,\nHà Nội,324,4,\n"]
)
def test_decimals_in_a_last_column_without_a_heading_are_a_finding(
    tmp_path: Path, text: str
) -> None:
    book = read_csv_cells(csv_file(tmp_path, text))
    found = [(one.code, one.details) for one in book.findings]
    assert found == [("csv.cut_figure", {"cell": "3:Số", "text": "324,4"})]


def test_cells_beyond_the_header_and_of_repeated_headers_keep_their_place(tmp_path: Path) -> None:
    book = read_csv_cells(csv_file(tmp_path, "a,b,a\n1,2,3,4\n"))
    assert [place for place, _ in table(book)[3:]] == ["2:A", "2:b", "2:C", "2:D"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tỉnh, xã;Giá trị\nHuế, xã 1;5\n", "file.separator_unclear"),
        ("a\tb|c\nx\ty|z\n", "file.separator_unclear"),
        ('a,b\n"1,2\n', "file.csv_broken"),
        ('a,b\n"1"x,2\n', "file.csv_broken"),
        (f"a,b\n{'x' * 200_000},2\n", "file.csv_broken"),
        ("\n\n", "file.empty"),
        (",\n", "file.empty"),
        (b"a,b\nH\xe0,1\n", "file.encoding"),
        (b"a,b\n\x00,1\n", "file.nul_character"),
    ],
)  # fmt: skip
def test_a_broken_table_is_one_finding(tmp_path: Path, text: str | bytes, code: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_csv_cells(csv_file(tmp_path, text))
    assert caught.value.finding.code == code
