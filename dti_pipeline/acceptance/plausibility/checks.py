"""Run all checks that find trouble in figures which read well."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

import polars as pl

from dti_pipeline.acceptance.plausibility.checked_figures import CheckedFigures, checked_figures
from dti_pipeline.acceptance.plausibility.outliers import other_units
from dti_pipeline.acceptance.plausibility.ratios import (
    heaps,
    numerators_above,
    without_spread,
    zero_denominators,
)
from dti_pipeline.acceptance.plausibility.settings import Identical, load_check_settings
from dti_pipeline.acceptance.plausibility.sums import broken_sums
from dti_pipeline.exact import as_micro
from dti_pipeline.index.frameworks.load import BoundFramework
from schemas.issues.issue import Issue, make, to_frame

_FIGURE: Final = ("component_code", "variable", "value_micro")


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
        frameworks: by id.
        units: unit_id, unit_name, framework_id of the units that are assessed.
        not_assessed: components that count for nobody.
        zero_denominator: what one counts where its component does not say it.
    """
    issues: list[Issue] = []
    for figures in checked_figures(observations, frameworks=frameworks, units=units):
        framework = figures.framework
        settings = load_check_settings(framework.file.checks, framework_id=framework.id)
        issues += numerators_above(figures)
        issues += zero_denominators(figures, not_assessed, zero_denominator)
        issues += without_spread(figures, not_assessed)
        issues += broken_sums(figures, settings.sums)
        issues += other_units(figures, settings.unit_of_measure)
        issues += copies(figures, settings.identical)
        issues += heaps(figures, settings.heaping)
    return to_frame(issues)


def copies(figures: CheckedFigures, settings: Identical) -> Iterator[Issue]:
    """Yield pairs of units whose reports share too many figures.

    Small figures are equal by chance, and a figure that many units have in common says nothing, so
    neither counts; each pair is reported once, at the unit that comes later in the registry.
    """
    reported = figures.rows.filter(
        pl.col("source_kind") == "self_report",
        pl.col("value_micro") >= as_micro(settings.least_figure),
    ).select("unit_id", "source_file", *_FIGURE)
    sizes = dict(reported.group_by("unit_id").len().iter_rows())
    shared = reported.filter(pl.len().over(_FIGURE).is_between(2, int(settings.shared_by_most)))
    pairs = (
        shared.join(shared, on=list(_FIGURE), suffix="_other")
        .filter(pl.col("unit_id_other") < pl.col("unit_id"))
        .group_by("unit_id", "unit_id_other", "source_file")
        .agg(n=pl.len())
        .filter(pl.col("n") >= int(settings.least_shared))
        .sort("unit_id", "unit_id_other")
    )
    for unit_id, other, file, n in pairs.iter_rows():
        if n >= settings.share * min(sizes[unit_id], sizes[other]):
            yield make(
                "identical.answers",
                unit_id=unit_id,
                unit_name=figures.units[unit_id],
                source_file=file,
                count=n,
                other=figures.units[other],
            )
