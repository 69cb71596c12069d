"""Run all checks that find trouble in figures which read well."""

from collections.abc import Iterator, Mapping

import polars as pl

from dti_pipeline.acceptance.plausibility.checked_figures import CheckedFigures, checked_figures
from dti_pipeline.acceptance.plausibility.copies import copies
from dti_pipeline.acceptance.plausibility.outliers import other_units
from dti_pipeline.acceptance.plausibility.ratios import heaps, numerators_above
from dti_pipeline.acceptance.plausibility.settings import load_settings
from dti_pipeline.acceptance.plausibility.sums import broken_sums
from dti_pipeline.index.frameworks.load import BoundFramework
from schemas.issues.issue import Issue, to_frame


def doubts(
    observations: pl.DataFrame, *, frameworks: Mapping[str, BoundFramework], units: pl.DataFrame
) -> pl.DataFrame:
    """Return warnings about accepted figures of one assessment's own year.

    Args:
        observations: every observation with ``accepted``.
        frameworks: frameworks in use, by id.
        units: unit_id, unit_name, framework_id of the units that are assessed.
    """
    return to_frame(
        issue
        for figures in checked_figures(observations, frameworks=frameworks, units=units)
        for issue in _issues(figures)
    )


def _issues(figures: CheckedFigures) -> Iterator[Issue]:
    framework = figures.framework
    settings = load_settings(framework.file.checks, framework_id=framework.id)
    yield from numerators_above(figures)
    yield from broken_sums(figures, settings.sums)
    yield from other_units(figures, settings.unit_of_measure)
    yield from copies(figures, settings.identical)
    yield from heaps(figures, settings.heaping)
