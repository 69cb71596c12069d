"""Reports that look like copies of each other."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from dti_pipeline.acceptance.plausibility.checked_figures import CheckedFigures
from dti_pipeline.acceptance.plausibility.settings import Identical
from dti_pipeline.exact import as_micro
from schemas.issues.issue import Issue, make

_FIGURE: Final = ("component_code", "variable", "value_micro")


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
