"""Small made-up assessments for the tests of the kernel."""

from typing import Any

import numpy as np

from dti_pipeline.analysis.robustness.points import ScoredPoints

MICRO = 1_000_000


def scored(
    points: list[list[float]] | np.ndarray,
    maxima: list[float] | list[list[float]],
    mains: list[int],
    **more: Any,
) -> ScoredPoints:
    """Make scores from figures in points."""
    return ScoredPoints(
        points_micro=np.rint(np.asarray(points) * MICRO).astype(np.int64),
        max_micro=np.rint(np.asarray(maxima) * MICRO).astype(np.int64),
        main_of_component=np.array(mains),
        counted=np.asarray(more.pop("counted", [True] * len(mains))),
        **more,
    )


def random_scores(
    n_units: int, *, n_components: int = 12, n_mains: int = 4, seed: int = 7, **more: Any
) -> ScoredPoints:
    """Make scores on a quarter-point grid, so that equal totals occur."""
    random = np.random.default_rng(seed)
    maxima = random.integers(2, 12, n_components).astype(float)
    points = np.floor(random.random((n_units, n_components)) * (4 * maxima + 1)) / 4
    mains = (np.arange(n_components) * n_mains // n_components).tolist()
    return scored(points, maxima.tolist(), mains, **more)
