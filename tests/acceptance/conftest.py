"""A small framework and observations of two units, for the tests of acceptance."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.index.frameworks.load import BoundFramework
from tests.index.rules.cases import MICRO, component, count, framework

UNITS = pl.DataFrame(
    {"unit_id": ["VN-P63-01", "VN-P63-02"], "unit_name": ["Hà Nội", "Hà Giang"]}
).with_columns(framework_id=pl.lit("small"))
HANOI, HAGIANG = UNITS["unit_id"]

TABLE = {
    "id": "network",
    "name_vi": "Mạng",
    "name_en": "Network",
    "owner_vi": "Cơ quan mẫu",
    "owner_en": "Sample agency",
    "match": "*network*",
    "unit_column": "unit",
    "columns": {"share": {"header": "share", "name_vi": "Tỷ lệ", "name_en": "Share"}},
}

Observations = Callable[..., pl.DataFrame]


@pytest.fixture
def small(tmp_path: Path) -> dict[str, BoundFramework]:
    """Return a framework: 01 central (also reported), 02 reported, 03 reported with evidence."""
    given = {"kind": "given", "value": "n"}
    central = count("n", source="central:network.share", also_reported=True)
    bound = framework(
        tmp_path,
        component("01", 1, rule=given, variables={"n": central}),
        component("02", 1, rule=given, variables={"n": count("n")}),
        component(
            "03",
            1,
            rule={"kind": "ratio", "numerator": "n", "denominator": "m"},
            variables={"n": count("n"), "m": count("m", source="component:02.n")},
            evidence="required",
        ),
        tables=[TABLE],
    )
    return {"small": bound}


def observations(*rows: dict[str, Any]) -> pl.DataFrame:
    """Lay out observations; a row says what differs from Hà Nội's report of 02.n = 5."""
    usual = {
        "unit_id": HANOI,
        "component_code": "02",
        "variable": "n",
        "value_micro": 5,
        "option": None,
        "obs_status": "ok",
        "evidence_state": "not_required",
        "source_kind": "self_report",
        "source_file": "raw/small/self_reports/01.xlsx",
        "source_sheet": "Báo cáo",
        "source_cell": "H12",
        "source_sha256": "0" * 64,
        "delivery_no": 1,
        "raw_text": "5",
        "reading": None,
        "unit_of_measure": "số",
        "data_basis": "delivered",
        "na_reason": None,
        "evidence_text": None,
    }
    numbers = {"value_micro": pl.Int64, "delivery_no": pl.Int32}
    schema = {name: numbers.get(name, pl.String) for name in usual}
    return pl.DataFrame([_micro(usual | row) for row in rows], schema=schema)


def _micro(row: dict[str, Any]) -> dict[str, Any]:
    figure = row["value_micro"] = row.pop("value", row["value_micro"])
    return row if figure is None else row | {"value_micro": figure * MICRO}
