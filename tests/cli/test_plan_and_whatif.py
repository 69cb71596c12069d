"""The commands plan and whatif on the repository's own release."""

from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dti_pipeline.analysis.improvement.rescoring import Accounts
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.figure_changes import _changed as changed
from dti_pipeline.cli.figure_changes import _figure as read_change
from dti_pipeline.cli.figure_changes import apply_changes, moved_units
from dti_pipeline.cli.language import choose_language
from dti_pipeline.cli.plan import plan_unit
from dti_pipeline.cli.whatif import what_if
from dti_pipeline.index.definition import define
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.intake.assessed_units import AssessedUnits
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.files.workers import read_files
from dti_pipeline.intake.tables.appraisals import read_appraisals
from dti_pipeline.intake.tables.rows import TableFile
from dti_pipeline.workspace import Workspace
from schemas.stages import Observations
from tests.analysis.improvement.world import (
    FIGURES,
    accounts_of,
    definition,
    observations,
    small_framework,
)
from tests.cli.conftest import Call
from tests.index.rules.cases import component, yes_no
from tests.intake.intake_cases import framework
from tests.released import current


@pytest.fixture
def planned(province_data: Path, answer: Call) -> Call:
    """Return what plans for a unit and gives the answer for programs."""

    def plan(unit: str, *, assessment: str = "province-2022", **more: Any) -> Any:
        return answer(plan_unit, assessment, unit, data=province_data, **more)

    return plan


@pytest.fixture
def imagined(province_data: Path, answer: Call) -> Call:
    """Return what changes figures of a unit of 2022 and gives the answer for programs."""
    return partial(answer, what_if, "province-2022", data=province_data)


def changes_of(plan: dict[str, Any]) -> list[str]:
    """Write a plan's figures as ``whatif`` takes them."""
    return [
        f"{m['component_code']}.{m['variable']}={m['to']}"
        for row in plan["rows"]
        for m in row["measures"]
    ]


@pytest.mark.parametrize(
    ("unit", "target", "scope"),
    [("Bắc Kạn", "50", "overall"), ("Ninh Bình", "10-15", "overall"), ("Hà Nội", "5", "7")],
)
def test_the_planned_figures_bring_the_promised_rank_in_a_computation_of_their_own(
    planned: Call, imagined: Call, unit: str, target: str, scope: str
) -> None:
    plan = planned(unit, target_rank=target, scope=scope)
    worst = int(target.rpartition("-")[2])
    assert plan["is_reached"]
    assert plan["rank_now"] > worst >= plan["reached_rank"]
    moves = imagined(unit, changes_of(plan))
    own = next(
        row
        for row in moves["rows"]
        if row["unit_id"] == plan["unit_id"] and row["scope_code"] == plan["scope_code"]
    )
    assert (own["rank_to"], own["value_to"]) == (plan["reached_rank"], plan["reached_value"])
    points = {row["component_code"]: row["points_to"] for row in moves["components"]}
    assert points == {
        row["component_code"]: row["points_to"] for row in plan["rows"] if row["points_gained"] != 0
    }


def test_a_plan_names_components_points_duties_and_what_it_stands_on(planned: Call) -> None:
    plan = planned("Bắc Kạn", target_rank="55")
    assert plan["data_basis"] == "calibrated_sample"
    assert plan["effort_at_least"] <= plan["effort"] <= plan["effort_at_least"] + 0.01
    row = next(row for row in plan["rows"] if row["component_code"] == "0110")
    assert (row["points_from"], row["points_to"], row["basis"]) == (0.0, 10.0, "illustrative")
    assert (row["deadline"], row["lost_reason"]) == ("2023-12-31", "not_reached")
    assert row["lead"]


def test_a_rank_that_is_held_already_needs_nothing(planned: Call) -> None:
    plan = planned("Đà Nẵng", target_rank="10")
    assert (plan["rows"], plan["effort"], plan["reached_rank"]) == ([], 0.0, 1)


