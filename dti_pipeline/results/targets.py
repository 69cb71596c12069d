"""Targets beside the present figures: reached, or missing by how much.

The present figure of a target is the measure that the component's rule uses, from the accepted
figures, so a target can never disagree with the score. Whether it is reached is decided on the
exact ratio; what is shown is rounded.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.exact import MICRO, as_micro, quotient, wide
from dti_pipeline.index.definition import label_columns
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.targets.load import measure_of
from schemas.files.assessment import Assessment
from schemas.files.target import Target
from schemas.tables.analysis import FactTarget

PERCENT: Final = "%"
_BASES: Final = pl.Enum(["sample", "calibrated_sample", "delivered", "published"])
_NO_FIGURE: Final = {
    "reason_vi": "Chưa có số liệu được chấp nhận cho chỉ số thành phần này.",
    "reason_en": "There is no accepted figure for this component.",
}
_NO_DENOMINATOR: Final = {
    "reason_vi": "Mẫu số bằng 0 nên không có tỷ lệ.",
    "reason_en": "The denominator is zero, so there is no ratio.",
}


def target_facts(
    targets: Sequence[Target],
    *,
    assessment: Assessment,
    frameworks: Mapping[str, BoundFramework],
    units: pl.DataFrame,
    accepted: pl.DataFrame,
) -> pl.DataFrame:
    """Return one row per unit and target, without a revision.

    Args:
        targets: as ``load_targets`` returns them.
        assessment: the assessment.
        frameworks: its frameworks by id.
        units: unit_id, unit_name, framework_id of the units assessed.
        accepted: accepted figures: unit_id, component_code, variable, value_micro, obs_status,
            data_basis.
    """
    frames = [
        frame
        for framework in frameworks.values()
        for frame in _of_framework(
            targets,
            framework=framework,
            units=units.filter(framework_id=framework.id),
            accepted=accepted,
            default_basis=assessment.delivery_basis,
        )
    ]
    columns = FactTarget.computed_schema()
    if not frames:
        return pl.DataFrame(schema=columns)
    return pl.concat(frames).with_columns(**label_columns(assessment))


def _of_framework(
    targets: Sequence[Target],
    *,
    framework: BoundFramework,
    units: pl.DataFrame,
    accepted: pl.DataFrame,
    default_basis: str,
) -> Iterator[pl.DataFrame]:
    unit_ids = units["unit_id"].to_list()
    own = accepted.filter(pl.col("unit_id").is_in(unit_ids)).with_columns(
        figure=pl.concat_str("component_code", "variable", separator=".")
    )
    figures = figures_frame(own, framework=framework, unit_ids=unit_ids)
    for target in targets:
        if target.component is not None and target.component not in framework.by_code:
            continue
        measured = _measured(target, framework=framework, figures=figures, accepted=own)
        rows = units.select("unit_id", "unit_name").join(
            measured, on="unit_id", how="left", maintain_order="left"
        )
        if target.units:
            rows = rows.filter(pl.col("unit_id").is_in(target.units))
        yield _judged(target, rows, default_basis=default_basis)


def _measured(
    target: Target,
    *,
    framework: BoundFramework,
    figures: pl.DataFrame,
    accepted: pl.DataFrame,
) -> pl.DataFrame:
    """Return unit_id, numerator, denominator (whole numbers, null without a figure), basis."""
    rule = measure_of(target, framework)
    if rule is None or target.component is None:
        nothing = pl.lit(None, dtype=pl.Int128)
        return figures.select(
            "unit_id",
            variable=pl.lit(None, dtype=pl.String),
            numerator=nothing,
            denominator=nothing,
            data_basis=pl.lit(None, dtype=pl.String),
        )
    component = framework.by_code[target.component]
    numerator, denominator = rule.pair(component.parts[target.part - 1])
    used = [component.columns[name] for name in rule.names()]
    bases = (
        accepted.filter(pl.col("figure").is_in(used))
        .group_by("unit_id")
        .agg(pl.col("data_basis").cast(_BASES).min().cast(pl.String))
    )
    return figures.select(
        "unit_id",
        variable=pl.lit("+".join(rule.numerator) or rule.value),
        numerator=numerator,
        denominator=denominator,
    ).join(bases, on="unit_id", how="left", maintain_order="left")


def _judged(target: Target, rows: pl.DataFrame, *, default_basis: str) -> pl.DataFrame:
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
        name: pl.when(has_figure)
        .then(None)
        .when(pl.lit(target.component is None))
        .then(pl.lit(getattr(target, name)))
        .when(den == 0)
        .then(pl.lit(_NO_DENOMINATOR[name]))
        .otherwise(pl.lit(_NO_FIGURE[name]))
        for name in ("reason_vi", "reason_en")
    }
    return rows.with_columns(
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
        .when(pl.lit(target.component is None))
        .then(pl.lit("not_assessed"))
        .otherwise(pl.lit("missing")),
        **reasons,
        target_source=pl.lit(target.source or None, dtype=pl.String),
        data_basis=pl.col("data_basis").fill_null(default_basis),
    )
