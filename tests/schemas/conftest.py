"""Small frames that keep a contract, straight from the model."""

import datetime
import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from schemas.contract import Table

VIETNAMESE = re.compile(
    "[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.IGNORECASE
)


# What has to be empty in rows that are otherwise alike.
_EMPTY = {"AcceptedObservations": ("remark",), "UnitFile": ("official_code", "parent_unit_id")}


def statistics(table: type[Table], column: str) -> dict[str, Any]:
    """Return what the checks of a column allow: `min_value`, `allowed_values`, `pattern`, …"""
    checks = table.to_schema().columns[column].checks
    return {name: value for check in checks for name, value in check.statistics.items()}


def _content(table: type[Table], name: str) -> object:
    column = table.to_schema().columns[name]
    unit, dtype, allowed = column.metadata["unit"], column.dtype.type, statistics(table, name)
    by_unit = {
        "sha256": "0a" * 32,
        "year": 2022,
        "key": "x/x1",
        "difference": 0,
        "micro-points": 1_000_000,
        "millionths": 1_000_000,
    }
    by_type = {pl.String(): "x1", pl.Date(): datetime.date(2022, 12, 31), pl.Boolean(): True}
    if "allowed_values" in allowed:
        return allowed["allowed_values"][0]
    if "change" in name or name == "growth":
        return 0
    return by_unit.get(unit, by_type.get(dtype, 1))


def _valid_frame(table: type[Table], rows: int = 3) -> pl.DataFrame:
    """Return rows that differ in one key column and agree in everything else."""
    texts = [
        name
        for name in table.key()
        if table.schema()[name] == pl.String() and "allowed_values" not in statistics(table, name)
    ]
    varied = texts[0] if texts else table.key()[0]
    is_key = table.to_schema().columns[varied].metadata["unit"] == "key"
    contents = {name: [_content(table, name)] * rows for name in table.names()}
    for name in _EMPTY.get(table.__name__, ()):
        contents[name] = [None] * rows
    prefix = "x/code-" if is_key else "code-"
    contents[varied] = [f"{prefix}{row:05}" if texts else 2001 + row for row in range(rows)]
    return pl.DataFrame(contents, schema=table.schema(), strict=False)


@pytest.fixture(scope="session")
def valid_frame() -> Callable[..., pl.DataFrame]:
    return _valid_frame


@pytest.fixture(scope="session")
def vietnamese() -> re.Pattern[str]:
    """Match a letter that only Vietnamese text has."""
    return VIETNAMESE
