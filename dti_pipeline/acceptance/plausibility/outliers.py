"""Figures that only fit another unit of measure: thousandfold, or percent written as a fraction."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from dti_pipeline.acceptance.plausibility.checked_figures import CheckedFigures
from dti_pipeline.acceptance.plausibility.settings import UnitOfMeasure
from dti_pipeline.exact import figure_text
from schemas.issues.issue import Issue
from schemas.text import Text

_KEY: Final = ("component_code", "variable")
# Shift → what the sender probably did.
_HINTS: Final = {
    "too_large_1000": Text("có thể đã nhập gấp 1000 lần", "it may be a thousand times too large"),
    "too_small_1000": Text("có thể thiếu 1000 lần", "it may be a thousand times too small"),
    "too_small_100": Text(
        "có thể đã ghi phân số thay cho phần trăm",
        "it may be a fraction in place of a percentage",
    ),
}


def other_units(figures: CheckedFigures, settings: UnitOfMeasure) -> Iterator[Issue]:
    """Yield figures far outside those of all others that fit among them after a shift.

    Text must hold, so that a large city among small provinces is not suspected for its size.
    """
    kinds = pl.DataFrame(
        [
            (component.code, name, variable.kind)
            for component in figures.framework.components
            for name, variable in component.component.variables.items()
        ],
        schema={"component_code": pl.String, "variable": pl.String, "kind": pl.String},
        orient="row",
    )
    figure = pl.col("value_micro")
    # The largest and smallest of the others: the second where the figure is the extreme itself.
    top, second = (figure.top_k(2).sort(descending=True).get(n).over(_KEY) for n in (0, 1))
    low, next_low = (figure.bottom_k(2).sort().get(n).over(_KEY) for n in (0, 1))
    ranged = (
        figures.rows.join(kinds, on=list(_KEY), maintain_order="left")
        .filter(pl.col("kind").is_in(["count", "amount", "percent"]), figure > 0)
        .filter(pl.len().over(_KEY) >= int(settings.least_units))
        .with_columns(
            most=pl.when(figure == top).then(second).otherwise(top),
            least=pl.when(figure == low).then(next_low).otherwise(low),
        )
    )
    far = settings.distance
    fits = {
        name: (shifted >= pl.col("least")) & (shifted <= pl.col("most"))
        for name, shifted in (
            ("too_large_1000", figure // 1000),
            ("too_small_1000", figure * 1000),
            ("too_small_100", figure * 100),
        )
    }
    is_percent = pl.col("kind") == "percent"
    is_large = figure * far.denominator > pl.col("most") * far.numerator
    is_small = figure * far.numerator < pl.col("least") * far.denominator
    hint = (
        pl.when(~is_percent & is_large & fits["too_large_1000"])
        .then(pl.lit("too_large_1000"))
        .when(is_percent & is_small & fits["too_small_100"])
        .then(pl.lit("too_small_100"))
        .when(~is_percent & is_small & fits["too_small_1000"])
        .then(pl.lit("too_small_1000"))
    )
    for row in (
        ranged.with_columns(hint=hint).filter(pl.col("hint").is_not_null()).iter_rows(named=True)
    ):
        code, name = row["component_code"], row["variable"]
        yield figures.issue(
            "unit_of_measure.suspect",
            unit_id=row["unit_id"],
            code=code,
            name=name,
            value=figure_text(row["value_micro"]),
            variable=figures.label(code, name),
            hint=_HINTS[row["hint"]],
        )
