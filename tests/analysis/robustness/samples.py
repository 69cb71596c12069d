"""Small made-up assessments for the tests of the simulation."""

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
    """Make scores from figures in points; maxima may be the same for all units."""
    points_micro = np.rint(np.asarray(points) * MICRO).astype(np.int64)
    max_micro = np.rint(np.asarray(maxima) * MICRO).astype(np.int64)
    given = {
        "points_micro": points_micro,
        "max_micro": np.broadcast_to(max_micro, points_micro.shape),
        "main_of_component": np.array(mains),
        "rejection_probability": np.zeros(points_micro.shape),
        "pool_ids": np.zeros(len(points_micro)),
        "decimals": 4,
    }
    return ScoredPoints(**(given | more))  # type: ignore[arg-type]


def random_scores(
    n_units: int, *, n_components: int = 12, n_mains: int = 4, seed: int = 7, **more: Any
) -> ScoredPoints:
    """Make scores on a quarter-point grid, so that equal totals occur."""
    random = np.random.default_rng(seed)
    maxima = random.integers(2, 12, n_components).astype(float)
    points = np.floor(random.random((n_units, n_components)) * (4 * maxima + 1)) / 4
    mains = (np.arange(n_components) * n_mains // n_components).tolist()
    return scored(points, maxima.tolist(), mains, **more)
