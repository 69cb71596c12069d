"""The page for the people who design the next framework: how the index itself behaves.

It shows ``fact_index_check`` and adds nothing of its own. A finding says where to look, never that
an indicator is wrong.
"""

from typing import Any

import polars as pl

from dti_pipeline.reports.view import Edition, Row
from dti_pipeline.reports.words import INDEX_FINDINGS


def index_check_context(edition: Edition) -> dict[str, Any] | None:
    """Return what the page shows, one part per framework; None where the release has no check."""
    checks = edition.table("fact_index_check")
    if checks.is_empty():
        return None
    rows = checks.sort("framework_id", "indicator_level", "main_code", "indicator_code")
    return {
        "parts": [
            _part(edition, str(framework), part)
            for (framework,), part in rows.group_by("framework_id", maintain_order=True)
        ]
    }


def finding_count(edition: Edition) -> dict[str, int] | None:
    """Return how many indicators were checked and how many deserve a second look."""
    checks = edition.table("fact_index_check")
    if checks.is_empty():
        return None
    return {"n": checks.height, "found": checks["finding"].count()}


def _part(edition: Edition, framework: str, rows: pl.DataFrame) -> dict[str, Any]:
    """Return one framework: its mains, its components, and the findings by kind."""
    described = [
        row
        | {
            "indicator": edition.indicators.get(
                (framework, row["indicator_level"], row["indicator_code"])
            )
        }
        for row in rows.iter_rows(named=True)
    ]
    components = [row for row in described if row["indicator_level"] == "component"]
    return {
        "framework_id": framework,
        "n_units": rows["n_units"].max(),
        "mains": [row for row in described if row["indicator_level"] == "main"],
        "components": components,
        "findings": _by_finding(described),
        "kinds": [kind for kind in INDEX_FINDINGS if any(r["finding"] == kind for r in components)],
        "data_basis": rows["data_basis"][0],
    }


def _by_finding(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """Return every kind of finding with the indicators it is about, also where there is none."""
    return [(kind, [row for row in rows if row["finding"] == kind]) for kind in INDEX_FINDINGS]
