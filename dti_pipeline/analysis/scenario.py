"""What an assessment would be with other rules, other weights, fewer components or fewer figures.

The accepted figures are scored again by the pipeline's own stages; nothing is stored.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import polars as pl

from dti_pipeline.analysis.improvement.rescoring import Accounts, move_figures
from dti_pipeline.exact import MICRO, as_micro, round_statistic
from dti_pipeline.index.frameworks.load import BoundFramework, imagined
from dti_pipeline.intake.tables.rows import Column
from dti_pipeline.intake.tables.user_file import (
    UserFileError,
    number_of,
    read_user_table,
    row_place,
)
from dti_pipeline.scoring.aggregation import OVERALL
from schemas.files.assessment import NotAssessed
from schemas.files.framework import Component, Framework, Main
from schemas.files.model import parse_fraction
from schemas.text import Text, WrongUsageError, joined

CODE: Final = "code"


class ScenarioError(WrongUsageError, ValueError):
    """A scenario that makes no sense for an assessment."""


def read_points(
    path: Path, *, columns: Sequence[str], accounts: Accounts
) -> dict[str, tuple[Fraction, ...]]:
    """Read a table of code and numbers of points, such as ``code, points`` or ``code, low, high``.

    Raises:
        UserFileError: if it cannot be read, a code stands twice, or a number is missing.
        ScenarioError: if a code is unknown, or lies under another one.
    """
    table = read_user_table(
        path, [Column(name, (name,), is_key=name == CODE) for name in (CODE, *columns)]
    )
    points: dict[str, tuple[Fraction, ...]] = {}
    for row in table.rows():
        place = row_place(path, row)
        (code,) = own_codes(accounts, [row.text(CODE)])
        numbers = [number_of(row, name, place=place) for name in columns]
        figures = tuple(number for number in numbers if number is not None)
        if code in points or len(figures) < len(columns):
            raise UserFileError("scenario.incomplete_row", place=place, names=columns)
        points[code] = figures
    require_codes(accounts, points)
    return points


def own_codes(accounts: Accounts, codes: Iterable[str]) -> list[str]:
    """Turn codes as their decision prints them (4.22.11) into those of the framework (042211)."""
    printed = {
        code: component.code
        for framework in accounts.definition.frameworks.values()
        for code, component in framework.by_printed_code.items()
    }
    return [printed.get(code.strip(), code.strip()) for code in codes]


def _items(accounts: Accounts, code: str) -> Iterator[Main | Component]:
    """Yield the mains and components of a code, of every framework that has it."""
    for framework in accounts.definition.frameworks.values():
        items: list[Main | Component] = [*framework.file.mains, *framework.file.components]
        yield from (item for item in items if item.code == code)


def labels(accounts: Accounts, codes: Collection[str]) -> Text:
    """Name mains and components; a code that frameworks use for several, by all their names."""
    texts = []
    for code in codes:
        names = dict.fromkeys(item.name for item in _items(accounts, code))
        texts.append(joined([Text(code, code), joined(names, " / ")], " "))
    return joined(texts, "; ")


def maxima(accounts: Accounts, code: str) -> set[Fraction]:
    """Return the nominal maxima of a main or component in the frameworks that have it."""
    return {item.points for item in _items(accounts, code)}


def require_codes(accounts: Accounts, codes: Collection[str]) -> None:
    """Refuse codes that no framework has, and a main together with one of its components."""
    frameworks = accounts.definition.frameworks.values()
    mains = {code for framework in frameworks for code in framework.mains}
    main_of = {c.code: c.component.main for framework in frameworks for c in framework.components}
    unknown = [code for code in codes if code not in mains and code not in main_of]
    if unknown:
        all_codes = ", ".join([*sorted(mains), *sorted(main_of)])
        raise ScenarioError("scenario.unknown_code", code=unknown[0], known=all_codes)
    twice = [code for code in codes if main_of.get(code) in codes]
    if twice:
        main = main_of[twice[0]]
        raise ScenarioError("scenario.main_and_part", code=twice[0], main=main)


def with_framework(accounts: Accounts, framework: BoundFramework) -> Accounts:
    """Score by another framework: the only one, or the one of the same id where groups have each.

    Raises:
        ScenarioError: if it is of no group.
    """
    assessment = accounts.definition.assessment
    if assessment.framework is not None:
        changed = assessment.model_copy(update={"framework": framework.id})
        return _defined(accounts, assessment=changed, frameworks={framework.id: framework})
    if framework.id not in assessment.framework_ids():
        name, ids = assessment.id, assessment.framework_ids()
        raise ScenarioError("scenario.several_frameworks", assessment=name, known=ids)
    frameworks = {**accounts.definition.frameworks, framework.id: framework}
    return _defined(accounts, frameworks=frameworks)


def with_points(accounts: Accounts, points: Mapping[str, Fraction]) -> Accounts:
    """Give components, or mains with all their components in proportion, other maxima."""
    frameworks = accounts.definition.frameworks
    changed = {
        name: imagined(_reweighed(framework.file, points)) for name, framework in frameworks.items()
    }
    return _defined(accounts, frameworks=changed)


def without(accounts: Accounts, codes: Collection[str]) -> Accounts:
    """Leave components, or all components of mains, out of points and maximum."""
    require_codes(accounts, codes)
    left_out = _components_of(accounts, codes)
    assessment = accounts.definition.assessment
    dropped = left_out | assessment.dropped.keys()
    for framework in accounts.definition.frameworks.values():
        mains = framework.mains
        counted = {c.code for c in framework.components if mains[c.component.main].counted}
        if counted <= dropped:
            raise ScenarioError("scenario.nothing_left", framework=framework.id)
    entries = [
        NotAssessed(component=code, scope="total", reason_vi="phương án", reason_en="scenario")
        for code in sorted(left_out)
    ]
    kept = [entry for entry in assessment.not_assessed if entry.component not in left_out]
    changed = assessment.model_copy(update={"not_assessed": [*kept, *entries]})
    return _defined(accounts, assessment=changed)


def with_missing(
    accounts: Accounts, codes: Collection[str], *, unit_ids: Collection[str]
) -> Accounts:
    """Drop the figures of some components, as if these units had not delivered them."""
    require_codes(accounts, codes)
    is_missing = pl.col("component_code").is_in(list(_components_of(accounts, codes)))
    if unit_ids:
        is_missing &= pl.col("unit_id").is_in(list(unit_ids))
    return replace(accounts, values=accounts.values.filter(~is_missing))


def unfed(accounts: Accounts) -> list[str]:
    """Return the components for which nobody has a figure: they score zero for everybody."""
    delivered = set(
        accounts.values.drop_nulls("value_micro")
        .select(pl.concat_str("component_code", "variable", separator="."))
        .to_series()
    )
    dropped = accounts.definition.assessment.dropped
    return sorted(
        component.code
        for framework in accounts.definition.frameworks.values()
        for component in framework.components
        if component.code not in dropped and not delivered & set(component.columns.values())
    )


def compared(before: Accounts, after: Accounts, *, robustness: pl.DataFrame) -> pl.DataFrame:
    """Return every unit's overall value and rank before and after, by new rank.

    ``is_within_noise`` says whether the new rank lies within the 90 % interval of the present one
    in ``robustness``, rows of ``fact_robustness``; null without an interval. Rank changes upwards
    are positive.
    """
    old, new = (
        accounts.standing.filter(pl.col("scope_code") == OVERALL).select(
            "unit_id", "unit_name", "pool", "value_units", "rank"
        )
        for accounts in (before, after)
    )
    intervals = robustness.select("unit_id", "rank_p05", "rank_p95")
    return (
        old.join(new.select("unit_id", "value_units", "rank"), on="unit_id", suffix="_to")
        .join(intervals, on="unit_id", how="left", maintain_order="left")
        .select(
            "unit_id",
            "unit_name",
            "pool",
            **move_figures(before.decimals),
            rank_p05="rank_p05",
            rank_p95="rank_p95",
            is_within_noise=pl.col("rank_to").is_between("rank_p05", "rank_p95"),
        )
        .sort("pool", "rank_to", "unit_id", nulls_last=True)
    )


def agreement(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Return per pool how far both rankings agree: Kendall's tau-b and Spearman's rho.

    Null where fewer than two units are ranked, or all share one rank.
    """
    from scipy import stats  # half a second, which errors of this module must not take

    ranked = rows.drop_nulls(["rank_from", "rank_to"])
    pools = ranked.partition_by("pool", maintain_order=True)
    return [
        {
            "pool": pool["pool"][0],
            "n_ranked": pool.height,
            "n_moved": pool.filter(pl.col("rank_change") != 0).height,
            "kendall": _correlation(stats.kendalltau, pool),
            "spearman": _correlation(stats.spearmanr, pool),
        }
        for pool in pools
    ]


