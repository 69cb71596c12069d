"""Totals that must equal their parts, as a framework states them."""

from collections.abc import Iterator
from functools import reduce
from operator import add

import polars as pl

from dti_pipeline.plausibility.book import Book
from dti_pipeline.scoring.exact import figure_text
from schemas.issues import Issue


class UnknownSumError(ValueError):
    """A sum among the checks of a framework that names a variable it does not have."""


def broken_sums(book: Book, sums: dict[str, str]) -> Iterator[Issue]:
    """Yield units whose parts do not add up to their total.

    Args:
        book: the figures.
        sums: ``code.variable`` of the total → ``code.variable + code.variable`` of its parts.

    Raises:
        UnknownSumError: if a name is no variable of the framework.
    """
    for total, text in sums.items():
        parts = [part.strip() for part in text.split("+")]
        for name in (total, *parts):
            code, _, variable = name.rpartition(".")
            if (code, variable) not in book.variables:
                msg = (
                    f"{book.framework.id}: [checks.sums] names '{name}', which is no variable; "
                    f"write CODE.VARIABLE, for example {next(iter(book.variables))}"
                )
                raise UnknownSumError(msg)
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


def _split(name: str) -> tuple[str, str]:
    code, _, variable = name.rpartition(".")
    return code, variable
