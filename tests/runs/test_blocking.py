"""Bad deliveries stop an assessment with a message and leave the last release as it was."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dti_pipeline.cli.check import check_deliveries
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace
from tests.cli.conftest import Call
from tests.conftest import copy_deliveries

TWICE = "Lạng Sơn,0.7000,0.8489,0.6801,0.5005,0.7336,2023"
CENTRAL = "raw/province-2023/central/01_published_dti_2022_2024.csv"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    data = copy_deliveries(tmp_path / "data", "province-2023")
    assert run_assessments(["province-2023"], data=data, reason="") == 0
    return data


@pytest.fixture
def blocked(capsys: pytest.CaptureFixture[str]) -> Callable[[Path, str], str]:
    """Return what runs an assessment that is blocked, and returns what it says."""

    def run(data: Path, assessment: str = "province-2023") -> str:
        assert run_assessments([assessment], data=data, reason="") == 1
        return capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Lạng Sơn,0.7601", "Lạng Sởn Mới,0.7601", "unit.unknown"),
        ("Lạng Sơn,0.7601", "Lạng Sơn,-0.7601", "value.out_of_range"),
        ("Lạng Sơn,0.7601", "Lạng Sơn,abc", "value.not_a_number"),
        ("Lạng Sơn,0.7601", f"{TWICE}\nLạng Sơn,0.7601", "unit.duplicate_disagrees"),
        ("HaTangSo", "HaTang", "table.column_missing"),
    ],
)
def test_a_fault_in_a_central_table_blocks(
    published: Path, blocked: Call, old: str, new: str, told: str
) -> None:
    releases = Published(Workspace(data=published).published)
    before = releases.release(None).release_id
    path = published / CENTRAL
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8-sig")
    said = blocked(published)
    assert told in said
    assert "01_published_dti_2022_2024.csv" in said
    assert releases.release(None).release_id == before
    assert len(releases.releases()) == 1


def test_a_missing_central_table_blocks(published: Path, blocked: Call) -> None:
    (published / CENTRAL).unlink()
    assert "table.missing" in blocked(published)


def test_a_missing_self_report_blocks_and_names_the_unit(tmp_path: Path, blocked: Call) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2022")
    report = next((data / "raw/province-2022/self_reports").glob("*bac_kan*"))
    report.unlink()
    said = blocked(data, "province-2022")
    assert "report.missing" in said
    assert "Bắc Kạn" in said
    # What the operator may do beyond the message: which form, which section of which file.
    assert "`dti form KỲ ĐƠN_VỊ`" in said
    assert "[[without_report]]" in said
    assert not (data / "published").exists()


def test_two_reports_of_one_unit_block(tmp_path: Path, blocked: Call) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2022")
    folder = data / "raw/province-2022/self_reports"
    report = next(folder.glob("*bac_kan*"))
    shutil.copy(report, folder / "99_bac_kan_again.xlsx")
    assert "report.two_for_one_unit" in blocked(data, "province-2022")


def test_a_delivery_that_cannot_be_opened_blocks_check_and_run_also_after_a_release(
    published: Path, blocked: Call, printed: Call
) -> None:
    folder = published / "raw/province-2023/corrections"
    folder.mkdir()
    (folder / "01_gone.csv").symlink_to("nowhere.csv")
    text = printed(check_deliveries, "province-2023", data=published, status=1)
    assert "file.not_a_file" in text
    # It is no delivery and changes no other: the run must not call the inputs unchanged.
    said = blocked(published)
    assert "file.not_a_file" in said
    assert "01_gone.csv" in said
    (folder / "01_gone.csv").unlink()
    assert run_assessments(["province-2023"], data=published, reason="") == 0
