"""Which units an assessment asks for a report, and what their forms are called."""

from typing import Any

import polars as pl

from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.forms.layout import questions_by_key


def asked_units(definition: Definition) -> dict[int, dict[str, Any]]:
    """Return place in the unit set → unit that is asked for a report, with its framework_id.

    Empty where no figure of the assessment is self-reported. Nobody owes reports to a history; a
    derived assessment shows its source's deliveries.
    """
    if definition.assessment.kind != "computed":
        return {}
    asking = [
        framework.id for framework in definition.frameworks.values() if questions_by_key(framework)
    ]
    frameworks = definition.units.select("unit_id", "framework_id")
    units = definition.all_units.join(frameworks, on="unit_id", maintain_order="left")
    rows = units.filter(pl.col("framework_id").is_in(asking))
    return dict(enumerate(rows.iter_rows(named=True), start=1))


def form_name(number: int, unit: dict[str, Any]) -> str:
    """Name a form by official code, or place in the list, and name."""
    code = unit["official_code"] or f"{number:03d}"
    plain = "_".join("".join(c if c.isalnum() else " " for c in str(unit["name_ascii"])).split())
    return f"{code}_{plain.lower()}.xlsx"
