"""Backup, loss, restore; and what ages is thrown away without touching a release."""

import bz2
import fcntl
import gzip
import json
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.cli import doctor
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.keeping import restore_backup, tidy, write_backup
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.cli.verify import verify_release
from dti_pipeline.release.backup import BackupError, extract
from dti_pipeline.release.releases import Published
from dti_pipeline.store.revisions import Store
from tests.cli.conftest import Call
from tests.conftest import REPOSITORY, copy_deliveries
from tests.hashes import hashes


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two releases, a draft after them, a site and a setting."""
    data = copy_deliveries(tmp_path_factory.mktemp("kept") / "data", "ninh-binh-2021")
    assert run_assessments([], data=data) == 0
    copy_deliveries(data, "province-2023")
    assert run_assessments([], data=data) == 0
    copy_deliveries(data, "province-2024")
    assert run_assessments(["province-2024"], data=data, is_draft=True) == 0
    for name in ("site/r0001/index.html", "config/site.toml", "raw/.~lock", "reports/dti.duckdb"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(name, encoding="utf-8")
    return data


@pytest.fixture(scope="module")
def saved(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backups")
    assert write_backup(folder, data=data) == 0
    (path,) = folder.iterdir()
    return path


def test_after_a_loss_every_release_is_back_and_can_be_recomputed(
    data: Path, saved: Path, tmp_path: Path, printed: Call
) -> None:
    restored = tmp_path / "machine" / "data"
    assert "3 bản phát hành" in printed(restore_backup, saved, data=restored)
    made_again = ("site/", "reports/", "store/derived/", "store/.lock", "raw/.~lock", ".backup")
    expected = {k: v for k, v in hashes(data).items() if not k.startswith(made_again)}
    assert {k: v for k, v in hashes(restored).items() if k != "store/.lock"} == expected
    published = Published(restored / "published")
    statuses = {r.release_id[:5]: published.status(r.release_id) for r in published.releases()}
    assert statuses == {"r0001": "superseded", "r0002": "published", "r0003": "draft"}
    for release_id in statuses:
        assert verify_release(release_id, data=restored, recompute=True) == 0
    assert (restored / "store" / "drafts").stat().st_mode & 0o777 == 0o700
    assert run_assessments(["province-2023"], data=restored) == 0


def test_a_backup_is_its_owners_alone_and_has_the_day_in_its_name(saved: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    assert saved.name.startswith(f"dti-{datetime.now():%Y%m}")


def test_a_backup_while_a_release_is_published_is_whole(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release comes when the lock is free again, before the releases are copied."""
    source = shutil.copytree(data, tmp_path / "data")
    draft = Published(source / "published").releases()[-1].release_id
    leave, held = Store.writing, list[Store]()

    def approve() -> None:
        Published(source / "published").approve(draft, by="Council", reason="meanwhile")

    class Lock:
        def __init__(self, store: Store) -> None:
            self.store, self.inner = store, leave(store, waits=True)

        def __enter__(self) -> None:
            self.inner.__enter__()
            held.append(self.store)

        def __exit__(self, *error: object) -> None:
            self.inner.__exit__(None, None, None)
            held.pop()
            if held:
                return  # of a step inside, which passes through
            monkeypatch.setattr(Store, "writing", leave)
            other = threading.Thread(target=approve)
            other.start()
            other.join()

    monkeypatch.setattr(Store, "writing", lambda store, **_: Lock(store))
    assert write_backup(tmp_path / "b.tar", data=source) == 0
    assert restore_backup(tmp_path / "b.tar", data=tmp_path / "restored") == 0
    before, after = (Published(place / "published") for place in (source, tmp_path / "restored"))
    assert before.status(draft) == "published"
    assert after.status(draft) == "draft"
    after.recover()
    assert verify_release(None, data=tmp_path / "restored", recompute=True) == 0


def test_nothing_is_restored_over_what_is_there(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "note.txt").touch()
    with pytest.raises(BackupError, match="is not empty"):
        restore_backup(saved, data=tmp_path)
    with pytest.raises(UsageError, match=r"b\.tar: no such file"):
        restore_backup(tmp_path / "b.tar", data=tmp_path / "data")


@pytest.mark.parametrize("fault", ["missing", "changed", "cut"])
def test_a_damaged_backup_leaves_nothing_behind(saved: Path, tmp_path: Path, fault: str) -> None:
    damaged, data = tmp_path / "damaged.tar", tmp_path / "data"
    if fault == "cut":
        damaged.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])
    else:
        with tarfile.open(saved) as source, tarfile.open(damaged, "w") as target:
            for member in source.getmembers():
                content = source.extractfile(member)
                is_hit = member.name == "published/journal.jsonl"
                if is_hit and fault == "changed":
                    member.size -= 1
                if not (is_hit and fault == "missing"):
                    target.addfile(member, content)
    with pytest.raises(BackupError, match="is damaged: "):
        restore_backup(damaged, data=data)
    assert list(data.iterdir()) == []


@pytest.mark.parametrize("module", [gzip, lzma, bz2])
def test_a_backup_that_somebody_compressed_is_restored_and_its_loss_told(
    saved: Path, tmp_path: Path, module: Any
) -> None:
    file = tmp_path / "backup.tar.x"
    file.write_bytes(module.compress(saved.read_bytes()))
    assert extract(file, tmp_path / "whole") > 100
    file.write_bytes(file.read_bytes()[:-100_000])
    with pytest.raises(BackupError, match="its content cannot be read; use another backup"):
        extract(file, tmp_path / "cut")


