"""From wide frames to long ones: one row per component, main, pillar and rank.

Points, sums and values come from the stage before; this stage names them, ranks them by its
definition of a tie, and says on what each rests and why points were lost. All figures are whole:
``x_micro`` in millionths is the column ``x`` of the tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
from pandera.typing.polars import DataFrame

from dti_pipeline.acceptance.figures import NA
from dti_pipeline.exact import in_micro, value_units
from dti_pipeline.index.beside import beside
from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.bands import band_of
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.scoring.aggregation import (
    Scope,
    assessed_columns,
    maximum_column,
    points_column,
    scopes,
)
from dti_pipeline.scoring.components import GAP, leaves_maximum
from dti_pipeline.scoring.merged_units import succeeded
from dti_pipeline.scoring.ranking import competition_rank, value_column
from dti_pipeline.scoring.score import Scores, carried_over
from schemas.causes import CAUSE, CAUSES
from schemas.files.assessment import Assessment
from schemas.stages import AcceptedObservations, ComponentScores, ScopeScores

# From the weakest basis to the strongest; a result is as weak as its weakest figure.
BASIS_ORDER: Final = ("sample", "calibrated_sample", "delivered", "published")
# The first of these that a component's figures show is the component's status.
STATUS_ORDER: Final = (
    *("formula_error", "formula_without_value", "ambiguous", "text", "out_of_range", "missing"),
    *("blank", "not_applicable", "ok", "percent", "none_declared"),
)
EVIDENCE_ORDER: Final = (
    *("rejected", "missing", "reported", "reviewed", "adjusted", "accepted", "not_required"),
)
_SCOPE: Final = ["scope", "scope_code"]


@dataclass(frozen=True)
class Facts:
    """Long frames of one assessment: a row per unit and component; a row per unit and scope."""

    components: DataFrame[ComponentScores]
    scopes: DataFrame[ScopeScores]


def rank(
    definition: Definition, scores: Sequence[Scores], observations: DataFrame[AcceptedObservations]
) -> Facts:
    """Rank units and lay everything out as facts.

    A merged unit has no components: nobody assessed it. What its mains rest on follows from the
    components of its predecessors.
    """
    components, ranking = [], []
    for entry in scores:
        scored = component_facts(definition.source, entry, observations)
        grounds = succeeded(scored, succession=definition.succession)
        components.append(definition.own_rows(scored))
        ranking.append(scope_facts(definition, carried_over(entry, definition), grounds))
    return Facts(
        components=ComponentScores.validate(pl.concat(components).select(ComponentScores.names())),
        scopes=ScopeScores.validate(pl.concat(ranking).select(ScopeScores.names())),
    )


def observation_facts(definition: Definition, observations: pl.DataFrame) -> pl.DataFrame:
    mains = {
        component.code: component.component.main
        for framework in definition.frameworks.values()
        for component in framework.components
    }
    return definition.labelled(observations).with_columns(
        main_code=pl.col("component_code").replace_strict(mains, default=None)
    )


def first_of(order: Sequence[str], column: str) -> pl.Expr:
    """Aggregate a text column to the entry that stands first in ``order``; others count as null."""
    return pl.col(column).cast(pl.Enum(order), strict=False).min().cast(pl.String)


def first_true(cases: Mapping[str, pl.Expr], otherwise: str) -> pl.Expr:
    """Return the name of the first case that holds."""
    names = (pl.when(holds).then(pl.lit(name)) for name, holds in cases.items())
    return pl.coalesce(*names, pl.lit(otherwise))


def component_facts(
    definition: Definition, scores: Scores, observations: pl.DataFrame
) -> pl.DataFrame:
    """Return one row per unit and component (without the columns a revision adds).

    Points that a component lacks carry the reason: no data, evidence missing or rejected,
    denominator zero, not applicable, or simply not reached.
    """
    assessment, framework = definition.assessment, definition.frameworks[scores.framework_id]
    decimals = assessment.value_decimals
    key = ["unit_id", "component_code"]
    scored, exempt, lacks = (
        _long(scores.points, framework, suffix, name)
        for suffix, name in (("", "scored"), (NA, "is_exempt"), (GAP, "lacks"))
    )
    points, effective = pl.col("points_micro"), pl.col("max_points_effective_micro")
    facts = (
        scored.pipe(beside, exempt, on=key)
        .pipe(beside, _components(framework, assessment), on=["component_code"])
        .pipe(beside, _figures_by_component(framework, observations), on=key)
        .pipe(beside, lacks, on=key)
        .pipe(beside, _causes(observations), on=key)
        .with_columns(
            pl.col("is_exempt").cast(bool).fill_null(value=False),
            points_micro=pl.col("scored").fill_null(0),
        )
        .with_columns(
            max_points_effective_micro=pl.when(pl.col("is_exempt") & pl.col("may_leave"))
            .then(0)
            .otherwise("max_points_micro")
        )
        .with_columns(
            points_lost_micro=effective - points,
            value_micro=in_micro(value_units(points, effective, decimals), decimals),
        )
    )
    ranked = _with_ranks(
        definition.labelled(facts),
        definition.units,
        key=["component_code"],
        may_rank=pl.lit(value=True),
    )
    return ranked.with_columns(
        framework_id=pl.lit(framework.id),
        lost_reason=_lost_reason(),
        band_code=band_of(points, effective, framework.file.component_bands),
        obs_status=pl.when("is_exempt")
        .then(pl.lit("not_applicable"))
        .otherwise(pl.col("obs_status").fill_null("missing")),
        source_kind=pl.col("source_kind").fill_null("none"),
        evidence_state=pl.col("evidence_state").fill_null("not_required"),
        data_basis=pl.col("data_basis").fill_null(assessment.delivery_basis),
    )


def _long(points: pl.DataFrame, framework: BoundFramework, suffix: str, name: str) -> pl.DataFrame:
    """Return unit_id, component_code and one kind of columns of the points, below each other."""
    columns = {code + suffix: code for code in framework.by_code}
    return (
        points.select("unit_id", *(c for c in columns if c in points.columns))
        .rename(columns, strict=False)
        .unpivot(index="unit_id", variable_name="component_code", value_name=name)
    )


def _causes(observations: pl.DataFrame) -> pl.DataFrame:
    """Return the latest cause that was given for each lost component, with note and who says so."""
    kinds = {code: cause.kind for code, cause in CAUSES.items()}
    return (
        observations.filter(variable=CAUSE)
        .sort("delivery_no", maintain_order=True)
        .group_by("unit_id", "component_code", maintain_order=True)
        .agg(cause=pl.last("option"), cause_note=pl.last("evidence_text"))
        .with_columns(cause_kind=pl.col("cause").replace_strict(kinds, return_dtype=pl.String))
    )


def _components(framework: BoundFramework, assessment: Assessment) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "component_code": component.code,
                "main_code": component.component.main,
                "max_points_micro": component.maximum,
                "basis": component.component.basis,
                "is_counted": framework.mains[component.component.main].counted,
                "may_leave": leaves_maximum(component, assessment.dropped) is not None,
                "has_no_path": bool(component.component.without_path),
            }
            for component in framework.components
        ]
    )


def _figures_by_component(framework: BoundFramework, observations: pl.DataFrame) -> pl.DataFrame:
    """Summarise each component's own observations, and those it borrows."""
    source = pl.col("source_kind").filter("accepted")
    return (
        observations.filter(
            ~pl.col("remark").is_in(["other_source", "superseded"]).fill_null(value=False)
        )
        .join(framework.uses, on=["component_code", "variable"], maintain_order="left")
        .group_by("unit_id", component_code="user_code", maintain_order=True)
        .agg(
            obs_status=first_of(STATUS_ORDER, "obs_status"),
            evidence_state=first_of(EVIDENCE_ORDER, "evidence_state"),
            data_basis=first_of(BASIS_ORDER, "data_basis"),
            source_kind=pl.when(source.n_unique() > 1)
            .then(pl.lit("mixed"))
            .otherwise(source.first()),
            no_evidence=pl.col("remark").eq("evidence_missing").any(),
            bad_evidence=pl.col("remark").eq("evidence_rejected").any(),
        )
    )


