"""What the release says about the units and groups of a printed table."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Literal

import polars as pl

from dti_pipeline.exact import as_decimal
from dti_pipeline.printed.headers import Column, Measure, plain_words, vocabulary
from dti_pipeline.printed.table import Subject
from dti_pipeline.reports.release_view import AssessmentView, Row
from schemas.files.assessment import Assessment

Scope = tuple[str, str]
OVERALL: Final[Scope] = ("overall", "DTI")


@dataclass(frozen=True)
class Group:
    """A group of units, and which of its statistics a table prints."""

    kind: str
    code: str
    statistic: Literal["mean", "median"]


@dataclass(frozen=True, eq=False)
class ReleaseFigures:
    """The figures of one assessment in one release; names of groups are the definition's."""

    view: AssessmentView
    definition: Assessment

    @cached_property
    def _ranking(self) -> dict[Any, Row]:
        return _by(self.view.table("fact_ranking"), "unit_id", "scope", "scope_code")

    @cached_property
    def _ranking_before(self) -> dict[Any, Row]:
        before = self.view.compared
        return _by(before.table("fact_ranking"), "unit_id", "scope", "concept") if before else {}

    @cached_property
    def _summary(self) -> dict[Any, Row]:
        rows = self.view.table("fact_group_summary")
        return _by(rows, "group_kind", "group_code", "scope", "scope_code", "measure")

    @cached_property
    def _scopes(self) -> dict[tuple[str, str], Scope]:
        return {
            (row["scope"], row["concept"]): (row["scope"], row["scope_code"])
            for row in self._ranking.values()
        }

    @cached_property
    def _groups(self) -> dict[str, Group]:
        """Return the groups by their names in plain words."""
        names = vocabulary()["all_units"]
        groups = dict.fromkeys(names["mean"], Group("pool", "all", "mean"))
        groups |= dict.fromkeys(names["median"], Group("pool", "all", "median"))
        units = self.view.release.table("dim_unit").filter(unit_set=self.view.row["unit_set"])
        for column in ("region_name", "region_name_en"):
            for name, code in units.select(column, "region_code").unique().rows():
                if name is not None:
                    groups[plain_words(name)] = Group("region", code, "mean")
        for kind, of_kind in (
            ("group", self.definition.groups),
            ("combined", self.definition.combined_groups),
        ):
            for group in of_kind:
                for name in (group.code, group.name_vi, group.name_en):
                    groups[plain_words(name)] = Group(kind, group.code, "mean")
        return groups

    def group_of(self, subject: Subject) -> Group | None:
        return self._groups.get(plain_words(subject.name))

    def decimals(self, measure: Measure) -> int:
        return int(self.view.row[f"publication_{measure}_decimals"])

    def level(
        self, subject: Subject, scope: Scope, measure: Measure, *, earlier: bool = False
    ) -> Decimal | None:
        group = self.group_of(subject)
        if group is not None:
            row = self._summary.get((group.kind, group.code, *scope, measure))
            if row is None or (earlier and group.statistic != "mean"):
                return None
            return _decimal(row["mean_prev" if earlier else group.statistic])
        unit = self._row(subject, scope)
        if unit is None:
            return None
        if not earlier or measure == "value":
            return _decimal(unit["value_prev" if earlier else measure])
        before = self._ranking_before.get((unit["unit_id"], scope[0], unit["concept"]))
        return _decimal(before["points"]) if before else None

    def rank(self, subject: Subject, scope: Scope, *, earlier: bool = False) -> int | None:
        row = self._row(subject, scope)
        return None if row is None else row["rank_prev" if earlier else "rank"]

    def maxima(self, subject: Subject, scope: Scope) -> list[Decimal]:
        """Return the nominal and the effective maximum of a scope, as far as there are any."""
        row = self._row(subject, scope) or {}
        maxima = (row.get("max_points"), row.get("max_points_effective"))
        return [as_decimal(maximum) for maximum in maxima if maximum is not None]

    def _row(self, subject: Subject, scope: Scope) -> Row | None:
        return self._ranking.get((subject.unit_id or "", *scope))

    def scopes_of(self, column: Column) -> list[Scope]:
        """Return the scopes a column may be about, the pillar before the main."""
        if column.concept is None:
            return [OVERALL]
        keys = [(kind, column.concept) for kind in column.kinds]
        return [self._scopes[key] for key in keys if key in self._scopes]


def _by(rows: pl.DataFrame, *key: str) -> dict[Any, Row]:
    return rows.rows_by_key(key, named=True, include_key=True, unique=True)


def _decimal(figure: float | None) -> Decimal | None:
    return None if figure is None else as_decimal(figure)
