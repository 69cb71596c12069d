"""One unit of one assessment: everything the release says about it.

The page of the unit on the site and its one-pager show parts of it.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from dti_pipeline.exact import MICRO, ratio
from dti_pipeline.release.overview import SHOWN
from dti_pipeline.reports.figures import to_micro
from dti_pipeline.reports.losses import losses
from dti_pipeline.reports.release_view import AssessmentView, Row
from dti_pipeline.reports.timeline import Timeline
from dti_pipeline.reports.words import words_of
from dti_pipeline.reports.year_moves import YearMoves
from schemas.files.framework import GENERAL
from schemas.text import Text

# Issues shown on a unit's page; the page on quality lists all.
MOST_ISSUES: Final = 50
MOST_LOSSES: Final = 10
# Ranks to win: the next one, and those that provinces set themselves as goals.
GOALS: Final = (
    (None, Text("Thứ hạng liền trên", "Next rank up")),
    (10, Text("Nhóm 10 đơn vị dẫn đầu", "The first ten")),
    (1, Text("Đứng đầu", "First place")),
)
STAGE_ORDER: Final = ("self_scored", "reviewed", "explained", "appraised", "accepted_only", "final")


class UnitPages:
    """The units of an assessment; every table is cut by unit once."""

    def __init__(self, assessment: AssessmentView) -> None:
        self.assessment = assessment
        self.timeline = Timeline(assessment)
        self.year_moves = YearMoves.of(assessment)
        self.revisions = revisions(assessment)
        self.unit_ids: list[str] = assessment.overall["unit_id"].to_list()
        self._parts: dict[str, dict[Any, pl.DataFrame]] = {}

    def rows(self, table: str, unit_id: str) -> list[Row]:
        if table not in self._parts:
            whole = self.assessment.table(table).drop_nulls("unit_id")
            if table == "fact_ranking":
                whole = self.assessment.ranking
            self._parts[table] = whole.partition_by("unit_id", as_dict=True, maintain_order=True)
        part = self._parts[table].get((unit_id,))
        return [] if part is None else part.to_dicts()

    def content(self, unit_id: str) -> dict[str, Any]:
        by_code = {row["scope_code"]: row for row in self.rows("fact_ranking", unit_id)}
        overall = by_code["DTI"]
        components = self.rows("fact_component_score", unit_id)
        points_lost = losses(
            self.assessment,
            overall=overall,
            mains=self.rows("fact_main_score", unit_id),
            components=components,
            observations=self.rows("fact_observation", unit_id),
        )
        scopes = [
            (scope, by_code[scope.code])
            for scope in self.assessment.scopes
            if scope.code in by_code and by_code[scope.code]["value"] is not None
        ]
        issues = self.rows("dq_issue", unit_id)
        outlook = self.rows("fact_component_outlook", unit_id)
        robustness = self._overall("fact_robustness", unit_id)
        targets = self.rows("fact_target", unit_id)
        stages = self._overall("fact_stage_score", unit_id)
        return {
            "unit": self.assessment.release.units[unit_id],
            "overall": overall,
            "general": self._general(unit_id),
            "totals": [pair for pair in scopes if pair[0].kind in ("pillar", "main_group")],
            "mains": [pair for pair in scopes if pair[0].kind == "main"],
            "losses": points_lost,
            "gaps": gaps(overall, self.assessment.pools[overall["pool"]]),
            "outlook": {row["component_code"]: row for row in outlook},
            "top": points_lost.largest[:MOST_LOSSES] if points_lost else [],
            "targets": sorted(targets, key=lambda row: bool(row["is_reference"])),
            "robustness": robustness[0] if robustness else None,
            "stages": sorted(stages, key=lambda row: STAGE_ORDER.index(row["stage"])),
            "changes": self._overall("fact_change", unit_id),
            "year_moves": self.year_moves,
            "move": self.year_moves and self.year_moves.of_unit(unit_id),
            "history": self.timeline.of_unit(unit_id),
            "predecessors": self.timeline.predecessors.get(unit_id, []),
            "successor": self.timeline.succession_of(unit_id),
            "revisions": self.revisions,
            "issues": issues[:MOST_ISSUES],
            "n_issues": len(issues),
            "counts": counts(components),
            "reconciliation": self.rows("fact_reconciliation", unit_id),
        }

    def _general(self, unit_id: str) -> list[tuple[Row, Row | None]]:
        figures = {
            row["variable"]: row
            for row in self.rows("fact_observation", unit_id)
            if row["component_code"] == GENERAL and row["accepted"]
        }
        variables = self.assessment.release.table("dim_variable").filter(
            framework_id=self.assessment.framework_of[unit_id], component_code=GENERAL
        )
        return [(row, figures.get(row["variable"])) for row in variables.iter_rows(named=True)]

    def _overall(self, table: str, unit_id: str) -> list[Row]:
        return [row for row in self.rows(table, unit_id) if row["scope"] == "overall"]


def gaps(own: Row, pool: Sequence[Row]) -> list[Row]:
    """Return the gaps to the next rank, the tenth and the first; empty for the first.

    Empty where ranks were published, too: units whose figures are not public stand between.

    ``pool`` are the overall rows of all units ranked together with the own, the first rank first.
    A gap has name, rank, unit_name, value, and points of the unit's own maximum, to two decimals.
    It holds while all others stay as they are; how to win the points is for a plan to say.
    """
    if own["rank_basis"] != "computed":
        return []
    above = [row for row in pool if row["rank"] is not None and row["rank"] < own["rank"]]
    result: list[Row] = []
    for goal, name in GOALS:
        holders = [row for row in above if goal is None or row["rank"] <= goal]
        if not holders or (goal and holders[-1] is above[-1]):
            continue
        difference = to_micro(holders[-1]["value"]) - to_micro(own["value"])
        points = difference * to_micro(own["max_points_effective"])
        gap = {key: holders[-1][key] for key in ("rank", "unit_name")}
        gap |= {"value": difference / MICRO, "points": ratio(points, MICRO**2, decimals=2)}
        result.append(gap | {"name": name})
    return result


def counts(components: Sequence[Row]) -> dict[str, list[tuple[str, int]]]:
    result = {
        column: Counter(row[column] for row in components if row[column] is not None).most_common()
        for column in ("band_code", "source_kind", "evidence_state", "obs_status")
    }
    order = {band: place for place, band in enumerate(words_of("bands"))}
    result["band_code"].sort(key=lambda pair: order.get(pair[0], len(order)))
    return result


def revisions(assessment: AssessmentView) -> list[Row]:
    """Return the assessment's own revision and those that readers saw before it, newest first."""
    rows = assessment.table("dim_revision").sort("revision_no", descending=True).to_dicts()
    statuses = assessment.release.revision_statuses
    if statuses is None:
        return rows
    return [
        row | {"status": statuses[row["revision_id"]]}
        for row in rows
        if row["status"] == "published" or statuses.get(row["revision_id"]) in SHOWN
    ]
