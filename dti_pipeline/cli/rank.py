"""``dti rank``: the ranking of an assessment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import print_bases, print_json, print_table, rank_text, tell
from dti_pipeline.reports.words import name_of

if TYPE_CHECKING:
    import polars as pl


def show_ranking(
    assessment: options.Assessment,
    scope: str = "overall",
    top: Annotated[int | None, typer.Option(min=1)] = None,
    as_csv: Annotated[bool, typer.Option("--csv")] = False,
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    import polars as pl

    from dti_pipeline.cli.selection import Selection, scope_code

    selection = Selection.open(data, assessment, as_of=as_of)
    ranking = selection.table("fact_ranking")
    components = selection.table("fact_component_score").with_columns(scope_code="component_code")
    codes = pl.concat([ranking["scope_code"], components["scope_code"]]).unique(maintain_order=True)
    code = scope_code(scope, codes=codes.to_list())
    rows = ranking.filter(scope_code=code)
    if rows.is_empty():
        rows = components.filter(scope_code=code)
    # Units without a rank come last.
    rows = rows.sort("rank", "unit_id", nulls_last=True)
    if top is not None:
        rows = rows.filter(pl.col("rank") <= top)
    if as_json:
        print_json(rows.to_dicts(), **selection.head, scope_code=code)
    elif as_csv:
        from dti_pipeline.release.csv_text import plain_texts

        print(plain_texts(rows).write_csv(), end="")
    else:
        selection.print_status()
        title = f"{assessment} · {code} · {selection.release.release_id}"
        # Where units are ranked within their groups, ranks of different groups mean nothing.
        ranked = rows.drop_nulls("rank")
        is_grouped = (ranked["n_ranked"] == ranked["n_in_group"]).all()
        if is_grouped and rows["group_code"].n_unique() > 1:
            for (group,), of_group in rows.group_by("group_code", maintain_order=True):
                print_ranking(
                    of_group, title=f"{title} · {spoken(selection.view.group_name(group))}"
                )
                print()
        else:
            print_ranking(rows, title=title)
    return 0


def print_ranking(rows: pl.DataFrame, *, title: str) -> None:
    other = "points_change" if "value_change" in rows.columns else "value_change"
    print_table("ranking", rows.iter_rows(named=True), title=title, without=[other], rank=rank_text)
    print_bases(rows)
    for kind in sorted(set(rows["prev_break"]) - {"none", None}):
        name = name_of("breaks", kind)
        tell("rank.comparability", name=name)
