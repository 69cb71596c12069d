"""`dti status`: who is late or incomplete, asked how often; letters and mails that remind."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.status import show_status
from dti_pipeline.index.definition import define
from dti_pipeline.intake.forms.asked_units import asked_units, form_name
from dti_pipeline.intake.forms.layout import Answer, Evidence, Question, questions_of
from dti_pipeline.intake.forms.write import write_form
from dti_pipeline.intake.tables.user_file import UserFileError
from dti_pipeline.workspace import Workspace
from tests.cli.conftest import Call
from tests.conftest import copy_deliveries

CONTACTS = (
    "đơn vị,đầu mối,thư điện tử,đã nhắc ngày\n"
    "Hà Giang,Sở Thông tin và Truyền thông,stttt@hagiang.example,01/04/2023; 15/04/2023\n"
    "Cao Bằng,Văn phòng,vp@caobang.example,\n"
)
DAY = "20/04/2023"


def whole_answer(question: Question) -> str | int:
    return next(iter(question.variable.answers), 0)


def n_questions() -> int:
    framework = define("province-2022", workspace=Workspace(Path("none"))).frameworks
    return len(list(questions_of(framework["province-922"])))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bắc Kạn has delivered, Cao Bằng late and incomplete, everybody else nothing."""
    copied = copy_deliveries(tmp_path_factory.mktemp("status"), "province-2022")
    folder = copied / "raw" / "province-2022" / "self_reports"
    for report in folder.iterdir():
        report.unlink()
    definition = define("province-2022", workspace=Workspace(copied))
    framework = definition.frameworks["province-922"]
    units = {row["name_vi"]: (place, row) for place, row in asked_units(definition).items()}
    for name, contents in {
        "Bắc Kạn": {
            "answers": {one.key: Answer(whole_answer(one)) for one in questions_of(framework)},
            "evidence": {one.component.code: [Evidence("1/BC")] for one in questions_of(framework)},
        },
        "Cao Bằng": {
            "answers": {("0102", "meetings"): Answer(4), ("0102", "chaired"): Answer(2)},
            "delivered_on": date(2023, 4, 10),
        },
    }.items():
        number, unit = units[name]
        write_form(
            folder / form_name(number, unit),
            assessment=definition.assessment,
            framework=framework,
            unit=unit,
            **contents,
        )
    contacts = copied / "config" / "contacts" / "province-2022.csv"
    contacts.parent.mkdir(parents=True)
    contacts.write_text(CONTACTS, encoding="utf-8")
    return copied


@pytest.fixture
def states(data: Path, answer: Call) -> Call:
    """Return what gives the row of every unit on a day, by its name."""

    def on(day: str, data: Path = data) -> dict[str, dict[str, Any]]:
        rows = answer(show_status, "province-2022", data=data, day=day)["rows"]
        return {row["unit_name"]: row for row in rows}

    return on


@pytest.fixture
def lines(data: Path, printed: Call) -> Call:
    """Return what gives the words that the terminal shows of a unit, each line."""

    def of(unit: str) -> list[list[str]]:
        lines = printed(show_status, "province-2022", data=data, day=DAY).splitlines()
        return [line.split() for line in lines if line.startswith(f"{unit} ")]

    return of


def test_every_unit_has_a_state_and_its_contact(states: Call) -> None:
    rows = states(DAY)
    assert len(rows) == 63
    assert (rows["Bắc Kạn"]["state"], rows["Bắc Kạn"]["days_late"]) == ("delivered", 0)
    missing = rows["Hà Giang"]
    assert (missing["state"], missing["days_late"]) == ("missing", 20)
    assert (missing["times_asked"], missing["asked_on"]) == (2, "2023-04-15")
    assert missing["mail"] == "stttt@hagiang.example"
    late = rows["Cao Bằng"]
    known = (late["state"], late["delivered_on"], late["days_late"])
    assert known == ("incomplete", "2023-04-10", 10)
    assert (late["figures_missing"], late["without_evidence"]) == (n_questions() - 2, 1)
    assert (late["times_asked"], late["office"]) == (0, "Văn phòng")


def test_before_the_deadline_nobody_is_late(states: Call) -> None:
    assert states("31/03/2023")["Hà Giang"]["days_late"] == 0


def test_a_unit_that_has_sent_nothing_does_not_lack_0_figures(lines: Call) -> None:
    (words,) = lines("Hà Giang")
    assert words[2:9] == ["chưa", "nộp", "–", "20", "–", "–", "2"]