def test_a_file_that_the_listing_of_a_backup_lacks_is_not_restored_unseen(
    saved: Path, tmp_path: Path
) -> None:
    file = Path(shutil.copy(saved, tmp_path))
    (tmp_path / "more.csv").write_text("1", "utf-8")
    with tarfile.open(file, "a") as archive:
        archive.add(tmp_path / "more.csv", "raw/ninh-binh-2021/central/99_more.csv")
    with pytest.raises(BackupError, match=r"99_more\.csv"):
        extract(file, tmp_path / "restored")


def test_what_a_backup_may_not_read_or_finds_behind_a_link_is_not_left_out(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = shutil.copytree(data, tmp_path / "dữ liệu")
    documents = tmp_path / "ổ khác"
    documents.mkdir()
    (documents / "a.pdf").write_bytes(b"%PDF-1")
    (kept / "evidence").mkdir()
    (kept / "evidence" / "2021").symlink_to(documents)
    assert write_backup(tmp_path / "b.tar", data=kept) == 0
    with tarfile.open(tmp_path / "b.tar") as archive:
        assert "evidence/2021/a.pdf" in archive.getnames()
    scan = os.listdir

    def refusing(path: Any) -> Any:
        if Path(path).name == "drafts":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "listdir", refusing)
    with pytest.raises(PermissionError, match="drafts"):
        write_backup(tmp_path / "c.tar", data=kept)
    assert not (tmp_path / "c.tar").exists()


def test_a_restore_that_is_cut_off_shows_no_release_without_its_store(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def cut_off(place: Path, target: Path) -> Path:
        if place.name == "store":
            raise KeyboardInterrupt
        return rename(place, target)

    monkeypatch.setattr(Path, "rename", cut_off)
    with pytest.raises(KeyboardInterrupt):
        restore_backup(saved, data=tmp_path / "data")
    assert Published(tmp_path / "data" / "published").latest() is None


def test_a_backup_into_the_data_folder_is_refused(data: Path) -> None:
    with pytest.raises(BackupError, match="lies in the data folder"):
        write_backup(data / "b.tar", data=data)


def test_old_drafts_and_tables_between_stages_are_listed_then_deleted(
    data: Path, tmp_path: Path, printed: Call
) -> None:
    data = shutil.copytree(data, tmp_path / "data")
    old, new = (
        data / "dagster/stages/scores" / name for name in ("province-2022", "province-2023")
    )
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "points.parquet").write_bytes(b"x" * 2**20)
    none = "không có bản dự thảo hay bảng trung gian nào cũ hơn 90 ngày"
    assert printed(tidy, data=data).splitlines() == [none]
    aged = (datetime.now(UTC) - timedelta(days=91)).timestamp()
    os.utime(old, (aged, aged))
    out = printed(tidy, data=data)
    assert "dagster/stages/scores/province-2022" in out
    assert "province-2023" not in out
    assert "1 mục, 1,0 MB; chưa xóa gì" in out
    assert old.is_dir()
    _age_journal(data)
    releases = hashes(data / "published" / "releases")
    assert "store/drafts/r0003-" in printed(tidy, deletes=True, data=data)
    assert (old.is_dir(), new.is_dir()) == (False, True)
    assert list((data / "store" / "drafts").iterdir()) == []
    entry = Published(data / "published").journal.entries()[-1]
    assert (entry.event, entry.reason) == ("discarded", "dti tidy --older-than 90")
    assert hashes(data / "published" / "releases") == releases
    for release_id in ("r0001", "r0002"):
        assert verify_release(release_id, data=data, recompute=True) == 0


def _age_journal(data: Path) -> None:
    """Write the last line of the journal, about the draft, anew with a day long past."""
    path = data / "published" / "journal.jsonl"
    *lines, last = path.read_text("utf-8").splitlines(keepends=True)
    entry = json.loads(last) | {"at": "2026-01-01T00:00:00+00:00"}
    path.write_text("".join([*lines, json.dumps(entry, ensure_ascii=False) + "\n"]), "utf-8")
    head = sha256(path.read_bytes()).hexdigest()
    pointer = data / "published" / "latest.json"
    pointer.write_text(json.dumps(json.loads(pointer.read_text()) | {"journal_head": head}))


def test_a_backup_that_fails_leaves_no_file(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(data, tmp_path / "data")
    target = tmp_path / "backups"
    target.mkdir()

    def add(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "addfile", add)
    with pytest.raises(OSError, match="No space"):
        write_backup(target, data=tmp_path / "data")
    assert list(target.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from dti_pipeline.release import backup
from dti_pipeline.workspace import Workspace
backup.Store.writing = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
backup.write_backup(Workspace(Path(sys.argv[1])), Path(sys.argv[2]), beside={}, without=())
"""


def test_what_a_killed_backup_left_is_named_and_goes_with_tidy_or_the_next_backup(
    data: Path, tmp_path: Path, printed: Call
) -> None:
    source, saved = shutil.copytree(data, tmp_path / "data"), tmp_path / "b.tar"
    findings = partial(printed, doctor.examine_service, data=source, status=1)

    def kill() -> Path:
        command = [sys.executable, "-c", KILLED, str(source), str(saved)]
        assert subprocess.run(command, cwd=REPOSITORY, check=False).returncode == -9
        (left,) = tmp_path.glob(".b.tar.*.staging")
        return left

    left = kill()
    assert f"bị ngắt giữa chừng, còn sót tệp {left}" in findings()
    with left.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # as the process that still writes it
        assert "[tốt] Sao lưu" in findings()
    assert str(left) in "".join(printed(tidy, data=source).split())
    assert left.is_file()
    assert tidy(data=source, deletes=True) == 0
    assert not left.exists()
    left = kill()
    assert write_backup(saved, data=source) == 0
    assert not left.exists()
    assert "[tốt] Sao lưu" in findings()
