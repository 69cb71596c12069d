"""From wide frames to the tables of facts: one row per component, main, pillar and rank.

Nothing is computed twice here: points, sums, values and ranks come from the stages before; this
stage names them, and says on what each of them stands and why points were lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from dti_pipeline.acceptance.figures import NA
from dti_pipeline.exact import MICRO, as_figure
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
from dti_pipeline.scoring.components import leaves_maximum
from dti_pipeline.scoring.merged_units import succeeded
from dti_pipeline.scoring.ranking import rank_column, rank_units, value_column
from dti_pipeline.scoring.score import Scores, carried_over
from schemas.files.assessment import Assessment

# From the weakest basis to the strongest; a result is as weak as its weakest figure.
BASIS_ORDER: Final = ("sample", "calibrated_sample", "delivered", "published")
# The first of these that a component's figures show is the component's status.
STATUS_ORDER: Final = (
    "formula_error",
    "formula_without_value",
    "ambiguous",
    "text",
    "out_of_range",
    "missing",
    "blank",
    "not_applicable",
    "ok",
    "percent",
    "none_declared",
)
EVIDENCE_ORDER: Final = (
    "rejected",
    "missing",
    "reported",
    "reviewed",
    "adjusted",
    "accepted",
    "not_required",
)


@dataclass(frozen=True)
class GroupResult:
    """One group of units that share a framework, scored and ranked.

    Attributes:
        assessment: the assessment.
        framework: the group's framework.
        units: unit_id, unit_name, group_code, region_code, pool (null: not ranked), in a fixed
            order; the same units as the rows of the frames below.
        points: as ``score_components`` returns them.
        sums: as ``publish_values`` returns them.
        ranks: unit_id and ``rank:<code>`` within the pool.
        observations: every observation with ``accepted`` and ``remark``.
    """

    assessment: Assessment
    framework: BoundFramework
    units: pl.DataFrame
    points: pl.DataFrame
    sums: pl.DataFrame
    ranks: pl.DataFrame
    observations: pl.DataFrame

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """Return what can be ranked."""
        return scopes(self.framework)

    def labelled(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add what every fact carries: assessment, unit name, group."""
        return frame.join(
            self.units.select("unit_id", "unit_name", "group_code"),
            on="unit_id",
            how="left",
            maintain_order="left",
        ).with_columns(
            assessment_id=pl.lit(self.assessment.id),
            assessment_year=pl.lit(self.assessment.year, dtype=pl.Int32),
            level=pl.lit(self.assessment.level),
        )


@dataclass(frozen=True)
class Facts:
    """Long tables of one assessment: a row per unit and component; a row per unit and scope."""

    components: pl.DataFrame
    scopes: pl.DataFrame


def rank(definition: Definition, scores: Sequence[Scores], observations: pl.DataFrame) -> Facts:
    """Rank units and lay everything out as facts.

    A merged unit has no components: nobody assessed it. What its mains rest on follows from the
    components of its predecessors.
    """
    components, ranked = [], []
    for entry in scores:
        of_components = component_facts(_group_result(definition.source, entry, observations))
        result = _group_result(definition, carried_over(entry, definition), observations)
        behind = succeeded(of_components, succession=definition.succession)
        components.append(definition.own_rows(of_components))
        ranked.append(ranking_facts(result, score_facts(result, behind)))
    return Facts(components=pl.concat(components), scopes=pl.concat(ranked))


def _group_result(
    definition: Definition, scores: Scores, observations: pl.DataFrame
) -> GroupResult:
    """Rank the units that one framework scored."""
    framework = definition.frameworks[scores.framework_id]
    units = definition.units.filter(framework_id=framework.id).join(
        scores.sums.select("unit_id"), on="unit_id", how="semi", maintain_order="left"
    )
    pooled = scores.sums.join(units.select("unit_id", "pool"), on="unit_id", maintain_order="left")
    return GroupResult(
        assessment=definition.assessment,
        framework=framework,
        units=units,
        points=scores.points,
        sums=scores.sums,
        ranks=rank_units(pooled, scopes=scopes(framework), pool="pool"),
        observations=observations,
    )


def observation_facts(definition: Definition, judged: pl.DataFrame) -> pl.DataFrame:
    """Return the observations with what every fact carries."""
    assessment = definition.assessment
    mains = {
        component.code: component.component.main
        for framework in definition.frameworks.values()
        for component in framework.components
    }
    names = definition.registry.of_set(assessment.unit_set).select("unit_id", unit_name="name_vi")
    return judged.join(names, on="unit_id", how="left", maintain_order="left").with_columns(
        assessment_id=pl.lit(assessment.id),
        assessment_year=pl.lit(assessment.year, dtype=pl.Int32),
        level=pl.lit(assessment.level),
        main_code=pl.col("component_code").replace_strict(mains, default=None),
        value=as_figure(pl.col("value_micro")),
    )


def weakest(column: str, order: Sequence[str]) -> pl.Expr:
    """Aggregate a text column to the entry that stands first in ``order``."""
    dtype = pl.Enum(order)
    return pl.col(column).cast(dtype, strict=False).to_physical().min().cast(pl.UInt32)


