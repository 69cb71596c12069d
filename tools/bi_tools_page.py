"""Write what business-intelligence tools need to know of the tables as a page of documentation.

python -m tools.bi_tools_page > docs/bi-tools.md
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from schemas.catalogue import meta_column

TEXT = Path(__file__).with_name("bi_tools_page.md")
_IS_READING = pl.col("table_name").str.starts_with("out_")
FUNCTIONS = {"sum": ("SUM", "SUM"), "mean": ("AVERAGE", "AVG")}


def lines() -> Iterator[str]:
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
        names = rows.filter(~_IS_READING)["table_name"]
        tables = ", ".join(f"`{name}`" for name in names)
        yield f"| `{column}` of {tables} | `{target}` |"


def measures() -> Iterator[str]:
    """Yield one row per measure of a reading table: its formula in DAX and in SQL."""
    yield "| table | measure | DAX | SQL |"
    yield "|---|---|---|---|"
    rows = meta_column().filter(_IS_READING, pl.col("aggregation").is_in([*FUNCTIONS]))
    for row in rows.iter_rows(named=True):
        dax, sql = FUNCTIONS[row["aggregation"]]
        table, column = row["table_name"], row["column_name"]
        label = f"{row['label_en']}<br>{row['label_vi']}"
        yield f"| `{table}` | {label} | `{dax}({table}[{column}])` | `{sql}({column})` |"


def not_added() -> Iterator[str]:
    """Yield the figures of which nothing can be made for many rows."""
    rows = meta_column().filter(_IS_READING, role="measure", aggregation="none")
    for (table,), own in rows.group_by("table_name", maintain_order=True):
        yield f"- `{table}`: {', '.join(f'`{name}`' for name in own['column_name'])}"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
