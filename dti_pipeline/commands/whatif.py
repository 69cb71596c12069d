"""The command ``whatif``: change figures of one unit, score everybody anew, see who moves."""

import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import polars as pl

from dti_pipeline.analysis.improvement.reachable import reachable
from dti_pipeline.analysis.improvement.rescoring import Accounts, Place, without_evidence
from dti_pipeline.commands.errors import UsageError
from dti_pipeline.commands.output import print_json, print_table, signed
from dti_pipeline.commands.reading import open_release
from dti_pipeline.commands.recorded import recorded_accounts
from dti_pipeline.commands.units import find_unit
from dti_pipeline.exact import MICRO, as_micro, figure_text
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.workspace import Workspace


def what_if(
    assessment: str,
    unit: str,
    changes: Sequence[str],
    *,
    as_of: str | None,
    data: Path,
    lang: str,
    as_json: bool,
) -> int:
    """Score everything with some of a unit's figures changed.

    Args:
        assessment: the assessment.
        unit: name, code or unit_id.
        changes: ``0701=12.5`` (points of a component) or ``0701.online=1234`` (a figure or answer).
        as_of: the release to start from.
        data: the data folder.
        lang: vi or en.
        as_json: print JSON.

    Raises:
        UsageError: if a name or value makes no sense; the message lists what does.
    """
    workspace = Workspace(data=data.resolve())
    release = open_release(data.resolve(), as_of=as_of)
    unit_id = find_unit(release, assessment, unit, workspace=workspace)
    before = recorded_accounts(assessment, release=release, workspace=workspace)
    own = pl.col("assessment_id") == assessment
    kept_back = without_evidence(
        release.scan("fact_observation").filter(own).collect(), unit_id=unit_id
    )
    after = changed(before, unit_id, changes, kept_back=kept_back)
    decimals = before.definition.assessment.value_decimals
    moves = moved_units(before, after, decimals=decimals)
    points = component_moves(before, after, unit_id)
    if as_json:
        print_json(
            moves,
            release_id=release.release_id,
            assessment_id=assessment,
            unit_id=unit_id,
            changes=list(changes),
            components=points.to_dicts(),
        )
        return 0
    names = {
        code: (component.component.name_vi if lang == "vi" else component.component.name_en)
        for code, component in before.framework_of(unit_id).by_code.items()
    }
    _print_components(points, names=names)
    _print_moves(moves, unit_id=unit_id)
    return 0


def changed(
    accounts: Accounts,
    unit_id: str,
    changes: Sequence[str],
    *,
    kept_back: Mapping[Place, int],
) -> Accounts:
    """Apply changes one after the other, as they are written.

    Raises:
        UsageError: if a change makes no sense.
    """
    framework = accounts.framework_of(unit_id)
    for text in changes:
        target, sign, value = text.partition("=")
        code, dot, variable = target.strip().partition(".")
        if not sign:
            msg = (
                f"'{text}' is no change; write CODE=POINTS or CODE.VARIABLE=FIGURE, such as "
                f"{code}=5"
            )
            raise UsageError(msg)
        if code not in framework.by_code:
            known = ", ".join(framework.by_code)
            msg = f"{framework.id} has no component '{code}'; known components: {known}"
            raise UsageError(msg)
        component = framework.by_code[code]
        found = (
            _figure(component, variable, value.strip())
            if dot
            else _points(accounts, unit_id, component, value.strip(), kept_back=kept_back)
        )
        accounts = accounts.with_figures(unit_id, found)
    return accounts


def _figure(component: ScoredComponent, variable: str, text: str) -> dict[Place, int]:
    """Read a figure or an answer."""
    variables = component.component.variables
    if variable not in variables:
        msg = f"{component.code} has no variable '{variable}'; it has: {', '.join(variables)}"
        raise UsageError(msg)
    described = variables[variable]
    code, _, name = component.columns[variable].rpartition(".")
    part = component.parts[0]
    if part.is_answered(variable):
        options = part.options(variable)
        if text not in options:
            msg = f"{component.code}.{variable} is answered by one of: {', '.join(options)}"
            raise UsageError(msg)
        return {(code, name): options.index(text) * MICRO}
    figure = _number(text, what=f"{component.code}.{variable}")
    for limit, is_outside in (
        (described.minimum, described.minimum is not None and figure < described.minimum * MICRO),
        (described.maximum, described.maximum is not None and figure > described.maximum * MICRO),
    ):
        if is_outside:
            msg = f"{component.code}.{variable} = {text} is beyond its limit {limit}"
            raise UsageError(msg)
    return {(code, name): figure}


