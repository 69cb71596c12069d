"""One byte flipped in any file of store and releases: one message with the remedy, never a figure."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dti_pipeline.cli import execute
from dti_pipeline.cli.run import run_assessments
from tests.release.test_chain import _is_for_people, flip
from tests.runs.test_own_index import REPORTS, write_index

Command = Callable[..., tuple[int, str]]
# Kinds of files that the current release rests on, and one of each for every day.
CHAIN = (
    "published/latest.json",
    "published/journal.jsonl",
    "published/releases/r0002-*/manifest.json",
    "published/releases/r0002-*/*.parquet",
    "store/offices-2025-r0002-*/revision.json",
    "store/offices-2025-r0002-*/*.parquet",
    "store/inputs/*",
)
# What only a superseded release, or a draft, rests on.
BESIDE = {
    "r0001": ("published/releases/r0001-*/*", "store/offices-2025-r0001-*/*"),
    "r0003": ("store/drafts/r0003-*/*", "store/offices-2025-r0003-*/*"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with a superseded and a current release, and a draft."""
    data = tmp_path_factory.mktemp("whole") / "data"
    for courses in ("1", "2", "4"):
        write_index(data, reports=REPORTS.replace("Sở Y tế,1,", f"Sở Y tế,{courses},"))
        assert run_assessments([], data=data, is_draft=courses == "4", reason="số lớp") == 0
    write_index(data, reports=REPORTS.replace("Sở Y tế,1,", "Sở Y tế,2,"))
    return data


@pytest.fixture
def dti(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str, data: Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["dti", *arguments, "--data", str(data)])
        status = execute()
        return status, "".join(capfd.readouterr())

    return run


def files_of(whole: Path, kind: str) -> list[Path]:
    """Return the files of a kind; of the inputs those of the current release's revision."""
    files = sorted(whole.glob(kind))
    if kind == "store/inputs/*":
        (revision,) = whole.glob("store/offices-2025-r0002-*/revision.json")
        text = revision.read_text(encoding="utf-8")
        files = [file for file in files if file.name in text]
    return files


def damaged(whole: Path, folder: Path, file: Path, at: int) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    flip(folder / file.relative_to(whole), at)
    return folder


def is_one_message(status: int, text: str) -> bool:
    return status == 1 and ("backup" in text or "bản sao lưu" in text) and "Traceback" not in text


def places(file: Path, step: int) -> list[int]:
    size = file.stat().st_size
    return [at for at in range(step // 2, size, step) if not _is_for_people(file, at)]


@pytest.mark.parametrize("kind", CHAIN)
def test_a_flipped_byte_stops_both_a_run_and_a_check(
    whole: Path, tmp_path: Path, dti: Command, kind: str
) -> None:
    file = files_of(whole, kind)[-1]
    at = places(file, file.stat().st_size)[0]
    data = damaged(whole, tmp_path / "data", file, at)
    for command in ("verify", "run"):
        status, text = dti(command, data=data)
        assert is_one_message(status, text), f"{command}, byte {at} of {file}: {text}"


def test_an_untouched_folder_is_whole_and_unchanged(whole: Path, dti: Command) -> None:
    for arguments in (("verify",), ("verify", "r0001"), ("verify", "r0003"), ("run",)):
        status, text = dti(*arguments, data=whole)
        assert status == 0, text


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHAIN)
def test_no_byte_of_any_file_passes(whole: Path, tmp_path: Path, dti: Command, kind: str) -> None:
    passed = []
    for file in files_of(whole, kind):
        for at in places(file, max(file.stat().st_size // 3, 1)):
            data = damaged(whole, tmp_path / "data", file, at)
            results = [dti(command, data=data) for command in ("verify", "run")]
            if not all(is_one_message(*result) for result in results):
                passed.append((file.name, at, results))
    assert passed == []


@pytest.mark.slow
@pytest.mark.parametrize("release", BESIDE)
def test_no_byte_of_what_is_not_current_passes_its_own_check(
    whole: Path, tmp_path: Path, dti: Command, release: str
) -> None:
    passed = []
    for file in (file for kind in BESIDE[release] for file in whole.glob(kind)):
        for at in places(file, max(file.stat().st_size // 2, 1)):
            data = damaged(whole, tmp_path / "data", file, at)
            status, text = dti("verify", release, data=data)
            _, run_text = dti("run", data=data)
            if not is_one_message(status, text) or "Traceback" in run_text:
                passed.append((file.name, at, text, run_text))
    assert passed == []
