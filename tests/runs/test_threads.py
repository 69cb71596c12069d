"""One content has one release id, on however many processors it is computed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, copy_deliveries
from tests.runs.test_own_index import write_index


def provinces(data: Path) -> None:
    copy_deliveries(data, "province-2023", "province-2024")


def release_id(data: Path, threads: int) -> str:
    """Run in a process of its own: Polars takes its number of threads when it is imported."""
    subprocess.run(
        [sys.executable, "-m", "dti_pipeline.cli", "run", "--data", str(data)],
        cwd=REPOSITORY,
        env=os.environ | {"POLARS_MAX_THREADS": str(threads)},
        check=True,
        capture_output=True,
    )
    pointer = json.loads((data / "published" / "latest.json").read_text(encoding="utf-8"))
    return str(pointer["release_id"])


@pytest.mark.parametrize(
    ("write", "threads"),
    [(write_index, (1, 8)), pytest.param(provinces, (1, 2, 8, 16), marks=pytest.mark.slow)],
)
def test_the_number_of_threads_changes_no_id(
    write: Callable[[Path], None], threads: tuple[int, ...], tmp_path: Path
) -> None:
    ids = set()
    for number in threads:
        data = tmp_path / str(number)
        write(data)
        ids.add(release_id(data, number))
    assert len(ids) == 1
