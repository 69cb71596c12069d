"""The command that says what changed between two revisions, and why each rank moved."""

import sys
from collections.abc import Collection
from pathlib import Path

import polars as pl

from dti_pipeline.commands.errors import UsageError
from dti_pipeline.commands.output import points, print_json, print_table, show, signed
from dti_pipeline.commands.reading import known_assessment, open_release, scope_code
from dti_pipeline.exact import figure_text
from dti_pipeline.release.rank_changes import CAUSES, changed_figures, changes
from dti_pipeline.release.releases import Published, Release
from dti_pipeline.store.revisions import Revision, Store
from dti_pipeline.workspace import Workspace


def show_changes(
    assessment: str,
    *,
    before: str | None,
    after: str | None,
    scope: str,
    as_of: str | None,
    data: Path,
    lang: str,
    as_json: bool,
) -> int:
    """Print changed figures, then every unit whose value or rank moved, with the causes."""
    workspace = Workspace(data=data.resolve())
    release = open_release(workspace.data, as_of=as_of)
    known_assessment(release, assessment)
    store = Store(workspace.store)
    withdrawn = Published(workspace.published).withdrawn_revisions()
    pair = _pair(assessment, before, after, store=store, release=release, withdrawn=withdrawn)
    if pair is None:
        sys.stdout.write(f"{assessment}: chỉ có một lần tính · there is only one revision\n")
        return 0
    name = f"{pair[0].revision_id}__{pair[1].revision_id}"
    rows = store.cached("changes", name, lambda: changes(*pair, store=store))
    code = scope_code(scope, known=rows["scope_code"].unique(maintain_order=True).to_list())
    of_scope = rows.filter(pl.col("scope_code") == code).sort("rank_to", "unit_id", nulls_last=True)
    moved = of_scope.filter(
        (pl.col("value_change") != 0)
        | (pl.col("rank_change") != 0)
        | (pl.col("points_from") != pl.col("points_to"))
        | pl.col("rank_change").is_null()
    )
    names = dict(rows.select("unit_id", "unit_name").iter_rows())
    figures = [
        {
            "unit_id": row["unit_id"],
            "unit_name": names.get(row["unit_id"], row["unit_id"]),
            "component_code": row["component_code"],
            "variable": row["variable"],
            "figure_from": _figure(row["value_micro"]),
            "figure_to": _figure(row["value_micro_to"]),
        }
        for row in changed_figures(*pair, store=store).iter_rows(named=True)
    ]
    if as_json:
        print_json(
            moved,
            assessment_id=assessment,
            revision_from=pair[0].revision_id,
            revision_to=pair[1].revision_id,
            scope_code=code,
            changed_figures=figures,
        )
        return 0
    sys.stdout.write(f"{pair[0].revision_id} → {pair[1].revision_id}: {pair[1].reason}\n\n")
    print_table(
        figures,
        columns={
            "unit_name": "Đơn vị·Unit",
            "component_code": "Chỉ số·Component",
            "variable": "Biến số·Variable",
            "figure_from": "Trước·Before",
            "figure_to": "Sau·After",
        },
        title="Số liệu thay đổi · changed figures",
    )
    _print_moves(moved, lang=lang, title=f"\n{assessment} · {code}: {moved.height} đơn vị · units")
    return 0


def _print_moves(moved: pl.DataFrame, *, lang: str, title: str) -> None:
    columns = {
        "unit_name": "Đơn vị·Unit",
        "points": "Điểm·Points",
        "value_to": "Giá trị·Value",
        "value_change": "±",
        "ranks": "Hạng·Rank",
        "rank_change": "±",
        "rank_change_rules": "quy tắc·rules",
        "rank_change_framework": "bộ chỉ số·framework",
        "rank_change_units": "tập đơn vị·units",
        "rank_change_others": "đơn vị khác·others",
        "rank_change_own": "tự thân·own",
        f"reason_{lang}": "Vì sao·Why",
    }
    print_table(
        (
            row
            | {
                "points": " → ".join(
                    points(row[name]) or "–" for name in ("points_from", "points_to")
                ),
                "value_change": signed(row["value_change"], decimals=4),
                "ranks": f"{show(row['rank_from'])} → {show(row['rank_to'])}",
                "rank_change": signed(row["rank_change"]),
            }
            | {f"rank_change_{cause}": signed(row[f"rank_change_{cause}"]) for cause in CAUSES}
            for row in moved.iter_rows(named=True)
        ),
        columns=columns,
        title=title,
    )


def _pair(
    assessment: str,
    before: str | None,
    after: str | None,
    *,
    store: Store,
    release: Release,
    withdrawn: Collection[str],
) -> tuple[Revision, Revision] | None:
    """Return the two revisions to compare; None where there is only one.

    What was withdrawn is compared with on demand only: nobody's published figures were those.
    """
    known = {revision.revision_id: revision for revision in store.revisions(assessment)}
    for name in (before, after):
        if name is not None and name not in known:
            msg = f"{assessment} has no revision '{name}'; it has: {', '.join(known)}"
            raise UsageError(msg)
    later = known[after] if after else known[release.revisions[assessment]]
    if before is not None:
        return known[before], later
    earlier = [
        revision
        for name, revision in known.items()
        if revision.revision_no < later.revision_no and name not in withdrawn
    ]
    return (earlier[-1], later) if earlier else None


def _figure(micro: int | None) -> str | None:
    return None if micro is None else figure_text(micro)