def _lost_reason() -> pl.Expr:
    """Say why points are missing; null where none are."""
    reasons = {
        "not_applicable": pl.col("is_exempt"),
        "evidence_rejected": pl.col("bad_evidence"),
        "evidence_missing": pl.col("no_evidence"),
        "no_path": pl.col("lacks") & pl.col("has_no_path"),
        "no_data": pl.col("lacks"),
        "denominator_zero": pl.col("scored").is_null(),
    }
    return pl.when(pl.col("points_lost_micro") > 0).then(first_true(reasons, "not_reached"))


def scope_facts(definition: Definition, scores: Scores, components: pl.DataFrame) -> pl.DataFrame:
    """Return one row per unit and scope: points, maxima, both as assessed, value, band and ranks.

    The value is at its published decimals; the basis is the weakest of the components'.
    """
    framework = definition.frameworks[scores.framework_id]
    decimals = definition.assessment.value_decimals
    of_framework = scopes(framework)
    sums = scores.sums.lazy()
    frames = []
    for scope in of_framework:
        points, maximum = pl.col(points_column(scope.code)), pl.col(maximum_column(scope.code))
        assessed, max_assessed = points, maximum
        if scope.kind == "main":
            assessed, max_assessed = (pl.col(name) for name in assessed_columns(scope.code))
        frames.append(
            sums.select(
                "unit_id",
                framework_id=pl.lit(framework.id),
                scope=pl.lit(scope.kind),
                scope_code=pl.lit(scope.code),
                concept=pl.lit(scope.concept),
                points_micro=points,
                points_assessed_micro=assessed,
                max_points_micro=pl.lit(scope.maximum, dtype=pl.Int64),
                max_points_assessed_micro=max_assessed,
                max_points_effective_micro=maximum,
                value_micro=in_micro(pl.col(value_column(scope.code)), decimals),
                is_counted=pl.lit(scope.is_counted),
                band_code=band_of(points, maximum, framework.file.unit_bands),
            )
        )
    rows = definition.labelled(pl.concat(frames).collect())
    basis = _basis_by_scope(of_framework, components)
    ranked = _with_ranks(
        beside(rows, basis, on=["unit_id", "scope_code"]),
        definition.units,
        key=_SCOPE,
        may_rank=pl.col("scope_code").is_in([s.code for s in of_framework if s.is_ranked]),
    )
    has_rank = pl.col("rank").is_not_null()
    return ranked.with_columns(
        is_tied=has_rank & (pl.len().over([*_SCOPE, "pool", "rank"]) > 1),
        rank_basis=pl.when(has_rank).then(pl.lit("computed")).otherwise(pl.lit("none")),
    )


