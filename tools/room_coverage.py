"""Measure the rooms that decide figures, each by its own tests: python -m tools.room_coverage

Branches count. Exit status 1 if a test fails or a room is under the floor.
"""

import subprocess
import sys
from typing import Final

FLOOR: Final = 95
OWN_TESTS: Final = {
    "dti_pipeline.exact": "tests/test_exact.py",
    "dti_pipeline.index.rules": "tests/index/rules",
    "dti_pipeline.acceptance": "tests/acceptance",
    "dti_pipeline.scoring": "tests/scoring",
    "dti_pipeline.results": "tests/results",
}


def measure(room: str, tests: str) -> bool:
    """Run a room's own quick tests, print what they miss, and say whether they reach the floor."""
    options = [
        f"--cov={room}",
        "--cov-report=term-missing:skip-covered",
        f"--cov-fail-under={FLOOR}",
    ]
    command = [sys.executable, "-m", "pytest", "-m", "not slow", *options, tests]
    print(f"{room}, by {tests}", flush=True)
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    reached = [measure(room, tests) for room, tests in OWN_TESTS.items()]
    sys.exit(0 if all(reached) else 1)
