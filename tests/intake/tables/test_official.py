"""Official results: read in every encoding and kind of file that intake reads, or an issue."""

import unicodedata
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.index.definition import define
from dti_pipeline.intake.tables.official import OfficialResults, read_official
from dti_pipeline.workspace import Workspace
from schemas.files.assessment import OfficialTable
from tests.intake.intake_cases import definition
from tests.intake.looks import write_rows

WIDE = OfficialTable(
    match="*published*",
    unit_column="Tỉnh",
    where={"Năm": "{year}"},
    columns={"Giá trị": "overall:DTI:value", "Hạng": "overall:DTI:rank"},
)
LONG = OfficialTable(match="*published*")
TABLE = "Tỉnh,Năm,Giá trị,Hạng\nHà Nội,2022,0.7,2\nBắc Kạn,2022,0.4069,51\nBắc Kạn,2021,0.3,63\n"
FIGURES = [
    ("VN-P63-01", "value", 700_000, "row 2"),
    ("VN-P63-06", "value", 406_900, "row 3"),
    ("VN-P63-01", "rank", 2_000_000, "row 2"),
    ("VN-P63-06", "rank", 51_000_000, "row 3"),
]


def put(data_dir: Path, content: str | bytes, name: str = "01_published.csv") -> Path:
    path = data_dir / "raw/province-2022/official" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(data_dir: Path, table: OfficialTable = WIDE) -> tuple[OfficialResults, pl.DataFrame]:
    return read_official(definition(data_dir, official=[table]))


def figures(results: OfficialResults) -> list[tuple[object, ...]]:
    return results.figures.select("unit_id", "what", "published", "source_cell").rows()


@pytest.mark.parametrize(
    "content",
    [
        *(TABLE.encode(encoding) for encoding in ("utf-8", "utf-8-sig", "utf-16")),
        TABLE.replace(",", ";").replace(".", ","),
    ],
    ids=["UTF-8", "with a mark", "UTF-16", "decimal comma"],
)
def test_a_table_reads_in_every_encoding(tmp_path: Path, content: str | bytes) -> None:
    put(tmp_path, content)
    results, file_issues = read(tmp_path)
    assert figures(results) == FIGURES
    assert set(results.figures["source_file"]) == {"raw/province-2022/official/01_published.csv"}
    assert (results.issues.height, file_issues.height) == (0, 0)


def test_a_workbook_reads_as_well_with_cells_as_places(tmp_path: Path) -> None:
    rows = [
        ["Kết quả đã công bố"],
        ["Tỉnh", "Năm", "Giá trị", "Hạng"],
        ["Bắc Kạn", 2022, 0.4069, 51],
        ["Hà Nội", "2022", 0.1 + 0.2, "–"],
    ]
    write_rows(tmp_path / "raw/province-2022/official/01_published.xlsx", rows)
    results, file_issues = read(tmp_path)
    assert figures(results) == [
        ("VN-P63-06", "value", 406_900, "C3"),
        ("VN-P63-01", "value", 300_000, "C4"),
        ("VN-P63-06", "rank", 51_000_000, "D3"),
    ]
    assert results.issues.select("unit_id", "source_cell", "raw_text").rows() == [
        ("VN-P63-01", "D4", "–")
    ]
    assert file_issues.is_empty()


def test_a_table_with_a_scope_in_every_row_needs_no_mapping(tmp_path: Path) -> None:
    put(tmp_path, "unit,scope,scope_code,value,points,rank\nBắc Kạn,main,7,0.5,,3\n")
    results, _ = read(tmp_path, LONG)
    assert results.figures.select("scope", "scope_code", "what", "published").rows() == [
        ("main", "7", "value", 500_000),
        ("main", "7", "rank", 3_000_000),
    ]


