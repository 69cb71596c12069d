"""Workbooks are read cell by cell, exactly as they are."""

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from dti_pipeline.index.csv_rows import UnreadableFileError
from dti_pipeline.intake.files.cells import Cell, CellType
from dti_pipeline.intake.files.csv_file import read_csv_cells
from dti_pipeline.intake.files.number_format import is_date_format
from dti_pipeline.intake.files.safety import inspect
from dti_pipeline.intake.files.workbook_xml import read_workbook
from tests.intake.bad_files import (
    BROKEN_WORKBOOKS,
    RELATIONS,
    SHEET,
    fill_row,
    relations,
    with_part,
    workbook_parts,
    worksheet,
    write_package,
    wrong_checksum,
)
from tests.intake.looks import write_rows

T = CellType


def read_row(path: Path, cells: str, **parts: object) -> list[Cell]:
    """Write a workbook with one row and read it back."""
    write_package(path / "a.xlsx", workbook_parts(fill_row(cells), **parts))  # type: ignore[arg-type]
    return list(read_workbook(path / "a.xlsx").sheets[0].cells)


STRINGS = (
    "<t>Tỉnh</t>",
    '<r><rPr><b/></rPr><t xml:space="preserve">Hà </t></r><r><t>Nội</t></r>'
    "<rPh><t>reading aid</t></rPh>",
    "<t>a_x000D_b_x005F_c_xD800_</t>",
    "<t></t>",
    "<t>một_x0000_ hai_x0000__x0000_</t>",
)

