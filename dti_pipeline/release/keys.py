"""Say in every row of a release where it belongs: framework, unit set, indicator, region.

A revision holds figures of one assessment; these columns follow from its dimensions. They are
added once, for all tables that `schemas.keys` declares them for, so that no filter needs a join.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from schemas.catalogue import RELEASE_TABLES
from schemas.contract import ContractError, Table, Violation
from schemas.keys import REFERENCES
from schemas.text import Text

# Of two columns with a code the first says what a row is about: a component lies in a main.
_LEVELS: Final = {"component_code": "component", "pillar_code": "pillar", "main_code": "main"}
_CORRECTED: Final = pl.col("source_kind").is_in(["correction", "appraisal"])


def with_keys(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables with the columns that a release adds to them."""
    indicators = tables["dim_indicator"].with_columns(
        indicator_key=_joined("framework_id", "indicator_level", "indicator_code"),
        scope_concept=pl.format("{}.{}", "indicator_level", "concept"),
    )
    keyed = dict(tables) | {"dim_indicator": indicators}
    keyed["fact_observation"] = tables["fact_observation"].with_columns(
        correction_reason=pl.when(_CORRECTED & pl.col("accepted")).then("evidence_text")
    )
    keyed["fact_component_score"] = tables["fact_component_score"].join(
        _corrections(keyed["fact_observation"]),
        on=["assessment_id", "unit_id", "component_code"],
        how="left",
        maintain_order="left",
    )
    places = _Places(keyed)
    return {name: places.add(frame, RELEASE_TABLES[name]) for name, frame in keyed.items()}


def _joined(*columns: str) -> pl.Expr:
    return pl.concat_str(columns, separator="/")


def _corrections(observations: pl.DataFrame) -> pl.DataFrame:
    """Return the reasons of the corrections behind each component, one text."""
    return (
        observations.filter(pl.col("correction_reason").is_not_null())
        .sort("delivery_no")
        .group_by("assessment_id", "unit_id", "component_code", maintain_order=True)
        .agg(pl.col("correction_reason").unique(maintain_order=True).str.join("; "))
    )


class _Places:
    """What the dimensions of a release say about units, groups, assessments and indicators."""

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        ranking = tables["fact_ranking"].select(
            "assessment_id", "unit_id", "framework_id", "group_code", "region_code"
        )
        self.units = ranking.unique(["assessment_id", "unit_id"], maintain_order=True).drop(
            "group_code"
        )
        self.names = tables["dim_unit"].select("unit_id", unit_level="level", unit_name="name_vi")
        self.assessments = tables["dim_assessment"].select(
            "assessment_id", "assessment_year", "unit_set"
        )
        one_of = pl.col("framework_id").unique()
        self.groups = pl.concat(
            ranking.with_columns(group_kind=pl.lit(kind), group_code=code)
            .group_by("assessment_id", "group_kind", "group_code")
            .agg(framework_id=pl.when(one_of.len() == 1).then(one_of.first()))
            for kind, code in (
                ("pool", pl.lit("all")),
                ("group", pl.col("group_code")),
                ("region", pl.col("region_code")),
            )
        )
        self.indicators = tables["dim_indicator"].select(
            "indicator_key", "scope_concept", is_counted="counted"
        )

    def add(self, frame: pl.DataFrame, table: type[Table]) -> pl.DataFrame:
        """Add the columns of a released table that its frame lacks."""
        names = set(table.names())
        sources = [(self.assessments, ["assessment_id"])]
        if "unit_id" in names:
            sources += [(self.units, ["assessment_id", "unit_id"]), (self.names, ["unit_id"])]
        elif "group_kind" in names:
            sources.append((self.groups, ["assessment_id", "group_kind", "group_code"]))
            frame = frame.with_columns(
                region_code=pl.when(pl.col("group_kind") == "region").then("group_code")
            )
        for source, key in sources:
            frame = self._lookup(frame, source, key=key, names=names)
        if "indicator_key" in names and "indicator_key" not in frame.columns:
            frame = frame.with_columns(indicator_key=_indicator_key(frame.columns))
            known = self.indicators["indicator_key"].implode()
            frame = frame.with_columns(
                pl.when(pl.col("indicator_key").is_in(known)).then("indicator_key")
            )
            frame = self._lookup(frame, self.indicators, key=["indicator_key"], names=names)
        return frame

    @staticmethod
    def _lookup(
        frame: pl.DataFrame, source: pl.DataFrame, *, key: list[str], names: set[str]
    ) -> pl.DataFrame:
        columns = [name for name in source.columns if name in names - set(frame.columns)]
        if not columns or not set(key) <= set(frame.columns):
            return frame
        return frame.join(source.select(*key, *columns), on=key, how="left", maintain_order="left")


def _indicator_key(columns: list[str]) -> pl.Expr:
    """Return the key of the indicator a row is about, by the columns that name it."""
    for level, code in (("scope", "scope_code"), ("indicator_level", "indicator_code")):
        if code in columns:
            return _joined("framework_id", level, code)
    column = next(name for name in _LEVELS if name in columns)
    return pl.concat_str("framework_id", pl.lit(_LEVELS[column]), column, separator="/")


def require_references(tables: Mapping[str, pl.DataFrame]) -> None:
    """Refuse rows that refer to a row that is not in the release.

    Raises:
        ContractError: one violation per table and column.
    """
    violations = [
        Violation(
            table=name,
            column=column,
            check="reference",
            must=Text(f"phải có trong {target}", f"must be in {target}"),
            n_rows=orphans.height,
            rows=tuple(orphans.head(5).to_dicts()),
            shown=(*RELEASE_TABLES[name].key(), column),
        )
        for name, frame in tables.items()
        for column, (target, key) in REFERENCES.items()
        if column in frame.columns and (name, column) != (target, key) and target in tables
        for orphans in [_orphans(frame, column, tables[target][key])]
        if not orphans.is_empty()
    ]
    if violations:
        raise ContractError(violations)


def _orphans(frame: pl.DataFrame, column: str, keys: pl.Series) -> pl.DataFrame:
    return frame.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(keys.implode()))
