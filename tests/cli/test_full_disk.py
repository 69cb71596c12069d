"""A disk without room: nothing under its final name, and one sentence that names place and remedy."""

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

from assets.execution import Failure, Outcome
from dti_pipeline.cli.language import choose_language
from dti_pipeline.cli.run import _print_failures
from dti_pipeline.release.backup import new_archive
from dti_pipeline.store.parquet import sync, write_tables
from dti_pipeline.whole_file import write_whole
from schemas.catalogue import RELEASE_TABLES
from tests.cli.conftest import Call, Told


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    monkeypatch.setattr(Path, "write_text", refuse)


@pytest.mark.usefixtures("full_disk")
def test_what_stood_there_stays_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match=r"a\.xlsx") as caught:
        write_whole(path, b"new")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(path))
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.xlsx", b"old")]


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("form province-2022 06", "06_bac_kan.xlsx"),
        ("workbook province-2022", "dti-province-2022.xlsx"),
        ("onepager province-2022 06", "VN-P63-06.pdf"),
        ("annex province-2022 --no-pdf", "dti-province-2022-annex.docx"),
    ],
)
def test_a_command_that_finds_no_room_leaves_no_file_and_says_why(
    refused: Call, province_data: Path, tmp_path: Path, command: str, name: str
) -> None:
    out = tmp_path / "out"
    places = ("--out", str(out), "--data", str(province_data))
    assert refused(*command.split(), *places, status=1) == (
        f"dti: {out / name}: ổ đĩa đã đầy; đề nghị giải phóng chỗ rồi chạy lại\n"
    )
    assert list(out.iterdir()) == []


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize(
    "command",
    [
        "report --out",
        "check province-2022 --html",
        "simulate province-2022 --without 7 --html",
    ],
)
def test_pages_that_find_no_room_name_their_folder(
    refused: Call, province_data: Path, tmp_path: Path, command: str
) -> None:
    out = str(tmp_path / "out")
    assert refused(*command.split(), out, "--data", str(province_data), status=1) == (
        f"dti: {out}: ổ đĩa đã đầy; đề nghị giải phóng chỗ rồi chạy lại\n"
    )
    assert not list(tmp_path.glob(".*"))  # no half site fills the disk


@pytest.mark.usefixtures("full_disk")
def test_a_first_folder_without_room_names_the_file(refused: Call, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "vi_du"
    refusal = refused("init", str(folder.parent), status=1)
    assert refusal.startswith(f"dti: {folder}/")
    assert refusal.endswith(": ổ đĩa đã đầy; đề nghị giải phóng chỗ rồi chạy lại\n")


@pytest.mark.usefixtures("full_disk")
def test_a_table_or_folder_that_is_not_forced_to_disk_is_named(tmp_path: Path) -> None:
    table = RELEASE_TABLES["dim_tile"]
    with pytest.raises(OSError, match=r"dim_tile\.parquet"):
        write_tables([(table, table.empty())], folder=tmp_path)
    with pytest.raises(OSError, match=str(tmp_path)) as caught:
        sync(tmp_path)
    assert caught.value.filename == str(tmp_path)


def test_a_backup_names_itself_or_the_file_that_it_may_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    for name, named in ((None, str(path)), ("raw/b.csv", "raw/b.csv")):
        with pytest.raises(OSError, match=named) as caught, new_archive(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
        assert caught.value.filename == named
    missing = tmp_path / "missing" / "a.tar"
    with pytest.raises(FileNotFoundError) as absent, new_archive(missing):
        pass
    assert absent.value.filename == str(missing)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize(
    "command",
    [
        "framework new FILE.toml",
        "plan province-2022 06 --target-rank 55 --out FILE.xlsx --data DATA",
    ],
)
def test_a_file_that_finds_no_room_is_not_begun(
    refused: Call, province_data: Path, tmp_path: Path, command: str
) -> None:
    file = str(tmp_path / "my-file")
    words = command.replace("FILE", file).replace("DATA", str(province_data)).split()
    assert "ổ đĩa đã đầy" in refused(*words, status=1)
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_rights_names_the_place_and_the_remedy(capsys: Told) -> None:
    refusals = {
        "PermissionError": "[Errno 13] Permission denied: '/d/store/inputs'",
        "OSError": "[Errno 18] Invalid cross-device link: '/d/published/.staging' -> '/d/drafts'",
    }
    failures = tuple(Failure("release", name, text, "") for name, text in refusals.items())
    choose_language("en")
    _print_failures(Outcome({}, failures=failures), "publish", Path("data"))
    denied, elsewhere = capsys.readouterr().err.splitlines()
    assert denied.startswith("publish: release: /d/store/inputs: no permission to read or write")
    assert elsewhere.startswith("publish: release: /d/published/.staging: it is not on the disk of")


def test_a_run_without_room_names_its_folder_and_the_remedy(capsys: Told) -> None:
    failure = Failure("revision", "OSError", "[Errno 28] No space left on device", "Traceback")
    _print_failures(Outcome({}, failures=(failure,)), "vi-du-2026", Path("data"))
    choose_language("en")
    _print_failures(Outcome({}, failures=(failure,)), "vi-du-2026", Path("data"))
    assert capsys.readouterr().err.splitlines() == [
        "vi-du-2026: revision: data: ổ đĩa đã đầy; đề nghị giải phóng chỗ rồi chạy lại",
        "vi-du-2026: revision: data: the disk is full; make room and run the command again",
    ]