CELLS = (
    ("number", "<c><v>2154</v></c>", ("2154", T.NUMBER, "General", "")),
    ("double", "<c><v>0.30000000000000004</v></c>", ("0.30000000000000004", T.NUMBER, "General", "")),
    ("number with a type", '<c t="n"><v>1E+05</v></c>', ("1E+05", T.NUMBER, "General", "")),
    ("percent format", '<c s="1"><v>0.617</v></c>', ("0.617", T.NUMBER, "0.0%", "")),
    ("unknown style", '<c s="99"><v>5</v></c>', ("5", T.NUMBER, "General", "")),
    ("shared text", '<c t="s"><v>0</v></c>', ("Tỉnh", T.TEXT, "General", "")),
    ("text in runs", '<c t="s"><v>1</v></c>', ("Hà Nội", T.TEXT, "General", "")),
    ("escaped text", '<c t="s"><v>2</v></c>', ("a\rb_c_xD800_", T.TEXT, "General", "")),
    ("text with NUL", '<c t="s"><v>4</v></c>', ("một hai", T.TEXT, "General", "")),
    ("formula of text with NUL", '<c t="str"><f>A1</f><v>a_x0000_b</v></c>', ("ab", T.TEXT, "General", "=A1")),
    ("text inside", '<c t="inlineStr"><is><t>Huế</t></is></c>', ("Huế", T.TEXT, "General", "")),
    ("true", '<c t="b"><v>1</v></c>', ("TRUE", T.BOOLEAN, "General", "")),
    ("false", '<c t="b"><v>0</v></c>', ("FALSE", T.BOOLEAN, "General", "")),
    ("error", '<c t="e"><v>#REF!</v></c>', ("#REF!", T.ERROR, "General", "")),
    ("date", '<c s="2"><v>45324</v></c>', ("2024-02-02", T.DATE, "d\\-mmm", "")),
    ("moment", '<c s="2"><v>45324.75</v></c>', ("2024-02-02T18:00:00", T.DATE, "d\\-mmm", "")),
    ("rounded moment", '<c s="2"><v>45324.4999999</v></c>', ("2024-02-02T12:00:00", T.DATE, "d\\-mmm", "")),
    ("time without day", '<c s="2"><v>0.5</v></c>', ("0.5", T.DATE, "d\\-mmm", "")),
    ("endless date", '<c s="2"><v>1E+99</v></c>', ("1E+99", T.DATE, "d\\-mmm", "")),
    ("ISO date", '<c t="d"><v>2024-02-02</v></c>', ("2024-02-02", T.DATE, "General", "")),
    ("formula", "<c><f>A1+1</f><v>3</v></c>", ("3", T.NUMBER, "General", "=A1+1")),
    ("formula of text", '<c t="str"><f>A1</f><v>x</v></c>', ("x", T.TEXT, "General", "=A1")),
    ("formula of empty text", '<c t="str"><f>""</f><v></v></c>', ("", T.TEXT, "General", '=""')),
    ("formula of truth", '<c t="b"><f>1=1</f><v>1</v></c>', ("TRUE", T.BOOLEAN, "General", "=1=1")),
    ("formula error", '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', ("#DIV/0!", T.ERROR, "General", "=1/0")),
    ("formula without value", "<c><f>A1</f></c>", ("", T.FORMULA, "General", "=A1")),
    ("formula with empty value", "<c><f>A1</f><v/></c>", ("", T.FORMULA, "General", "=A1")),
    ("formula of text without value", '<c t="str"><f>A1</f></c>', ("", T.FORMULA, "General", "=A1")),
    ("formula of truth without value", '<c t="b"><f>A1</f></c>', ("", T.FORMULA, "General", "=A1")),
    ("formula without text", "<c><f/></c>", ("", T.FORMULA, "General", "=")),
    ("follower without master", '<c><f t="shared" si="9"/><v>1</v></c>', ("1", T.NUMBER, "General", "=")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("xml", "expected"), [case[1:] for case in CELLS], ids=[c[0] for c in CELLS]
)
def test_a_cell_keeps_text_type_format_and_formula(
    tmp_path: Path, xml: str, expected: tuple[str, CellType, str, str]
) -> None:
    (cell,) = read_row(tmp_path, xml, strings=STRINGS, formats=("0.0%", "d\\-mmm"))
    assert cell[3:] == (*expected, None)
    assert cell[:3] == ("A1", 1, 1)


@pytest.mark.parametrize(
    "xml",
    ['<c r="A1"/>', '<c r="A1" s="1"/>', "<c><v/></c>", "<c><v></v></c>", '<c t="s"><v>3</v></c>',
     '<c t="inlineStr"><is/></c>', "<c><extLst/></c>"],
)  # fmt: skip
def test_an_empty_cell_is_left_out(tmp_path: Path, xml: str) -> None:
    assert read_row(tmp_path, xml, strings=STRINGS) == []


def test_places_that_are_not_written_are_counted_on(tmp_path: Path) -> None:
    rows = '<row><c><v>1</v></c><c r="D1"><v>2</v></c><c><v>3</v></c></row><row/><row><c><v>4</v></c></row>'
    path = write_package(tmp_path / "a.xlsx", workbook_parts(rows))
    places = [(cell.place, cell.text) for cell in read_workbook(path).sheets[0].cells]
    assert places == [("A1", "1"), ("D1", "2"), ("E1", "3"), ("A3", "4")]


def test_the_last_place_of_the_format_is_read(tmp_path: Path) -> None:
    rows = '<row r="1048576"><c r="XFD1048576"><v>7</v></c></row>'
    path = write_package(tmp_path / "a.xlsx", workbook_parts(rows))
    (sheet,) = read_workbook(path).sheets
    assert [(cell.row, cell.column) for cell in sheet.cells] == [(1048576, 16384)]
    assert sheet.last_row == 1048576


def test_a_filled_down_formula_is_written_out(tmp_path: Path) -> None:
    cells = read_row(
        tmp_path,
        '<c r="A1"><f t="shared" ref="A1:B1" si="0">C5*$D$1</f><v>1</v></c>'
        '<c r="B1"><f t="shared" si="0"/><v>2</v></c>',
    )
    assert [cell.formula for cell in cells] == ["=C5*$D$1", "=D5*$D$1"]


@pytest.mark.parametrize("mark", ["1", "true"])
def test_results_are_not_trusted_when_the_file_asks_to_be_calculated(
    tmp_path: Path, mark: str
) -> None:
    book = f'<calcPr fullCalcOnLoad="{mark}"/>'
    formula, typed = read_row(tmp_path, "<c><f>A2</f><v>0</v></c><c><v>0</v></c>", book=book)
    assert (formula.text, formula.cell_type) == ("0", T.FORMULA)
    assert typed.cell_type is T.NUMBER


def test_days_are_counted_from_1904_where_the_file_says_so(tmp_path: Path) -> None:
    (cell,) = read_row(
        tmp_path,
        '<c s="1"><v>43862</v></c>',
        formats=("dd/mm/yyyy",),
        book='<workbookPr date1904="1"/>',
    )
    assert cell.text == "2024-02-02"


DATE_FORMATS = ("dd/mm/yyyy", "[$-42A]d mmmm yyyy", "[h]:mm", "mm:ss", "d-mmm")
OTHER_FORMATS = (
    *("General", "0.00%", "#,##0", '#,##0 "đồng"', '0 "days"', "[Red]0;[Blue]-0", r"0\d", "0_d"),
    *("[$-42A]#,##0", "0.00E+00", "@"),
)


@pytest.mark.parametrize("number_format", [*DATE_FORMATS, *OTHER_FORMATS])
def test_date_formats_are_recognised(number_format: str) -> None:
    assert is_date_format(number_format) is (number_format in DATE_FORMATS)


@pytest.mark.parametrize(
    ("state", "hidden"), [("", False), ("visible", False), ("hidden", True), ("veryHidden", True)]
)
def test_a_hidden_sheet_is_flagged(tmp_path: Path, state: str, *, hidden: bool) -> None:
    attributes = f'state="{state}"' if state else ""
    parts = workbook_parts(sheet_attributes=attributes)
    (sheet,) = read_workbook(write_package(tmp_path / "a.xlsx", parts)).sheets
    assert sheet.hidden is hidden
    assert sheet.cells[0].text == "1"


def test_a_merged_range_shows_its_first_cell(tmp_path: Path) -> None:
    after = '<mergeCells count="2"><mergeCell ref="B1:C2"/><mergeCell ref="oops"/></mergeCells>'
    parts = workbook_parts(fill_row('<c r="B1"><v>5</v></c>'), after=after)
    (sheet,) = read_workbook(write_package(tmp_path / "a.xlsx", parts)).sheets
    assert sheet.merged == ("B1:C2", "oops")
    assert sheet.shown_at(2, 3).text == "5"
    assert sheet.shown_at(2, 3).place == "B1"
    assert sheet.at(2, 3) == Cell("C2", 2, 3, "", T.EMPTY, "General", "")
    assert sheet.shown_at(3, 3).cell_type is T.EMPTY


def test_other_namespaces_and_prefixes_read_the_same(tmp_path: Path) -> None:
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    text = (
        f'<x:worksheet xmlns:x="{strict}"><x:sheetData><x:row r="2"><x:c r="B2"><x:v>9</x:v></x:c>'
        "</x:row></x:sheetData></x:worksheet>"
    )
    (sheet,) = read_workbook(write_package(tmp_path / "a.xlsx", with_part(SHEET, text))).sheets
    assert [(cell.place, cell.text) for cell in sheet.cells] == [("B2", "9")]


def test_a_part_in_utf16_reads_the_same(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="utf-16"?>' + worksheet()
    parts = with_part(SHEET, text.encode("utf-16"))
    assert read_workbook(write_package(tmp_path / "a.xlsx", parts)).sheets[0].cells[0].text == "1"


def test_a_chart_sheet_is_left_out(tmp_path: Path) -> None:
    rows = relations(("r1", "chartsheet", "chartsheets/sheet1.xml", "Internal"))
    path = write_package(tmp_path / "a.xlsx", with_part(RELATIONS, rows))
    assert read_workbook(path).sheets == ()


@pytest.mark.parametrize("parts", BROKEN_WORKBOOKS.values(), ids=BROKEN_WORKBOOKS)
def test_a_broken_workbook_is_one_finding(tmp_path: Path, parts: dict[str, str | bytes]) -> None:
    path = write_package(tmp_path / "a.xlsx", parts)
    with pytest.raises(UnreadableFileError) as caught:
        read_workbook(path)
    assert caught.value.finding.code == "file.damaged"
    assert str(caught.value.finding.details["part"]).startswith("xl/")
    assert caught.value.finding.details["reason"]


def test_a_wrong_checksum_is_noticed(tmp_path: Path) -> None:
    path = wrong_checksum(tmp_path / "a.xlsx")
    with pytest.raises(UnreadableFileError, match=r"file\.damaged"):
        read_workbook(path)


def test_entities_are_refused_while_reading_too(tmp_path: Path) -> None:
    parts = with_part(SHEET, worksheet(before='<!DOCTYPE x [<!ENTITY a "b">]>'))
    path = write_package(tmp_path / "a.xlsx", parts)
    with pytest.raises(UnreadableFileError) as caught:
        read_workbook(path)
    assert caught.value.finding.code == "file.entity"
    assert caught.value.finding.details == {"part": SHEET}


def _made_by_xlsxwriter(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    sheet, other = book.add_worksheet("Biểu 1"), book.add_worksheet("Ẩn")
    other.hide()
    sheet.merge_range("A1:F1", "BÁO CÁO", book.add_format({"bold": True}))
    for row in range(1, 40):
        sheet.write_string(row, 0, f"Tỉnh {row} <&> 'x'")
        sheet.write_number(row, 1, row * 1.1)
        sheet.write_number(row, 2, row / 7, book.add_format({"num_format": "0.00%"}))
        sheet.write_boolean(row, 3, row % 2 == 0)
        sheet.write_datetime(
            row, 4, datetime(2024, 1, row % 28 + 1), book.add_format({"num_format": 14})
        )
        sheet.write_rich_string(row, 5, "đậm ", book.add_format({"bold": True}), f"số {row}")
        sheet.write_blank(row, 6, None, book.add_format({"bold": True}))
        other.write_number(row * 3, row, row)
    book.close()


def _made_by_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet một"
    for row in range(1, 40):
        sheet.append(
            [row, row * 0.1, f"Xã {row}", row % 2 == 0, date(2024, 5, row % 28 + 1), None, "=A1+1"]
        )
        sheet.cell(row=row, column=2).number_format = "0.000"
    sheet.merge_cells("H1:I2")
    book.create_sheet("ẩn").sheet_state = "veryHidden"
    book["ẩn"]["C3"] = "1.234"
    book.save(path)


@pytest.mark.parametrize("make", [_made_by_xlsxwriter, _made_by_openpyxl])
def test_cells_agree_with_openpyxl(tmp_path: Path, make: object) -> None:
    path = tmp_path / "a.xlsx"
    make(path)  # type: ignore[operator]
    assert inspect(path, root=tmp_path) == []
    ours = read_workbook(path)
    theirs = openpyxl.load_workbook(path)
    assert [sheet.name for sheet in ours.sheets] == theirs.sheetnames
    compared = 0
    for sheet in ours.sheets:
        other = theirs[sheet.name]
        assert sheet.hidden is (other.sheet_state != "visible")
        assert set(sheet.merged) == {str(one) for one in other.merged_cells.ranges}
        expected = {
            cell.coordinate: cell
            for row in other.iter_rows()
            for cell in row
            if cell.value is not None
        }
        assert {cell.place for cell in sheet.cells} == set(expected)
        for cell in sheet.cells:
            value = expected[cell.place].value
            compared += 1
            assert cell.number_format == expected[cell.place].number_format
            match cell.cell_type:
                case T.NUMBER:
                    assert float(cell.text) == value
                case T.BOOLEAN:
                    assert cell.text == str(value).upper()
                case T.DATE:
                    assert datetime.fromisoformat(cell.text) == value
                case T.FORMULA:
                    assert cell.formula == value
                case _:
                    assert cell.text == value
    theirs.close()
    assert compared > 200


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_table_has_a_row_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = tmp_path / f"table.{kind}"
    if kind == "csv":
        monkeypatch.setattr("dti_pipeline.index.csv_rows.MAX_ROWS", 3)
        path.write_text("a,b\n" + "1,2\n" * 3, "utf-8")
        read = read_csv_cells
    else:
        monkeypatch.setattr("dti_pipeline.intake.files.workbook_xml.MAX_ROWS", 3)
        write_rows(path, ["ab", "12", "12", "12"])
        read = read_workbook
    with pytest.raises(UnreadableFileError) as caught:
        read(path)
    assert caught.value.finding.code == "file.too_many_rows"
    assert caught.value.finding.details == {"limit": 3}
