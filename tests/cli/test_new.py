"""``dti new``: next year's assessment from this one."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.new import new_assessment, text_for_year
from dti_pipeline.index.assessments.load import (
    assessment_path,
    load_assessment,
    parse_assessment,
)
from dti_pipeline.index.definition import define
from dti_pipeline.index.toml_files import FileError
from dti_pipeline.workspace import Workspace
from schemas.files.assessment import Assessment
from tests.cli.conftest import Call
from tests.conftest import REPOSITORY

OWN = """\
# Our own index.
id = "office-2024"
level = "department"
year = 2024
title_vi = "Chỉ số năm 2024"
title_en = "Index 2024"
unit_set = "province-63"
framework = "province-922-published"
period_start = 2024-01-01
period_end = 2024-12-31
deadline = 2024-02-29
source = "Plan 12 of 2023"

# Who is new, and so not ranked.
[[not_ranked]]
unit_id = "VN-P63-01"
reason_vi = "mới"
reason_en = "new"

# What the press printed.
[[published_means]]
scope = "overall"
scope_code = "DTI"
mean = "0.5000"
source = "press"

[[official]]
match = "*published*"
where = { Nam = "{year}" }
"""


def written(data: Path, name: str) -> Assessment:
    return load_assessment(name, search=[data / "config" / "assessments"])


def test_next_year_keeps_the_framework_and_is_compared_with_this_year(
    tmp_path: Path, printed: Call
) -> None:
    said = printed(new_assessment, "province-2026", other="province-2024", data=tmp_path)
    found = written(tmp_path, "province-2026")
    assert (found.year, found.compared_with) == (2026, "province-2024")
    assert found.framework == "province-405-published"
    assert (found.period_start, found.period_end) == (date(2026, 1, 1), date(2026, 12, 31))
    assert found.title_en == "Provincial Digital Transformation Index 2026 (DTI 2026)"
    # True of 2024 only.
    assert found.published_means == found.not_assessed == []
    assert found.comparability_break is None
    assert "63 đơn vị chấm dứt ngày 30/6/2025, trước period_start, nên dti check" in said
    assert "province-34" in said
    with pytest.raises(FileError, match=r"VN-P63-01, .*, VN-P63-08, … đã chấm dứt"):
        define("province-2026", workspace=Workspace(data=tmp_path))
    assert "dti check province-2026" in said
    # 2024 replays published values; 2025 is delivered, and the person is told.
    assert load_assessment("province-2024").delivery_basis == "published"
    assert found.delivery_basis == "delivered"
    assert "delivery_basis: published → delivered" in said


def test_a_year_in_which_units_end_is_computed_with_them(tmp_path: Path, printed: Call) -> None:
    said = printed(new_assessment, "office-2025", other="province-2024", data=tmp_path)
    assert "63 đơn vị kết thúc ngày 30/6/2025; đề nghị dùng tập kế thừa province-34" in said
    assert define("office-2025", workspace=Workspace(data=tmp_path)).units.height == 63


def test_figures_that_will_be_delivered_are_not_called_made_up(tmp_path: Path) -> None:
    assert new_assessment("province-2026", "province-2025", data=tmp_path) == 0
    new = written(tmp_path, "province-2026")
    assert new.delivery_basis == "delivered"
    assert new.title_vi == "Chỉ số chuyển đổi số cấp tỉnh năm 2026 của 34 tỉnh, thành phố"
    assert new.title_en == "Digital Transformation Index 2026 of the 34 provinces"


def test_a_history_stays_published(tmp_path: Path, printed: Call) -> None:
    said = printed(new_assessment, "old-2022", other="province-2021", data=tmp_path)
    assert written(tmp_path, "old-2022").delivery_basis == "published"
    assert "delivery_basis" not in said


def test_comments_stay_where_what_they_stand_over_stays() -> None:
    old = Assessment.model_validate(tomllib.loads(OWN))
    text = text_for_year(OWN, old=old, name="office-2025", year=2025)
    assert text.startswith("# Our own index.\n")
    assert "# Who is new, and so not ranked." in text
    assert "What the press printed" not in text
    assert "published_means" not in text
    assert 'where = { Nam = "{year}" }' in text
    assert "deadline = 2025-02-28" in text
    assert 'source = "Plan 12 of 2023"' in text
    assert 'compared_with = "office-2024"' in text


def test_an_existing_assessment_is_never_overwritten(tmp_path: Path) -> None:
    assert new_assessment("province-2026", other="province-2024", data=tmp_path) == 0
    path = tmp_path / "config" / "assessments" / "province-2026.toml"
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        new_assessment("province-2026", other="province-2023", data=tmp_path)
    assert path.read_text(encoding="utf-8").endswith("# mine\n")
    with pytest.raises(UsageError, match="exists already"):
        new_assessment("province-2022", other="province-2023", data=tmp_path)


@pytest.mark.parametrize(
    ("name", "other", "told"),
    [
        ("province-2026", "province-1999", "known assessments"),
        ("../province-2026", "province-2024", "no assessment name"),
        ("Province 2026", "province-2024", "no assessment name"),
        ("foo", "province-2024", "does not end in a year as province-2024 does; .* foo-2025$"),
        (
            "province-2024-x",
            "province-2024-34",
            "would be of 2024, .* such as province-2025-x$",
        ),
    ],
)
def test_wrong_names_are_wrong_usage(tmp_path: Path, name: str, other: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        new_assessment(name, other=other, data=tmp_path)
    assert not (tmp_path / "config").exists()


def test_every_assessment_of_the_package_can_be_continued(tmp_path: Path) -> None:
    for path in sorted((REPOSITORY / "dti_pipeline" / "index" / "assessments").glob("*.toml")):
        name = f"next-{path.stem.removeprefix('province-').replace('20', '21', 1)}"
        assert new_assessment(name, other=path.stem, data=tmp_path) == 0
        assert written(tmp_path, name).id == name


def test_a_derived_assessment_is_continued_by_a_computed_one(tmp_path: Path, printed: Call) -> None:
    output = printed(new_assessment, "province-2026", other="province-2024-34", data=tmp_path)
    new = written(tmp_path, "province-2026")
    assert (new.kind, new.derived_from, new.delivery_basis) == ("computed", None, "delivered")
    assert (new.year, new.unit_set) == (2026, "province-34")
    assert (new.compared_with, new.source) == ("province-2024-34", "")
    assert [table.match for table in new.official] == ["*published_units_2026_34*"]
    path = tmp_path / "config" / "assessments" / "province-2026.toml"
    assert 'province-2024"' not in path.read_text(encoding="utf-8")
    assert "derived_from = province-2024" in output
    assert "kind: derived → computed, delivery_basis: published → delivered" in output
    assert "official *published_units_2024_34*" in output
    # The break is asked about with its own words.
    assert "comparability_break = units_changed" in output
    assert "Từ 01/7/2025 còn 34 tỉnh" in output
    assert "nếu vẫn đúng giữa 2024 và 2026" in output
    assert "34 provinces since 1 July 2025" not in output


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ('"delivery_basis" = "published"', "delivery_basis"),
        (
            'not_assessed = [{component = "1", scope = "main", reason_vi = "a", reason_en = "b"}]',
            "not_assessed",
        ),
    ],
)
def test_nothing_is_written_while_something_of_the_old_year_is_left(
    tmp_path: Path, line: str, rest: str
) -> None:
    folder = tmp_path / "config" / "assessments"
    folder.mkdir(parents=True)
    old = folder / "office-2024.toml"
    old.write_text(OWN.replace('source = "Plan', f'{line}\nsource = "Plan'), encoding="utf-8")
    with pytest.raises(UsageError, match=f"office-2024.toml: {rest}: true of 2024 only"):
        new_assessment("office-2025", other="office-2024", data=tmp_path)
    assert list(folder.iterdir()) == [old]


@pytest.mark.parametrize(
    ("before", "after", "rest"),
    [
        ("year = 2024", "year = 2025", "id = 'office-2024'"),
        (
            "period_start = 2024-01-01\nperiod_end = 2024-12-31",
            "period_start = 2023-01-01\nperiod_end = 2023-12-31",
            "period 2023-01-01 to 2023-12-31",
        ),
        ("*published*", "*published_2023*", "official table '*published_2023*'"),
        ("{year}", "2023", "official table '2023'"),
        ('"press"', '"press of 2023"', "published_means from 'press of 2023'"),
        ("year = 2024", 'year = 2024\nderived_from = "office-2023"', "remove it from a computed"),
    ],
)
def test_a_file_that_still_says_something_of_another_year_is_refused(
    before: str, after: str, rest: str
) -> None:
    path = Path("office-2024.toml")
    assert parse_assessment(OWN, path).year == 2024
    with pytest.raises(FileError) as error:
        parse_assessment(OWN.replace(before, after, 1), path)
    assert error.value.text.en.startswith("office-2024.toml: 1 problem(s)\n  - line 1: ")
    assert rest in error.value.text.en
    assert "dòng 1: : " not in error.value.text.vi


def test_what_is_published_after_the_year_may_name_both_years() -> None:
    text = OWN.replace("*published*", "*2025_about_2024*").replace('"press"', '"press of 2025"')
    assert parse_assessment(text, Path("office-2024.toml")).official[0].match == "*2025_about_2024*"


def test_results_of_another_year_are_never_merged_into_this_one(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "assessments"
    folder.mkdir(parents=True)
    text = assessment_path("province-2024-34").read_text(encoding="utf-8")
    for old, new in (
        ('id = "province-2024-34"', 'id = "province-2025"'),
        ("year = 2024", "year = 2025"),
        ("2024-01-01", "2025-01-01"),
        ("2024-12-31", "2025-12-31"),
        ("units_2024_34", "units_2025_34"),
    ):
        text = text.replace(old, new)
    (folder / "province-2025.toml").write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=r"derived_from = 'province-2024' is of 2024, not of"):
        define("province-2025", workspace=Workspace(data=tmp_path))