def _basis_by_scope(scopes: Sequence[Scope], components: pl.DataFrame) -> pl.DataFrame:
    """Return unit_id, scope_code, data_basis: the weakest basis of each scope's components."""
    mains = pl.DataFrame(
        [(scope.code, main) for scope in scopes for main in scope.mains],
        schema={"scope_code": pl.String, "main_code": pl.String},
        orient="row",
    )
    basis = first_of(BASIS_ORDER, "data_basis")
    return (
        components.group_by("unit_id", "main_code")
        .agg(data_basis=basis)
        .join(mains, on="main_code")
        .group_by("unit_id", "scope_code")
        .agg(data_basis=basis)
    )


def _with_ranks(
    rows: pl.DataFrame, units: pl.DataFrame, *, key: Sequence[str], may_rank: pl.Expr
) -> pl.DataFrame:
    """Rank units by ``value_micro`` within each scope or component: in pool, group and region.

    Args:
        rows: one per unit and key, with group_code and value_micro.
        units: unit_id, region_code, pool; units without a pool are not ranked.
        key: columns that name what is ranked.
        may_rank: whether anybody is ranked on a row's scope or component.
    """
    pool, group, region = (
        [*key, *names] for names in (["pool"], ["group_code"], ["pool", "region_code"])
    )
    value = pl.when(pl.col("rank").is_not_null()).then("value_micro")

    # Units without a region, or without a pool, are no region of their own.
    def count(keys: list[str]) -> pl.Expr:
        n_ranked = pl.when(pl.col(keys[-1]).is_not_null()).then(pl.col("rank").count().over(keys))
        return n_ranked.fill_null(0).cast(pl.Int32)

    def rank_among(keys: list[str]) -> pl.Expr:
        return pl.when(pl.col(keys[-1]).is_not_null()).then(competition_rank(value).over(keys))

    return (
        beside(rows, units.select("unit_id", "region_code", "pool"), on=["unit_id"])
        .with_columns(
            rank=pl.when(pl.col("pool").is_not_null() & may_rank).then(
                competition_rank(pl.col("value_micro")).over(pool)
            )
        )
        .with_columns(
            n_ranked=count(pool),
            rank_in_group=rank_among(group),
            n_in_group=count(group),
            rank_in_region=rank_among(region),
            n_in_region=count(region),
        )
    )
