"""Targets beside the present figures: reached, or missing by how much.

The present figure of a target is the measure that the component's rule uses, from the accepted
figures, so a target can never disagree with the score. Whether it is reached is decided on the
exact ratio; what is shown is rounded.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

import polars as pl

from dti_pipeline.acceptance.figures import NA, figures_frame
from dti_pipeline.exact import MICRO, as_micro, quotient, wide
from dti_pipeline.index.beside import beside
from dti_pipeline.index.definition import label_columns
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.targets.load import measure_of
from dti_pipeline.results.facts import BASIS_ORDER, first_of
from schemas.files.assessment import Assessment
from schemas.files.target import BandTarget, RankTarget, Target, Targets
from schemas.messages import message, sentence
from schemas.tables.analysis import FactTarget
from schemas.text import LANGUAGES, Text, joined
from schemas.words import scope_name

PERCENT: Final = "%"
_PLACE: Final = "hạng"
_COMPONENT: Final = "chỉ số thành phần"
# What the rows of a count have where those of a measure have more.
_COUNT: Final = {
    "variable": pl.lit(None, dtype=pl.String),
    "denominator": pl.lit(1),
    "is_exempt": pl.lit(False),
}


def target_facts(
    targets: Targets,
    *,
    assessment: Assessment,
    frameworks: Mapping[str, BoundFramework],
    units: pl.DataFrame,
    accepted: pl.DataFrame,
    scopes: pl.DataFrame,
    components: pl.DataFrame,
) -> pl.DataFrame:
    """Return one row per unit and target, without a revision.

    Args:
        units: unit_id, unit_name, framework_id of the units assessed.
        accepted: accepted figures: unit_id, component_code, variable, value_micro, obs_status,
            data_basis.
        scopes: unit_id, unit_name, scope, scope_code, rank, data_basis of every unit and scope.
        components: unit_id, unit_name, band_code, data_basis of every unit and component.
    """
    levels = [
        *(level for target in targets.ranks for level in _ranks(target, scopes)),
        *(_bands(target, components) for target in targets.bands),
    ]
    for framework in frameworks.values():
        of_framework = units.filter(framework_id=framework.id).select("unit_id", "unit_name")
        unit_ids = of_framework["unit_id"].to_list()
        own = accepted.filter(pl.col("unit_id").is_in(unit_ids))
        figures = figures_frame(own, framework=framework, unit_ids=unit_ids)
        for target in targets.targets:
            if target.component is None or target.component in framework.by_code:
                measured = _measured(target, framework, figures=figures, accepted=own)
                levels.append((target, beside(of_framework, measured, on=["unit_id"])))
    if not levels:
        return pl.DataFrame(schema=FactTarget.computed_schema())
    return pl.concat(
        (_compared(target, rows) for target, rows in levels), how="diagonal"
    ).with_columns(
        **label_columns(assessment),
        data_basis=pl.col("data_basis").fill_null(assessment.delivery_basis),
    )


def _measured(
    target: Target,
    framework: BoundFramework,
    *,
    figures: pl.DataFrame,
    accepted: pl.DataFrame,
) -> pl.DataFrame:
    """Return unit_id, numerator, denominator (whole numbers, null without a figure), basis.

    And ``is_exempt``: whether the component does not apply to the unit.
    """
    exempt = f"{target.component}{NA}"
    is_exempt = pl.col(exempt) if exempt in figures.columns else pl.lit(value=False)
    variable, used = None, []
    numerator: pl.Expr = pl.lit(None, dtype=pl.Int128)
    denominator = numerator
    if (measure := measure_of(target, framework)) is not None:
        rule, part = measure
        variable = "+".join(rule.numerator) or rule.value
        used = [part.columns[name] for name in rule.names()]
        numerator, denominator = rule.pair(part)
    bases = (
        accepted.filter(pl.concat_str("component_code", "variable", separator=".").is_in(used))
        .group_by("unit_id")
        .agg(data_basis=first_of(BASIS_ORDER, "data_basis"))
    )
    rows = figures.select(
        "unit_id",
        variable=pl.lit(variable, dtype=pl.String),
        numerator=numerator,
        denominator=denominator,
        is_exempt=is_exempt,
    )
    return beside(rows, bases, on=["unit_id"])


def _compared(target: Target, rows: pl.DataFrame) -> pl.DataFrame:
    """Compare the measure with the target and say what is missing."""
    scale = 100 if target.unit == PERCENT else 1
    level = as_micro(target.value)
    num, den = pl.col("numerator") * scale, pl.col("denominator")
    has_figure = pl.col("numerator").is_not_null() & (den > 0)
    present = pl.when(has_figure).then(quotient(wide(num) * MICRO, den))
    left, right = num * target.value.denominator, den * target.value.numerator
    is_reached = left >= right if target.direction == "at_least" else left <= right
    short = (level - present) if target.direction == "at_least" else (present - level)
    reasons = {
        f"reason_{language}": pl.when(has_figure)
        .then(None)
        .when(pl.lit(target.component is None))
        .then(pl.lit(getattr(target, f"reason_{language}")))
        .when("is_exempt")
        .then(pl.lit(sentence("targets.not_applicable", language)))
        .when(den == 0)
        .then(pl.lit(sentence("targets.no_denominator", language)))
        .otherwise(pl.lit(sentence("targets.no_figure", language)))
        for language in LANGUAGES
    }
    is_own = pl.col("unit_id").is_in(target.units) if target.units else pl.lit(True)
    return (
        rows.filter(is_own | target.is_reference)
        .with_columns(
            is_reference=~is_own,
            target_code=pl.lit(target.code),
            name_vi=pl.lit(target.name_vi),
            name_en=pl.lit(target.name_en),
            component_code=pl.lit(target.component, dtype=pl.String),
            unit_of_measure=pl.lit(target.unit),
            direction=pl.lit(target.direction),
            target_value_micro=pl.lit(level, dtype=pl.Int64),
            present_value_micro=present,
            is_reached=pl.when(has_figure).then(is_reached),
            # What rounds to nothing is still missing.
            missing_by_micro=pl.when(has_figure).then(
                pl.when(is_reached).then(0).otherwise(pl.max_horizontal(short, 1))
            ),
            obs_status=pl.when(has_figure)
            .then(pl.lit("ok"))
            .when("is_exempt")
            .then(pl.lit("not_applicable"))
            # Ranks and numbers of components have a denominator, a figure nobody delivers has none.
            .when(pl.lit(target.component is None) & den.is_null())
            .then(pl.lit("not_assessed"))
            .otherwise(pl.lit("missing")),
            **reasons,
            target_source=pl.lit(target.source or None, dtype=pl.String),
            target_year=pl.lit(target.year, dtype=pl.Int32),
        )
        .drop("numerator", "denominator", "is_exempt")
    )


def _ranks(target: RankTarget, scopes: pl.DataFrame) -> Iterator[tuple[Target, pl.DataFrame]]:
    """Yield a rank in each of the scopes as a level, and the present ranks."""
    rows = scopes.filter(pl.col("scope_code").is_in(target.scopes))
    for (scope, code), of_scope in rows.group_by("scope", "scope_code", maintain_order=True):
        name = joined([target.name, scope_name(str(scope), str(code))], ": ")
        level = _at_most(target.rank, target, name, unit=_PLACE, reason=message("targets.no_rank"))
        ranks = of_scope.select("unit_id", "unit_name", "data_basis", numerator="rank", **_COUNT)
        yield level.model_copy(update={"code": f"{target.code}_{code}"}), ranks


def _bands(target: BandTarget, components: pl.DataFrame) -> tuple[Target, pl.DataFrame]:
    """Count the components that are still in the band; none must be, unless it is to be kept."""
    n_left = pl.lit(0) if target.band in target.aims else (pl.col("band_code") == target.band).sum()
    rows = (
        components.group_by("unit_id", "unit_name", maintain_order=True)
        .agg(data_basis=first_of(BASIS_ORDER, "data_basis"), numerator=n_left.cast(pl.Int64))
        .with_columns(**_COUNT)
    )
    reason = message("targets.no_figure")
    return _at_most(0, target, target.name, unit=_COMPONENT, reason=reason), rows


def _at_most(
    count: int, target: RankTarget | BandTarget, name: Text, *, unit: str, reason: Text
) -> Target:
    """Return the level that a rank or a number of components must not exceed."""
    aim = target.model_dump(include={"code", "units", "year", "source"})
    texts = {"name_vi": name.vi, "name_en": name.en, "reason_vi": reason.vi, "reason_en": reason.en}
    level = {"value": Fraction(count), "unit": unit, "direction": "at_most"}
    return Target.model_validate(aim | texts | level)
