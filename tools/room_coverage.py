"""Measure the rooms that decide figures, each by its own tests: python -m tools.room_coverage

Branches count. Exit status 1 if a test fails or a room is under the floor.
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

FLOOR: Final = 95
OWN_TESTS: Final = {
    "dti_pipeline.scoring": "tests/scoring",
    "dti_pipeline.index.rules": "tests/index/rules",
    "dti_pipeline.results": "tests/results",
    # What a gap or a doubtful figure leads to is held on whole small indexes.
    "dti_pipeline.acceptance": "tests/acceptance tests/runs/test_reading.py",
    "dti_pipeline.exact": "tests/test_exact.py",
}


def measure(room: str, folder: Path) -> tuple[str, bool]:
    """Run a room's own quick tests; return what they miss, and whether they reach the floor."""
    options = [f"--cov={room}", "--cov-report=term-missing", f"--cov-fail-under={FLOOR}"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "not slow", *options, *OWN_TESTS[room].split()],
        env=os.environ | {"COVERAGE_FILE": str(folder / room)},
        check=False,
        capture_output=True,
        text=True,
    )
    return run.stdout, run.returncode == 0


def main() -> int:
    """Measure all rooms, some at a time, and print their reports one after another."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as threads:
        results = list(threads.map(lambda room: measure(room, Path(folder)), OWN_TESTS))
    for room, (report, _) in zip(OWN_TESTS, results, strict=True):
        print(f"{room}, by {OWN_TESTS[room]}\n{report}")
    return 0 if all(is_reached for _, is_reached in results) else 1


if __name__ == "__main__":
    sys.exit(main())