@pytest.mark.parametrize(
    ("scope", "cell"), [(",7", "scope"), ("main,", "scope_code"), (",", "scope")]
)
def test_a_row_without_a_scope_is_left_out_with_its_place(
    tmp_path: Path, scope: str, cell: str
) -> None:
    rows = f"Bắc Kạn,main,7,0.5,,\nHà Nội,{scope},0.6,,3\n"
    put(tmp_path, f"unit,scope,scope_code,value,points,rank\n{rows}")
    results, _ = read(tmp_path, LONG)
    assert figures(results) == [("VN-P63-06", "value", 500_000, "row 2")]
    assert results.issues.select("rule_id", "unit_id", "source_cell").rows() == [
        ("official.not_found", "VN-P63-01", f"3:{cell}")
    ]


@pytest.mark.parametrize(
    ("content", "rule", "text"),
    [
        ("unit,rank\n".encode("utf-16-le"), "file.unreadable", "NUL"),
        (b"T\xecnh,N\xe3m\n", "file.encoding", "not UTF-8: line 1, byte 0xEC"),
        (TABLE + '"', "file.unreadable", "broken quotes"),
        (TABLE.replace("2022,0.7", "2022,0.7,2"), "file.unreadable", "more or fewer cells"),
        (TABLE.replace("Hạng", "Thứ"), "table.column_missing", "lacks the column “Hạng”"),
        ("", "file.unreadable", "the file is empty"),
    ],
    ids=["no byte order mark", "windows-1258", "quotes", "cells", "column", "empty"],
)
def test_a_file_that_cannot_be_read_is_a_blocking_issue(
    tmp_path: Path, content: str | bytes, rule: str, text: str
) -> None:
    put(tmp_path, content)
    results, file_issues = read(tmp_path)
    assert file_issues["rule_id"].to_list() == [rule]
    assert file_issues["severity"].to_list() == ["blocking"]
    assert text in file_issues["message_en"].item()
    assert results.issues.is_empty()


def test_what_is_unknown_or_no_number_is_left_out_with_its_row(tmp_path: Path) -> None:
    rows = TABLE.replace("Hà Nội", "Hà Nộii").replace("0.4069,51", "chưa có,1/5")
    put(tmp_path, rows)
    results, file_issues = read(tmp_path)
    assert figures(results) == []
    assert results.issues.select("rule_id", "source_cell", "raw_text", "unit_id").rows() == [
        ("official.not_found", "row 3", "chưa có", "VN-P63-06"),
        ("official.not_found", "2:Tỉnh", "Hà Nộii", None),
        ("official.unreadable", "row 3", "1/5", "VN-P63-06"),
    ]
    assert file_issues.is_empty()


def test_a_table_that_was_not_delivered_is_an_issue(tmp_path: Path) -> None:
    results, file_issues = read(tmp_path)
    assert results.figures.is_empty()
    assert results.issues["rule_id"].to_list() == ["official.not_found"]
    assert file_issues.is_empty()


LISTED = WIDE.model_copy(update={"where": {"Năm": "{year}", "Danh sách": "tổng hợp"}})
LISTED_ROWS = "Tỉnh,Năm,Danh sách,Giá trị,Hạng\nHà Nội,2022,{},0.7,2\n"


@pytest.mark.parametrize(
    "text", ["Tổng hợp", "tổng  hợp", unicodedata.normalize("NFD", "tổng hợp"), "tổng hợp "]
)
def test_a_row_is_meant_whatever_the_case_spaces_and_form_of_its_text(
    tmp_path: Path, text: str
) -> None:
    put(tmp_path, LISTED_ROWS.format(text))
    results, _ = read(tmp_path, LISTED)
    assert figures(results) == [FIGURES[0], FIGURES[2]]
    assert results.issues.is_empty()


def test_a_table_of_another_year_is_told(tmp_path: Path) -> None:
    put(tmp_path, TABLE.replace("2022", "2023"))
    results, _ = read(tmp_path)
    assert results.figures.is_empty()
    (issue,) = results.issues.to_dicts()
    assert issue["rule_id"] == "official.not_found"
    assert issue["source_file"] == "raw/province-2022/official/01_published.csv"
    assert "cần Năm = 2022, trong tệp là 2021; 2023" in issue["message_vi"]


