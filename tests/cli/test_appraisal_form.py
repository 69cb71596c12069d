"""`dti appraisal-form`: the workbook for appraisers, written, decided on and read back."""

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.form import write_appraisal_forms
from dti_pipeline.index.definition import define
from dti_pipeline.intake.tables.appraisal_form import appraisal_rows
from dti_pipeline.intake.tables.decisions import decision_words
from dti_pipeline.pipeline import read
from dti_pipeline.workspace import Workspace
from tests.cli.conftest import Call
from tests.runs.decisions import with_one_report

BAC_KAN = "VN-P63-06"
WHO = "Hội đồng thẩm định"
# Component and variable → what the appraiser enters.
DECISIONS: dict[tuple[str, str], Mapping[str, object]] = {
    ("0105", "press_items"): {"Kết quả thẩm định": "công nhận"},
    ("0102", "meetings"): {
        "Kết quả thẩm định": "điều chỉnh",
        "Giá trị công nhận": 20,
        "Lý do": "đếm thiếu 7 cuộc",
    },
    ("0106", "stations"): {"Kết quả thẩm định": "không công nhận", "Lý do": "sai kỳ"},
    ("0107", "reached"): {"Kết quả thẩm định": "đã kiểm tra", "Nguyên nhân": "thiếu kinh phí"},
}
CSV = (
    "unit,component_code,variable,state,value,by,date,reason,cause\n"
    f"Bắc Kạn,0105,press_items,accepted,,{WHO},15/03/2023,,\n"
    f"Bắc Kạn,0102,meetings,adjusted,20,{WHO},15/03/2023,đếm thiếu 7 cuộc,\n"
    f"Bắc Kạn,0106,stations,rejected,,{WHO},15/03/2023,sai kỳ,\n"
    f"Bắc Kạn,0107,reached,reviewed,,{WHO},15/03/2023,,budget\n"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_one_report(tmp_path_factory.mktemp("appraised"))


def figures(path: Path) -> tuple[Worksheet, dict[tuple[str, str], dict[str, Cell]]]:
    """Return the sheet of a workbook, and by component and variable its cells by heading."""
    sheet = openpyxl.load_workbook(path)["Thẩm định"]
    headings = [str(cell.value) for cell in sheet[5]]
    rows = [dict(zip(headings, row, strict=True)) for row in sheet.iter_rows(min_row=6)]
    return sheet, {(row["Mã chỉ số"].value, row["Mã biến"].value): row for row in rows}


def appraised(data: Path, path: Path | None, text: str = "") -> tuple[pl.DataFrame, pl.DataFrame]:
    """Deliver one appraisal and return its observations without places, and its issues."""
    folder = data / "raw" / "province-2022" / "appraisals"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    if path is not None:
        (folder / "01_tham_dinh.xlsx").write_bytes(path.read_bytes())
    else:
        (folder / "01_tham_dinh.csv").write_text(text, encoding="utf-8")
    intake = read(define("province-2022", workspace=Workspace(data=data)))
    own = intake.observations.filter(source_kind="appraisal").select(
        *("unit_id", "component_code", "variable", "value_micro", "option", "obs_status"),
        *("evidence_state", pl.col("evidence_text").str.replace("15/03/2023", "2023-03-15")),
    )
    issues = intake.issues.filter(pl.col("rule_id").str.starts_with("appraisal"))
    return own.sort(pl.all()), issues


def test_decisions_in_the_workbook_read_back_as_those_of_a_table(
    data: Path, tmp_path: Path, printed: Call
) -> None:
    path = tmp_path / "01.xlsx"
    text = printed(write_appraisal_forms, "province-2022", "Bắc Kạn", out=path, data=data)
    assert "117 số liệu" in text
    sheet, rows = figures(path)
    for key, decision in DECISIONS.items():
        entered = {"Người thẩm định": WHO, "Ngày thẩm định": date(2023, 3, 15), **decision}
        for heading, value in entered.items():
            assert not rows[key][heading].protection.locked
            rows[key][heading].value = value
    sheet.parent.save(path)
    observations, issues = appraised(data, path)
    expected, issues_of_table = appraised(data, None, CSV)
    assert observations.rows() == expected.rows()
    assert observations.height == len(DECISIONS) + 1  # a cause is an observation of its own
    only = set(issues["rule_id"]) - set(issues_of_table["rule_id"])
    assert only == {"appraisal.undecided"}
    undecided = issues.filter(rule_id="appraisal.undecided")["message_en"][0]
    assert f"no decision on {117 - len(DECISIONS)} figures" in undecided


def test_figures_evidence_and_the_agencys_figure_stand_beside_each_other(
    data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "01.xlsx"
    assert write_appraisal_forms("province-2022", None, out=path, data=data) == 0
    _, rows = figures(path)
    press = rows["0105", "press_items"]
    assert press["Số đơn vị báo cáo"].value == 255
    assert press["Tài liệu kiểm chứng"].value.startswith("105/BC-GIẢ-ĐỊNH; 2022-12-10; ")
    chair = rows["0101", "chair"]
    assert chair["Số đơn vị báo cáo"].value == "Phó Bí thư hoặc Phó Chủ tịch"
    observations = read(define("province-2022", workspace=Workspace(data=data))).observations
    central = observations.filter(unit_id=BAC_KAN, source_kind="central")
    agency = {key: row["Số cơ quan quản lý"].value for key, row in rows.items()}
    known = central.select("component_code", "variable", "value_micro").rows()
    expected = {(code, name): micro / 10**6 for code, name, micro in known if (code, name) in rows}
    assert {key: figure for key, figure in agency.items() if figure is not None} == expected
    # Where the agency's figure counts there is nothing to decide.
    for key, row in rows.items():
        assert row["Kết quả thẩm định"].protection.locked == (agency[key] is not None)


def test_the_list_of_states_is_what_the_reader_knows(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "01.xlsx"
    write_appraisal_forms("province-2022", None, out=path, data=data)
    book = openpyxl.load_workbook(path)
    listed = {cell.value for cell in book["_lists"]["A"] if cell.value}
    assert listed == {words[1] for words in decision_words("states").values()}
    assert book["_lists"].sheet_state == "hidden"


def test_a_corrected_figure_of_an_agency_stands_in_its_own_column_and_is_never_decided_on(
    data: Path, tmp_path: Path
) -> None:
    """0702 is corrected, of 0808 the agency has delivered no table yet; units report both."""
    copied = shutil.copytree(data, tmp_path / "data") / "raw" / "province-2022"
    shutil.rmtree(copied / "appraisals", ignore_errors=True)
    (copied / "corrections").mkdir(exist_ok=True)
    (copied / "corrections" / "01.csv").write_text(
        "unit,component_code,variable,value,reason,authority,reference\n"
        "Bắc Kạn,0702,procedures_full,99,nhập sai,Hội đồng,CV 1\n",
        "utf-8",
    )
    for path in (copied / "central").glob("*postal*"):
        path.unlink()
    definition = define("province-2022", workspace=Workspace(data=tmp_path / "data"))
    observations = read(definition).observations
    reported = observations.filter(
        unit_id=BAC_KAN, source_kind="self_report", variable="procedures_full"
    )
    rows = {
        row.cells["variable"]: row
        for row in appraisal_rows(definition, reports=(), observations=observations, last_year={})
    }
    shown = rows["procedures_full"]
    assert shown.cells["agency"] == 99
    assert shown.cells["reported"] == reported["value_micro"].item() / 10**6 != 99
    assert rows["postal_broadband"].cells["agency"] == ""
    assert rows["postal_broadband"].is_closed
    assert shown.is_closed
    assert not rows["press_items"].is_closed


def test_a_workbook_with_decisions_is_not_written_over(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "01.xlsx"
    path.write_bytes(b"decisions")
    with pytest.raises(UsageError, match="--force"):
        write_appraisal_forms("province-2022", None, out=path, data=data)
    assert path.read_bytes() == b"decisions"
    assert write_appraisal_forms("province-2022", None, out=path, data=data, is_forced=True) == 0


def test_without_a_report_there_is_nothing_to_appraise(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="self_reports"):
        write_appraisal_forms("province-2022", None, out=tmp_path / "01.xlsx", data=tmp_path)
