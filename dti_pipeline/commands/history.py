"""A unit's result through all revisions: which figure came from where, and what it moved."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from dti_pipeline.acceptance.accept import KEY
from dti_pipeline.commands.output import points, print_json, print_table, signed
from dti_pipeline.commands.reading import open_release
from dti_pipeline.commands.units import find_unit
from dti_pipeline.exact import figure_text
from dti_pipeline.release.releases import Published
from dti_pipeline.store.revisions import Revision, Store
from dti_pipeline.workspace import Workspace

SHOWN = ("value_micro", "source_kind", "source_file", "source_sheet", "source_cell")


def show_history(
    assessment: str,
    unit: str,
    *,
    component: str | None,
    as_of: str | None,
    data: Path,
    as_json: bool,
) -> int:
    """Print every revision's result of a unit, and every accepted figure that changed."""
    workspace = Workspace(data=data.resolve())
    release = open_release(workspace.data, as_of=as_of)
    unit_id = find_unit(release, assessment, unit, workspace=workspace)
    store, published = Store(workspace.store), Published(workspace.published)
    last = store.revision(release.revisions[assessment]).revision_no
    revisions = [r for r in store.revisions(assessment) if r.revision_no <= last]
    withdrawn = published.withdrawn_revisions()
    results = list(_results(revisions, store=store, unit_id=unit_id, withdrawn=withdrawn))
    figures = list(_figures(revisions, store=store, unit_id=unit_id, component=component))
    if as_json:
        print_json(figures, assessment_id=assessment, unit_id=unit_id, results=results)
        return 0
    print_table(
        (
            row
            | {
                "points": points(row["points"]),
                "value_change": signed(row["value_change"], decimals=4),
                "rank_change": signed(row["rank_change"]),
            }
            for row in results
        ),
        columns={
            "revision_id": "Lần tính·Revision",
            "status": "Trạng thái·Status",
            "computed_at": "Lúc·At",
            "points": "Điểm·Points",
            "value": "Giá trị·Value",
            "value_change": "±",
            "rank": "Hạng·Rank",
            "rank_change": "±",
            "reason": "Lý do·Reason",
        },
        title=f"{assessment} · {unit_id}",
    )
    sys.stdout.write("\n")
    print_table(
        figures,
        columns={
            "revision_no": "Lần·No",
            "component_code": "Chỉ số·Component",
            "variable": "Biến số·Variable",
            "figure_from": "Trước·Before",
            "figure_to": "Sau·After",
            "source_kind": "Nguồn·Source",
            "place": "Tệp, ô·File, cell",
            "evidence_text": "Căn cứ·Grounds",
        },
        title="Số liệu thay đổi · figures that changed",
    )
    return 0


def _results(
    revisions: list[Revision], *, store: Store, unit_id: str, withdrawn: frozenset[str]
) -> Iterator[dict[str, Any]]:
    """Yield the unit's overall result in every revision, with the change on the one before."""
    before: dict[str, Any] = {}
    for revision in revisions:
        ranking = store.table(revision.revision_id, "fact_ranking").filter(
            (pl.col("unit_id") == unit_id) & (pl.col("scope") == "overall")
        )
        if ranking.is_empty():
            continue
        now = ranking.select("value", "points", "rank").row(0, named=True)
        yield {
            "revision_no": revision.revision_no,
            "revision_id": revision.revision_id,
            "status": _status(revision, is_last=revision is revisions[-1], withdrawn=withdrawn),
            "computed_at": revision.computed_at,
            "reason": revision.reason,
            **now,
            "value_change": _change(before.get("value"), now["value"]),
            "rank_change": _change(now["rank"], before.get("rank")),
        }
        before = now


def _status(revision: Revision, *, is_last: bool, withdrawn: frozenset[str]) -> str:
    if revision.revision_id in withdrawn:
        return "withdrawn"
    return "current" if is_last else "superseded"


def _change(before: float | None, after: float | None) -> float | None:
    """Return after minus before, without float noise; None where one of them is unknown."""
    return None if before is None or after is None else round(after - before, 6)


def _figures(
    revisions: list[Revision], *, store: Store, unit_id: str, component: str | None
) -> Iterator[dict[str, object]]:
    """Yield accepted figures that are new or differ from the revision before.

    The first revision's figures are listed only where a component is named: there are hundreds.
    """
    before: pl.DataFrame | None = None
    for revision in revisions:
        now = store.table(revision.revision_id, "fact_observation").filter(
            (pl.col("unit_id") == unit_id) & pl.col("accepted")
        )
        if component is not None:
            now = now.filter(pl.col("component_code") == component)
        if before is not None or component is not None:
            earlier = now.clear() if before is None else before
            both = now.join(
                earlier.select(*KEY, value_before="value_micro"),
                on=list(KEY),
                how="left",
                maintain_order="left",
            )
            changed = both.filter(
                ~pl.col("value_micro").eq_missing(pl.col("value_before")) | (before is None)
            )
            yield from (_figure(revision, row) for row in changed.iter_rows(named=True))
        before = now


def _figure(revision: Revision, row: dict[str, Any]) -> dict[str, object]:
    place = " ".join(str(row[k]) for k in SHOWN[2:] if row[k] is not None)
    before, after = row["value_before"], row["value_micro"]
    return {
        "revision_no": revision.revision_no,
        "revision_id": revision.revision_id,
        "computed_at": revision.computed_at,
        "component_code": row["component_code"],
        "variable": row["variable"],
        "figure_from": figure_text(before) if isinstance(before, int) else None,
        "figure_to": figure_text(after) if isinstance(after, int) else row["option"],
        "source_kind": row["source_kind"],
        "place": place,
        "evidence_text": row["evidence_text"],
    }
