"""The idea of a rule: what turns the figures of a component into micro-points.

A rule knows five things, and every user of rules (scoring, plans, forms, data dictionary) asks
for one of them: ``score`` gives an exact Polars expression, ``formula`` the same for a spreadsheet,
``steps`` says which results are attainable at all, ``reach`` gives figures that reach a result,
``render`` says the rule in words.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import product
from operator import add
from typing import Annotated, Any, ClassVar, Self

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from dti_pipeline.exact import MICRO, figure_text, show
from dti_pipeline.index.rules.formulas import Cells
from schemas.files.framework import Variable
from schemas.messages import message
from schemas.text import Text

Names = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda raw: (raw,) if isinstance(raw, str) else raw),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "description": "a variable, or several that are added up",
        }
    ),
]
# A unit's figures in millionths, by variable, for relative rules with fractions beside them (see
# `Rule.reach`); and those of them to change.
Present = Mapping[str, Any]
Changes = dict[str, int]


@dataclass(frozen=True, eq=False)
class ScoredPart:
    """One rule of a component with its maximum, and where it finds its variables.

    Attributes:
        maximum: the points it can give, in micro-points.
        key: column of its points: the component's code where it has one rule, else with the
            number of the part; helper columns start with it.
        columns: variable → column of the wide frame of figures (Int128, millionths of the unit).
            Answers are numbers too: no is 0 and yes is 1 (in millionths), an option of a choice is
            its place in the list of options, counted from 0 (in millionths).
    """

    rule: "Rule"
    maximum: int
    key: str
    columns: Mapping[str, str]
    variables: Mapping[str, Variable]

    def number(self, name: str) -> pl.Expr:
        return pl.col(self.columns[name])

    def helper(self, name: str) -> str:
        return f"{self.key}~{name}"

    def total(self, names: Iterable[str]) -> pl.Expr:
        """Add up several variables; null where one is missing."""
        return reduce(add, map(self.number, names))

    def options(self, name: str) -> tuple[str, ...]:
        """Return the answers of a variable in the order of their numbers."""
        return tuple(self.variables[name].answers)

    def is_answer(self, name: str, option: str) -> pl.Expr:
        """Say whether the answer is ``option``; null where there is no answer."""
        return self.number(name) == self.options(name).index(option) * MICRO

    def is_percent(self, name: str) -> bool:
        """Say whether the figure counts percent, so that 61.7 stands for 0.617."""
        return self.variables[name].kind == "percent"

    def is_whole(self, name: str) -> bool:
        """Say whether the figure is a count, so that a plan must propose whole numbers."""
        return self.variables[name].kind == "count"

    def label(self, name: str) -> Text:
        return self.variables[name].name


@dataclass(frozen=True)
class Attainable:
    """The results a rule allows, in micro-points: single levels and closed ranges."""

    levels: tuple[int, ...] = ()
    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, levels: Iterable[int], ranges: Iterable[tuple[int, int]] = ()) -> "Attainable":
        """Put results in order, each once."""
        return cls(tuple(sorted(set(levels))), tuple(sorted(set(ranges))))

    @property
    def breaks(self) -> tuple[int, ...]:
        """Return the results where something changes: single levels and starts of ranges."""
        return tuple(sorted({*self.levels, *(low for low, _ in self.ranges)}))

    def top(self) -> int:
        return max((*self.levels, *(high for _, high in self.ranges)), default=0)

    def plus(self, other: Self) -> "Attainable":
        """Return what the sum of two independent parts can reach."""
        spans = [[(x, x) for x in side.levels] + list(side.ranges) for side in (self, other)]
        sums = {(a[0] + b[0], a[1] + b[1]) for a, b in product(*spans)}
        levels = (low for low, high in sums if low == high)
        return Attainable.of(levels, (span for span in sums if span[0] < span[1]))

    def capped(self, cap: int) -> "Attainable":
        levels = {min(level, cap) for level in self.levels}
        levels |= {cap for low, _ in self.ranges if low >= cap}
        ranges = {(low, min(high, cap)) for low, high in self.ranges if low < cap and low < high}
        return Attainable.of(levels, ranges)


class Rule(BaseModel, ABC):
    """Base of all rules. A subclass is one kind, named in its ``kind`` field."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    # True where a unit's points depend on other units' figures as well.
    is_relative: ClassVar[bool] = False
    # True where the points stand outside the maximum (bonus, penalty).
    is_outside: ClassVar[bool] = False

    @classmethod
    def kind_name(cls) -> str:
        return str(cls.model_fields["kind"].default)

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Return the variables the rule uses, without repeats."""

    @property
    def less_is_better(self) -> bool:
        return getattr(self, "reverse", False)

    def helpers(self, part: ScoredPart) -> list[pl.Expr]:
        """Return columns to compute before scoring, named by ``part.helper``.

        A rule that needs a quantity several times asks for it here, so that it is computed once.
        """
        return []

    @abstractmethod
    def score(self, part: ScoredPart) -> pl.Expr:
        """Return the points as an Int64 expression in micro-points.

        Null means: no score could be computed, because a figure is missing or a denominator is
        zero. The caller decides what that costs and names the reason.
        """

    def lacks(self, part: ScoredPart) -> pl.Expr:
        """Say whether a figure is missing that the rule needs."""
        return pl.any_horizontal(part.number(name).is_null() for name in self.names())

    @abstractmethod
    def formula(self, part: ScoredPart, cells: Cells) -> str:
        """Return the points as a spreadsheet formula (see ``formulas``)."""

    def steps(self, maximum: int) -> Attainable:
        """Return the results this rule allows, from zero to ``maximum`` (in micro-points)."""
        return Attainable(ranges=((0, maximum),))

    @abstractmethod
    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        """Return changed figures that reach at least ``points``, denominators left as they are.

        Args:
            points: the result to reach, in micro-points.
            now: present figures in millionths; for relative rules also ``best`` and ``worst``, the
                largest and the smallest measure among the other units.

        Returns:
            The figures to change, in millionths, no further than the result needs; None where no
            figure reaches it.
        """

    def render(self, part: ScoredPart) -> Text:
        """Say the rule in one sentence for people."""
        key = f"{self.kind_name()}_reverse" if getattr(self, "reverse", False) else self.kind_name()
        return message(f"rules.{key}", **{"top": points_text(part.maximum), **self.words(part)})

    @abstractmethod
    def words(self, part: ScoredPart) -> dict[str, object]:
        """Return what its sentence in the catalogue names, beside the maximum as ``top``."""

    def problems(self, part: ScoredPart) -> list[Text]:
        """Return what the rule cannot be used with; unless it says otherwise, answers."""
        return not_figures(self.names(), part)


class FigureRule(Rule):
    """Base of rules on one figure or answer."""

    value: str

    def names(self) -> tuple[str, ...]:
        return (self.value,)

    def words(self, part: ScoredPart) -> dict[str, object]:
        return {"text": part.label(self.value)}


def not_figures(names: Iterable[str], part: ScoredPart) -> list[Text]:
    return [
        message("rule_settings.no_figure", name=name, kind=part.variables[name].kind)
        for name in dict.fromkeys(names)
        if part.variables[name].is_answer
    ]


def number_text(number: Fraction) -> Text:
    """Write an exact number as people read it, with the language's decimal sign."""
    text = show(number)
    return Text(text.replace(".", ","), text)


def percent(share: Fraction) -> Text:
    return Text(*(f"{text}%" for text in number_text(share * 100)))


def worth_text(micro: int) -> Text:
    """Write micro-points with their unit: ``2,5 điểm``, ``1 point``."""
    vi, en = points_text(micro)
    return Text(f"{vi} điểm", f"{en} point" if micro == MICRO else f"{en} points")


def points_text(micro: int) -> Text:
    text = figure_text(micro)
    return Text(text.replace(".", ","), text)
