"""From a folder of deliveries to observations and issues."""

import shutil

import polars as pl
import pytest

from schemas.files.assessment import WithoutReport
from schemas.issues.issue import PARTS
from schemas.stages import Observations
from schemas.tables.observations import FactObservation
from tests.intake.intake_cases import BAC_KAN, assessment, edit, good_form, observed, put, registry
from tests.intake.looks import write_rows
from tests.intake.tables.test_central import HEAD, PROCEDURES
from tests.schemas.conftest import statistics

HA_NOI, HA_GIANG = "VN-P63-01", "VN-P63-02"
UNITS = registry().of_set("province-63")
FOLDER = "raw/province-2022"
REPORT = f"self_reports/{BAC_KAN}.xlsx"


@pytest.fixture
def data(tmp_path):
    return good_deliveries(tmp_path)


@pytest.fixture(scope="module")
def intake(tmp_path_factory):
    return observed(good_deliveries(tmp_path_factory.mktemp("good")))


def good_deliveries(data_dir):
    """Three reports, two central tables; the other 60 units are excused."""
    for unit_id in (BAC_KAN, HA_NOI, HA_GIANG):
        path = data_dir / FOLDER / f"self_reports/{unit_id}.xlsx"
        good_form(path, unit_id=unit_id, data_basis="sample")
    central = data_dir / FOLDER / "central"
    central.mkdir()
    names = UNITS["name_vi"].to_list()
    people = "\n".join(f"{name},{100 + place}.5,2022" for place, name in enumerate(names))
    (central / "01_population.csv").write_text(HEAD + people, "utf-8")
    procedures = "\n".join(f"{name},10,5,3,2" for name in names)
    (central / "02_procedures.csv").write_text(PROCEDURES + procedures, "utf-8")
    return data_dir


def told(intake, *, least=("blocking", "warning")):
    rows = intake.issues.filter(pl.col("severity").is_in(least))
    return sorted(rows.select("rule_id", "unit_id").iter_rows(), key=str)


def one(intake, unit_id, code, variable, source_kind="self_report"):
    (row,) = intake.observations.filter(
        unit_id=unit_id, component_code=code, variable=variable, source_kind=source_kind
    ).to_dicts()
    return row


def test_good_deliveries_give_every_figure_and_no_trouble(intake):
    assert told(intake) == []
    assert intake.observations.schema == Observations.schema()
    by_kind = intake.observations.group_by("source_kind").len().sort("source_kind")
    # Six questions of three units; three central variables of 63.
    assert by_kind.rows() == [("central", 189), ("self_report", 18)]
    assert intake.observations["obs_status"].unique().to_list() == ["ok"]
    kinds = [delivery.kind for delivery in intake.deliveries]
    assert kinds == ["central"] * 2 + ["self_report"] * 3


def test_an_observation_knows_file_sheet_cell_hash_and_text(intake):
    signed = one(intake, BAC_KAN, "0110", "signed")
    assert signed == {
        "unit_id": BAC_KAN,
        "component_code": "0110",
        "variable": "signed",
        "value_micro": 12_000_000,
        "option": None,
        "obs_status": "ok",
        "evidence_state": "reported",
        "source_kind": "self_report",
        "source_file": f"{FOLDER}/self_reports/{BAC_KAN}.xlsx",
        "source_sheet": "Báo cáo",
        "source_cell": "H14",
        "source_sha256": signed["source_sha256"],
        "delivery_no": 1,
        "raw_text": "12",
        "reading": "number_cell",
        "unit_of_measure": "văn bản",
        "data_basis": "sample",
        "na_reason": None,
        "evidence_text": "34/KH-UBND",
    }
    assert len(signed["source_sha256"]) == 64


def test_a_central_observation_knows_its_table(intake):
    people = one(intake, BAC_KAN, "0202", "people", "central")
    assert people["value_micro"] == 103_500_000
    assert (people["source_file"], people["source_cell"], people["delivery_no"]) == (
        f"{FOLDER}/central/01_population.csv",
        "5:dan so",
        1,
    )
    assert (people["data_basis"], people["unit_of_measure"]) == ("delivered", "nghìn người")
    full = one(intake, BAC_KAN, "0203", "full", "central")
    assert (full["value_micro"], full["delivery_no"]) == (5_000_000, 2)


def test_a_figure_that_both_sources_give_is_observed_twice(intake):
    assert one(intake, BAC_KAN, "0202", "firms", "central")["value_micro"] == 103_500_000
    assert one(intake, BAC_KAN, "0202", "firms")["value_micro"] == 324_400_000


def test_a_borrowed_figure_is_observed_at_its_origin_only(intake):
    rows = intake.observations.filter(component_code="0203", variable="signed")
    assert rows.is_empty()


