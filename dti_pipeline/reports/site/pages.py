"""What the pages of an assessment show, besides the ranking, the map and the years.

Each function returns what its template needs, or None where the release has nothing for the page;
the page is left out then.
"""

from typing import Any, Final

import polars as pl

from dti_pipeline.exact import rounded_places
from dti_pipeline.reports.release_view import LEFT_OUT, AssessmentView, Row
from dti_pipeline.reports.unit_page import revisions
from dti_pipeline.reports.words import DATA_MARKS, words_of

# Rows a page shows of a long list; the downloads hold all.
MOST_ROWS: Final = 1000
MOST_MOVES: Final = 10
# Also of a unit that got its first value or rank, or has none any longer.
HAS_CHANGED: Final = pl.any_horizontal(
    pl.col(f"{name}_from").ne_missing(pl.col(f"{name}_to")) for name in ("value", "rank")
)
GROUP_ORDER: Final = {"pool": 0, "combined": 1, "group": 2, "region": 3}


def rank_intervals_context(assessment: AssessmentView) -> dict[str, Any] | None:
    rows = assessment.table("fact_robustness").filter(scope="overall")
    if rows.is_empty():
        return None
    rows = rows.sort("rank", "rank_p50", "unit_id", nulls_last=True)
    without_draws = rows.filter(pl.col("rank_p50").is_null())
    first_rows = rows.head(MOST_ROWS).to_dicts()
    for row in first_rows:
        code = row["decisive_component"]
        row["anchor"] = code and assessment.anchor(assessment.framework_of[row["unit_id"]], code)
    return {
        "gap": None if without_draws.is_empty() else without_draws["null_reason"][0],
        "rows": first_rows,
        "n_all": rows.height,
        "n_ranked": rows["n_ranked"].max(),
        "n_draws": rows["n_draws"].max(),
        "has_clusters": rows["cluster"].is_not_null().any(),
        "has_decisive": rows["decisive_component"].is_not_null().any(),
    }


def groups_context(assessment: AssessmentView) -> dict[str, Any] | None:
    """Return averages of groups and regions, one table per scope.

    Groups with ranks of their own have maxima of their own: their points follow in a second table.
    """
    order = pl.col("group_kind").replace_strict(GROUP_ORDER, return_dtype=pl.Int32)
    rows = assessment.table("fact_group_summary").sort(order, "group_code", maintain_order=True)
    firsts = _first_three(assessment)
    tables = []
    pairs = [(scope, "value") for scope in assessment.scopes]
    if assessment.ranks_groups:
        pairs.insert(1, (pairs[0][0], "points"))
    for scope, measure in pairs:
        of_scope = rows.filter(scope=scope.kind, scope_code=scope.code, measure=measure)
        own = of_scope.to_dicts()
        for row in own:
            row["name"] = assessment.summary_name(row)
            row["firsts"] = firsts.get((row["group_kind"], row["group_code"], scope.code), [])
        if own:
            tables.append({"scope": scope, "measure": measure, "rows": own})
    return {"tables": tables} if tables else None


def _first_three(assessment: AssessmentView) -> dict[tuple[str, str, str], list[Row]]:
    firsts: dict[tuple[str, str, str], list[Row]] = {}
    for kind, column, place in (
        ("pool", None, "rank"),
        ("group", "group_code", "rank_in_group"),
        ("region", "region_code", "rank_in_region"),
    ):
        rows = assessment.ranking.filter(pl.col(place) <= 3).sort(place, "unit_id")
        for row in rows.iter_rows(named=True):
            code = "all" if column is None else row[column]
            if code is not None:
                key = (kind, code, row["scope_code"])
                firsts.setdefault(key, []).append(row | {"place": row[place]})
    return firsts


