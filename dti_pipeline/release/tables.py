"""Put the tables of a release together from the current revisions.

Revisions hold figures of their own year; everything that looks across years or assessments
(changes on the compared assessment, the wide table) is computed here.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Final

import polars as pl

from dti_pipeline.acceptance.plausibility.settings import CheckSettings, load_check_settings
from dti_pipeline.index.beside import beside
from dti_pipeline.index.frameworks.load import BoundFramework, read_framework
from dti_pipeline.release import lookups
from dti_pipeline.release.issues import edited_deliveries, jump_issues, with_issues
from dti_pipeline.release.keys import require_references, with_keys
from dti_pipeline.release.rank_changes import changes
from dti_pipeline.release.reading import reading_tables
from dti_pipeline.release.years import (
    add_change,
    add_component_change,
    add_growth,
    add_unit_changes,
)
from dti_pipeline.results.on_demand import OnDemand
from dti_pipeline.store.revisions import Revision, Store
from schemas.catalogue import TABLES, meta_column
from schemas.codes import CONCEPTS
from schemas.tables.dimensions import DimRevision
from schemas.tables.rankings import FactChange, FactGroupSummary, FactRanking, RankingWide
from schemas.tables.scores import FactComponentScore
from schemas.text import Text

# Tables that a release takes from its revisions as they are.
CARRIED: Final = (
    "dim_unit",
    "bridge_unit_succession",
    "dim_tile",
    "dim_indicator",
    "dim_framework",
    "dim_variable",
    "dim_option",
    "dim_assessment",
    "fact_main_score",
    "fact_pillar_score",
    "fact_robustness",
    "fact_index_check",
    "fact_target",
    "dq_issue",
)
# The same, with a row per unit and component or figure.
CARRIED_LARGE: Final = ("fact_observation", "fact_reconciliation", "fact_component_outlook")
# An assessment, its rows of a table, and those of the one it is compared with.
Pair = tuple[dict[str, Any], pl.DataFrame, pl.DataFrame | None]
PILLARS: Final = {"GOV": "gov", "ECO": "eco", "SOC": "soc"}


def assemble(
    store: Store,
    revisions: Sequence[Revision],
    *,
    steps: Sequence[tuple[Revision, Revision]],
    statuses: Mapping[str, str],
) -> OnDemand:
    """Return every table of a release, without release_id.

    Args:
        revisions: the current revision of every assessment, in the order of assessments.
        steps: pairs of revisions that followed each other in the releases up to this one.
        statuses: what earlier revisions are.
    """
    together = partial(_together, store, revisions)
    tables = {name: together(name) for name in CARRIED}
    pairs = partial(_pairs, store, revisions, tables["dim_assessment"])
    tables["fact_ranking"] = _ranking(pairs("fact_ranking"), tables)
    large: dict[str, Callable[[], pl.DataFrame]] = {
        "fact_stage_score": lambda: _stages(together("fact_stage_score")),
        "fact_component_score": lambda: _components(pairs("fact_component_score")),
        **{name: partial(together, name) for name in CARRIED_LARGE},
    }
    by_assessment = {r.assessment_id: r for r in revisions}
    added = jump_issues(
        OnDemand(tables, large), settings=lambda name: check_settings(store, by_assessment[name])
    )
    for name, revision in by_assessment.items():
        added[name] += edited_deliveries(store, revision)
    tables["dq_issue"] = with_issues(tables, added)
    groups = pairs("fact_group_summary")
    tables["fact_group_summary"] = _group_summary(groups, tables["fact_ranking"])
    tables["ranking_wide"] = wide_ranking(tables["fact_ranking"], units=tables["dim_unit"])
    tables["dim_revision"] = _revisions(store, revisions, statuses)
    tables["fact_change"] = _changes(store, steps, tables["dim_assessment"])
    tables["dim_unit"] = _with_former_units(store, steps, tables)
    frameworks, assessments = _definitions(store, revisions)
    return complete(OnDemand(tables, large), frameworks=frameworks, assessments=assessments)


def complete(
    tables: OnDemand,
    *,
    frameworks: Mapping[str, BoundFramework],
    assessments: Sequence[dict[str, Any]],
) -> OnDemand:
    """Add to the tables of a release the keys, small tables, reading tables and the dictionary.

    Assessments are as their files say. A table of the result raises a ContractError if a row refers
    to one that is not in the release.
    """
    parents = {a["unit_set"]: a["parent_unit_id"] for a in assessments if "parent_unit_id" in a}
    ranking, units = tables["fact_ranking"], lookups.unit_rows(tables["dim_unit"], parents)
    small = {
        "dim_unit": units,
        "dim_region": lookups.region_rows(units),
        "dim_group": lookups.group_rows(ranking, _group_names(assessments)),
        "dim_year": lookups.year_rows(tables["dim_assessment"]),
        "dim_code": lookups.code_rows(frameworks),
        "bridge_assessment_framework": lookups.framework_rows(ranking),
        "fact_group_summary": _with_mean_basis(tables["fact_group_summary"]),
    }
    keyed = with_keys(tables | OnDemand(small))
    keyed |= reading_tables(keyed, frameworks, without_keys=tables)
    meta = meta_column().filter(pl.col("table_name").is_in([*keyed, "meta_column"]))
    keyed |= OnDemand({"meta_column": meta})
    return keyed.changed(partial(require_references, tables=keyed))


def _definitions(
    store: Store, revisions: Sequence[Revision]
) -> tuple[dict[str, BoundFramework], list[dict[str, Any]]]:
    """Return frameworks by id, and what assessment files say; of two by one name the newest."""
    digests = {(e["role"], e["path"]): e["sha256"] for r in revisions for e in r.inputs}
    frameworks = {
        Path(path).stem: read_framework(Path(path), store.input_content(digest))
        for (role, path), digest in digests.items()
        if role == "framework"
    }
    assessments = [
        tomllib.loads(store.input_content(digest).decode("utf-8-sig"))
        for (role, _), digest in digests.items()
        if role == "assessment"
    ]
    return frameworks, assessments


def _group_names(assessments: Sequence[dict[str, Any]]) -> dict[tuple[str, str], Text]:
    """Return (assessment, group) → its names, from the files of the assessments."""
    return {
        (assessment["id"], group["code"]): Text(group["name_vi"], group["name_en"])
        for assessment in assessments
        for group in assessment.get("groups", [])
    }


def _stages(stages: pl.DataFrame) -> pl.DataFrame:
    """Leave out what published results rest on: nobody said how much of them was checked."""
    is_published = pl.col("data_basis") == "published"
    return stages.with_columns(
        pl.when(~is_published).then(pl.col(name)).alias(name)
        for name in stages.columns
        if name.startswith("share_")
    )


def _with_mean_basis(summary: pl.DataFrame) -> pl.DataFrame:
    """Say of every mean whether it is computed over all units or was published.

    How many units reach a mean is unknown only where it is that of a year public in part.
    """
    return summary.with_columns(
        mean_basis=pl.when(pl.col("mean").is_null())
        .then(pl.lit("none"))
        .when(pl.col("n_at_or_above_mean").is_null())
        .then(pl.lit("published"))
        .otherwise(pl.lit("computed"))
    )


def check_settings(store: Store, revision: Revision) -> dict[str, CheckSettings]:
    """Return framework → its thresholds of the checks, from the files a revision was made with."""
    return {
        name: load_check_settings(tomllib.loads(text).get("checks"), framework_id=name)
        for entry in revision.inputs
        if entry["role"] == "framework"
        for name in [PurePosixPath(entry["path"]).stem]
        for text in [store.input_content(entry["sha256"]).decode("utf-8-sig")]
    }


def _together(store: Store, revisions: Sequence[Revision], name: str) -> pl.DataFrame:
    """Stack one table of all revisions; a row several revisions share stands once.

    Dimensions repeat from assessment to assessment. Where two revisions were computed with
    different files, the later assessment's row stands. A column that revisions of earlier versions
    lack is null in their rows.
    """
    table = TABLES[name]
    frames = [store.table(r, name) for r in revisions]
    if "assessment_id" in table.key():  # no two revisions share a row
        return pl.concat([table.empty(), *frames], how="diagonal")
    stacked = pl.concat([table.empty(), *reversed(frames)], how="diagonal")
    return stacked.unique(table.key(), keep="first", maintain_order=True)


def _changes(
    store: Store, steps: Sequence[tuple[Revision, Revision]], assessments: pl.DataFrame
) -> pl.DataFrame:
    """Return the changes of all steps.

    The year is the one that the assessment has now: its file may have named another before.
    """
    frames: list[pl.DataFrame] = [FactChange.empty()]
    for before, after in steps:
        frames.append(changes(before, after, store=store).select(FactChange.names()))
    years = dict(assessments.select("assessment_id", "assessment_year").iter_rows())
    year = pl.col("assessment_id").replace_strict(years, return_dtype=pl.Int32)
    return pl.concat(frames).with_columns(assessment_year=year)


def _with_former_units(
    store: Store, steps: Sequence[tuple[Revision, Revision]], tables: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Add units that changes alone mention, as the last revision that had them describes them."""
    is_mentioned = pl.col("unit_id").is_in(tables["fact_change"]["unit_id"].implode())
    former = [store.table(before, "dim_unit").filter(is_mentioned) for before, _ in reversed(steps)]
    units = pl.concat([tables["dim_unit"], *former], how="diagonal")
    return units.unique("unit_id", keep="first", maintain_order=True)


