"""The ranking of an assessment: the table, and the data its script sorts, filters and searches.

The first rows stand in the page itself, so that it shows at once and without a script; the script
takes over with the columns of ``data.js``. Values are whole numbers of the last published decimal
there: a page with 3,321 units and 14 scopes stays under a megabyte.
"""

from typing import Any, Final

import polars as pl

from dti_pipeline.exact import as_whole
from dti_pipeline.reports.release_view import AssessmentView
from dti_pipeline.reports.site.charts import sparkline
from dti_pipeline.reports.timeline import Timeline
from dti_pipeline.reports.words import words_of

# Rows that stand in the page itself; a script shows the rest.
STATIC_ROWS: Final = 100
SPARK: Final = {"width": 72.0, "height": 20.0}


def ranking_context(assessment: AssessmentView, timeline: Timeline) -> dict[str, Any]:
    paths = _spark_paths(assessment, timeline)
    of_first_pool = pl.col("pool") == pl.col("pool").first()
    overall = assessment.overall.filter(of_first_pool).head(STATIC_ROWS)
    rows = overall.to_dicts()
    of_rows = assessment.ranking.join(overall, on="unit_id", how="semi", maintain_order="left")
    cells = of_rows.rows_by_key(("unit_id", "scope_code"), named=True, unique=True)
    for row in rows:
        row["paths"] = paths.get(row["unit_id"], ("", ""))
        row["cells"] = [cells.get((row["unit_id"], scope.code)) for scope in assessment.scopes]
    return {
        "rows": rows,
        "regions": list(assessment.region_names.items()),
        "groups": _groups(assessment),
        "n_all": assessment.overall.height,
        "has_changes": any(
            assessment.overall[name].is_not_null().any() for name in ("value_change", "rank_change")
        ),
        "has_history": any(solid for solid, _ in paths.values()),
        "spark": SPARK,
        "stops": timeline.own_stops,
    }


def _groups(assessment: AssessmentView) -> list[str]:
    codes = assessment.overall["group_code"].drop_nulls().unique().sort().to_list()
    return codes if len(codes) > 1 else []


def _spark_paths(assessment: AssessmentView, timeline: Timeline) -> dict[str, tuple[str, str]]:
    rows = [row for stop in timeline.own_stops for row in stop.rows.values()]
    values = [row["value"] for row in rows if row["value"] is not None]
    if len(timeline.own_stops) < 2 or not values:
        return {}
    low, high = min(values), max(values)
    return {
        unit: sparkline(timeline.own_stops, unit, low=low, high=high, **SPARK)
        for unit in assessment.overall["unit_id"].to_list()
    }


def ranking_data(assessment: AssessmentView, timeline: Timeline) -> dict[str, Any]:
    """Return the columns for the scripts of the ranking, the map and the comparison."""
    units = assessment.overall["unit_id"].to_list()
    paths = _spark_paths(assessment, timeline)
    regions, groups = assessment.region_names, _groups(assessment)
    places = {code: place for place, code in enumerate(regions)}
    group_places = {code: place for place, code in enumerate(groups)}
    other_names = words_of("other_names")
    return {
        "decimals": assessment.decimals,
        "poolIsGroup": assessment.ranks_groups,
        "scopes": [
            {"code": scope.code, "kind": scope.kind}
            | {**scope.title._asdict(), "ranked": scope.is_ranked}
            for scope in assessment.scopes
        ],
        "regions": list(regions),
        "regionNames": list(regions.values()),
        "groups": groups,
        "units": [
            [
                row["unit_id"],
                row["unit_name"],
                # The name without marks, and what else people look for the unit by.
                " ".join((row["name_ascii"] or "", *other_names.get(row["name_ascii"], ()))),
                places.get(row["region_code"], -1),
                group_places.get(row["group_code"], -1),
            ]
            for row in assessment.overall.iter_rows(named=True)
        ],
        "paths": [paths[unit] for unit in units] if any(p for p, _ in paths.values()) else [],
        "columns": {
            scope.code: _scope_columns(assessment, scope.code, units=units)
            for scope in assessment.scopes
        },
    }


def _scope_columns(assessment: AssessmentView, code: str, *, units: list[str]) -> dict[str, Any]:
    """Return one scope's columns in the order of ``units``; a column of one value as that value.

    Values and changes are whole numbers of the last published decimal.
    """
    own = assessment.ranking.filter(scope_code=code)
    columns = (
        pl.DataFrame({"unit_id": units})
        .join(own, on="unit_id", how="left", maintain_order="left")
        .select(
            v=as_whole(pl.col("value"), assessment.decimals),
            r="rank",
            n="n_ranked",
            t=pl.col("is_tied").cast(pl.Int8),
            c=as_whole(pl.col("value_change"), assessment.decimals),
            m="rank_change",
            b="data_basis",
            k="prev_break",
        )
    )
    return {
        series.name: series[0] if series.n_unique() == 1 else series.to_list() for series in columns
    }
