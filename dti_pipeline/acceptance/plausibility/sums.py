"""Totals that must equal their parts, as a framework states them."""

from collections.abc import Iterator
from functools import reduce
from operator import add

import polars as pl

from dti_pipeline.acceptance.plausibility.checked_figures import CheckedFigures
from dti_pipeline.acceptance.plausibility.settings import CheckSettingsError
from dti_pipeline.exact import figure_words
from dti_pipeline.index.frameworks.load import BoundFramework
from schemas.issues.issue import Issue
from schemas.messages import message


def broken_sums(figures: CheckedFigures, sums: dict[str, str]) -> Iterator[Issue]:
    """Yield units whose parts do not add up to their total.

    Args:
        figures: accepted figures.
        sums: ``code.variable`` of the total → ``code.variable + code.variable`` of its parts.

    Raises:
        CheckSettingsError: if a name is no variable of the framework.
    """
    framework = figures.framework
    known_sums(framework, sums)
    for total, text in sums.items():
        parts = [part.strip() for part in text.split("+")]
        code, _, variable = total.rpartition(".")
        columns = [pl.col(framework.by_code[c].columns[v]) for c, v in map(_split, parts)]
        whole = pl.col(framework.by_code[code].columns[variable])
        wrong = figures.wide.select("unit_id", sum=reduce(add, columns), total=whole).filter(
            pl.col("sum") != pl.col("total")
        )
        for unit_id, added, total_micro in wrong.iter_rows():
            yield figures.issue(
                "value.parts_do_not_add_up",
                unit_id=unit_id,
                code=code,
                name=variable,
                sum=figure_words(added),
                total=figure_words(total_micro),
            )


def known_sums(framework: BoundFramework, sums: dict[str, str]) -> None:
    """Refuse sums that name a variable the framework does not have.

    Raises:
        CheckSettingsError: naming it, with an example of how to write one.
    """
    figures = [f"{c.code}.{name}" for c in framework.components for name in c.columns]
    for total, text in sums.items():
        for name in (total, *(part.strip() for part in text.split("+"))):
            if name not in figures:
                of = framework.id
                raise CheckSettingsError(
                    message("checks_file.no_variable", framework=of, name=name, example=figures[0])
                )


def _split(name: str) -> tuple[str, str]:
    code, _, variable = name.rpartition(".")
    return code, variable