def _named(index: pl.Expr, order: Sequence[str]) -> pl.Expr:
    """Turn an index of ``order`` back into its text."""
    return index.replace_strict(dict(enumerate(order)), return_dtype=pl.String)


def component_facts(result: GroupResult) -> pl.DataFrame:
    """Return one row per unit and component (without the columns a revision adds).

    Points that a component lacks carry the reason: no data, evidence missing or rejected,
    denominator zero, not applicable, or simply not reached.
    """
    framework = result.framework
    codes = [component.code for component in framework.components]
    long = result.points.unpivot(
        codes, index="unit_id", variable_name="component_code", value_name="scored"
    )
    exempt_columns = [c for c in result.points.columns if c.endswith(NA)]
    exempt = (
        result.points.unpivot(
            exempt_columns, index="unit_id", variable_name="component_code", value_name="is_exempt"
        ).with_columns(pl.col("component_code").str.strip_suffix(NA))
        if exempt_columns
        else pl.DataFrame(
            schema={"unit_id": pl.String, "component_code": pl.String, "is_exempt": pl.Boolean}
        )
    )
    dropped = {entry.component: entry for entry in result.assessment.not_assessed}
    shape = pl.DataFrame(
        [
            (
                component.code,
                component.component.main,
                component.maximum,
                component.component.basis,
                leaves_maximum(component, dropped) is not None,
                len(component.component.variables),
            )
            for component in framework.components
        ],
        schema={
            "component_code": pl.String,
            "main_code": pl.String,
            "maximum": pl.Int64,
            "basis": pl.String,
            "may_leave": pl.Boolean,
            "n_variables": pl.UInt32,
        },
        orient="row",
    )
    facts = (
        long.join(exempt, on=["unit_id", "component_code"], how="left", maintain_order="left")
        .join(shape, on="component_code", how="left", maintain_order="left")
        .join(
            _figures_by_component(result),
            on=["unit_id", "component_code"],
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("is_exempt").fill_null(value=False))
        .with_columns(points_micro=pl.col("scored").fill_null(0))
        .with_columns(
            effective=pl.when(pl.col("is_exempt") & pl.col("may_leave"))
            .then(0)
            .otherwise(pl.col("maximum"))
        )
        .with_columns(lost=pl.col("effective") - pl.col("points_micro"))
    )
    return result.labelled(facts).with_columns(
        points=as_figure(pl.col("points_micro")),
        max_points=as_figure(pl.col("maximum")),
        max_points_effective=as_figure(pl.col("effective")),
        points_lost=as_figure(pl.col("lost")),
        lost_reason=_lost_reason(),
        band_code=band_of(
            pl.col("points_micro"), pl.col("effective"), framework.file.component_bands
        ),
        obs_status=pl.when("is_exempt")
        .then(pl.lit("not_applicable"))
        .otherwise(pl.col("obs_status").fill_null("missing")),
        source_kind=pl.col("source_kind").fill_null("none"),
        evidence_state=pl.col("evidence_state").fill_null("not_required"),
        data_basis=pl.col("data_basis").fill_null(result.assessment.delivery_basis),
    )


def _figures_by_component(result: GroupResult) -> pl.DataFrame:
    """Summarise each component's own observations, and those it borrows."""
    links = pl.DataFrame(
        [
            (*column.rsplit(".", 1), component.code)
            for component in result.framework.components
            for column in component.columns.values()
        ],
        schema={
            "component_code": pl.String,
            "variable": pl.String,
            "user_code": pl.String,
        },
        orient="row",
    )
    seen = (
        result.observations.filter(pl.col("remark").ne_missing("other_source"))
        .filter(pl.col("remark").ne_missing("superseded"))
        .join(links, on=["component_code", "variable"], maintain_order="left")
    )
    source = pl.col("source_kind").filter("accepted")
    return (
        seen.group_by("unit_id", component_code="user_code", maintain_order=True)
        .agg(
            obs_status=weakest("obs_status", STATUS_ORDER),
            evidence_state=weakest("evidence_state", EVIDENCE_ORDER),
            data_basis=weakest("data_basis", BASIS_ORDER),
            source_kind=pl.when(source.n_unique() > 1)
            .then(pl.lit("mixed"))
            .otherwise(source.first()),
            n_accepted=pl.col("accepted").sum(),
            no_evidence=pl.col("remark").eq("evidence_missing").any(),
            bad_evidence=pl.col("remark").eq("evidence_rejected").any(),
        )
        .with_columns(
            obs_status=_named(pl.col("obs_status"), STATUS_ORDER),
            evidence_state=_named(pl.col("evidence_state"), EVIDENCE_ORDER),
            data_basis=_named(pl.col("data_basis"), BASIS_ORDER),
        )
    )


