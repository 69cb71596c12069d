"""All tables of a release, in the order of the documentation."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from schemas.columns import ARROW_TYPES, Released
from schemas.contract import Table
from schemas.tables.analysis import (
    FactComponentOutlook,
    FactIndexCheck,
    FactRobustness,
    FactTarget,
)
from schemas.tables.dimensions import (
    BridgeUnitSuccession,
    DimAssessment,
    DimIndicator,
    DimRevision,
    DimTile,
    DimUnit,
)
from schemas.tables.observations import FactObservation, FactReconciliation
from schemas.tables.quality import DqIssue, MetaColumn
from schemas.tables.rankings import FactChange, FactGroupSummary, FactRanking, RankingWide
from schemas.tables.scores import (
    FactComponentScore,
    FactMainScore,
    FactPillarScore,
    FactStageScore,
)

_ORDER: Final[tuple[type[Table], ...]] = (
    DimUnit,
    BridgeUnitSuccession,
    DimTile,
    DimIndicator,
    DimAssessment,
    DimRevision,
    FactObservation,
    FactReconciliation,
    FactComponentScore,
    FactMainScore,
    FactPillarScore,
    FactStageScore,
    FactRanking,
    FactGroupSummary,
    FactChange,
    FactRobustness,
    FactComponentOutlook,
    FactIndexCheck,
    FactTarget,
    DqIssue,
    RankingWide,
    MetaColumn,
)

TABLES: Final[Mapping[str, type[Table]]] = MappingProxyType(
    {table.name(): table for table in _ORDER}
)
"""Tables as a revision holds them, by name."""

RELEASE_TABLES: Final[Mapping[str, type[Table]]] = MappingProxyType(
    {name: type(table.__name__, (table, Released), {}) for name, table in TABLES.items()}
)
"""The same with `release_id` first, as published."""


def meta_column() -> pl.DataFrame:
    """Return the dictionary of all released columns, without its own `release_id`.

    Positions count the released columns, so `release_id` is 1 in every table.
    """
    rows = [
        {
            "table_name": table_name,
            "column_name": name,
            "position": position,
            "type": ARROW_TYPES[column.dtype.type],
            "unit": column.metadata["unit"],
            "description_vi": column.metadata["vi"],
            "description_en": column.metadata["en"],
        }
        for table_name, table in RELEASE_TABLES.items()
        for position, (name, column) in enumerate(table.to_schema().columns.items(), start=1)
    ]
    return MetaColumn.conform(pl.DataFrame(rows))
