"""The pages of an assessment beside the ranking: map, comparison, years, firmness, groups,
changes, quality, method. Each function returns what its template shows, or None where the release
has nothing for the page; the page is left out then.
"""

from typing import Any, Final

import polars as pl

from dti_pipeline.reports.site.index_check import finding_count
from dti_pipeline.reports.view import Edition, Row
from dti_pipeline.reports.words import DATA_MARKS
from schemas.text import Text

# Rows a page shows of a long list; the downloads hold all.
MOST_ROWS: Final = 1000
MOST_MOVES: Final = 10


def firmness_context(edition: Edition) -> dict[str, Any] | None:
    """Return the rank intervals, the first rank first."""
    rows = edition.table("fact_robustness").filter(pl.col("scope") == "overall")
    if rows.is_empty():
        return None
    rows = rows.sort("rank", "rank_p50", "unit_id", nulls_last=True)
    return {
        "rows": [
            row
            | {"anchor": edition.anchor(edition.framework_of[row["unit_id"]], code) if code else ""}
            for row in rows.head(MOST_ROWS).iter_rows(named=True)
            for code in [row["decisive_component"]]
        ],
        "n_all": rows.height,
        "n_ranked": rows["n_ranked"].max(),
        "n_draws": rows["n_draws"].max(),
        "has_clusters": rows["cluster"].is_not_null().any(),
        "has_decisive": rows["decisive_component"].is_not_null().any(),
    }


def groups_context(edition: Edition) -> dict[str, Any] | None:
    """Return averages of groups and regions, one table per scope."""
    rows = edition.table("fact_group_summary").filter(pl.col("measure") == "value")
    if rows.is_empty():
        return None
    order = pl.col("group_kind").replace_strict(
        {"pool": 0, "group": 1, "region": 2}, return_dtype=pl.Int32
    )
    rows = rows.sort(order, "group_code", maintain_order=True)
    names = _region_names(edition)
    firsts = _first_three(edition)
    tables = []
    for scope in edition.scopes:
        own = rows.filter(pl.col("scope") == scope.kind, pl.col("scope_code") == scope.code)
        if own.is_empty():
            continue
        tables.append(
            (
                scope,
                [
                    row
                    | {
                        "name": names.get(row["group_code"]),
                        "firsts": firsts.get(
                            (row["group_kind"], row["group_code"], scope.code), []
                        ),
                    }
                    for row in own.iter_rows(named=True)
                ],
            )
        )
    return {"tables": tables} if tables else None


def _region_names(edition: Edition) -> dict[str, Text]:
    rows = edition.overall.select("region_code", "region_name", "region_name_en").unique()
    return {
        code: Text(vi, en or vi) for code, vi, en in rows.iter_rows() if code is not None and vi
    }


def _first_three(edition: Edition) -> dict[tuple[str, str, str], list[Row]]:
    """Return the first three ranks of every group and region in every scope."""
    found: dict[tuple[str, str, str], list[Row]] = {}
    for kind, column, place in (
        ("pool", None, "rank"),
        ("group", "group_code", "rank_in_group"),
        ("region", "region_code", "rank_in_region"),
    ):
        firsts = edition.ranking.filter(pl.col(place) <= 3).sort(place, "unit_id")
        for row in firsts.iter_rows(named=True):
            code = "all" if column is None else row[column]
            if code is not None:
                key = (kind, code, row["scope_code"])
                found.setdefault(key, []).append(row | {"place": row[place]})
    return found


