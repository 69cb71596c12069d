"""Totals that must equal their parts, as a framework states them."""

from collections.abc import Iterator

import polars as pl

from dti_pipeline.acceptance.plausibility.checked_figures import CheckedFigures
from dti_pipeline.acceptance.plausibility.settings import CheckSettingsError
from dti_pipeline.exact import figure_words
from dti_pipeline.index.frameworks.load import BoundFramework
from schemas.issues.issue import Issue


def broken_sums(figures: CheckedFigures, sums: dict[str, str]) -> Iterator[Issue]:
    """Yield units whose parts do not add up to their total.

    ``sums`` are ``code.variable`` of the total → ``code.variable + code.variable`` of its parts.
    """
    columns = known_sums(figures.framework, sums)
    for total, text in sums.items():
        parts = [pl.col(columns[part.strip()]) for part in text.split("+")]
        wrong = figures.wide.select(
            "unit_id", sum=pl.sum_horizontal(parts, ignore_nulls=False), total=columns[total]
        ).filter(pl.col("sum") != pl.col("total"))
        code, _, variable = total.rpartition(".")
        for unit_id, added, total_micro in wrong.iter_rows():
            yield figures.issue(
                "value.parts_do_not_add_up",
                unit_id=unit_id,
                code=code,
                name=variable,
                sum=figure_words(added),
                total=figure_words(total_micro),
            )


def known_sums(framework: BoundFramework, sums: dict[str, str]) -> dict[str, str]:
    """Return ``code.variable`` → column of its figures; refuse sums that name none of these."""
    columns = {
        f"{component.code}.{name}": column
        for component in framework.components
        for name, column in component.columns.items()
    }
    for total, text in sums.items():
        for name in (total, *(part.strip() for part in text.split("+"))):
            if name not in columns:
                of, example = framework.id, next(iter(columns))
                raise CheckSettingsError(
                    "checks_file.no_variable", framework=of, name=name, example=example
                )
    return columns
