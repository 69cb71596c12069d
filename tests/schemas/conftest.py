"""Small frames that keep a contract, straight from the description of the table."""

import datetime
import re
from collections.abc import Callable

import polars as pl
import pytest

from schemas.table import Table

VIETNAMESE = re.compile(
    "[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.IGNORECASE
)


def _valid_frame(table: Table, rows: int = 3) -> pl.DataFrame:
    """Return rows that differ in one key column and agree in everything else."""
    varied = next(
        name
        for name in table.key
        if table.column(name).values is None and table.column(name).dtype == pl.String()
    )
    contents: dict[str, list[object]] = {}
    for column in table.columns:
        content: object
        if column.name == varied:
            contents[column.name] = [f"code-{row:05}" for row in range(rows)]
            continue
        if column.values is not None:
            content = column.values[0]
        elif column.unit == "sha256":
            content = "0a" * 32
        elif column.dtype == pl.String():
            content = "x1"
        elif column.dtype == pl.Date():
            content = datetime.date(2022, 12, 31)
        elif column.dtype == pl.Boolean():
            content = True
        elif "change" in column.name or column.name == "growth":
            content = 0
        elif column.unit in {"micro-points", "millionths"}:
            content = 1_000_000
        elif column.unit == "year":
            content = 2022
        else:
            content = 1
        contents[column.name] = [content] * rows
    return pl.DataFrame(contents, schema=table.polars_schema(), strict=False)


@pytest.fixture(scope="session")
def valid_frame() -> Callable[..., pl.DataFrame]:
    return _valid_frame


@pytest.fixture(scope="session")
def vietnamese() -> re.Pattern[str]:
    """Match a letter that only Vietnamese text has."""
    return VIETNAMESE
