"""The files of `deploy/`: accepted by the programs that read them, where these are installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

SYSTEMD = REPOSITORY / "deploy" / "systemd"
UNITS = sorted(SYSTEMD.iterdir())


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_accepted(unit: Path, tmp_path: Path) -> None:
    """Its program is exchanged for one that is there."""
    for other in UNITS:
        text = re.sub(r"/opt/dti/\.venv/bin/[\w-]+", "/bin/true", other.read_text("utf-8"))
        (tmp_path / other.name).write_text(text, encoding="utf-8")
    complaints = run("systemd-analyze", "verify", str(tmp_path / unit.name))
    assert [
        line for line in complaints.splitlines() if str(tmp_path) in line or "dti-" in line
    ] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_a_wrong_unit_is_refused(tmp_path: Path) -> None:
    unit = tmp_path / "dti-x.service"
    unit.write_text("[Service]\nExecStart=/bin/true\nKillSignall=SIGINT\n", encoding="utf-8")
    assert "KillSignall" in run("systemd-analyze", "verify", str(unit))


@pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx")
def test_nginx_accepts_its_settings(tmp_path: Path) -> None:
    key, certificate = tmp_path / "dti.key", tmp_path / "dti.crt"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=dti",
        "-keyout", str(key), "-out", str(certificate))  # fmt: skip
    settings = tmp_path / "nginx.conf"
    text = (REPOSITORY / "deploy" / "nginx.conf").read_text("utf-8")
    settings.write_text(text.replace("/etc/dti/tls", str(tmp_path)), encoding="utf-8")
    out = run("nginx", "-t", "-c", str(settings), "-g", f"pid {tmp_path}/pid; error_log stderr;")
    assert "test is successful" in out


def test_nginx_serves_the_site_that_a_unit_writes() -> None:
    unit = (SYSTEMD / "dti-site.service").read_text("utf-8")
    (folder,) = re.findall(r"dti report --out (\S+)", unit)
    assert f"root {folder};" in (REPOSITORY / "deploy" / "nginx.conf").read_text("utf-8")


def test_the_site_is_written_again_where_a_release_came_while_it_was_written(
    tmp_path: Path,
) -> None:
    """systemd starts nothing for a change that it sees while the unit is at work."""
    unit = (SYSTEMD / "dti-site.service").read_text("utf-8")
    (command,) = re.findall(r"ExecStart=/bin/sh -c '(.+)'", unit)
    latest, writes, program = tmp_path / "latest.json", tmp_path / "writes", tmp_path / "dti"
    latest.write_text("r0001")
    program.write_text(
        f"#!/bin/sh\ncat {latest} >> {writes}; echo ' at' $* >> {writes}; printf r0002 > {latest}\n"
    )
    program.chmod(0o700)
    command = command.replace("$$", "$").replace("/opt/dti/.venv/bin/dti", str(program))
    subprocess.run(["/bin/sh", "-c", command], env={"LATEST": str(latest)}, check=True, timeout=60)
    place = " at report --out /srv/dti-site/current"
    assert writes.read_text().splitlines() == [f"r0001{place}", f"r0002{place}"]
    program.write_text("#!/bin/sh\nexit 1\n")
    failed = subprocess.run(["/bin/sh", "-c", command], env={"LATEST": str(latest)}, check=False)
    assert failed.returncode == 1


def test_the_portal_starts_once_its_settings_have_a_key(tmp_path: Path) -> None:
    from dti_pipeline.portal.settings import PortalSetupError, make_settings

    text = (REPOSITORY / "deploy" / "environment").read_text("utf-8")
    environment = dict(re.findall(r"^(\w+)=(.*)", text, re.M))
    with pytest.raises(PortalSetupError, match=r"· DTI_PORTAL_SECRET_KEY is missing"):
        make_settings(tmp_path, environment)
    key = "".join(map(chr, range(48, 100)))
    settings = make_settings(tmp_path, environment | {"DTI_PORTAL_SECRET_KEY": key})
    (host,) = settings["ALLOWED_HOSTS"]
    assert f"server_name {host};" in (REPOSITORY / "deploy" / "nginx.conf").read_text("utf-8")


def test_settings_of_the_units_are_those_of_the_page() -> None:
    page = (REPOSITORY / "docs" / "operations.md").read_text("utf-8")
    names = re.findall(r"^#?(\w+)=", (REPOSITORY / "deploy" / "environment").read_text(), re.M)
    assert len(names) > 5
    assert [name for name in names if f"`{name}" not in page] == []


def test_every_command_of_the_page_exists() -> None:
    from typer.main import get_command

    from dti_pipeline.cli import app

    page = (REPOSITORY / "docs" / "operations.md").read_text("utf-8")
    named = set(re.findall(r"\bdti ([a-z][a-z-]+)", page))
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert {"doctor", "backup", "restore", "tidy", "verify", "run"} <= named
    assert named - set(commands) == set()
