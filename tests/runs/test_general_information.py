"""General information (Thông tin chung): asked, read, kept and shown, never scored."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from dti_pipeline.cli.explain import explain_unit
from dti_pipeline.cli.language import choose_language
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.index.definition import define
from dti_pipeline.index.frameworks.load import read_framework
from dti_pipeline.index.toml_files import FileError
from dti_pipeline.intake.files.workers import read_files
from dti_pipeline.intake.forms.asked_units import asked_units, form_name
from dti_pipeline.intake.forms.layout import REPORT_SHEET, Answer
from dti_pipeline.intake.forms.reader import read_form
from dti_pipeline.intake.forms.write import write_form
from dti_pipeline.intake.place import Place
from dti_pipeline.release.folder import Release
from dti_pipeline.release.issues import year_of
from dti_pipeline.reports.release_view import ReleaseView
from dti_pipeline.reports.site.write import write_site
from dti_pipeline.workspace import Workspace
from tests.cli.conftest import Call
from tests.released import current, released
from tests.runs.test_own_index import FRAMEWORK, write_index

REPORTED = FRAMEWORK.replace('source = "central:reports.files"', 'source = "self_report"')
GENERAL = """
[[tables]]
id = "people"
name_vi = "Biên chế"
name_en = "Staff"
owner_vi = "Sở Nội vụ"
owner_en = "Home Affairs"
match = "*people*"
unit_column = "Đơn vị"
columns.staff = { header = "Biên chế", name_vi = "Biên chế", name_en = "Staff", kind = "count" }

