"""``dti explain``: why a unit has its score, down to the cell each figure came from.

Everything printed is in the release; the framework it was computed with only names the figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.language import language, spoken
from dti_pipeline.cli.output import (
    Row,
    data_basis,
    decimal_text,
    fixed,
    lost_text,
    points_text,
    print_json,
    print_table,
    rank_text,
    say,
    signed,
    tell,
)
from dti_pipeline.reports.words import name_of, unchecked
from schemas.causes import CAUSES
from schemas.text import Text

if TYPE_CHECKING:
    from dti_pipeline.cli.explanation import Explanation

# Width of the longest bar of the waterfall, in characters.
BAR: Final = 32


def explain_unit(
    assessment: options.Assessment,
    unit: options.Unit,
    component: Annotated[str | None, typer.Option(metavar="CODE")] = None,
    history: Annotated[bool, typer.Option("--history")] = False,
    since: Annotated[str | None, typer.Option(metavar="ASSESSMENT")] = None,
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    from dti_pipeline.cli.explanation import Explanation, next_step, why_not_assessed
    from dti_pipeline.cli.selection import Selection

    selection = Selection.open(data, assessment, as_of=as_of)
    unit_id = selection.find_unit(unit)
    if history:
        from dti_pipeline.cli.history import show_history

        return show_history(selection, unit_id, component=component, as_json=as_json)
    if since is not None:
        from dti_pipeline.cli.since import show_move

        return show_move(selection, unit_id, since=since, as_json=as_json)
    explanation = Explanation.read(selection, unit_id)
    more: dict[str, Row | None] = {}
    if component is not None:
        explanation = explanation.of_component(component)
        code = explanation.components["component_code"].item()
        more["next_step"] = next_step(selection, unit_id, component=code)
    if as_json:
        print_json(explanation.rows(), **explanation.head(), **more)
    elif component is None:
        selection.print_status()
        print_unit(explanation)
    else:
        selection.print_status()
        is_assessed = explanation.components["obs_status"].item() != "not_assessed"
        why = None if is_assessed else why_not_assessed(selection, code)
        _print_component(explanation, step=more["next_step"], why=why)
    return 0


def _word(name: str) -> str:
    return spoken(name_of("explain", name))


def print_unit(explanation: Explanation) -> None:
    label = f"label_{language()}"
    _print_head(explanation)
    if general := explanation.general:
        say(f"\n{_word('general')}")
        for row in general:
            if unit := spoken(name_of("units_of_measure", row["unit_of_measure"] or "")):
                row[label] += f" ({unit})"
            if row["obs_status"] == "blank":
                row["source_file"] = None
        for line in _figure_lines(general, explanation.answers):
            say(f"  {line}")
        say()
    _print_stages(explanation)
    scopes = explanation.scopes.to_dicts()
    components = explanation.components.to_dicts()
    print_table("scopes", scopes, points_lost=lost_text, rank=rank_text)
    say()
    if not components:
        say(f"{_word('none')}\n")
    elif not explanation.bands.is_empty():
        counts = ", ".join(
            f"{spoken(explanation.band_names[row['band_code']])} {row['n']}"
            for row in explanation.bands.to_dicts()
        )
        say(f"{_word('bands')}: {counts}\n")
    steps = explanation.steps.to_dicts()
    if steps[0]["points"] > 0:
        of_code = {row["scope_code"]: row for row in scopes}
        of_code |= {row["component_code"]: row for row in components}
        for line in _waterfall_lines(steps, of_code=of_code):
            say(line)
    lost = [row for row in components if (row["points_lost"] or 0) > 0]
    figures = explanation.figures_by_component()
    for title, rows in (
        ("zero", [row for row in lost if row["counted"] and row["points_micro"] == 0]),
        ("partial", [row for row in lost if row["counted"] and row["points_micro"] != 0]),
        ("reference", [row for row in lost if not row["counted"]]),
    ):
        if rows:
            total = points_text(sum(row["points_lost"] for row in rows))
            say(f"\n{_word(title)}: {len(rows)} ({_word('lost')} {total})")
        for row in rows:
            _print_loss(row)
            own = figures.get(row["component_code"], [])
            for line in _figure_lines(own, explanation.answers):
                say(f"        {line}")


def _print_stages(explanation: Explanation) -> None:
    """Print the points at each stage, where there was more than one."""
    rows = [row for row in explanation.stage_points() if row["stage"] != "accepted_only"]
    if len(rows) > 1:
        points = (
            f"{spoken(name_of('stages', row['stage']))} {points_text(row['points'])}"
            for row in rows
        )
        say(f"  {_word('stages')}: {' → '.join(points)}")


def _loss(row: Row) -> float | None:
    """Return the points lost: the maximum minus the points, both as they are shown."""
    from dti_pipeline.exact import rounded_loss

    maximum, points = row["max_points_effective"], row["points"]
    return None if maximum is None or points is None else float(rounded_loss(maximum, points, 2))


def _print_head(explanation: Explanation) -> None:
    row, gap = explanation.overall, explanation.gap
    rank = rank_text(row)
    if row["rank_in_region"] is not None:
        region = _word("region").lower()
        rank += f" ({region} {row['rank_in_region']}/{row['n_in_region']})"
    if explanation.unranked is not None:
        rank += f" ({spoken(explanation.unranked)})"
    above = f"; {_word('above')}: {gap['rank']} (+{fixed(gap['value'], 4)})" if gap else ""
    say(f"{row['unit_name']} · {row['assessment_id']} · {explanation.release.release_id}")
    value, points = fixed(row["value"], 4), points_text(row["points"])
    most = points_text(row["max_points_effective"])
    tell("explain.result", value=value, points=points, most=most, rank=rank, above=above)
    say(f"  {spoken(name_of('data_basis_texts', row['data_basis']))}")
    if text := unchecked(explanation.components["basis"].to_list()):
        say(f"  {spoken(text)}")


def _print_loss(row: Row, *, why: Text | None = None) -> None:
    reason = spoken(name_of("lost_reasons", row["lost_reason"])) if row["lost_reason"] else ""
    if row["cause"]:
        reason += f"; {spoken(CAUSES[row['cause']].name)} ({row['cause_note']})"
    lost, most = _loss(row), points_text(row["max_points_effective"])
    change = signed(-lost, decimals=2) if lost else lost_text(row)
    points = f"{change}  {points_text(row['points'])}/{most}  "
    if not row["max_points_effective"] and not row["points"]:
        # It counts for nobody, or not for this unit; a bonus or penalty has points of no maximum.
        points, reason = "", spoken(name_of("obs_statuses", row["obs_status"]))
        reason += f": {spoken(why)}" if why else ""
    say(
        f"{row['printed_code']}  {points}{_component_rank(row)}{row[f'name_{language()}']}  "
        f"{f'· {reason}  ' if reason else ''}"
        f"[{spoken(name_of('bases', row['basis']))}; {spoken(data_basis(row))}]"
    )


def _component_rank(row: Row) -> str:
    """Name a component's rank and its move since the compared assessment; empty without a rank."""
    if row["rank"] is None:
        return ""
    moved = "" if row["rank_change"] is None else f" {signed(row['rank_change'])}"
    return f"{_word('rank')} {rank_text(row)}{moved}  "


