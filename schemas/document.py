"""Write the table contracts as a page of documentation.

python -m schemas.document > docs/tables.md
"""

import sys
from collections.abc import Iterator

from schemas.catalogue import RELEASE_TABLES


def lines() -> Iterator[str]:
    """Yield the page line by line: one section per table, one row per column."""
    yield "# Tables of a release"
    yield ""
    yield "Made from `schemas/` by `python -m schemas.document`; the same texts stand in"
    yield "`meta_column.parquet` and in the metadata of every Parquet field."
    for table in RELEASE_TABLES.values():
        yield ""
        yield f"## {table.name}"
        yield ""
        yield f"{table.grain_en}; {table.grain_vi}. Key: {', '.join(table.key)}."
        yield ""
        yield "| column | type | unit | null | meaning |"
        yield "|---|---|---|---|---|"
        rows = {row["column_name"]: row for row in table.meta_rows()}
        for column in table.columns:
            row = rows[column.name]
            null = "yes" if column.nullable else ""
            values = f" ({', '.join(column.values)})" if column.values else ""
            meaning = f"{column.en}{values}<br>{column.vi}".replace("|", "\\|")
            yield f"| `{column.name}` | {row['type']} | {column.unit} | {null} | {meaning} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
