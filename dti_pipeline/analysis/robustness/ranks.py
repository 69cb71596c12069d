"""From weighted sums to ranks, without a float ever deciding one.

A value is points / maximum, rounded half up to the published decimals and kept as a whole number
of last places; ranks compare these whole numbers, so equal printed values share a rank.

Why a float matrix product may be used: weights and points are whole numbers, and the caller keeps
every possible sum below 2**53. Each product and partial sum is then itself a whole number that a
double holds exactly, in whatever order it is added; two units with the same points get the same
sum to the last bit. Only the division can round. Its error is bounded, and every value closer to a
rounding boundary than that bound is divided again in whole numbers.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# Doubles hold every whole number up to here.
EXACT_LIMIT: Final = 2**53

# Half-up rounding computes y = fl(fl(n * fl(s / d)) + 1/2): three roundings, each of relative
# size at most 2**-53, so |error| < (|y| + 1) * 2**-51. Twice that is the guard band.
GUARD: Final = 2.0**-50

# Ranks are counted where there are at most this many possible codes per unit, else sorted.
COUNTABLE_CODES_PER_UNIT: Final = 4


@dataclass(frozen=True, eq=False)
class Pools:
    """Who is ranked against whom.

    Attributes:
        code: (units,) number of each unit's pool, from 0.
        size: (pools,) units of each pool.
    """

    code: NDArray[np.int64]
    size: NDArray[np.int64]

    @classmethod
    def of(cls, pool_ids: NDArray[Any] | None, *, n_units: int) -> "Pools":
        """Number the pools; None is one pool of all units."""
        if pool_ids is None:
            return cls(
                code=np.zeros(n_units, dtype=np.int64), size=np.array([n_units], dtype=np.int64)
            )
        _, code, size = np.unique(pool_ids, return_inverse=True, return_counts=True)
        return cls(code=code.astype(np.int64), size=size.astype(np.int64))

    @property
    def units_before(self) -> NDArray[np.int64]:
        """(units,) units of all the pools numbered before the unit's own."""
        before: NDArray[np.int64] = (np.cumsum(self.size) - self.size)[self.code]
        return before

    def in_order(self, values: NDArray[Any]) -> NDArray[np.intp]:
        """Return the units pool by pool, largest value first, equal ones in their own order."""
        order: NDArray[np.intp] = np.lexsort((-values, self.code))
        return order


def round_half_up(
    numerators: NDArray[np.float64], denominators: NDArray[np.float64], *, decimals: int
) -> NDArray[np.int64]:
    """Divide whole numbers and round half up, exactly.

    Args:
        numerators: whole numbers in doubles, of size below 2**53; any sign.
        denominators: the same, positive; shape broadcasts against ``numerators``.
        decimals: published decimals.

    Returns:
        Whole numbers of last places.

    Raises:
        ValueError: if a denominator is not positive: a maximum of zero is never a zero score.
    """
    if denominators.min() <= 0:
        msg = "a unit has nothing left to be scored on (its maximum is zero); take it out first"
        raise ValueError(msg)
    rest = numerators * (10**decimals / denominators)
    rest += 0.5
    whole: NDArray[np.float64] = np.floor(rest)
    rest -= whole
    largest = max(abs(float(whole.min())), abs(float(whole.max())))
    values = whole.astype(np.int64)
    guard = (largest + 1) * GUARD
    if rest.min() < guard or rest.max() > 1 - guard:
        doubtful = np.nonzero((rest < guard) | (rest > 1 - guard))
        values[doubtful] = _long_division(
            numerators[doubtful].astype(np.int64),
            np.broadcast_to(denominators, numerators.shape)[doubtful].astype(np.int64),
            decimals=decimals,
        )
    return values


def _long_division(
    numerators: NDArray[np.int64], denominators: NDArray[np.int64], *, decimals: int
) -> NDArray[np.int64]:
    """Divide digit by digit in whole numbers: remainders stay below 10 * 2**53, far from 2**63."""
    quotient, rest = np.divmod(numerators, denominators)
    for _ in range(decimals):
        digit, rest = np.divmod(rest * 10, denominators)
        quotient = quotient * 10 + digit
    return quotient + (2 * rest >= denominators)


def competition_ranks(values: NDArray[Any], pools: Pools) -> NDArray[Any]:
    """Rank each row within the pools: ties share the better rank and the next is skipped.

    A unit's rank is one more than the number of units of its pool with a larger value. Pool and
    value are packed into one whole number, so nothing but whole numbers is compared.

    Args:
        values: (rows × units) whole numbers, the largest is best.
        pools: who is ranked against whom.

    Returns:
        (rows × units) ranks from 1, uint16 (uint32 from 65,536 units on).

    Raises:
        OverflowError: if pools, values and units do not fit into 63 bits together.
    """
    top, bottom = int(values.max()), int(values.min())
    span = top - bottom + 1
    n_codes = len(pools.size) * span
    code = np.subtract(top, values, dtype=np.int64)
    if len(pools.size) > 1:
        code += pools.code * span
    if n_codes <= COUNTABLE_CODES_PER_UNIT * values.shape[1]:
        before = _smaller_by_counting(code, n_codes=n_codes)
    else:
        before = _smaller_by_sorting(code, n_codes=n_codes)
    before -= (pools.units_before - 1).astype(before.dtype)
    return before


def _rank_type(n_units: int) -> type[np.unsignedinteger[Any]]:
    """Choose the smallest type that holds every rank; wrapping below zero is undone again."""
    return np.uint16 if n_units < 2**16 else np.uint32


def _smaller_by_counting(code: NDArray[np.int64], *, n_codes: int) -> NDArray[Any]:
    """Count, for every cell, the smaller codes of its row: quick where codes are few."""
    smaller = np.empty(code.shape, dtype=_rank_type(code.shape[1]))
    for row, out in zip(code, smaller, strict=True):
        count = np.bincount(row, minlength=n_codes)
        running = np.cumsum(count)
        running -= count
        out[:] = running.take(row)
    return smaller


def _smaller_by_sorting(code: NDArray[np.int64], *, n_codes: int) -> NDArray[Any]:
    """Count, for every cell, the smaller codes of its row, with one sort of (code, unit) keys."""
    rows, n_units = code.shape
    unit_bits = (n_units - 1).bit_length()
    if n_codes << unit_bits >= 2**63:
        msg = f"{n_codes} pools × values and {n_units} units do not fit into a 63-bit key"
        raise OverflowError(msg)
    key: NDArray[Any] = code.astype(np.int32 if n_codes << unit_bits < 2**31 else np.int64)
    key <<= unit_bits
    key |= np.arange(n_units, dtype=key.dtype)
    key.sort(axis=1)
    target = (key & ((1 << unit_bits) - 1)).astype(np.int64)
    target += (np.arange(rows) * n_units)[:, None]
    key >>= unit_bits
    # Equal codes share the place of the first of them.
    place = np.zeros(key.shape, dtype=_rank_type(n_units))
    np.multiply(
        key[:, 1:] != key[:, :-1], np.arange(1, n_units).astype(place.dtype), out=place[:, 1:]
    )
    np.maximum.accumulate(place, axis=1, out=place)
    smaller = np.empty_like(place)
    smaller.reshape(-1)[target.reshape(-1)] = place.reshape(-1)
    return smaller