def _print_component(
    explanation: Explanation, *, step: Row | None, why: Text | None = None
) -> None:
    from dti_pipeline.analysis.improvement.plan_workbook import measure_text

    _print_head(explanation)
    row = explanation.components.row(0, named=True)
    say()
    _print_loss(row, why=why)
    say(f"  {_word('rule')}: {row[f'rule_text_{language()}']}")
    role = row["lead_role" if language() == "vi" else "lead_role_en"]
    if role:
        say(f"  {_word('lead')}: {role}")
    for whom in ("group", "region") if row["region_code"] else ("group",):
        best, median = row[f"best_in_{whom}"], row[f"median_in_{whom}"]
        if best is not None:
            say(
                f"  {_word(whom)}: {_word('best')} {points_text(best)} "
                f"(−{points_text(row[f'to_best_in_{whom}'])}), {_word('median')} "
                f"{points_text(median)} (−{points_text(row[f'to_median_in_{whom}'])})"
            )
    for aim in ("next", "target", "top"):
        points = row.get(f"points_{aim}")
        if points is not None and points > row["points"]:
            rank = row[f"rank_if_{aim}"]
            place = "" if rank is None else f"; {_word('if')}: {rank}"
            say(f"  {_word(aim)}: {points_text(points)}{place}")
    figures = explanation.figures_by_component().get(row["component_code"], [])
    for line in _figure_lines(figures, explanation.answers, in_full=True):
        say(f"  {line}")
    for text in dict.fromkeys(figure["evidence_text"] for figure in figures):
        if text:
            say(f"  {_word('evidence')}: {text}")
    _print_stages(explanation)
    if step is not None:
        needs = "; ".join(
            measure_text(measure, language=language()) for measure in step["measures"]
        )
        slope = ""
        if step["slope"]:
            text = decimal_text(f"{step['slope']:.6f}")
            slope = f" ({text} {_word('per_unit')})"
        say(f"  {_word('next')} {points_text(step['points'])}: {needs}{slope}")


