"""Rules on answers: yes/no, choice, one answer per period."""

from collections.abc import Mapping
from typing import Literal

import polars as pl

from dti_pipeline.exact import MICRO, as_micro, points_of, show
from dti_pipeline.index.rules.rule import (
    Attainable,
    Figures,
    Language,
    Rule,
    points_text,
    worth_text,
)
from schemas.files.model import Number


def _looked_up(name: str, points: Mapping[str, int], figures: Figures) -> pl.Expr:
    """Look an answer's micro-points up by its place in the list; no answer gives null."""
    in_order = [points[option] for option in figures.options(name)]
    place = figures.number(name) // MICRO
    return pl.lit(pl.Series(in_order, dtype=pl.Int64)).gather(place)


class Choice(Rule):
    """Each answer has its fraction of the maximum."""

    kind: Literal["choice"] = "choice"
    value: str
    fractions: dict[str, Number]

    def names(self) -> tuple[str, ...]:
        """Return the answered variable."""
        return (self.value,)

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Score the answer's fraction; no answer gives null."""
        return _looked_up(self.value, self.points(maximum), figures)

    def points(self, maximum: int) -> dict[str, int]:
        """Return the micro-points of every answer."""
        return {option: points_of(maximum, share) for option, share in self.fractions.items()}

    def steps(self, *, maximum: int) -> Attainable:
        """Allow one level per answer."""
        return Attainable(levels=tuple(sorted(set(self.points(maximum).values()))))

    def reach(
        self,
        points: int,
        *,
        maximum: int,
        figures: Figures,
        now: Mapping[str, int],
    ) -> dict[str, int] | None:
        """Give the least answer that is good enough."""
        good = [
            (worth, option) for option, worth in self.points(maximum).items() if worth >= points
        ]
        if not good:
            return None
        return {self.value: figures.options(self.value).index(min(good)[1]) * MICRO}

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """List the answers with their points."""
        texts = [
            f"“{figures.option_label(self.value, option, language)}” → "
            f"{worth_text(worth, language)}"
            for option, worth in self.points(maximum).items()
        ]
        return f"{figures.label(self.value, language)}: {'; '.join(texts)}."

    def problems(self, *, maximum: int, figures: Figures) -> list[str]:
        """Refuse answers without a fraction, unknown answers and fractions outside 0 to 1."""
        known = set(figures.options(self.value))
        found = [f"option '{o}' has no fraction" for o in sorted(known - set(self.fractions))]
        found += [
            f"fraction for '{o}', which is not an option of variable '{self.value}'"
            for o in sorted(set(self.fractions) - known)
        ]
        found += [
            f"fraction {show(f)} of option '{o}' is outside 0 to 1"
            for o, f in self.fractions.items()
            if not 0 <= f <= 1
        ]
        return found


class YesNo(Rule):
    """Yes gives the maximum, no gives nothing."""

    kind: Literal["yes_no"] = "yes_no"
    value: str

    def names(self) -> tuple[str, ...]:
        """Return the answered variable."""
        return (self.value,)

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Score yes or no; no answer gives null."""
        return _looked_up(self.value, {"no": 0, "yes": maximum}, figures)

    def steps(self, *, maximum: int) -> Attainable:
        """Allow zero and the maximum."""
        return Attainable(levels=(0, maximum))

    def reach(
        self,
        points: int,
        *,
        maximum: int,
        figures: Figures,
        now: Mapping[str, int],
    ) -> dict[str, int] | None:
        """Answer yes where points are wanted."""
        if points > maximum:
            return None
        is_enough = points <= 0 or now.get(self.value) == MICRO
        return {} if is_enough else {self.value: MICRO}

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """Say what yes and no give."""
        text, top = figures.label(self.value, language), worth_text(maximum, language)
        return {
            "vi": f"{text}: “Có” → {top}; “Không” → 0 điểm.",
            "en": f"{text}: “Yes” → {top}; “No” → 0 points.",
        }[language]

    def problems(self, *, maximum: int, figures: Figures) -> list[str]:
        """Refuse a variable that is not answered by yes or no."""
        kind = figures.variables[self.value].kind
        return [] if kind == "yes_no" else [f"variable '{self.value}' is {kind}, not yes_no"]


class PerPeriod(Rule):
    """One answer per period, each worth its own points (quarterly reports on time or late)."""

    kind: Literal["per_period"] = "per_period"
    values: tuple[str, ...]
    points: dict[str, Number]

    def names(self) -> tuple[str, ...]:
        """Return the answers, one per period."""
        return self.values

    def score(self, *, maximum: int, figures: Figures) -> pl.Expr:
        """Add up the periods; a period without an answer gives nothing if another has one."""
        worth = self.worth()
        answers = [figures.columns[name] for name in self.values]
        total = pl.sum_horizontal([_looked_up(name, worth, figures) for name in self.values])
        return pl.when(pl.coalesce(answers).is_not_null()).then(total.clip(0, maximum))

    def worth(self) -> dict[str, int]:
        """Return the micro-points of every answer."""
        return {option: as_micro(points) for option, points in self.points.items()}

    def steps(self, *, maximum: int) -> Attainable:
        """Allow every sum of answers."""
        one = Attainable(levels=tuple(sorted(set(self.worth().values()))))
        total = Attainable(levels=(0,))
        for _ in self.values:
            total = total.plus(one)
        return total.capped(maximum)

    def reach(
        self,
        points: int,
        *,
        maximum: int,
        figures: Figures,
        now: Mapping[str, int],
    ) -> dict[str, int] | None:
        """Improve as few periods as possible; none gets worse than it is."""
        worth = self.worth()
        # Sum of the periods so far → the fewest changes that give it.
        sums: dict[int, dict[str, int]] = {0: {}}
        for name in self.values:
            options, present = figures.options(name), now.get(name)
            least = 0 if present is None else worth[options[present // MICRO]]
            longer: dict[int, dict[str, int]] = {}
            for total, changes in sums.items():
                for place, option in enumerate(options):
                    if worth[option] < least:
                        continue
                    is_new = present is None or worth[option] > least
                    found = changes | ({name: place * MICRO} if is_new else {})
                    known = longer.get(total + worth[option])
                    if known is None or len(found) < len(known):
                        longer[total + worth[option]] = found
            sums = longer
        enough = [total for total in sums if min(total, maximum) >= points]
        return sums[min(enough)] if enough else None

    def render(self, *, maximum: int, figures: Figures, language: Language) -> str:
        """List the points of each answer."""
        name, periods = self.values[0], len(self.values)
        texts = [
            f"“{figures.option_label(name, option, language)}” → {worth_text(worth, language)}"
            for option, worth in self.worth().items()
        ]
        top = points_text(maximum, language)
        return {
            "vi": f"Cộng điểm {periods} kỳ, mỗi kỳ: {'; '.join(texts)}; tối đa {top} điểm.",
            "en": f"Sum of {periods} periods, each: {'; '.join(texts)}; at most {top} points.",
        }[language]

    def problems(self, *, maximum: int, figures: Figures) -> list[str]:
        """Refuse periods with other answers, negative points and a maximum out of reach."""
        found = []
        for name in self.values:
            if set(figures.options(name)) != set(self.points):
                found.append(f"options of variable '{name}' differ from the rule's points")
        found += [
            f"points {show(points)} of answer '{option}' are negative"
            for option, points in self.points.items()
            if points < 0
        ]
        best = max(self.worth().values(), default=0) * len(self.values)
        if best < maximum:
            found.append(
                f"{len(self.values)} periods give {points_text(best, 'en')} points at most, "
                f"not {points_text(maximum, 'en')}"
            )
        return found
