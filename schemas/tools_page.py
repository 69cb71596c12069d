"""Write what business-intelligence tools need to know of the tables as a page of documentation.

python -m schemas.tools_page > docs/bi-tools.md
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from schemas.catalogue import RELEASE_TABLES, meta_column

TEXT = Path(__file__).with_name("tools_page.md")
FUNCTIONS = {"sum": ("SUM", "SUM"), "mean": ("AVERAGE", "AVG")}


def lines() -> Iterator[str]:
    """Yield the page: what people wrote, with relationships and measures from the models."""
    parts = {"{relationships}": relationships, "{measures}": measures, "{not_added}": not_added}
    for line in TEXT.read_text(encoding="utf-8").splitlines():
        if line in parts:
            yield from parts[line]()
        else:
            yield line


def relationships() -> Iterator[str]:
    """Yield one row per relationship that a model needs, many to one."""
    yield "| from (many) | to (one) |"
    yield "|---|---|"
    columns = meta_column().filter(pl.col("references").is_not_null())
    keys = columns.group_by("column_name", "references", maintain_order=True)
    for (column, target), rows in keys:
        names = rows.filter(~pl.col("table_name").str.starts_with("out_"))
        tables = ", ".join(f"`{name}`" for name in names["table_name"])
        yield f"| `{column}` of {tables} | `{target}` |"


def measures() -> Iterator[str]:
    """Yield one row per measure of a reading table: its formula in DAX and in SQL."""
    yield "| table | measure | DAX | SQL |"
    yield "|---|---|---|---|"
    for row in _reading().iter_rows(named=True):
        if row["aggregation"] in FUNCTIONS:
            dax, sql = FUNCTIONS[row["aggregation"]]
            table, column = row["table_name"], row["column_name"]
            label = f"{row['label_en']}<br>{row['label_vi']}"
            yield f"| `{table}` | {label} | `{dax}({table}[{column}])` | `{sql}({column})` |"


def not_added() -> Iterator[str]:
    """Yield the figures of which nothing can be made for many rows."""
    rows = _reading().filter(role="measure", aggregation="none")
    for (table,), own in rows.group_by("table_name", maintain_order=True):
        yield f"- `{table}`: {', '.join(f'`{name}`' for name in own['column_name'])}"


def _reading() -> pl.DataFrame:
    names = [name for name in RELEASE_TABLES if name.startswith("out_")]
    return meta_column().filter(pl.col("table_name").is_in(names))


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
