"""Rules on answers: yes/no, choice, one answer per period."""

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import Literal

import polars as pl

from dti_pipeline.exact import MICRO, as_micro, figure_text, half_up, points_of, quotient, wide
from dti_pipeline.index.rules import formulas
from dti_pipeline.index.rules.formulas import Cells
from dti_pipeline.index.rules.rule import (
    Attainable,
    Changes,
    FigureRule,
    Present,
    Rule,
    ScoredPart,
    worth_text,
)
from schemas.files.model import Points, Share
from schemas.messages import message
from schemas.text import Text, joined


def _looked_up(name: str, points: Mapping[str, int], part: ScoredPart) -> pl.Expr:
    """Look an answer's micro-points up by its place in the list; no answer gives null."""
    in_order = [points[option] for option in part.options(name)]
    place = part.number(name) // MICRO
    return pl.lit(pl.Series(in_order, dtype=pl.Int64)).gather(place)


def _answers_text(name: str, points: Mapping[str, int], part: ScoredPart) -> Text:
    labels = part.variables[name].answers
    texts = (
        message("rules.answer", label=labels[option], worth=worth_text(worth))
        for option, worth in points.items()
    )
    return joined(texts, "; ")


class Choice(FigureRule):
    """Each answer has its fraction of the maximum."""

    kind: Literal["choice"] = "choice"
    fractions: dict[str, Share]

    def score(self, part: ScoredPart) -> pl.Expr:
        return _looked_up(self.value, self.points(part.maximum), part)

    def formula(self, part: ScoredPart, cells: Cells) -> str:
        worth = self.points(part.maximum)
        in_order = [Fraction(worth[option], MICRO) for option in part.options(self.value)]
        chosen = formulas.chosen(cells[self.value], in_order)
        return formulas.where_known(cells, self.names(), chosen)

    def points(self, maximum: int) -> dict[str, int]:
        """Return the micro-points of every answer."""
        return {option: points_of(maximum, share) for option, share in self.fractions.items()}

    def steps(self, maximum: int) -> Attainable:
        return Attainable.of(self.points(maximum).values())

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        good = [(w, option) for option, w in self.points(part.maximum).items() if w >= points]
        if not good:
            return None
        return {self.value: part.options(self.value).index(min(good)[1]) * MICRO}

    def words(self, part: ScoredPart) -> dict[str, object]:
        answers = _answers_text(self.value, self.points(part.maximum), part)
        return {**super().words(part), "answers": answers}

    def problems(self, part: ScoredPart) -> list[Text]:
        options, named = set(part.options(self.value)), set(self.fractions)
        problems = [
            message("rule_settings.no_fraction", option=option)
            for option in sorted(options - named)
        ]
        for option in sorted(named - options):
            problems.append(message("rule_settings.no_option", option=option, name=self.value))
        return problems


class YesNo(FigureRule):
    """Yes gives the maximum, no gives nothing."""

    kind: Literal["yes_no"] = "yes_no"

    def score(self, part: ScoredPart) -> pl.Expr:
        return _looked_up(self.value, {"no": 0, "yes": part.maximum}, part)

    def formula(self, part: ScoredPart, cells: Cells) -> str:
        points = f"{cells[self.value]}*{figure_text(part.maximum)}"
        return formulas.where_known(cells, self.names(), points)

    def steps(self, maximum: int) -> Attainable:
        return Attainable(levels=(0, maximum))

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        if points > part.maximum:
            return None
        answer = MICRO if points > 0 else 0
        return {} if now.get(self.value, -1) >= answer else {self.value: answer}

    def words(self, part: ScoredPart) -> dict[str, object]:
        return {**super().words(part), "top": worth_text(part.maximum)}

    def problems(self, part: ScoredPart) -> list[Text]:
        kind = part.variables[self.value].kind
        if kind == "yes_no":
            return []
        return [message("rule_settings.no_yes_no", name=self.value, kind=kind)]


class PerPeriod(Rule):
    """One answer per period, each worth its own points (quarterly reports on time or late)."""

    kind: Literal["per_period"] = "per_period"
    values: tuple[str, ...]
    points: dict[str, Points]

    def names(self) -> tuple[str, ...]:
        return self.values

    def score(self, part: ScoredPart) -> pl.Expr:
        """Add up the periods exactly; one without an answer gives nothing if another has one."""
        worth = self.worth()
        answers = [part.number(name) for name in self.values]
        total = pl.sum_horizontal([_looked_up(name, worth, part) for name in self.values])
        points = quotient(wide(total), self.scale).clip(0, part.maximum)
        return pl.when(pl.coalesce(answers).is_not_null()).then(points)

    def formula(self, part: ScoredPart, cells: Cells) -> str:
        answers = [cells[name] for name in self.values]
        each = []
        for name, answer in zip(self.values, answers, strict=True):
            worth = [self.points[option] for option in part.options(name)]
            each.append(f"IF(ISNUMBER({answer}),{formulas.chosen(answer, worth)},0)")
        points = f"MIN({figure_text(part.maximum)},ROUND({'+'.join(each)},6))"
        return f"IF(COUNT({','.join(answers)})=0,{formulas.NOTHING},{points})"

    @property
    def scale(self) -> int:
        """Return how many parts of a micro-point the answers are counted in: sums stay whole."""
        return lcm(*((points * MICRO).denominator for points in self.points.values()))

    def worth(self) -> dict[str, int]:
        """Return the points of every answer in parts of a micro-point (see ``scale``)."""
        return {option: int(points * MICRO * self.scale) for option, points in self.points.items()}

    def steps(self, maximum: int) -> Attainable:
        totals = {0}
        for _ in self.values:
            totals = {total + worth for total in totals for worth in self.worth().values()}
        return Attainable.of(min(half_up(total, self.scale), maximum) for total in totals)

    def reach(self, points: int, part: ScoredPart, now: Present) -> Changes | None:
        """Improve as few periods as possible; none gets worse than it is."""
        worth = self.worth()
        # Sum of the periods so far → the fewest changes that give it.
        sums: dict[int, Changes] = {0: {}}
        for name in self.values:
            options, present = part.options(name), now.get(name)
            least = 0 if present is None else worth[options[present // MICRO]]
            longer: dict[int, Changes] = {}
            for total, changes in sums.items():
                for place, option in enumerate(options):
                    if worth[option] < least:
                        continue
                    is_new = present is None or worth[option] > least
                    candidate = changes | ({name: place * MICRO} if is_new else {})
                    best = longer.get(total + worth[option])
                    if best is None or len(candidate) < len(best):
                        longer[total + worth[option]] = candidate
            sums = longer
        enough = [t for t in sums if min(half_up(t, self.scale), part.maximum) >= points]
        return sums[min(enough)] if enough else None

    def words(self, part: ScoredPart) -> dict[str, object]:
        worth = {option: as_micro(points) for option, points in self.points.items()}
        return {
            "periods": len(self.values),
            "answers": _answers_text(self.values[0], worth, part),
        }

    def problems(self, part: ScoredPart) -> list[Text]:
        problems = [
            message("rule_settings.other_options", name=name)
            for name in self.values
            if set(part.options(name)) != set(self.points)
        ]
        best = half_up(max(self.worth().values(), default=0) * len(self.values), self.scale)
        if best < part.maximum:
            count, text, top = len(self.values), figure_text(best), figure_text(part.maximum)
            problems.append(message("rule_settings.periods", count=count, best=text, top=top))
        return problems
