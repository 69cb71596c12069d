"""From a component's description to its score: one rule, or a sum of parts with a cap."""

from dataclasses import dataclass
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
from dti_pipeline.index.rules.rule import (
    Attainable,
    Figures,
    Language,
    Rule,
    RuleError,
    points_text,
)
from schemas.files.framework import Component
from schemas.files.keys import said_of

# Every kind of rule a framework file may name. A new kind is a class here and nothing else.
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
    """Build a rule from its table in a framework file.

    Raises:
        RuleError: if the kind is unknown or a setting is missing, unknown or malformed.
    """
    kind = settings.get("kind")
    if kind not in RULE_KINDS:
        known = ", ".join(sorted(RULE_KINDS))
        msg = f"rule kind {kind!r} is unknown; known kinds: {known}"
        raise RuleError(msg)
    try:
        return RULE_KINDS[kind].model_validate(settings)
    except ValidationError as error:
        texts = [
            f"{'.'.join(str(place) for place in found['loc']) or 'rule'}: "
            f"{said_of(found, RULE_KINDS[kind])}"
            for found in error.errors()
        ]
        msg = f"rule {kind}: " + "; ".join(texts)
        raise RuleError(msg) from None


@dataclass(frozen=True)
class ScoredPart:
    """One rule with its own maximum in micro-points."""

    rule: Rule
    maximum: int


@dataclass(frozen=True, eq=False)
class ScoredComponent:
    """A component together with its rules: what scoring, plans, forms and the dictionary ask.

    Attributes:
        component: the row of the framework file.
        parts: its rules; one with the whole maximum, or several that add up.
        columns: variable → column of the wide frame (``code.variable``; a borrowed figure is the
            other component's column).
    """

    component: Component
    parts: tuple[ScoredPart, ...]
    columns: dict[str, str]

    @property
    def code(self) -> str:
        """Return the component's code."""
        return self.component.code

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
        """Return the variables that some rule divides by."""
        rules = [part.rule for part in self.parts]
        return {name for rule in rules for name in getattr(rule, "denominator", ())}

    @property
    def figures(self) -> Figures:
        """Return the component's figures, as its only rule asks for them."""
        return self.figures_of(0)

    def figures_of(self, part: int) -> Figures:
        """Return the component's figures, as one of its parts asks for them."""
        return Figures(
            key=f"{self.code}#{part}", columns=self.columns, variables=self.component.variables
        )

    @cached_property
    def helpers(self) -> tuple[pl.Expr, ...]:
        """Return columns to add to the figures before scoring."""
        return tuple(
            helper
            for number, part in enumerate(self.parts)
            for helper in part.rule.helpers(figures=self.figures_of(number))
        )

    @property
    def part_columns(self) -> tuple[str, ...]:
        """Return the columns of the parts' points: the component's own where it has one rule."""
        if len(self.parts) == 1:
            return (self.code,)
        return tuple(self.figures_of(number).key for number in range(len(self.parts)))

    @cached_property
    def part_scores(self) -> tuple[pl.Expr, ...]:
        """Return one Int64 column of micro-points per part: the component's own where it has one.

        Null where nothing can be scored.
        """
        return tuple(
            part.rule.score(maximum=part.maximum, figures=self.figures_of(number)).alias(name)
            for number, (part, name) in enumerate(zip(self.parts, self.part_columns, strict=True))
        )

    @cached_property
    def total_of_parts(self) -> pl.Expr | None:
        """Return the component's points from its parts' columns; None where it has one rule.

        The parts add up to at most ``cap``. A part without a score counts zero as long as another
        part has one.
        """
        if len(self.parts) == 1:
            return None
        keys = self.part_columns
        total = pl.sum_horizontal(keys)
        if not self.is_outside and sum(part.maximum for part in self.parts) > self.cap:
            total = total.clip(upper_bound=pl.lit(self.cap, dtype=pl.Int64))
        return pl.when(pl.coalesce(keys).is_not_null()).then(total).alias(self.code)

    def steps(self) -> Attainable:
        """Return the results the component allows."""
        each = [part.rule.steps(maximum=part.maximum) for part in self.parts]
        total = reduce(Attainable.plus, each)
        return total if self.is_outside else total.capped(self.cap)

    def render(self, language: Language) -> str:
        """Say the whole rule in words."""
        texts = [
            part.rule.render(
                maximum=part.maximum, figures=self.figures_of(number), language=language
            )
            for number, part in enumerate(self.parts)
        ]
        if len(texts) == 1:
            return texts[0]
        cap = points_text(self.cap, language)
        head = {
            "vi": f"Tổng {len(texts)} phần, tối đa {cap} điểm",
            "en": f"Sum of {len(texts)} parts, at most {cap} points",
        }
        return f"{head[language]}: " + " ".join(f"({n}) {t}" for n, t in enumerate(texts, start=1))
