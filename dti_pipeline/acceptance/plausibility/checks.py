"""Run all checks that find trouble in figures which read well."""

from collections.abc import Collection, Mapping

import polars as pl

from dti_pipeline.acceptance.plausibility.checked_figures import checked_figures
from dti_pipeline.acceptance.plausibility.copies import copies
from dti_pipeline.acceptance.plausibility.outliers import other_units
from dti_pipeline.acceptance.plausibility.ratios import (
    heaps,
    numerators_above,
    without_spread,
    zero_denominators,
)
from dti_pipeline.acceptance.plausibility.settings import load_settings
from dti_pipeline.acceptance.plausibility.sums import broken_sums
from dti_pipeline.index.frameworks.load import BoundFramework
from schemas.issues.issue import Issue, to_frame


def doubts(
    observations: pl.DataFrame,
    *,
    frameworks: Mapping[str, BoundFramework],
    units: pl.DataFrame,
    not_assessed: Collection[str] = (),
    zero_denominator: str | None = None,
) -> pl.DataFrame:
    """Return what is doubtful about accepted figures of one assessment's own year.

    Args:
        observations: every observation with ``accepted``.
        frameworks: frameworks in use, by id.
        units: unit_id, unit_name, framework_id of the units that are assessed.
        not_assessed: components that count for nobody.
        zero_denominator: what one counts where its component does not say it.
    """
    issues: list[Issue] = []
    for figures in checked_figures(observations, frameworks=frameworks, units=units):
        framework = figures.framework
        settings = load_settings(framework.file.checks, framework_id=framework.id)
        issues += numerators_above(figures)
        issues += zero_denominators(figures, not_assessed, zero_denominator)
        issues += without_spread(figures, not_assessed)
        issues += broken_sums(figures, settings.sums)
        issues += other_units(figures, settings.unit_of_measure)
        issues += copies(figures, settings.identical)
        issues += heaps(figures, settings.heaping)
    return to_frame(issues)
