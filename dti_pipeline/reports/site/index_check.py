"""The page for the people who design the next framework: how the index itself behaves.

It shows ``fact_index_check`` and adds nothing of its own. A finding says where to look, never that
an indicator is wrong.
"""

from typing import Any

import polars as pl

from dti_pipeline.reports.release_view import AssessmentView
from dti_pipeline.reports.words import words_of


def index_check_context(assessment: AssessmentView) -> dict[str, Any] | None:
    """Return what the page shows, one part per framework; None where the release has no check."""
    checks = assessment.table("fact_index_check")
    if checks.is_empty():
        return None
    rows = checks.sort("framework_id", "indicator_level", "main_code", "indicator_code")
    return {
        "parts": [
            _part(assessment, str(framework), part)
            for (framework,), part in rows.group_by("framework_id", maintain_order=True)
        ]
    }


def finding_count(assessment: AssessmentView) -> dict[str, int] | None:
    checks = assessment.table("fact_index_check")
    if checks.is_empty():
        return None
    return {"n": checks.height, "found": checks["finding"].count()}


def _part(assessment: AssessmentView, framework: str, checks: pl.DataFrame) -> dict[str, Any]:
    rows = checks.to_dicts()
    for row in rows:
        place = (framework, row["indicator_level"], row["indicator_code"])
        row["indicator"] = assessment.indicators.get(place)
    kinds = list(words_of("index_findings"))
    components = [row for row in rows if row["indicator_level"] == "component"]
    return {
        "framework_id": framework,
        "n_units": checks["n_units"].max(),
        "mains": [row for row in rows if row["indicator_level"] == "main"],
        "components": components,
        # Every kind of finding, also where there is none.
        "findings": [(kind, [row for row in rows if row["finding"] == kind]) for kind in kinds],
        "kinds": [kind for kind in kinds if any(row["finding"] == kind for row in components)],
        "data_basis": checks["data_basis"][0],
    }
