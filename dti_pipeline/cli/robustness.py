"""``dti robustness``: how firm the ranks of an assessment are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import Row, print_bases, print_json, print_table, say

if TYPE_CHECKING:
    import polars as pl

# Components and mains listed that move a unit's rank most when left out.
LISTED_MOVES = 10


def show_robustness(
    assessment: options.Assessment,
    draws: Annotated[
        int | None, typer.Option(min=1, help="Number of draws; default as in the release.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed of all random numbers; default as in the release."),
    ] = None,
    left_out: Annotated[
        int, typer.Option(min=0, help="Components left out of each draw at random.")
    ] = 0,
    unit: Annotated[
        str | None,
        typer.Option(metavar="UNIT", help="Chance of each rank, and what decides it."),
    ] = None,
    versus: Annotated[
        str | None,
        typer.Option(metavar="UNIT", help="With --unit: chance that it is above this one."),
    ] = None,
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    """Say how firm the ranks are: intervals from joint draws of weights and unchecked figures."""
    import polars as pl

    from dti_pipeline.analysis.robustness.points import NotDrawnError
    from dti_pipeline.analysis.robustness.simulation import simulate_ranks
    from dti_pipeline.analysis.robustness.table import ranked_units, robustness_rows
    from dti_pipeline.analysis.settings import load_settings
    from dti_pipeline.cli.selection import Selection
    from dti_pipeline.cli.unit_robustness import unit_robustness

    selection = Selection.open(data, assessment, as_of=as_of)
    if versus is not None and unit is None:
        msg = "--versus compares with a unit: give --unit as well"
        raise UsageError(msg)
    settings = load_settings().robustness
    settings = settings.model_copy(
        update={
            "draws": draws or settings.draws,
            "seed": settings.seed if seed is None else seed,
            "left_out": left_out,
        }
    )
    try:
        ranked = ranked_units(
            selection.table("fact_ranking"),
            components=selection.table("fact_component_score"),
            mains=selection.table("fact_main_score"),
            settings=settings,
            decimals=selection.value_decimals,
        )
    except NotDrawnError as error:
        msg = f"{assessment}: nothing to draw: {error}"
        raise UsageError(msg) from None
    if ranked is None:
        msg = f"{assessment} ranks nobody by computation: nothing to draw"
        raise UsageError(msg)
    fewest = int((ranked.points.max_micro > 0).sum(axis=1).min())
    if left_out >= fewest:
        msg = f"--left-out {left_out}: there are only {fewest} components that apply to every unit"
        raise UsageError(msg)
    with _progress(settings.draws) as progress:
        simulated = simulate_ranks(ranked.points, settings, progress=progress)
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
        head |= unit_robustness(ranked, simulated, unit_id, versus=rival)
    if as_json:
        print_json(rows.to_dicts(), **head)
        return 0
    _print_rows(rows if unit is None else rows.filter(pl.col("unit_id") == head["unit_id"]), head)
    if unit is not None:
        _print_unit(head)
    return 0


@contextmanager
def _progress(draws: int) -> Iterator[Callable[[int, int], None] | None]:
    """Show a progress bar on a terminal; nothing where the output is piped."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Lần thử · draws", total=draws)
        yield lambda done, _: bar.update(task, completed=done)


def _print_rows(rows: pl.DataFrame, head: Row) -> None:
    from dti_pipeline.reports.words import name_of

    def decisive(row: Row) -> str:
        if row["null_reason"] is not None:
            gap = name_of("robustness_gaps", row["null_reason"])
            return f"{gap.vi} · {gap.en}"
        return f"{row['decisive_component']} → {row['rank_without_decisive']}"

    rejected = ", ".join(f"{state} {chance:.0%}" for state, chance in head["rejection"].items())
    left_out = f"; bỏ · left out {head['left_out']}" if head["left_out"] else ""
    say(
        f"{head['assessment_id']} · {head['release_id']}: {head['draws']} lần thử · draws, "
        f"seed {head['seed']}; trọng số · weights ±{head['weight_noise']:.0%}; "
        f"bác số liệu · figures rejected: {rejected}{left_out}"
    )
    print_table(
        rows.iter_rows(named=True),
        ("Hạng·Rank", "rank"),
        ("Đơn vị·Unit", "unit_name"),
        ("Khoảng 90 %·Interval", lambda row: f"{row['rank_p05']}–{row['rank_p95']}"),
        ("Trung vị·Median", "rank_p50"),
        ("Tốt–kém nhất·Extremes", lambda row: f"{row['rank_min']}–{row['rank_max']}"),
        ("Giữ hạng·Same", lambda row: f"{row['p_same']:.0%}"),
        ("Top 10", lambda row: f"{row['p_top10']:.0%}"),
        ("Nhóm·Cluster", "cluster"),
        ("Thành phần quyết định → hạng khi bỏ·Decides → rank without", decisive),
    )
    print_bases(rows)


def _print_unit(head: Row) -> None:
    if "versus" in head:
        say(
            f"\n{head['unit_name']} trên · above {head['versus_name']}: {head['p_above']:.1%}; "
            f"cùng hạng · same rank: {head['p_equal']:.1%}"
        )
    say()
    print_table(
        (entry for entry in head["rank_chances"] if entry["chance"] > 0),
        ("Hạng·Rank", "rank"),
        ("Khả năng·Chance", lambda entry: f"{entry['chance']:.1%}"),
        ("", lambda entry: "█" * round(entry["chance"] * 40)),
    )
    for what, title in (("component", "thành phần · component"), ("main", "chỉ số chính · main")):
        moves = head[f"without_{what}"][:LISTED_MOVES]
        if moves:
            say()
            print_table(
                moves,
                (f"Bỏ {title}", f"{what}_code"),
                ("Hạng khi bỏ·Rank without", "rank_without"),
                ("± hạng·rank", "rank_change"),
            )
