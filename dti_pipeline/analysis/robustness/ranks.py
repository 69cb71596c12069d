"""Ranks of whole values in many draws at once.

Values are whole numbers of last published places, so equal printed values share a rank and no float
ever decides one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Pools:
    """Who is ranked against whom.

    ``code`` (units,) is the number of each unit's pool, from 0; ``size`` (pools,) its units.
    """

    code: NDArray[np.int64]
    size: NDArray[np.int64]

    @classmethod
    def of(cls, pool_ids: NDArray[Any]) -> "Pools":
        _, code, size = np.unique(pool_ids, return_inverse=True, return_counts=True)
        return cls(code=code, size=size)

    def in_order(self, values: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the units pool by pool, largest value first, equal ones in their own order."""
        return np.lexsort((-values, self.code))


def competition_ranks(values: NDArray[np.int64], pools: Pools) -> NDArray[np.int64]:
    """Return the ranks from 1 of each row of (rows × units) in its pools, the largest value first.

    Ties share the better rank and the next is skipped.
    """
    top = values.max()
    # One number for pool and value: the smaller, the better.
    code = pools.code * (int(top - values.min()) + 1) + (top - values)
    order = np.argsort(code, axis=1)
    ordered = np.take_along_axis(code, order, axis=1)
    # Equal codes share the place of the first of them.
    place = np.zeros_like(code)
    place[:, 1:] = np.where(ordered[:, 1:] > ordered[:, :-1], np.arange(1, code.shape[1]), 0)
    np.maximum.accumulate(place, axis=1, out=place)
    smaller = np.empty_like(code)
    np.put_along_axis(smaller, order, place, axis=1)
    units_in_pools_before = np.cumsum(pools.size) - pools.size
    ranks: NDArray[np.int64] = smaller - units_in_pools_before[pools.code] + 1
    return ranks
