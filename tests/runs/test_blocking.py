"""Bad deliveries stop an assessment with a message and leave the last release as it was."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dti_pipeline.cli.check import check_deliveries
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace
from tests.conftest import copy_deliveries

CENTRAL = "raw/province-2023/central/01_published_dti_2022_2024.csv"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    data = copy_deliveries(tmp_path / "data", "province-2023")
    assert run_assessments(["province-2023"], data=data, reason="") == 0
    return data


def edit(data: Path, change: Callable[[str], str]) -> None:
    path = data / CENTRAL
    text = path.read_text(encoding="utf-8-sig")
    changed = change(text)
    assert changed != text
    path.write_text(changed, encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("Lạng Sơn,0.7601", "Lạng Sởn Mới,0.7601"), "unit.unknown"),
        (lambda text: text.replace("Lạng Sơn,0.7601", "Lạng Sơn,-0.7601"), "value.out_of_range"),
        (lambda text: text.replace("Lạng Sơn,0.7601", "Lạng Sơn,abc"), "value.not_a_number"),
        (
            lambda text: text + "Lạng Sơn,0.7000,0.8489,0.6801,0.5005,0.7336,2023\n",
            "unit.duplicate_disagrees",
        ),
        (lambda text: text.replace("HaTangSo", "HaTang"), "table.column_missing"),
    ],
)
def test_a_fault_in_a_central_table_blocks(
    published: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[str], str],
    told: str,
) -> None:
    releases = Published(Workspace(data=published).published)
    before = releases.release(None).release_id
    edit(published, change)
    assert run_assessments(["province-2023"], data=published, reason="") == 1
    said = capsys.readouterr().err
    assert told in said
    assert "01_published_dti_2022_2024.csv" in said
    assert releases.release(None).release_id == before
    assert len(releases.releases()) == 1


def test_a_missing_central_table_blocks(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (published / CENTRAL).unlink()
    assert run_assessments(["province-2023"], data=published, reason="") == 1
    assert "table.missing" in capsys.readouterr().err


def test_a_missing_self_report_blocks_and_names_the_unit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2022")
    report = next((data / "raw/province-2022/self_reports").glob("*bac_kan*"))
    report.unlink()
    assert run_assessments(["province-2022"], data=data, reason="") == 1
    said = capsys.readouterr().err
    assert "report.missing" in said
    assert "Bắc Kạn" in said
    # What the operator may do beyond the message: which form, which section of which file.
    assert "`dti form KỲ ĐƠN_VỊ`" in said
    assert "[[without_report]]" in said
    assert not (data / "published").exists()


def test_two_reports_of_one_unit_block(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2022")
    folder = data / "raw/province-2022/self_reports"
    report = next(folder.glob("*bac_kan*"))
    shutil.copy(report, folder / "99_bac_kan_again.xlsx")
    assert run_assessments(["province-2022"], data=data, reason="") == 1
    assert "report.two_for_one_unit" in capsys.readouterr().err


def test_a_delivery_that_cannot_be_opened_blocks_check_and_run_also_after_a_release(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = published / "raw/province-2023/corrections"
    folder.mkdir()
    (folder / "01_gone.csv").symlink_to("nowhere.csv")
    assert check_deliveries("province-2023", data=published, as_json=False) == 1
    assert "file.unreadable" in capsys.readouterr().out
    # It is no delivery and changes no other: the run must not call the inputs unchanged.
    assert run_assessments(["province-2023"], data=published, reason="") == 1
    said = capsys.readouterr().err
    assert "file.unreadable" in said
    assert "01_gone.csv" in said
    (folder / "01_gone.csv").unlink()
    assert run_assessments(["province-2023"], data=published, reason="") == 0
