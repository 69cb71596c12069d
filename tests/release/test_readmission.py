"""A withdrawn correction: refused until it is readmitted, and again after a second withdrawal."""

import shutil
from pathlib import Path

import pytest

from dti_pipeline.cli.init import EXAMPLE, make_data_folder
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.cli.verify import verify_release
from dti_pipeline.release.publish import WithdrawnInputsError
from tests.release.content import published_in, store_in

CORRECTION = "raw/vi-du-2026/corrections/01_ho_so_gia_dinh_003.csv"


@pytest.fixture
def data(withdrawn: Path, tmp_path: Path) -> Path:
    return shutil.copytree(withdrawn, tmp_path / EXAMPLE)


@pytest.fixture(scope="module")
def withdrawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release without the correction, and one with it that was withdrawn."""
    office = tmp_path_factory.mktemp("withdrawn") / "office"
    make_data_folder(office)
    data = office / EXAMPLE
    correction = data / CORRECTION
    content = correction.read_bytes()
    correction.unlink()
    assert run_assessments([], data=data, reason="") == 0
    correction.write_bytes(content)
    assert run_assessments([], data=data, reason="") == 0
    published_in(data).withdraw("r0002", by="Council", reason="not authorised")
    return data


def points_of_the_corrected(data: Path) -> tuple[str, float]:
    release = published_in(data).release(None)
    ranking = release.table("fact_ranking").filter(unit_id="VD-3", scope="overall")
    return release.release_id[:5], ranking["points"].item()


def readmit(data: Path) -> int:
    file = data / CORRECTION
    return run_assessments([], data=data, readmit=[file], by="Council", reason="it was authorised")


def test_what_is_readmitted_is_published_again_without_a_new_computation(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WithdrawnInputsError, match="01_ho_so_gia_dinh_003"):
        run_assessments([], data=data, reason="")
    assert points_of_the_corrected(data) == ("r0001", 18.0)
    assert readmit(data) == 0
    assert "r0003-" in capsys.readouterr().out
    assert points_of_the_corrected(data) == ("r0003", 24.0)
    assert len(store_in(data).revisions()) == 2
    assert verify_release(None, data=data, recompute=True) == 0


def test_a_second_withdrawal_needs_a_second_readmission(data: Path) -> None:
    assert readmit(data) == 0
    published_in(data).withdraw("r0003", by="Council", reason="after all not authorised")
    with pytest.raises(WithdrawnInputsError, match="01_ho_so_gia_dinh_003"):
        run_assessments([], data=data, reason="")
    assert points_of_the_corrected(data) == ("r0001", 18.0)
    assert readmit(data) == 0
    assert points_of_the_corrected(data) == ("r0004", 24.0)
