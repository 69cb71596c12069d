"""Made-up figures of communes, departments and districts, entered component by component.

The figures are samples. What they must give (a total per unit) is planned first; then figures are
entered that score it, and one ratio with a large denominator takes what rounding leaves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Final

import polars as pl

from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.exact import MICRO, round_half_up
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.scoring.aggregation import OVERALL, add_up, points_column
from dti_pipeline.scoring.components import score_components
from tools.sample.inverse import figures_for
from tools.sample.plan import Candidate, plan_main

SEED: Final = "local"
# Rounding in figures with small denominators can leave the calibrating ratio too little room; then
# the unit is drawn again.
ROUNDS: Final = 200

SCHEMA: Final = {
    "unit_id": pl.String,
    "component_code": pl.String,
    "variable": pl.String,
    "value_micro": pl.Int64,
    "obs_status": pl.String,
}
_WHOLE: Final = (Fraction(0), Fraction(1))

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Remarks:
    """What reports say beside figures.

    Attributes:
        blank: (unit_id, component code, variable) left empty.
        none: (unit_id, component code, variable) answered “không có”.
        without_evidence: (unit_id, component code) without the document it needs.
        differing: (unit_id, component code, variable) → by how much the report exceeds the central
            figure, which counts.
    """

    blank: frozenset[Key] = frozenset()
    none: frozenset[Key] = frozenset()
    without_evidence: frozenset[tuple[str, str]] = frozenset()
    differing: Mapping[Key, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Book:
    """The figures entered so far.

    Attributes:
        framework: the rules.
        sizes: unit_id → place → millionths, for what a share is taken of. A place is a central
            column (``central:TABLE.COLUMN``), ``CODE.VARIABLE``, or a variable's name.
        remarks: what reports leave out; it scores nothing.
        entries: (unit_id, component code, variable) → millionths.
        away: (unit_id, component code) → why the component does not apply to the unit.
        plausible: component → least and largest share of its maximum, where not all will do.
    """

    framework: BoundFramework
    sizes: Mapping[str, Mapping[str, int]]
    remarks: Remarks = field(default_factory=Remarks)
    entries: dict[Key, int] = field(default_factory=dict)
    away: dict[tuple[str, str], str] = field(default_factory=dict)
    plausible: Mapping[str, tuple[Fraction, Fraction]] = field(default_factory=dict)

    @cached_property
    def candidates(self) -> dict[str, Candidate]:
        """Return every component as something to choose a level for."""
        return {
            c.code: Candidate(c, self.plausible.get(c.code, _WHOLE))
            for c in self.framework.components
        }

    def settled_figures(self, unit_id: str, component: ScoredComponent) -> dict[str, int]:
        """Return the component's figures that are settled: entered elsewhere, or a size."""
        figures = {}
        for name, variable in component.component.variables.items():
            places = (variable.source, f"{component.code}.{name}", name)
            origin = tuple(component.columns[name].split("."))
            if variable.is_borrowed:
                figures[name] = self.entries[unit_id, origin[0], origin[1]]
            elif (first := self._first_user(variable.source, component)) and (
                entered := (unit_id, *first)
            ) in self.entries:
                figures[name] = self.entries[entered]
            elif size := next((p for p in places if p in self.sizes[unit_id]), None):
                figures[name] = self.sizes[unit_id][size]
        return figures

    @cached_property
    def _first_users(self) -> dict[str, tuple[str, str]]:
        """Return central column → the component and variable that use it first."""
        users: dict[str, tuple[str, str]] = {}
        for component in self.framework.components:
            for name, variable in component.component.variables.items():
                if variable.is_central:
                    users.setdefault(variable.source, (component.code, name))
        return users

    def _first_user(self, source: str, component: ScoredComponent) -> tuple[str, str] | None:
        """Return the component and variable that a central column was entered for, if another."""
        first = self._first_users.get(source)
        return None if first is None or first[0] == component.code else first

    def enter(
        self, unit_id: str, component: ScoredComponent, shares: Sequence[Fraction], random: Random
    ) -> None:
        """Enter figures that score these shares of the parts' maxima."""
        figures, before = self.settled_figures(unit_id, component), dict[str, int]()
        for number, share in enumerate(_easier_first(component, shares)):
            more = figures_for(component.parts[number], share, figures=figures, random=random)
            # Parts may count the same things (a first one, a further one): the larger count holds.
            for name in more.keys() & before.keys():
                more[name] = max(more[name], before[name]) if share else before[name]
            before |= more
            figures |= more
        self.note(unit_id, component, figures)

    def note(self, unit_id: str, component: ScoredComponent, figures: Mapping[str, int]) -> None:
        """Note figures as they are."""
        for name, variable in component.component.variables.items():
            if not variable.is_borrowed:
                self.entries[unit_id, component.code, name] = figures[name]

    def has(self, unit_id: str, component: ScoredComponent) -> bool:
        """Say whether the component needs no planning for the unit any more."""
        own = [n for n, v in component.component.variables.items() if not v.is_borrowed]
        return all((unit_id, component.code, name) in self.entries for name in own)

    def frame(self, unit_ids: Iterable[str]) -> pl.DataFrame:
        """Return the figures as accepted values (columns of ``SCHEMA``), missing ones left out."""
        wanted = set(unit_ids)
        rows = [
            (unit_id, code, name, figure, "ok")
            for (unit_id, code, name), figure in self.entries.items()
            if unit_id in wanted
            and (unit_id, code, name) not in self.remarks.blank
            and (unit_id, code) not in self.remarks.without_evidence
        ]
        rows += [
            (unit_id, code, "", None, "not_applicable")  # type: ignore[misc]
            for unit_id, code in self.away
            if unit_id in wanted
        ]
        return pl.DataFrame(rows, schema=SCHEMA, orient="row")

    def totals(self, *, without: str | None = None) -> dict[str, int]:
        """Score what is entered for all units, by the framework's own rules, and add it up.

        Args:
            without: a component that is left out.
        """
        unit_ids = list(self.sizes)
        values = self.frame(unit_ids).filter(pl.col("component_code") != (without or ""))
        points = score_components(
            figures_frame(values, framework=self.framework, unit_ids=unit_ids),
            framework=self.framework,
        )
        sums = add_up(points, framework=self.framework)
        return dict(sums.select("unit_id", points_column(OVERALL)).iter_rows())


