"""Run all checks that find trouble in figures which read well."""

from collections.abc import Collection, Iterator, Mapping

import polars as pl

from dti_pipeline.acceptance.plausibility.checked_figures import CheckedFigures, checked_figures
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
    return to_frame(
        issue
        for figures in checked_figures(observations, frameworks=frameworks, units=units)
        for issue in _issues(figures, not_assessed, zero_denominator)
    )


def _issues(
    figures: CheckedFigures, not_assessed: Collection[str], zero_denominator: str | None
) -> Iterator[Issue]:
    framework = figures.framework
    settings = load_settings(framework.file.checks, framework_id=framework.id)
    yield from numerators_above(figures)
    yield from zero_denominators(figures, not_assessed, zero_denominator)
    yield from without_spread(figures, not_assessed)
    yield from broken_sums(figures, settings.sums)
    yield from other_units(figures, settings.unit_of_measure)
    yield from copies(figures, settings.identical)
    yield from heaps(figures, settings.heaping)
