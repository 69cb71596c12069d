"""A kit for Apache Superset: datasets on the reading tables, charts, one dashboard with filters.

Superset imports a ZIP of YAML files. They are written as JSON, which is YAML, so that no library is
needed; ids follow from names, so that a second import updates what the first one made. What is the
same whatever the release holds is in ``superset.toml``, in Superset's own words.
"""

import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from schemas.catalogue import RELEASE_TABLES, meta_column
from schemas.columns import SQL_TYPES
from schemas.package_data import toml_beside

Design = dict[str, Any]

_MEASURES: Final = {"sum": ("SUM", "tổng"), "mean": ("AVG", "trung bình")}
_COLUMNS: Final = 12


def kit(database: str, *, year: int) -> bytes:
    """Return the ZIP to import into Superset.

    ``database`` is the DuckDB file as Superset sees it, ``year`` what the dashboard shows at first.
    """
    design = toml_beside(__file__)
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in _files(design, database, year):
            entry = zipfile.ZipInfo(f"dti/{name}.yaml")  # without a time: that of 1980
            text = json.dumps(content, ensure_ascii=False, indent=1)
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _files(design: Design, database: str, year: int) -> Iterator[tuple[str, Design]]:
    yield "metadata", design["metadata"]
    engine = {"sqlalchemy_uri": f"duckdb:///{database}", "uuid": _id("database")}
    yield "databases/DTI", design["database"] | engine
    for table in dict.fromkeys(chart["dataset"] for chart in design["charts"]):
        yield f"datasets/DTI/{table}", design["dataset"] | _dataset(table)
    for number, chart in enumerate(design["charts"], start=1):
        yield f"charts/chart_{number:02}", _chart(chart, design)
    yield "dashboards/dti", _dashboard(design, year)


def _id(*names: str) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(("dti-pipeline", *names))))


def _dataset(table: str) -> Design:
    rows = meta_column().filter(table_name=table).to_dicts()
    return {
        "table_name": table,
        "description": " · ".join(RELEASE_TABLES[table].grain()),
        "uuid": _id("dataset", table),
        "database_uuid": _id("database"),
        "metrics": [
            {
                "metric_name": metric_name(row["column_name"], row["aggregation"]),
                "verbose_name": f"{row['label_vi']} ({word})",
                "expression": f"{function}({row['column_name']})",
                "description": row["description_en"],
            }
            for row in rows
            if row["aggregation"] in _MEASURES
            for function, word in [_MEASURES[row["aggregation"]]]
        ],
        "columns": [
            {
                "column_name": row["column_name"],
                "verbose_name": row["label_vi"],
                "description": f"{row['description_vi']} · {row['description_en']}",
                "type": SQL_TYPES[row["type"]],
                "is_dttm": row["type"] == "date",
                "groupby": row["role"] in ("key", "dimension"),
                "filterable": True,
                "is_active": True,
            }
            for row in rows
        ],
    }


def metric_name(column: str, aggregation: str) -> str:
    """Return the name of the measure of a column; `value` is the name of columns only."""
    return f"{aggregation}_value_of_rows" if column == "value" else f"{aggregation}_{column}"


def _chart(chart: Design, design: Design) -> Design:
    kind, dataset = chart["kind"], _id("dataset", chart["dataset"])
    filters = [
        design["where"] | {"subject": column, "comparator": content}
        for column, content in chart["where"].items()
    ]
    own = {"viz_type": kind, "datasource": dataset, "adhoc_filters": filters} | chart["params"]
    return {
        "slice_name": " · ".join(chart["title"]),
        "viz_type": kind,
        "params": design["params"] | design["kinds"].get(kind, {}) | own,
        "uuid": _id("chart", chart["title"][1]),
        "version": design["metadata"]["version"],
        "dataset_uuid": dataset,
    }


def _dashboard(design: Design, year: int) -> Design:
    # Years do not add up: the dashboard begins with one. A chart over the years has none.
    one_year = {
        "extraFormData": {"filters": [{"col": "assessment_year", "op": "IN", "val": [year]}]},
        "filterState": {"value": [year], "label": str(year)},
    }
    over_years = [n for n, c in enumerate(design["charts"], start=1) if c.get("over_years")]
    no_choice: Design = {"extraFormData": {}, "filterState": {}}
    filters = [
        {
            **design["filter"],
            "id": f"NATIVE_FILTER-{column}",
            "name": " · ".join(entry["title"]),
            "targets": [{"column": {"name": column}, "datasetUuid": _id("dataset", "out_ranking")}],
            "scope": {"rootPath": ["ROOT_ID"], "excluded": over_years if is_year else []},
            "defaultDataMask": one_year if is_year else no_choice,
        }
        for entry in design["filters"]
        for column in [entry["column"]]
        for is_year in [column == "assessment_year"]
    ]
    metadata = design["dashboard"]["metadata"] | {"native_filter_configuration": filters}
    places = {place["id"]: place for place in _places(design)}
    position = {"DASHBOARD_VERSION_KEY": "v2", **places}
    own = {"uuid": _id("dashboard"), "metadata": metadata, "position": position}
    return {**design["dashboard"], **own}


def _places(design: Design) -> Iterator[Design]:
    """Yield the boxes of the dashboard: charts in rows of twelve columns."""
    rows: list[list[str]] = []
    width = _COLUMNS
    for number, chart in enumerate(design["charts"], start=1):
        if width + chart["width"] > _COLUMNS:
            width = 0
            rows.append([])
        width += chart["width"]
        rows[-1].append(f"CHART-{number}")
        meta = {
            "chartId": number,
            "uuid": _id("chart", chart["title"][1]),
            "sliceName": " · ".join(chart["title"]),
            "width": chart["width"],
            "height": design["height"],
        }
        yield _place(f"CHART-{number}", "ROOT_ID", "GRID_ID", f"ROW-{len(rows)}", meta=meta)
    for number, children in enumerate(rows, start=1):
        meta = {"background": "BACKGROUND_TRANSPARENT"}
        yield _place(f"ROW-{number}", "ROOT_ID", "GRID_ID", children=children, meta=meta)
    names = [f"ROW-{number}" for number in range(1, len(rows) + 1)]
    yield _place("GRID_ID", "ROOT_ID", children=names)
    yield _place("ROOT_ID", children=["GRID_ID"])
    yield _place("HEADER_ID", meta={"text": design["dashboard"]["dashboard_title"]})


def _place(name: str, *parents: str, children: list[str] | None = None, **more: Any) -> Design:
    kind = name.partition("-")[0].removesuffix("_ID")
    return {"id": name, "type": kind, "parents": parents, "children": children or [], **more}
