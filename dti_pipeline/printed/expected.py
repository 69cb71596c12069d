"""What the release says about the units and groups of a printed table."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Literal

import polars as pl

from dti_pipeline.printed.labels import MEAN_NAMES, MEDIAN_NAMES, Column, plain_words
from dti_pipeline.printed.table import Subject
from dti_pipeline.release.folder import Release
from schemas.files.assessment import Assessment

Measure = Literal["value", "points"]
Scope = tuple[str, str]
OVERALL: Final[Scope] = ("overall", "DTI")


def exact(figure: float | None) -> Decimal | None:
    """Return a released figure as the decimal it was published as."""
    return None if figure is None else Decimal(repr(round(figure, 6)))


@dataclass(frozen=True, eq=False)
class Expected:
    """The figures of one assessment in one release.

    Attributes:
        release: the release.
        assessment: the assessment, for the names of its groups.
    """

    release: Release
    assessment: Assessment

    @cached_property
    def dim(self) -> Mapping[str, Any]:
        """Return the assessment's row of ``dim_assessment``."""
        rows = self.release.table("dim_assessment").filter(assessment_id=self.assessment.id)
        return rows.row(0, named=True)

    @cached_property
    def ranking(self) -> dict[tuple[str, str, str], Mapping[str, Any]]:
        """Return the ranking rows by unit, scope and code."""
        rows = self.release.table("fact_ranking").filter(assessment_id=self.assessment.id)
        return {
            (row["unit_id"], row["scope"], row["scope_code"]): row
            for row in rows.iter_rows(named=True)
        }

    @cached_property
    def _points_before(self) -> dict[tuple[str, str, str], float | None]:
        before = self.release.table("fact_ranking").filter(
            pl.col("assessment_id") == (self.dim["compared_with"] or "")
        )
        columns = before.select("unit_id", "scope", "concept", "points")
        return {(unit, scope, concept): points for unit, scope, concept, points in columns.rows()}

    @cached_property
    def year_before(self) -> int | None:
        """Return the year of the compared assessment, None where none is released."""
        rows = self.release.table("dim_assessment").filter(
            pl.col("assessment_id") == (self.dim["compared_with"] or "")
        )
        return None if rows.is_empty() else int(rows["assessment_year"].item())

    @cached_property
    def summary(self) -> dict[tuple[str, str, str, str, str], Mapping[str, Any]]:
        """Return group rows by kind, code, scope, scope code and measure."""
        rows = self.release.table("fact_group_summary").filter(assessment_id=self.assessment.id)
        key = ("group_kind", "group_code", "scope", "scope_code", "measure")
        return {tuple(row[name] for name in key): row for row in rows.iter_rows(named=True)}

    @cached_property
    def scopes(self) -> dict[tuple[str, str], Scope]:
        """Return scope kind and concept → scope."""
        return {
            (row["scope"], row["concept"]): (row["scope"], row["scope_code"])
            for row in self.ranking.values()
        }

    @cached_property
    def groups(self) -> dict[str, tuple[str, str, str]]:
        """Return name in plain words → kind and code of the group, and the statistic meant."""
        found = dict.fromkeys(MEAN_NAMES, ("pool", "all", "mean"))
        found |= dict.fromkeys(MEDIAN_NAMES, ("pool", "all", "median"))
        units = self.release.table("dim_unit").filter(unit_set=self.dim["unit_set"])
        for column in ("region_name", "region_name_en"):
            for name, code in units.select(column, "region_code").unique().rows():
                if name is not None:
                    found[plain_words(name).strip()] = ("region", code, "mean")
        for group in self.assessment.groups:
            for name in (group.code, group.name_vi, group.name_en):
                found[plain_words(name).strip()] = ("group", group.code, "mean")
        return found

    def group_of(self, subject: Subject) -> tuple[str, str, str] | None:
        """Return the group a row speaks of; None for units and unknown names."""
        return self.groups.get(plain_words(subject.name).strip())

    def decimals(self, measure: Measure) -> int:
        """Return the decimals with which a measure is published."""
        return int(self.dim[f"publication_{measure}_decimals"])

    def level(
        self, subject: Subject, scope: Scope, measure: Measure, *, earlier: bool = False
    ) -> Decimal | None:
        """Return a unit's or group's value or points, of this assessment or the one before."""
        group = self.group_of(subject)
        if group is not None:
            row = self.summary.get((*group[:2], *scope, measure))
            if row is None or (earlier and group[2] != "mean"):
                return None
            return exact(row["mean_prev" if earlier else group[2]])
        unit = self._row(subject, scope)
        if unit is None:
            return None
        if not earlier:
            return exact(unit[measure])
        if measure == "value":
            return exact(unit["value_prev"])
        return exact(self._points_before.get((unit["unit_id"], scope[0], unit["concept"])))

    def rank(self, subject: Subject, scope: Scope, *, earlier: bool = False) -> int | None:
        """Return a unit's rank, of this assessment or the one before."""
        row = self._row(subject, scope)
        return None if row is None else row["rank_prev" if earlier else "rank"]

    def maximum(self, subject: Subject, scope: Scope) -> tuple[Decimal, ...]:
        """Return the nominal and the effective maximum of a scope."""
        row = self._row(subject, scope)
        found = [] if row is None else [row["max_points"], row["max_points_effective"]]
        return tuple(limit for one in found if (limit := exact(one)) is not None)

    def _row(self, subject: Subject, scope: Scope) -> Mapping[str, Any] | None:
        return self.ranking.get((subject.unit_id or "", *scope))

    def candidates(self, column: Column) -> tuple[Scope, ...]:
        """Return the scopes a column may speak of, the pillar before the main."""
        if column.concept is None:
            return (OVERALL,)
        return tuple(
            self.scopes[key]
            for kind in column.kinds
            if (key := (kind, column.concept)) in self.scopes
        )
