"""The sender sees what to fix, with file, sheet, cell and text; nothing in a page can do harm."""

import re
from pathlib import Path

import pytest

from dti_pipeline.cli.check import check_deliveries
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.reports.quality.write import write_quality_pages
from schemas.issues.issue import make, to_frame
from schemas.stages import Observations
from schemas.text import Text
from tests.conftest import copy_deliveries

ATTACK = "<script>alert('1')</script>"
HANOI, BAC_KAN = "VN-P63-01", "VN-P63-06"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    issues = to_frame(
        [
            make(
                "value.not_a_number",
                unit_id=BAC_KAN,
                unit_name="Bắc Kạn",
                component_code="0104",
                source_file="raw/province-2022/self_reports/06_bac_kan.xlsx",
                source_sheet="Báo cáo",
                source_cell="H17",
                raw_text=ATTACK,
                raw=ATTACK,
                variable="Số tin, bài",
            ),
            make("table.unknown", source_file="raw/x/central/99_extra.csv", table="99_extra.csv"),
        ]
    )
    units = load_registry().of_set("province-63")
    write_quality_pages(
        folder,
        title=Text("DTI cấp tỉnh 2022", "Provincial DTI 2022"),
        deadline=None,
        units=dict(units.select("unit_id", "name_vi").iter_rows()),
        components={
            "0104": Text(
                "Cổng thông tin điện tử của tỉnh có chuyên mục về chuyển đổi số",
                "The provincial portal has its own section on digital transformation",
            )
        },
        n_files=3321,
        observations=Observations.empty(),
        issues=issues,
    )
    return folder


def page(pages: Path, name: str) -> str:
    return (pages / name).read_text("utf-8")


def test_there_is_a_page_for_every_unit_and_one_for_the_office(pages: Path) -> None:
    assert len(list((pages / "units").glob("*.html"))) == 63
    office = page(pages, "index.html")
    assert 'href="units/bac_kan.html"' in office
    assert (
        '<span class="vi" lang="vi">3.321</span><span class="en" lang="en">3,321</span>' in office
    )


def test_a_units_page_names_no_command_and_no_table(pages: Path) -> None:
    text = page(pages, "units/bac_kan.html")
    assert "Trang này được lập từ các tệp đã nộp." in text
    assert "Made from the files delivered." in text
    assert "dti check" not in text
    assert "dq_issue" not in text
    assert "dq_issue" in page(pages, "index.html")


def test_a_units_page_says_what_to_fix_and_where(pages: Path) -> None:
    text = page(pages, "units/bac_kan.html")
    for wanted in (
        "06_bac_kan.xlsx",
        "Báo cáo",
        "H17",
        "0104",
        "Đề nghị nhập một số",
        "Please enter a number",
        "Cổng thông tin điện tử của tỉnh có chuyên mục về chuyển đổi số",
        "The provincial portal has its own section on digital transformation",
    ):
        assert wanted in text
    assert "99_extra.csv" not in text


def test_what_senders_write_is_shown_and_never_run(pages: Path) -> None:
    for name in ("index.html", "units/bac_kan.html"):
        text = page(pages, name)
        assert "<script" not in text
        assert not re.search(r"""\s(on\w+|style)=""", text)
    assert "&lt;script&gt;" in page(pages, "units/bac_kan.html")


def test_pages_load_nothing_and_say_so(pages: Path) -> None:
    text = page(pages, "index.html")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;; style-src &#39;sha256-")
    assert not re.search(r"""(src|href)=["']https?:""", text)


def test_vietnamese_comes_first_with_an_english_switch(pages: Path) -> None:
    text = page(pages, "index.html")
    assert '<html lang="vi">' in text
    assert 'id="vi" checked' in text
    assert text.index("Chất lượng số liệu nộp") < text.index("Quality of the deliveries")


def test_issues_of_no_unit_stand_on_the_offices_page(pages: Path) -> None:
    assert "99_extra.csv" in page(pages, "index.html")


def test_a_unit_without_report_and_issues_is_not_called_good(pages: Path) -> None:
    text = page(pages, "units/ha_noi.html")
    assert "Không phát hiện vấn đề" not in text
    assert "Kỳ này không yêu cầu báo cáo" in text


def test_the_command_writes_the_pages_beside_the_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2023")
    out = tmp_path / "html"
    status = check_deliveries("province-2023", data=data, as_json=False, html=out)
    assert status == 0
    assert (out / "index.html").is_file()
    assert "64 trang" in capsys.readouterr().out
