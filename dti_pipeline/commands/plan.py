"""The command ``plan``: what it would take to reach a rank, a value, or next year's bands."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import polars as pl

from dti_pipeline.analysis.improvement.losses import with_distances
from dti_pipeline.analysis.improvement.plan import Aim, Plan, Planner, plan_by_band, plan_for
from dti_pipeline.analysis.improvement.plan_table import plan_rows
from dti_pipeline.analysis.improvement.plan_workbook import measure_text, write_plan
from dti_pipeline.analysis.improvement.prices import Duty, EffortFileError, read_effort
from dti_pipeline.analysis.improvement.rescoring import Accounts, without_evidence
from dti_pipeline.analysis.settings import load_settings
from dti_pipeline.commands.errors import UsageError
from dti_pipeline.commands.output import points as points_text
from dti_pipeline.commands.output import print_json, print_table
from dti_pipeline.commands.reading import BASIS_NOTES, open_release, scope_code
from dti_pipeline.commands.recorded import recorded_accounts
from dti_pipeline.commands.units import find_unit
from dti_pipeline.exact import MICRO
from dti_pipeline.release.releases import Release
from dti_pipeline.workspace import Workspace

OTHERS_TEXTS = {
    "fixed": "đơn vị khác giữ nguyên · other units stay as they are",
    "trend": "đơn vị khác tiếp tục thay đổi như kỳ vừa qua · other units move as last time",
}


@dataclass(frozen=True)
class PlanRequest:
    """What a person asks for.

    Attributes:
        assessment: the assessment.
        unit: name, code or unit_id.
        target_rank: ``10`` or ``10-15``; None where not asked.
        target_value: such as ``0.65``; None where not asked.
        scope: overall, gov, eco, soc, or the code of a main index.
        by_band: apply the targets by band instead of searching.
        effort: CSV with efforts and duties.
        others: fixed or trend.
    """

    assessment: str
    unit: str
    target_rank: str | None = None
    target_value: str | None = None
    scope: str = "overall"
    by_band: bool = False
    effort: Path | None = None
    others: str = "fixed"


def plan_unit(
    request: PlanRequest,
    *,
    out: Path | None,
    as_of: str | None,
    data: Path,
    lang: str,
    as_json: bool,
) -> int:
    """Make a plan, check it by scoring everything again, and show it.

    Returns:
        0; 1 where the target cannot be reached.

    Raises:
        UsageError: if a name, target or file makes no sense.
    """
    workspace = Workspace(data=data.resolve())
    release = open_release(data.resolve(), as_of=as_of)
    unit_id = find_unit(release, request.assessment, request.unit, workspace=workspace)
    accounts = recorded_accounts(request.assessment, release=release, workspace=workspace)
    scores = release.scan("fact_component_score").filter(
        pl.col("assessment_id") == request.assessment
    )
    planner, aim = _prepared(request, release, accounts, unit_id, scores=scores.collect())
    try:
        plan = plan_by_band(planner, aim) if request.by_band else plan_for(planner, aim)
    except KeyError as error:
        raise UsageError(error.args[0]) from None
    own = scores.filter(pl.col("unit_id") == unit_id).collect()
    rows = plan_rows(
        planner, plan, scores={row["component_code"]: row for row in own.iter_rows(named=True)}
    )
    head = _head(request, release, planner, aim, plan)
    if out is not None:
        write_plan(
            out,
            rows,
            title=f"Kế hoạch nâng hạng · Improvement plan: {head['unit_name']}",
            notes=list(_notes(head)),
        )
    if as_json:
        print_json(rows, **head)
    else:
        _print_plan(rows, head, lang=lang)
        if out is not None:
            sys.stdout.write(f"→ {out}\n")
    asked = aim.rank is not None or aim.value_units is not None
    return 0 if plan.is_reached or not asked else 1


def _prepared(
    request: PlanRequest,
    release: Release,
    accounts: Accounts,
    unit_id: str,
    *,
    scores: pl.DataFrame,
) -> tuple[Planner, Aim]:
    """Read what the request names, and refuse what makes no sense."""
    own = pl.col("assessment_id") == request.assessment
    ranking = release.scan("fact_ranking").filter(own).collect()
    known = (
        ranking.filter(pl.col("unit_id") == unit_id, pl.col("rank").is_not_null())
        .sort("scope", "scope_code", descending=[True, False])["scope_code"]
        .to_list()
    )
    if not known:
        msg = f"{unit_id} is not ranked in {request.assessment}: there is no rank to plan for"
        raise UsageError(msg)
    code = scope_code(request.scope, known=known)
    row = ranking.row(
        by_predicate=(pl.col("unit_id") == unit_id) & (pl.col("scope_code") == code), named=True
    )
    decimals = accounts.definition.assessment.value_decimals
    distances = with_distances(scores, units=ranking.filter(pl.col("scope") == "overall"))
    medians = distances.filter(
        pl.col("unit_id") == unit_id, pl.col("median_in_group").is_not_null()
    ).select("component_code", (pl.col("median_in_group") * MICRO).round().cast(pl.Int64))
    planner = Planner(
        accounts=accounts,
        unit_id=unit_id,
        medians=dict(medians.iter_rows()),
        settings=load_settings().plan,
        duties=_duties(request.effort, accounts.framework_of(unit_id).by_code),
        kept_back=without_evidence(
            release.scan("fact_observation").filter(own).collect(), unit_id=unit_id
        ),
        trend=_trend(request, ranking, decimals=decimals),
    )
    return planner, _aim(request, code, n_ranked=row["n_ranked"], decimals=decimals)


def _duties(path: Path | None, known: Mapping[str, Any]) -> dict[str, Duty]:
    if path is None:
        return {}
    try:
        return read_effort(path, known=set(known))
    except EffortFileError as error:
        raise UsageError(error.args[0]) from None


def _aim(request: PlanRequest, code: str, *, n_ranked: int, decimals: int) -> Aim:
    """Read the target.

    Raises:
        UsageError: if there is none, two, or one that makes no sense.
    """
    if (request.target_rank is not None) and (request.target_value is not None):
        msg = "give either --target-rank or --target-value"
        raise UsageError(msg)
    if request.target_rank is not None:
        ranks = re.fullmatch(r"\s*(\d+)\s*(?:[-–]\s*(\d+)\s*)?", request.target_rank)
        best, worst = (int(ranks[1]), int(ranks[2] or ranks[1])) if ranks else (0, 0)
        if not 1 <= best <= worst <= n_ranked:
            msg = (
                f"--target-rank '{request.target_rank}' is not a rank or a span of ranks from 1 to "
                f"{n_ranked}; write 10 or 10-15"
            )
            raise UsageError(msg)
        return Aim(scope_code=code, rank=worst)
    if request.target_value is not None:
        try:
            value = Decimal(request.target_value)
        except InvalidOperation:
            value = Decimal("NaN")
        if not (value.is_finite() and 0 <= value <= 1):
            msg = f"--target-value '{request.target_value}' is not a value from 0 to 1; write 0.65"
            raise UsageError(msg)
        units = (value * 10**decimals).to_integral_value(rounding=ROUND_CEILING)
        return Aim(scope_code=code, value_units=int(units))
    if not request.by_band:
        msg = "give --target-rank N[-M], --target-value V or --by-band"
        raise UsageError(msg)
    return Aim(scope_code=code)


def _trend(
    request: PlanRequest, ranking: pl.DataFrame, *, decimals: int
) -> dict[str, dict[str, int]] | None:
    """Return every unit's last change per scope; None where the others stay.

    Raises:
        UsageError: if the way the others move is unknown, or no change is known at all.
    """
    if request.others == "fixed":
        return None
    if request.others != "trend":
        msg = f"--others '{request.others}' is unknown; known: {', '.join(OTHERS_TEXTS)}"
        raise UsageError(msg)
    moved = ranking.filter(pl.col("value_change").is_not_null())
    if moved.is_empty():
        msg = (
            f"{request.assessment} is compared with no earlier assessment: there is no trend; "
            "use --others fixed"
        )
        raise UsageError(msg)
    found: dict[str, dict[str, int]] = {}
    for code, unit_id, change in moved.select(
        "scope_code", "unit_id", (pl.col("value_change") * 10**decimals).round().cast(pl.Int64)
    ).iter_rows():
        found.setdefault(code, {})[unit_id] = change
    return found


def _head(
    request: PlanRequest, release: Release, planner: Planner, aim: Aim, plan: Plan
) -> dict[str, Any]:
    """Return what stands above the plan's rows."""
    accounts, unit_id = planner.accounts, planner.unit_id
    unit = 10**accounts.definition.assessment.value_decimals
    now = accounts.row(unit_id, aim.scope_code)
    value = now["value_units"]
    assert isinstance(value, int)
    ranking = release.scan("fact_ranking").filter(
        pl.col("assessment_id") == request.assessment,
        pl.col("unit_id") == unit_id,
        pl.col("scope_code") == aim.scope_code,
    )
    published = ranking.collect().row(0, named=True)
    has_aim = aim.rank is not None or aim.value_units is not None
    bound = None if plan.bound is None else float(min(plan.bound, plan.effort))
    return {
        "release_id": release.release_id,
        "assessment_id": request.assessment,
        "unit_id": unit_id,
        "unit_name": now["unit_name"],
        "scope_code": aim.scope_code,
        "target_rank": request.target_rank,
        "target_value": request.target_value,
        "by_band": request.by_band,
        "others": request.others,
        "rank_now": now["rank"],
        "value_now": value / unit,
        "n_ranked": published["n_ranked"],
        "needed_value": planner.needed_value(aim, plan.carried.accounts) / unit
        if has_aim
        else None,
        "reached_rank": plan.rank,
        "reached_value": plan.value_units / unit,
        "is_reached": plan.is_reached if has_aim else None,
        "effort": float(plan.effort),
        "effort_at_least": bound,
        "data_basis": published["data_basis"],
        "prev_break": published["prev_break"] if request.others == "trend" else None,
    }


