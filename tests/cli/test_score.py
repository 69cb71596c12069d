"""`dti score`: one form, scored before it is sent, whatever else is missing."""

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.score import score_form
from dti_pipeline.index.definition import define
from dti_pipeline.intake.forms.asked_units import asked_units
from dti_pipeline.intake.forms.layout import Answer, Evidence
from dti_pipeline.intake.forms.write import write_form
from dti_pipeline.release.folder import Release
from dti_pipeline.workspace import Workspace
from tests.cli.conftest import Call
from tests.conftest import REPOSITORY

PRESS = {("0105", "press_items"): Answer(Decimal(100_000))}


def form(folder: Path, assessment: str = "province-2022", **contents: Any) -> Path:
    """Write the form of Bắc Kạn; ``contents`` are answers and evidence."""
    definition = define(assessment, workspace=Workspace(folder))
    path = folder / "form.xlsx"
    write_form(
        path,
        assessment=definition.assessment,
        framework=definition.frameworks["province-922"],
        unit=asked_units(definition)[4],
        **contents,
    )
    return path


def proven(folder: Path) -> Path:
    return form(folder, answers=PRESS, evidence={"0105": [Evidence(number="12/BC")]})


@pytest.fixture
def scored(answer: Call) -> Call:
    """Return what scores a form of Bắc Kạn: rows by component, and the sums."""

    def score(path: Path, data: Path) -> dict[str, Any]:
        result = answer(score_form, path, data=data)
        assert result["unit_id"] == "VN-P63-06"
        return {row["component_code"]: row for row in result["rows"]} | {"sums": result["sums"]}

    return score


def test_a_form_is_scored_without_any_other_delivery(tmp_path: Path, scored: Call) -> None:
    rows = scored(proven(tmp_path), tmp_path)
    assert (rows["0105"]["points_low"], rows["0105"]["lost_reason"]) == (5, "no_data")
    assert rows["0101"]["lost_reason"] == "no_data"
    waiting = {row["waits_for"] for code, row in rows.items() if code != "sums"}
    assert "agency" in waiting
    low, high = (rows["sums"]["DTI"][side] for side in ("low", "high"))
    assert low < high


def test_a_figure_without_its_evidence_is_worth_nothing(tmp_path: Path, scored: Call) -> None:
    row = scored(form(tmp_path, answers=PRESS), tmp_path)["0105"]
    assert (row["points_high"], row["lost_reason"]) == (0, "evidence_missing")


def test_points_are_those_of_the_release_where_nothing_depends_on_others(
    province_data: Path, province_release: Release, scored: Call
) -> None:
    path = province_data / "raw/province-2022/self_reports/06_bac_kan.xlsx"
    rows = scored(path, province_data)
    published = province_release.table("fact_component_score").filter(
        assessment_id="province-2022", unit_id="VN-P63-06"
    )
    compared = 0
    for code, points in published.select("component_code", "points").iter_rows():
        row = rows[code]
        assert row["points_low"] <= points + 1e-9
        assert points <= row["points_high"] + 1e-9
        if row["waits_for"] is None:
            assert row["points_low"] == pytest.approx(points)
            compared += 1
    assert compared > 60


def test_the_terminal_shows_points_reasons_and_sums(tmp_path: Path, printed: Call) -> None:
    out = printed(score_form, form(tmp_path, answers=PRESS), data=tmp_path)
    assert "thiếu tài liệu kiểm chứng" in out
    assert "DTI  Giá trị DTI" in " ".join(out.split(" " * 4))
    assert "Khoảng điểm: từ mức thấp nhất" in out
    assert "Sẽ được hỏi lại:" in out


def test_lost_points_leave_out_what_may_still_come(tmp_path: Path, scored: Call) -> None:
    rows = scored(proven(tmp_path), tmp_path)
    assert (rows["0105"]["points_lost"], rows["0105"]["max_points"]) == (5, 10)
    waiting = [row for code, row in rows.items() if code != "sums" and row["waits_for"]]
    assert {row["points_lost"] for row in waiting} == {0}


def test_what_acceptance_doubts_would_be_asked_back(tmp_path: Path, answer: Call) -> None:
    path = form(
        tmp_path,
        answers={("0102", "chaired"): Answer(9), ("0102", "meetings"): Answer(3)},
        evidence={"0102": [Evidence(number="12/BC")]},
    )
    issues = answer(score_form, path, data=tmp_path)["issues"]
    rule = "value.numerator_above_denominator"
    assert {one["component_code"] for one in issues if one["rule_id"] == rule} == {"0102"}


def test_points_of_the_year_before_stand_beside_those_of_the_form(
    province_data: Path, province_release: Release, tmp_path: Path, scored: Call
) -> None:
    (tmp_path / "published").symlink_to(province_data / "published")
    config = tmp_path / "config" / "assessments"
    config.mkdir(parents=True)
    text = (REPOSITORY / "dti_pipeline/index/assessments/province-2022.toml").read_text("utf-8")
    for old, new in (
        ('id = "province-2022"', 'id = "province-next"'),
        ('compared_with = "province-2021"', 'compared_with = "province-2022"'),
        ("2022-", "2023-"),
        ("year = 2022", "year = 2023"),
    ):
        assert old in text
        text = text.replace(old, new)
    (config / "province-next.toml").write_text(text, encoding="utf-8")
    rows = scored(form(tmp_path, "province-next"), tmp_path)
    published = province_release.table("fact_component_score").filter(
        assessment_id="province-2022", unit_id="VN-P63-06", component_code="0105"
    )
    assert rows["0105"]["points_prev"] == published["points"][0] > 0


@pytest.mark.parametrize("what", ["missing", "no form"])
def test_what_is_no_form_is_refused(what: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    if what == "no form":
        shutil.copy(REPOSITORY / "README.md", path)
    with pytest.raises(UsageError, match=r"a\.xlsx"):
        score_form(path, data=tmp_path)
