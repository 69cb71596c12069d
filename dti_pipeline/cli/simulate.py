"""``dti simulate``: other rules, weights or figures tried on everybody; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import (
    Row,
    cell_text,
    fixed,
    print_bases,
    print_json,
    print_table,
    say,
    signed,
    tell,
)
from dti_pipeline.whole_file import naming
from schemas.messages import message
from schemas.text import Text

if TYPE_CHECKING:
    from dti_pipeline.analysis.improvement.rescoring import Accounts
    from dti_pipeline.cli.selection import Selection


def simulate(
    assessment: options.Assessment,
    framework: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    weights: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    without: Annotated[str | None, typer.Option(metavar="CODES")] = None,
    missing: Annotated[str | None, typer.Option(metavar="CODES")] = None,
    units: Annotated[list[str] | None, typer.Option("--unit", metavar="UNIT")] = None,
    ranges: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    html: Annotated[Path | None, typer.Option(metavar="DIR")] = None,
    top: Annotated[int, typer.Option(min=1)] = 10,
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    from dti_pipeline.analysis.scenario import agreement, compared, unfed
    from dti_pipeline.cli.selection import Selection
    from dti_pipeline.reports.site.simulation import write_simulation

    if not any((framework, weights, without, missing, ranges)) or (units and not missing):
        raise UsageError("simulate.nothing_asked")
    if html is not None and html.resolve().is_relative_to(data.resolve()):
        raise UsageError("simulate.inside_data", folder=html)
    selection = Selection.open(data, assessment, as_of=as_of)
    before = selection.accounts()
    after, changes = _scenario(
        before,
        framework=framework,
        weights=weights,
        without=without,
        missing=missing,
        unit_ids=[selection.find_unit(unit) for unit in units or ()],
    )
    rows = compared(before, after, robustness=selection.table("fact_robustness"))
    bases = selection.table("fact_ranking").filter(scope="overall").select("unit_id", "data_basis")
    rows = rows.join(bases, on="unit_id", how="left", maintain_order="left")
    results: dict[str, Any] = {
        "agreement": agreement(rows) if changes else [],
        "without_figures": sorted(set(unfed(after)) - set(unfed(before))),
        "sensitivity": _sensitivity(selection, before, ranges) if ranges else None,
    }
    of = before.definition.assessment
    if html is not None:
        with naming(html):
            write_simulation(
                html,
                title=Text(of.title_vi, of.title_en),
                release_id=selection.release.release_id,
                decimals=of.value_decimals,
                changes=changes,
                rows=rows.to_dicts(),
                group_name=selection.view.group_name,
                status_note=selection.status_note,
                **results,
            )
    if as_json:
        texts = [change.en for change in changes]
        print_json(rows.to_dicts(), **selection.head, changes=texts, **results)
        return 0
    selection.print_status()
    say(f"{assessment} · {selection.release.release_id}")
    if changes:
        _print_scenario(selection, results, rows.to_dicts(), changes, top=top)
    if results["sensitivity"]:
        _print_sensitivity(results["sensitivity"])
    print_bases(rows)
    if html is not None:
        say(str(html / "index.html"))
    return 0


def _scenario(
    accounts: Accounts,
    *,
    framework: Path | None,
    weights: Path | None,
    without: str | None,
    missing: str | None,
    unit_ids: Sequence[str],
) -> tuple[Accounts, list[Text]]:
    """Return the figures and rules that were asked for, and a text for each change."""
    from dti_pipeline.analysis import scenario
    from dti_pipeline.exact import show
    from dti_pipeline.index.frameworks.load import read_framework

    changes = []
    if framework is not None:
        accounts = scenario.with_framework(accounts, read_framework(framework))
        changes.append(message("simulate.by_framework", path=framework))
    if weights is not None:
        table = scenario.read_points(weights, columns=("points",), accounts=accounts)
        points = {code: numbers[0] for code, numbers in table.items()}
        accounts = scenario.with_points(accounts, points)
        settings = ", ".join(f"{code} = {show(each)}" for code, each in points.items())
        changes.append(message("simulate.by_weights", listed=settings))
    if without:
        codes = scenario.own_codes(accounts, without.split(","))
        accounts = scenario.without(accounts, codes)
        changes.append(message("simulate.without", codes=scenario.labels(accounts, codes)))
    if missing:
        codes = scenario.own_codes(accounts, missing.split(","))
        accounts = scenario.with_missing(accounts, codes, unit_ids=unit_ids)
        names = dict(accounts.definition.units.select("unit_id", "unit_name").rows())
        whose = f" ({', '.join(names[unit] for unit in unit_ids)})" if unit_ids else ""
        labels = scenario.labels(accounts, codes)
        changes.append(message("simulate.missing", codes=labels, units=whose))
    return accounts, changes


def _sensitivity(selection: Selection, accounts: Accounts, ranges: Path) -> dict[str, Any]:
    from dti_pipeline.analysis.robustness.points import NotDrawnError
    from dti_pipeline.analysis.scenario import maxima, read_points
    from dti_pipeline.analysis.sensitivity import Sensitivity
    from dti_pipeline.analysis.settings import load_analysis_settings
    from dti_pipeline.exact import show

    settings = load_analysis_settings().robustness
    table = read_points(ranges, columns=("low", "high"), accounts=accounts)
    nominal = {code: maxima(accounts, code) for code in table}
    for code, (low, high) in table.items():
        if not 0 < low < high or 0 in nominal[code]:
            raise UsageError("simulate.wrong_range", path=ranges, code=code)
        if len(nominal[code]) > 1:
            points = list(map(show, sorted(nominal[code])))
            raise UsageError("simulate.several_maxima", path=ranges, code=code, points=points)
    try:
        ranked = selection.ranked_units(settings)
    except NotDrawnError:
        ranked = None
    if ranked is None:
        raise UsageError("simulate.no_ranks", assessment=selection.assessment)
    factors = {
        code: (low / maximum, high / maximum)
        for code, (low, high) in table.items()
        for maximum in nominal[code]
    }
    sensitivity = Sensitivity(ranked, factors)
    return {
        "one_at_a_time": sensitivity.one_at_a_time(),
        "together": sensitivity.together(seed=settings.seed),
    }


def _print_scenario(
    selection: Selection, results: Row, rows: Sequence[Row], changes: Sequence[Text], *, top: int
) -> None:
    for change in changes:
        tell("simulate.scenario", change=change)
    if results["without_figures"]:
        tell("simulate.without_figures", codes=results["without_figures"])
    for pool in results["agreement"]:
        pool_name = selection.view.group_name(pool["pool"])
        name = "" if pool["pool"] == "all" else f"{spoken(pool_name)}: "
        tell(
            "simulate.agreement",
            pool=name,
            moved=pool["n_moved"],
            ranked=pool["n_ranked"],
            kendall=fixed(pool["kendall"], 4),
            spearman=fixed(pool["spearman"], 4),
        )
    n_noise = sum(bool(row["is_within_noise"]) for row in rows)
    tell("simulate.within_noise", count=n_noise)
    moves = sorted((row for row in rows if row["rank_change"]), key=lambda row: -row["rank_change"])
    rising = [row for row in moves if row["rank_change"] > 0]
    falling = [row for row in reversed(moves) if row["rank_change"] < 0]
    for title, group in (
        (Text("Tăng bậc nhiều nhất", "Rise most"), rising),
        (Text("Giảm bậc nhiều nhất", "Fall most"), falling),
    ):
        if not group:
            continue
        say()
        print_table(
            "moves",
            group[:top],
            title=title,
            without=["scope_code"],
            interval=lambda row: f"{cell_text(row['rank_p05'])}–{cell_text(row['rank_p95'])}",
        )


def _print_sensitivity(sensitivity: Row) -> None:
    ends = {"low": Text("thấp", "low"), "high": Text("cao", "high")}
    say()
    print_table(
        "one_weight",
        sensitivity["one_at_a_time"],
        title=Text("Độ nhạy: từng trọng số", "Sensitivity: one weight at a time"),
        end=lambda row: ends[row["end"]],
        furthest_unit=lambda row: (
            row["furthest_unit"] and f"{row['furthest_unit']} {signed(row['furthest_move'])}"
        ),
    )
    say()
    title = Text("Độ nhạy: cùng lúc (chỉ số Sobol)", "Sensitivity: together (Sobol indices)")
    print_table("all_weights", sensitivity["together"], title=title)