def test_an_effort_file_turns_the_plan_around(planned: Call, tmp_path: Path) -> None:
    path = tmp_path / "effort.csv"
    path.write_text("component_code,effort,focal,lead\n0101,0,Chánh Văn phòng,Tỉnh ủy\n", "utf-8")
    plan = planned("Hà Nội", target_rank="22", effort=path)
    (row,) = [row for row in plan["rows"] if row["component_code"] == "0101"]
    assert (row["effort"], row["focal"], row["lead"]) == (0.0, "Chánh Văn phòng", "Tỉnh ủy")


def test_a_target_value_may_have_a_decimal_comma(planned: Call) -> None:
    comma, point = (planned("Cà Mau", target_value=text) for text in ("0,62", "0.62"))
    assert comma["needed_value"] == 0.62
    assert comma | {"target_value": "0.62"} == point


def test_bands_need_no_target_and_are_held_against_one(planned: Call) -> None:
    plan = planned("Cà Mau", by_band=True)
    assert plan["is_reached"] is None
    assert plan["effort_at_least"] is None
    # 17 components at zero go to average: at least half of their maximum.
    zeros = [row for row in plan["rows"] if row["points_from"] == 0]
    assert len(zeros) == 17
    assert all(row["points_to"] >= row["max_points"] / 2 for row in zeros)
    # That brings it to the second place, not to the first.
    held = planned("Cà Mau", by_band=True, target_rank="1", status=1)
    assert (held["is_reached"], held["reached_rank"]) == (False, 2)


def test_the_trend_of_the_others_comes_from_their_last_change(planned: Call) -> None:
    still = planned("Hà Nội", assessment="province-2023", target_rank="3")
    moving = planned("Hà Nội", assessment="province-2023", target_rank="3", others="trend")
    # Huế, third with 0.7660, gained 0.0685 on 2022; Lạng Sơn 0.0764, more than that in place.
    assert still["needed_value"] == 0.7660
    assert moving["needed_value"] > still["needed_value"]
    assert moving["prev_break"] == "none"
    assert (still["n_without_trend"], moving["n_without_trend"]) == (None, 0)


def test_rivals_without_an_earlier_value_are_counted(national_data: Path, printed: Call) -> None:
    options: dict[str, Any] = {"target_rank": "55", "others": "trend", "data": national_data}
    text = printed(plan_unit, "province-2022", "Bắc Kạn", **options)
    # Values of 2020 and 2021 are public for some provinces only, mains for none.
    moved = current(national_data).table("fact_ranking")
    moved = moved.filter(assessment_id="province-2022", scope="overall").drop_nulls("value_change")
    assert "Bắc Kạn" in moved["unit_name"]
    count = 63 - moved.height
    assert 0 < count < 62
    assert f"⚠ {count} đơn vị chưa có giá trị kỳ trước" in text
    with pytest.raises(UsageError, match="không có xu hướng"):
        plan_unit("province-2022", "Bắc Kạn", scope="1", **options)


def test_points_bring_back_the_figures_that_only_lack_evidence(tmp_path: Path) -> None:
    rows = observations(FIGURES, rejected=(("U-2", "0202", "visits"),))
    before = Accounts.of(definition(small_framework(tmp_path), tmp_path), rows)
    assert before.points_of("U-2")["0202"] == 0
    assert apply_changes(before, "U-2", ["0202=5"]).points_of("U-2")["0202"] == 5_000_000
    assert apply_changes(before, "U-2", ["0202=0"]).points_of("U-2")["0202"] == 0


