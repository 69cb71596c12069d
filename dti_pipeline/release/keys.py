"""Say in every row of a release where it belongs: framework, unit set, indicator, region.

A revision holds figures of one assessment; these columns follow from its dimensions. They are
added once, for all tables that `schemas.keys` declares them for, so that no filter needs a join.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import polars as pl

from dti_pipeline.index.beside import beside
from dti_pipeline.results.on_demand import OnDemand
from schemas.catalogue import RELEASE_TABLES
from schemas.contract import ContractError, Violation
from schemas.keys import references
from schemas.text import Text

Places = Sequence[tuple[list[str], pl.DataFrame]]

# Rows of a table that are worked on at once: several copies of a country's fill the memory.
ROWS_AT_ONCE: Final = 2**17

# Of two columns with a code the first says what a row is about: a component lies in a main.
_LEVELS: Final = {"component_code": "component", "pillar_code": "pillar", "main_code": "main"}
_CORRECTED: Final = pl.col("source_kind").is_in(["correction", "appraisal"])
_REASON: Final = pl.when(_CORRECTED & pl.col("accepted")).then("evidence_text")


def with_keys(tables: OnDemand) -> OnDemand:
    """Return the tables with the columns that a release adds to them."""
    indicators = tables["dim_indicator"].with_columns(
        indicator_key=_joined("framework_id", "indicator_level", "indicator_code"),
        scope_concept=pl.format("{}.{}", "indicator_level", "concept"),
    )
    corrections = _corrections(tables["fact_observation"])
    places = _places(tables)

    def keyed(name: str, frame: pl.DataFrame) -> pl.DataFrame:
        if name == "fact_observation":
            frame = frame.with_columns(correction_reason=_REASON)
        if name == "fact_component_score":
            component = ["assessment_id", "unit_id", "component_code"]
            frame = beside(frame, corrections, on=component)
        names = RELEASE_TABLES[name].names()
        parts = [*frame.iter_slices(ROWS_AT_ONCE)] or [frame]
        return pl.concat(_placed(part, names, places, indicators) for part in parts)

    return (tables | OnDemand({"dim_indicator": indicators})).changed(keyed)


def filled(frame: pl.DataFrame, names: Collection[str], places: Places) -> pl.DataFrame:
    """Add the columns that a frame lacks, each from the first place that knows it.

    A place is a key and the rows known by it; one whose key the frame lacks is passed over.
    """
    for key, source in places:
        columns = [name for name in source.columns if name in {*names} - {*frame.columns}]
        if columns and {*key} <= {*frame.columns}:
            frame = beside(frame, source.select(*key, *columns), on=key)
    return frame


def _joined(*columns: str | pl.Expr) -> pl.Expr:
    return pl.concat_str(columns, separator="/")


def _corrections(observations: pl.DataFrame) -> pl.DataFrame:
    """Return the reasons of the corrections behind each component, one text."""
    return (
        observations.with_columns(correction_reason=_REASON)
        .filter(pl.col("correction_reason").is_not_null())
        .sort("delivery_no")
        .group_by("assessment_id", "unit_id", "component_code", maintain_order=True)
        .agg(pl.col("correction_reason").unique(maintain_order=True).str.join("; "))
    )


def _places(tables: Mapping[str, pl.DataFrame]) -> Places:
    """Return what is known of assessments, units and groups."""
    ranking = tables["fact_ranking"].select(
        "assessment_id", "unit_id", "framework_id", "group_code", "region_code"
    )
    framework = pl.col("framework_id").unique()
    groups = pl.concat(
        ranking.with_columns(group_kind=pl.lit(kind), group_code=code)
        .group_by("assessment_id", "group_kind", "group_code")
        .agg(framework_id=pl.when(framework.len() == 1).then(framework.first()))
        for kind, code in (
            ("pool", pl.lit("all")),
            ("group", pl.col("group_code")),
            ("region", pl.col("region_code")),
        )
    )
    region = pl.when(pl.col("group_kind") == "region").then("group_code")
    units = ranking.drop("group_code").unique(["assessment_id", "unit_id"], maintain_order=True)
    return [
        (
            ["assessment_id"],
            tables["dim_assessment"].select("assessment_id", "assessment_year", "unit_set"),
        ),
        (["assessment_id", "unit_id"], units),
        (
            ["unit_id"],
            tables["dim_unit"].select("unit_id", unit_level="level", unit_name="name_vi"),
        ),
        (["assessment_id", "group_kind", "group_code"], groups.with_columns(region_code=region)),
    ]


def _placed(
    frame: pl.DataFrame, names: Collection[str], places: Places, indicators: pl.DataFrame
) -> pl.DataFrame:
    """Add to a frame the columns of its released table that it lacks."""
    frame = filled(frame, names, places)
    if "indicator_key" in {*names} - {*frame.columns}:
        frame = frame.with_columns(indicator_key=_indicator_key(frame.columns))
        is_known = pl.col("indicator_key").is_in(indicators["indicator_key"].implode())
        frame = frame.with_columns(pl.when(is_known).then("indicator_key"))
    renamed = indicators.rename({"counted": "is_counted"})
    return filled(frame, names, [(["indicator_key"], renamed)])


def _indicator_key(columns: list[str]) -> pl.Expr:
    """Return the key of the indicator a row is about, by the columns that name it."""
    for level, code in (("scope", "scope_code"), ("indicator_level", "indicator_code")):
        if code in columns:
            return _joined("framework_id", level, code)
    column = next(name for name in _LEVELS if name in columns)
    return _joined("framework_id", pl.lit(_LEVELS[column]), column)


def require_references(name: str, frame: pl.DataFrame, *, tables: OnDemand) -> pl.DataFrame:
    """Return a table of the release unless a row refers to one that is not in the release.

    Raises:
        ContractError: one violation per column.
    """
    columns = {table: rows.columns for table, rows in tables.small.items()} | {name: frame.columns}
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
        for column, target, key in references(name, columns)
        for is_there in [pl.col(column).is_in(tables[target][key].implode())]
        for orphans in [frame.filter(~is_there)]
        if not orphans.is_empty()
    ]
    if violations:
        raise ContractError(violations)
    return frame
