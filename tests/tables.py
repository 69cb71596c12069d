"""Rows of tables."""

from typing import Any

import polars as pl


def one(table: pl.DataFrame, **where: object) -> dict[str, Any]:
    """Return the only row that fits."""
    rows = table.filter(**where)
    assert rows.height == 1, where
    return rows.row(0, named=True)
