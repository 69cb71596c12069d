"""Time whole `dti run` processes: deliveries on disk to a published release.

    python benchmarks/bench_run.py [ASSESSMENT ...] [--runs 5]

Each run starts with an empty store. `import dagster` is timed in turn with it, as a measure of the
machine: on a busy one both take longer, and their ratio says more than the seconds.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
PROVINCES = ("province-2022", "province-2023", "province-2024")


def seconds(command: Sequence[str]) -> float:
    """Return the wall time of one process; its output is dropped.

    Raises:
        subprocess.CalledProcessError: if it fails.
    """
    environment = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"}
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def main() -> None:
    """Print each run, then the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assessments", nargs="*", default=PROVINCES, metavar="ASSESSMENT")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        for assessment in options.assessments:
            shutil.copytree(REPOSITORY / "data" / "raw" / assessment, data / "raw" / assessment)
        dti = str(Path(sys.executable).with_name("dti"))
        run = [dti, "run", *options.assessments, "--data", str(data)]
        library = [sys.executable, "-c", "import dagster"]
        seconds(run)  # a first one reads programs and deliveries from disk
        runs, imports = [], []
        for number in range(1, options.runs + 1):
            for room in ("store", "published"):
                shutil.rmtree(data / room)
            runs.append(seconds(run))
            imports.append(seconds(library))
            print(f"run {number}: {runs[-1]:6.2f} s   import dagster {imports[-1]:6.2f} s")
    median, reference = statistics.median(runs), statistics.median(imports)
    print(f"median: {median:5.2f} s   import dagster {reference:6.2f} s")
    print(f"ratio of the medians: {median / reference:.2f}")


if __name__ == "__main__":
    main()
