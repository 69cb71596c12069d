"""``dti diff``: what changed between two revisions, and why each rank moved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import print_json, print_table, say, tell
from dti_pipeline.reports.words import reason
from schemas.text import Text

if TYPE_CHECKING:
    from dti_pipeline.cli.selection import Selection
    from dti_pipeline.store.revisions import Revision, Store


def show_changes(
    assessment: options.Assessment,
    before: Annotated[str | None, typer.Option("--from", metavar="REV")] = None,
    after: Annotated[str | None, typer.Option("--to", metavar="REV")] = None,
    scope: str = "overall",
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    import polars as pl

    from dti_pipeline.cli.selection import Selection, scope_code
    from dti_pipeline.release.publish import input_changes
    from dti_pipeline.release.rank_changes import changed_figures, changes
    from dti_pipeline.store.recorded import accepted_values
    from dti_pipeline.store.revisions import Store

    selection = Selection.open(data, assessment, as_of=as_of)
    store = Store(selection.workspace.store)
    earlier, later = _pair(selection, store, before=before, after=after)
    head = {"assessment_id": assessment, "revision_to": later.revision_id}
    if earlier is None:
        if as_json:
            print_json([], **head, revision_from=None, scope_code=None, changed_figures=[])
        else:
            tell("diff.nothing_earlier", assessment=assessment, revision=later.revision_id)
        return 0
    rows = changes(earlier, later, store=store)
    code = scope_code(scope, codes=rows["scope_code"].unique(maintain_order=True).to_list())
    is_other = pl.any_horizontal(
        pl.col(f"{name}_from").ne_missing(pl.col(f"{name}_to"))
        for name in ("value", "points", "rank")
    )
    moved = rows.filter(is_other, scope_code=code).sort("rank_to", "unit_id", nulls_last=True)
    names = dict(rows.select("unit_id", "unit_name").rows())
    figures = [
        {
            "unit_id": row["unit_id"],
            "unit_name": names.get(row["unit_id"], row["unit_id"]),
            "component_code": row["component_code"],
            "variable": row["variable"],
            "figure_from": _figure(row["value_micro"]),
            "figure_to": _figure(row["value_micro_to"]),
            "option_from": row["option"],
            "option_to": row["option_to"],
        }
        for row in changed_figures(
            accepted_values(earlier, store), accepted_values(later, store)
        ).iter_rows(named=True)
    ]
    if as_json:
        head |= {"revision_from": earlier.revision_id, "scope_code": code}
        print_json(moved.to_dicts(), **head, changed_figures=figures)
        return 0
    selection.print_status()
    why = later.reason
    if not later.is_provisional:
        # What a revision recorded as new is so since the one before it, which may be withdrawn.
        why = input_changes(earlier, later.inputs, later.rules_version) or why
    say(f"{earlier.revision_id} → {later.revision_id}: {spoken(reason(why))}\n")
    selection.print_figures("changed_figures", figures)
    name = f"\n{assessment} · {code}"
    title = Text(f"{name}: {moved.height} đơn vị", f"{name}: {moved.height} unit(s)")
    print_table("rank_moves", moved.iter_rows(named=True), title=title)
    return 0


def _pair(
    selection: Selection, store: Store, *, before: str | None, after: str | None
) -> tuple[Revision | None, Revision]:
    """Return the two revisions to compare; None for the earlier where there is only one.

    A draft is compared with what is published. What was withdrawn, or in drafts alone, is compared
    with on demand only: nobody's published figures were those.

    Raises:
        DamagedStoreError: if the store has lost the earlier one.
    """
    from dti_pipeline.release.overview import STANDING
    from dti_pipeline.release.releases import Published
    from dti_pipeline.store.revisions import assessment_in, number_in

    assessment, is_default = selection.assessment, after is None
    revisions = {revision.revision_id: revision for revision in store.revisions(assessment)}
    after = after or selection.release.revisions[assessment]
    for name in (before, after):
        if name is not None and name not in revisions:
            raise UsageError(
                "diff.unknown_revision", assessment=assessment, name=name, known=revisions
            )
    later = revisions[after]
    if before is not None:
        return revisions[before], later
    published = Published(selection.workspace.published)
    current = published.latest()
    is_draft = selection.release.folder.parent == published.drafts
    if current is not None and is_draft and is_default:
        name = current.revisions.get(assessment)
    else:
        earlier = [
            name
            for name, status in published.revision_statuses().items()
            if assessment_in(name) == assessment
            and status in STANDING
            and number_in(name) < later.revision_no
        ]
        name = max(earlier, key=number_in, default=None)
    return (store.revision(name) if name else None), later


def _figure(micro: int | None) -> str | None:
    from dti_pipeline.exact import figure_text

    return None if micro is None else figure_text(micro)
