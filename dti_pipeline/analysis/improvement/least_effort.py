"""The least effort that gains enough points, although components move in steps.

Each component offers results it can reach: single levels and continuous ranges, at an effort that
never gets cheaper per point. One wants the cheapest set whose gains add up to the need: a linear
programme in which a gap between two results is jumped whole or not at all. The solver works in
floats, so only its jumps are taken over; how far ranges are followed, and the effort, are then
computed exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, takewhile
from math import ceil
from typing import Final

import numpy as np

from dti_pipeline.exact import MICRO

Number = int | Fraction

# Branches the solver looks at before it settles for the best set found; the result then says how
# far it can at most be from the least.
MOST_BRANCHES: Final = 500
# Effort that nobody minds, in points' worth: what floats and preferences may add to a set's effort.
NEGLIGIBLE: Final = Fraction(1, 100_000)


@dataclass(frozen=True)
class Stretch:
    """A piece of a component's way up: a range to stop anywhere in, or a gap to jump."""

    gain: Number
    effort: Number
    is_range: bool

    @property
    def price(self) -> Fraction:
        """Effort per point."""
        return Fraction(self.effort) / Fraction(self.gain)


@dataclass(frozen=True)
class Option:
    """One component's way up from where it stands; prices never fall along it."""

    code: str
    stretches: tuple[Stretch, ...]

    def ranges_after(self, jump: int) -> list[Stretch]:
        return list(takewhile(lambda stretch: stretch.is_range, self.stretches[jump:]))

    def __post_init__(self) -> None:
        prices = [stretch.price for stretch in self.stretches]
        if any(later < earlier for earlier, later in pairwise(prices)):
            msg = f"component {self.code}: a later point must not be cheaper than an earlier one"
            raise ValueError(msg)


@dataclass(frozen=True)
class LeastEffort:
    """The cheapest set of improvements.

    Attributes:
        gains: component → points gained; components left alone are not in it.
        bound: no set needs less effort than this, to `NEGLIGIBLE`.
    """

    gains: Mapping[str, Number]
    effort: Number
    bound: Number


def least_effort(options: Sequence[Option], need: int) -> LeastEffort | None:
    """Find the cheapest set of improvements that gains at least ``need``, in the unit of gains.

    None where all options together do not gain enough.
    """
    if need <= 0:
        return LeastEffort(gains={}, effort=0, bound=0)
    if sum(stretch.gain for option in options for stretch in option.stretches) < need:
        return None
    jumps, bound = _solve(options, need)
    first_need = need
    while (lacking := need - _most_gain(options, jumps)) > 0:
        # To the solver it was enough: less than its tolerance was lacking.
        first_need += ceil(lacking)
        jumps, _ = _solve(options, first_need)
    gains, effort = _follow_ranges(options, jumps, need)
    return LeastEffort(gains, effort, effort if effort - bound < NEGLIGIBLE else bound)


def _solve(options: Sequence[Option], need: int) -> tuple[list[int], Fraction]:
    """Choose which gaps to jump.

    Returns:
        Per option, how many stretches are taken whole at least: those up to its last jump; and a
        lower bound of the effort.
    """
    # Heavy, and only plans need it.
    from scipy.optimize import Bounds, LinearConstraint, milp

    stretches = [stretch for option in options for stretch in option.stretches]
    sizes = [len(option.stretches) for option in options]
    option_of = np.repeat(np.arange(len(options)), sizes)
    # How much of each stretch is taken: never more than of the one before it.
    order = np.eye(len(stretches))[:-1] - np.eye(len(stretches), k=1)[:-1]
    order = order[option_of[1:] == option_of[:-1]]
    gains = [float(stretch.gain) for stretch in stretches]
    # In millionths, because the solver takes a difference below 1e-6 for none. Equally cheap sets
    # are told apart by the number of stretches, then by levels: figures give a level exactly, a
    # point inside a range only nearly.
    costs = [
        float(stretch.effort * MICRO) * (1 + 1e-8 * stretch.is_range) + 0.01
        for stretch in stretches
    ]
    result = milp(
        costs,
        integrality=[not stretch.is_range for stretch in stretches],
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(np.vstack((gains, order)), lb=[need] + [0] * len(order)),
        options={"mip_rel_gap": 0, "node_limit": MOST_BRANCHES},
    )
    if result.x is None:
        return sizes, Fraction(0)
    amounts = np.split(result.x, np.cumsum(sizes)[:-1])
    jumps = [
        max(
            number if share > 0.5 and not stretch.is_range else 0
            for number, (stretch, share) in enumerate(zip(option.stretches, own, strict=True), 1)
        )
        for option, own in zip(options, amounts, strict=True)
    ]
    bound = result.fun if result.success else max(result.mip_dual_bound, 0.0)
    return jumps, Fraction(bound) / MICRO


def _most_gain(options: Sequence[Option], jumps: Sequence[int]) -> Number:
    return sum(
        stretch.gain
        for option, jump in zip(options, jumps, strict=True)
        for stretch in (*option.stretches[:jump], *option.ranges_after(jump))
    )


def _follow_ranges(
    options: Sequence[Option], jumps: Sequence[int], need: int
) -> tuple[dict[str, Number], Number]:
    """Take the stretches up to the jumps, then the cheapest ranges as far as the need goes.

    Returns:
        The gain of each option that is taken, and the effort of all.
    """
    gains: dict[str, Number] = {}
    effort: Number = 0
    ranges = []
    for option, jump in zip(options, jumps, strict=True):
        gains[option.code] = sum(stretch.gain for stretch in option.stretches[:jump])
        effort += sum(stretch.effort for stretch in option.stretches[:jump])
        ranges += [(stretch.price, option.code, stretch) for stretch in option.ranges_after(jump)]
    lacking = need - sum(gains.values())
    # The sort is stable: an option's own ranges stay in their order.
    for price, code, stretch in sorted(ranges, key=lambda entry: entry[:2]):
        followed = min(stretch.gain, max(lacking, 0))
        gains[code] += followed
        effort += followed * price
        lacking -= followed
    return {code: gain for code, gain in gains.items() if gain > 0}, effort