[general]
staff = { vi = "Biên chế được giao", en = "Staff", unit = "người", source = "central:people.staff" }
area = { vi = "Diện tích trụ sở", en = "Floor area", unit = "m²", kind = "amount", minimum = 0 }
"""
FILES = {"OWN-1": 100, "OWN-2": 200, "OWN-3": 8}
AREAS = {"OWN-1": Decimal("1250.5")}
# The second office sends a form of the days before the index set had general information.
EARLIER = "OWN-2"


def write_deliveries(data: Path, *, people: str | None) -> None:
    forms = data / "raw/offices-2025/self_reports"
    forms.mkdir(parents=True)
    for framework in (REPORTED, REPORTED + GENERAL):
        write_index(data, framework=framework)
        definition = define("offices-2025", workspace=Workspace(data=data))
        for number, unit in asked_units(definition).items():
            unit_id = unit["unit_id"]
            if (unit_id == EARLIER) == (framework is REPORTED):
                area = {("TTC", "area"): Answer(AREAS[unit_id])} if unit_id in AREAS else {}
                write_form(
                    forms / form_name(number, unit),
                    assessment=definition.assessment,
                    framework=definition.frameworks["offices"],
                    unit=unit,
                    answers={("0201", "files"): Answer(FILES[unit_id]), **area},
                )
    if people is not None:
        path = data / "raw/offices-2025/central/02_people.csv"
        path.write_text(people, encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("general")
    write_deliveries(data, people="Đơn vị,Biên chế\nSở Tài chính,40\nSở Nội vụ,55\n")
    assert run_assessments([], data=data, reason="") == 0
    return data


@pytest.fixture(scope="module")
def release(data: Path) -> Release:
    return current(data)


def test_every_general_figure_is_an_observation_with_its_place(release: Release) -> None:
    general = release.table("fact_observation").filter(component_code="TTC").sort("unit_id")
    columns = ("unit_id", "variable", "value", "accepted", "source_kind", "main_code")
    assert general.select(columns).rows() == [
        ("OWN-1", "area", 1250.5, True, "self_report", None),
        ("OWN-1", "staff", 40.0, True, "central", None),
        ("OWN-2", "area", None, False, "self_report", None),
        ("OWN-2", "staff", 55.0, True, "central", None),
        ("OWN-3", "area", None, False, "self_report", None),
        ("OWN-3", "staff", None, False, "central", None),
    ]
    assert general["source_cell"][0] is not None
    assert general["indicator_key"].to_list() == [None] * 6


def test_it_is_named_and_never_scored(release: Release) -> None:
    named = release.table("dim_variable").filter(component_code="TTC")
    assert named.select("variable", "name_vi", "unit_of_measure").rows() == [
        ("area", "Diện tích trụ sở", "m²"),
        ("staff", "Biên chế được giao", "người"),
    ]
    codes = {"0101", "0201"}
    assert set(release.table("fact_component_score")["component_code"]) == codes
    components = release.table("dim_indicator").filter(indicator_level="component")
    assert set(components["indicator_code"]) == codes
    overall = release.table("fact_ranking").filter(scope="overall").sort("rank")
    assert overall["points"].to_list() == [94.0, 56.0, 52.5]


def test_what_is_missing_of_it_is_no_issue_and_an_earlier_form_still_reads(
    release: Release,
) -> None:
    issues = release.table("dq_issue").select("rule_id", "unit_id").rows()
    assert issues == [("report.framework_changed", EARLIER)]


def test_what_stays_from_year_to_year_is_not_compared(release: Release) -> None:
    observations = release.table("fact_observation")
    year = year_of(observations=observations, ranking=release.table("fact_ranking"))
    assert set(year.observations["component_code"]) == {"0101", "0201"}


def test_a_table_that_only_general_information_needs_stops_nothing(tmp_path: Path) -> None:
    write_deliveries(tmp_path, people=None)
    observations = released(tmp_path)
    assert "staff" not in observations.table("fact_observation")["variable"]


def test_a_correction_replaces_a_general_figure(tmp_path: Path) -> None:
    write_deliveries(tmp_path, people="Đơn vị,Biên chế\nSở Tài chính,40\n")
    corrections = tmp_path / "raw/offices-2025/corrections"
    corrections.mkdir()
    (corrections / "01_people.csv").write_text(
        "unit,table,column,value,reason,authority,reference,date\n"
        "Sở Tài chính,people,staff,41,Nhập nhầm,Sở Nội vụ,12/SNV,01/03/2026\n",
        encoding="utf-8",
    )
    table = released(tmp_path).table("fact_observation")
    accepted = table.filter("accepted", unit_id="OWN-1", variable="staff")
    assert accepted.select("value", "source_kind").rows() == [(41.0, "correction")]


SHOWN = {
    "vi": (
        *("Thông tin chung (không tính điểm)", "Biên chế được giao (người) = 40 ←"),
        "Diện tích trụ sở (m²) = 1.250,5 ←",
    ),
    "en": (
        *("General information (not scored)", "Staff (people) = 40 ←"),
        "Floor area (m²) = 1,250.5 ←",
    ),
}


@pytest.mark.parametrize("lang", SHOWN)
def test_explain_shows_it(lang: str, data: Path, printed: Call) -> None:
    choose_language(lang)
    text = printed(explain_unit, "offices-2025", "OWN-1", data=data)
    assert [line for line in SHOWN[lang] if line not in text] == []


def test_explain_says_what_of_it_is_missing(data: Path, printed: Call) -> None:
    text = printed(explain_unit, "offices-2025", "OWN-3", data=data)
    assert "Biên chế được giao (người): chưa có số liệu" in text
    assert "Diện tích trụ sở (m²): chưa có số liệu" in text


def test_programs_get_it_beside_the_rows(data: Path, answer: Call) -> None:
    general = answer(explain_unit, "offices-2025", "OWN-3", data=data)["general"]
    assert [(row["variable"], row["value"]) for row in general] == [("staff", None), ("area", None)]


def test_the_page_of_a_unit_shows_it(release: Release, tmp_path: Path) -> None:
    index = write_site(ReleaseView(release), tmp_path / "site")

    def section(unit: str) -> str:
        page = (index.parent / f"offices-2025/units/{unit}.html").read_text(encoding="utf-8")
        return page.partition('<section aria-labelledby="h-general">')[2].partition("</section>")[0]

    assert "Thông tin chung (không tính điểm)" in section("OWN-3")
    assert section("OWN-3").count("chưa có số liệu") == 2
    assert '1.250,5</b> <span data-en="m²">m²</span>' in section("OWN-1")


def test_the_form_asks_for_it_first_and_for_a_contact_that_nothing_reads(data: Path) -> None:
    path = next((data / "raw/offices-2025/self_reports").glob("*tai_chinh*"))
    sheet = load_workbook(path)[REPORT_SHEET]
    texts = [[cell.value for cell in row if cell.value] for row in sheet.iter_rows(min_row=7)]
    assert texts[0][0].startswith("Đầu mối liên hệ (họ tên, chức vụ, điện thoại, thư điện tử)")
    assert texts[3] == ["Thông tin chung (không tính điểm)"]
    assert texts[4][:3] == ["TTC", "Thông tin chung", "area"]
    assert "Không tính điểm" in texts[4]


def test_a_reader_that_does_not_ask_for_it_passes_it_over(data: Path) -> None:
    definition = define("offices-2025", workspace=Workspace(data=data))
    path = next((data / "raw/offices-2025/self_reports").glob("*tai_chinh*"))
    (content,) = read_files([path], root=data)
    assert content.sheets is not None
    framework = definition.frameworks["offices"]
    file = framework.file.model_copy(update={"general": {}})
    reading = read_form(
        content.sheets,
        assessment=definition.assessment,
        framework=replace(framework, file=file),
        place=Place(path.name),
    )
    assert [entry.question.name for entry in reading.entries] == ["files"]
    assert reading.issues == ()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("central:people.offices", "table 'people' has no column 'offices'"),
        ("component:0101.courses", "not to be borrowed"),
    ],
)
def test_a_source_that_is_not_there_is_refused(source: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "offices.toml"
    text = (REPORTED + GENERAL).replace("central:people.staff", source)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=f"general staff: .*{message}"):
        read_framework(path)


def test_provinces_show_their_population_from_the_public_table(province_release: Release) -> None:
    (population,) = (
        province_release.table("fact_observation")
        .filter(component_code="TTC", unit_id="VN-P63-01", variable="population")
        .select("assessment_id", "value", "accepted", "raw_text")
        .rows()
    )
    assert population == ("province-2022", 8435.7, True, "8435.7")
