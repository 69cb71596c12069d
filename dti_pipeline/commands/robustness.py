"""The command ``robustness``: how firm the ranks of an assessment are."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dti_pipeline.analysis.robustness.removal import leave_one_component_out, leave_one_main_out
from dti_pipeline.analysis.robustness.simulation import SimulatedRanks, simulate_ranks
from dti_pipeline.analysis.robustness.table import RankedUnits, ranked_units, robustness_rows
from dti_pipeline.analysis.settings import load_settings
from dti_pipeline.commands.errors import UsageError
from dti_pipeline.commands.output import print_json, print_table
from dti_pipeline.commands.reading import BASIS_NOTES, known_assessment, open_release
from dti_pipeline.commands.units import assessment_of, find_unit
from dti_pipeline.workspace import Workspace

# Components and mains shown that move a unit's rank most when left out.
SHOWN = 10


def show_robustness(
    assessment: str,
    *,
    draws: int | None,
    seed: int | None,
    left_out: int,
    unit: str | None,
    versus: str | None,
    as_of: str | None,
    data: Path,
    as_json: bool,
) -> int:
    """Draw weights and unchecked figures, and say how far ranks move.

    Args:
        assessment: the assessment.
        draws: number of draws; None: as the table in the release.
        seed: of all random numbers; None: as the table in the release.
        left_out: components left out of each draw at random.
        unit: look at one unit: chance of each rank, and what decides its rank.
        versus: the unit to compare it with.
        as_of: the release to read.
        data: the data folder.
        as_json: print JSON.

    Raises:
        UsageError: if a name is wrong, or nobody is ranked by computation on several components.
    """
    workspace = Workspace(data=data.resolve())
    release = open_release(data.resolve(), as_of=as_of)
    known_assessment(release, assessment)
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
    tables = {
        name: release.scan(name).filter(pl.col("assessment_id") == assessment).collect()
        for name in ("fact_ranking", "fact_component_score", "fact_main_score")
    }
    decimals = assessment_of(release, assessment)["publication_value_decimals"]
    assert isinstance(decimals, int)
    ranked = ranked_units(
        tables["fact_ranking"],
        components=tables["fact_component_score"],
        mains=tables["fact_main_score"],
        settings=settings,
        decimals=decimals,
    )
    if ranked is None:
        msg = f"{assessment} ranks nobody by computation on several components: nothing to draw"
        raise UsageError(msg)
    if left_out >= ranked.components.height:
        msg = f"--left-out {left_out}: there are only {ranked.components.height} components"
        raise UsageError(msg)
    with _progress(settings.draws) as progress:
        simulated = simulate_ranks(ranked.points, settings, progress=progress)
    rows = robustness_rows(ranked, simulated)
    head: dict[str, Any] = {
        "release_id": release.release_id,
        "assessment_id": assessment,
        "draws": settings.draws,
        "seed": settings.seed,
        "weight_noise": float(settings.weight_noise),
        "rejection": {state: float(chance) for state, chance in settings.rejection.items()},
        "left_out": left_out,
    }
    if unit is not None:
        unit_id = find_unit(release, assessment, unit, workspace=workspace)
        rival = find_unit(release, assessment, versus, workspace=workspace) if versus else None
        head |= _of_unit(ranked, simulated, unit_id, versus=rival)
    rows = rows.sort("rank", "unit_id")
    if as_json:
        print_json(rows, **head)
        return 0
    _print(rows if unit is None else rows.filter(pl.col("unit_id") == head["unit_id"]), head)
    return 0


def _place(ranked: RankedUnits, unit_id: str) -> int:
    places = ranked.units["unit_id"].to_list()
    if unit_id not in places:
        msg = f"{unit_id} is not ranked by computation"
        raise UsageError(msg)
    return places.index(unit_id)


def _of_unit(
    ranked: RankedUnits, simulated: SimulatedRanks, unit_id: str, *, versus: str | None
) -> dict[str, Any]:
    """Return the chance of each rank, what decides the rank, and the chance against one other."""
    place = _place(ranked, unit_id)
    best, worst = (int(simulated.quantile(percent)[place]) for percent in (0, 100))
    fields: dict[str, Any] = {
        "unit_id": unit_id,
        "unit_name": ranked.units["unit_name"][place],
        "rank_chances": [
            {"rank": rank, "chance": float(simulated.p_rank(rank)[place])}
            for rank in range(best, worst + 1)
        ],
        "without_component": _moves(ranked, place, what="component"),
        "without_main": _moves(ranked, place, what="main"),
    }
    if versus is not None:
        other = _place(ranked, versus)
        try:
            above, equal = simulated.p_above_and_equal(place, other)
        except ValueError:
            msg = "the two units are ranked in different groups and never compared"
            raise UsageError(msg) from None
        fields |= {
            "versus": versus,
            "versus_name": ranked.units["unit_name"][other],
            "p_above": above,
            "p_equal": equal,
        }
    return fields


def _moves(ranked: RankedUnits, place: int, *, what: str) -> list[dict[str, Any]]:
    """Return what moves the unit's rank most when it is left out."""
    elements = ranked.components
    if what == "main":
        elements = elements.unique(["framework_id", "main_code"], maintain_order=True)
    if elements.height < 2:
        return []
    leave_out = leave_one_component_out if what == "component" else leave_one_main_out
    left_out = leave_out(ranked.points)
    order = np.argsort(-np.abs(left_out.move[place]), kind="stable")
    return [
        {
            f"{what}_code": elements[f"{what}_code"][column],
            "rank_without": int(left_out.rank[place, column]),
            "rank_change": int(left_out.move[place, column]),
        }
        for column in order.tolist()
        if left_out.move[place, column]
    ]


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