def test_the_terminal_lists_who_is_behind(lines: Call) -> None:
    (words,) = lines("Cao Bằng")
    assert words[2:] == [
        *("chưa", "đầy", "đủ", "10/04/2023", "10", str(n_questions() - 2), "1", "0", "–"),
        *("Văn", "phòng", "vp@caobang.example"),
    ]
    assert lines("Bắc Kạn") == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("Hà Giang,a,b,hôm qua\n", r"row 2: the day “hôm qua” cannot be read"),
        ("Hà Giang,a,b,\nHà Giang,a,b,\n", r"row 3: Hà Giang stands twice"),
        ("Hà Zang,a,b,\n", r"Hà Zang"),
    ],
)
def test_a_contact_that_makes_no_sense_is_refused(
    rows: str, message: str, data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(CONTACTS.splitlines()[0] + "\n" + rows, encoding="utf-8")
    with pytest.raises(UserFileError, match=message):
        show_status("province-2022", contacts=path, data=data)


@pytest.mark.parametrize(
    "row", ["Tổng cộng,2 bộ phận,,\n", ",Tổng cộng,,\n", "Tổng số đơn vị: 2,,,\n"]
)
def test_a_total_below_the_contacts_is_put_aside(
    row: str, answer: Call, data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(CONTACTS + row, encoding="utf-8")
    rows = answer(show_status, "province-2022", contacts=path, data=data, day=DAY)["rows"]
    offices = {row["unit_name"]: row["office"] for row in rows if row["office"]}
    assert offices == {"Hà Giang": "Sở Thông tin và Truyền thông", "Cao Bằng": "Văn phòng"}


def test_a_contacts_file_that_is_named_must_be_there(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UserFileError, match="there is no file"):
        show_status("province-2022", contacts=tmp_path / "none.csv", data=data)


def test_a_folder_that_may_not_be_looked_into_is_not_one_without_reports(
    data: Path, tmp_path: Path, forbid: Call
) -> None:
    """Nobody is reminded of a report that lies there."""
    folder = data / "raw" / "province-2022" / "self_reports"
    forbid(folder)
    with pytest.raises(PermissionError) as error:
        show_status("province-2022", letters=tmp_path / "letters", data=data)
    assert error.value.filename == str(folder)
    assert not (tmp_path / "letters").exists()


def test_a_report_that_may_not_be_read_is_not_missing(
    data: Path, answer: Call, forbid: Call
) -> None:
    """Its unit has done its part; the account that runs the command lacks the permission."""
    forbid(next((data / "raw" / "province-2022" / "self_reports").glob("06_*")))
    rows = answer(show_status, "province-2022", data=data)["rows"]
    assert [row["report"] for row in rows if row["unit_id"] == "VN-P63-06"] == ["unusable"]


def test_a_day_that_is_none_is_refused(data: Path) -> None:
    with pytest.raises(UsageError, match="is no day"):
        show_status("province-2022", data=data, day="mai")


def text_of(path: Path) -> str:
    document = Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs)])


@pytest.fixture(scope="module")
def letters(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("letters")
    office = data / "config" / "settings.toml"
    office.write_text('[papers]\nname = "Cục Chuyển đổi số quốc gia"\nshort = "CĐSQG"\n', "utf-8")
    assert show_status("province-2022", data=data, day=DAY, letters=folder) == 0
    return folder


def test_everybody_who_is_behind_gets_a_letter_and_a_mail(letters: Path) -> None:
    names = {path.name for path in letters.iterdir()}
    assert len(names) == 2 * 62
    assert "06_bac_kan.docx" not in names
    assert {"02_ha_giang.docx", "02_ha_giang.txt"} <= names


def test_a_missing_report_is_asked_for_with_deadline_and_times_asked(letters: Path) -> None:
    text = text_of(letters / "02_ha_giang.docx")
    assert "CỤC CHUYỂN ĐỔI SỐ QUỐC GIA" in text
    assert "Kính gửi: Ủy ban nhân dân tỉnh Hà Giang" in text
    assert "Đến ngày 20/04/2023, Cục Chuyển đổi số quốc gia chưa nhận được báo cáo" in text
    assert "(hạn nộp 31/03/2023). Thời gian quá hạn: 20 ngày." in text
    assert "Đã nhắc 2 lần, gần nhất ngày 15/04/2023." in text


def test_an_incomplete_report_is_told_piece_by_piece(letters: Path) -> None:
    text = text_of(letters / "04_cao_bang.docx")
    assert "nhưng báo cáo chưa đủ" in text
    assert "0102 Người đứng đầu cấp tỉnh chủ trì, chỉ đạo chuyển đổi số\nThiếu tài liệu" in text
    assert "0101 Trưởng Ban Chỉ đạo chuyển đổi số\nChưa có số liệu" in text
    assert "Đã nhắc" not in text
    mail = (letters / "04_cao_bang.txt").read_text("utf-8")
    assert mail.startswith("Tới: vp@caobang.example\nTiêu đề: Đôn đốc báo cáo tự đánh giá")
    assert "- Chưa có số liệu: 0101 Trưởng Ban Chỉ đạo chuyển đổi số" in mail


def test_the_same_day_writes_the_same_letter(letters: Path, data: Path, tmp_path: Path) -> None:
    assert show_status("province-2022", data=data, day=DAY, letters=tmp_path) == 0
    name = "02_ha_giang.docx"
    assert text_of(tmp_path / name) == text_of(letters / name)


def test_a_report_that_cannot_be_used_is_not_called_missing(
    data: Path, tmp_path: Path, states: Call, printed: Call
) -> None:
    copied = shutil.copytree(data, tmp_path / "data")
    folder = copied / "raw" / "province-2022" / "self_reports"
    (twice,) = folder.glob("*bac_kan.xlsx")
    shutil.copy(twice, twice.with_name("bản sao.xlsx"))
    (changed,) = folder.glob("*cao_bang.xlsx")
    book = openpyxl.load_workbook(changed)
    book.copy_worksheet(book["Báo cáo"])
    book.save(changed)
    rows = states(DAY, copied)
    for name in ("Bắc Kạn", "Cao Bằng"):
        assert (rows[name]["state"], rows[name]["report"]) == ("unusable", "unusable")
    assert rows["Hà Giang"]["state"] == "missing"
    letters = tmp_path / "letters"
    out = printed(show_status, "province-2022", data=copied, day=DAY, letters=letters)
    assert not [*letters.glob("*bac_kan*"), *letters.glob("*cao_bang*")]
    assert "Báo cáo tự đánh giá: 0/63; chưa nộp: Hà Nội, Hà Giang, Tuyên Quang" in out
    (line,) = [line for line in out.splitlines() if line.startswith("Bắc Kạn ")]
    assert "đã nộp, không dùng được" in line
