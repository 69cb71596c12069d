"""``dti plan``: what it takes to reach a rank, a value, or next year's bands; how far it is."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.language import language, spoken
from dti_pipeline.cli.output import Row, fixed, in_languages, print_json, print_table, say, tell
from dti_pipeline.reports.words import name_of
from schemas.messages import message
from schemas.text import Text


def plan_unit(
    assessment: Annotated[str | None, typer.Argument(metavar="ASSESSMENT")] = None,
    unit: Annotated[str | None, typer.Argument(metavar="UNIT")] = None,
    target_rank: Annotated[str | None, typer.Option(metavar="N[-M]")] = None,
    target_value: Annotated[str | None, typer.Option(metavar="V")] = None,
    scope: str = "overall",
    by_band: Annotated[bool, typer.Option("--by-band")] = False,
    effort: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    others: str = "fixed",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.xlsx")] = None,
    is_forced: Annotated[bool, typer.Option("--force")] = False,
    progress: Annotated[Path | None, typer.Option(metavar="FILE.xlsx")] = None,
    day: Annotated[str | None, typer.Option("--on", metavar="DATE")] = None,
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    from dti_pipeline.analysis.improvement.plan import plan_by_band, plan_for
    from dti_pipeline.analysis.improvement.plan_table import plan_rows
    from dti_pipeline.analysis.improvement.plan_workbook import write_plan
    from dti_pipeline.cli.plan_request import PlanRequest
    from dti_pipeline.cli.selection import Selection

    if progress is not None:
        today = options.day_or_today(day)
        return _show_progress(progress, data=data, as_of=as_of, today=today, as_json=as_json)
    if assessment is None or unit is None:
        raise UsageError("progress.no_plan_named")
    if out is not None and out.exists() and not is_forced:
        raise UsageError("plan.exists", path=out)
    selection = Selection.open(data, assessment, as_of=as_of)
    request = PlanRequest(
        selection=selection,
        unit_id=selection.find_unit(unit),
        scope=scope,
        target_rank=target_rank,
        target_value=target_value,
        by_band=by_band,
        others=others,
        effort=effort,
    )
    plan = (plan_by_band if by_band else plan_for)(request.planner, request.aim)
    rows = plan_rows(request.planner, plan, scores=request.scores)
    head = request.head(plan)
    if out is not None:
        title = f"Phương án nâng hạng · Improvement plan: {head['unit_name']}"
        of, needed = request.planner.accounts.definition.assessment, head["needed_value"]
        keys = ("assessment_id", "unit_id", "scope_code", "release_id")
        meta = {
            **{key: str(head[key]) for key in keys},
            "needed_units": "" if needed is None else str(round(needed * 10**of.value_decimals)),
            # Figures of the next data period begin to count on its first day.
            "start": (of.period_end + timedelta(days=1)).isoformat(),
        }
        notes = [" · ".join(note) for note in [selection.status_note, *_notes(head)] if note]
        write_plan(out, rows, title=title, notes=notes, meta=meta, losses=request.losses())
    if as_json:
        print_json(rows, **head)
    else:
        selection.print_status()
        _print_plan(rows, head)
        if out is not None:
            say(f"→ {out}")
    return 0 if head["is_reached"] in (True, None) else 1


def _show_progress(path: Path, *, data: Path, as_of: str | None, today: date, as_json: bool) -> int:
    """Print how far a plan is, who is behind, and where it leads."""
    from dti_pipeline.analysis.improvement.progress import STATUSES, read_progress, report
    from dti_pipeline.cli.selection import Selection

    progress = read_progress(path)
    meta = progress.meta
    selection = Selection.open(data, meta["assessment_id"], as_of=as_of)
    accounts = selection.accounts()
    unit_id = meta["unit_id"]
    if unit_id not in set(accounts.definition.units["unit_id"]):
        raise UsageError(
            "progress.unknown_unit", path=path, assessment=meta["assessment_id"], unit=unit_id
        )
    decimals = accounts.decimals
    content = report(progress, accounts, today=today)
    quarters = content.pop("quarters")
    head: Row = {
        **selection.head,
        "unit_id": unit_id,
        "unit_name": accounts.row(unit_id, meta["scope_code"])["unit_name"],
        "scope_code": meta["scope_code"],
        "planned_from": meta["release_id"],
        "on": today,
        **content,
    }
    if as_json:
        print_json(quarters, **head)
        return 1 if head["left_value"] else 0
    say(f"{head['unit_name']} · {head['assessment_id']} · {head['scope_code']}")
    tell("progress.summary", done=head["n_done"], count=len(head["tasks"]), behind=head["n_behind"])
    if head["planned_from"] != head["release_id"]:
        tell("progress.other_release", planned=head["planned_from"], release=head["release_id"])
    tasks = [task for task in head["tasks"] if task["is_behind"]]
    if tasks:
        title = Text("Việc chậm", "Tasks behind")
        print_table("tasks_behind", tasks, title=title, status=lambda t: STATUSES[t["status"]])
    print_table("quarters", quarters, value=lambda row: fixed(row["value"], decimals))
    if head["needed_value"] is not None:
        needed, left = fixed(head["needed_value"], decimals), fixed(head["left_value"], decimals)
        tell("progress.left", needed=needed, left=left)
    tell("progress.assumption")
    return 1 if head["left_value"] else 0


def _notes(head: Row) -> list[Text]:
    n_ranked = head["n_ranked"]
    now = _place(head["rank_now"], n_ranked, head["value_now"])
    reached = _place(head["reached_rank"], n_ranked, head["reached_value"])
    lines = [Text(f"Hiện tại: {now.vi}", f"Present: {now.en}")]
    if head["needed_value"] is not None:
        goal = head["target_rank"] or head["target_value"]
        name = Text("thứ hạng", "rank") if head["target_rank"] else Text("giá trị", "value")
        needed = in_languages(head["needed_value"], 4)
        lines.append(message("plan.goal", name=name, goal=goal, needed=needed))
    if head["is_reached"] is False:
        lines.append(message("plan.bands_too_low" if head["by_band"] else "plan.not_reachable"))
    lines.append(Text(f"Kết quả tính lại: {reached.vi}", f"As scored again: {reached.en}"))
    effort, least = in_languages(head["effort"], 2), head["effort_at_least"]
    bound = Text("", "")
    if least is not None:
        bound = message("plan.fewest", fewest=in_languages(least, 2))
    lines.append(Text(f"Mức nỗ lực: {effort.vi}{bound.vi}", f"Effort: {effort.en}{bound.en}"))
    others = name_of("plan_assumptions", head["others"])
    lines.append(Text(f"Giả thiết: {others.vi}", f"Assumption: {others.en}"))
    if head["n_without_trend"]:
        lines.append(message("plan.without_trend", count=head["n_without_trend"]))
    if head["prev_break"] not in (None, "none"):
        kind = name_of("breaks", head["prev_break"])
        lines.append(message("plan.trend_across_break", kind=kind))
    if head["left_out"]:
        lines.append(message("plan.left_out", codes=head["left_out"]))
    lines.append(name_of("data_basis_texts", head["data_basis"]))
    return lines


def _place(rank: int | None, n_ranked: int, value: float) -> Text:
    text = in_languages(value, 4)
    return message("plan.place", rank=rank or "–", last=n_ranked, value=text)


def _print_plan(rows: Sequence[Row], head: Row) -> None:
    from dti_pipeline.analysis.improvement.plan_workbook import measure_text
    from dti_pipeline.exact import rounded_decimal
    from dti_pipeline.intake.numbers.entry import day_of

    def measures(row: Row) -> str:
        return "; ".join(measure_text(measure, language=language()) for measure in row["measures"])

    say(head["unit_name"])
    say(f"  {head['assessment_id']} · {head['scope_code']} · {head['release_id']}")
    for line in _notes(head):
        say(f"  {spoken(line)}")
    # What is gained by less than a hundredth is in the plan, but nobody's task.
    rows = [row for row in rows if rounded_decimal(row["points_gained"], 2)]
    if not rows:
        say(Text("Không cần thay đổi gì", "Nothing has to change"))
        return
    print_table(
        "plan",
        rows,
        measures=measures,
        lead=lambda row: row["lead" if language() == "vi" else "lead_en"],
        deadline=lambda row: day_of(row["deadline"]) or row["deadline"],
    )