def test_answers_have_option_and_number(intake):
    chair, section = (
        one(intake, BAC_KAN, *key) for key in (("0101", "chair"), ("0102", "section"))
    )
    assert (chair["option"], chair["value_micro"]) == ("deputy", 1_000_000)
    assert (section["option"], section["value_micro"]) == ("yes", 1_000_000)
    assert (chair["unit_of_measure"], section["unit_of_measure"]) == ("lựa chọn", "có/không")


def test_a_correction_is_measured_as_the_figure_it_replaces(data):
    corrections = data / FOLDER / "corrections"
    corrections.mkdir()
    (corrections / "01.csv").write_text(
        "unit,component_code,variable,value,reason,authority,reference\n"
        "Bắc Kạn,0102,section,không,nhập nhầm,Sở Thông tin và Truyền thông,12/CV\n",
        "utf-8",
    )
    intake = observed(data)
    kinds = "self_report", "correction"
    section = [one(intake, BAC_KAN, "0102", "section", kind) for kind in kinds]
    assert [row["option"] for row in section] == ["yes", "no"]
    assert [row["unit_of_measure"] for row in section] == ["có/không", "có/không"]


def test_observations_keep_the_vocabulary_of_the_released_table(intake):
    frame = intake.observations
    for name in ("obs_status", "evidence_state", "source_kind", "data_basis"):
        assert set(frame[name].unique()) <= set(statistics(FactObservation, name)["allowed_values"])
    key = [name for name in FactObservation.key() if name != "assessment_id"]
    assert not frame.select(key).is_duplicated().any()


def test_two_readings_of_one_folder_are_equal(data):
    first, second = observed(data), observed(data)
    assert first.observations.equals(second.observations)
    assert first.issues.equals(second.issues)


def test_published_figures_are_marked_so(data):
    intake = observed(data, delivery_basis="published")
    assert one(intake, BAC_KAN, "0202", "people", "published")["data_basis"] == "published"


def test_a_unit_without_a_report_blocks(data):
    (data / FOLDER / REPORT).unlink()
    intake = observed(data)
    assert told(intake) == [("report.missing", BAC_KAN)]
    assert intake.issues.row(0, named=True)["severity"] == "blocking"
    message = intake.issues.row(0, named=True)["message_vi"]
    assert "Bắc Kạn" in message
    assert "Đề nghị nộp theo biểu mẫu" in message


def test_an_excused_unit_without_a_report_is_on_record(data):
    (data / FOLDER / REPORT).unlink()
    excuse = WithoutReport(
        unit_id=BAC_KAN, treatment="zero", reason_vi="không gửi", reason_en="sent none"
    )
    intake = observed(data, without_report=[*assessment().without_report, excuse])
    assert told(intake) == []
    record = intake.issues.filter(rule_id="report.absence_declared", unit_id=BAC_KAN)
    assert "the figures due: scored 0. Grounds: sent none." in record["message_en"].item()


TROUBLES = {
    "a table that is missing": (
        lambda folder: (folder / "central/02_procedures.csv").unlink(),
        [("table.missing", None)],
    ),
    "a table that is broken": (
        lambda folder: (folder / "central/01_population.csv").write_bytes(
            b"TenTinh\xff\xfe,dan so\n"
        ),
        [("file.encoding", None)],
    ),
    "a table that nobody wants": (
        lambda folder: (folder / "central/09_other.csv").write_text("a,b\n1,2\n", "utf-8"),
        [("table.unknown", None)],
    ),
    "a form that lost its hidden sheet stays with the unit its name speaks of": (
        lambda folder: edit(folder / REPORT, lambda book: book.remove(book["_meta"])),
        [("report.form_changed", BAC_KAN)],
    ),
    "two workbooks of one unit": (
        lambda folder: shutil.copy(folder / REPORT, folder / f"self_reports/02_{BAC_KAN}-moi.xlsx"),
        [("report.two_for_one_unit", BAC_KAN)],
    ),
}


@pytest.mark.parametrize(("change", "issues"), TROUBLES.values(), ids=TROUBLES)
def test_trouble_with_a_file_has_its_issue_and_no_other(data, change, issues):
    change(data / FOLDER)
    intake = observed(data)
    assert told(intake) == issues
    # Forms that are told count for nobody.
    reported = intake.observations.filter(unit_id=BAC_KAN, source_kind="self_report")
    assert reported.is_empty() is (issues[0][1] == BAC_KAN)


@pytest.mark.parametrize("name", ["VN-P63-01", "Hà Nội", "07_Tỉnh-Hà_Giang"])
def test_a_file_named_after_another_unit_blocks(data, name):
    folder = data / FOLDER / "self_reports"
    (folder / f"{BAC_KAN}.xlsx").replace(folder / f"{name}.xlsx")
    named = "VN-P63-02" if "Giang" in name else "VN-P63-01"
    assert told(observed(data)) == [("report.wrong_unit", named)]


