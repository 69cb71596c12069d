"""The kit for Superset: what its charts ask for is in the tables, and its filters reach them all."""

import json
import zipfile
from io import BytesIO
from typing import Any

import duckdb
import pytest

from dti_pipeline.release.folder import Release
from dti_pipeline.reports.superset import kit


@pytest.fixture(scope="module")
def entries() -> dict[str, Any]:
    with zipfile.ZipFile(BytesIO(kit("/data/dti.duckdb", year=2024))) as archive:
        return {
            name.removeprefix("dti/"): json.loads(archive.read(name)) for name in archive.namelist()
        }


def kind(entries: dict[str, Any], folder: str) -> dict[str, Any]:
    return {
        content["uuid"]: content for name, content in entries.items() if name.startswith(folder)
    }


def test_the_kit_holds_one_dashboard_with_ten_charts(entries: dict[str, Any]) -> None:
    charts, (dashboard,) = kind(entries, "charts"), kind(entries, "dashboards").values()
    assert len(charts) == 10
    placed = [
        place["meta"] for name, place in dashboard["position"].items() if name.startswith("CHART")
    ]
    assert {place["uuid"] for place in placed} == set(charts)
    for row in (place for name, place in dashboard["position"].items() if name.startswith("ROW")):
        assert sum(dashboard["position"][name]["meta"]["width"] for name in row["children"]) == 12


def test_the_database_is_read_only(entries: dict[str, Any]) -> None:
    (database,) = kind(entries, "databases").values()
    assert database["sqlalchemy_uri"] == "duckdb:////data/dti.duckdb"
    assert database["extra"]["engine_params"] == {"connect_args": {"read_only": True}}
    assert not database["allow_dml"]


def test_filters_reach_every_chart(entries: dict[str, Any]) -> None:
    (dashboard,) = kind(entries, "dashboards").values()
    datasets = kind(entries, "datasets")
    for entry in dashboard["metadata"]["native_filter_configuration"]:
        (target,) = entry["targets"]
        for dataset in datasets.values():
            assert target["column"]["name"] in [c["column_name"] for c in dataset["columns"]]
        chosen = entry["defaultDataMask"]["filterState"].get("value")
        assert chosen == ([2024] if entry["name"].startswith("Năm") else None)
        assert len(entry["scope"]["excluded"]) == (2 if entry["name"].startswith("Năm") else 0)


def test_every_chart_draws_from_the_tables(
    entries: dict[str, Any], province_release: Release
) -> None:
    datasets = kind(entries, "datasets")
    with duckdb.connect() as connection:
        for chart in kind(entries, "charts").values():
            dataset, params = datasets[chart["dataset_uuid"]], chart["params"]
            metrics = {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}
            asked = [params[name] for name in ("metric",) if name in params] + params.get(
                "metrics", []
            )
            columns = [
                *params.get("all_columns", []),
                *params.get("groupby", []),
                *params.get("groupbyRows", []),
                *params.get("groupbyColumns", []),
                *([params["x_axis"]] if "x_axis" in params else []),
            ]
            where = " AND ".join(
                f"{entry['subject']} = '{entry['comparator']}'" for entry in params["adhoc_filters"]
            )
            path = province_release.folder / f"{dataset['table_name']}.parquet"
            rows = connection.execute(
                f"SELECT {', '.join([*columns, *(metrics[name] for name in asked)])} "
                f"FROM read_parquet('{path}') WHERE {where or 'true'} "
                + (f"GROUP BY {', '.join(columns)}" if asked and columns else "")
            ).fetchall()
            assert rows, chart["slice_name"]


def test_the_same_kit_has_the_same_bytes_and_is_packed() -> None:
    packed = kit("/data/dti.duckdb", year=2024)
    assert packed == kit("/data/dti.duckdb", year=2024)
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_DEFLATED}