def _print(rows: pl.DataFrame, head: dict[str, Any]) -> None:
    rejected = ", ".join(f"{state} {chance:.0%}" for state, chance in head["rejection"].items())
    sys.stdout.write(
        f"{head['assessment_id']} · {head['release_id']}: {head['draws']} lần thử · draws, "
        f"seed {head['seed']}; trọng số · weights ±{head['weight_noise']:.0%}; "
        f"bác số liệu · figures rejected: {rejected}"
        f"{'; bỏ · left out ' + str(head['left_out']) if head['left_out'] else ''}\n"
    )
    print_table(
        (
            row
            | {
                "interval": f"{row['rank_p05']}–{row['rank_p95']}",
                "extremes": f"{row['rank_min']}–{row['rank_max']}",
                "same": f"{row['p_same']:.0%}",
                "top10": f"{row['p_top10']:.0%}",
                "decides": None
                if row["decisive_component"] is None
                else f"{row['decisive_component']} → {row['rank_without_decisive']}",
            }
            for row in rows.iter_rows(named=True)
        ),
        columns={
            "rank": "Hạng·Rank",
            "unit_name": "Đơn vị·Unit",
            "interval": "Khoảng 90 %·Interval",
            "rank_p50": "Trung vị·Median",
            "extremes": "Tốt–kém nhất·Extremes",
            "same": "Giữ hạng·Same",
            "top10": "Top 10",
            "cluster": "Nhóm·Cluster",
            "decides": "Thành phần quyết định → hạng khi bỏ·Decides → rank without",
        },
    )
    for basis in rows["data_basis"].unique(maintain_order=True).to_list():
        sys.stdout.write(f"  {basis}: {BASIS_NOTES[basis]}\n")
    if "unit_id" in head:
        _print_unit(head)


def _print_unit(head: dict[str, Any]) -> None:
    if "versus" in head:
        sys.stdout.write(
            f"\n{head['unit_name']} trên · above {head['versus_name']}: {head['p_above']:.1%}; "
            f"cùng hạng · same rank: {head['p_equal']:.1%}\n"
        )
    sys.stdout.write("\n")
    print_table(
        (
            {
                "rank": entry["rank"],
                "chance": f"{entry['chance']:.1%}",
                "bar": "█" * round(entry["chance"] * 40),
            }
            for entry in head["rank_chances"]
            if entry["chance"] > 0
        ),
        columns={"rank": "Hạng·Rank", "chance": "Khả năng·Chance", "bar": ""},
    )
    for what, title in (("component", "thành phần · component"), ("main", "chỉ số chính · main")):
        moves = head[f"without_{what}"][:SHOWN]
        if moves:
            sys.stdout.write("\n")
            print_table(
                moves,
                columns={
                    f"{what}_code": f"Bỏ {title}",
                    "rank_without": "Hạng khi bỏ·Rank without",
                    "rank_change": "± hạng·rank",
                },
            )