def _figure_lines(
    figures: Sequence[Row], answers: Mapping[tuple[str, str, str], Text], *, in_full: bool = False
) -> Iterator[str]:
    """Say each figure with the cell it came from.

    In full with the names under which a correction finds it (component and variable, central table
    and column), its status, evidence and source.
    """
    from dti_pipeline.exact import figure_text

    for row in figures:
        label = row[f"label_{language()}"]
        if in_full:
            central = f", {row['central']}" if row["central"] else ""
            label = f"{label} [{row['component_code']} {row['variable']}{central}]"
        if row["source_file"] is None:
            yield f"{label}: {_word('no_figure')}"
            continue
        place = " › ".join(
            text for text in (row["source_file"], row["source_sheet"], row["source_cell"]) if text
        )
        micro = row["value_micro"]
        number = decimal_text(None if micro is None else figure_text(micro))
        answer = answers.get((row["component_code"], row["variable"], row["option"]), number)
        line = f"{label} = {spoken(answer)} ← {place} “{row['raw_text'] or ''}”"
        if row["remark"]:
            remark = spoken(name_of("remarks", row["remark"]))
            line += f" ({_word('not_counted')}: {remark})"
        if in_full:
            state, source = name_of("obs_statuses", row["obs_status"]), row["source_kind"]
            names = map(spoken, (state, name_of("sources", source), data_basis(row)))
            evidence = spoken(name_of("evidence", row["evidence_state"]))
            line += f"; {_word('evidence')} {evidence}; {', '.join(names)}"
        yield line


def _waterfall_lines(steps: Sequence[Row], *, of_code: Mapping[str, Row]) -> Iterator[str]:
    """Draw the waterfall: one bar per main, and below it one per component that lost points.

    Bars of components have the same scale as those of mains, so that both can be compared. A step
    of an index is its maximum minus its points as they are shown in its row (``of_code``).
    """
    widest = max((-step["points"] for step in steps if step["kind"] == "main"), default=0.0)
    for step in steps:
        kind, lost = step["kind"], -step["points"]
        if kind in ("maximum", "result"):
            yield f"{fixed(step['points'], 2):>10}  {_word(kind)}"
            continue
        label, points = _word("adjustment"), lost
        if kind != "adjustment":
            row = of_code[step["component_code"] or step["main_code"]]
            code = row["scope_code" if kind == "main" else "printed_code"]
            label = f"{code} {row[f'name_{language()}']}"
            points = _loss(row) or lost
        width = max(round(BAR * lost / widest), 1 if lost > 0 else 0) if widest > 0 else 0
        text = f"{signed(-points, decimals=2):>10}"
        if kind == "main":
            yield f"{text}  {'█' * width:<{BAR}}  {label}  → {fixed(step['left'], 2)}"
        else:
            yield f"{text}    {'▒' * width:<{BAR}}  {label}"
