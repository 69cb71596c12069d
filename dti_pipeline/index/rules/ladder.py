"""The rule of steps over a count or a ratio."""

import re
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Annotated, Final, Literal

import polars as pl
from pydantic import Field, WithJsonSchema, field_validator

from dti_pipeline.exact import MICRO, figure_text, points_of, show
from dti_pipeline.index.rules import formulas
from dti_pipeline.index.rules.formulas import Cells
from dti_pipeline.index.rules.measure import LARGEST_SHARE, MeasureRule, times
from dti_pipeline.index.rules.rule import (
    Attainable,
    Changes,
    Present,
    ScoredPart,
    number_text,
    percent,
    worth_text,
)
from schemas.files.errors import SettingError
from schemas.files.model import parse_fraction
from schemas.messages import message
from schemas.text import Text, joined

SIGNS: Final = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}
# Which side of a threshold is left when the other one has been dealt with.
OPPOSITE: Final = {">=": "<", ">": "<=", "<=": ">", "<": ">="}

_STEP = re.compile(r"^\s*(>=|>|<=|<)\s*([^:\s]+)\s*:\s*(\S+)\s*$")


class Ladder(MeasureRule):
    """Steps over a count or a ratio; each step names its closed side.

    A step is written ``">= 52: 1"``: operator, threshold, fraction of the maximum. The first step
    that holds wins; where none holds the result is 0. ``>=`` and ``<=`` include the threshold.
    ``gate`` names a yes/no variable: without a yes the result is 0 and the measure is not needed.
    """

    kind: Literal["ladder"] = "ladder"
    rungs: Annotated[
        tuple[tuple[str, Fraction, Fraction], ...],
        WithJsonSchema(
            {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "pattern": _STEP.pattern},
                "description": 'the first step that holds counts: [">= 52: 1", ">= 20: 1/2"]',
            }
        ),
    ] = Field(alias="steps")
    gate: str | None = None

    @field_validator("rungs", mode="before")
    @classmethod
    def _read_steps(cls, raw: object) -> object:
        if not isinstance(raw, list | tuple) or not raw:
            raise SettingError("rule_settings.steps")
        rungs = []
        for step in raw:
            match = _STEP.match(str(step))
            if match is None:
                raise SettingError("rule_settings.step", step=step)
            rungs.append((match[1], parse_fraction(match[2]), parse_fraction(match[3])))
        return tuple(rungs)

    @property
    def less_is_better(self) -> bool:
        return "<" in self.rungs[0][0]

    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*((self.gate,) if self.gate else ()), *super().names())))

    def score(self, part: ScoredPart) -> pl.Expr:
        num, den = self.pair(part)
        # No step holds: nothing, unless there is no figure.
        points: pl.Expr = pl.when(num.is_not_null()).then(pl.lit(0, dtype=pl.Int64))
        for operator, threshold, share in reversed(self.rungs):
            holds = self.holds(num, operator, threshold, part)
            worth = pl.lit(points_of(part.maximum, share), dtype=pl.Int64)
            points = pl.when(holds).then(worth).otherwise(points)
        if self.value is None:
            points = pl.when(den > 0).then(points)
        if self.gate is None:
            return points
        return (
            pl.when(part.is_answer(self.gate, "no"))
            .then(pl.lit(0, dtype=pl.Int64))
            .when(part.is_answer(self.gate, "yes"))
            .then(points)
        )

    def is_measured(self, part: ScoredPart) -> pl.Expr:
        if self.gate is None:
            return super().is_measured(part)
        return part.is_answer(self.gate, "no").ne_missing(other=True)

    def lacks(self, part: ScoredPart) -> pl.Expr:
        return super().lacks(part) & self.is_measured(part)

    def formula(self, part: ScoredPart, cells: Cells) -> str:
        points = super().formula(part, cells)
        if self.gate is None:
            return points
        opened = f"IF({cells[self.gate]}=0,0,{points})"
        return formulas.where_known(cells, (self.gate,), opened)

    def points_formula(self, num: str, den: str, maximum: int) -> str:
        points = "0"
        for operator, threshold, share in reversed(self.rungs):
            worth = figure_text(points_of(maximum, share))
            points = f"IF({formulas.compares(num, operator, threshold, den)},{worth},{points})"
        return points

    def holds(self, num: pl.Expr, operator: str, threshold: Fraction, part: ScoredPart) -> pl.Expr:
        """Say exactly whether the measure is on this side of a threshold."""
        if self.value is None:
            den = part.total(self.denominator)
            left, right = times(num, threshold.denominator), times(den, threshold.numerator)
        else:
            # Whole numbers: at least 2.5 millionths are at least 3, more than 2.5 are more than 2.
            exact = threshold * self.unit_of(part)
            is_up = operator in (">=", "<")
            left, right = num, pl.lit(ceil(exact) if is_up else floor(exact), dtype=pl.Int128)
        return {
            ">=": left >= right,
            ">": left > right,
            "<=": left <= right,
            "<": left < right,
        }[operator]

    def steps(self, maximum: int) -> Attainable:
        return Attainable.of([0, *(points_of(maximum, share) for _, _, share in self.rungs)])

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        den = self.denominator_now(part, now)
        is_open = self.gate is None or now.get(self.gate) == MICRO
        if points <= 0 and not is_open:
            return {} if self.gate in now else {str(self.gate): 0}
        if points <= 0:
            return self.raised(0, part, now) if den > 0 else None
        good = [rung for rung in self.rungs if points_of(part.maximum, rung[2]) >= points]
        if not good or den <= 0:
            return None
        operator, threshold, _ = min(good, key=lambda rung: rung[2])
        exact = threshold * den
        if self.less_is_better:
            most = floor(exact) if operator == "<=" else ceil(exact) - 1
            changes = self.lowered(most, part, now)
        else:
            least = ceil(exact) if operator == ">=" else floor(exact) + 1
            changes = self.raised(least, part, now)
        if changes is not None and not is_open:
            changes = {str(self.gate): MICRO} | changes
        return changes

    def render(self, part: ScoredPart) -> Text:
        text = super().render(part)
        if self.gate is None:
            return text
        return message("rules.gate", gate=part.label(self.gate), text=text)

    def words(self, part: ScoredPart) -> dict[str, object]:
        write = percent if self.value is None or part.is_percent(self.value) else number_text

        def limit(operator: str, threshold: Fraction) -> Text:
            return Text(*(f"{SIGNS[operator]} {text}" for text in write(threshold)))

        steps, above = [], None
        for operator, threshold, share in self.rungs:
            key = "rules.step" if above is None else "rules.step_between"
            here, worth = limit(operator, threshold), worth_text(points_of(part.maximum, share))
            steps.append(message(key, limit=here, other=above, worth=worth))
            above = limit(OPPOSITE[operator], threshold)
        return {**super().words(part), "steps": joined(steps, "; ")}

    def problems(self, part: ScoredPart) -> list[Text]:
        """Refuse steps out of order: later steps must be easier and give less."""
        problems = super().problems(part)
        if self.gate and part.variables[self.gate].kind != "yes_no":
            problems.append(message("rule_settings.gate", name=self.gate))
        if self.value is None or part.is_percent(self.value):
            for operator, limit, _ in self.rungs:
                if limit >= LARGEST_SHARE:
                    step, text = f"{operator} {show(limit)}", show(limit * 100)
                    problems.append(message("rule_settings.step_percent", step=step, percent=text))
        rising = {operator[0] for operator, _, _ in self.rungs}
        if len(rising) > 1:
            problems.append(message("rule_settings.directions"))
        for first, second in pairwise(self.rungs):
            is_harder = first[1] < second[1] if self.less_is_better else first[1] > second[1]
            if first[1] == second[1]:
                is_harder = (first[0], second[0]) in (("<", "<="), (">", ">="))
            if not is_harder or first[2] <= second[2]:
                step = f"{second[0]} {show(second[1])}"
                problems.append(message("rule_settings.step_order", step=step))
        for operator, limit, share in self.rungs:
            if not 0 <= share <= 1:
                step, text = f"{operator} {show(limit)}", show(share)
                problems.append(message("rule_settings.step_fraction", fraction=text, step=step))
        return problems