def test_a_title_of_an_earlier_year_is_told_once(tmp_path: Path) -> None:
    put(tmp_path, "Kết quả năm 2021,,\nTỉnh,Giá trị,Hạng\nHà Nội,0.7,2\n")
    tables = [
        WIDE.model_copy(update={"where": {}, "columns": {column: target}})
        for column, target in WIDE.columns.items()
    ]
    _, file_issues = read_official(definition(tmp_path, official=tables))
    assert file_issues.select("rule_id", "severity", "source_cell").rows() == [
        ("table.title_of_other_year", "warning", "1:Tỉnh")
    ]


def test_conditions_that_no_row_fulfils_together_are_told(tmp_path: Path) -> None:
    rows = LISTED_ROWS.format("khác") + "Bắc Kạn,2021,tổng hợp,0.4,51\n"
    put(tmp_path, rows)
    results, _ = read(tmp_path, LISTED)
    assert results.issues["rule_id"].to_list() == ["official.not_found"]
    assert "trong tệp là 2021, tổng hợp; 2022, khác" in results.issues["message_vi"].item()


def test_a_file_is_found_whatever_the_case_of_its_name(tmp_path: Path) -> None:
    put(tmp_path, TABLE, "02_Published_dinhchinh.csv")
    results, file_issues = read(tmp_path)
    assert figures(results) == FIGURES
    assert file_issues.is_empty()


def test_a_file_that_nobody_asked_for_is_told(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    put(tmp_path, TABLE, "03_ketqua.csv")
    results, file_issues = read(tmp_path)
    assert figures(results) == FIGURES
    assert file_issues.select("rule_id", "severity", "source_file").rows() == [
        ("table.unknown", "warning", "raw/province-2022/official/03_ketqua.csv")
    ]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (TABLE.replace("Tỉnh", "Nơi"), "table.column_missing"),
        (TABLE.replace("Năm", "Tỉnh"), "table.column_repeated"),
        (b"T\xecnh,N\xe3m\n", "file.encoding"),
    ],
    ids=["column missing", "column repeated", "encoding"],
)
def test_a_fault_of_a_file_that_holds_two_tables_is_told_once(
    tmp_path: Path, content: str | bytes, rule: str
) -> None:
    put(tmp_path, content)
    tables = [
        WIDE.model_copy(update={"match": match, "where": {}}) for match in ("*published*", "01*")
    ]
    _, file_issues = read_official(definition(tmp_path, official=tables))
    assert file_issues["rule_id"].to_list() == [rule]


def published_year(data_dir: Path, *rows: str) -> tuple[OfficialResults, pl.DataFrame]:
    path = data_dir / "raw/province-2021/official/01_published_history.csv"
    path.parent.mkdir(parents=True)
    lines = ["unit,year,scope,scope_code,value,points,rank", *rows, ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_official(define("province-2021", workspace=Workspace(data=data_dir)))


def test_a_published_year_with_two_figures_for_one_blocks_and_names_both(tmp_path: Path) -> None:
    _, issues = published_year(
        tmp_path,
        "Bắc Kạn,2021,overall,DTI,0.3,,5",
        "Hà Nội,2021,overall,DTI,0.5,,1",
        "tỉnh Bắc Kạn,2021,overall,DTI,0.4,,5",
    )
    (issue,) = issues.to_dicts()
    assert (issue["rule_id"], issue["severity"]) == ("official.repeated", "blocking")
    assert (issue["unit_id"], issue["source_cell"]) == ("VN-P63-06", "row 4")
    file = "01_published_history.csv"
    assert f"0.3 ({file} dòng 2); 0.4 ({file} dòng 4)" in issue["message_vi"]
    assert f"0.3 ({file} row 2); 0.4 ({file} row 4)" in issue["message_en"]


def test_a_published_year_may_repeat_a_figure(tmp_path: Path) -> None:
    row = "Bắc Kạn,2021,overall,DTI,0.3,,5"
    _, issues = published_year(tmp_path, row, row)
    assert issues.is_empty()
