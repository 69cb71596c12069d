"""``dti plan``: what it would take to reach a rank, a value, or next year's bands."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import (
    BASIS_NOTES,
    Row,
    fixed,
    points_text,
    print_json,
    print_table,
    say,
    signed,
)

OTHERS_TEXTS = {
    "fixed": "đơn vị khác giữ nguyên · other units stay as they are",
    "trend": "đơn vị khác tiếp tục thay đổi như kỳ vừa qua · other units move as last time",
}


def plan_unit(
    assessment: options.Assessment,
    unit: options.Unit,
    target_rank: Annotated[
        str | None,
        typer.Option(metavar="N[-M]", help="Reach this rank, or a rank within this span."),
    ] = None,
    target_value: Annotated[
        str | None, typer.Option(metavar="V", help="Reach this value, such as 0.65.")
    ] = None,
    scope: options.Scope = "overall",
    by_band: Annotated[
        bool, typer.Option("--by-band", help="Next year's targets by present band.")
    ] = False,
    effort: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV: component_code, effort (of one point), focal, lead, coordinating, deadline.",
        ),
    ] = None,
    others: Annotated[str, typer.Option(help="How other units move: fixed or trend.")] = "fixed",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.xlsx", help="Write the plan as a workbook."),
    ] = None,
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    lang: options.Lang = "vi",
    as_json: options.Json = False,
) -> int:
    """Find the least effort that reaches a rank or value, checked by scoring everybody again."""
    from dti_pipeline.analysis.improvement.plan import plan_by_band, plan_for
    from dti_pipeline.analysis.improvement.plan_table import plan_rows
    from dti_pipeline.analysis.improvement.plan_workbook import write_plan
    from dti_pipeline.cli.plan_request import PlanRequest
    from dti_pipeline.cli.selection import Selection

    selection = Selection.open(data, assessment, as_of=as_of)
    request = PlanRequest(
        selection=selection,
        unit_id=selection.find_unit(unit),
        scope=scope,
        target_rank=target_rank,
        target_value=target_value,
        by_band=by_band,
        others=others,
    )
    planner = request.planner(effort)
    aim = request.aim(planner)
    try:
        plan = plan_by_band(planner, aim) if by_band else plan_for(planner, aim)
    except KeyError as error:
        raise UsageError(error.args[0]) from None
    rows = plan_rows(planner, plan, scores=request.scores())
    head = request.head(planner, aim, plan)
    if out is not None:
        title = f"Kế hoạch nâng hạng · Improvement plan: {head['unit_name']}"
        write_plan(out, rows, title=title, notes=_notes(head))
    if as_json:
        print_json(rows, **head)
    else:
        _print_plan(rows, head, lang=lang)
        if out is not None:
            say(f"→ {out}")
    return 0 if head["is_reached"] in (True, None) else 1


def _notes(head: Row) -> list[str]:
    """Say aim, result, assumption and kind of data in a few lines."""
    n_ranked = head["n_ranked"]
    lines = [
        f"{head['assessment_id']} · {head['scope_code']} · {head['release_id']}",
        f"Hiện tại · now: hạng·rank {head['rank_now']}/{n_ranked}, "
        f"giá trị·value {fixed(head['value_now'], 4)}",
    ]
    if head["needed_value"] is not None:
        target = (
            f"hạng·rank {head['target_rank']}"
            if head["target_rank"]
            else f"giá trị·value {head['target_value']}"
        )
        lines.append(f"Mục tiêu · target: {target} (cần·needs {fixed(head['needed_value'], 4)})")
    if head["is_reached"] is False:
        lines.append(
            "Không đạt mục tiêu · the bands do not reach the target"
            if head["by_band"]
            else "KHÔNG ĐẠT ĐƯỢC · CANNOT BE REACHED: dù mọi thành phần đạt mức cao nhất có thể · "
            "even with every component at the most it can reach"
        )
    lines.append(
        f"Kết quả tính lại · as scored again: hạng·rank {head['reached_rank']}/{n_ranked}, "
        f"giá trị·value {fixed(head['reached_value'], 4)}"
    )
    least = head["effort_at_least"]
    bound = (
        "" if least is None else f" (không thể dưới · no plan needs less than {fixed(least, 2)})"
    )
    lines.append(f"Công sức · effort: {fixed(head['effort'], 2)}{bound}")
    lines.append(f"Giả định · assumption: {OTHERS_TEXTS[head['others']]}")
    if head["prev_break"] not in (None, "none"):
        lines.append(
            f"⚠ Xu hướng tính qua điểm gãy · the trend is across a break: {head['prev_break']}"
        )
    if head["left_out"]:
        codes = ", ".join(head["left_out"])
        lines.append(f"Không thu thập được số liệu, bỏ qua · not collectable, left out: {codes}")
    lines.append(f"{head['data_basis']}: {BASIS_NOTES[head['data_basis']]}")
    return lines


def _print_plan(rows: Sequence[Row], head: Row, *, lang: str) -> None:
    from dti_pipeline.analysis.improvement.plan_workbook import measure_text

    def measures(row: Row) -> str:
        return "; ".join(measure_text(measure, language=lang) for measure in row["measures"])

    say(head["unit_name"])
    for line in _notes(head):
        say(f"  {line}")
    # What is gained by less than a hundredth is in the plan, but nobody's task.
    rows = [row for row in rows if fixed(row["points_gained"], 2) != "0.00"]
    if not rows:
        say("Không cần thay đổi gì · nothing has to change")
        return
    print_table(
        rows,
        ("Mã·Code", "component_code"),
        ("Thành phần·Component", f"name_{lang}"),
        ("Hiện tại·Now", lambda row: points_text(row["points_from"])),
        ("Mục tiêu·Target", lambda row: points_text(row["points_to"])),
        ("Tăng·Gain", lambda row: signed(row["points_gained"], decimals=2)),
        ("Tối đa·Max", lambda row: points_text(row["max_points"])),
        ("Công sức·Effort", lambda row: fixed(row["effort"], 2)),
        ("Việc cần đạt·Figures to reach", measures),
        ("Chủ trì (gợi ý)·Lead (suggested)", "lead" if lang == "vi" else "lead_en"),
        ("Thời hạn·Deadline", "deadline"),
        ("Cơ sở·Basis", lambda row: f"{row['basis']}, {row['data_basis']}"),
    )