def _notes(head: Mapping[str, Any]) -> list[str]:
    """Say aim, result, assumption and basis in a few lines."""
    scope = head["scope_code"]
    lines = [
        f"{head['assessment_id']} · {scope} · {head['release_id']}",
        f"Hiện tại · now: hạng·rank {head['rank_now']}/{head['n_ranked']}, "
        f"giá trị·value {head['value_now']:.4f}",
    ]
    if head["target_rank"] or head["target_value"]:
        wanted = (
            f"hạng·rank {head['target_rank']}"
            if head["target_rank"]
            else f"giá trị·value {head['target_value']}"
        )
        need = f" (cần·needs {head['needed_value']:.4f})"
        lines.append(f"Mục tiêu · target: {wanted}{need}")
    if head["is_reached"] is False:
        lines.append(
            "KHÔNG ĐẠT ĐƯỢC · CANNOT BE REACHED: dù mọi thành phần đạt mức cao nhất có thể · "
            "even with every component at the most it can reach"
            if not head["by_band"]
            else "Không đạt mục tiêu · the bands do not reach the target"
        )
    lines.append(
        f"Kết quả tính lại · as scored again: hạng·rank {head['reached_rank']}/{head['n_ranked']}, "
        f"giá trị·value {head['reached_value']:.4f}"
    )
    least = head["effort_at_least"]
    bound = "" if least is None else f" (không thể dưới · no plan needs less than {least:.2f})"
    lines.append(f"Công sức · effort: {head['effort']:.2f}{bound}")
    lines.append(f"Giả định · assumption: {OTHERS_TEXTS[head['others']]}")
    if head["prev_break"] not in (None, "none"):
        lines.append(
            f"⚠ Xu hướng tính qua điểm gãy · the trend is across a break: {head['prev_break']}"
        )
    lines.append(f"{head['data_basis']}: {BASIS_NOTES[head['data_basis']]}")
    return lines