def _correlation(measure: Any, pool: pl.DataFrame) -> float | None:
    ranks = pool["rank_from"], pool["rank_to"]
    if min(side.n_unique() for side in ranks) < 2:
        return None
    return round_statistic(float(measure(*ranks).statistic))


def _defined(accounts: Accounts, **changes: Any) -> Accounts:
    return replace(accounts, definition=replace(accounts.definition, **changes))


def _components_of(accounts: Accounts, codes: Collection[str]) -> set[str]:
    return {
        component.code
        for framework in accounts.definition.frameworks.values()
        for component in framework.components
        if component.code in codes or component.component.main in codes
    }


def _reweighed(file: Framework, points: Mapping[str, Fraction]) -> Framework:
    """Change maxima; what a main has is what its components add up to."""
    factors = {
        main.code: points[main.code] / main.points
        for main in file.mains
        if main.code in points and main.points
    }
    components = []
    sums = dict.fromkeys((main.code for main in file.mains), Fraction(0))
    for component in file.components:
        maximum = component.points
        target = points.get(component.code, maximum * factors.get(component.main, 1))
        components.append(_scaled(component, target / maximum) if maximum else component)
        sums[component.main] += components[-1].points
    mains = [main.model_copy(update={"points": sums[main.code]}) for main in file.mains]
    return file.model_copy(update={"mains": mains, "components": components})


def _scaled(component: Component, factor: Fraction) -> Component:
    """Scale a component's maximum, in whole micro-points, and its parts with it."""

    def rule_of(rule: dict[str, Any] | None) -> dict[str, Any] | None:
        if rule is None or rule["kind"] != "per_period":
            return rule
        worth = {answer: parse_fraction(raw) * factor for answer, raw in rule["points"].items()}
        return {**rule, "points": worth}

    parts = [
        part.model_copy(
            update={"rule": rule_of(part.rule), "points": part.points and part.points * factor}
        )
        for part in component.parts
    ]
    points = Fraction(as_micro(component.points * factor), MICRO)
    changed = {"points": points, "rule": rule_of(component.rule), "parts": parts}
    return component.model_copy(update=changed)
