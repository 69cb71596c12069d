"""Averages per group of units: the whole pool, regions, ranking groups, groups taken together.

Means are exact: whole published figures are summed and the quotient rounds half up once to the
decimals the assessment publishes. A history assessment covers part of the units, and the mean of
those that happen to be public is nobody's result: its mean is the published one or none at all.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import polars as pl

from dti_pipeline.exact import as_micro, in_micro, quotient, twice_median, wide
from dti_pipeline.index.beside import beside
from dti_pipeline.index.definition import label_columns
from dti_pipeline.results.facts import BASIS_ORDER, first_of
from schemas.files.assessment import COMBINED, Assessment

KEY: Final = ("group_kind", "group_code", "scope", "scope_code", "measure")
# Name of the group that holds everybody.
ALL: Final = "all"


def group_summary(
    scopes: pl.DataFrame, *, assessment: Assessment, means_are_published: bool = False
) -> pl.DataFrame:
    """Summarise values and points of every group and scope of one assessment.

    Args:
        scopes: group_code, region_code, scope, scope_code, concept, value_micro, points_micro,
            max_points_effective_micro, data_basis of every unit and scope.
        assessment: its decimals, and the means it states as published.
        means_are_published: only some units are public, so that only published means hold.

    Returns:
        Rows of ``fact_group_summary`` without a revision, figures in millionths; ``mean_prev``
        only where the assessment states a published mean of an earlier year. Groups without any
        figure and without a published mean have no row, nor have scopes whose mean should be
        published and is not, nor codes that are not the same main for all units of a group.
    """
    decimals = {"value": assessment.value_decimals, "points": assessment.points_decimals}
    summary = pl.concat(
        _summary(
            scopes.with_columns(group_kind=pl.lit(kind), group_code=group),
            measure=measure,
            decimals=places,
        )
        for kind, group in _groups(scopes, assessment)
        for measure, places in decimals.items()
    )
    all_means = _published_means(assessment)
    own = all_means.filter(pl.col("year").is_null()).drop("year")
    earlier = all_means.filter(pl.col("year").is_not_null()).sort("year").drop("year")
    if means_are_published:
        # A mean may be published where no value of a single unit is.
        concepts = scopes.select("scope", "scope_code", "concept").unique()
        of_public_units = summary.select(*KEY, "n", "data_basis")
        summary = (
            own.join(concepts, on=["scope", "scope_code"], maintain_order="left")
            .join(of_public_units, on=KEY, how="left", maintain_order="left")
            .with_columns(pl.col("n").fill_null(0), pl.col("data_basis").fill_null("published"))
            .with_columns(_nulls("median_micro", "min_micro", "max_micro", dtype=pl.Int64()))
            # How many public units lie above a published mean says nothing about all of them.
            .with_columns(_nulls("n_at_or_above_mean", dtype=pl.Int32()))
        )
    for name, means in {"mean_published_micro": own, "mean_prev_micro": earlier}.items():
        latest = means.unique(KEY, keep="last", maintain_order=True).rename({"mean_micro": name})
        summary = beside(summary, latest, on=KEY)
    return summary.with_columns(
        *_nulls("growth", "growth_pct", "change_min", "change_max", dtype=pl.Float64()),
        *_nulls("n_rose", dtype=pl.Int32()),
        **label_columns(assessment),
        prev_break=pl.lit("none"),
    )


def _nulls(*names: str, dtype: pl.DataType) -> list[pl.Expr]:
    return [pl.lit(None, dtype=dtype).alias(name) for name in names]


def _groups(scopes: pl.DataFrame, assessment: Assessment) -> Iterator[tuple[str, pl.Expr]]:
    """Yield the kinds of groups and the expression that names each unit's group."""
    if assessment.rank_pool == "all":
        yield "pool", pl.lit(ALL)
    if scopes["region_code"].count():
        yield "region", pl.col("region_code")
    if assessment.groups or scopes["group_code"].n_unique() > 1:
        yield "group", pl.col("group_code")
    for combined in assessment.combined_groups:
        yield "combined", pl.when(in_group("combined", combined.code)).then(pl.lit(combined.code))


def in_group(kind: str, code: str) -> pl.Expr:
    """Say whether a unit belongs to a group, from its group_code and region_code."""
    match kind:
        case "pool":
            return pl.lit(True)
        case "region":
            return pl.col("region_code") == code
        case _:
            return pl.col("group_code").is_in(code.split(COMBINED))


def _summary(rows: pl.DataFrame, *, measure: str, decimals: int) -> pl.DataFrame:
    """Summarise one kind of group and one measure at its published decimals.

    A unit of which nothing was assessed has no value, and its points are no zero either. Published
    points have no maximum at all, and count. Where the units of a group have different frameworks,
    a code may name different things: what is of more than one concept is summarised nowhere.
    """
    figure = pl.col(f"{measure}_micro")
    total, n = figure.sum(), figure.count()
    is_assessed = pl.col("max_points_effective_micro").ne_missing(0)

    def published(numerator: pl.Expr, denominator: pl.Expr | int = 1) -> pl.Expr:
        whole = quotient(wide(numerator), wide(pl.lit(10 ** (6 - decimals))) * denominator)
        return in_micro(whole, decimals)

    return (
        rows.filter(figure.is_not_null() & pl.col("group_code").is_not_null(), is_assessed)
        .group_by("group_kind", "group_code", "scope", "scope_code", maintain_order=True)
        .agg(
            pl.col("concept").first(),
            n_concepts=pl.col("concept").n_unique(),
            measure=pl.lit(measure),
            n=n.cast(pl.Int32),
            mean_micro=published(total, n),
            median_micro=published(twice_median(figure), 2),
            min_micro=published(figure.min()),
            max_micro=published(figure.max()),
            n_at_or_above_mean=(figure * n >= total).sum().cast(pl.Int32),
            data_basis=first_of(BASIS_ORDER, "data_basis"),
        )
        .filter(pl.col("n_concepts") == 1)
        .drop("n_concepts")
    )


def _kind(group: str | None) -> str:
    if group is None:
        return "pool"
    return "combined" if COMBINED in group else "group"


def _published_means(assessment: Assessment) -> pl.DataFrame:
    """Return the means the assessment states: the key, mean_micro, year (null: its own)."""
    rows = [
        (
            _kind(mean.group),
            mean.group or ALL,
            mean.scope,
            mean.scope_code,
            mean.measure,
            as_micro(Decimal(mean.mean)),
            mean.year,
        )
        for mean in assessment.published_means
    ]
    schema = dict.fromkeys(KEY, pl.String) | {"mean_micro": pl.Int64, "year": pl.Int32}
    return pl.DataFrame(rows, schema=schema, orient="row")
