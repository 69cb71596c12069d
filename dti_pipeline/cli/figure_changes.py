"""Changes of one unit's figures as a person writes them, and whom they move."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from dti_pipeline.analysis.improvement.reachable import reachable
from dti_pipeline.analysis.improvement.rescoring import Accounts, Place, move_figures
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.exact import MICRO, as_figure, as_micro, figure_words
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.intake.files.cells import Cell
from dti_pipeline.intake.numbers.decimals import fits_micro
from dti_pipeline.intake.numbers.entry import read_answer
from dti_pipeline.intake.numbers.policy import read_number
from schemas.files.framework import VariableKind
from schemas.text import joined


def apply_changes(accounts: Accounts, unit_id: str, changes: Sequence[str]) -> Accounts:
    """Apply changes one after the other, as they are written.

    They are ``0701=12.5`` (points of a component) or ``0701.online=1234`` (a figure or answer).
    """
    framework = accounts.framework_of(unit_id)
    for change in changes:
        target, sign, value = change.partition("=")
        target, text = target.strip(), value.strip()
        if not sign:
            raise UsageError("whatif.no_change", change=change, code=target)
        component, variable = _changed(target, framework)
        if variable is not None:
            figures = _figure(component, variable, text)
        else:
            figures = _figures_for_points(accounts, unit_id, component, text)
        accounts = accounts.with_figures(unit_id, figures)
    return accounts


def _changed(target: str, framework: BoundFramework) -> tuple[ScoredComponent, str | None]:
    """Return the component that is changed and its variable; None for its points.

    A printed code such as ``2.3`` has dots of its own: the longest code that there is counts.
    """
    ends = [place for place, sign in enumerate(target) if sign == "."]
    for end in (len(target), *reversed(ends)):
        code = target[:end]
        component = framework.by_code.get(code) or framework.by_printed_code.get(code)
        if component is not None:
            return component, target[end + 1 :] if end < len(target) else None
    codes = framework.by_printed_code
    raise UsageError("whatif.unknown_component", framework=framework.id, code=target, known=codes)


def _figure(component: ScoredComponent, variable: str, text: str) -> dict[Place, int]:
    variables = component.component.variables
    name = f"{component.code}.{variable}"
    if variable not in variables:
        raise UsageError(
            "whatif.unknown_figure", code=component.code, variable=variable, known=variables
        )
    code, _, origin = component.columns[variable].rpartition(".")
    asked = variables[variable]
    if asked.is_answer:
        answer = read_answer(Cell(text=text), asked)
        if answer.value_micro is None:
            labels = joined(asked.answers.values(), "; ")
            raise UsageError("whatif.unknown_answer", name=name, codes=asked.answers, labels=labels)
        return {(code, origin): answer.value_micro}
    figure = _number(text, name=name, kind=asked.kind, unit=asked.unit)
    if asked.minimum is not None and figure < asked.minimum * MICRO:
        raise UsageError("whatif.outside_limit", name=name, text=text, limit=asked.minimum)
    if asked.maximum is not None and figure > asked.maximum * MICRO:
        raise UsageError("whatif.outside_limit", name=name, text=text, limit=asked.maximum)
    return {(code, origin): figure}


def _figures_for_points(
    accounts: Accounts, unit_id: str, component: ScoredComponent, text: str
) -> dict[Place, int]:
    """Turn points into the figures that give them, or the next more that the rule allows."""
    points = _number(text, name=component.code, kind="score")
    reach = reachable(accounts, unit_id, codes=[component.code])
    if component.code not in reach:
        raise UsageError("whatif.not_assessed", code=component.code)
    own = reach[component.code]
    figures = own.lowered_to(points) if points < own.points else own.changes_for(points)
    if figures is None:
        raise UsageError(
            "whatif.points_out_of_reach",
            code=component.code,
            text=text,
            now=figure_words(own.points),
            top=figure_words(own.top),
            names=[f"{component.code}.{name}" for name in component.component.variables],
        )
    if points <= own.points:
        return figures
    return own.brought_back(accounts.kept_back_of(unit_id)) | figures


def _number(text: str, *, name: str, kind: VariableKind, unit: str = "") -> int:
    """Read a decimal with its point, or a figure as a form takes it, as whole millionths.

    A count ``4.000`` may be four thousand; other figures have decimals, as plans write them.
    """
    reading = read_number(Cell(text=text), kind=kind, unit=unit)
    if reading.how == "either_mark" and kind == "count":
        raise UsageError("whatif.unclear_number", name=name, text=text)
    try:
        number: Decimal | None = Decimal(text)
    except InvalidOperation:
        number = reading.value
    if number is None or not number.is_finite() or not fits_micro(number):
        raise UsageError("whatif.no_number", name=name, text=text)
    return as_micro(number)


def moved_units(before: Accounts, after: Accounts) -> pl.DataFrame:
    """Return every unit and scope whose value, points, maximum or rank changes.

    The overall first, then the largest moves. Columns: unit_id, unit_name, scope, scope_code, and
    ``_from``, ``_to`` and ``_change`` of value and rank (positive: up), ``_from`` and ``_to`` of
    points.
    """
    key = ["unit_id", "unit_name", "scope", "scope_code"]
    figures = ["value_units", "rank", "points_micro", "max_micro"]
    old, new = (accounts.standing.select(*key, *figures) for accounts in (before, after))
    return (
        old.join(new, on=key, suffix="_to", maintain_order="left")
        .filter(pl.any_horizontal(pl.col(f).ne_missing(pl.col(f"{f}_to")) for f in figures))
        .select(
            *key,
            **move_figures(before.decimals),
            points_from=as_figure(pl.col("points_micro")),
            points_to=as_figure(pl.col("points_micro_to")),
        )
        .sort(
            [
                pl.col("scope") != "overall",
                "scope_code",
                pl.col("rank_change").abs().fill_null(0),
                pl.col("value_change").abs().fill_null(0),
                "unit_id",
            ],
            descending=[False, False, True, True, False],
        )
    )


def component_moves(before: Accounts, after: Accounts, unit_id: str) -> list[dict[str, Any]]:
    old, new = (accounts.points_of(unit_id) for accounts in (before, after))
    return [
        {"component_code": code, "points_from": old[code] / MICRO, "points_to": new[code] / MICRO}
        for code in old
        if old[code] != new[code]
    ]
