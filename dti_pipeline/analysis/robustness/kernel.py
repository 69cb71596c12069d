"""The Monte Carlo kernel: how far a rank moves when weights and unchecked figures are uncertain.

Plain arrays in, plain arrays out; it knows nothing of tables, units' names or files.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.draws import CHUNK, RejectionDraws, WeightDraws, unit_slices
from dti_pipeline.analysis.robustness.intervals import (
    PairCounts,
    RankIntervals,
    link_neighbours,
    pairs_to_compare,
    quantile,
    rank_tally,
)
from dti_pipeline.analysis.robustness.points import ScoredPoints
from dti_pipeline.analysis.robustness.ranks import competition_ranks, round_half_up

# Uniform noise on weights, each way: the width the readers know from audits of indices.
DEFAULT_NOISE: Final = 0.25

# A megabyte of doubles and what is made of it stay in a core's own cache.
DEFAULT_BLOCK_BYTES: Final = 2**20

# Numpy leaves the interpreter free while it works, so two threads use two cores …
DEFAULT_WORKERS: Final = 2

# … but only on long arrays; with fewer units, threads wait for each other more than they work.
THREADED_UNITS: Final = 1000


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawSettings:
    """What to draw.

    Attributes:
        draws: number of draws.
        seed: of all random numbers; the same seed gives the same result, whatever
            ``block_bytes`` and ``workers`` are.
        weight_noise: half-width of the uniform factors on components and mains.
        left_out_per_draw: components left out of each draw, chosen at random.
        decimals: published decimals of the overall value; ranks compare these.
        pairs: (pairs × 2) units to compare; needed above 200 units only.
        block_bytes: size of the inner blocks; besides them, a chunk of 128 draws takes about
            1.5 kB per unit and worker.
        workers: threads, used from 1,000 units on.
    """

    draws: int
    seed: int
    weight_noise: float = DEFAULT_NOISE
    left_out_per_draw: int = 0
    decimals: int = 4
    pairs: NDArray[np.intp] | None = None
    block_bytes: int = DEFAULT_BLOCK_BYTES
    workers: int = DEFAULT_WORKERS

    def __post_init__(self) -> None:
        for name in ("draws", "block_bytes", "workers"):
            if getattr(self, name) < 1:
                msg = f"{name} must be at least 1, not {getattr(self, name)}"
                raise ValueError(msg)


def simulate_ranks(
    points: ScoredPoints,
    settings: DrawSettings,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> RankIntervals:
    """Draw weights and rejections jointly and rank all units in every draw.

    Args:
        points: the assessment.
        settings: what to draw.
        progress: called with draws done and draws in all, after every chunk.

    Returns:
        Rank intervals, shares and groups.

    Raises:
        ValueError: if a setting is out of range, or a draw leaves a unit without any maximum.
        OverflowError: if the index is too large for exact sums.
    """
    nominal = points.values(np.ones((1, len(points.components))), decimals=settings.decimals)
    order = points.pools.in_order(nominal[0])
    pairs = PairCounts(*pairs_to_compare(points.pools, order, settings.pairs), draws=settings.draws)
    tally = rank_tally(points.pools, draws=settings.draws)
    weights = WeightDraws(
        points=points,
        seed=settings.seed,
        noise=settings.weight_noise,
        left_out=settings.left_out_per_draw,
    )
    slices = unit_slices(points, block_bytes=settings.block_bytes)
    rejections = RejectionDraws(points, seed=settings.seed, slices=slices)
    lock = Lock()

    def run(chunk: int) -> int:
        start = chunk * CHUNK
        count = min(CHUNK, settings.draws - start)
        drawn = weights.chunk(chunk)
        rejected = rejections.chunk(chunk, drawn)
        values = np.empty((count, points.n_units), dtype=np.int64)
        for units in slices:
            numerators = points.numerators(drawn[:count], units=units)
            rejected.take_from_next(numerators)
            denominators = points.denominators(drawn[:count], units=units)
            values[:, units] = round_half_up(numerators, denominators, decimals=settings.decimals)
        ranks = _ranks(values, points, block_bytes=settings.block_bytes)
        with lock:
            tally.add(start, ranks)
            pairs.add(ranks)
        return count

    chunks = range(-(-settings.draws // CHUNK))
    done = 0
    workers = settings.workers if points.n_units >= THREADED_UNITS else 1
    with ThreadPoolExecutor(max_workers=workers) as threads:
        for count in threads.map(run, chunks):
            done += count
            if progress is not None:
                progress(done, settings.draws)
    tally.close()
    group, above_next = link_neighbours(points.pools, order, pairs)
    return RankIntervals(
        draws=settings.draws,
        value=nominal[0],
        rank=competition_ranks(nominal, points.pools)[0].astype(np.int64),
        rank_min=tally.nth(1),
        rank_p05=quantile(tally, 5, draws=settings.draws),
        rank_p50=quantile(tally, 50, draws=settings.draws),
        rank_p95=quantile(tally, 95, draws=settings.draws),
        rank_max=tally.nth(settings.draws),
        rank_mean=tally.mean(),
        group=group,
        above_next=above_next,
        distribution=tally,
        pairs=pairs,
    )


def _ranks(values: NDArray[np.int64], points: ScoredPoints, *, block_bytes: int) -> NDArray[Any]:
    """Rank the values (draws × units), a few draws at a time; returns (units × draws)."""
    step = max(1, block_bytes // (16 * points.n_units))
    ranks = [
        competition_ranks(values[first : first + step], points.pools)
        for first in range(0, len(values), step)
    ]
    return np.ascontiguousarray(np.concatenate(ranks).T)
