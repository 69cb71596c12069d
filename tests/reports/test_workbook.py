"""The workbook, written and read back by another library."""

import math
import warnings
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.folder import Release
from dti_pipeline.release.releases import Published
from dti_pipeline.reports.release_view import AssessmentView, ReleaseView
from dti_pipeline.reports.site.pages import comparison_data
from dti_pipeline.reports.workbook.write import BAND_COLOURS, write_workbook
from dti_pipeline.workspace import Workspace
from tests.index.rules.cases import component, main
from tests.reports.synthetic.figures import HOSTILE_NAMES
from tests.small_index import ASSESSMENT, NOT_APPLICABLE, SmallIndex, of_agency

HEAD = 3


def opened(path: Path) -> Workbook:
    """Open a workbook; openpyxl does not know the newer look of data bars and says so."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*extension is not supported")
        return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def written(made_up: Release, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    folder = tmp_path_factory.mktemp("workbook")
    return opened(
        write_workbook(ReleaseView(made_up).assessment("small-2025"), folder / "release.xlsx")
    )


def column(sheet: Worksheet, title: str) -> list[object]:
    heads = [cell.value for cell in sheet[HEAD]]
    place = heads.index(title) + 1
    return [sheet.cell(row, place).value for row in range(HEAD + 1, sheet.max_row + 1)]


def test_the_sheets_stand_in_their_order(written: Workbook) -> None:
    assert written.sheetnames == [
        "Thông tin chung",
        "Xếp hạng",
        "Điểm thành phần",
        "Thứ hạng thành phần",
        "Mức thành phần",
        "Thay đổi",
        "Giữa hai lần tính",
        "Vấn đề",
        "Chỉ số",
        "Từ điển",
    ]


def test_sheets_about_nothing_are_left_out(release: ReleaseView, tmp_path: Path) -> None:
    path = write_workbook(release.assessment("pools-2025"), tmp_path / "release.xlsx")
    names = opened(path).sheetnames
    assert "Thay đổi" not in names
    assert "Giữa hai lần tính" not in names


def test_every_sheet_has_a_frozen_header_a_filter_and_says_what_it_stands_on(
    written: Workbook,
) -> None:
    for sheet in written.worksheets:
        assert sheet.freeze_panes is not None
        assert int("".join(filter(str.isdigit, sheet.freeze_panes))) == HEAD + 1
        assert sheet.auto_filter.ref.startswith(f"A{HEAD}:")
        assert all(cell.value for cell in sheet[HEAD])
    assert "SỐ LIỆU GIẢ ĐỊNH" in written["Xếp hạng"]["A2"].value
    assert "SỐ LIỆU GIẢ ĐỊNH" in written["Điểm thành phần"]["A2"].value


def test_no_heading_is_cut(release: ReleaseView, tmp_path: Path) -> None:
    release._tables["dim_indicator"] = release.table("dim_indicator").with_columns(
        name_vi=pl.col("name_vi") + " của các cơ quan, đơn vị" * 5
    )
    book = opened(write_workbook(release.assessment("small-2025"), tmp_path / "release.xlsx"))
    for sheet in book.worksheets:
        runs = sheet.column_dimensions.values()  # neighbours of one width are one run
        for cell in sheet[HEAD]:
            width = next(run.width for run in runs if run.min <= cell.column <= run.max)
            lines = len(str(cell.value)) / width
            assert sheet.row_dimensions[HEAD].height >= 13 * lines, cell.value


def test_every_sheet_prints_as_many_pages_wide_as_can_be_read(written: Workbook) -> None:
    for sheet in written.worksheets:
        # Excel adds the margin of a cell to the width that was asked for.
        letters = [cell.column_letter for cell in sheet[HEAD]]
        width = sum(sheet.column_dimensions[letter].width - 0.7109375 for letter in letters)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == 0
        assert (sheet.page_setup.fitToWidth or 1) == math.ceil(width / 260), sheet.title
        assert sheet.print_title_rows == f"$1:${HEAD}"
    wide = written["Điểm thành phần"]
    assert wide.page_setup.fitToWidth == 1 or wide.print_title_cols == "$A:$B"


def test_figures_are_numbers_and_equal_those_of_the_release(
    written: Workbook, assessment: AssessmentView
) -> None:
    sheet = written["Xếp hạng"]
    rows = assessment.overall
    assert column(sheet, "Thứ hạng") == rows["rank"].to_list()
    assert column(sheet, "Giá trị") == [round(v, 4) for v in rows["value"].to_list()]
    assert column(sheet, "Tăng (+), giảm (−) bậc") == rows["rank_change"].to_list()
    assert sheet["F4"].number_format == "0.0000"
    assert all(isinstance(value, float | int) for value in column(sheet, "Giá trị"))


def test_components_have_data_bars_up_to_their_maximum(written: Workbook) -> None:
    sheet = written["Điểm thành phần"]
    rules = {
        str(area.sqref): rule.dataBar
        for area in sheet.conditional_formatting
        for rule in area.rules
        if rule.type == "dataBar"
    }
    assert len(rules) == 20
    heads = [cell.value for cell in sheet[HEAD]]
    for area, bar in rules.items():
        letter = area[0]
        head = heads[openpyxl.utils.column_index_from_string(letter) - 1]
        low, high = bar.cfvo
        assert (low.type, float(low.val)) == ("num", 0)
        assert (high.type, float(high.val)) == ("num", float(head.split("(tối đa ")[1].split()[0]))


def test_points_of_components_are_exact(written: Workbook, assessment: AssessmentView) -> None:
    sheet = written["Điểm thành phần"]
    head = next(c.value for c in sheet[HEAD] if str(c.value).startswith("0203"))
    scores = assessment.table("fact_component_score").filter(component_code="0203")
    micro = dict(scores.select("unit_id", "points_micro").iter_rows())
    units = assessment.overall["unit_id"].to_list()
    assert column(sheet, head) == [micro[unit] / 1_000_000 for unit in units]


def test_bands_are_words_on_their_colour(written: Workbook) -> None:
    sheet = written["Mức thành phần"]
    colours = {"Đạt điểm tối đa": "maximum", "Khá": "fair", "Thấp": "low"}
    seen = set()
    for row in sheet.iter_rows(min_row=HEAD + 1, min_col=3):
        for cell in row:
            if cell.value is not None:
                fill = BAND_COLOURS[colours[cell.value]][0]
                assert cell.fill.fgColor.rgb == f"FF{fill[1:]}"
                seen.add(cell.value)
    assert seen == set(colours)


def test_an_invented_component_is_said_to_be_so_in_its_heading(written: Workbook) -> None:
    heads = [str(cell.value) for cell in written["Điểm thành phần"][HEAD]]
    assert next(h for h in heads if h.startswith("0101")).endswith(
        "Thành phần 0101 (tối đa 10 điểm)"
    )
    assert next(h for h in heads if h.startswith("0103")).endswith("(minh họa)")


def test_no_text_becomes_a_formula_or_a_link(written: Workbook) -> None:
    for sheet in written.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate)
                assert cell.hyperlink is None
    names = column(written["Xếp hạng"], "Đơn vị")
    assert f"'{HOSTILE_NAMES[3]}" in names
    assert HOSTILE_NAMES[0] in names
    assert "'=1+1" in column(written["Vấn đề"], "Nguyên văn")


def test_changes_explain_each_move_by_its_causes(written: Workbook) -> None:
    sheet = written["Giữa hai lần tính"]
    assert column(sheet, "Tăng (+), giảm (−) bậc") == [2] * 12
    assert column(sheet, "do chính đơn vị") == [3] * 12
    assert column(sheet, "do đơn vị khác") == [-1] * 12
    assert written["Thay đổi"]["A2"].value == "Đổi bộ chỉ số thử nghiệm."


def test_the_same_release_gives_the_same_bytes(assessment: AssessmentView, tmp_path: Path) -> None:
    one = write_workbook(assessment, tmp_path / "one.xlsx").read_bytes()
    other = write_workbook(assessment, tmp_path / "other.xlsx").read_bytes()
    assert one == other


def test_a_draft_says_so_on_its_first_lines(made_up: Release, tmp_path: Path) -> None:
    assessment = ReleaseView(made_up, status="draft").assessment("pools-2025")
    release = opened(write_workbook(assessment, tmp_path / "release.xlsx"))
    assert release["Xếp hạng"]["A2"].value.startswith("BẢN DỰ THẢO")


def test_groups_stand_in_words_and_a_rank_before_beside_its_number_of_units(
    written: Workbook,
) -> None:
    assert set(column(written["Xếp hạng"], "Nhóm xếp hạng")) == {"Cấp xã"}
    sheet = written["Thay đổi"]
    pairs = zip(
        column(sheet, "Thứ hạng kỳ trước"),
        column(sheet, "Số đơn vị xếp hạng kỳ trước"),
        strict=True,
    )
    assert {n for rank, n in pairs if rank is not None} == {23}


def test_a_component_that_does_not_apply_is_no_zero(tmp_path: Path) -> None:
    index = SmallIndex(tmp_path)
    one = component("0101", 10, variables={"a": of_agency("done"), "b": of_agency("due")})
    one["not_applicable"] = {"treatment": "rescale", "scope": "total"}
    other = component("0102", 10, variables={"a": of_agency("more"), "b": of_agency("all")})
    index.framework([one, other], [main("1", 20)])
    index.units(dict.fromkeys(["U1", "U2"], ""))
    index.assessment()
    index.agency({"U1": [NOT_APPLICABLE, NOT_APPLICABLE, 3, 4], "U2": [0, 2, 1, 4]})
    assert run_assessments([ASSESSMENT], data=tmp_path, reason="x") == 0
    release = Published(Workspace(data=tmp_path).published).release(None)
    assessment = ReleaseView(release).assessment(ASSESSMENT)
    sheet = opened(write_workbook(assessment, tmp_path / "book.xlsx"))["Điểm thành phần"]
    head = next(c.value for c in sheet[HEAD] if str(c.value).startswith("0101"))
    assert column(sheet, "Đơn vị") == ["Sở U1", "Sở U2"]
    assert column(sheet, head) == ["–", 0]
    assert comparison_data(assessment)["points"] == [[None, 0], [750, 250]]


@pytest.mark.parametrize(("basis", "is_unchecked"), [("official", False), ("inferred", True)])
def test_only_components_that_are_not_official_are_said_to_be_unchecked(
    basis: str, is_unchecked: bool, tmp_path: Path
) -> None:
    index = SmallIndex(tmp_path)
    only = component("0101", 10, variables={"a": of_agency("done"), "b": of_agency("due")})
    index.framework([{**only, "basis": basis}], [main("1", 10)])
    index.units({"U1": "", "U2": ""})
    index.assessment()
    index.agency({"U1": [1, 2], "U2": [2, 2]})
    assert run_assessments([ASSESSMENT], data=tmp_path, reason="x") == 0
    release = Published(Workspace(data=tmp_path).published).release(None)
    assessment = ReleaseView(release).assessment(ASSESSMENT)
    sheet = opened(write_workbook(assessment, tmp_path / "book.xlsx"))["Chỉ số"]
    assert ("Chưa đối chiếu văn bản gốc" in sheet["A2"].value) == is_unchecked
