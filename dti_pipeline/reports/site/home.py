"""The first page: a search over all units, what the newest results say, every assessment; and the
page of what was corrected.
"""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from dti_pipeline.reports.figures import fixed
from dti_pipeline.reports.release_view import AssessmentView, ReleaseView, Row

FIRST_RANKS: Final = 3
MOST_RISERS: Final = 3
MOST_CORRECTIONS: Final = 500


def home_context(release: ReleaseView) -> dict[str, Any]:
    levels: dict[str, list[dict[str, Any]]] = {}
    for assessment in release.assessments:
        ranked = assessment.overall.drop_nulls("rank")
        rows = assessment.overall if ranked.is_empty() else ranked
        card = {
            "assessment": assessment,
            "first": rows.head(FIRST_RANKS).to_dicts(),
            # The mean of one unit is its value.
            "mean": _mean_text(assessment) if assessment.overall.height > 1 else None,
        }
        levels.setdefault(assessment.row["level"], []).append(card)
    return {"levels": list(levels.items()), "lead": lead(release), "n_units": len(_units(release))}


def lead(release: ReleaseView) -> dict[str, Any] | None:
    """Return what the newest results of the first level say: mean, first, who rose most, break.

    Results that are made up throughout come only where there are no others.
    """
    if not release.assessments:
        return None
    level = release.assessments[0].row["level"]
    ranked = [
        assessment
        for assessment in release.assessments
        if assessment.row["level"] == level and assessment.overall["rank"].is_not_null().any()
    ]
    if not ranked:
        return None
    newest = max(ranked, key=lambda view: (view.row["data_basis"] != "sample", view.year))
    mean = _mean(newest)
    before = _mean(newest.compared) if newest.compared and not newest.break_text else None
    rose = newest.overall.filter(pl.col("rank_change") > 0).sort(
        "rank_change", "rank", descending=[True, False]
    )
    return {
        "assessment": newest,
        "mean": _mean_text(newest),
        "mean_change": None if mean is None or before is None else mean - before,
        "first": newest.overall.filter(rank=1).to_dicts(),
        "rose": rose.head(MOST_RISERS).to_dicts(),
    }


def _mean(assessment: AssessmentView) -> float | None:
    rows = assessment.table("fact_group_summary").filter(
        group_kind="pool", scope="overall", measure="value"
    )
    return None if rows.is_empty() else rows["mean"][0]


def _mean_text(assessment: AssessmentView) -> str | None:
    mean = _mean(assessment)
    return None if mean is None else fixed(mean, assessment.decimals)


def _units(release: ReleaseView) -> dict[str, tuple[AssessmentView, Row]]:
    newest: dict[str, tuple[AssessmentView, Row]] = {}
    for assessment in sorted(release.assessments, key=lambda view: view.year):
        for row in assessment.overall.iter_rows(named=True):
            newest[row["unit_id"]] = (assessment, row)
    return newest


def search_data(
    release: ReleaseView, addresses: Mapping[str, str]
) -> list[tuple[str, str, str, int]]:
    """Return what the search looks through: name, name without marks, page, newest year.

    ``addresses`` are the pages of provinces over all years, by unit.
    """
    entries: dict[str, tuple[str, str, str, int]] = {}
    units = sorted(_units(release).values(), key=lambda pair: (-pair[0].year, pair[1]["unit_name"]))
    for assessment, row in units:
        page = f"{assessment.id}/units/{row['unit_id']}.html"
        if assessment.row["level"] == "province":
            page = addresses.get(row["unit_id"], page)
        entries.setdefault(page, (row["unit_name"], row["name_ascii"], page, assessment.year))
    return list(entries.values())


def corrections_context(release: ReleaseView) -> dict[str, Any]:
    groups = []
    for assessment in release.assessments:
        figures = assessment.table("fact_observation")
        key = ["unit_id", "component_code", "variable"]
        corrected = figures.filter(pl.col("accepted"), source_kind="correction")
        before = (
            figures.filter(remark="superseded")
            .sort("delivery_no", maintain_order=True)
            .unique(key, keep="last", maintain_order=True)
            .select(*key, value_before="value", option_before="option", status_before="obs_status")
        )
        rows = (
            corrected.join(before, on=key, how="left", maintain_order="left")
            .filter(
                pl.col("value").ne_missing(pl.col("value_before"))
                | (_is_not_applicable("obs_status") != _is_not_applicable("status_before"))
            )
            .sort("unit_name", "component_code", "variable")
            .to_dicts()
        )
        if rows:
            first_rows = rows[:MOST_CORRECTIONS]
            groups.append({"assessment": assessment, "rows": first_rows, "n": len(rows)})
    return {"groups": groups}


def _is_not_applicable(status: str) -> pl.Expr:
    return pl.col(status).eq_missing(pl.lit("not_applicable"))
