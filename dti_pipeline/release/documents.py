"""What lies beside the tables of a release and says what they are, to people and to machines.

A folder that was mailed on says by itself what it holds, what of it is made up, and how to cite it.
No clock time is in these files: equal inputs give equal bytes. Their texts are in ``beside/``.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files as resources
from typing import Any, Final

import polars as pl

from dti_pipeline.release.csv_text import csv_text
from dti_pipeline.store.parquet import Rows, WrittenTable
from schemas.catalogue import RELEASE_TABLES, meta_column
from schemas.keys import references
from schemas.words import MADE_UP, words_of

# What people open in a spreadsheet.
AS_CSV: Final = ("out_ranking", "out_history_34")
TITLE: Final = "Chỉ số chuyển đổi số · Digital Transformation Index"
_TYPES: Final = {
    **{"string": "string", "bool": "boolean", "date": "date", "timestamp": "datetime"},
    **{"int32": "integer", "int64": "integer", "float64": "number"},
}


def documents(
    tables: Mapping[str, Rows],
    *,
    release_id: str,
    files: Mapping[str, WrittenTable],
    changes: str,
    reason: str | None,
) -> dict[str, bytes]:
    """Return the files beside the tables of a whole release, by name."""
    words = {
        "title": TITLE,
        "release_id": release_id,
        "reason": reason or "–",
        "changes": "\n".join(f"- {change}" for change in changes.split("; ") if change),
    }
    names = ["LICENSE.md", "CHANGES.md", "CITATION.cff"]
    if "dim_assessment" in tables:
        words |= _assessments(tables["dim_assessment"].lazy().collect())
        names.append("README.md")
    texts = {name: _text(name).format(**words) for name in names}
    package = data_package(release_id, files)
    texts["datapackage.json"] = json.dumps(package, ensure_ascii=False, indent=1)
    whole = {name: tables[name].lazy().collect() for name in AS_CSV if name in tables}
    csv = {f"{name}.csv": csv_text(frame) for name, frame in whole.items()}
    return {name: text.encode() for name, text in texts.items()} | csv


def _text(name: str) -> str:
    return resources("dti_pipeline.release").joinpath("beside", name).read_text("utf-8")


def _assessments(assessments: pl.DataFrame) -> dict[str, str]:
    """Say what assessments the release holds, and whether anything of them is made up."""
    kinds = words_of("data_bases")
    is_made_up = assessments["data_basis"].is_in(MADE_UP).any()
    rows = [
        f"| {row['title_vi']}<br>{row['title_en']} | {'<br>'.join(kinds[row['data_basis']])} "
        f"| {row['n_units']} |"
        for row in assessments.iter_rows(named=True)
    ]
    return {"assessments": "\n".join(rows), "warning": _text("WARNING.md") if is_made_up else ""}


def data_package(release_id: str, files: Mapping[str, WrittenTable]) -> dict[str, Any]:
    """Describe the tables as a data package (https://datapackage.org), from the models."""
    columns = meta_column().partition_by("table_name", as_dict=True, include_key=False)
    present = {name: RELEASE_TABLES[name].names() for name in files}
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"dti-{release_id}",
        "title": TITLE,
        "version": release_id,
        "licenses": [{"title": "See LICENSE.md", "path": "LICENSE.md"}],
        "resources": [
            {
                "name": name,
                "path": f"{name}.parquet",
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
                "title": RELEASE_TABLES[name].grain().vi,
                "description": RELEASE_TABLES[name].grain().en,
                "bytes": entry.bytes,
                "hash": f"sha256:{entry.sha256}",
                "schema": _table_schema(name, columns[name,], present),
            }
            for name, entry in files.items()
        ],
    }


def _table_schema(
    name: str, columns: pl.DataFrame, present: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    models = RELEASE_TABLES[name].to_schema().columns
    fields = [
        {
            "name": row["column_name"],
            "type": _TYPES[row["type"]],
            "title": f"{row['label_vi']} · {row['label_en']}",
            "description": f"{row['description_vi']} · {row['description_en']}",
            "constraints": {"required": not models[row["column_name"]].nullable},
            "unit": row["unit"],
            "role": row["role"],
            "aggregation": row["aggregation"],
        }
        for row in columns.iter_rows(named=True)
    ]
    keys = [
        {"fields": [column], "reference": {"resource": table, "fields": [target]}}
        for column, table, target in references(name, present)
    ]
    schema = {"fields": fields, "primaryKey": RELEASE_TABLES[name].key()}
    return schema | ({"foreignKeys": keys} if keys else {})
