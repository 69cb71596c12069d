"""From component points to main indices, pillars and the overall value.

Sums of whole micro-points, so the order of addition cannot matter. A main whose components do not
all apply is either scaled up to its maximum (``not_applicable.scope = "main"``, as Huế did in
2020: 42.63 of 48 counts as 44.41 of 50) or shrinks together with the whole (``"total"``, as in DTI
2024: the foundation counted 440 of 500 points and the whole 940 of 1,000).

A pillar is the points of its mains over their maximum. Under decision 922 the five foundation
mains stand in every pillar, so the overall value is not a mean of the pillars.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from dti_pipeline.acceptance.figures import NA
from dti_pipeline.exact import as_micro, quotient, wide
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.scoring.components import leaves_maximum
from schemas.codes import ScopeKind

OVERALL: Final = "DTI"
MAIN_GROUPS: Final = ("foundation", "activity")


@dataclass(frozen=True)
class Scope:
    """What can be ranked: the whole, a pillar, a group of mains, or a main.

    Attributes:
        kind: overall, pillar, main_group or main.
        code: DTI, GOV, ECO, SOC, FOUNDATION, ACTIVITY, or the main's official code.
        concept: key that stays the same across frameworks.
        mains: codes of the mains that add up to it.
        maximum: nominal maximum in micro-points.
        is_ranked: whether units are ranked on it.
        is_counted: whether it counts in the overall value.
    """

    kind: ScopeKind
    code: str
    concept: str
    mains: tuple[str, ...]
    maximum: int
    is_ranked: bool
    is_counted: bool


def scopes(framework: BoundFramework) -> tuple[Scope, ...]:
    """Return every scope of a framework: overall, pillars, groups of mains, mains.

    Decision 922 divides its mains into common foundation and activity, 500 points each; a framework
    whose mains are all of one group has no scopes of groups.
    """
    mains = framework.mains
    counted = tuple(code for code, main in mains.items() if main.counted)
    groups = {
        group: tuple(code for code in counted if mains[code].group == group)
        for group in MAIN_GROUPS
    }

    def maximum(codes: Sequence[str]) -> int:
        return sum(as_micro(mains[code].points) for code in codes)

    return (
        Scope("overall", OVERALL, "overall", counted, maximum(counted), True, True),
        *(
            Scope("pillar", p.code, p.concept, tuple(p.mains), maximum(p.mains), True, False)
            for p in framework.file.pillars
        ),
        *(
            Scope("main_group", group.upper(), group, codes, maximum(codes), True, False)
            for group, codes in groups.items()
            if all(groups.values())
        ),
        *(
            Scope("main", code, main.concept, (code,), maximum([code]), main.ranked, main.counted)
            for code, main in mains.items()
        ),
    )


def points_column(code: str) -> str:
    return f"points:{code}"


def maximum_column(code: str) -> str:
    """Return the column with a scope's effective maximum."""
    return f"max:{code}"


def assessed_columns(code: str) -> tuple[str, str]:
    """Return the columns with a main's points and maximum before it is scaled up."""
    return f"assessed:{code}", f"max_assessed:{code}"


def add_up(
    points: pl.DataFrame,
    *,
    framework: BoundFramework,
    not_assessed: Mapping[str, str] = {},
) -> pl.DataFrame:
    """Add what ``score_components`` returns up to every scope.

    Returns:
        unit_id and, for every scope, ``points:<code>`` and ``max:<code>`` (Int64, micro-points);
        for every main also ``assessed:<code>`` and ``max_assessed:<code>``. A component without a
        score adds zero points. Bonus and penalty never carry a main above its maximum or below
        zero.
    """
    columns = [
        column
        for code in framework.mains
        for column in _main_columns(code, framework, points.columns, not_assessed)
    ]
    return with_totals(points.select("unit_id", *columns), framework=framework)


def with_totals(mains: pl.DataFrame, *, framework: BoundFramework) -> pl.DataFrame:
    """Add points and maxima of the pillars and the whole to those of the mains."""
    return mains.with_columns(
        pl.sum_horizontal(map(column, scope.mains)).alias(column(scope.code))
        for scope in scopes(framework)
        if scope.kind != "main"
        for column in (points_column, maximum_column)
    )


def _main_columns(
    code: str,
    framework: BoundFramework,
    columns: Collection[str],
    not_assessed: Mapping[str, str],
) -> Iterator[pl.Expr]:
    """Yield a main's points and effective maximum, and both before it is scaled up."""
    components = framework.of_main(code)
    # What leaves the maximum for some unit: of the main, or of the whole as well.
    leaving: dict[str | None, list[pl.Expr]] = {"main": [], "total": []}
    for component in components:
        scope = leaves_maximum(component, not_assessed)
        if scope is not None and component.code + NA in columns:
            leaving[scope].append(pl.col(component.code + NA) * component.maximum)
    zero = pl.lit(0, dtype=pl.Int64)
    whole = pl.lit(as_micro(framework.mains[code].points), dtype=pl.Int64)
    effective = whole - pl.sum_horizontal(zero, *leaving["total"])
    left = effective - pl.sum_horizontal(zero, *leaving["main"])
    total = pl.sum_horizontal([component.code for component in components])
    if any(component.is_outside for component in components):
        total = pl.max_horizontal(pl.min_horizontal(total, left), zero)
    points = total
    if leaving["main"]:
        # Nothing of the main applies: there is nothing to scale up, so the main leaves the whole.
        effective = pl.when(left > 0).then(effective).otherwise(0)
        scaled = quotient(wide(total) * effective, wide(left)).fill_null(0)
        points = pl.when(left == effective).then(total).otherwise(scaled)
    assessed, max_assessed = assessed_columns(code)
    for name, expression in (
        (assessed, total),
        (max_assessed, left),
        (points_column(code), points),
        (maximum_column(code), effective),
    ):
        yield expression.cast(pl.Int64).alias(name)
