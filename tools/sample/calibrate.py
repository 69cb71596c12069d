"""Made-up component figures of DTI 2022 that compute to the published values.

The figures are samples. Only their sums mean something: the overall value and mains 3, 7, 8 and 9
of every province, and all mains of six provinces, come out as published.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Final

import polars as pl

from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.exact import MICRO, as_micro, points_of, round_half_up
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.index.units.registry import UnitRegistry
from dti_pipeline.scoring.components import score_components
from schemas.files.assessment import Assessment
from tools.sample.inverse import figures_for
from tools.sample.known import CALIBRATING, COUNTS, PLAUSIBLE, REAL_COLUMNS
from tools.sample.plan import Candidate, plan_main
from tools.sample.relative import relative_figures
from tools.sample.sizes import unit_sizes
from tools.sample.targets import SEED, Targets, main_targets, populations

# Rounding in figures with small denominators can leave the calibrating ratio too little room; then
# the main is drawn again.
ROUNDS: Final = 30
# Smart city has no published value: its points may lie this far from the province's own level.
UNPUBLISHED_RANGE: Final = Fraction(6, 10)

SCHEMA: Final = {
    "unit_id": pl.String,
    "component_code": pl.String,
    "variable": pl.String,
    "value_micro": pl.Int64,
    "option": pl.String,
}

Scores = Mapping[str, Mapping[str, int | None]]


def sample_figures(
    assessment: Assessment, *, framework: BoundFramework, registry: UnitRegistry
) -> pl.DataFrame:
    """Make up all component figures of DTI 2022.

    Args:
        assessment: ``province-2022``.
        framework: ``province-922``.
        registry: knows the 63 provinces.

    Returns:
        One row per unit and variable, borrowed variables left out, in the framework's order:
        unit_id, component_code, variable, value_micro (Int64; an answer's number for answers),
        option (String, null for figures).

    Raises:
        ValueError: if no figures fit the published values.
    """
    unit_set = assessment.unit_set
    targets = main_targets(framework, registry=registry, unit_set=unit_set)
    real = _real_figures(registry, unit_set=unit_set, year=assessment.year)
    sizes = {
        unit_id: unit_sizes(unit_id, figures["population"]) | figures
        for unit_id, figures in real.items()
    }
    book = _Book(framework, targets, sizes)
    for component in framework.components:
        if component.is_relative:
            by_unit = relative_figures(
                component, targets=targets, sizes=book.sizes, off_ends=list(COUNTS)
            )
            for unit_id, figures in by_unit.items():
                book.enter(unit_id, component, figures)
    relative = book.scores()
    left = [(unit_id, main) for unit_id in targets for main in framework.mains]
    for number in range(ROUNDS):
        for unit_id, main in left:
            book.plan(unit_id, main, relative[unit_id], number=number)
        scores = book.scores()
        left = [(u, main) for u, main in left if not book.calibrate(u, main, scores[u])]
        if not left:
            return book.frame()
    msg = f"no sample figures found for {left}"
    raise ValueError(msg)


def _real_figures(registry: UnitRegistry, *, unit_set: str, year: int) -> dict[str, dict[str, int]]:
    """Return unit_id → variable → the real figure in millionths."""
    table = populations(registry=registry, unit_set=unit_set, year=year)
    return {
        row["unit_id"]: {
            name: as_micro(Fraction(row[header])) for name, header in REAL_COLUMNS.items()
        }
        for row in table.iter_rows(named=True)
    }


@dataclass(frozen=True)
class _Book:
    """The figures entered so far.

    Attributes:
        framework: the rules.
        targets: unit_id → main → micro-points.
        sizes: unit_id → variable name → millionths; a name means the same count everywhere.
        entries: (unit_id, component code, variable) → millionths.
    """

    framework: BoundFramework
    targets: Targets
    sizes: Mapping[str, Mapping[str, int]]
    entries: dict[tuple[str, str, str], int] = field(default_factory=dict)

    @cached_property
    def candidates(self) -> dict[str, Candidate]:
        """Return every component as something to choose a level for."""
        whole = ("0", "1")
        return {
            c.code: Candidate(c, tuple(map(Fraction, PLAUSIBLE.get(c.code, whole))))  # type: ignore[arg-type]
            for c in self.framework.components
        }

    def enter(self, unit_id: str, component: ScoredComponent, figures: Mapping[str, int]) -> None:
        """Note the figures of a component; what is not given is one of the unit's sizes."""
        for name, variable in component.component.variables.items():
            if variable.is_borrowed:
                continue
            figure = figures[name] if name in figures else self.sizes[unit_id][name]
            self.entries[unit_id, component.code, name] = figure

    def scores(self) -> Scores:
        """Score what is entered, by the framework's own rules; null where figures are missing."""
        figures = figures_frame(
            self.frame().with_columns(obs_status=pl.lit("ok")),
            framework=self.framework,
            unit_ids=list(self.targets),
        )
        scores = score_components(figures, framework=self.framework)
        return {row["unit_id"]: row for row in scores.iter_rows(named=True)}

    def plan(
        self, unit_id: str, main: str, relative: Mapping[str, int | None], *, number: int
    ) -> None:
        """Choose levels for a main and enter figures that reach them."""
        random = Random(f"{SEED}:{unit_id}:{main}:{number}")
        in_main = self.framework.of_main(main)
        chosen = [c for c in in_main if not c.is_relative and c.code != CALIBRATING.get(main)]
        target, free = self._aim(unit_id, main)
        levels = plan_main(
            [self.candidates[c.code] for c in chosen],
            target=target - sum(relative[c.code] or 0 for c in in_main if c.is_relative),
            free=free,
            counts=COUNTS.get(unit_id, {}).get(main),
            random=random,
        )
        shared: dict[str, int] = {}
        for component in chosen:
            variables = component.component.variables
            figures = dict(self.sizes[unit_id])
            figures |= {n: shared[v.source] for n, v in variables.items() if v.source in shared}
            more: dict[str, int] = {}
            parts = zip(component.parts, levels[component.code].shares, strict=True)
            for part, share in parts:
                more |= figures_for(part, share, figures=figures, random=random)
            self.enter(
                unit_id, component, {n: f for n, f in figures.items() if n in variables} | more
            )
            shared |= {variables[n].source: f for n, f in more.items() if variables[n].is_central}

    def _aim(self, unit_id: str, main: str) -> tuple[int, int]:
        """Return a main's points and what its calibrating component may take of them."""
        if main in self.targets[unit_id]:
            return self.targets[unit_id][main], self.framework.by_code[CALIBRATING[main]].maximum
        maximum = as_micro(self.framework.mains[main].points)
        ability = Fraction(sum(self.targets[unit_id].values()), self.framework.maximum)
        free = points_of(maximum, UNPUBLISHED_RANGE)
        return points_of(maximum, ability) + free // 2, free

    def calibrate(self, unit_id: str, main: str, scores: Mapping[str, int | None]) -> bool:
        """Let the calibrating ratio take what is left; return whether it could."""
        if main not in CALIBRATING:
            return True
        component = self.framework.by_code[CALIBRATING[main]]
        others = [c for c in self.framework.of_main(main) if c.code != component.code]
        rest = self.targets[unit_id][main] - sum(scores[c.code] or 0 for c in others)
        (part,) = component.parts
        names = part.rule.names()
        *numerators, denominator = names
        whole = self.sizes[unit_id][denominator] // MICRO
        top = round_half_up(Fraction(rest * whole, component.maximum))
        least = 1 if unit_id in COUNTS else 0
        if not least <= top <= whole - least:
            return False
        random = Random(f"{SEED}:{unit_id}:{main}:parts")
        figures = dict(zip(numerators, _parts(top, len(numerators), random), strict=True))
        self.enter(unit_id, component, {name: f * MICRO for name, f in figures.items()})
        return True

    def frame(self) -> pl.DataFrame:
        """Return the entries as ``sample_figures`` does."""
        return pl.DataFrame(list(self._rows()), schema=SCHEMA, orient="row")

    def _rows(self) -> Iterator[tuple[str, str, str, int, str | None]]:
        for unit_id in self.targets:
            for component in self.framework.components:
                for name, variable in component.component.variables.items():
                    figure = self.entries.get((unit_id, component.code, name))
                    if figure is None:
                        continue
                    options = list(variable.answers)
                    option = options[figure // MICRO] if options else None
                    yield unit_id, component.code, name, figure, option


def _parts(top: int, count: int, random: Random) -> list[int]:
    """Split a whole number into ``count`` parts at random; the last one is the largest."""
    first = [int(top * random.uniform(0.2, 0.5) / (count - 1)) for _ in range(count - 1)]
    return [*first, top - sum(first)]
