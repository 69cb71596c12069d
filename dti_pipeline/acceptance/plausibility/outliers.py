"""Figures that only fit another unit of measure: thousandfold, or percent written as a fraction."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from dti_pipeline.acceptance.plausibility.checked_figures import CheckedFigures
from dti_pipeline.acceptance.plausibility.settings import UnitOfMeasure
from dti_pipeline.exact import MICRO, figure_words, wide
from schemas.issues.issue import Issue
from schemas.words import words_of

_KEY: Final = ("component_code", "variable")


def other_units(figures: CheckedFigures, settings: UnitOfMeasure) -> Iterator[Issue]:
    """Yield figures far from the middle half of all, which two or more of them cannot move.

    A large city among small provinces is not suspected for its size: a figure must lie as much
    further away as the middle half is wide, apart from all that do not, and near after the shift.
    """
    kinds = pl.DataFrame(
        [
            (component.code, name, variable.kind)
            for component in figures.framework.components
            for name, variable in component.component.variables.items()
        ],
        schema=dict.fromkeys((*_KEY, "kind"), pl.String),
        orient="row",
    )
    figure = pl.col("value_micro")
    quarter = pl.len() // 4
    near = (
        figures.rows.join(kinds, on=list(_KEY), maintain_order="left")
        .filter(pl.col("kind").is_in(["count", "amount", "percent"]), figure > 0)
        .filter(pl.len().over(_KEY) >= int(settings.least_units))
        .with_columns(
            low=wide(figure.sort().get(quarter).over(_KEY)),
            high=wide(figure.sort().get(pl.len() - 1 - quarter).over(_KEY)),
        )
    )
    far, low, high = settings.distance, pl.col("low"), pl.col("high")
    # Where the middle half itself is wide, a figure must be further away.
    far_above = wide(figure) * low // high * far.denominator > high * far.numerator
    far_below = (figure < low) & (
        wide(figure) * high // low * far.numerator < low * far.denominator
    )
    # A long tail reaches as far; what was slipped stands apart from it.
    gap = settings.apart
    highest = wide(figure.filter(~far_above).max().over(_KEY))
    lowest = wide(figure.filter(~far_below).min().over(_KEY))
    is_percent = pl.col("kind") == "percent"
    shift = pl.when(is_percent).then(100).otherwise(1000)
    is_large = (
        far_above
        & (wide(figure) * gap.denominator > highest * gap.numerator)
        & (wide(figure) // shift * gap.numerator >= low * gap.denominator)
    )
    is_small = (
        far_below
        & (wide(figure) * gap.numerator < lowest * gap.denominator)
        & (wide(figure) * shift * gap.denominator <= high * gap.numerator)
    )
    is_small &= ~is_percent | (figure <= MICRO)
    hint = (
        pl.when(is_large)
        .then(pl.format("too_large_{}", shift))
        .when(is_small)
        .then(pl.format("too_small_{}", shift))
    )
    suspects = near.select("unit_id", *_KEY, figure, hint=hint).drop_nulls("hint")
    for unit_id, code, name, micro, slip in suspects.iter_rows():
        yield figures.issue(
            "unit_of_measure.suspect",
            unit_id=unit_id,
            code=code,
            name=name,
            value=figure_words(micro),
            variable=figures.label(code, name),
            hint=words_of("measure_slips")[slip],
        )
