"""What lies beside the tables of a release and says what they are, to people and to machines.

A folder that was mailed on says by itself what it holds, what of it is made up, and how to cite it.
No clock time is in these files: equal inputs give equal bytes.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import polars as pl

from dti_pipeline.release.csv_text import csv_text
from dti_pipeline.store.parquet import WrittenTable
from schemas.catalogue import RELEASE_TABLES, meta_column
from schemas.keys import REFERENCES
from schemas.words import MADE_UP, words_of

# What people open in a spreadsheet.
AS_CSV: Final = ("out_ranking", "out_history_34")
TITLE: Final = "Chỉ số chuyển đổi số · Digital Transformation Index"
_TYPES: Final = {
    **{"string": "string", "bool": "boolean", "date": "date", "timestamp": "datetime"},
    **{"int32": "integer", "int64": "integer", "float64": "number"},
}
_LICENSE: Final = """\
# Giấy phép · Licence

Số liệu trong thư mục này thuộc cơ quan đã công bố hoặc đã nộp; sử dụng theo quy định của cơ quan đó
và ghi nguồn. Phần mềm tạo ra thư mục theo giấy phép Apache-2.0. Số liệu giả định không phải kết quả
chính thức và không được dùng như kết quả chính thức.

The figures in this folder belong to the offices that published or delivered them: use them by their
terms and name the source. The software that made the folder is under Apache-2.0. Made-up data are
no official results and must not be passed on as such.
"""


def documents(
    tables: Mapping[str, pl.DataFrame],
    *,
    release_id: str,
    files: Mapping[str, WrittenTable],
    changes: str,
    reason: str | None,
) -> dict[str, bytes]:
    """Return the files beside the tables, by name.

    Args:
        tables: name → rows without ``release_id``; of a whole release.
        release_id: the release.
        files: table → what was written of it.
        changes: what is new in the release.
        reason: why it is published; None where nobody said.
    """
    texts = {
        "datapackage.json": json.dumps(
            data_package(release_id, files), ensure_ascii=False, indent=1
        ),
        "LICENSE.md": _LICENSE,
        "CHANGES.md": _changes(release_id, changes, reason),
        "CITATION.cff": _citation(release_id),
    }
    if "dim_assessment" in tables:
        texts["README.md"] = "\n".join(_readme(tables["dim_assessment"], release_id)) + "\n"
    csv = {f"{name}.csv": csv_text(tables[name]) for name in AS_CSV if name in tables}
    return {name: text.encode() for name, text in texts.items()} | csv


def digest_of(content: bytes) -> dict[str, object]:
    """Return what a manifest says of a file."""
    return {"sha256": sha256(content).hexdigest(), "bytes": len(content)}


def data_package(release_id: str, files: Mapping[str, WrittenTable]) -> dict[str, Any]:
    """Describe the tables as a data package (https://datapackage.org), from the models."""
    columns = meta_column().partition_by("table_name", as_dict=True, include_key=False)
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
                "schema": _table_schema(name, columns[name,], present=files),
            }
            for name, entry in files.items()
        ],
    }


def _table_schema(
    name: str, columns: pl.DataFrame, *, present: Mapping[str, object]
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
        for column, (table, target) in REFERENCES.items()
        if column in models and table in present and (table, target) != (name, column)
    ]
    schema = {"fields": fields, "primaryKey": RELEASE_TABLES[name].key()}
    return schema | ({"foreignKeys": keys} if keys else {})


def _readme(assessments: pl.DataFrame, release_id: str) -> list[str]:
    """Say what the folder holds and what of it is made up."""
    kinds = words_of("data_bases")
    rows = [
        f"| {row['title_vi']}<br>{row['title_en']} | {kinds[row['data_basis']].vi}"
        f"<br>{kinds[row['data_basis']].en} | {row['n_units']} |"
        for row in assessments.iter_rows(named=True)
    ]
    is_made_up = assessments["data_basis"].is_in(MADE_UP).any()
    warning = (
        [
            "",
            "**Một phần là SỐ LIỆU GIẢ ĐỊNH, không phải kết quả chính thức: xem cột `data_basis` "
            "của từng dòng. · Part of this is MADE-UP DATA, no official result: see `data_basis` "
            "of every row.**",
        ]
        if is_made_up
        else []
    )
    return [
        f"# {TITLE}, {release_id}",
        *warning,
        "",
        "| kỳ đánh giá · assessment | số liệu · data | đơn vị · units |",
        "|---|---|---|",
        *rows,
        "",
        "Bắt đầu từ các bảng `out_…`: tên ở cạnh mã, không cần nối bảng. · Start with the tables "
        "`out_…`: names beside codes, nothing to join.",
        "",
        "Mô tả mọi cột: `meta_column.parquet`, `datapackage.json`. · Every column is described in "
        "`meta_column.parquet` and `datapackage.json`.",
        "",
        "`manifest.json` giữ mã kiểm tra của từng tệp. · `manifest.json` holds the hash of every "
        "file.",
    ]


def _changes(release_id: str, changes: str, reason: str | None) -> str:
    lines = [f"- {change}" for change in changes.split("; ") if change]
    return "\n".join([f"# Thay đổi · Changes, {release_id}", "", reason or "–", "", *lines, ""])


def _citation(release_id: str) -> str:
    return "\n".join(
        [
            "cff-version: 1.2.0",
            "message: Nêu mã bản phát hành khi trích dẫn. Name the release when you cite it.",
            f'title: "{TITLE}"',
            "type: dataset",
            f"version: {release_id}",
            "authors:",
            "  - name: dti-pipeline",
            "",
        ]
    )