def _lost_reason() -> pl.Expr:
    """Say why points are missing; null where none are."""
    complete = pl.col("n_accepted").fill_null(0) >= pl.col("n_variables")
    return (
        pl.when(pl.col("lost") <= 0)
        .then(None)
        .when("is_exempt")
        .then(pl.lit("not_applicable"))
        .when(pl.col("bad_evidence"))
        .then(pl.lit("evidence_rejected"))
        .when(pl.col("no_evidence"))
        .then(pl.lit("evidence_missing"))
        .when(pl.col("scored").is_null() & complete)
        .then(pl.lit("denominator_zero"))
        .when(pl.col("scored").is_null())
        .then(pl.lit("no_data"))
        .otherwise(pl.lit("not_reached"))
    )


def score_facts(result: GroupResult, components: pl.DataFrame) -> pl.DataFrame:
    """Return one row per unit and scope: points, maxima, value and weakest basis.

    Args:
        result: the group's sums.
        components: as ``component_facts`` returns them; their bases carry over.

    Returns:
        The common columns of main, pillar and overall facts, with scope, scope_code, concept,
        value_units (Int64, in last published places), is_counted, data_basis.
    """
    decimals = result.assessment.value_decimals
    sums = result.sums.lazy()
    frames = []
    for scope in result.scopes:
        points, maximum = pl.col(points_column(scope.code)), pl.col(maximum_column(scope.code))
        assessed, max_assessed = points, maximum
        if scope.kind == "main":
            assessed, max_assessed = (pl.col(name) for name in assessed_columns(scope.code))
        frames.append(
            sums.select(
                "unit_id",
                scope=pl.lit(scope.kind),
                scope_code=pl.lit(scope.code),
                concept=pl.lit(scope.concept),
                points_micro=points,
                max_micro=maximum,
                points=as_figure(points),
                points_assessed=as_figure(assessed),
                max_points_assessed=as_figure(max_assessed),
                max_points=pl.lit(scope.maximum / MICRO),
                max_points_effective=as_figure(maximum),
                value_units=pl.col(value_column(scope.code)),
                value=as_figure(pl.col(value_column(scope.code)), decimals),
                is_counted=pl.lit(scope.is_counted),
                band_code=band_of(points, maximum, result.framework.file.unit_bands),
            )
        )
    return (
        result.labelled(pl.concat(frames).collect())
        .join(
            _basis_by_scope(result, components),
            on=["unit_id", "scope_code"],
            how="left",
            maintain_order="left",
        )
        .with_columns(data_basis=_named(pl.col("basis_index"), BASIS_ORDER))
        .drop("basis_index")
    )


def _basis_by_scope(result: GroupResult, components: pl.DataFrame) -> pl.DataFrame:
    """Return unit_id, scope_code, basis_index: the weakest basis of each scope's components."""
    mains = pl.DataFrame(
        [(scope.code, main) for scope in result.scopes for main in scope.mains],
        schema={"scope_code": pl.String, "main_code": pl.String},
        orient="row",
    )
    of_mains = components.group_by("unit_id", "main_code").agg(
        basis_index=weakest("data_basis", BASIS_ORDER)
    )
    return (
        of_mains.join(mains, on="main_code")
        .group_by("unit_id", "scope_code")
        .agg(pl.col("basis_index").min())
    )


def ranking_facts(result: GroupResult, scored: pl.DataFrame) -> pl.DataFrame:
    """Return one row per unit and ranked or listed scope, without comparison with other years.

    Args:
        result: the group's ranks within the pool.
        scored: as ``score_facts`` returns them.
    """
    ranks = pl.concat(_long_ranks(result))
    scope_key = ["scope", "scope_code"]
    listed = (
        scored.join(ranks, on=["unit_id", "scope_code"], how="left", maintain_order="left")
        .join(
            result.units.select("unit_id", "region_code", "pool"),
            on="unit_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(ranked_value=pl.when(pl.col("rank").is_not_null()).then("value_units"))
    )
    in_pool = [*scope_key, "pool"]
    return listed.with_columns(
        framework_id=pl.lit(result.framework.id),
        n_ranked=pl.col("rank").count().over(in_pool).cast(pl.Int32),
        is_tied=(pl.col("rank").is_not_null() & (pl.len().over([*in_pool, "rank"]) > 1)),
        rank_basis=pl.when(pl.col("rank").is_not_null())
        .then(pl.lit("computed"))
        .otherwise(pl.lit("none")),
        rank_in_group=_rank_among([*scope_key, "group_code"]),
        n_in_group=pl.col("rank").count().over([*scope_key, "group_code"]).cast(pl.Int32),
        rank_in_region=_rank_among([*scope_key, "pool", "region_code"]),
        n_in_region=pl.col("rank").count().over([*scope_key, "pool", "region_code"]).cast(pl.Int32),
    )


def _rank_among(keys: list[str]) -> pl.Expr:
    """Rank the ranked units among those that share the keys; null where the last key is null."""
    ranked = pl.col("ranked_value").rank("min", descending=True).over(keys).cast(pl.Int32)
    return pl.when(pl.col(keys[-1]).is_not_null()).then(ranked)


def _long_ranks(result: GroupResult) -> Iterator[pl.DataFrame]:
    for scope in result.scopes:
        name = rank_column(scope.code)
        if name in result.ranks.columns:
            yield result.ranks.select("unit_id", scope_code=pl.lit(scope.code), rank=pl.col(name))
