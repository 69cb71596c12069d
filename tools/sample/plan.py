"""Choose what a province reaches in each component so that a main adds up to what was published.

One component per main, a ratio with a large denominator, takes what the others leave; so the
others only have to bring the sum near enough.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from random import Random
from typing import Final

from dti_pipeline.exact import points_of
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.index.rules.rule import ScoredPart

# Where a rule allows a whole range of results, so many of them are tried.
GRID: Final = 24
# The same for parts of a component, whose combinations multiply.
PART_GRID: Final = 6
# How far provinces that are equally good on the whole differ in one component.
SPREAD: Final = 0.24
# The part of its maximum that the calibrating component keeps free on both sides, so that rounding
# in the other components cannot drive it out of its range.
ROOM: Final = Fraction(8, 100)
# Draws before a main is given up, and moves in each.
DRAWS: Final = 4_000
MOVES: Final = 60


@dataclass(frozen=True)
class Level:
    """One result of a component: its points and the share of each part's maximum."""

    points: int
    shares: tuple[Fraction, ...]


@dataclass(frozen=True)
class Candidate:
    """A component to choose a level for; levels rise in points.

    ``plausible`` bounds the share of the maximum, where nothing or everything would be absurd.
    """

    component: ScoredComponent
    plausible: tuple[Fraction, Fraction]

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """Return the results that a province may have, least first, one per number of points."""
        parts = self.component.parts
        grid = GRID if len(parts) == 1 else PART_GRID
        low, high = (points_of(self.component.maximum, bound) for bound in self.plausible)
        levels: dict[int, Level] = {}
        for shares in product(*(_shares(part, grid) for part in parts)):
            points = sum(points_of(p.maximum, s) for p, s in zip(parts, shares, strict=True))
            points = min(points, self.component.cap)
            if low <= points <= high:
                levels.setdefault(points, Level(points, shares))
        return tuple(levels[points] for points in sorted(levels))

    @property
    def zero(self) -> Level | None:
        """Return the level without points, where it is allowed."""
        return self.levels[0] if self.levels[0].points == 0 else None

    @property
    def full(self) -> Level | None:
        """Return the level with all points, where it is allowed."""
        return self.levels[-1] if self.levels[-1].points == self.component.maximum else None

    @cached_property
    def between(self) -> tuple[Level, ...]:
        """Return the levels that are neither."""
        return tuple(level for level in self.levels if level not in (self.zero, self.full))


def _shares(part: ScoredPart, grid: int) -> list[Fraction]:
    """Return shares of a part's maximum that its rule allows, ranges on a grid."""
    allowed = part.rule.steps(part.maximum)
    shares = {Fraction(level, part.maximum) for level in allowed.levels}
    for low, high in allowed.ranges:
        first, last = Fraction(low, part.maximum), Fraction(high, part.maximum)
        shares |= {first + (last - first) * k / grid for k in range(1, grid)}
        shares |= {share for share in (first, last) if share in (0, 1)}
    return sorted(share for share in shares if 0 <= share <= 1)


def plan_main(
    candidates: Sequence[Candidate],
    *,
    target: int,
    free: int,
    counts: tuple[int, int] | None,
    random: Random,
    near: Mapping[str, int] | None = None,
) -> dict[str, Level]:
    """Choose levels so that the calibrating component can take what is left.

    Args:
        candidates: the main's components without the relative and the calibrating ones.
        target: micro-points that candidates and the calibrating component share.
        free: maximum of the calibrating component in micro-points.
        counts: components at zero and at the maximum, or None where both are open.
        random: draws the levels.
        near: component → micro-points that its level lies near; drawn where None.

    Returns:
        Component code → level.

    Raises:
        ValueError: if no draw fits.
    """
    room = points_of(free, ROOM)
    for _ in range(DRAWS):
        allowed = _allowed(candidates, counts, random)
        if allowed is None:
            continue
        top = sum(levels[-1].points for levels in allowed.values())
        chosen = _drawn(candidates, allowed, target, free, random, near)
        left = target - sum(level.points for level in chosen.values())
        if room <= left <= free - room or (target - left == top and 0 <= left <= free):
            return chosen
    names = ", ".join(candidate.component.code for candidate in candidates)
    msg = f"no sample fits {target} micro-points on {names}"
    raise ValueError(msg)


def _allowed(
    candidates: Sequence[Candidate], counts: tuple[int, int] | None, random: Random
) -> Mapping[str, tuple[Level, ...]] | None:
    """Return the levels each component may take; None where a draw misses the counts."""
    if counts is None:
        return {c.component.code: c.levels for c in candidates}
    zeros, fulls = counts
    order = random.sample(candidates, len(candidates))
    # Components without a level in between must end at one of the extremes: they choose first.
    order.sort(key=lambda candidate: bool(candidate.between))
    allowed: dict[str, tuple[Level, ...]] = {}
    for candidate in order:
        can = [
            (state, level)
            for state, level, left in (
                ("zero", candidate.zero, zeros),
                ("full", candidate.full, fulls),
            )
            if level is not None and left > 0
        ]
        if not can:
            allowed[candidate.component.code] = candidate.between
            continue
        state, level = random.choice(can)
        zeros, fulls = zeros - (state == "zero"), fulls - (state == "full")
        assert level is not None
        allowed[candidate.component.code] = (level,)
    fits = zeros == 0 and fulls == 0 and all(allowed.values())
    return allowed if fits else None


def _drawn(
    candidates: Sequence[Candidate],
    allowed: Mapping[str, tuple[Level, ...]],
    target: int,
    free: int,
    random: Random,
    near: Mapping[str, int] | None,
) -> dict[str, Level]:
    """Draw levels around one ability, then move them step by step until their sum is near."""
    ability = target / (free + sum(candidate.component.maximum for candidate in candidates))
    taken = min(max(random.gauss(ability, SPREAD), float(2 * ROOM)), 1 - float(2 * ROOM))
    places = {}
    for candidate in candidates:
        code, maximum = candidate.component.code, candidate.component.maximum
        if near is None:
            places[code] = _place(allowed[code], random.gauss(ability, SPREAD) * maximum, random)
        else:
            places[code] = _nearest(allowed[code], near[code])
    gap = target - round(taken * free)
    gap -= sum(allowed[code][place].points for code, place in places.items())
    codes = list(places)
    for _ in range(MOVES):
        code = random.choice(codes)
        levels, place = allowed[code], places[code]
        moved = place + (1 if gap > 0 else -1)
        if 0 <= moved < len(levels):
            left = gap - (levels[moved].points - levels[place].points)
            if abs(left) < abs(gap):
                places[code], gap = moved, left
    return {code: allowed[code][place] for code, place in places.items()}


def _place(levels: Sequence[Level], wanted: float, random: Random) -> int:
    """Return the place of the level nearest to the wanted points.

    Where a rule gives nothing below a high first step, nearest would heap all units on that step:
    there chance decides between nothing and any of the other levels, so that the mean is right.
    """
    least = next((k for k, level in enumerate(levels) if level.points > 0), 0)
    if wanted < levels[least].points:
        is_zero = least == 1 and random.random() > wanted / levels[least].points
        return 0 if is_zero else random.randrange(least, len(levels))
    return _nearest(levels, wanted)


def _nearest(levels: Sequence[Level], wanted: float) -> int:
    return min(range(len(levels)), key=lambda k: abs(levels[k].points - wanted))