def test_a_change_of_the_maximum_alone_moves_the_value(tmp_path: Path) -> None:
    answer = {"rule": {"kind": "yes_no", "value": "y"}, "variables": {"y": yes_no("y")}}
    rescaled = {"not_applicable": {"treatment": "rescale", "scope": "total"}}
    components = [component("0101", 6, **answer), component("0102", 4, **answer, **rescaled)]
    own = {("0101", "y"): 1, ("0102", "y"): 0}
    rows = observations(
        {"U-1": own, "U-2": own | {("0101", "y"): 0}}, not_applicable=(("U-1", "0102", "y"),)
    )
    before = accounts_of(tmp_path, components, {"1": 10}, rows)
    after = apply_changes(before, "U-1", ["0102.y=no"])
    moves = moved_units(before, after).filter(scope="overall").to_dicts()
    # 6 of 6 points become 6 of 10.
    assert [(row["unit_id"], row["value_from"], row["value_to"]) for row in moves] == [
        ("U-1", 1.0, 0.6)
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({}, "give --target-rank"),
        ({"target_rank": "64"}, "from 1 to 63"),
        ({"target_rank": "15-10"}, "is not a rank or a span"),
        ({"target_rank": "5", "target_value": "0.7"}, "either --target-rank or --target-value"),
        ({"target_value": "70"}, "not a value from 0 to 1"),
        ({"target_rank": "5", "others": "trend"}, "compared with no earlier assessment"),
        ({"target_rank": "5", "others": "luck"}, "known: fixed, trend"),
        ({"target_rank": "5", "scope": "6"}, "known scopes: overall"),
    ],
)
def test_wrong_usage_of_plan_is_explained(
    province_data: Path, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        plan_unit("province-2022", "06", data=province_data, **more)


def test_the_workbook_holds_the_plan_and_is_the_same_twice(planned: Call, tmp_path: Path) -> None:
    effort = tmp_path / "effort.csv"
    effort.write_text("component_code,focal\n0110,=1+1\n", encoding="utf-8")
    files = [tmp_path / name for name in ("one.xlsx", "two.xlsx")]
    plans = [planned("06", target_rank="55", effort=effort, out=file) for file in files]
    assert files[0].read_bytes() == files[1].read_bytes()
    book = openpyxl.load_workbook(files[0])
    assert {page.page_setup.paperSize for page in book if page.sheet_state == "visible"} == {9}
    assert {row[0].font.name for page in book for row in page.rows} == {"Times New Roman"}
    sheet = book.worksheets[0]
    rows = [row for row in sheet.iter_rows(values_only=True) if isinstance(row[0], int)]
    assert [row[1] for row in rows] == [row["component_code"] for row in plans[0]["rows"]]
    assert [row[5] for row in rows] == [row["points_to"] for row in plans[0]["rows"]]
    # What looks like a formula stays a text.
    focal = next(row[9] for row in rows if row[1] == "0110")
    assert focal == "=1+1"
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1")
    assert cell.data_type == "s"


def test_causes_entered_in_the_plan_are_read_as_an_appraisal(planned: Call, tmp_path: Path) -> None:
    path = tmp_path / "01_ke_hoach.xlsx"
    planned("06", target_rank="55", out=path)
    book = openpyxl.load_workbook(path)
    sheet = book["Nguyên nhân"]
    lost = {row[1].value: row for row in sheet.iter_rows(min_row=2)}
    # Bắc Kạn has 394.13 of 1,000 points; the components of main 6 are in no total.
    assert round(sum(row[3].value for code, row in lost.items() if code[:2] != "06"), 2) == 605.87
    assert lost["0502"][0].value == "Bắc Kạn"
    for cell, text in zip(
        lost["0502"][4:8],
        ("thiếu kinh phí", "chưa bố trí", "Sở TTTT", "15/03/2023"),
        strict=True,
    ):
        cell.value = text
    book.save(path)
    (content,) = read_files([path], root=tmp_path)
    assert content.sheets is not None
    rows, issues = read_appraisals(
        [TableFile(Delivery(1, path.name, "appraisal", "0" * 64), content.sheets)],
        observations=Observations.empty(),
        units=AssessedUnits.of(define("province-2022", workspace=Workspace(data=tmp_path))),
    )
    assert issues == []
    assert [(row.unit_id, row.component_code, row.option, row.evidence_text) for row in rows] == [
        ("VN-P63-06", "0502", "budget", "chưa bố trí · Sở TTTT · 15/03/2023")
    ]


def test_the_plan_can_be_read_by_people(province_data: Path, printed: Call) -> None:
    choose_language("en")
    text = printed(plan_unit, "province-2022", "06", target_rank="55", data=province_data)
    assert "As scored again: rank 55/63" in text
    assert "other units do not change" in text
    assert "Districts with a communication plan: 7 → 8" in text or "7 → 8" in text


def test_a_change_imagined_says_what_its_figures_stand_on(
    province_data: Path, printed: Call
) -> None:
    choose_language("en")
    text = printed(what_if, "province-2022", "01", ["0301=10"], data=province_data)
    assert "MADE-UP DATA. Only values marked ◇ match published results" in text.splitlines()[-1]


def test_raising_the_best_takes_points_from_the_others(imagined: Call) -> None:
    # 0802 compares enterprises per head with the best province.
    found = imagined("Đà Nẵng", ["0802.tech_enterprises=9000"])
    others = {row["unit_id"] for row in found["rows"] if row["unit_id"] != found["unit_id"]}
    assert len(others) == 62
    falling = [
        row for row in found["rows"] if row["scope_code"] == "8" and row["unit_id"] in others
    ]
    assert all(row["points_to"] < row["points_from"] for row in falling)


def test_points_may_go_up_and_down(imagined: Call) -> None:
    found = imagined("Hà Nội", ["0801=0", "0101=10"])
    points = {row["component_code"]: row["points_to"] for row in found["components"]}
    assert points == {"0101": 10.0, "0801": 0.0}
    own = next(row for row in found["rows"] if row["unit_id"] == "VN-P63-01")
    assert (own["scope_code"], own["rank_from"]) == ("DTI", 24)


def test_ranks_of_whatif_come_from_the_same_place_as_the_release(imagined: Call) -> None:
    assert imagined("Hà Nội", ["0101.chair=other"])["rows"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("0101", "write CODE=POINTS or CODE.VARIABLE=FIGURE, such as 0101=5$"),
        ("9999=1", "has no component '9999'; known components: 0101"),
        ("0101.chair=boss", "answered by one of: secretary_or_chair, deputy, other"),
        ("0101.head=1", "has no variable 'head'; it has: chair"),
        ("0101=một", "is not a number"),
        ("0101=1e400", "is not a number"),
        ("0101=11", "no figure gives 11 points"),
        ("0304.ipv6=101", "beyond its limit|has no variable"),
    ],
)
def test_wrong_usage_of_whatif_is_explained(province_data: Path, change: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        what_if("province-2022", "06", [change], data=province_data)


@pytest.mark.parametrize(
    ("target", "code", "variable"),
    [
        ("040100", "040100", None),
        ("040100.score", "040100", "score"),
        ("4.1", "040100", None),
        ("4.1.score", "040100", "score"),
        ("4.10.score", "041000", "score"),
        ("4.22.1.score", "042201", "score"),
        ("4.22.11", "042211", None),
    ],
)
def test_a_change_names_a_component_by_its_code_or_the_printed_one(
    target: str, code: str, variable: str | None
) -> None:
    component, name = changed(target, load_framework("commune-tayninh-2025"))
    assert (component.code, name) == (code, variable)


def test_an_unknown_component_is_told_with_the_codes_that_are_printed() -> None:
    with pytest.raises(UsageError, match=r"no component '9\.9'; known components: .*\b4\.22\.11\b"):
        changed("9.9", load_framework("commune-tayninh-2025"))


@pytest.mark.parametrize("text", ["4.000", "4,000", "1e13"])
def test_a_count_that_may_be_thousands_or_too_large_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"digits alone|is not a number"):
        read_change(framework().by_code["0110"], "signed", text)


@pytest.mark.parametrize(
    ("change", "figure"),
    [
        ("0102.section=yes", 1),
        ("0102.section=Có", 1),
        ("0102.section=KHÔNG", 0),
        ("0101.chair=Cấp phó", 1),
        ("0101.chair=deputy", 1),
        ("0201.share=75,5", 75.5),
        ("0201.share=75.5", 75.5),
        ("0201.share=75,5%", 75.5),
    ],
)
def test_whatif_takes_what_a_form_takes(change: str, figure: float) -> None:
    target, _, text = change.partition("=")
    code, _, variable = target.partition(".")
    figures = read_change(framework().by_code[code], variable, text)
    assert figures == {(code, variable): round(figure * 1_000_000)}
