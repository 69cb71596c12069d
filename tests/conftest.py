"""Fixtures shared by all rooms: one published release of the repository's own deliveries."""

import errno
import gc
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.cli.language import choose_language
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.folder import Release
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace

REPOSITORY = Path(__file__).parent.parent
PROVINCES = ("province-2022", "province-2023", "province-2024")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits long; then come files with many tests, whose end is far."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.get_closest_marker("early") is None, -tests[item.path]))


def pytest_unconfigure() -> None:
    """Let go of what a run has frozen: DuckDB would report its own as leaked."""
    gc.unfreeze()


@pytest.fixture(autouse=True)
def in_vietnamese() -> None:
    """Let every test begin in the language of a command without options."""
    choose_language("vi")


@pytest.fixture
def forbid(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Return what takes away the right to read a file or to look into a folder."""

    def refusing(function: Callable[..., Any], forbidden: Path) -> Callable[..., Any]:
        def refuse(path: Any = ".", *args: Any, **options: Any) -> Any:
            if str(path) == str(forbidden):
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return function(path, *args, **options)

        return refuse

    def forbid(path: Path) -> None:
        monkeypatch.setattr(Path, "open", refusing(Path.open, path))
        monkeypatch.setattr(os, "scandir", refusing(os.scandir, path))

    return forbid


def copy_deliveries(data: Path, *assessments: str) -> Path:
    """Copy the repository's deliveries of some assessments into a fresh data folder."""
    for assessment in assessments:
        shutil.copytree(REPOSITORY / "data" / "raw" / assessment, data / "raw" / assessment)
    return data


@pytest.fixture(scope="session")
def province_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder in which the three provincial assessments have been published."""
    data = copy_deliveries(tmp_path_factory.mktemp("provinces") / "data", *PROVINCES)
    assert run_assessments(PROVINCES, data=data, reason="") == 0
    return data


@pytest.fixture(scope="session")
def province_release(province_data: Path) -> Release:
    """Return the release of the three provincial assessments."""
    return Published(Workspace(data=province_data).published).release(None)


@pytest.fixture(scope="session")
def ranking(province_release: Release) -> pl.DataFrame:
    """Return its ``fact_ranking``."""
    return province_release.table("fact_ranking")


@pytest.fixture(scope="session")
def ninh_binh_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder in which both years of Ninh Bình have been published."""
    assessments = ("ninh-binh-2021", "ninh-binh-2022")
    data = copy_deliveries(tmp_path_factory.mktemp("ninh_binh") / "data", *assessments)
    assert run_assessments(assessments, data=data, reason="") == 0
    return data


@pytest.fixture(scope="session")
def ninh_binh_release(ninh_binh_data: Path) -> Release:
    """Return the release of both years of Ninh Bình."""
    return Published(Workspace(data=ninh_binh_data).published).release(None)


@pytest.fixture(scope="session")
def national_data(tmp_path_factory: pytest.TempPathFactory, province_data: Path) -> Path:
    """Return a data folder with every provincial assessment: 2020 to 2024, and the 34 of 2024."""
    data = tmp_path_factory.mktemp("national") / "data"
    shutil.copytree(province_data, data)
    copy_deliveries(data, "province-2020", "province-2021", "province-2024-34")
    assert run_assessments([], data=data, reason="") == 0
    return data


@pytest.fixture(scope="session")
def national_release(national_data: Path) -> Release:
    """Return the release of every provincial assessment."""
    return Published(Workspace(data=national_data).published).release(None)
