"""A kit for Apache Superset: datasets on the reading tables, charts, one dashboard with filters.

Superset imports a ZIP of YAML files. They are written as JSON, which is YAML, so that no library is
needed; ids follow from names, so that a second import updates what the first one made.
"""

import json
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from importlib.resources import files
from io import BytesIO
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from schemas.catalogue import RELEASE_TABLES, meta_column

_ROOT: Final = "dti"
_DATABASE: Final = "DTI"
_VERSION: Final = "1.0.0"
_TYPES: Final = {
    **{"string": "VARCHAR", "int32": "INTEGER", "int64": "BIGINT", "float64": "DOUBLE"},
    **{"bool": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP WITH TIME ZONE"},
}
_FUNCTIONS: Final = {"sum": "SUM", "mean": "AVG"}
_WORDS: Final = {"sum": "tổng", "mean": "trung bình"}
# A ZIP file holds a time for every entry; the earliest it knows says nothing.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_ROW_HEIGHT: Final = 50
# More bars than names that can be read are none.
_BARS: Final = 15
_COLUMNS: Final = 12


def kit(database: str, *, year: int) -> bytes:
    """Return the ZIP to import into Superset.

    Args:
        database: path of the DuckDB file as Superset sees it.
        year: what the dashboard shows at first.
    """
    design = tomllib.loads(
        files("dti_pipeline.reports").joinpath("superset.toml").read_text(encoding="utf-8")
    )
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(design, database, year):
            entry = zipfile.ZipInfo(f"{_ROOT}/{name}", date_time=_NO_TIME)
            archive.writestr(entry, json.dumps(content, ensure_ascii=False, indent=1))
    return sink.getvalue()


def _files(
    design: Mapping[str, Any], database: str, year: int
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield (
        "metadata.yaml",
        {"version": _VERSION, "type": "Dashboard", "timestamp": "2000-01-01T00:00:00+00:00"},
    )
    yield f"databases/{_DATABASE}.yaml", _database(database)
    for table in dict.fromkeys(chart["dataset"] for chart in design["charts"]):
        yield f"datasets/{_DATABASE}/{table}.yaml", _dataset(table)
    for number, chart in enumerate(design["charts"], start=1):
        yield f"charts/chart_{number:02}.yaml", _chart(chart)
    yield "dashboards/dti.yaml", _dashboard(design, year)


def _id(*names: str) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(("dti-pipeline", *names))))


def _database(path: str) -> dict[str, Any]:
    """Describe the DuckDB file: read only, because a writer would lock everybody else out."""
    return {
        "database_name": _DATABASE,
        "sqlalchemy_uri": f"duckdb:///{path}",
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_file_upload": False,
        "extra": {"engine_params": {"connect_args": {"read_only": True}}},
        "uuid": _id("database"),
        "version": _VERSION,
    }


def _dataset(table: str) -> dict[str, Any]:
    """Describe a reading table: labels of columns, and the measures that may be made of them."""
    rows = meta_column().filter(table_name=table).to_dicts()
    metrics = [
        {
            "metric_name": metric_name(row["column_name"], row["aggregation"]),
            "verbose_name": f"{row['label_vi']} ({_WORDS[row['aggregation']]})",
            "expression": f"{_FUNCTIONS[row['aggregation']]}({row['column_name']})",
            "description": row["description_en"],
        }
        for row in rows
        if row["aggregation"] in _FUNCTIONS
    ]
    return {
        "table_name": table,
        "main_dttm_col": "year_date",
        "description": " · ".join(RELEASE_TABLES[table].grain()),
        "catalog": None,
        "schema": "main",
        "sql": None,
        "filter_select_enabled": True,
        "uuid": _id("dataset", table),
        "metrics": metrics,
        "columns": [
            {
                "column_name": row["column_name"],
                "verbose_name": row["label_vi"],
                "description": f"{row['description_vi']} · {row['description_en']}",
                "is_dttm": row["type"] == "date",
                "is_active": True,
                "type": _TYPES[row["type"]],
                "groupby": row["role"] in ("key", "dimension"),
                "filterable": True,
                "expression": None,
            }
            for row in rows
        ],
        "version": _VERSION,
        "database_uuid": _id("database"),
    }


def metric_name(column: str, aggregation: str) -> str:
    """Return the name of the measure of a column; `value` is the name of columns only."""
    return f"{aggregation}_value_of_rows" if column == "value" else f"{aggregation}_{column}"


