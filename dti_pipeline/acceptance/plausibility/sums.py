"""Totals that must equal their parts, as a framework states them."""

from collections.abc import Iterator
from functools import reduce
from operator import add

import polars as pl

from dti_pipeline.acceptance.plausibility.book import Book
from dti_pipeline.acceptance.plausibility.settings import CheckSettingsError
from dti_pipeline.exact import figure_text
from dti_pipeline.index.frameworks.load import BoundFramework
from schemas.issues.issue import Issue


def broken_sums(book: Book, sums: dict[str, str]) -> Iterator[Issue]:
    """Yield units whose parts do not add up to their total.

    Args:
        book: the figures.
        sums: ``code.variable`` of the total → ``code.variable + code.variable`` of its parts.

    Raises:
        CheckSettingsError: if a name is no variable of the framework.
    """
    known_sums(book.framework, sums)
    for total, text in sums.items():
        parts = [part.strip() for part in text.split("+")]
        code, _, variable = total.rpartition(".")
        columns = [pl.col(book.framework.by_code[c].columns[v]) for c, v in map(_split, parts)]
        whole = pl.col(book.framework.by_code[code].columns[variable])
        wrong = book.wide.select("unit_id", sum=reduce(add, columns), total=whole).filter(
            pl.col("sum") != pl.col("total")
        )
        for unit_id, added, stated in wrong.iter_rows():
            yield book.issue(
                "value.parts_do_not_add_up",
                unit_id=unit_id,
                code=code,
                name=variable,
                sum=figure_text(added),
                total=figure_text(stated),
            )


def known_sums(framework: BoundFramework, sums: dict[str, str]) -> None:
    """Refuse sums that name a variable the framework does not have.

    Raises:
        CheckSettingsError: naming it, with an example of how to write one.
    """
    known = [f"{one.code}.{name}" for one in framework.components for name in one.columns]
    for total, text in sums.items():
        for name in (total, *(part.strip() for part in text.split("+"))):
            if name not in known:
                msg = (
                    f"{framework.id}: [checks.sums] names '{name}', which is no variable; "
                    f"write CODE.VARIABLE, for example {known[0]}"
                )
                raise CheckSettingsError(msg)


def _split(name: str) -> tuple[str, str]:
    code, _, variable = name.rpartition(".")
    return code, variable
