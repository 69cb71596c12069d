"""One unit of one assessment: everything the release says about it, on one page."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from dti_pipeline.reports import charts
from dti_pipeline.reports.history import Timeline
from dti_pipeline.reports.losses import losses
from dti_pipeline.reports.outlook import gaps
from dti_pipeline.reports.view import Edition, Row
from dti_pipeline.reports.words import BANDS

# Issues shown on a unit's page; the page on quality lists all.
MOST_ISSUES: Final = 50
MOST_LOSSES: Final = 10
STAGE_ORDER: Final = {"self_scored": 0, "appraised": 1, "accepted_only": 2, "final": 3}


class UnitPages:
    """The units of an assessment; tables are cut by unit once."""

    def __init__(self, edition: Edition, timeline: Timeline) -> None:
        self.edition = edition
        self.timeline = timeline
        self.ranking = ByUnit(edition.ranking)
        self.mains = ByUnit(edition.table("fact_main_score"))
        self.components = ByUnit(edition.table("fact_component_score"))
        self.observations = ByUnit(edition.table("fact_observation"))
        self.stages = ByUnit(edition.table("fact_stage_score"))
        self.changes = ByUnit(edition.table("fact_change"))
        self.robustness = ByUnit(edition.table("fact_robustness"))
        self.outlook = ByUnit(edition.table("fact_component_outlook"))
        self.targets = ByUnit(edition.table("fact_target"))
        self.reconciliation = ByUnit(edition.table("fact_reconciliation"))
        self.issues = ByUnit(edition.table("dq_issue").drop_nulls("unit_id"))
        self.revisions = revisions(edition)
        self.pools = self._pools()

    @property
    def unit_ids(self) -> list[str]:
        """Return the units in the order of the ranking."""
        return self.edition.overall["unit_id"].to_list()

    def _pools(self) -> dict[str | None, list[Row]]:
        """Return the units ranked together, the first rank first, by group or under None."""
        if not self.edition.ranks_groups:
            return {None: self.edition.overall.to_dicts()}
        parts = self.edition.overall.partition_by("group_code", as_dict=True)
        return {key[0]: part.to_dicts() for key, part in parts.items()}

    def context(self, unit_id: str) -> dict[str, Any]:
        """Return what the page of a unit shows."""
        by_code = {row["scope_code"]: row for row in self.ranking.rows(unit_id)}
        overall = by_code["DTI"]
        pool = self.pools[overall["group_code"] if self.edition.ranks_groups else None]
        components = self.components.rows(unit_id)
        found = losses(
            self.edition,
            overall=overall,
            mains=self.mains.rows(unit_id),
            components=components,
            observations=self.observations.rows(unit_id),
        )
        scopes = [
            (scope, by_code[scope.code])
            for scope in self.edition.scopes
            if scope.code in by_code and by_code[scope.code]["value"] is not None
        ]
        mains = [pair for pair in scopes if pair[0].kind == "main"]
        own = [scope_row for scope, scope_row in mains if not scope.is_reference]
        predecessors = self.timeline.predecessors.get(unit_id, [])
        issues = self.issues.rows(unit_id)
        return {
            "unit": self.edition.book.units[unit_id],
            "overall": overall,
            "pillars": [pair for pair in scopes if pair[0].kind == "pillar"],
            "mains": mains,
            "radar": self._radar(own) if len(own) > 2 else None,
            "radar_scopes": [scope for scope, _ in mains if not scope.is_reference],
            "losses": found,
            "span": charts.span,
            "gaps": gaps(overall, pool),
            "outlook": {row["component_code"]: row for row in self.outlook.rows(unit_id)},
            "top": found.largest[:MOST_LOSSES] if found else [],
            "targets": self.targets.rows(unit_id),
            "robustness": self._overall(self.robustness.rows(unit_id)),
            "stages": sorted(
                (r for r in self.stages.rows(unit_id) if r["scope"] == "overall"),
                key=lambda row: STAGE_ORDER[row["stage"]],
            ),
            "changes": [r for r in self.changes.rows(unit_id) if r["scope"] == "overall"],
            "history": self.timeline.of_unit(unit_id),
            "chart": charts.history_chart(self.timeline.stops, unit_id, predecessors=predecessors),
            "predecessors": predecessors,
            "successor": self.timeline.succession(unit_id),
            "revisions": self.revisions,
            "issues": issues[:MOST_ISSUES],
            "n_issues": len(issues),
            "counts": counts(components),
            "reconciliation": self.reconciliation.rows(unit_id),
        }

    def _radar(self, rows: Sequence[Row]) -> dict[str, Any]:
        return {
            "spokes": charts.radar(len(rows)),
            "own": charts.polygon([row["value"] for row in rows]),
            "median": charts.polygon([row["median"] for row in rows]),
            "best": charts.polygon([row["best"] for row in rows]),
        }

    def _overall(self, rows: Sequence[Row]) -> Row | None:
        return next((row for row in rows if row["scope"] == "overall"), None)


def counts(components: Sequence[Row]) -> dict[str, list[tuple[str, int]]]:
    """Return how components stand: by band (the best first), source, evidence and figures."""
    found = {
        column: Counter(row[column] for row in components if row[column] is not None).most_common()
        for column in ("band_code", "source_kind", "evidence_state", "obs_status")
    }
    order = {band: place for place, band in enumerate(BANDS)}
    found["band_code"].sort(key=lambda pair: order.get(pair[0], len(order)))
    return found


class ByUnit:
    """A table cut by unit once; rows are made when a unit is looked at."""

    def __init__(self, table: pl.DataFrame) -> None:
        self._empty = table.clear()
        parts = table.partition_by("unit_id", as_dict=True, maintain_order=True)
        self._parts = {str(key[0]): part for key, part in parts.items()}

    def frame(self, unit_id: str) -> pl.DataFrame:
        """Return the rows of a unit as a frame."""
        return self._parts.get(unit_id, self._empty)

    def rows(self, unit_id: str) -> list[Row]:
        """Return the rows of a unit."""
        return list(self.frame(unit_id).iter_rows(named=True))


def revisions(edition: Edition) -> list[Row]:
    """Return the computations of the assessment, the newest first."""
    rows = edition.table("dim_revision").sort("revision_no", descending=True)
    return rows.to_dicts()