@pytest.mark.parametrize("name", ["Bắc Kạn", "3. Tỉnh Bắc Kạn", "bao cao cuoi cung"])
def test_a_file_may_be_named_after_its_unit_or_freely(data, name):
    folder = data / FOLDER / "self_reports"
    (folder / f"{BAC_KAN}.xlsx").rename(folder / f"{name}.xlsx")
    assert told(observed(data)) == []


def test_a_report_of_an_unknown_unit_blocks_with_the_nearest_names(data):
    def rename(book):
        book["_meta"]["B5"], book["_meta"]["B6"] = "VN-P63-99", "Bắc Kan"

    edit(data / FOLDER / REPORT, rename)
    intake = observed(data)
    issue = intake.issues.filter(rule_id="unit.unknown").row(0, named=True)
    assert issue["severity"] == "blocking"
    assert "Bắc Kạn" in issue["message_en"]


def test_a_broken_file_is_one_issue_and_the_others_go_on(data):
    path = data / FOLDER / REPORT
    path.write_bytes(path.read_bytes()[:2000])
    intake = observed(data)
    assert [rule for rule, _ in told(intake)] == ["file.unreadable"]
    assert intake.observations.filter(source_kind="self_report").height == 12


def test_a_row_with_shifted_cells_blocks(data):
    path = data / FOLDER / "central" / "01_population.csv"
    path.write_text(path.read_text("utf-8").replace("Bắc Kạn,103.5", "Bắc Kạn,103,5"), "utf-8")
    issue = observed(data).issues.row(0, named=True)
    assert (issue["rule_id"], issue["severity"]) == ("file.unreadable", "blocking")
    assert issue["source_cell"] == "row 5"


def test_a_report_in_another_kind_of_file_is_told_to_its_unit(data):
    (data / FOLDER / REPORT).unlink()
    (data / FOLDER / "self_reports" / "3. Bắc Kạn.pdf").write_bytes(b"%PDF")
    intake = observed(data)
    assert told(intake) == [("file.other_kind", BAC_KAN), ("report.missing", BAC_KAN)]
    (message,) = intake.issues.filter(rule_id="file.other_kind")["message_vi"]
    assert "tệp PDF, không đọc được số liệu; cần .xlsx. Vị trí: đơn vị Bắc Kạn" in message


def test_a_report_among_the_tables_and_a_table_among_the_reports_are_misplaced(data):
    folder = data / FOLDER
    (folder / "self_reports" / f"{BAC_KAN}.xlsx").rename(folder / "central" / "bac kan.xlsx")
    write_rows(folder / "self_reports" / "population.xlsx", [["TenTinh", "dan so", "nam"]])
    intake = observed(data)
    misplaced = ("file.misplaced", None)
    assert told(intake) == [misplaced, misplaced, ("report.missing", BAC_KAN)]
    messages = intake.issues.filter(rule_id="file.misplaced")["message_en"].sort()
    folders = ("central", "self_reports")
    for message, place, target in zip(messages, folders, reversed(folders), strict=True):
        assert (
            f"in the folder “{place}”, where it is not read; it belongs into “{target}”" in message
        )


def test_issues_name_unit_component_file_sheet_and_cell(data):
    edit(data / FOLDER / REPORT, put({"H14": 5000}))
    issue = observed(data).issues.row(0, named=True)
    texts = {"message_vi", "message_en", *PARTS}
    assert {name: issue[name] for name in issue if name not in texts} == {
        "rule_id": "value.out_of_range",
        "severity": "blocking",
        "unit_id": BAC_KAN,
        "component_code": "0110",
        "source_file": f"{FOLDER}/self_reports/{BAC_KAN}.xlsx",
        "source_sheet": "Báo cáo",
        "source_cell": "H14",
        "raw_text": "5000",
        "action_taken": None,
    }
    assert "Bắc Kạn" in issue["message_vi"]


def test_nothing_delivered_is_told_and_gives_no_observations(tmp_path):
    intake = observed(tmp_path)
    assert intake.observations.is_empty()
    assert intake.observations.schema == Observations.schema()
    rules = [rule for rule, _ in told(intake)]
    assert rules == ["report.missing"] + ["table.missing"] * 2
    (message,) = intake.issues.filter(rule_id="report.missing")["message_en"]
    assert "no self-assessment report of 3 unit(s): Hà Nội, Hà Giang, Bắc Kạn." in message


def test_every_unit_without_a_report_is_named(tmp_path):
    intake = observed(tmp_path, without_report=[])
    (issue,) = intake.issues.filter(rule_id="report.missing").iter_rows(named=True)
    assert issue["unit_id"] is None
    assert "của 63 đơn vị: " in issue["message_vi"]
    names = registry().of_set("province-63")["name_vi"]
    assert ", ".join(names) in issue["message_vi"]
