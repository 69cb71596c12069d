"""``dti check`` says before a run what the release would say about jumps, under one threshold."""

import shutil
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.acceptance.plausibility.settings import CheckSettingsError
from dti_pipeline.cli.check import check_deliveries
from dti_pipeline.cli.errors import UsageError, foreseen_errors
from dti_pipeline.cli.framework import check_framework
from dti_pipeline.cli.output import print_issues
from dti_pipeline.index.assessments.load import UnknownAssessmentError
from dti_pipeline.index.toml_files import FileError
from dti_pipeline.release.folder import Release
from tests.cli.conftest import Call
from tests.conftest import REPOSITORY, copy_deliveries
from tests.released import current, released
from tests.runs.test_own_index import ASSESSMENT, TARGETS, write_index

FRAMEWORK = "province-922-published"
PACKAGED = REPOSITORY / "dti_pipeline" / "index" / "frameworks" / f"{FRAMEWORK}.toml"
JUMP = "jump.year_on_year"


@pytest.fixture
def checked(answer: Call) -> Call:
    """Return what gives the jumps that the command lists for province-2023."""

    def jumps(data: Path) -> list[dict[str, Any]]:
        rows = answer(check_deliveries, "province-2023", data=data)["rows"]
        return [row for row in rows if row["rule_id"] == JUMP]

    return jumps


def published(release: Release) -> list[dict[str, Any]]:
    """Return the jumps that a release shows for province-2023."""
    own = release.table("dq_issue").filter(assessment_id="province-2023", rule_id=JUMP)
    return own.to_dicts()


def said(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["unit_id"], row["message_vi"], row["message_en"]) for row in rows]


def own_threshold(data: Path, threshold: str) -> None:
    """Give the data folder a framework file of its own."""
    folder = data / "config" / "frameworks"
    folder.mkdir(parents=True, exist_ok=True)
    text = PACKAGED.read_text("utf-8")
    (folder / PACKAGED.name).write_text(f"{text}\n[checks.jump]\n{threshold}\n", "utf-8")


def test_check_lists_the_jumps_that_the_release_shows(
    province_data: Path, province_release: Release, checked: Call
) -> None:
    found = said(checked(province_data))
    assert found == said(published(province_release))
    assert [(unit, vi.split(", vượt")[0], en.split(",")[0]) for unit, vi, en in found] == [
        (
            "VN-P63-77",
            "“Chỉ số chính 9” thay đổi từ 0,2695 thành 0,6602",
            "“Main index 9” went from 0.2695 to 0.6602",
        ),
        (
            "VN-P63-96",
            "“Chỉ số chính 7” thay đổi từ 0,3888 thành 0,7817",
            "“Main index 7” went from 0.3888 to 0.7817",
        ),
    ]


def test_the_pages_show_them_too(province_data: Path, tmp_path: Path, printed: Call) -> None:
    text = printed(check_deliveries, "province-2023", data=province_data, html=tmp_path)
    assert "0,7817" in text
    assert "0,7817" in (tmp_path / "units" / "ca_mau.html").read_text("utf-8")
    assert "0,7817" not in (tmp_path / "units" / "ha_noi.html").read_text("utf-8")


def test_a_compared_assessment_that_was_computed_and_not_published_serves_as_well(
    tmp_path: Path, province_data: Path, checked: Call
) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2023")
    assert checked(data) == []
    for revision in (province_data / "store").glob("province-2022-r0001-*"):
        shutil.copytree(revision, data / "store" / revision.name)
    assert len(checked(data)) == 2


def test_thresholds_of_a_framework_file_hold_in_check_and_release(
    tmp_path: Path, province_data: Path, checked: Call
) -> None:
    data = shutil.copytree(province_data, tmp_path / "data")
    own_threshold(data, 'value = "0.3"')
    ahead = said(checked(data))
    release = current(data)
    changes = release.table("fact_ranking").filter(
        pl.col("assessment_id") == "province-2023",
        pl.col("scope") == "main",
        pl.col("value_change").abs().round(4) > 0.3,
    )
    assert len(ahead) == changes.height > 2
    assert all("±0.30" in en for _, _, en in ahead)
    assert said(published(released(data, "province-2023"))) == ahead


def test_a_threshold_nobody_knows_is_a_message_and_no_crash(tmp_path: Path, printed: Call) -> None:
    own_threshold(tmp_path, 'leap = "2"')
    file = tmp_path / "config" / "frameworks" / PACKAGED.name
    text = printed(check_framework, file, status=1)
    assert f"{FRAMEWORK}: [checks.jump.leap]: không có khóa này; các khóa cho phép: times" in text
    assert "jump: times, least_figure, value" in text
    assert issubclass(CheckSettingsError, foreseen_errors())


def test_a_sum_of_variables_nobody_knows_is_refused_by_the_framework_check(
    tmp_path: Path, printed: Call
) -> None:
    path = tmp_path / PACKAGED.name
    text = PACKAGED.read_text("utf-8")
    path.write_text(f'{text}\n[checks.sums]\n"0101.all" = "0101.some"\n', "utf-8")
    told = printed(check_framework, path, status=1)
    assert "[checks.sums] có “0101.all”, không phải số liệu nào" in told


def test_a_folder_in_place_of_a_framework_file_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder; name one framework file in it"):
        check_framework(tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        check_framework(tmp_path / "none.toml")


def test_a_misspelt_key_of_a_framework_is_told_with_the_nearest(
    tmp_path: Path, printed: Call
) -> None:
    path = tmp_path / PACKAGED.name
    text = PACKAGED.read_text("utf-8")
    path.write_text(text.replace("unit_column =", "unit_colum =", 1), "utf-8")
    said = printed(check_framework, path, status=1)
    assert "unit_colum: không có khóa này; khóa gần nhất là “unit_column”" in said
    assert "unknown key" not in said


def test_targets_are_checked_before_a_run(tmp_path: Path) -> None:
    write_index(tmp_path)
    path = tmp_path / "config/targets/offices-2025.toml"
    path.write_text(TARGETS.replace("0201", "0999"), "utf-8")
    with pytest.raises(FileError, match=r"(?s)offices-2025\.toml.*0999"):
        check_deliveries("offices-2025", data=tmp_path)


def test_an_assessment_that_is_compared_with_exists(tmp_path: Path) -> None:
    write_index(tmp_path)
    path = tmp_path / "config/assessments/offices-2025.toml"
    text = ASSESSMENT.replace("period_start", 'compared_with = "offices-2042"\nperiod_start')
    path.write_text(text, "utf-8")
    with pytest.raises(UnknownAssessmentError, match="no assessment 'offices-2042'; known"):
        check_deliveries("offices-2025", data=tmp_path)


def test_of_many_issues_every_rule_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    rules = ["unit.unknown", "file.encrypted", "file.macro", "value.missing", "table.missing"]
    rows = [
        {"severity": "blocking", "rule_id": rule, "message_vi": f"{rule} {number}"}
        for number in range(30)
        for rule in rules
    ]
    print_issues(pl.DataFrame(rows), stream=sys.stdout, most=20, rest="elsewhere")
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "[" in line] == [f"[Phải sửa] {rule}: 30" for rule in rules]
    assert lines.count("  … +10 (elsewhere)") == len(rules)
