"""What a random index must give, in exact fractions, written from docs/extending.md alone.

Nothing of the product is used: only the figures of the index, and the oracle of single rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.index.rules.oracle import half_up, score_all

MICRO = 10**6
OPTIONS = {
    "yes_no": ["no", "yes"],
    "choice": ["chair", "deputy", "other"],
    "period": ["on_time", "late", "none"],
}


@dataclass(frozen=True)
class Sums:
    """Whole micro-points of one unit: by component, and points with maximum by scope."""

    components: Mapping[str, int]
    scopes: Mapping[str, tuple[int, int]]


def sums_of(index: Any, year: int) -> dict[str, Sums]:
    """Score all units of a year; units are compared within their pool."""
    results = {}
    for pool in pools(index).values():
        scored = {c.code: component_points(c, index.figures[year], pool) for c in index.components}
        for place, unit in enumerate(pool):
            points = {code: own[place][0] for code, own in scored.items()}
            exempt = {code for code, own in scored.items() if own[place][1]}
            results[unit] = Sums(points, scope_sums(index, points, exempt))
    return results


def pools(index: Any) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for unit, group in index.units.items():
        grouped.setdefault(group if index.has_groups else "all", []).append(unit)
    return grouped


def component_points(component: Any, figures: Any, pool: list[str]) -> list[tuple[int, bool]]:
    """Return every unit's micro-points, and whether the component does not apply to it."""
    rows = [figures[unit][component.code] for unit in pool]
    exempt = ["na" in row.values() for row in rows]
    while True:
        # A unit it does not apply to is compared with nobody.
        parts = [
            dict(zip(kept, part_points(part, component, [rows[p] for p in kept]), strict=True))
            for part in component.parts
            for kept in [[place for place in range(len(rows)) if not exempt[place]]]
        ]
        again = [
            is_out
            or (
                component.zero_denominator == "not_applicable"
                and nothing(place, rows, parts, component)
            )
            for place, is_out in enumerate(exempt)
        ]
        if again == exempt:
            break
        exempt = again
    full = half_up(component.points * MICRO) if component.treatment == "full" else 0
    return [
        (full, True) if exempt[place] else (total(component, [p[place] for p in parts]), False)
        for place in range(len(rows))
    ]


def part_points(part: Any, component: Any, rows: list[dict[str, Any]]) -> list[int | None]:
    options = {name: OPTIONS.get(kind, []) for name, kind in component.kinds.items()}
    return score_all(part.rule, rows, kinds=component.kinds, maximum=part.points, options=options)


def nothing(place: int, rows: Any, parts: Any, component: Any) -> bool:
    """Say whether some part has all its figures and yet no points: its denominator is zero."""
    for part, points in zip(component.parts, parts, strict=True):
        names = variables(part.rule)
        if all(rows[place][name] is not None for name in names) and points.get(place) is None:
            return True
    return False


def variables(rule: Mapping[str, Any]) -> list[str]:
    names: list[str] = []
    for key in ("value", "values", "numerator", "denominator", "gate", "total"):
        value = rule.get(key, [])
        names += value if isinstance(value, list) else [value]
    return [*names, *rule.get("less", {})]


def total(component: Any, parts: list[int | None]) -> int:
    points = sum(own for own in parts if own is not None)
    if component.cap is None:
        return points
    return min(points, half_up(component.cap * component.points * MICRO))


def scope_sums(
    index: Any, points: Mapping[str, int], exempt: set[str]
) -> dict[str, tuple[int, int]]:
    mains = {code: main_sums(index, code, points, exempt) for code in index.mains}
    whole = {"DTI": index.mains, **index.pillars}
    added = {
        code: (sum(mains[m][0] for m in codes), sum(mains[m][1] for m in codes))
        for code, codes in whole.items()
    }
    return {**mains, **added}


def main_sums(
    index: Any, main: str, points: Mapping[str, int], exempt: set[str]
) -> tuple[int, int]:
    own = [component for component in index.components if component.main == main]
    out = [c for c in own if c.code in exempt and c.treatment == "rescale"]
    maximum = half_up(index.points_of(main) * MICRO)
    effective = maximum - sum(half_up(c.points * MICRO) for c in out if c.scope == "total")
    left = effective - sum(half_up(c.points * MICRO) for c in out if c.scope == "main")
    gained = sum(points[component.code] for component in own)
    if any(part.rule["kind"] in ("bonus", "penalty") for c in own for part in c.parts):
        gained = max(min(gained, left), 0)
    if left == 0:
        return 0, 0
    return half_up(Fraction(gained * effective, left)), effective


def values_of(index: Any, sums: Mapping[str, Sums]) -> dict[tuple[str, str], int | None]:
    """Return the value of every unit and scope in last published places."""
    return {
        (unit, code): half_up(Fraction(points * 10**index.decimals, maximum)) if maximum else None
        for unit, own in sums.items()
        for code, (points, maximum) in own.scopes.items()
    }


def ranks_of(
    index: Any, values: Mapping[tuple[str, str], int | None]
) -> dict[tuple[str, str], tuple[int | None, int, bool]]:
    """Return rank, number of ranked units and whether the rank is shared."""
    ranks = {}
    for pool in pools(index).values():
        for code in {code for _, code in values}:
            known = [v for unit in pool if (v := values[unit, code]) is not None]
            for unit in pool:
                own = values[unit, code]
                rank = None if own is None else 1 + sum(value > own for value in known)
                ranks[unit, code] = (rank, len(known), known.count(own) > 1)  # type: ignore[arg-type]
    return ranks
