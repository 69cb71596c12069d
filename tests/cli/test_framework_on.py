"""``dti framework check --on``: what is no longer in force on a day."""

from datetime import datetime
from pathlib import Path

import pytest

from dti_pipeline.cli.framework import check_framework
from dti_pipeline.index.frameworks.load import framework_path, read_framework
from dti_pipeline.index.toml_files import FileError
from tests.cli.conftest import Call

FILE = framework_path("province-405", search=())


@pytest.fixture
def lines_on(printed: Call) -> Call:
    """Return what gives the lines of the command on a day, below the summary of the file."""

    def lines(day: str, *, status: int) -> list[str]:
        text = printed(check_framework, FILE, on=datetime.fromisoformat(day), status=status)
        return [line.strip() for line in text.splitlines()[2:]]

    return lines


def test_the_last_day_still_counts(lines_on: Call) -> None:
    assert lines_on("2026-06-30", status=0) == ["ngày 30/6/2026: mọi căn cứ còn hiệu lực"]


def test_components_whose_basis_has_ended_are_listed_with_what_ended_it(lines_on: Call) -> None:
    lines = lines_on("2026-07-01", status=1)
    assert [line.split()[0] for line in lines] == ["0103", "0601", "0602", "0606"]
    assert lines[1].endswith(
        "Nghị định số 42/2022/NĐ-CP có hiệu lực đến hết 30/6/2026; "
        "thay bằng Nghị định số 224/2026/NĐ-CP ngày 24/6/2026"
    )


def test_a_set_that_is_not_in_force_is_named(lines_on: Call) -> None:
    lines = lines_on("2023-12-31", status=1)
    assert lines == ["bộ chỉ số province-405 có hiệu lực từ 01/01/2024"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('legal_bases = ["decree-64-2007"]', 'legal_bases = ["decree-65"]', "'decree-65'"),
        ('ended_by = "decree-224-2026"', 'ended_by = "decree-9"', "'decree-9'"),
        ("valid_to = 2026-06-30", "valid_from = 2027-01-01, valid_to = 2026-06-30", "lies before"),
        ('variable = "part"', 'variable = "piece"', "'piece'"),
    ],
)
def test_a_framework_that_names_what_it_does_not_have_is_refused(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / FILE.name
    text = FILE.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(FileError, match=message):
        read_framework(file)
