"""The least effort that gains enough points: exact, although components move in steps.

Each component offers results it can reach: single levels and continuous ranges, at an effort that
never gets cheaper per point. One wants the cheapest set whose gains add up to the need. Were every
gap between two results passable, taking the cheapest stretches first would be best; where that
ends inside a gap, the gap is either not taken or taken whole. Branch and bound tries both, cheapest
bound first, and stops when no branch can beat the best set found.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from itertools import count, groupby, pairwise
from math import gcd

Number = int | Fraction

# Branches looked at before the search settles for the best set found; the result then says how far
# it can at most be from the least.
MOST_BRANCHES = 500


@dataclass(frozen=True)
class Stretch:
    """A piece of a component's way up: a range to stop anywhere in, or a gap to jump.

    Attributes:
        gain: points gained along it.
        effort: effort of all of it.
        is_range: whether one may stop inside.
    """

    gain: Number
    effort: Number
    is_range: bool

    @property
    def price(self) -> Fraction:
        """Return the effort per point."""
        return Fraction(self.effort) / Fraction(self.gain)


@dataclass(frozen=True)
class Option:
    """One component's way up from where it stands; prices never fall along it."""

    code: str
    stretches: tuple[Stretch, ...]

    def __post_init__(self) -> None:
        prices = [stretch.price for stretch in self.stretches]
        if any(later < earlier for earlier, later in pairwise(prices)):
            msg = f"component {self.code}: a later point must not be cheaper than an earlier one"
            raise ValueError(msg)


@dataclass(frozen=True)
class Least:
    """The cheapest set found.

    Attributes:
        gains: component → points gained; components left alone are not in it.
        effort: its effort.
        bound: no set can need less effort than this.
    """

    gains: Mapping[str, Number]
    effort: Number
    bound: Number

    @property
    def is_proven(self) -> bool:
        """Say whether no other set needs less."""
        return self.bound >= self.effort


@dataclass(frozen=True)
class _Block:
    """Stretches of one option with one price, next to each other."""

    option: int
    first: int
    end: int


@dataclass
class _Taken:
    """How far each option is followed: whole stretches, and a part of the next range."""

    whole: list[int]
    part: dict[int, Number] = field(default_factory=dict)


def least_effort(
    options: Sequence[Option], need: int, *, most_branches: int = MOST_BRANCHES
) -> Least | None:
    """Find the cheapest set of improvements that gains at least ``need``.

    Args:
        options: the components that may improve.
        need: points to gain, in the unit of the options' gains.
        most_branches: branches to look at.

    Returns:
        The set; None where all options together do not gain enough.
    """
    if need <= 0:
        return Least(gains={}, effort=0, bound=0)
    search = _Search(options, need=_rounded_need(options, need))
    return search.run(most_branches)


