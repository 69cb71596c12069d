"""How commands print: tables for people, CSV and JSON for programs.

Figures are printed at their published decimals; nothing is cut off when the output is not a
terminal, so that it can be searched and piped.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text


def say(text: str) -> None:
    """Print a line at once, also into a pipe: what comes next may take a while."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def console() -> Console:
    """Return a console that uses the whole width it needs when piped."""
    return Console() if sys.stdout.isatty() else Console(width=400, highlight=False)


def print_table(
    rows: Iterable[Mapping[str, Any]], *, columns: Mapping[str, str], title: str | None = None
) -> None:
    """Print rows as a table.

    Args:
        rows: one mapping per row.
        columns: key → heading, in order; numbers are set to the right.
        title: line above the table.
    """
    listed = list(rows)
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for key, heading in columns.items():
        numeric = any(isinstance(row.get(key), int | float) for row in listed)
        table.add_column(
            heading, justify="right" if numeric else "left", no_wrap=True, overflow="fold"
        )
    for row in listed:
        table.add_row(*(Text(show(row.get(key))) for key in columns))
    console().print(table)


def show(value: object) -> str:
    """Write one figure or text for people."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "có/yes" if value else "không/no"
    if isinstance(value, float):
        return f"{value:.4f}"
    return str(value)


def points(value: float | None) -> str | None:
    """Write points with their two published decimals."""
    return None if value is None else f"{value:.2f}"


def signed(value: float | None, *, decimals: int = 0) -> str | None:
    """Write a change with its sign; zero without one."""
    if value is None:
        return None
    return f"{value:+.{decimals}f}" if value else f"{value:.{decimals}f}"


def print_json(rows: Sequence[Mapping[str, Any]] | pl.DataFrame, **rest: object) -> None:
    """Print one JSON object with the rows under ``rows``."""
    listed = rows.to_dicts() if isinstance(rows, pl.DataFrame) else list(rows)
    sys.stdout.write(
        json.dumps({**rest, "rows": listed}, ensure_ascii=False, default=_plain) + "\n"
    )


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    msg = f"{type(value).__name__} has no place in JSON"
    raise TypeError(msg)
