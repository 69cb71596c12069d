"""The command annex: files, settings, and what it refuses."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest
from docx import Document

from dti_pipeline.cli.run import run_assessments
from dti_pipeline.index.definition import define
from dti_pipeline.reports.papers import pdf
from dti_pipeline.workspace import Workspace
from schemas.files.settings import Office, SiteSettings
from tests.cli.conftest import Call
from tests.index.rules.cases import component, main
from tests.small_index import ASSESSMENT, SmallIndex


@pytest.fixture
def data(province_data: Path, tmp_path: Path) -> Path:
    """Return a data folder with the release and a config folder of its own."""
    shutil.copytree(province_data / "published", tmp_path / "data" / "published")
    (tmp_path / "data" / "config").mkdir()
    return tmp_path / "data"


def test_an_office_sets_its_name_and_styles_once(
    data: Path, tmp_path: Path, dti: Call, printed: Call
) -> None:
    (data / "config").rmdir()
    assert dti("annex", "--init", "--data", str(data)) == 0
    settings = data / "config" / "settings.toml"
    example = settings.read_text("utf-8").splitlines()[3:]
    keys = tomllib.loads("\n".join(line.removeprefix("# ") for line in example))
    assert set(keys["papers"]) == set(Office.model_fields)
    assert set(keys["site"]) == set(SiteSettings.model_fields)
    settings.write_text('[papers]\nname = "Sở Khoa học và Công nghệ"\nplace = "Hà Nội"\n', "utf-8")
    template = Document(str(data / "config" / "paper.docx"))
    template.styles["Tên loại"].font.name = "Arial"
    template.save(str(data / "config" / "paper.docx"))
    assert dti("annex", "--init", "--data", str(data)) == 0
    assert "Sở" in settings.read_text("utf-8")
    out = ("--no-pdf", "--out", str(tmp_path / "out"), "--data", str(data))
    text = printed(dti, "annex", "province-2023", "--paper", "table", *out, "--json")
    (row,) = json.loads(text)["rows"]
    assert row["kind"] == "table"
    document = Document(row["path"])
    assert document.styles["Tên loại"].font.name == "Arial"
    assert "SỞ KHOA HỌC VÀ CÔNG NGHỆ" in document.tables[0].rows[0].cells[0].text


def test_a_reply_is_named_after_its_unit(
    data: Path, tmp_path: Path, dti: Call, printed: Call
) -> None:
    out = ("--no-pdf", "--out", str(tmp_path / "out"), "--data", str(data))
    reply = ("province-2022", "--paper", "reply", "--unit", "Bắc Kạn")
    path = tmp_path / "out" / "dti-province-2022-reply-VN-P63-06.docx"
    assert str(path) in printed(dti, "annex", *reply, "--component", "0304", *out)
    (row,) = Document(str(path)).tables[2].rows[1:]
    assert row.cells[0].text == "0304"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((), 2, "ghi kỳ đánh giá, ví dụ `dti annex province-2023`"),
        (("province-2022", "--paper", "reply"), 2, "--unit dùng cho --paper reply"),
        (("province-2022", "--unit", "Bắc Kạn"), 2, "--unit dùng cho --paper reply"),
        (("province-2023", "--paper", "correction"), 1, "không có gì để điều chỉnh"),
        (
            ("province-2022", "--paper", "reply", "--unit", "Bắc Kạn", "--component", "9999"),
            2,
            "không có chỉ số thành phần “9999”; đang có: 0101",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_with_what_to_do(
    data: Path, refused: Call, arguments: tuple[str, ...], status: int, message: str
) -> None:
    assert message in refused("annex", *arguments, "--data", str(data), status=status)


def test_a_wrong_key_of_the_settings_is_named(data: Path, refused: Call) -> None:
    (data / "config" / "settings.toml").write_text('[papers]\nnane = "Bộ"\n', "utf-8")
    error = refused("annex", "province-2023", "--data", str(data), status=1)
    assert "settings.toml: 1 lỗi phải sửa\n  - dòng 2: papers › nane: không có khóa này" in error
    assert "khóa gần nhất là “name”" in error


@pytest.mark.parametrize(("name", "table"), [("site.toml", "[site]"), ("office.toml", "[papers]")])
def test_a_settings_file_of_an_earlier_version_is_told_where_its_keys_went(
    name: str, table: str, data: Path, refused: Call
) -> None:
    (data / "config" / name).touch()
    error = refused("annex", "province-2023", "--data", str(data), "--lang", "en", status=1)
    place = data / "config" / "settings.toml"
    assert f"{name}: 1 problem(s)\n  - this file is part of {place}" in error
    assert f"move its keys into the table {table} there" in error


@pytest.mark.parametrize(
    ("program", "why"),
    [(None, "máy chưa cài LibreOffice"), ("false", "LibreOffice không chuyển được tệp này")],
)
def test_without_a_pdf_the_paper_is_there_and_the_command_says_why(
    data: Path, refused: Call, monkeypatch: pytest.MonkeyPatch, program: str | None, why: str
) -> None:
    monkeypatch.setattr(pdf, "office_program", lambda: program)
    out = data / "out"
    arguments = ("--paper", "table", "--out", str(out), "--data", str(data))
    said = refused("annex", "province-2023", *arguments, status=0)
    assert f"Chưa có PDF: {why}." in said
    assert [path.name for path in out.iterdir()] == ["dti-province-2023-table.docx"]


def test_a_corrected_result_has_its_notice(province_data: Path, tmp_path: Path, dti: Call) -> None:
    """Tuyên Quang loses 20 points of 1,000: 0.6735 becomes 0.6535, 38th becomes 49th."""
    data = shutil.copytree(province_data, tmp_path / "data")
    frameworks = define("province-2023", workspace=Workspace(data=data)).frameworks
    component = frameworks["province-922-published"].by_code["0700"].component
    row = f"Tuyên Quang,0700,{next(iter(component.variables))},0.6089,nhập sai,Hội đồng,BB 5"
    folder = data / "raw" / "province-2023" / "corrections"
    folder.mkdir()
    head = "unit,component_code,variable,value,reason,authority,reference"
    (folder / "01.csv").write_text(f"{head}\n{row}\n", "utf-8")
    assert run_assessments(["province-2023"], data=data, reason="") == 0
    arguments = ("province-2023", "--paper", "correction", "--no-pdf", "--out", str(tmp_path))
    assert dti("annex", *arguments, "--data", str(data)) == 0
    document = Document(str(tmp_path / "dti-province-2023-correction.docx"))
    cells = [[cell.text for cell in row.cells] for row in document.tables[1].rows[1:]]
    rows = {name: rest for name, *rest in cells}
    assert rows["Tuyên Quang"][:5] == ["0,6735", "0,6535", "38", "49", "−11"]
    assert rows["Tuyên Quang"][5] == "0700: nhập sai · Hội đồng · BB 5"
    assert rows["Đắk Lắk"] == ["0,6734", "0,6734", "39", "38", "+1", "do kết quả của đơn vị khác"]
    assert len(rows) == 12


def test_a_notice_gives_the_reasons_of_this_change_and_of_no_earlier_one(
    tmp_path: Path, dti: Call
) -> None:
    index = SmallIndex(tmp_path / "data")
    figures = {name: {"vi": name, "kind": "count"} for name in ("a", "b")}
    index.framework([component("01", 20, main="1", variables=figures)], [main("1", 20)])
    index.units({"U1": "", "U2": ""})
    index.assessment()
    for unit in ("U1", "U2"):
        index.report(unit, {("01", "a"): 5, ("01", "b"): 10})
    head = "unit,component_code,variable,value,reason,authority,reference"
    assert run_assessments([ASSESSMENT], data=index.data, reason="") == 0
    for name, row in (("01.csv", "b,20,cũ"), ("02.csv", "a,9,mới")):
        index.decisions("corrections", f"{head}\nSở U1,01,{row},Hội đồng,CV 1\n", name=name)
        assert run_assessments([ASSESSMENT], data=index.data, reason="") == 0
    paper = ("--paper", "correction", "--no-pdf", "--out", str(tmp_path))
    assert dti("annex", ASSESSMENT, *paper, "--data", str(index.data)) == 0
    document = Document(str(tmp_path / f"dti-{ASSESSMENT}-correction.docx"))
    rows = {row.cells[0].text: row.cells[-1].text for row in document.tables[1].rows[1:]}
    assert rows["Sở U1"] == "01: mới · Hội đồng · CV 1"
