"""From a component's description to its score: one rule, or a sum of parts with a cap."""

from dataclasses import dataclass, fields
from functools import cached_property, reduce
from typing import Any, Final

import polars as pl
from pydantic import ValidationError

from dti_pipeline.exact import as_micro, points_of
from dti_pipeline.index.rules.answers import Choice, PerPeriod, YesNo
from dti_pipeline.index.rules.given import Bonus, Given, Penalty, Remainder
from dti_pipeline.index.rules.ladder import Ladder
from dti_pipeline.index.rules.measure import AllOrNothing, Cliff, Coverage, Ratio, Target
from dti_pipeline.index.rules.relative import Best, MinMax
from dti_pipeline.index.rules.rule import Attainable, Rule, ScoredPart, points_text
from schemas.files.errors import SettingError, error_message
from schemas.files.framework import Component
from schemas.messages import message
from schemas.text import Text, joined

# Every kind of rule a framework file may name; docs/recipes.md says what a new one needs.
RULE_KINDS: Final[dict[str, type[Rule]]] = {
    rule.kind_name(): rule
    for rule in (
        AllOrNothing,
        Best,
        Bonus,
        Choice,
        Cliff,
        Coverage,
        Given,
        Ladder,
        MinMax,
        Penalty,
        PerPeriod,
        Ratio,
        Remainder,
        Target,
        YesNo,
    )
}


def build_rule(settings: dict[str, Any]) -> Rule:
    kind = str(settings.get("kind", ""))
    model = RULE_KINDS.get(kind)
    if model is None:
        kinds = sorted(RULE_KINDS)
        raise SettingError("framework_file.unknown_kind", kind=kind, known=kinds)
    try:
        return model.model_validate(settings)
    except ValidationError as error:
        texts = []
        for fault in error.errors():
            place = ".".join(map(str, fault["loc"])) or "rule"
            texts.append(message("file.at", place=place, text=error_message(fault, model)))
        text = joined(texts, "; ")
        raise SettingError("framework_file.in_rule", kind=kind, text=text) from None


@dataclass(frozen=True, eq=False)
class ScoredComponent:
    """A component together with its rules: what scoring, plans, forms and the dictionary ask.

    Attributes:
        parts: its rules; one with the whole maximum, or several that add up.
        columns: variable → column of the wide frame (``code.variable``; a borrowed figure is the
            other component's column).
    """

    component: Component
    parts: tuple[ScoredPart, ...]
    columns: dict[str, str]

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is kept of the rules: a worker cannot be sent their functions."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def code(self) -> str:
        return self.component.code

    @property
    def printed_code(self) -> str:
        """The code that people see: as the decision prints it, where it prints another."""
        return self.component.printed_code or self.code

    @cached_property
    def maximum(self) -> int:
        """Return the component's maximum in micro-points; 0 for bonus and penalty."""
        return as_micro(self.component.points)

    @cached_property
    def cap(self) -> int:
        """Return the most that the parts may add up to, in micro-points."""
        share = self.component.cap
        return self.maximum if share is None else points_of(self.maximum, share)

    @property
    def is_scored(self) -> bool:
        """Say whether it has a rule: general information has none."""
        return bool(self.parts)

    @property
    def is_outside(self) -> bool:
        """Say whether the points stand outside the maximum (bonus, penalty)."""
        return any(part.rule.is_outside for part in self.parts)

    @property
    def is_relative(self) -> bool:
        """Say whether other units' figures move this component's points."""
        return any(part.rule.is_relative for part in self.parts)

    @property
    def kind(self) -> str:
        """Return the rule kind, ``sum_of_parts`` where there are several."""
        return self.parts[0].rule.kind_name() if len(self.parts) == 1 else "sum_of_parts"

    @property
    def denominators(self) -> set[str]:
        rules = [part.rule for part in self.parts]
        return {name for rule in rules for name in getattr(rule, "denominator", ())}

    @cached_property
    def helpers(self) -> tuple[pl.Expr, ...]:
        return tuple(helper for part in self.parts for helper in part.rule.helpers(part))

    @cached_property
    def part_scores(self) -> tuple[pl.Expr, ...]:
        """Int64 columns of micro-points, named by the parts' keys; null where nothing can be
        scored.
        """
        return tuple(part.rule.score(part).alias(part.key) for part in self.parts)

    @cached_property
    def total_of_parts(self) -> pl.Expr | None:
        """Return the component's points from its parts' columns; None where it has one rule.

        The parts add up to at most ``cap``. A part without a score counts zero as long as another
        part has one.
        """
        if len(self.parts) == 1:
            return None
        keys = [part.key for part in self.parts]
        total = pl.sum_horizontal(keys)
        if not self.is_outside and sum(part.maximum for part in self.parts) > self.cap:
            total = total.clip(upper_bound=pl.lit(self.cap, dtype=pl.Int64))
        return pl.when(pl.coalesce(keys).is_not_null()).then(total).alias(self.code)

    @property
    def lacks(self) -> pl.Expr:
        """Say whether a figure is missing that a part needs, whatever the others give."""
        return pl.any_horizontal(part.rule.lacks(part) for part in self.parts)

    def steps(self) -> Attainable:
        total = reduce(Attainable.plus, (part.rule.steps(part.maximum) for part in self.parts))
        return total if self.is_outside else total.capped(self.cap)

    def render(self) -> Text:
        texts = [part.rule.render(part) for part in self.parts]
        if not texts:
            return message("rules.not_scored")
        if len(texts) == 1:
            return texts[0]
        parts = (Text(f"({n}) {text.vi}", f"({n}) {text.en}") for n, text in enumerate(texts, 1))
        cap = points_text(self.cap)
        return message("rules.sum", count=len(texts), cap=cap, parts=joined(parts, " "))
