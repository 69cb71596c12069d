"""``dti robustness``: how firm the ranks of an assessment are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import (
    Row,
    percent,
    print_bases,
    print_json,
    print_table,
    say,
    tell,
    whole,
)
from dti_pipeline.reports.words import name_of
from schemas.text import Text

if TYPE_CHECKING:
    import polars as pl

    from dti_pipeline.analysis.robustness.simulation import SimulatedRanks
    from dti_pipeline.analysis.robustness.table import RankedUnits

# Components and mains listed that move a unit's rank most when left out.
LISTED_MOVES = 10


def show_robustness(
    assessment: options.Assessment,
    draws: Annotated[int | None, typer.Option(min=1)] = None,
    seed: Annotated[int | None, typer.Option(min=0)] = None,
    left_out: Annotated[int, typer.Option(min=0)] = 0,
    unit: Annotated[str | None, typer.Option(metavar="UNIT")] = None,
    versus: Annotated[str | None, typer.Option(metavar="UNIT")] = None,
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from dti_pipeline.analysis.robustness.points import NotDrawnError
    from dti_pipeline.analysis.robustness.simulation import simulate_ranks
    from dti_pipeline.analysis.robustness.table import robustness_rows
    from dti_pipeline.analysis.settings import load_analysis_settings
    from dti_pipeline.cli.selection import Selection

    selection = Selection.open(data, assessment, as_of=as_of)
    if versus is not None and unit is None:
        raise UsageError("robustness.no_unit")
    asked = {"draws": draws, "seed": seed, "left_out": left_out}
    settings = load_analysis_settings().robustness.model_copy(
        update={name: number for name, number in asked.items() if number is not None}
    )
    try:
        ranked = selection.ranked_units(settings)
    except NotDrawnError as error:
        gap = name_of("robustness_gaps", error.reason)
        raise UsageError(
            "robustness.gap", assessment=assessment, gap=Text(gap.vi, str(error))
        ) from None
    if ranked is None:
        raise UsageError("robustness.no_ranks", assessment=assessment)
    fewest = int((ranked.points.max_micro > 0).sum(axis=1).min())
    if left_out >= fewest:
        raise UsageError("robustness.too_many_left_out", left_out=left_out, fewest=fewest)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(spoken(Text("Lần mô phỏng", "Simulations")), total=settings.draws)
        simulated = simulate_ranks(
            ranked.points, settings, progress=lambda done, _: bar.update(task, completed=done)
        )
    rows = robustness_rows(ranked, simulated).sort("rank", "unit_id")
    head: dict[str, Any] = {
        **selection.head,
        "draws": settings.draws,
        "seed": settings.seed,
        "weight_noise": float(settings.weight_noise),
        "rejection": {state: float(chance) for state, chance in settings.rejection.items()},
        "left_out": left_out,
    }
    if unit is not None:
        unit_id = selection.find_unit(unit)
        rival = selection.find_unit(versus) if versus else None
        head |= _of_unit(ranked, simulated, unit_id, versus=rival)
    if as_json:
        print_json(rows.to_dicts(), **head)
        return 0
    selection.print_status()
    if unit is None:
        _print_rows(rows, head)
    else:
        _print_rows(rows.filter(unit_id=head["unit_id"]), head)
        _print_unit(head)
    return 0


def _of_unit(
    ranked: RankedUnits, simulated: SimulatedRanks, unit_id: str, *, versus: str | None
) -> dict[str, Any]:
    """Return what the draws say about one unit, for programs."""
    place = _place(ranked, unit_id)
    best, worst = (int(simulated.quantile(percent)[place]) for percent in (0, 100))
    fields: dict[str, Any] = {
        "unit_id": unit_id,
        "unit_name": ranked.units["unit_name"][place],
        "rank_chances": [
            {"rank": rank, "chance": float(simulated.p_rank(rank)[place])}
            for rank in range(best, worst + 1)
        ],
        "without_component": _moves(ranked, place, element="component"),
        "without_main": _moves(ranked, place, element="main"),
    }
    if versus is not None:
        other = _place(ranked, versus)
        try:
            above, equal = simulated.p_above_and_equal(place, other)
        except ValueError:
            raise UsageError("robustness.other_groups") from None
        fields |= {
            "versus": versus,
            "versus_name": ranked.units["unit_name"][other],
            "p_above": above,
            "p_equal": equal,
        }
    return fields


def _place(ranked: RankedUnits, unit_id: str) -> int:
    unit_ids = ranked.units["unit_id"].to_list()
    if unit_id not in unit_ids:
        raise UsageError("robustness.unit_without_rank", unit=unit_id)
    return unit_ids.index(unit_id)


def _moves(
    ranked: RankedUnits, place: int, *, element: Literal["component", "main"]
) -> list[dict[str, Any]]:
    import numpy as np

    from dti_pipeline.analysis.robustness import removal

    elements = ranked.components
    leave_out = removal.leave_one_component_out
    if element == "main":
        elements = elements.unique(["framework_id", "main_code"], maintain_order=True)
        leave_out = removal.leave_one_main_out
    if elements.height < 2:
        return []
    left_out = leave_out(ranked.points)
    order = np.argsort(-np.abs(left_out.move[place]), kind="stable")
    return [
        {
            f"{element}_code": elements[f"{element}_code"][column],
            "rank_without": int(left_out.rank[place, column]),
            "rank_change": int(left_out.move[place, column]),
        }
        for column in order.tolist()
        if left_out.move[place, column]
    ]


def _print_rows(rows: pl.DataFrame, head: Row) -> None:
    def decisive(row: Row) -> Text | str:
        if row["null_reason"] is not None:
            return name_of("robustness_gaps", row["null_reason"])
        return f"{row['decisive_component']} → {row['rank_without_decisive']}"

    rejected = ", ".join(
        f"{spoken(name_of('evidence', state))} {percent(chance)}"
        for state, chance in head["rejection"].items()
    )
    n_draws, noise = whole(head["draws"]), percent(head["weight_noise"])
    say(f"{head['assessment_id']} · {head['release_id']}")
    tell("robustness.summary", draws=n_draws, seed=head["seed"], noise=noise, rejected=rejected)
    if head["left_out"]:
        tell("robustness.left_out", left_out=head["left_out"])
    print_table(
        "robustness",
        rows.iter_rows(named=True),
        title=Text("Độ vững của thứ hạng", "Stability of ranks"),
        interval=lambda row: f"{row['rank_p05']}–{row['rank_p95']}",
        span=lambda row: f"{row['rank_min']}–{row['rank_max']}",
        decisive=decisive,
    )
    print_bases(rows)


def _print_unit(head: Row) -> None:
    if "versus" in head:
        unit, other = head["unit_name"], head["versus_name"]
        above, equal = percent(head["p_above"], 1), percent(head["p_equal"], 1)
        tell("robustness.above", unit=unit, other=other, above=above, equal=equal)
    say()
    chances = (entry for entry in head["rank_chances"] if entry["chance"] > 0)
    print_table("rank_chances", chances, bar=lambda entry: "█" * round(entry["chance"] * 40))
    for table in ("without_component", "without_main"):
        if moves := head[table][:LISTED_MOVES]:
            say()
            print_table(table, moves)
