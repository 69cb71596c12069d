"""``dti whatif``: change figures of one unit, score everybody anew, see who moves."""

from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.output import print_bases, print_json, print_table, say, signed
from schemas.text import Text


def what_if(
    assessment: options.Assessment,
    unit: options.Unit,
    changes: Annotated[list[str], typer.Argument(metavar="CODE=VALUE...")],
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    import polars as pl

    from dti_pipeline.cli.figure_changes import apply_changes, component_moves, moved_units
    from dti_pipeline.cli.selection import Selection

    selection = Selection.open(data, assessment, as_of=as_of)
    unit_id = selection.find_unit(unit)
    before = selection.accounts()
    after = apply_changes(before, unit_id, changes)
    moves = moved_units(before, after)
    components = component_moves(before, after, unit_id)
    if as_json:
        print_json(
            moves.to_dicts(),
            **selection.head,
            unit_id=unit_id,
            changes=changes,
            components=components,
        )
        return 0
    selection.print_status()
    names = before.framework_of(unit_id).names
    if components:
        print_table(
            "component_moves",
            components,
            name=lambda move: names[move["component_code"]],
            points_change=lambda move: signed(move["points_to"] - move["points_from"], decimals=2),
        )
    else:
        say(Text("Không chỉ số thành phần nào đổi điểm", "No component changes"))
    own = moves.filter(unit_id=unit_id).to_dicts()
    others = moves.filter(pl.col("unit_id") != unit_id, scope="overall").to_dicts()
    interval = ("interval", "is_within_noise")
    if own:
        say()
        print_table("moves", own, title=own[0]["unit_name"], without=("unit_name", *interval))
    else:
        say(Text("Đơn vị không đổi", "The unit does not change"))
    if others:
        say()
        title = Text(f"Đơn vị khác: {len(others)}", f"Other units: {len(others)}")
        print_table("moves", others, title=title, without=interval)
    print_bases(selection.table("fact_ranking").filter(scope="overall"))
    return 0
