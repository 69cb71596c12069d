"""Points of every component: one wide frame of figures in, one of micro-points out.

A unit is a row, a component a column; units scored together share a framework and a ranking pool,
so relative rules see exactly the units they compare. Points do not depend on the order of rows.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from dti_pipeline.acceptance.figures import NA, NOT_APPLICABLE
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent

# Suffix of the column that says a figure is missing which a component's rules need.
GAP: Final = "!gap"


def score_components(
    figures: pl.DataFrame,
    *,
    framework: BoundFramework,
    not_assessed: Collection[str] = (),
) -> pl.DataFrame:
    """Score all components from what ``figures_frame`` returns.

    Returns:
        unit_id; one Int64 column per component in micro-points (null: no score could be computed);
        ``code!na`` (Boolean) for components that do not apply to some unit. A component that
        leaves the maximum, or gets full marks, because it does not apply already shows that
        result.
    """
    components = framework.components
    flags = [name for name in figures.columns if name.endswith(NA)]
    parts = with_helpers(figures, framework).select(
        "unit_id",
        *(score for component in components for score in component.part_scores),
        *flags,
    )
    totals = [c.total_of_parts for c in components if c.total_of_parts is not None]
    scores = parts.with_columns(totals)[["unit_id", *framework.by_code, *flags]]
    exempt = list(_exemptions(framework, figures, parts, not_assessed))
    if any(
        framework.by_code[flag.name.removesuffix(NA)].is_relative
        and not (flag.name in flags and flag.equals(figures[flag.name]))
        for flag in exempt
    ):
        # Who does not apply must not be the best of another part: compare anew without them.
        return score_components(
            figures.with_columns(exempt), framework=framework, not_assessed=not_assessed
        )
    flagged = {*flags, *(flag.name for flag in exempt)}
    return scores.with_columns(exempt).with_columns(
        _where_exempt(component, everyone=component.code in not_assessed)
        for component in components
        if component.code + NA in flagged
    )


def score_within(
    figures: pl.DataFrame,
    *,
    framework: BoundFramework,
    pools: Sequence[Sequence[str]],
    not_assessed: Collection[str] = (),
) -> pl.DataFrame:
    """Score units that are ranked in several pools: relative rules compare within a pool only.

    The pools hold all units of ``figures``, whose order stays; else as ``score_components``.
    """
    if len(pools) == 1 or not any(component.is_relative for component in framework.components):
        return score_components(figures, framework=framework, not_assessed=not_assessed)
    scored = pl.concat(
        [
            score_components(
                figures.filter(pl.col("unit_id").is_in(list(pool))),
                framework=framework,
                not_assessed=not_assessed,
            )
            for pool in pools
        ],
        how="diagonal",
    ).with_columns(pl.col("^.*!na$").fill_null(value=False))
    return figures.select("unit_id").join(scored, on="unit_id", maintain_order="left")


def gaps(figures: pl.DataFrame, framework: BoundFramework) -> pl.DataFrame:
    """Return ``code!gap`` (Boolean) per component, in the order of ``figures``."""
    return figures.select(c.lacks.alias(c.code + GAP) for c in framework.components)


def with_helpers(figures: pl.DataFrame, framework: BoundFramework) -> pl.DataFrame:
    """Add the helper columns; nobody is compared with a unit a component does not apply to."""

    def where_it_applies(component: ScoredComponent, helper: pl.Expr) -> pl.Expr:
        exempt = component.code + NA
        if not component.is_relative or exempt not in figures.columns:
            return helper
        return pl.when(~pl.col(exempt)).then(helper).alias(helper.meta.output_name())

    return figures.with_columns(
        where_it_applies(component, helper)
        for component in framework.components
        for helper in component.helpers
    )


def _exemptions(
    framework: BoundFramework,
    figures: pl.DataFrame,
    parts: pl.DataFrame,
    not_assessed: Collection[str],
) -> Iterator[pl.Series]:
    """Yield ``code!na`` where it follows from the assessment or from a denominator of zero."""
    for component in framework.components:
        name = component.code + NA
        if component.code in not_assessed:
            yield pl.repeat(True, parts.height, eager=True).alias(name)
        elif component.component.zero_denominator == NOT_APPLICABLE:
            is_exempt = parts.get_column(name, default=pl.repeat(False, parts.height, eager=True))
            for part in component.parts:
                columns = [component.columns[variable] for variable in part.rule.names()]
                whole = figures.select(pl.all_horizontal(pl.col(columns).is_not_null())).to_series()
                is_exempt = is_exempt | (whole & parts[part.key].is_null())
            if is_exempt.any():
                yield is_exempt.alias(name)


def _where_exempt(component: ScoredComponent, *, everyone: bool) -> pl.Expr:
    """Give a component that does not apply the points its policy says."""
    treatment = "rescale" if everyone else component.component.not_applicable.treatment
    points = component.maximum if treatment == "full" else 0
    return (
        pl.when(pl.col(component.code + NA))
        .then(pl.lit(points, dtype=pl.Int64))
        .otherwise(pl.col(component.code))
        .alias(component.code)
    )


def leaves_maximum(component: ScoredComponent, not_assessed: Mapping[str, str]) -> str | None:
    """Return the maximum that a component leaves where it does not apply: main, total, or None."""
    if component.code in not_assessed:
        return not_assessed[component.code]
    policy = component.component.not_applicable
    return policy.scope if policy.treatment == "rescale" else None
