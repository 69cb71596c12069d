"""Figures of the assessment that another one is compared with, from the current release."""

from decimal import Decimal

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.definition import Definition, define
from dti_pipeline.release.releases import Published

PastFigures = dict[tuple[str, str], Decimal | int | str]
"""Component code and variable → figure."""


def past_figures(definition: Definition) -> dict[str, PastFigures]:
    """Return the accepted figures of the compared assessment, where the same framework scored it.

    Codes mean the same figure only within one framework, so another framework's are not given.
    """
    compared = definition.assessment.compared_with
    latest = Published(definition.workspace.published).latest()
    if latest is None or compared not in latest.assessments:
        return {}
    before = define(compared, workspace=definition.workspace)
    same = set(before.frameworks) & set(definition.frameworks)
    codes = [c.code for name in same for c in definition.frameworks[name].components]
    observations = (
        latest.scan("fact_observation")
        .filter(
            pl.col("assessment_id") == compared,
            pl.col("accepted"),
            pl.col("value_micro").is_not_null(),
            pl.col("option").is_null(),
            pl.col("component_code").is_in(codes),
        )
        .select("unit_id", "component_code", "variable", "value_micro")
        .collect()
    )
    figures: dict[str, PastFigures] = {}
    for unit_id, code, name, micro in observations.iter_rows():
        figures.setdefault(unit_id, {})[(code, name)] = Decimal(micro) / MICRO
    return figures