def _points(
    accounts: Accounts,
    unit_id: str,
    component: ScoredComponent,
    text: str,
    *,
    kept_back: Mapping[Place, int],
) -> dict[Place, int]:
    """Turn points into the figures that give them, or the next more that the rule allows."""
    wanted = _number(text, what=component.code)
    reach = reachable(accounts, unit_id, codes=[component.code], kept_back=kept_back)
    if component.code not in reach:
        msg = f"{component.code} does not apply to this unit; set its figures instead"
        raise UsageError(msg)
    own = reach[component.code]
    found = own.lowered_to(wanted) if wanted < own.points else own.changes_for(wanted)
    if found is None:
        names = ", ".join(f"{component.code}.{name}" for name in component.component.variables)
        msg = (
            f"{component.code}: no figure gives {text} points (it has "
            f"{figure_text(own.points)}, and can reach {figure_text(own.top)}); "
            f"set a figure instead: {names}"
        )
        raise UsageError(msg)
    return {**{place: kept_back[place] for place in found if place in kept_back}, **found}


def _number(text: str, *, what: str) -> int:
    """Read a plain decimal as whole millionths."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        msg = f"{what} = '{text}' is not a number; write digits with a decimal point, such as 12.5"
        raise UsageError(msg)
    return as_micro(number)


def moved_units(before: Accounts, after: Accounts, *, decimals: int) -> pl.DataFrame:
    """Return who moves: every unit and scope whose value or rank changes.

    Returns:
        unit_id, unit_name, scope, scope_code, value_from, value_to, value_change, rank_from,
        rank_to, rank_change (positive: up), points_from, points_to; the overall first, then the
        largest moves.
    """
    key = ["unit_id", "unit_name", "scope", "scope_code"]
    now = after.standing.select(*key, points="points_micro", value="value_units", rank="rank")
    both = before.standing.select(
        *key, points_from="points_micro", value_from="value_units", rank_from="rank"
    ).join(
        now.rename({"points": "points_to", "value": "value_to", "rank": "rank_to"}),
        on=key,
        maintain_order="left",
    )
    return (
        both.filter(
            pl.col("points_from").ne_missing(pl.col("points_to"))
            | pl.col("rank_from").ne_missing(pl.col("rank_to"))
        )
        .with_columns(
            value_change=((pl.col("value_to") - pl.col("value_from")) / 10**decimals).round(
                decimals
            ),
            rank_change=pl.col("rank_from") - pl.col("rank_to"),
        )
        .with_columns(
            (pl.col("value_from", "value_to") / 10**decimals).round(decimals),
            (pl.col("points_from", "points_to") / MICRO).round(6),
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
        .select(
            *key,
            "value_from",
            "value_to",
            "value_change",
            "rank_from",
            "rank_to",
            "rank_change",
            "points_from",
            "points_to",
        )
    )


def component_moves(before: Accounts, after: Accounts, unit_id: str) -> pl.DataFrame:
    """Return the unit's components whose points change: component_code, points_from, points_to."""
    old, new = before.points_of(unit_id), after.points_of(unit_id)
    return pl.DataFrame(
        [
            (code, (old[code] or 0) / MICRO, (new[code] or 0) / MICRO)
            for code in old
            if (old[code] or 0) != (new[code] or 0)
        ],
        schema={
            "component_code": pl.String,
            "points_from": pl.Float64,
            "points_to": pl.Float64,
        },
        orient="row",
    )


def _print_components(points: pl.DataFrame, *, names: Mapping[str, str]) -> None:
    if points.is_empty():
        sys.stdout.write("Không chỉ số thành phần nào đổi điểm · no component changes\n")
        return
    print_table(
        (
            row
            | {
                "name": names[row["component_code"]],
                "from": f"{row['points_from']:.2f}",
                "to": f"{row['points_to']:.2f}",
                "change": signed(row["points_to"] - row["points_from"], decimals=2),
            }
            for row in points.iter_rows(named=True)
        ),
        columns={
            "component_code": "Mã·Code",
            "name": "Thành phần·Component",
            "from": "Điểm từ·From",
            "to": "đến·To",
            "change": "±",
        },
    )


def _print_moves(moves: pl.DataFrame, *, unit_id: str) -> None:
    """Print the unit's scopes, then everybody else who moves overall."""
    own = moves.filter(pl.col("unit_id") == unit_id)
    others = moves.filter(pl.col("unit_id") != unit_id, pl.col("scope") == "overall")
    headings = {
        "scope_code": "Mã·Code",
        "value_from": "Giá trị từ·Value from",
        "value_to": "đến·To",
        "change": "± giá trị·value",
        "rank_from": "Hạng từ·Rank from",
        "rank_to": "đến·To",
        "moved": "± hạng·rank",
    }

    def shown(row: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **row,
            "change": signed(row["value_change"], decimals=4),
            "moved": signed(row["rank_change"]),
        }

    if own.is_empty():
        sys.stdout.write("Đơn vị không đổi · the unit does not change\n")
    else:
        sys.stdout.write("\n")
        print_table(
            map(shown, own.iter_rows(named=True)), columns=headings, title=own["unit_name"][0]
        )
    if not others.is_empty():
        sys.stdout.write("\n")
        print_table(
            map(shown, others.iter_rows(named=True)),
            columns={"unit_name": "Đơn vị·Unit", **headings},
            title=f"Đơn vị khác · other units: {others.height}",
        )
