"""List all tables of a release, in the order of the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from schemas.analysis import FACT_COMPONENT_OUTLOOK, FACT_INDEX_CHECK
from schemas.dimensions import (
    BRIDGE_UNIT_SUCCESSION,
    DIM_ASSESSMENT,
    DIM_INDICATOR,
    DIM_REVISION,
    DIM_TILE,
    DIM_UNIT,
)
from schemas.observations import FACT_OBSERVATION, FACT_RECONCILIATION
from schemas.outlook import FACT_ROBUSTNESS, FACT_TARGET
from schemas.quality import DQ_ISSUE, META_COLUMN
from schemas.rankings import (
    FACT_CHANGE,
    FACT_GROUP_SUMMARY,
    FACT_RANKING,
    RANKING_WIDE,
)
from schemas.scores import (
    FACT_COMPONENT_SCORE,
    FACT_MAIN_SCORE,
    FACT_PILLAR_SCORE,
    FACT_STAGE_SCORE,
)
from schemas.table import Table, conform

_ORDER: Final = (
    DIM_UNIT,
    BRIDGE_UNIT_SUCCESSION,
    DIM_TILE,
    DIM_INDICATOR,
    DIM_ASSESSMENT,
    DIM_REVISION,
    FACT_OBSERVATION,
    FACT_RECONCILIATION,
    FACT_COMPONENT_SCORE,
    FACT_MAIN_SCORE,
    FACT_PILLAR_SCORE,
    FACT_STAGE_SCORE,
    FACT_RANKING,
    FACT_GROUP_SUMMARY,
    FACT_CHANGE,
    FACT_ROBUSTNESS,
    FACT_COMPONENT_OUTLOOK,
    FACT_INDEX_CHECK,
    FACT_TARGET,
    DQ_ISSUE,
    RANKING_WIDE,
    META_COLUMN,
)

TABLES: Final[Mapping[str, Table]] = MappingProxyType({table.name: table for table in _ORDER})
"""Tables as a revision holds them, by name."""

RELEASE_TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {table.name: table.with_release_id() for table in _ORDER}
)
"""The same with `release_id` first, as published."""


def meta_column() -> pl.DataFrame:
    """Return the dictionary of all released columns, without its own `release_id`.

    Positions count the released columns, so `release_id` is 1 in every table.
    """
    rows = [row for table in RELEASE_TABLES.values() for row in table.meta_rows()]
    return conform(pl.DataFrame(rows), META_COLUMN)
