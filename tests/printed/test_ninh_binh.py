"""The printed results of Ninh Bình: their errors are told, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.release.folder import Release
from tests.printed.corpus import assert_faults, checking, tables

TABLES = tables("ninh_binh")


@pytest.mark.parametrize("table", TABLES, ids=[table["name"] for table in TABLES])
def test_the_printed_errors_are_told(
    ninh_binh_release: Release, tmp_path: Path, table: dict[str, Any]
) -> None:
    check = checking(ninh_binh_release)
    assert_faults(check, table, folder=tmp_path, assessment="ninh-binh-2022")
