"""Backups are whole, and give back what was saved."""

import os
import sqlite3
import tarfile
from pathlib import Path

import pytest

from dti_pipeline.portal.backup import restore_backup
from dti_pipeline.portal.settings import PortalSetupError
from dti_pipeline.release.backup import BackupError, new_archive
from tests.portal.served import dti, run

FILL = """
prepare()
from dti_pipeline.portal import audit, evidence
from dti_pipeline.portal.models import Account
Account.objects.create_account("a@example.vn", "Người giữ")
audit.record(audit.SYSTEM, "test", "một dòng")
print(evidence.store(b"%PDF-1.7\\n%%EOF\\n", "pdf").sha256)
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a backup of a small portal, made by the command, and the hash of its document."""
    folder = tmp_path_factory.mktemp("backup")
    report = folder / "data" / "raw" / "province-2022" / "self_reports" / "06_bac_kan.xlsx"
    report.parent.mkdir(parents=True)
    report.write_bytes(b"a report")
    sha256 = run(FILL, folder / "data").strip()
    dti("portal", "backup", str(folder / "portal.tar"), "--data", str(folder / "data"))
    return folder / "portal.tar", sha256


def test_a_backup_gives_back_database_documents_and_deliveries(
    saved: tuple[Path, str], tmp_path: Path
) -> None:
    path, sha256 = saved
    data = tmp_path / "data"
    dti("portal", "restore", str(path), "--data", str(data))
    assert (data / "portal" / "files" / sha256[:2] / sha256).read_bytes().startswith(b"%PDF")
    assert (data / "raw/province-2022/self_reports/06_bac_kan.xlsx").read_bytes() == b"a report"
    with sqlite3.connect(data / "portal" / "portal.sqlite3") as database:
        assert database.execute("SELECT email FROM portal_account").fetchall() == [
            ("a@example.vn",)
        ]
    dti("portal", "audit", "--verify", "--data", str(data))
    csv = tmp_path / "audit.csv"
    dti("portal", "audit", "--csv", str(csv), "--data", str(data))
    assert "một dòng" in csv.read_text("utf-8-sig")
    dti("portal", "audit", "--data", str(data), status=2)
    assert dti("portal", "link", "a@example.vn", "--data", str(data)).startswith("/enter/")
    dti("portal", "link", "b@example.vn", "--data", str(data), status=2)
    dti("portal", "weekly", "--data", str(data))


def test_the_backup_of_the_whole_folder_holds_the_portal_once(
    saved: tuple[Path, str], tmp_path: Path
) -> None:
    path, sha256 = saved
    source, data = path.parent / "data", tmp_path / "data"
    (source / "published").mkdir(exist_ok=True)
    (source / "published" / "note.txt").write_text("kept", encoding="utf-8")
    dti("backup", str(tmp_path / "all.tar"), "--data", str(source))
    with tarfile.open(tmp_path / "all.tar") as archive:
        assert archive.getnames() == ["published/note.txt", "portal.tar", "backup.json"]
    dti("restore", str(tmp_path / "all.tar"), "--data", str(data))
    assert sorted(p.name for p in data.iterdir()) == ["portal", "published", "raw"]
    assert (data / "portal" / "files" / sha256[:2] / sha256).is_file()
    dti("portal", "audit", "--verify", "--data", str(data))


def test_a_portal_whose_key_is_a_setting_is_saved_as_well(
    saved: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    dti("portal", "restore", str(saved[0]), "--data", str(data))
    (data / "portal" / "secret_key").unlink()
    monkeypatch.setenv("DTI_PORTAL_PRODUCTION", "1")
    monkeypatch.setenv("DTI_PORTAL_HOSTS", "khai.dti.example.vn")
    monkeypatch.setenv("DTI_PORTAL_SECRET_KEY", "".join(map(chr, range(48, 100))))
    dti("backup", str(tmp_path / "all.tar"), "--data", str(data))
    with tarfile.open(tmp_path / "all.tar") as archive:
        assert "portal.tar" in archive.getnames()
        assert "portal/portal.sqlite3" not in archive.getnames()


def test_nothing_is_restored_over_what_is_there(saved: tuple[Path, str], tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    with pytest.raises(PortalSetupError, match=r"đã có raw; .* holds raw already"):
        restore_backup(saved[0], tmp_path)


def test_a_damaged_backup_leaves_nothing_behind(saved: tuple[Path, str], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.tar"
    with tarfile.open(saved[0]) as source, tarfile.open(damaged, "w") as target:
        for member in source.getmembers():
            if "self_reports" not in member.name:
                target.addfile(member, source.extractfile(member))
    data = tmp_path / "data"
    with pytest.raises(BackupError, match="damaged"):
        restore_backup(damaged, data)
    assert list(data.iterdir()) == []


def test_the_password_of_a_database_is_no_part_of_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody on the machine sees commands, but not the environment of a process."""
    with new_archive(tmp_path / "b.tar") as (add, _):
        add("portal/portal.dump", b"dump")
    program = tmp_path / "programs" / "pg_restore"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$PGUSER $PGPASSWORD $PGHOST:$@" > "{tmp_path}/seen"\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    address = "postgresql://portal:secret%23word@127.0.0.1:5433/restored"
    restore_backup(tmp_path / "b.tar", tmp_path / "data", database_url=address)
    who, _, arguments = (tmp_path / "seen").read_text().partition(":")
    assert who == "portal secret#word 127.0.0.1"
    assert "--dbname=restored" in arguments
    assert "secret" not in arguments


def test_a_portal_without_its_packages_says_what_installs_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from dti_pipeline.cli import portal as command
    from dti_pipeline.cli.errors import UsageError

    monkeypatch.setattr(command, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'dti-pipeline\[portal\]'"):
        command.check_audit(verify=True, data=tmp_path)
