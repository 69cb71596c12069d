"""Times the simulation of ranks: draws, rejections, ranks, intervals; the whole call, one process.

    python benchmarks/bench_robustness.py [--repeat 7] [--growth]

The scores are made up (seeded): 98 components in 8 mains, 1,000 points. Every case runs in a
process of its own, so that its peak memory is its own. Where other programs compete for the cores,
the clock measures them too: the minimum is the better figure then.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple


class Case(NamedTuple):
    units: int
    draws: int
    unchecked: float  # share of the cells that may be rejected, each with 10 %
    target: float | None = None  # seconds

    @property
    def name(self) -> str:
        return f"{self.draws:,} draws, {self.units:,} × {COMPONENTS}"


COMPONENTS = 98
CASES = [
    Case(63, 10_000, 0.0, 0.2),
    Case(63, 10_000, 0.3, 0.2),
    Case(63, 10_000, 1.0, 0.2),
    Case(10_600, 1_000, 0.0, 0.8),
    Case(10_600, 1_000, 0.3, 0.8),
    Case(10_600, 1_000, 1.0, 0.8),
]
GROWTH = [
    *(Case(units, 1_000, 0.0) for units in (1_325, 2_650, 5_300, 10_600)),
    *(Case(10_600, draws, 0.0) for draws in (2_000, 4_000)),
    *(Case(63, draws, 0.0) for draws in (20_000, 40_000, 80_000)),
]
TARGET_MB = 600


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--repeat", type=int, default=7, help="calls per case (default 7)")
    options.add_argument("--growth", action="store_true", help="also double units and draws")
    options.add_argument("--child", type=int, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    cases = CASES + (GROWTH if chosen.growth else [])
    if chosen.child is not None:
        print(json.dumps(measure(cases[chosen.child], chosen.repeat)))
        return
    print(
        f"{'case':<32}{'unchecked':>10}{'min s':>8}{'median s':>10}{'target s':>10}"
        f"{'peak MB':>9}{'growth MB':>11}"
    )
    for number, case in enumerate(cases):
        result = in_own_process(number, chosen)
        target = "" if case.target is None else f"{case.target:.1f}"
        print(
            f"{case.name:<32}{case.unchecked:>10.0%}{min(result['seconds']):>8.3f}"
            f"{statistics.median(result['seconds']):>10.3f}{target:>10}"
            f"{result['peak_mb']:>9.0f}{result['peak_mb'] - result['before_mb']:>11.0f}"
        )
    print(
        f"{chosen.repeat} calls each. Peak: the whole process, target "
        f"{TARGET_MB} MB at 10,600 units;\ngrowth: above interpreter, libraries and scores."
    )


def in_own_process(number: int, chosen: argparse.Namespace) -> dict[str, object]:
    command = [sys.executable, __file__, "--child", str(number), "--repeat", str(chosen.repeat)]
    command += ["--growth"] if chosen.growth else []
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(case: Case, repeat: int) -> dict[str, object]:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    import numpy as np

    from dti_pipeline.analysis.robustness.points import ScoredPoints
    from dti_pipeline.analysis.robustness.simulation import simulate_ranks
    from dti_pipeline.analysis.settings import RobustnessSettings

    random = np.random.default_rng(2022)
    # Micro-points that add up to 1,000 points, uneven as real maxima are.
    share = random.integers(4, 17, COMPONENTS)
    maxima = np.floor(share / share.sum() * 1e9).astype(np.int64)
    points = np.floor(random.beta(2, 2, (case.units, COMPONENTS)) * maxima).astype(np.int64)
    unchecked = random.random((case.units, COMPONENTS)) < case.unchecked
    given = {
        "points_micro": points,
        "max_micro": np.tile(maxima, (case.units, 1)),
        "main_of_component": np.arange(COMPONENTS) * 8 // COMPONENTS,
        "rejection_probability": np.where(unchecked, 0.1, 0.0),
        "pool_ids": np.zeros(case.units),
        "decimals": 4,
    }
    settings = RobustnessSettings(draws=case.draws, seed=1, weight_noise="25%", rejection={})
    before = peak_mb()
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        simulate_ranks(ScoredPoints(**given), settings)
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, "before_mb": before, "peak_mb": peak_mb()}


def peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


if __name__ == "__main__":
    main()
