"""Changes on the compared assessment: computed when a release is put together.

A revision holds figures of its own year only, so that a correction of 2022 does not make a new
revision of 2023: it changes what the next release shows as the change on 2022. Years are joined
on the unit and the concept, never on a code: framework 405 calls digital government 6, framework
922 calls it 7, and seven official unit codes name another province since July 2025. Where the
units themselves changed, the earlier value of a new unit is the mean of its predecessors', marked
as such; it has no earlier rank, because nobody ranked it.
"""

from typing import Final

import polars as pl

from dti_pipeline.exact import as_figure, as_whole, difference, quotient, to_places, wide
from dti_pipeline.index.beside import beside
from dti_pipeline.results.group_summary import in_group
from dti_pipeline.scoring.merged_units import predecessors_mean

PREVIOUS: Final = (
    "value_prev",
    "value_change",
    "rank_prev",
    "rank_change",
    "prev_basis",
    "prev_break",
)
# The scope code of an index differs from framework to framework; its concept does not.
_SCOPE: Final = ("scope", "concept")
CHANGES: Final = ("change_min", "change_max", "n_rose")
_GROUP: Final = ("group_kind", "group_code", *_SCOPE, "measure")


def add_change(
    ranking: pl.DataFrame,
    *,
    previous: pl.DataFrame | None,
    kind: str,
    succession: pl.DataFrame | None = None,
    decimals: int = 4,
) -> pl.DataFrame:
    """Add value and rank of the compared assessment, and the change on them.

    Args:
        ranking: rows of one assessment, one per unit and scope.
        previous: ranking rows of the compared assessment, None where there is none.
        kind: the break between both: none, framework_changed, units_changed, not_comparable.
        succession: old_unit_id, new_unit_id between the two unit sets; None where both assessments
            have the same units.
        decimals: published decimals of the compared values; means of predecessors round to them.

    Returns:
        ``ranking`` with ``PREVIOUS``; ``rank_change`` is positive when a unit moved up.
    """
    if previous is None:
        previous = ranking.clear()
    before = (
        _same_units(previous)
        if succession is None
        else _merged_units(previous, succession=succession, decimals=decimals)
    )
    return (
        ranking.drop(PREVIOUS, strict=False)
        .pipe(beside, before, on=["unit_id", *_SCOPE])
        .with_columns(
            value_change=difference(pl.col("value"), pl.col("value_prev")),
            rank_change=pl.col("rank_prev") - pl.col("rank"),
            prev_basis=pl.col("prev_basis").fill_null("none"),
        )
        .with_columns(
            prev_break=pl.when(pl.col("prev_basis") == "none")
            .then(pl.lit("none"))
            .otherwise(pl.lit(kind))
        )
    )


def add_component_change(
    components: pl.DataFrame, *, previous: pl.DataFrame | None, kind: str
) -> pl.DataFrame:
    """Add points and rank of the same component in the compared assessment, and the change on them.

    A component is the same only under the same framework: codes are used again for others.
    """
    key = ["unit_id", "framework_id", "component_code"]
    if previous is None:
        previous, kind = components.clear(), "none"
    before = previous.select(*key, points_prev="points", rank_prev="rank")
    return (
        components.drop("points_prev", "rank_prev")
        .pipe(beside, before, on=key)
        .with_columns(
            points_change=difference(pl.col("points"), pl.col("points_prev")),
            rank_change=pl.col("rank_prev") - pl.col("rank"),
            prev_break=pl.lit(kind),
        )
    )


