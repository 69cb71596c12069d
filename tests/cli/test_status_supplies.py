"""Who supplies a figure: in ``dti status`` and on the form."""

import openpyxl

from dti_pipeline.cli.status import show_status
from dti_pipeline.intake.forms.layout import REPORT_SHEET
from tests.cli.conftest import Call
from tests.conftest import REPOSITORY

REPORTS = REPOSITORY / "data" / "raw" / "province-2025" / "self_reports"


def test_status_lists_supplier_way_day_and_state(answer: Call) -> None:
    supplies = answer(show_status, "province-2025", data=REPOSITORY / "data")["supplies"]
    rows = {(row["component_code"], row["variable"]): row for row in supplies}
    tax, nobody = rows["0702", "part"], rows["0405", "whole"]
    assert (tax["way"], tax["state"], tax["agreed_on"]) == ("table", "agreed", "2026-09-01")
    assert (tax["supplier_vi"], tax["basis"]) == ("Cơ quan thuế", "illustrative")
    assert (nobody["way"], nobody["state"], nobody["agreed_on"]) == ("none", "refused", None)
    assert len(rows) == len(supplies) == 2 * 14


def test_what_is_made_up_of_suppliers_says_so_on_every_line(printed: Call) -> None:
    text = printed(show_status, "province-2025", data=REPOSITORY / "data")
    lines = [line for line in text.splitlines() if "Cơ quan thuế" in line]
    assert len(lines) == 2
    assert all(line.split()[-2:] == ["minh", "họa"] for line in lines)


def test_the_form_names_the_supplier_below_the_figure() -> None:
    sheet = openpyxl.load_workbook(min(REPORTS.iterdir()))[REPORT_SHEET]
    labels = {
        row[0].value: str(row[3].value) for row in sheet.iter_rows() if row[2].value == "part"
    }
    assert labels["0702"] == (
        "Doanh nghiệp nộp điện tử\n"
        "Nơi cung cấp: Cơ quan thuế (minh họa: bảng số liệu của cơ quan, đã thống nhất)"
    )
    assert labels["0304"] == "Cơ quan đã chuyển"