def _easier_first(component: ScoredComponent, shares: Sequence[Fraction]) -> list[Fraction]:
    """Give parts that count the same things their shares so that the first, easier one has more."""
    ordered = list(shares)
    names = [part.rule.names() for part in component.parts]
    for one in set(names):
        places = [place for place, other in enumerate(names) if other == one]
        for place, share in zip(
            places, sorted((shares[p] for p in places), reverse=True), strict=True
        ):
            ordered[place] = share
    return ordered


def fill(
    book: Book,
    targets: Mapping[str, int],
    *,
    calibrating: str,
    derived: Sequence[str] = (),
    exact: Mapping[str, int] | None = None,
    near: Mapping[str, Mapping[str, int]] | None = None,
    is_steady: bool = False,
) -> dict[str, dict[str, int]]:
    """Enter figures for all components so that every unit gets its total.

    What is entered already stays. The part of a total that the last figure's step cannot give goes
    to the next unit, so that the mean over the units is met.

    Args:
        book: knows the framework and what is entered.
        targets: unit_id → total in micro-points.
        calibrating: a ratio with a large denominator, which takes what the others leave.
        derived: components that use only figures of others; their points follow.
        exact: unit_id → micro-points by which it may miss its total, where that is printed.
        near: unit_id → component → micro-points that its level lies near, as those of another year.
        is_steady: every component has a draw of its own, so that two years look alike.

    Returns:
        unit_id → component → micro-points of its level.

    Raises:
        ValueError: if a unit's total is not met in ``ROUNDS`` draws.
    """
    framework, exact = book.framework, exact or {}
    last = framework.by_code[calibrating]
    open_codes = {
        unit_id: [
            c.code
            for c in framework.components
            if c.code not in (calibrating, *derived) and not book.has(unit_id, c)
        ]
        for unit_id in targets
    }
    fixed = book.totals()
    chosen = {}
    left, carried = list(targets), 0
    for number in range(ROUNDS):
        for unit_id in left:
            random = Random(f"{SEED}:{framework.id}:{unit_id}:{number}")
            levels = plan_main(
                [book.candidates[code] for code in open_codes[unit_id]],
                target=targets[unit_id] - fixed[unit_id],
                free=last.maximum + sum(framework.by_code[code].maximum for code in derived),
                counts=None,
                random=random,
                near=near[unit_id] if near else None,
            )
            chosen[unit_id] = {code: level.points for code, level in levels.items()}
            for component in framework.components:
                if is_steady:
                    random = Random(f"{SEED}:{unit_id}:{component.code}:{number}")
                if component.code in levels:
                    book.enter(unit_id, component, levels[component.code].shares, random)
                elif component.code in derived:
                    book.note(unit_id, component, book.settled_figures(unit_id, component))
        totals = book.totals(without=calibrating)
        missed = []
        for unit_id in left:
            is_exact = unit_id in exact
            rest = targets[unit_id] + (0 if is_exact else carried) - totals[unit_id]
            met = _calibrate(book, unit_id, last, rest)
            if met is None or (is_exact and abs(rest - met) > exact[unit_id]):
                missed.append(unit_id)
            else:
                carried = rest - met + (carried if is_exact else 0)
        left = missed
        if not left:
            return chosen
    msg = f"{framework.id}: no sample figures found for {left}"
    raise ValueError(msg)


def _calibrate(book: Book, unit_id: str, component: ScoredComponent, rest: int) -> int | None:
    """Let the calibrating ratio take the rest; return what it takes, None where it cannot."""
    (part,) = component.parts
    numerator, denominator = part.rule.names()
    whole = book.settled_figures(unit_id, component)[denominator] // MICRO
    top = round_half_up(Fraction(rest * whole, component.maximum))
    if not 0 <= top <= whole:
        return None
    book.note(unit_id, component, {numerator: top * MICRO, denominator: whole * MICRO})
    return round_half_up(Fraction(top * component.maximum, whole))