def _chart(chart: Mapping[str, Any]) -> dict[str, Any]:
    kind = chart["kind"]
    params: dict[str, Any] = {
        "viz_type": kind,
        "datasource": _id("dataset", chart["dataset"]),
        "time_range": "No filter",
        "row_limit": 1000,
        "adhoc_filters": [
            {
                "clause": "WHERE",
                "expressionType": "SIMPLE",
                "subject": column,
                "operator": "==",
                "operatorId": "EQUALS",
                "comparator": content,
            }
            for column, content in chart["where"].items()
        ],
    }
    metric = chart.get("metric")
    if kind == "table":
        params |= {
            "query_mode": "raw",
            "all_columns": chart["columns"],
            "order_by_cols": [json.dumps([chart["order"], True])],
        }
    elif kind in ("big_number_total", "pie"):
        params |= {"metric": metric, "groupby": chart.get("groups", [])}
    elif kind == "pivot_table_v2":
        params |= {
            "metrics": [metric],
            "groupbyRows": chart["rows"],
            "groupbyColumns": chart["columns"],
            "aggregateFunction": "Average",
        }
    else:
        params |= {
            "x_axis": chart["x"],
            "metrics": [metric],
            "groupby": chart.get("groups", []),
            "time_grain_sqla": "P1Y" if chart["x"] == "year_date" else None,
        }
    if kind == "echarts_timeseries_bar":
        params |= {
            "orientation": "horizontal",
            "x_axis_sort": metric,
            "x_axis_sort_asc": True,
            "timeseries_limit_metric": metric,
            "order_desc": True,
            "row_limit": _BARS,
        }
    return {
        "slice_name": " · ".join(chart["title"]),
        "viz_type": kind,
        "params": params,
        "cache_timeout": None,
        "uuid": _id("chart", chart["title"][1]),
        "version": _VERSION,
        "dataset_uuid": _id("dataset", chart["dataset"]),
    }


def _dashboard(design: Mapping[str, Any], year: int) -> dict[str, Any]:
    charts = list(enumerate(design["charts"], start=1))
    return {
        "dashboard_title": design["title"],
        "description": None,
        "css": "",
        "slug": "dti",
        "uuid": _id("dashboard"),
        "position": _position(design),
        "metadata": {
            "color_scheme": "supersetColors",
            "cross_filters_enabled": True,
            "native_filter_configuration": [
                {
                    "id": f"NATIVE_FILTER-{entry['column']}",
                    "type": "NATIVE_FILTER",
                    "filterType": "filter_select",
                    "name": " · ".join(entry["title"]),
                    "targets": [
                        {
                            "column": {"name": entry["column"]},
                            "datasetUuid": _id("dataset", "out_ranking"),
                        }
                    ],
                    # A chart over the years has no single one.
                    "scope": {
                        "rootPath": ["ROOT_ID"],
                        "excluded": [
                            number
                            for number, chart in charts
                            if entry["column"] == "assessment_year" and chart.get("over_years")
                        ],
                    },
                    "controlValues": {"multiSelect": True, "enableEmptyFilter": False},
                    "defaultDataMask": _choice(entry["column"], year),
                    "cascadeParentIds": [],
                }
                for entry in design["filters"]
            ],
        },
        "version": _VERSION,
    }


def _choice(column: str, year: int) -> dict[str, Any]:
    """Return what a filter chooses at first: one year, since years do not add up."""
    if column != "assessment_year":
        return {"extraFormData": {}, "filterState": {}}
    return {
        "extraFormData": {"filters": [{"col": column, "op": "IN", "val": [year]}]},
        "filterState": {"value": [year], "label": str(year)},
    }


def _position(design: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the charts out in rows of twelve columns."""
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": design["title"]}},
    }
    rows: list[str] = []
    width = _COLUMNS
    for number, chart in enumerate(design["charts"], start=1):
        if width + chart["width"] > _COLUMNS:
            width = 0
            rows.append(f"ROW-{len(rows) + 1}")
            position[rows[-1]] = {
                "type": "ROW",
                "id": rows[-1],
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID"],
                "meta": {"background": "BACKGROUND_TRANSPARENT"},
            }
        width += chart["width"]
        place = f"CHART-{number}"
        position[rows[-1]]["children"].append(place)
        position[place] = {
            "type": "CHART",
            "id": place,
            "children": [],
            "parents": ["ROOT_ID", "GRID_ID", rows[-1]],
            "meta": {
                "chartId": number,
                "uuid": _id("chart", chart["title"][1]),
                "sliceName": " · ".join(chart["title"]),
                "width": chart["width"],
                "height": _ROW_HEIGHT,
            },
        }
    grid = {"type": "GRID", "id": "GRID_ID", "children": rows, "parents": ["ROOT_ID"]}
    return position | {"GRID_ID": grid}
