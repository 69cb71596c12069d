"""Figures of the assessment that another one is compared with, from the current release."""

from decimal import Decimal

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.definition import Definition, define
from dti_pipeline.release.releases import Published
from schemas.catalogue import TABLES

PastFigures = dict[tuple[str, str], Decimal | int | str]
"""Component code and variable → figure."""


def past_figures(definition: Definition) -> dict[str, PastFigures]:
    """Return the accepted figures of the compared assessment, where the same framework scored it.

    Codes mean the same figure only within one framework, so another framework's are not given.
    """
    observations = (
        _of_year_before(definition, "fact_observation")
        .filter(pl.col("accepted"), pl.col("value_micro").is_not_null(), pl.col("option").is_null())
        .select("unit_id", "component_code", "variable", "value_micro")
        .collect()
    )
    figures: dict[str, PastFigures] = {}
    for unit_id, code, name, micro in observations.iter_rows():
        figures.setdefault(unit_id, {})[(code, name)] = Decimal(micro) / MICRO
    return figures


def past_points(definition: Definition, unit_id: str) -> dict[str, float]:
    """Return component → a unit's points in the compared assessment, under the same framework."""
    points = (
        _of_year_before(definition, "fact_component_score")
        .filter(pl.col("unit_id") == unit_id, pl.col("points").is_not_null())
        .select("component_code", "points")
        .collect()
    )
    return dict(points.iter_rows())


def _of_year_before(definition: Definition, table: str) -> pl.LazyFrame:
    """Return the rows of a table about the compared assessment and components of both years."""
    compared = definition.assessment.compared_with
    latest = Published(definition.workspace.published).latest()
    if latest is None or compared not in latest.revisions:
        return TABLES[table].empty().lazy()
    before = define(compared, workspace=definition.workspace)
    same = set(before.frameworks) & set(definition.frameworks)
    codes = [c.code for name in same for c in definition.frameworks[name].asked]
    return latest.scan(table).filter(
        pl.col("assessment_id") == compared, pl.col("component_code").is_in(codes)
    )
