"""``dti report``, ``dti workbook`` and ``dti onepager``, as a person would call them."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dti_pipeline.cli import app
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.release.folder import Release
from dti_pipeline.release.overview import NoReleaseError

runner = CliRunner()


@pytest.fixture(scope="module")
def data(made_up: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with the made-up release."""
    folder = tmp_path_factory.mktemp("commands") / "data"
    shutil.copytree(made_up.folder.parent.parent, folder / "published")
    return folder


@pytest.mark.slow
def test_the_site_lies_in_a_folder_of_its_release(data: Path, made_up: Release) -> None:
    result = runner.invoke(app, ["report", "--no-pdf", "--data", str(data)])
    assert result.exit_code == 0
    index = data / "site" / made_up.release_id / "index.html"
    assert index.is_file()
    assert str(index) in result.stdout


def test_workbooks_are_written_for_the_assessments_asked_for(data: Path, made_up: Release) -> None:
    result = runner.invoke(app, ["workbook", "pools-2025", "--data", str(data), "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    folder = data / "reports" / made_up.release_id
    assert found["release_id"] == made_up.release_id
    assert found["status"] == "published"
    assert found["rows"] == [{"kind": "workbook", "path": str(folder / "dti-pools-2025.xlsx")}]
    assert [path.name for path in folder.iterdir()] == ["dti-pools-2025.xlsx"]


def test_one_pagers_of_all_units_are_written_where_asked(data: Path, tmp_path: Path) -> None:
    arguments = ["onepager", "pools-2025", "--lang", "en", "--out", str(tmp_path)]
    result = runner.invoke(app, [*arguments, "--data", str(data)])
    assert result.exit_code == 0
    assert len(list(tmp_path.glob("*.pdf"))) == 12
    assert "12 file(s)" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["workbook", "nothing-2025"], "small-2025"),
        (["onepager", "nothing-2025"], "small-2025"),
        (["onepager", "pools-2025", "--lang", "fr"], "vi, en"),
    ],
)
def test_a_wrong_name_is_answered_with_the_known_ones(
    data: Path, arguments: list[str], names: str
) -> None:
    result = runner.invoke(app, [*arguments, "--data", str(data)])
    assert isinstance(result.exception, UsageError)
    assert names in str(result.exception)


def test_an_unknown_release_is_named_with_the_known_ones(data: Path, made_up: Release) -> None:
    result = runner.invoke(app, ["report", "--as-of", "r9999-00000000", "--data", str(data)])
    assert isinstance(result.exception, NoReleaseError)
    assert made_up.release_id in str(result.exception)
