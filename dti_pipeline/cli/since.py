"""``dti explain --since``: why a unit ranks otherwise than in an earlier assessment."""

from collections.abc import Sequence
from dataclasses import asdict

import polars as pl

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import (
    Row,
    fixed,
    points_text,
    print_bases,
    print_json,
    print_table,
    say,
    signed,
)
from dti_pipeline.cli.selection import Selection, require_assessment
from dti_pipeline.reports.figures import rank_of
from dti_pipeline.reports.release_view import ReleaseView
from dti_pipeline.reports.words import DATA_MARKS, words_of
from dti_pipeline.reports.year_moves import UnitMove, YearMoves
from schemas.text import Text


def show_move(selection: Selection, unit_id: str, *, since: str, as_json: bool) -> int:
    assessment = selection.assessment
    require_assessment(selection.release, since)
    release = ReleaseView(selection.release)
    before, after = release.assessment(since), release.assessment(assessment)
    is_earlier = (before.year, before.row["is_derived"]) < (after.year, after.row["is_derived"])
    if before.row["level"] != after.row["level"] or not is_earlier:
        raise UsageError("explain.not_earlier", since=since, assessment=assessment)
    moves = YearMoves(before, after)
    move = moves.of_unit(unit_id)
    if as_json:
        answer = asdict(move)
        gap, text = answer.pop("gap"), moves.break_text
        print_json(
            answer.pop("mains"),
            **selection.head,
            since=since,
            **answer,
            gap=gap and Text(*gap)._asdict(),
            break_text=text and text._asdict(),
        )
    else:
        selection.print_status()
        _print_move(moves, move)
    return 0


def _print_move(moves: YearMoves, move: UnitMove) -> None:
    titles = f"{spoken(moves.before.short_title)} → {spoken(moves.after.short_title)}"
    decimals = moves.after.decimals
    say(f"{move.after['unit_name']} · {titles} · {moves.after.release.release_id}")
    before = move.before or dict.fromkeys(("data_basis", "rank", "n_ranked"))
    value = " → ".join(
        "–"
        if figure is None
        else fixed(figure, decimals) + DATA_MARKS.get(row["data_basis"] or "", "")
        for figure, row in ((move.value_from, before), (move.after["value"], move.after))
    )
    rank = " → ".join(rank_of(row["rank"], row["n_ranked"]) for row in (before, move.after))
    if move.value_change is not None:
        value += f" ({signed(move.value_change, decimals=decimals)})"
    if move.rank_change is not None:
        rank += f": {spoken(moves.places(move.rank_change))}"
    say(Text(f"Giá trị {value} · Thứ hạng {rank}", f"Value {value} · Rank {rank}"))
    if move.parts:
        parts = [(words_of("causes")[cause], n) for cause, n in reversed(move.parts.items())]
        parts.append((moves.word("total"), move.rank_change or 0))
        causes = "; ".join(f"{spoken(name)} {signed(n)}" for name, n in parts)
        say(f"{spoken(moves.word('causes'))}: {causes}")
    for note in moves.notes(move):
        say(f"  {spoken(note)}")
    for row in move.predecessors:
        value, rank = fixed(row["value"], decimals), rank_of(row["rank"], row["n_ranked"])
        say(f"  {row['unit_name']}: {value}, {rank}")
    _print_tables(moves, move)
    bases = [view.overall.select("data_basis") for view in (moves.before, moves.after)]
    print_bases(pl.concat(bases).unique(maintain_order=True))


def _print_tables(moves: YearMoves, move: UnitMove) -> None:
    def points(row: Row, when: str) -> str:
        return f"{points_text(row[f'points_{when}'])}{DATA_MARKS.get(row[f'basis_{when}'], '')}"

    def title(name: str, rows: Sequence[Row]) -> str:
        heading = spoken(moves.word(name, unit=move.after["unit_name"]))
        return f"\n{heading}: {len(rows)}"

    for name, rows in (("mains", move.mains), ("gained", move.gained), ("lost", move.lost)):
        if rows:
            print_table(
                "year_moves",
                rows,
                title=title(name, rows),
                points_from=lambda row: points(row, "from"),
                points_to=lambda row: points(row, "to"),
            )
    for name, rows in (("overtaken_by", move.overtaken_by), ("overtook", move.overtook)):
        if rows:
            print_table(
                "rivals",
                rows,
                title=title(name, rows),
                main_name=lambda row: Text(row["main_vi"], row["main_en"]),
            )
