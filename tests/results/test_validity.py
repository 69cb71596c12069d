"""From when to when a set, its components and what they rest on are in force, in the dimensions."""

from datetime import date

import polars as pl

from dti_pipeline.index.definition import define
from dti_pipeline.results.dimensions import framework_rows, indicator_rows
from dti_pipeline.workspace import Workspace
from tests.conftest import REPOSITORY


def test_dimensions_say_from_when_to_when_and_by_which_document() -> None:
    definition = define("province-2025", workspace=Workspace(data=REPOSITORY / "data"))
    framework = framework_rows(definition).row(0, named=True)
    assert (framework["valid_from"], framework["valid_to"]) == (date(2024, 1, 1), None)
    assert framework["decision"].startswith("Quyết định số 405/QĐ-BKHCN")
    indicators = indicator_rows(definition)
    ended = indicators.filter(pl.col("legal_basis_to") < date(2026, 7, 1))
    assert ended.select("indicator_code", "legal_basis_vi", "legal_basis_to").rows() == [
        ("0103", "Nghị định số 42/2022/NĐ-CP", date(2026, 6, 30)),
        ("0601", "Nghị định số 42/2022/NĐ-CP", date(2026, 6, 30)),
        ("0602", "Nghị định số 42/2022/NĐ-CP", date(2026, 6, 30)),
        ("0606", "Nghị định số 64/2007/NĐ-CP", date(2026, 6, 30)),
    ]
    assert indicators["legal_basis_vi"].count() == 5