def _print_plan(rows: list[dict[str, Any]], head: Mapping[str, Any], *, lang: str) -> None:
    sys.stdout.write(f"{head['unit_name']}\n")
    for line in _notes(head):
        sys.stdout.write(f"  {line}\n")
    if not rows:
        sys.stdout.write("Không cần thay đổi gì · nothing has to change\n")
        return
    language = "vi" if lang == "vi" else "en"
    lead = "lead" if lang == "vi" else "lead_en"
    print_table(
        (
            row
            | {
                "name": row[f"name_{language}"],
                "from": points_text(row["points_from"]),
                "to": points_text(row["points_to"]),
                "gain": f"{row['points_gained']:+.2f}",
                "max": points_text(row["max_points"]),
                "effort": f"{row['effort']:.2f}",
                "lead": row[lead],
                "measures": "; ".join(measure_text(m, language=language) for m in row["measures"]),
                "basis": f"{row['basis']}, {row['data_basis']}",
            }
            for row in rows
        ),
        columns={
            "component_code": "Mã·Code",
            "name": "Thành phần·Component",
            "from": "Hiện tại·Now",
            "to": "Mục tiêu·Target",
            "gain": "Tăng·Gain",
            "max": "Tối đa·Max",
            "effort": "Công sức·Effort",
            "measures": "Việc cần đạt·Figures to reach",
            "lead": "Chủ trì·Lead",
            "deadline": "Thời hạn·Deadline",
            "basis": "Cơ sở·Basis",
        },
    )
