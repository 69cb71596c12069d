"""Add to rows what another frame knows of their keys."""

from collections.abc import Sequence

import polars as pl


def beside(rows: pl.DataFrame, others: pl.DataFrame, *, on: Sequence[str]) -> pl.DataFrame:
    """Add the columns of others to rows, each of which has one partner at most.

    The key alone is joined: a copy of all columns takes a country's memory.

    Raises:
        polars.exceptions.ShapeError: if a row has several partners.
    """
    partners = rows.select(on).join(others, on=on, how="left", maintain_order="left")
    return rows.hstack(partners.drop(on))
