"""Write the table contracts as a page of documentation.

python -m tools.tables_page > docs/tables.md
"""

import sys
from collections.abc import Iterator

from schemas.catalogue import RELEASE_TABLES
from schemas.columns import ARROW_TYPES
from schemas.tables.lookups import DimRelease


def lines() -> Iterator[str]:
    yield "# Tables of a release"
    yield ""
    yield "Made from `schemas/` by `python -m tools.tables_page`; the same texts stand in"
    yield "`meta_column.parquet` and in the metadata of every Parquet field. The last table,"
    yield "`dim_release`, lies beside the releases, in `published/`: when each was made, and what"
    yield "became of it."
    for table in (*RELEASE_TABLES.values(), DimRelease):
        yield ""
        yield f"## {table.name()}"
        yield ""
        yield f"{table.grain().en}; {table.grain().vi}. Key: {', '.join(table.key())}."
        yield ""
        yield "| column | type | unit | null | meaning |"
        yield "|---|---|---|---|---|"
        for name, column in table.to_schema().columns.items():
            null = "yes" if column.nullable else ""
            closed = [check.statistics.get("allowed_values") for check in column.checks]
            values = "".join(f" ({', '.join(codes)})" for codes in closed if codes)
            words = column.metadata
            meaning = f"{words['en']}{values}<br>{words['vi']}".replace("|", "\\|")
            kind = ARROW_TYPES[column.dtype.type]
            yield f"| `{name}` | {kind} | {words['unit']} | {null} | {meaning} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
