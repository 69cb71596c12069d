"""The ranking of an assessment: the table, and the data its script sorts, filters and searches.

The first rows stand in the page itself, so that it shows at once and without a script; the script
takes over with the columns of ``data.js``. Values are whole numbers of the last published decimal
there: a page with 3,321 units and 14 scopes stays under a megabyte.
"""

from typing import Any, Final

import polars as pl

from dti_pipeline.reports import figures
from dti_pipeline.reports.history import Timeline, sparkline
from dti_pipeline.reports.view import Edition, Row
from schemas.text import Text

# Rows that stand in the page itself; a script shows the rest.
STATIC_ROWS: Final = 100
SPARK: Final = {"width": 72.0, "height": 20.0}


def ranking_context(edition: Edition, timeline: Timeline) -> dict[str, Any]:
    """Return what the ranking page shows."""
    paths = spark_paths(edition, timeline)
    shown = edition.overall
    if edition.ranks_groups:
        first = edition.overall["group_code"][0]
        shown = shown.filter(pl.col("group_code") == first)
    shown = shown.head(STATIC_ROWS)
    cells = scope_cells(edition, units=shown["unit_id"].to_list())
    rows = [
        row | {"paths": paths.get(row["unit_id"], ("", "")), "cells": cells[row["unit_id"]]}
        for row in shown.iter_rows(named=True)
    ]
    return {
        "rows": rows,
        "regions": regions(edition),
        "groups": groups(edition),
        "n_all": edition.overall.height,
        "has_changes": any(
            edition.overall[name].is_not_null().any() for name in ("value_change", "rank_change")
        ),
        "has_history": any(solid for solid, _ in paths.values()),
        "spark": SPARK,
        "stops": timeline.stops,
    }


def scope_cells(edition: Edition, *, units: list[str]) -> dict[str, list[Row | None]]:
    """Return for every unit its ranking row in each scope, in the order of the scopes."""
    found: dict[str, dict[str, Row]] = {unit: {} for unit in units}
    chosen = edition.ranking.filter(pl.col("unit_id").is_in(units))
    for row in chosen.iter_rows(named=True):
        found[row["unit_id"]][row["scope_code"]] = row
    codes = [scope.code for scope in edition.scopes]
    return {unit: [by_code.get(code) for code in codes] for unit, by_code in found.items()}


def regions(edition: Edition) -> list[tuple[str, Text]]:
    """Return the regions of its units in the order of their names."""
    rows = (
        edition.overall.select("region_code", "region_name", "region_name_en")
        .drop_nulls("region_code")
        .unique()
        .sort("region_name", "region_code")
    )
    return [(code, Text(vi or code, en or vi or code)) for code, vi, en in rows.iter_rows()]


def groups(edition: Edition) -> list[str]:
    """Return the codes of its groups in alphabetical order; empty where there is one only."""
    found = edition.overall["group_code"].drop_nulls().unique().sort().to_list()
    return found if len(found) > 1 else []


def spark_paths(edition: Edition, timeline: Timeline) -> dict[str, tuple[str, str]]:
    """Return the small history of every unit; empty where there is nothing to compare."""
    values = [
        row["value"]
        for stop in timeline.stops
        for row in stop.rows.values()
        if row["value"] is not None
    ]
    if len(timeline.stops) < 2 or not values:
        return {}
    low, high = min(values), max(values)
    return {
        unit: sparkline(timeline.stops, unit, low=low, high=high, **SPARK)
        for unit in edition.overall["unit_id"].to_list()
    }


def ranking_data(edition: Edition, timeline: Timeline) -> dict[str, Any]:
    """Return the columns for the scripts of the ranking, the map and the comparison."""
    units = edition.overall["unit_id"].to_list()
    paths = spark_paths(edition, timeline)
    places = {code: place for place, (code, _) in enumerate(regions(edition))}
    group_places = {code: place for place, code in enumerate(groups(edition))}
    return {
        "decimals": edition.decimals,
        "poolIsGroup": edition.ranks_groups,
        "scopes": [
            {
                "code": scope.code,
                "kind": scope.kind,
                "vi": scope.title.vi,
                "en": scope.title.en,
                "ranked": scope.is_ranked,
            }
            for scope in edition.scopes
        ],
        "regions": [code for code, _ in regions(edition)],
        "regionNames": [[label.vi, label.en] for _, label in regions(edition)],
        "groups": groups(edition),
        "units": [
            [
                row["unit_id"],
                row["unit_name"],
                row["name_ascii"] or "",
                places.get(row["region_code"], -1),
                group_places.get(row["group_code"], -1),
            ]
            for row in edition.overall.iter_rows(named=True)
        ],
        "paths": [paths[unit] for unit in units] if any(p for p, _ in paths.values()) else [],
        "columns": {
            scope.code: scope_columns(edition, scope.code, units=units) for scope in edition.scopes
        },
    }


def scope_columns(edition: Edition, code: str, *, units: list[str]) -> dict[str, Any]:
    """Return one scope's columns in the order of ``units``; a column of one value stands as it.

    Values and changes are whole numbers of the last published decimal.
    """
    scale = 10**edition.decimals
    rows = (
        pl.DataFrame({"unit_id": units})
        .join(
            edition.ranking.filter(pl.col("scope_code") == code),
            on="unit_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            v=(pl.col("value") * scale).round().cast(pl.Int64),
            c=(pl.col("value_change") * scale).round().cast(pl.Int64),
            t=pl.col("is_tied").cast(pl.Int8),
        )
    )
    columns = {
        "v": rows["v"],
        "r": rows["rank"],
        "n": rows["n_ranked"],
        "t": rows["t"],
        "c": rows["c"],
        "m": rows["rank_change"],
        "b": rows["data_basis"],
        "k": rows["prev_break"],
    }
    return {
        name: series[0] if series.n_unique() == 1 else series.to_list()
        for name, series in columns.items()
    }


def mean_place(edition: Edition) -> str | None:
    """Return the pool's mean overall value as text, None where the release does not say."""
    rows = edition.table("fact_group_summary").filter(
        pl.col("group_kind") == "pool", pl.col("scope") == "overall", pl.col("measure") == "value"
    )
    return None if rows.is_empty() else figures.fixed(rows["mean"][0], edition.decimals)