def add_unit_changes(
    summary: pl.DataFrame,
    *,
    ranking: pl.DataFrame,
    previous: pl.DataFrame | None,
    points_decimals: int,
) -> pl.DataFrame:
    """Add the least and the largest change of a group's units, and how many of them rose.

    They are null unless the change of every unit of the group is known. ``ranking`` has
    ``PREVIOUS``; the others are of the assessment and the compared one.
    """
    if previous is None or summary.is_empty():
        return summary  # a revision has the columns, empty
    # Of a unit of which nothing was assessed the points are no zero.
    is_assessed = pl.col("max_points_effective").ne_missing(0)
    before = previous.filter(is_assessed).select("unit_id", *_SCOPE, points_prev="points")
    now, then = (
        to_places(as_whole(pl.col(name)), points_decimals) for name in ("points", "points_prev")
    )
    units = beside(ranking, before, on=["unit_id", *_SCOPE])
    changes = pl.concat(
        units.filter(in_group(kind, code), is_assessed, pl.col(measure).is_not_null())
        .group_by(_SCOPE, maintain_order=True)
        .agg(
            is_whole=change.count() == pl.len(),
            change_min=as_figure(change.min()),
            change_max=as_figure(change.max()),
            n_rose=(change > 0).sum().cast(pl.Int32),
        )
        .filter("is_whole")
        .select(
            pl.lit(kind).alias("group_kind"),
            pl.lit(code).alias("group_code"),
            *_SCOPE,
            pl.lit(measure).alias("measure"),
            *CHANGES,
        )
        for kind, code in summary.select("group_kind", "group_code").unique().sort(pl.all()).rows()
        for measure, change in (("value", as_whole(pl.col("value_change"))), ("points", now - then))
    )
    # Where only some units are public, their changes say nothing about the group.
    is_whole = pl.col("n_at_or_above_mean").is_not_null()
    return (
        summary.drop(CHANGES)
        .pipe(beside, changes, on=_GROUP)
        .with_columns(pl.when(is_whole).then(name).alias(name) for name in CHANGES)
    )


def add_growth(summary: pl.DataFrame, *, previous: pl.DataFrame | None, kind: str) -> pl.DataFrame:
    """Add the compared assessment's means and the growth since.

    A ``mean_prev`` that the summary states itself stays.
    """
    if previous is not None:
        before = previous.filter(pl.col("mean").is_not_null()).select(*_GROUP, before="mean")
        summary = beside(summary, before, on=_GROUP)
        summary = summary.with_columns(mean_prev=pl.coalesce("mean_prev", "before")).drop("before")
    now, then = (wide(as_whole(pl.col(name))) for name in ("mean", "mean_prev"))
    return summary.with_columns(
        growth=as_figure((now - then).cast(pl.Int64)),
        growth_pct=as_figure(pl.when(then > 0).then(quotient((now - then) * 10_000, then)), 2),
        prev_break=pl.when((now - then).is_not_null()).then(pl.lit(kind)).otherwise(pl.lit("none")),
    )


def _same_units(previous: pl.DataFrame) -> pl.DataFrame:
    """Return the compared figures of units that are the same in both assessments.

    A figure without an effective maximum was taken over as published: nothing was computed.
    """
    published = (pl.col("rank_basis") == "published") | pl.col("max_points_effective").is_null()
    has_figure = pl.col("value").is_not_null() | pl.col("rank").is_not_null()
    return previous.select(
        "unit_id",
        *_SCOPE,
        value_prev="value",
        rank_prev="rank",
        prev_basis=pl.when(has_figure & published)
        .then(pl.lit("published"))
        .when(has_figure)
        .then(pl.lit("computed")),
    )


def _merged_units(
    previous: pl.DataFrame, *, succession: pl.DataFrame, decimals: int
) -> pl.DataFrame:
    """Return the mean of the predecessors' figures for every unit that succeeded them."""
    means = predecessors_mean(
        previous.select("unit_id", *_SCOPE, "value"),
        succession=succession,
        keys=list(_SCOPE),
        decimals=decimals,
    )
    has_figure = pl.col("value").is_not_null()
    return means.select(
        "unit_id",
        *_SCOPE,
        value_prev="value",
        rank_prev=pl.lit(None, dtype=pl.Int32),
        prev_basis=pl.when(has_figure).then(pl.lit("predecessors_mean")),
    )