def changes_context(assessment: AssessmentView) -> dict[str, Any]:
    between = assessment.table("fact_change").filter(scope="overall")
    moves = between.filter(HAS_CHANGED).sort(
        pl.col("rank_change").abs(), "unit_id", descending=[True, False], nulls_last=True
    )
    # Where units were merged there is no rank before, and values tell who moved.
    by_rank = assessment.overall["rank_change"].is_not_null().any()
    measure = "rank_change" if by_rank else "value_change"
    on_previous = assessment.overall.drop_nulls(measure).sort(
        measure, "rank", "unit_id", descending=[True, False, False]
    )
    half = min(MOST_MOVES, on_previous.height // 2)
    rose, fell = (
        (on_previous.filter(pl.col(measure) > 0), on_previous.filter(pl.col(measure) < 0))
        if by_rank
        else (on_previous.head(half), on_previous.tail(half))
    )
    pairs = between.select("revision_from", "revision_id").unique().sort("revision_from")
    return {
        "revisions": revisions(assessment),
        "pairs": pairs.rows(),
        "moves": moves.head(MOST_ROWS).to_dicts(),
        "n_moves": moves.height,
        "n_compared": between["unit_id"].n_unique(),
        "rose": rose.head(MOST_MOVES).to_dicts(),
        "fell": fell.tail(MOST_MOVES).reverse().to_dicts(),
        "by_rank": by_rank,
        "counts": dict(assessment.overall.select("unit_id", "n_ranked").iter_rows()),
        "n_previous": on_previous.height,
    }


def quality_context(assessment: AssessmentView) -> dict[str, Any]:
    issues = assessment.table("dq_issue").sort("issue_no")
    components = assessment.table("fact_component_score")
    unit = pl.col("unit_id")
    names = unit.replace_strict(assessment.unit_names, default=None, return_dtype=pl.String)
    return {
        "issues": issues.head(MOST_ROWS).with_columns(unit_name=names).to_dicts(),
        "n_issues": issues.height,
        "severities": _counts(issues, "severity"),
        "rules": _counts(issues, "rule_id"),
        "tallies": {
            column: _counts(components, column)
            for column in ("source_kind", "evidence_state", "obs_status", "lost_reason")
        },
        "n_scores": components.height,
        "files": _files(assessment),
        "reconciled": _reconciled(assessment),
    }


def _counts(frame: pl.DataFrame, column: str) -> list[tuple[str, int]]:
    counted = frame.drop_nulls(column).group_by(column).len()
    return counted.sort("len", column, descending=[True, False]).rows()


def _files(assessment: AssessmentView) -> list[Row]:
    return (
        assessment.table("fact_observation")
        .group_by("source_file", "source_sha256", "source_kind")
        .agg(
            figures=pl.len(),
            accepted=pl.col("accepted").sum(),
            units=pl.col("unit_id").n_unique(),
            is_sample=pl.col("data_basis").is_in(list(DATA_MARKS)).any(),
        )
        .sort("source_file")
        .head(MOST_ROWS)
        .to_dicts()
    )


def _reconciled(assessment: AssessmentView) -> dict[str, Any] | None:
    rows = assessment.table("fact_reconciliation")
    if rows.is_empty():
        return None
    differing = rows.filter(~pl.col("agrees")).sort("unit_id", "component_code", "variable")
    return {
        "n": rows.height,
        "n_differing": differing.height,
        "rows": differing.head(MOST_ROWS).to_dicts(),
    }


def method_context(assessment: AssessmentView) -> dict[str, Any]:
    """Return the frameworks as the release describes them: pillars, mains, components with rules.

    A framework's components say nothing about results that were taken as published.
    """
    descriptions = {row["framework_id"]: row for row in assessment.framework_rows}
    frameworks = []
    for framework in assessment.frameworks:
        rows = [row for key, row in assessment.indicators.items() if key[0] == framework]
        parts: dict[str, list[Row]] = {}
        for row in rows if assessment.has_components else ():
            if row["indicator_level"] == "component":
                parts.setdefault(row["main_code"], []).append(row)
        mains = [row for row in rows if row["indicator_level"] == "main"]
        frameworks.append(
            {
                "id": framework,
                "row": descriptions.get(framework),
                "totals": [r for r in rows if r["indicator_level"] not in ("main", "component")],
                "mains": [(row, parts.get(row["indicator_code"], [])) for row in mains],
            }
        )
    checks = assessment.table("fact_index_check")
    findings = {"n": checks.height, "found": checks["finding"].count()}
    return {
        "frameworks": frameworks,
        "effective": _effective(assessment),
        "findings": None if checks.is_empty() else findings,
    }


def _effective(assessment: AssessmentView) -> list[Row]:
    return (
        assessment.ranking.filter(pl.col("max_points") != pl.col("max_points_effective"))
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


def comparison_data(assessment: AssessmentView) -> dict[str, Any]:
    """Return the points of all units for the script of the comparison, in hundredths."""
    units = assessment.overall.select("unit_id")
    reference = {scope.code for scope in assessment.scopes if scope.is_reference}
    key = ("framework_id", "component_code")
    scores = assessment.component_scores.sort(key, maintain_order=True)
    components, columns = [], []
    for (framework, code), rows in scores.group_by(key, maintain_order=True):
        data_bases = rows["data_basis"].unique()
        components.append(
            [
                code,
                *assessment.scope_name(str(framework), "component", str(code)),
                rows["max_points"][0],
                rows["basis"][0],
                next((kind for kind in reversed(DATA_MARKS) if kind in data_bases), None),
                rows["main_code"][0] not in reference,
                assessment.anchor(str(framework), str(code)),
            ]
        )
        assessed = rows.filter(~LEFT_OUT)
        points = assessed.select("unit_id", hundredths=rounded_places(pl.col("points_micro"), 2))
        ordered = units.join(points, on="unit_id", how="left", maintain_order="left")
        columns.append(ordered["hundredths"].to_list())
    return {"list": components, "points": columns}


def index_check_context(assessment: AssessmentView) -> dict[str, Any] | None:
    """Return the page for those who design the next framework, one part per framework.

    It shows ``fact_index_check`` and adds nothing of its own. A finding says where to look, never
    that an indicator is wrong.
    """
    checks = assessment.table("fact_index_check")
    if checks.is_empty():
        return None
    rows = checks.sort("framework_id", "indicator_level", "main_code", "indicator_code")
    return {
        "parts": [
            _index_check_part(assessment, str(framework), part)
            for (framework,), part in rows.group_by("framework_id", maintain_order=True)
        ]
    }


def _index_check_part(
    assessment: AssessmentView, framework: str, checks: pl.DataFrame
) -> dict[str, Any]:
    rows = checks.to_dicts()
    for row in rows:
        place = (framework, row["indicator_level"], row["indicator_code"])
        row["indicator"] = assessment.indicators.get(place)
    kinds = list(words_of("index_findings"))
    components = [row for row in rows if row["indicator_level"] == "component"]
    return {
        "framework_id": framework,
        "n_units": checks["n_units"].max(),
        "mains": [row for row in rows if row["indicator_level"] == "main"],
        "components": components,
        # Every kind of finding, also where there is none.
        "findings": [(kind, [row for row in rows if row["finding"] == kind]) for kind in kinds],
        "kinds": [kind for kind in kinds if any(row["finding"] == kind for row in components)],
        "data_basis": checks["data_basis"][0],
    }