def _pairs(
    store: Store, revisions: Sequence[Revision], assessments: pl.DataFrame, name: str
) -> Iterator[Pair]:
    """Yield each assessment, its rows of a table, and those of the one it is compared with."""
    rows = {r.assessment_id: store.table(r, name) for r in revisions}
    for row in assessments.iter_rows(named=True):
        yield row, rows[row["assessment_id"]], rows.get(row["compared_with"])


def _ranking(pairs: Iterable[Pair], tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return all rankings with the change on the compared assessment."""
    by_id = {row["assessment_id"]: row for row in tables["dim_assessment"].to_dicts()}
    return pl.concat(
        add_change(
            own,
            previous=previous,
            kind=row["comparability"],
            succession=_succession(tables, before, row),
            decimals=before["publication_value_decimals"],
        ).select(FactRanking.names())
        for row, own, previous in pairs
        for before in [by_id.get(row["compared_with"], row)]
    )


def _succession(
    tables: Mapping[str, pl.DataFrame], before: Mapping[str, Any], after: Mapping[str, Any]
) -> pl.DataFrame | None:
    """Return the successions between the units of two assessments; None where they are the same."""
    if before["unit_set"] == after["unit_set"]:
        return None
    sets = tables["dim_unit"].select("unit_id", "unit_set")
    old, new = (sets.filter(unit_set=one["unit_set"])["unit_id"] for one in (before, after))
    return tables["bridge_unit_succession"].filter(
        pl.col("old_unit_id").is_in(old.implode()) & pl.col("new_unit_id").is_in(new.implode())
    )


def _components(pairs: Iterable[Pair]) -> pl.DataFrame:
    return pl.concat(
        add_component_change(own, previous=previous, kind=row["comparability"])
        for row, own, previous in pairs
    ).select(FactComponentScore.names())


def _group_summary(pairs: Iterable[Pair], ranking: pl.DataFrame) -> pl.DataFrame:
    """Return the figures of all groups with growth and changes on the compared assessment."""
    return pl.concat(
        add_unit_changes(
            add_growth(own, previous=previous, kind=row["comparability"]),
            ranking=ranking.filter(assessment_id=row["assessment_id"]),
            previous=None
            if previous is None
            else ranking.filter(assessment_id=row["compared_with"]),
            points_decimals=row["publication_points_decimals"],
        ).select(FactGroupSummary.names())
        for row, own, previous in pairs
    )


def wide_ranking(ranking: pl.DataFrame, *, units: pl.DataFrame) -> pl.DataFrame:
    """Return one row per unit and assessment: overall, pillars, mains side by side."""
    key = ["assessment_id", "unit_id"]
    regions = units.select("unit_id", "region_name")
    base = beside(ranking.filter(scope="overall"), regions, on=["unit_id"])
    for scope, column, names in (
        ("pillar", "scope_code", PILLARS),
        ("main", "concept", {concept: concept for concept in CONCEPTS}),
    ):
        part = ranking.filter(scope=scope)
        for value, name in names.items():
            one = part.filter(pl.col(column) == value).select(
                *key, pl.col("value").alias(f"value_{name}"), pl.col("rank").alias(f"rank_{name}")
            )
            base = beside(base, one, on=key)
    return base.select(RankingWide.names())


def _revisions(
    store: Store, current: Sequence[Revision], statuses: Mapping[str, str]
) -> pl.DataFrame:
    """Return the revisions behind a release: the current ones, those superseded or withdrawn."""

    def status(revision: Revision) -> str:
        if revision in current:
            return "published"
        # What was thrown away stands here as superseded: releases were written so.
        is_withdrawn = statuses.get(revision.revision_id) == "withdrawn"
        return "withdrawn" if is_withdrawn else "superseded"

    copied = [name for name in DimRevision.schema() if name not in ("release_id", "status")]
    rows = [
        {name: getattr(revision, name) for name in copied} | {"status": status(revision)}
        for top in current
        for revision in store.revisions(top.assessment_id)
        if revision.revision_no <= top.revision_no
    ]
    return pl.DataFrame(rows, schema=DimRevision.schema())
