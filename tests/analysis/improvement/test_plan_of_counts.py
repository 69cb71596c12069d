"""Random small plans against every combination of counts: steps too many to be levels of a rule."""

import itertools
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from dti_pipeline.analysis.improvement.plan import Aim, Planner, plan_for
from dti_pipeline.analysis.improvement.rescoring import Accounts
from dti_pipeline.analysis.settings import load_analysis_settings
from tests.analysis.improvement.world import (
    PAIR,
    RATIO,
    UNIT_IDS,
    accounts_of,
    choice,
    observations,
)
from tests.index.rules.cases import component, count

MICRO = 1_000_000
SHARES = (Fraction(0), Fraction(1, 3), Fraction(1))
# Published places of a value, and what a plan may need above the least: effort has two decimals.
PLACES = 10_000
SHOWN = Fraction(1, 100)
BEST = {"rule": {"kind": "best", "value": "b"}, "variables": {"b": count("b")}}
COMPONENTS: dict[str, dict[str, Any]] = {
    "0101": {"rule": RATIO, "variables": PAIR},
    "0102": BEST,
    "0103": choice("b", {"no": "0", "draft": "1/3", "done": "1"}),
}


def half_up(number: Fraction) -> int:
    return floor(number + Fraction(1, 2))


class Index:
    """Four offices with random counts; the first three have the best counts between them."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.maxima = {code: rng.randint(3, 40) for code in COMPONENTS}
        self.staff, self.best = rng.randint(70, 160), rng.randint(65, 110)
        self.figures = {
            unit: {
                "0101": rng.randint(0, self.staff // (1 if unit != "U-4" else 9)),
                "0102": self.best if unit == "U-1" else rng.randint(0, self.best // 2),
                "0103": rng.randint(0, 2),
            }
            for unit in UNIT_IDS
        }
        self.worst_rank = rng.randint(1, 3)
        self.results = {code: self._results(code) for code in COMPONENTS}

    def _results(self, code: str) -> list[int]:
        """List the micro-points of every figure up to the maximum."""
        shares: Sequence[Fraction] = SHARES
        if code != "0103":
            top = self.staff if code == "0101" else self.best
            shares = [Fraction(count, top) for count in range(top + 1)]
        return [half_up(share * self.maxima[code] * MICRO) for share in shares]

    def accounts(self, folder: Path) -> Accounts:
        components = [
            component(code, self.maxima[code], **more) for code, more in COMPONENTS.items()
        ]
        mains = {"1": sum(self.maxima.values())}
        figures = {
            unit: {(code, "b"): figure for code, figure in own.items()}
            | {("0101", "a"): self.staff}
            for unit, own in self.figures.items()
        }
        return accounts_of(folder, components, mains, observations(figures))

    def medians(self) -> dict[str, int]:
        return {
            code: int(median(results[own[code]] for own in self.figures.values()))
            for code, results in self.results.items()
        }

    def least_by_trying(self, unit: str) -> Fraction | None:
        """Try every combination of figures; nobody's points depend on this unit's."""
        whole = sum(self.maxima.values()) * MICRO
        rivals = sorted(
            self._value(own, whole) for name, own in self.figures.items() if name != unit
        )
        needed = rivals[-self.worst_rank]
        own, medians = self.figures[unit], self.medians()
        ways = [
            [
                (points, self._effort(points - results[own[code]], points - medians[code]))
                for points in results[own[code] :]
            ]
            for code, results in self.results.items()
        ]
        efforts = (
            sum(effort for _, effort in chosen)
            for chosen in itertools.product(*ways)
            if half_up(Fraction(sum(p for p, _ in chosen) * PLACES, whole)) >= needed
        )
        return Fraction(min(efforts), MICRO)

    @staticmethod
    def _effort(gained: int, beyond_median: int) -> int:
        """Price a point 1 up to the median and 3 beyond it."""
        return gained + 2 * min(max(beyond_median, 0), gained)

    def _value(self, own: Mapping[str, int], whole: int) -> int:
        points = sum(self.results[code][figure] for code, figure in own.items())
        return half_up(Fraction(points * PLACES, whole))


@pytest.mark.parametrize(
    "seed",
    [2, 3, 17, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (0, 1, *range(4, 17)))],
)
def test_no_combination_of_counts_needs_less_effort_than_the_plan(
    seed: int, tmp_path: Path
) -> None:
    index = Index(seed)
    planner = Planner(
        accounts=index.accounts(tmp_path),
        unit_id="U-4",
        medians=index.medians(),
        settings=load_analysis_settings().plan,
    )
    plan = plan_for(planner, Aim(scope_code="DTI", rank=index.worst_rank))
    least = index.least_by_trying("U-4")
    assert plan.is_reached
    assert least <= plan.effort < least + SHOWN
    assert plan.bound is not None
    assert plan.bound <= least