def changes_context(edition: Edition) -> dict[str, Any]:
    """Return what changed: between revisions, and on the assessment compared with."""
    between = edition.table("fact_change").filter(pl.col("scope") == "overall")
    moves = between.filter((pl.col("rank_change") != 0) | (pl.col("value_change") != 0)).sort(
        pl.col("rank_change").abs(), "unit_id", descending=[True, False], nulls_last=True
    )
    # Where units were merged there is no rank before, and values tell who moved.
    by_rank = edition.overall["rank_change"].is_not_null().any()
    measure = "rank_change" if by_rank else "value_change"
    on_previous = edition.overall.drop_nulls(measure).sort(
        measure, "rank", "unit_id", descending=[True, False, False]
    )
    half = min(MOST_MOVES, on_previous.height // 2)
    rose, fell = (
        (on_previous.filter(pl.col(measure) > 0), on_previous.filter(pl.col(measure) < 0))
        if by_rank
        else (on_previous.head(half), on_previous.tail(half))
    )
    return {
        "revisions": edition.table("dim_revision").sort("revision_no", descending=True).to_dicts(),
        "pairs": between.select("revision_from", "revision_id")
        .unique()
        .sort("revision_from")
        .rows(),
        "moves": moves.head(MOST_ROWS).to_dicts(),
        "n_moves": moves.height,
        "n_compared": between["unit_id"].n_unique(),
        "rose": rose.head(MOST_MOVES).to_dicts(),
        "fell": fell.tail(MOST_MOVES).reverse().to_dicts(),
        "by_rank": by_rank,
        "counts": dict(edition.overall.select("unit_id", "n_ranked").iter_rows()),
        "n_previous": on_previous.height,
    }


def quality_context(edition: Edition) -> dict[str, Any]:
    """Return the issues and how the figures stand."""
    issues = edition.table("dq_issue").sort("issue_no")
    components = edition.table("fact_component_score")
    names = dict(edition.overall.select("unit_id", "unit_name").iter_rows())
    return {
        "issues": [
            row | {"unit_name": names.get(row["unit_id"])}
            for row in issues.head(MOST_ROWS).iter_rows(named=True)
        ],
        "n_issues": issues.height,
        "severities": _counts(issues, "severity"),
        "rules": _counts(issues, "rule_id"),
        "tallies": {
            column: _counts(components, column)
            for column in ("source_kind", "evidence_state", "obs_status", "lost_reason")
        },
        "n_scores": components.height,
        "files": _files(edition),
        "reconciled": _reconciled(edition),
    }


def _counts(frame: pl.DataFrame, column: str) -> list[tuple[str, int]]:
    counted = (
        frame.group_by(column)
        .len()
        .drop_nulls(column)
        .sort("len", column, descending=[True, False])
    )
    return [(code, count) for code, count in counted.iter_rows()]


def _files(edition: Edition) -> list[Row]:
    """Return the source files with the number of figures read and counted from each."""
    return (
        edition.table("fact_observation")
        .group_by("source_file", "source_sha256", "source_kind")
        .agg(
            figures=pl.len(),
            accepted=pl.col("accepted").sum(),
            units=pl.col("unit_id").n_unique(),
            is_sample=pl.col("data_basis").is_in(["sample", "calibrated_sample"]).any(),
        )
        .sort("source_file")
        .head(MOST_ROWS)
        .to_dicts()
    )


def _reconciled(edition: Edition) -> dict[str, Any] | None:
    rows = edition.table("fact_reconciliation")
    if rows.is_empty():
        return None
    differing = rows.filter(~pl.col("agrees")).sort("unit_id", "component_code", "variable")
    return {
        "n": rows.height,
        "n_differing": differing.height,
        "rows": differing.head(MOST_ROWS).to_dicts(),
    }


def method_context(edition: Edition) -> dict[str, Any]:
    """Return the framework as the release describes it: pillars, mains, components with rules."""
    found = []
    for framework in edition.frameworks:
        rows = [row for key, row in edition.indicators.items() if key[0] == framework]
        mains = [row for row in rows if row["indicator_level"] == "main"]
        # A framework's components say nothing about results that were taken as published.
        components = [
            row for row in rows if row["indicator_level"] == "component" and edition.has_components
        ]
        found.append(
            {
                "id": framework,
                "totals": [r for r in rows if r["indicator_level"] in ("overall", "pillar")],
                "mains": [
                    (main, [c for c in components if c["main_code"] == main["indicator_code"]])
                    for main in mains
                ],
            }
        )
    return {
        "frameworks": found,
        "effective": _effective(edition),
        "findings": finding_count(edition),
    }


def _effective(edition: Edition) -> list[Row]:
    """Return the scopes whose maximum that counts differs from the nominal one for some unit."""
    return (
        edition.ranking.filter(pl.col("max_points") != pl.col("max_points_effective"))
        .group_by("scope", "scope_code", "framework_id")
        .agg(
            pl.first("max_points"),
            low=pl.col("max_points_effective").min(),
            high=pl.col("max_points_effective").max(),
            units=pl.len(),
        )
        .sort("scope", "scope_code")
        .to_dicts()
    )


def comparison_data(edition: Edition) -> dict[str, Any]:
    """Return the components of all units for the script of the comparison, in hundredths."""
    units = pl.DataFrame({"unit_id": edition.overall["unit_id"]})
    reference = {scope.code for scope in edition.scopes if scope.is_reference}
    scores = edition.component_scores.sort("framework_id", "component_code", maintain_order=True)
    listed, columns = [], []
    for (framework, code), rows in scores.group_by(
        "framework_id", "component_code", maintain_order=True
    ):
        indicator = edition.indicators.get((str(framework), "component", str(code)))
        bases = rows["data_basis"].unique().to_list()
        listed.append(
            [
                code,
                *((indicator["name_vi"], indicator["name_en"]) if indicator else (code, code)),
                rows["max_points"][0],
                rows["basis"][0],
                next((kind for kind in reversed(DATA_MARKS) if kind in bases), None),
                rows["main_code"][0] not in reference,
                edition.anchor(str(framework), str(code)),
            ]
        )
        ordered = units.join(
            rows.select("unit_id", p=(pl.col("points") * 100).round().cast(pl.Int64)),
            on="unit_id",
            how="left",
            maintain_order="left",
        )
        columns.append(ordered["p"].to_list())
    return {"list": listed, "points": columns}