def _rounded_need(options: Sequence[Option], need: int) -> int:
    """Raise the need to the grid of gains where everything moves in whole steps of one grid.

    Without ranges a sum of gains is a multiple of their greatest common divisor: no set can hit
    anything between two multiples, and the bound may say so.
    """
    stretches = [stretch for option in options for stretch in option.stretches]
    gains = [s.gain for s in stretches if isinstance(s.gain, int) and not s.is_range]
    if not gains or len(gains) < len(stretches):
        return need
    grid = reduce(gcd, gains)
    return -(-need // grid) * grid


class _Search:
    def __init__(self, options: Sequence[Option], *, need: int) -> None:
        self.options = options
        self.need = need
        self.best: tuple[Number, _Taken] | None = None
        blocks = [entry for place in range(len(options)) for entry in self._blocks(place)]
        blocks.sort(key=lambda entry: entry[0])
        self.groups = [
            (price, [block for _, block in group])
            for price, group in groupby(blocks, key=lambda entry: entry[0])
        ]

    def _blocks(self, place: int) -> Iterator[tuple[Fraction, _Block]]:
        """Yield an option's stretches of one price together, with the price."""
        first = 0
        for price, run in groupby(stretch.price for stretch in self.options[place].stretches):
            end = first + len(list(run))
            yield price, _Block(option=place, first=first, end=end)
            first = end

    def run(self, most_branches: int) -> Least | None:
        """Look at branches, the one with the lowest bound first."""
        n_options = len(self.options)
        order = count()
        ends = tuple(len(option.stretches) for option in self.options)
        waiting: list[tuple[Number, int, tuple[int, ...], tuple[int, ...]]] = []
        bound: Number | None = None
        branches = 0

        def push(forced: tuple[int, ...], ends: tuple[int, ...]) -> None:
            found = self._relax(forced, ends)
            if found is None:
                return
            lowest, gap = found
            if gap is not None and (self.best is None or lowest < self.best[0]):
                heapq.heappush(waiting, (lowest, next(order), forced, ends))
                gaps[forced, ends] = gap

        gaps: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[int, int]] = {}
        push((0,) * n_options, ends)
        while waiting:
            lowest, _, forced, ends = heapq.heappop(waiting)
            if self.best is not None and lowest >= self.best[0]:
                break
            if branches >= most_branches:
                bound = lowest
                break
            branches += 1
            option, stretch = gaps.pop((forced, ends))
            push(forced, _replaced(ends, option, stretch))
            push(_replaced(forced, option, stretch + 1), ends)
        if self.best is None:
            return None
        effort, taken = self.best
        return Least(
            gains=dict(self._gains(taken)),
            effort=effort,
            bound=effort if bound is None else min(bound, effort),
        )

    def _gains(self, taken: _Taken) -> Iterator[tuple[str, Number]]:
        for place, option in enumerate(self.options):
            gain = sum((s.gain for s in option.stretches[: taken.whole[place]]), 0)
            gain += taken.part.get(place, 0)
            if gain > 0:
                yield option.code, gain

    def _relax(
        self, forced: tuple[int, ...], ends: tuple[int, ...]
    ) -> tuple[Number, tuple[int, int] | None] | None:
        """Take the cheapest stretches, as if gaps were passable.

        Args:
            forced: per option, stretches that are taken in any case.
            ends: per option, the stretch before which it must stop.

        Returns:
            A lower bound of the effort, and the gap it would stop inside (option, stretch; None
            where the bound is reached by a real set); None where the branch cannot gain enough.
            Keeps every real set it comes across that beats the best.
        """
        taken = _Taken(whole=list(forced))
        effort: Number = 0
        lacking: Number = self.need
        for place, end in enumerate(forced):
            for stretch in self.options[place].stretches[:end]:
                effort += stretch.effort
                lacking -= stretch.gain
        for price, blocks in self.groups:
            if lacking <= 0:
                break
            open_blocks = [
                _Block(block.option, max(block.first, forced[block.option]), end)
                for block in blocks
                for end in (min(block.end, ends[block.option]),)
                if max(block.first, forced[block.option]) < end
            ]
            total = sum((self._gain_of(block) for block in open_blocks), 0)
            if total <= lacking:
                for block in open_blocks:
                    taken.whole[block.option] = block.end
                lacking -= total
                effort += total * price
                continue
            return self._fill(taken, open_blocks, lacking, effort=effort, price=price)
        if lacking > 0:
            return None
        self._keep(taken, effort, over=-lacking, forced=forced)
        return effort, None

    def _gain_of(self, block: _Block) -> Number:
        stretches = self.options[block.option].stretches[block.first : block.end]
        return sum((stretch.gain for stretch in stretches), 0)

    def _fill(
        self,
        taken: _Taken,
        blocks: Sequence[_Block],
        lacking: Number,
        *,
        effort: Number,
        price: Fraction,
    ) -> tuple[Number, tuple[int, int] | None]:
        """Gain the last points among blocks of one price, which together have more than enough.

        Blocks with gaps come first, the longest before the others, as far as they fit; ranges take
        what is left.
        """
        bound = effort + lacking * price
        forced = tuple(taken.whole)

        def order(block: _Block) -> tuple[bool, Number, int]:
            stretches = self.options[block.option].stretches[block.first : block.end]
            has_gap = any(not stretch.is_range for stretch in stretches)
            return (not has_gap, -self._gain_of(block), block.option)

        stuck: list[tuple[Number, int, int]] = []
        for block in sorted(blocks, key=order):
            for number in range(block.first, block.end):
                stretch = self.options[block.option].stretches[number]
                if stretch.gain <= lacking:
                    taken.whole[block.option] = number + 1
                    lacking -= stretch.gain
                elif stretch.is_range:
                    if lacking > 0:
                        taken.part[block.option] = lacking
                        lacking = 0
                    break
                else:
                    stuck.append((stretch.gain, block.option, number))
                    break
            if lacking == 0:
                break
        if lacking == 0:
            self._keep(taken, bound, over=0, forced=forced)
            return bound, None
        for gain, option, number in stuck:
            whole = [*taken.whole]
            whole[option] = number + 1
            self._keep(
                _Taken(whole=whole, part=dict(taken.part)),
                bound + (gain - lacking) * price,
                over=gain - lacking,
                forced=forced,
            )
        _, option, number = min(stuck)
        return bound, (option, number)

    def _keep(
        self, taken: _Taken, effort: Number, *, over: Number, forced: tuple[int, ...]
    ) -> None:
        """Remember a real set if it is the cheapest so far, after trimming what it gains too much.

        Trimming goes back along ranges and whole gaps at the end of each option's way, the dearest
        first; what the branch forces stays.
        """
        while over > 0:
            cut = self._dearest_cut(taken, over, forced)
            if cut is None:
                break
            place, less, saved = cut
            over -= less
            effort -= saved
            part = taken.part.get(place, 0)
            if part:
                taken.part[place] = part - less
            else:
                last = self.options[place].stretches[taken.whole[place] - 1]
                taken.whole[place] -= 1
                if less < last.gain:
                    taken.part[place] = last.gain - less
        if self.best is None or effort < self.best[0]:
            self.best = (effort, taken)

    def _dearest_cut(
        self, taken: _Taken, over: Number, forced: tuple[int, ...]
    ) -> tuple[int, Number, Number] | None:
        """Return the option to go back on, by how much, and the effort saved."""
        cuts = []
        for place, option in enumerate(self.options):
            part = taken.part.get(place, 0)
            number = taken.whole[place] if part else taken.whole[place] - 1
            if not part and number < forced[place]:
                continue
            stretch = option.stretches[number]
            here = part or stretch.gain
            if stretch.is_range:
                less = min(here, over)
            elif here <= over:
                less = here
            else:
                continue
            if stretch.price > 0:
                cuts.append((stretch.price, less, -place))
        if not cuts:
            return None
        price, less, place = max(cuts)
        return -place, less, less * price


def _replaced(numbers: tuple[int, ...], place: int, value: int) -> tuple[int, ...]:
    return (*numbers[:place], value, *numbers[place + 1 :])
