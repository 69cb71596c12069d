"""Averages and growth per group of units: the whole pool, regions, ranking groups.

Means are exact: whole published figures are summed and the quotient rounds half up once to the
decimals the assessment publishes. A history assessment covers part of the units, and the mean of
those that happen to be public is nobody's result: its mean is the published one or none at all.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import polars as pl

from dti_pipeline.exact import MICRO, as_figure, quotient, wide
from schemas.files.assessment import Assessment
from schemas.tables.rankings import FactGroupSummary

KEY: Final = ("group_kind", "group_code", "scope", "scope_code", "measure")
# The scope code of an index differs from framework to framework; its concept does not.
COMPARED_BY: Final = ("group_kind", "group_code", "scope", "concept", "measure")
# Name of the group that holds everybody.
ALL: Final = "all"
_BASES: Final = pl.Enum(["sample", "calibrated_sample", "delivered", "published"])


def group_summary(scopes: pl.DataFrame, *, assessment: Assessment) -> pl.DataFrame:
    """Summarise values and points of every group and scope of one assessment.

    Args:
        scopes: group_code, region_code, scope, scope_code, concept, value_units, points_micro,
            data_basis of every unit and scope.
        assessment: its decimals, and the means it states as published.

    Returns:
        Rows of ``fact_group_summary`` without a revision; ``mean_prev`` only where the assessment
        states a published mean of an earlier year. Groups without any figure have no row, nor have
        scopes of a history whose mean was not published.
    """
    points_places = 10 ** (6 - assessment.points_decimals)
    measures = {
        "value": (pl.col("value_units"), 1, assessment.value_decimals),
        "points": (pl.col("points_micro"), points_places, assessment.points_decimals),
    }
    frames = [
        _one(
            scopes.with_columns(group_kind=pl.lit(kind), group_code=group, figure=figure),
            measure=measure,
            divisor=divisor,
            decimals=decimals,
        )
        for kind, group in _groups(scopes, assessment)
        for measure, (figure, divisor, decimals) in measures.items()
    ]
    found = pl.concat(frames)
    if assessment.kind == "history":
        found = found.with_columns(
            pl.lit(None, dtype=pl.Float64).alias(name) for name in ("mean", "median", "min", "max")
        )
    return (
        _with_published(found, assessment)
        .with_columns(
            assessment_id=pl.lit(assessment.id),
            assessment_year=pl.lit(assessment.year, dtype=pl.Int32),
            level=pl.lit(assessment.level),
            growth=pl.lit(None, dtype=pl.Float64),
            growth_pct=pl.lit(None, dtype=pl.Float64),
            prev_break=pl.lit("none"),
        )
        .select(FactGroupSummary.computed_schema().names())
    )


def _groups(scopes: pl.DataFrame, assessment: Assessment) -> Iterator[tuple[str, pl.Expr]]:
    """Yield the kinds of groups and the expression that names each unit's group."""
    if assessment.rank_pool == "all":
        yield "pool", pl.lit(ALL)
    if scopes["region_code"].count():
        yield "region", pl.col("region_code")
    if assessment.groups or scopes["group_code"].n_unique() > 1:
        yield "group", pl.col("group_code")


def _one(rows: pl.DataFrame, *, measure: str, divisor: int, decimals: int) -> pl.DataFrame:
    """Summarise one kind of group and one measure.

    Args:
        rows: with group_kind, group_code, figure (whole numbers).
        measure: value or points.
        divisor: figures per last published place (1 for values, 10^4 for points of 2 decimals).
        decimals: published decimals.
    """
    total, n = pl.col("figure").sum(), pl.col("figure").count()
    # Twice the median is a whole number: half a unit never has to be held as a float.
    twice = (pl.col("figure").median() * 2).round().cast(pl.Int64)

    def published(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
        return as_figure(quotient(wide(numerator), wide(denominator) * divisor), decimals)

    one = pl.lit(1, dtype=pl.Int64)
    return (
        rows.filter(pl.col("figure").is_not_null() & pl.col("group_code").is_not_null())
        .group_by("group_kind", "group_code", "scope", "scope_code", maintain_order=True)
        .agg(
            pl.col("concept").first(),
            measure=pl.lit(measure),
            n=n.cast(pl.Int32),
            mean=published(total, n.cast(pl.Int64)),
            median=published(twice, one * 2),
            min=published(pl.col("figure").min(), one),
            max=published(pl.col("figure").max(), one),
            n_at_or_above_mean=(pl.col("figure") * n >= total).sum().cast(pl.Int32),
            data_basis=pl.col("data_basis").cast(_BASES).min().cast(pl.String),
        )
    )


def _with_published(found: pl.DataFrame, assessment: Assessment) -> pl.DataFrame:
    """Put published means in: the own year's into a history, earlier years' beside."""
    rows = [
        (
            "group" if mean.group else "pool",
            mean.group or ALL,
            mean.scope,
            mean.scope_code,
            mean.measure,
            float(Decimal(mean.mean)),
            mean.year,
        )
        for mean in assessment.published_means
    ]
    stated = pl.DataFrame(
        rows,
        schema=dict.fromkeys(KEY, pl.String) | {"stated": pl.Float64, "year": pl.Int32},
        orient="row",
    )
    earlier = stated.filter(pl.col("year").is_not_null()).sort("year").unique(KEY, keep="last")
    own = stated.filter(pl.col("year").is_null()).select(*KEY, own="stated")
    joined = found.join(
        earlier.select(*KEY, mean_prev="stated"), on=KEY, how="left", maintain_order="left"
    )
    if assessment.kind != "history":
        return joined
    known = joined.join(own, on=KEY, how="left", maintain_order="left")
    # How many public units lie above a published mean says nothing about all of them.
    unknown = pl.lit(None, dtype=pl.Int32)
    return (
        known.with_columns(mean="own", n_at_or_above_mean=unknown)
        .drop("own")
        .filter(pl.col("mean").is_not_null())
    )


def add_growth(summary: pl.DataFrame, *, previous: pl.DataFrame | None, kind: str) -> pl.DataFrame:
    """Add the compared assessment's means and the growth since.

    Args:
        summary: rows of one assessment; a ``mean_prev`` it states itself stands.
        previous: rows of the compared assessment, None where there is none.
        kind: the break between both.
    """
    if previous is not None:
        before = previous.filter(pl.col("mean").is_not_null()).select(*COMPARED_BY, before="mean")
        summary = (
            summary.join(before, on=COMPARED_BY, how="left", maintain_order="left")
            .with_columns(mean_prev=pl.coalesce("mean_prev", "before"))
            .drop("before")
        )
    now, then = (
        wide((pl.col(name) * MICRO).round().cast(pl.Int64)) for name in ("mean", "mean_prev")
    )
    return summary.with_columns(
        growth=as_figure((now - then).cast(pl.Int64)),
        growth_pct=as_figure(pl.when(then > 0).then(quotient((now - then) * 10_000, then)), 2),
        prev_break=pl.when((now - then).is_not_null()).then(pl.lit(kind)).otherwise(pl.lit("none")),
    )
