"""Fixtures shared by all rooms: one published release of the repository's own deliveries."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.commands.run import run_assessments
from dti_pipeline.release import Published, Release
from dti_pipeline.workspace import Workspace

REPOSITORY = Path(__file__).parent.parent
PROVINCES = ("province-2022", "province-2023", "province-2024")


def copy_deliveries(data: Path, *assessments: str) -> Path:
    """Copy the repository's deliveries of some assessments into a fresh data folder."""
    for assessment in assessments:
        shutil.copytree(REPOSITORY / "data" / "raw" / assessment, data / "raw" / assessment)
    return data


@pytest.fixture(scope="session")
def province_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder in which the three provincial assessments have been published."""
    data = copy_deliveries(tmp_path_factory.mktemp("provinces") / "data", *PROVINCES)
    assert run_assessments(PROVINCES, data=data, reason="", lang="en") == 0
    return data


@pytest.fixture(scope="session")
def province_release(province_data: Path) -> Release:
    """Return the release of the three provincial assessments."""
    return Published(Workspace(data=province_data).published).release(None)


@pytest.fixture(scope="session")
def ranking(province_release: Release) -> pl.DataFrame:
    """Return its ``fact_ranking``."""
    return province_release.table("fact_ranking")
