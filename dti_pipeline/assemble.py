"""Put the tables of a release together from the current revisions.

Revisions hold figures of their own year; everything that looks across years or assessments
(changes on the compared assessment, the wide table) is computed here.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import polars as pl

from dti_pipeline.comparison import add_change
from dti_pipeline.store import Revision, Store
from schemas.catalogue import RELEASE_TABLES, TABLES, meta_column
from schemas.columns import CONCEPTS

# Tables that a release takes from its revisions as they are.
CARRIED: Final = (
    "dim_unit",
    "bridge_unit_succession",
    "dim_tile",
    "dim_indicator",
    "dim_assessment",
    "fact_observation",
    "fact_component_score",
    "fact_main_score",
    "fact_pillar_score",
    "dq_issue",
)
PILLARS: Final = {"GOV": "gov", "ECO": "eco", "SOC": "soc"}


def assemble(store: Store, revisions: Sequence[Revision]) -> dict[str, pl.DataFrame]:
    """Return every table of a release, without release_id.

    Args:
        store: holds the revisions.
        revisions: the current revision of every assessment, in the order of assessments.
    """
    tables = {name: _together(store, revisions, name) for name in CARRIED}
    tables["fact_ranking"] = _ranking(store, revisions, tables["dim_assessment"])
    tables["ranking_wide"] = wide_ranking(tables["fact_ranking"], units=tables["dim_unit"])
    tables["dim_revision"] = revision_rows(store, revisions)
    meta = meta_column()
    published = [*tables, "meta_column"]
    tables["meta_column"] = meta.filter(pl.col("table_name").is_in(published))
    return {name: tables[name] for name in RELEASE_TABLES if name in tables}


def _together(store: Store, revisions: Sequence[Revision], name: str) -> pl.DataFrame:
    """Stack one table of all revisions; a row several revisions share stands once.

    Dimensions repeat from assessment to assessment. Where two revisions were computed with
    different files, the later assessment's row stands.
    """
    stacked = pl.concat([store.table(r.revision_id, name) for r in reversed(revisions)])
    return stacked.unique(TABLES[name].key, keep="first", maintain_order=True)


def _ranking(
    store: Store, revisions: Sequence[Revision], assessments: pl.DataFrame
) -> pl.DataFrame:
    """Return all rankings with the change on the compared assessment."""
    rankings = {r.assessment_id: store.table(r.revision_id, "fact_ranking") for r in revisions}
    return pl.concat(
        add_change(
            rankings[row["assessment_id"]],
            previous=rankings.get(row["compared_with"]),
            kind=row["comparability"],
        ).select(TABLES["fact_ranking"].names)
        for row in assessments.iter_rows(named=True)
    )


def wide_ranking(ranking: pl.DataFrame, *, units: pl.DataFrame) -> pl.DataFrame:
    """Return one row per unit and assessment: overall, pillars, mains side by side.

    Args:
        ranking: ``fact_ranking`` of all assessments.
        units: ``dim_unit``, for the names of regions.
    """
    key = ["assessment_id", "unit_id"]
    base = ranking.filter(pl.col("scope") == "overall").join(
        units.select("unit_id", "region_name"), on="unit_id", how="left", maintain_order="left"
    )
    for scope, column, names in (
        ("pillar", "scope_code", PILLARS),
        ("main", "concept", {concept: concept for concept in CONCEPTS}),
    ):
        part = ranking.filter(pl.col("scope") == scope)
        for value, name in names.items():
            one = part.filter(pl.col(column) == value).select(
                *key, pl.col("value").alias(f"value_{name}"), pl.col("rank").alias(f"rank_{name}")
            )
            base = base.join(one, on=key, how="left", maintain_order="left")
    return base.select(TABLES["ranking_wide"].names)


def revision_rows(store: Store, current: Sequence[Revision]) -> pl.DataFrame:
    """Return the revisions behind a release: the current ones, and those they superseded."""
    newest = {revision.assessment_id: revision for revision in current}
    rows = [
        _revision_row(revision, is_current=revision.revision_id == top.revision_id)
        for top in newest.values()
        for revision in store.revisions(top.assessment_id)
        if revision.revision_no <= top.revision_no
    ]
    return pl.DataFrame(rows, schema=TABLES["dim_revision"].polars_schema())


def _revision_row(revision: Revision, *, is_current: bool) -> Mapping[str, object]:
    return {
        "assessment_id": revision.assessment_id,
        "revision_id": revision.revision_id,
        "revision_no": revision.revision_no,
        "status": "published" if is_current else "superseded",
        "reason": revision.reason,
        "input_hash": revision.input_hash,
        "rules_version": revision.rules_version,
        "framework_hash": revision.framework_hash,
        "supersedes": revision.supersedes,
    }


def issue_rows(frames: Iterable[pl.DataFrame], *, assessment_id: str) -> pl.DataFrame:
    """Number all issues of an assessment: the blocking first, then in the order of stages."""
    order = pl.col("severity").replace_strict({"blocking": 0, "warning": 1, "info": 2})
    return (
        pl.concat(frames)
        .sort(order, maintain_order=True)
        .with_row_index("issue_no", offset=1)
        .with_columns(pl.col("issue_no").cast(pl.Int32), assessment_id=pl.lit(assessment_id))
    )
