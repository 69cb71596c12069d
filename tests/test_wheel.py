"""The wheel: all three packages with their data files, running `dti` from another folder."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, copy_deliveries


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, REPOSITORY],
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


def run(python: Path, *arguments: str, cwd: Path, data: Path) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "DTI_", "DAGSTER"))}
    return subprocess.run(
        [python.with_name("dti"), *arguments],
        cwd=cwd,
        env=clean | {"DTI_DATA": str(data)},
        check=False,
        capture_output=True,
        text=True,
    )


def test_the_wheel_holds_three_packages_and_their_data_files(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for wanted in (
        "schemas/contract.py",
        "assets/assessment.py",
        "dti_pipeline/cli/__init__.py",
        "dti_pipeline/cli/examples/config/frameworks/vi-du.toml",
        "dti_pipeline/cli/tables.toml",
        "dti_pipeline/printed/headers.toml",
        "dti_pipeline/reports/workbook/columns.toml",
        "dti_pipeline/index/frameworks/province-922.toml",
        "dti_pipeline/index/assessments/province-2022.toml",
        "dti_pipeline/index/units/province-63.csv",
        "dti_pipeline/portal/migrations/0001_initial.py",
        "dti_pipeline/portal/receipt.typ",
        "dti_pipeline/portal/static/portal/portal.js",
        "dti_pipeline/portal/templates/portal/base.html",
        "dti_pipeline/reports/onepager/onepager.typ",
        "dti_pipeline/reports/quality/templates/style.css",
        "dti_pipeline/reports/site/static/site.js",
        "dti_pipeline/reports/site/templates/base.html",
        "schemas/words.toml",
        "schemas/texts/commands.toml",
        "schemas/texts/stages.toml",
        "schemas/texts/operations.toml",
        "schemas/issues/deliveries.toml",
        "schemas/issues/figures.toml",
        "dti_pipeline/requirements.lock",
        "schemas/py.typed",
        "assets/py.typed",
        "dti_pipeline/py.typed",
    ):
        assert wanted in names
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"schemas", "assets", "dti_pipeline"}


def publishes(python: Path, folder: Path) -> None:
    data = copy_deliveries(folder / "data", "province-2023")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    ran = run(python, "run", cwd=elsewhere, data=data)
    assert ran.returncode == 0, ran.stderr
    ranked = run(python, "rank", "province-2023", "--top", "1", "--csv", cwd=elsewhere, data=data)
    assert "Đà Nẵng" in ranked.stdout
    assert list(elsewhere.iterdir()) == []


def test_the_installed_wheel_runs_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    """Install the wheel alone; the libraries are those of the running environment."""
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    site = next((tmp_path / "env" / "lib").glob("python*")) / "site-packages"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "-q", wheel],
        check=True,
        capture_output=True,
    )
    # A .pth file adds a folder of libraries, but no .pth file of theirs is read: the editable
    # install of this repository cannot be found through it.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    where = subprocess.run(
        [python, "-c", "import dti_pipeline; print(dti_pipeline.__file__)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={name: text for name, text in os.environ.items() if name != "PYTHONPATH"},
    ).stdout
    assert where.startswith(str(site))
    publishes(python, tmp_path)


@pytest.mark.slow
def test_the_wheel_runs_in_a_fresh_environment_from_the_lock(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    pip = [python, "-m", "pip", "install", "-q"]
    lock = REPOSITORY / "requirements.lock"
    subprocess.run([*pip, "--require-hashes", "-r", lock], check=True, capture_output=True)
    subprocess.run([*pip, "--no-deps", wheel], check=True, capture_output=True)
    publishes(python, tmp_path)
