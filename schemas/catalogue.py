"""All tables of a release, in the order of the documentation."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import polars as pl

from schemas.columns import ARROW_TYPES, Released, short
from schemas.contract import Table
from schemas.keys import added_columns
from schemas.roles import aggregation, reference, role
from schemas.tables import (
    analysis,
    dimensions,
    lookups,
    observations,
    quality,
    rankings,
    reading,
    scores,
)

_ORDER: Final[tuple[type[Table], ...]] = (
    dimensions.DimUnit,
    dimensions.BridgeUnitSuccession,
    dimensions.DimTile,
    dimensions.DimIndicator,
    dimensions.DimFramework,
    dimensions.DimVariable,
    dimensions.DimOption,
    dimensions.DimAssessment,
    dimensions.DimRevision,
    lookups.DimRegion,
    lookups.DimGroup,
    lookups.DimYear,
    lookups.DimCode,
    lookups.BridgeAssessmentFramework,
    observations.FactObservation,
    observations.FactReconciliation,
    scores.FactComponentScore,
    scores.FactMainScore,
    scores.FactPillarScore,
    scores.FactStageScore,
    rankings.FactRanking,
    rankings.FactGroupSummary,
    rankings.FactChange,
    analysis.FactRobustness,
    analysis.FactComponentOutlook,
    analysis.FactIndexCheck,
    analysis.FactTarget,
    quality.DqIssue,
    rankings.RankingWide,
    reading.OutRanking,
    reading.OutComponent,
    reading.OutBasis,
    reading.OutHistory_34,
    reading.OutChange,
    quality.MetaColumn,
)

TABLES: Final[Mapping[str, type[Table]]] = MappingProxyType(
    {table.name(): table for table in _ORDER}
)
"""Tables as a revision holds them, by name."""


def _released(table: type[Table]) -> type[Table]:
    columns = {"__annotations__": added_columns(table)}
    return type(table.__name__, (table, Released), columns)


RELEASE_TABLES: Final[Mapping[str, type[Table]]] = MappingProxyType(
    {name: _released(table) for name, table in TABLES.items()}
)
"""The same with `release_id` first, and last what a release adds (`schemas.keys`), as published."""


@cache
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
            "label_vi": short(column.metadata["vi"]),
            "label_en": short(column.metadata["en"]),
            "role": role(table, name),
            "aggregation": aggregation(table, name),
            "references": reference(table, name),
        }
        for table_name, table in RELEASE_TABLES.items()
        for position, (name, column) in enumerate(table.to_schema().columns.items(), start=1)
    ]
    return quality.MetaColumn.conform(pl.DataFrame(rows))
