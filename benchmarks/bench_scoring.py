"""Time scoring, aggregation and ranking in exact arithmetic, and how they grow with the units.

    python benchmarks/bench_scoring.py [--units 63 10600] [--runs 9]

Figures are random but lawful for framework province-922 (98 components, every scope ranked). The
time is that of the stages between accepted figures and ranks; reading and writing are not in it.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.frameworks.load import BoundFramework, load_framework
from dti_pipeline.scoring.aggregation import add_up, scopes
from dti_pipeline.scoring.components import score_components
from dti_pipeline.scoring.ranking import publish_values, rank_units


def random_figures(framework: BoundFramework, *, units: int, seed: int = 1) -> pl.DataFrame:
    """Return one lawful figure or answer per unit and variable."""
    rng = np.random.default_rng(seed)
    columns: dict[str, object] = {"unit_id": [f"U{n:06d}" for n in range(units)]}
    for component in framework.components:
        for name, variable in component.component.variables.items():
            options = len(component.parts[0].options(name))
            if variable.kind in ("yes_no", "choice"):
                numbers = rng.integers(0, options, units)
            elif variable.kind == "percent":
                numbers = rng.integers(0, 101, units)
            elif variable.kind in ("ratio", "score"):
                numbers = rng.integers(0, 2, units)
            else:
                numbers = rng.integers(1, 200_000, units)
            columns.setdefault(component.columns[name], numbers * MICRO)
    figures = pl.DataFrame(columns)
    return figures.with_columns(pl.exclude("unit_id").cast(pl.Int128))


def median_seconds(work: Callable[[], object], *, runs: int) -> float:
    """Return the median wall time of several runs after one warm-up."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, nargs="+", default=[63, 630, 3321, 10600])
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    framework = load_framework("province-922")
    listed = scopes(framework)
    print(f"{framework.id}: {len(framework.components)} components, {len(listed)} scopes")
    print(f"{'units':>7} {'score s':>9} {'add up s':>9} {'rank s':>9} {'all s':>9} {'growth':>7}")
    before: tuple[int, float] | None = None
    for units in options.units:
        figures = random_figures(framework, units=units)
        points = score_components(figures, framework=framework)
        sums = add_up(points, framework=framework).with_columns(pool=pl.lit("all"))

        def rank(sums: pl.DataFrame = sums) -> pl.DataFrame:
            values = publish_values(sums, scopes=listed, decimals=4)
            return rank_units(values, scopes=listed)

        def whole(figures: pl.DataFrame = figures) -> pl.DataFrame:
            points = score_components(figures, framework=framework)
            sums = add_up(points, framework=framework).with_columns(pool=pl.lit("all"))
            return rank(sums)

        parts = [
            median_seconds(
                lambda f=figures: score_components(f, framework=framework), runs=options.runs
            ),
            median_seconds(lambda p=points: add_up(p, framework=framework), runs=options.runs),
            median_seconds(rank, runs=options.runs),
            median_seconds(whole, runs=options.runs),
        ]
        growth = "" if before is None else f"{parts[3] / before[1] / (units / before[0]):.2f}"
        print(f"{units:>7} " + " ".join(f"{part:9.4f}" for part in parts) + f" {growth:>7}")
        before = (units, parts[3])
    print("growth: time per unit against the row above; below 1 is better than linear")


if __name__ == "__main__":
    main()
