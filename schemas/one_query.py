"""All checks of a table in one query.

pandera asks each check of each column by itself: 20,000 small queries in a run of three provinces,
a third of its time. A frame in which every condition holds keeps its contract; any other is given
to pandera, which says what is wrong with it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import polars as pl
import polars.selectors as cs
from pandera.polars import DataFrameSchema

CONDITION: Final = "condition"
"""Among the statistics of a check between columns: the function that gives its condition."""

_FINITE: Final = "finite"
_CONDITIONS: Final[Mapping[str, Callable[..., pl.Expr]]] = {
    "greater_than_or_equal_to": lambda column, min_value: column >= min_value,
    "less_than_or_equal_to": lambda column, max_value: column <= max_value,
    "isin": lambda column, allowed_values: column.is_in(list(allowed_values)),
    "str_matches": lambda column, pattern: _changes(column).str.contains(pattern),
    "str_contains": lambda column, pattern: _changes(column).str.contains(pattern),
}
"""pandera's own checks, as far as tables use them."""


def _changes(column: pl.Expr) -> pl.Expr:
    """Keep the texts that differ from the one before: most columns repeat theirs row by row."""
    return column.filter(column.ne_missing(column.shift()))


def conditions(schema: DataFrameSchema, table: type) -> tuple[pl.Expr, ...]:
    """Return whether each condition holds in all rows; where it is null counts as good.

    Each is a column of its own: Polars plans one `all_horizontal` over a hundred of them three
    times as long.

    Returns:
        Nothing for a table without a key, or with a check that is no condition on its rows.
    """
    between = [check for check in schema.checks if check.name != _FINITE]
    if not schema.unique or any(CONDITION not in check.statistics for check in between):
        return ()
    of_rows = [*_of_columns(schema), *(check.statistics[CONDITION](table) for check in between)]
    return (
        cs.float().is_finite().all(),
        *(one.all().alias(f"condition {number}") for number, one in enumerate(of_rows)),
    )


def _of_columns(schema: DataFrameSchema) -> Iterator[pl.Expr]:
    for name, column in schema.columns.items():
        if not column.nullable:
            yield pl.col(name).is_not_null()
        for check in column.checks:
            yield _CONDITIONS[check.name](pl.col(name), **check.statistics)


def all_hold(frame: pl.DataFrame, conditions: tuple[pl.Expr, ...], *, key: Sequence[str]) -> bool:
    """Say whether the conditions hold and no two rows have one key."""
    *each_holds, keys_rise = frame.select(*conditions, rises(key).alias("keys rise")).row(0)
    # Rows in the order of their key need no search, which takes a country's memory.
    return all(each_holds) and (keys_rise or not frame.select(key).is_duplicated().any())


def rises(key: Sequence[str]) -> pl.Expr:
    """Say whether the key of every row is above that of the row before; with nulls it is not."""
    is_above = pl.lit(False)
    for name in reversed(key):
        before = pl.col(name).shift()
        is_above = (pl.col(name) > before) | ((pl.col(name) == before) & is_above)
    return is_above.slice(1).fill_null(False).all()
