"""Jumps on the compared assessment, and figures that repeat it. Computed across years, never stored
with one: a revision holds figures of its own year only. ``dti check`` and the assembly of a release
both ask here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from dti_pipeline.acceptance.accept import KEY
from dti_pipeline.acceptance.plausibility.settings import CheckSettings, Jump
from dti_pipeline.exact import (
    MICRO,
    as_micro,
    as_whole,
    decimal_words,
    figure_words,
    rounded_decimal,
)
from dti_pipeline.release.repeats import figure_name, repeated_columns, repeated_reports
from schemas.issues.issue import Issue, make, place_of
from schemas.text import Text


@dataclass(frozen=True, eq=False)
class Year:
    """What the jumps look at of one assessment.

    Attributes:
        units: unit_id, framework_id of the units assessed.
        observations: columns of ``fact_observation``.
        ranking: columns of ``fact_ranking``; of the later year with the change on the earlier.
    """

    units: pl.DataFrame
    observations: pl.DataFrame
    ranking: pl.DataFrame


def jumps(
    now: Year,
    before: Year,
    *,
    names: Mapping[str, Mapping[str, Text]],
    settings: Mapping[str, CheckSettings],
) -> Iterator[Issue]:
    """Yield the jumps of an assessment on the one it is compared with, and what repeats it.

    A code means the same figure only within one framework, so figures are compared of the units
    that the same framework scored in both years; values of main indices of all units. Names of
    components and thresholds are by framework.
    """
    same = now.units.join(
        before.units, on=["unit_id", "framework_id"], how="semi", maintain_order="left"
    )
    for framework_id in now.units["framework_id"].unique(maintain_order=True):
        jump = settings[framework_id].jump
        own = same.filter(framework_id=framework_id)
        figures, earlier = (
            year.observations.join(own, on="unit_id", how="semi", maintain_order="left")
            for year in (now, before)
        )
        labels = names[framework_id]
        yield from figure_jumps(figures, earlier, labels=labels, settings=jump)
        yield from repeated_columns(figures, earlier, labels=labels)
        yield from repeated_reports(figures, earlier, settings=settings[framework_id].identical)
        yield from value_jumps(now.ranking.filter(framework_id=framework_id), settings=jump)


def figure_jumps(
    now: pl.DataFrame, before: pl.DataFrame, *, labels: Mapping[str, Text], settings: Jump
) -> Iterator[Issue]:
    """Yield figures that grew or shrank beyond measure.

    Both are ``fact_observation``, of the assessment and of the compared one, of one framework.
    """
    times = settings.times
    earlier = before.filter("accepted").select(*KEY, before="value_micro")
    new, old = pl.col("value_micro"), pl.col("before")
    jumped = (
        now.filter("accepted")
        .join(earlier, on=KEY, maintain_order="left")
        .filter(
            (old > 0) & (pl.max_horizontal(new, old) >= as_micro(settings.least_figure)),
            (new * times.denominator > old * times.numerator)
            | (new * times.numerator < old * times.denominator),
        )
    )
    for row in jumped.iter_rows(named=True):
        yield make(
            "jump.year_on_year",
            **place_of(row),
            variable=figure_name(row, labels),
            before=figure_words(row["before"]),
            after=figure_words(row["value_micro"]),
            threshold=f"×{settings.times}",
        )


def value_jumps(ranking: pl.DataFrame, *, settings: Jump) -> Iterator[Issue]:
    """Yield main indices whose value moved beyond measure."""
    limit = settings.value
    change = as_whole(pl.col("value_change")).abs()
    moved = ranking.filter(
        pl.col("scope") == "main", change * limit.denominator > limit.numerator * MICRO
    ).sort("unit_id", "scope_code")
    for row in moved.iter_rows(named=True):
        yield make(
            "jump.year_on_year",
            **place_of(row),
            variable=Text(f"Chỉ số chính {row['scope_code']}", f"Main index {row['scope_code']}"),
            before=decimal_words(rounded_decimal(row["value_prev"], 4)),
            after=decimal_words(rounded_decimal(row["value"], 4)),
            threshold=decimal_words(f"±{rounded_decimal(limit, 2)}"),
        )
