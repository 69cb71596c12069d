"""A unit's results through all revisions, and the figures that changed from one to the next."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from dti_pipeline.acceptance.accept import KEY
from dti_pipeline.cli.explanation import Explanation
from dti_pipeline.cli.output import print_json, print_table, say
from dti_pipeline.cli.selection import Selection
from dti_pipeline.exact import difference, figure_text
from dti_pipeline.index.beside import beside
from dti_pipeline.release.overview import SHOWN
from dti_pipeline.release.releases import Published
from dti_pipeline.store.revisions import Revision, Store


def show_history(
    selection: Selection, unit_id: str, *, component: str | None, as_json: bool
) -> int:
    """Print every revision's result of a unit, and every figure that changed what counts."""
    assessment = selection.assessment
    if component is not None:
        explanation = Explanation.read(selection, unit_id).of_component(component)
        component = explanation.components["component_code"].item()
    store = Store(selection.workspace.store)
    published = Published(selection.workspace.published)
    last = store.revision(selection.release.revisions[assessment])
    statuses = published.revision_statuses(selection.release)
    # A draft, also a provisional or a discarded one, stands nowhere but in itself.
    revisions = [
        revision
        for revision in store.revisions(assessment)
        if revision.revision_no <= last.revision_no
        and (revision == last or statuses.get(revision.revision_id) in SHOWN)
    ]
    results = _results(revisions, store=store, unit_id=unit_id, statuses=statuses).to_dicts()
    name = selection.table("fact_ranking").filter(unit_id=unit_id)["unit_name"][0]
    figures = list(_figures(revisions, store=store, unit_id=unit_id, component=component))
    if as_json:
        print_json(figures, assessment_id=assessment, unit_id=unit_id, results=results)
        return 0
    selection.print_status()
    print_table("revisions", results, title=f"{name} · {assessment}")
    say()
    selection.print_figures("figure_history", figures)
    return 0


def _results(
    revisions: Sequence[Revision], *, store: Store, unit_id: str, statuses: Mapping[str, str]
) -> pl.DataFrame:
    """Return the unit's overall result in every revision, with the change on the one before."""
    results = pl.concat(
        store.table(revision, "fact_ranking")
        .filter(unit_id=unit_id, scope="overall")
        .select(
            revision_no=pl.lit(revision.revision_no),
            revision_id=pl.lit(revision.revision_id),
            status=pl.lit(statuses[revision.revision_id].replace("published", "current")),
            computed_at=pl.lit(revision.computed_at),
            reason=pl.lit(revision.reason),
            value="value",
            points="points",
            rank="rank",
        )
        for revision in revisions
    )
    return results.with_columns(
        value_change=difference(pl.col("value"), pl.col("value").shift()),
        rank_change=pl.col("rank").shift() - pl.col("rank"),
    )


def _figures(
    revisions: Sequence[Revision], *, store: Store, unit_id: str, component: str | None
) -> Iterator[dict[str, object]]:
    """Yield figures that count and are new or differ, and those that count no longer.

    The first revision's figures are listed only where a component is named: there are hundreds.
    """
    before: pl.DataFrame | None = None
    for revision in revisions:
        rows = store.table(revision, "fact_observation").filter(unit_id=unit_id)
        if component is not None:
            rows = rows.filter(component_code=component)
        now = rows.filter("accepted")
        if before is not None or component is not None:
            earlier = now.clear() if before is None else before
            past = earlier.select(*KEY, value_before="value_micro", option_before="option")
            both = beside(now, past, on=KEY)
            changed = both.filter(
                ~pl.col("value_micro").eq_missing(pl.col("value_before")) | (before is None)
            )
            yield from (_figure(revision, row) for row in changed.iter_rows(named=True))
            losses = earlier.join(now, on=KEY, how="anti", maintain_order="left")
            yield from (_figure(revision, row) for row in _lost_figures(losses, rows))
        before = now


def _lost_figures(losses: pl.DataFrame, rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield figures that count no longer, without a value, as the delivery that decided has them.

    Where none of the present observations (``rows``) decided on a figure, its old one tells of it.
    """
    decisions = rows.filter(~pl.col("remark").is_in(["superseded", "other_source"])).join(
        losses, on=KEY, how="semi"
    )
    figures = pl.concat([losses, decisions], how="diagonal_relaxed").unique(
        KEY, keep="last", maintain_order=True
    )
    before = losses.select(*KEY, value_before="value_micro", option_before="option")
    for row in beside(figures, before, on=KEY).iter_rows(named=True):
        yield row | {"value_micro": None, "option": None}


def _figure(revision: Revision, row: dict[str, Any]) -> dict[str, object]:
    place = [row[name] for name in ("source_file", "source_sheet", "source_cell")]
    before, after = row["value_before"], row["value_micro"]
    return {
        "revision_no": revision.revision_no,
        "revision_id": revision.revision_id,
        "computed_at": revision.computed_at,
        "unit_id": row["unit_id"],
        "component_code": row["component_code"],
        "variable": row["variable"],
        "figure_from": None if before is None else figure_text(before),
        "figure_to": row["option"] if after is None else figure_text(after),
        "option_from": row["option_before"],
        "option_to": row["option"],
        "source_kind": row["source_kind"],
        "place": " ".join(text for text in place if text is not None),
        "evidence_text": row["evidence_text"],
    }
