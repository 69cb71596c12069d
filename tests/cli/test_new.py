"""``dti new``: next year's assessment from this one."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.new import new_assessment, text_for_year
from dti_pipeline.index.assessments.load import load_assessment
from schemas.files.assessment import Assessment
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
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new_assessment("province-2025", other="province-2024", data=tmp_path) == 0
    found = written(tmp_path, "province-2025")
    assert (found.year, found.compared_with) == (2025, "province-2024")
    assert found.framework == "province-405-published"
    assert (found.period_start, found.period_end) == (date(2025, 1, 1), date(2025, 12, 31))
    assert found.title_en == "Provincial Digital Transformation Index 2025 (DTI 2025)"
    # True of 2024 only.
    assert found.published_means == found.not_assessed == []
    assert found.comparability_break is None
    said = capsys.readouterr().out
    assert "province-34" in said  # the 63 units ended on 30 June 2025
    assert "dti check province-2025" in said
    # 2024 replays published values; 2025 is delivered, and the person is told.
    assert load_assessment("province-2024").delivery_basis == "published"
    assert found.delivery_basis == "delivered"
    assert "delivery_basis: published → delivered" in said


def test_a_history_stays_published(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new_assessment("old-2022", other="province-2021", data=tmp_path) == 0
    assert written(tmp_path, "old-2022").delivery_basis == "published"
    assert "delivery_basis" not in capsys.readouterr().out


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
    assert new_assessment("province-2025", other="province-2024", data=tmp_path) == 0
    path = tmp_path / "config" / "assessments" / "province-2025.toml"
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        new_assessment("province-2025", other="province-2023", data=tmp_path)
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
