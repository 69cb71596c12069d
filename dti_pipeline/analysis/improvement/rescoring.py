"""Score a whole assessment again with some figures changed, through the stages of the pipeline.

Relative rules, shared figures and ranks come out as they would in a real run: nothing here knows a
rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from dti_pipeline.acceptance.accept import READ
from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.scoring.aggregation import (
    assessed_columns,
    maximum_column,
    points_column,
    scopes,
)
from dti_pipeline.scoring.ranking import rank_column, rank_units, value_column
from dti_pipeline.scoring.score import Scores, score

# Reasons why a figure that was read did not count: better evidence would bring it back.
FOR_WANT_OF_EVIDENCE = ("evidence_missing", "evidence_rejected")
# Where a figure stands: the component it is delivered under, and its variable.
Place = tuple[str, str]


class NotScoredError(LookupError):
    """An assessment whose results do not come from figures that could be changed."""


@dataclass(frozen=True, eq=False)
class Accounts:
    """An assessment's accepted figures, and what they score.

    Attributes:
        definition: the assessment.
        values: accepted figures: unit_id, component_code, variable, value_micro, obs_status.
    """

    definition: Definition
    values: pl.DataFrame

    @classmethod
    def of(cls, definition: Definition, observations: pl.DataFrame) -> "Accounts":
        """Take the figures that counted.

        Args:
            definition: the assessment.
            observations: its rows of ``fact_observation``.

        Raises:
            NotScoredError: if the assessment has no figures of its own, or nobody is ranked.
        """
        if definition.source is not definition or definition.ranks_are_published:
            msg = (
                f"{definition.assessment.id} is not scored from figures of its own "
                f"(kind {definition.assessment.kind}); choose an assessment with deliveries"
            )
            raise NotScoredError(msg)
        accepted = observations.filter("accepted")
        return cls(
            definition=definition,
            values=accepted.select(
                "unit_id", "component_code", "variable", "value_micro", "obs_status"
            ),
        )

    @cached_property
    def scored(self) -> tuple[Scores, ...]:
        """Return points and sums, framework by framework."""
        return score(self.definition, self.values)

    @cached_property
    def standing(self) -> pl.DataFrame:
        """Return one row per unit and scope.

        Columns: unit_id, unit_name, scope, scope_code, points_micro, max_micro, value_units (Int64,
        in last published places), pool, rank (Int32, null where the scope or unit is not ranked).
        """
        return pl.concat([self._standing(entry) for entry in self.scored])

    def _standing(self, entry: Scores) -> pl.DataFrame:
        framework = self.definition.frameworks[entry.framework_id]
        units = self.definition.units.select("unit_id", "unit_name", "pool")
        sums = entry.sums.join(units, on="unit_id", maintain_order="left")
        ranks = rank_units(sums, scopes=scopes(framework))
        wide = sums.join(ranks, on="unit_id", maintain_order="left")
        return pl.concat(
            wide.select(
                "unit_id",
                "unit_name",
                "pool",
                scope=pl.lit(scope.kind),
                scope_code=pl.lit(scope.code),
                points_micro=pl.col(points_column(scope.code)),
                max_micro=pl.col(maximum_column(scope.code)),
                value_units=pl.col(value_column(scope.code)),
                rank=pl.col(rank_column(scope.code)) if scope.is_ranked else pl.lit(None, pl.Int32),
            )
            for scope in scopes(framework)
        )

    def in_scope(self, scope_code: str) -> pl.DataFrame:
        """Return the standing of all units in one scope."""
        return self.standing.filter(pl.col("scope_code") == scope_code)

    def row(self, unit_id: str, scope_code: str) -> dict[str, object]:
        """Return one unit's standing in one scope."""
        return self.in_scope(scope_code).row(by_predicate=pl.col("unit_id") == unit_id, named=True)

    def framework_of(self, unit_id: str) -> BoundFramework:
        """Return the framework that scores a unit."""
        found = self.definition.units.filter(pl.col("unit_id") == unit_id)["framework_id"][0]
        return self.definition.frameworks[found]

    def points_of(self, unit_id: str) -> dict[str, int | None]:
        """Return a unit's micro-points per component; None where none could be computed."""
        framework = self.framework_of(unit_id)
        entry = next(e for e in self.scored if e.framework_id == framework.id)
        row = entry.points.row(by_predicate=pl.col("unit_id") == unit_id, named=True)
        return {code: row[code] for code in framework.by_code}

    def exempt_of(self, unit_id: str) -> set[str]:
        """Return the components that do not apply to a unit."""
        framework = self.framework_of(unit_id)
        entry = next(e for e in self.scored if e.framework_id == framework.id)
        row = entry.points.row(by_predicate=pl.col("unit_id") == unit_id, named=True)
        return {code for code in framework.by_code if row.get(f"{code}!na")}

    def scale_of(self, unit_id: str) -> dict[str, tuple[int, int]]:
        """Return per main what one of its points counts: effective over assessed maximum."""
        framework = self.framework_of(unit_id)
        entry = next(e for e in self.scored if e.framework_id == framework.id)
        row = entry.sums.row(by_predicate=pl.col("unit_id") == unit_id, named=True)
        return {
            code: (row[maximum_column(code)], row[assessed_columns(code)[1]])
            for code in framework.mains
        }

    def peers(self, unit_id: str) -> pl.DataFrame:
        """Return the figures of the units that a unit is compared with, itself included.

        As ``figures_frame`` gives them.
        """
        framework = self.framework_of(unit_id)
        pool = next(pool for pool in self.definition.peers(framework.id) if unit_id in list(pool))
        return figures_frame(
            self.values.filter(pl.col("unit_id").is_in(list(pool))),
            framework=framework,
            unit_ids=list(pool),
        )

    def figures_of(self, unit_id: str) -> dict[Place, int]:
        """Return a unit's accepted figures, in millionths."""
        own = self.values.filter(
            pl.col("unit_id") == unit_id, pl.col("value_micro").is_not_null()
        ).select("component_code", "variable", "value_micro")
        return {(code, name): value for code, name, value in own.iter_rows()}

    def with_figures(self, unit_id: str, changes: Mapping[Place, int]) -> "Accounts":
        """Return the accounts with some of one unit's figures replaced, in millionths."""
        if not changes:
            return self
        new = pl.DataFrame(
            [(unit_id, code, name, value, "ok") for (code, name), value in changes.items()],
            schema=self.values.schema,
            orient="row",
        )
        kept = self.values.join(new, on=["unit_id", "component_code", "variable"], how="anti")
        return replace(self, values=pl.concat([kept, new]))


def without_evidence(observations: pl.DataFrame, *, unit_id: str) -> dict[Place, int]:
    """Return a unit's figures that were read but did not count for want of evidence.

    Args:
        observations: rows of ``fact_observation``.
        unit_id: the unit.

    Returns:
        Figures in millionths; the latest delivery stands.
    """
    found = observations.filter(
        pl.col("unit_id") == unit_id,
        pl.col("remark").is_in(FOR_WANT_OF_EVIDENCE),
        pl.col("obs_status").is_in(READ),
        pl.col("value_micro").is_not_null(),
    ).sort("delivery_no")
    return {
        (code, name): value
        for code, name, value in found.select(
            "component_code", "variable", "value_micro"
        ).iter_rows()
    }


def differences(accounts: Accounts, *, ranking: pl.DataFrame, decimals: int) -> list[str]:
    """Compare recomputed standings with a published ranking.

    Args:
        accounts: the figures scored again.
        ranking: rows of ``fact_ranking`` of the assessment.
        decimals: published decimals of a value.

    Returns:
        One text per unit and scope whose value or rank differs; empty where all are reproduced.
    """
    published = ranking.select(
        "unit_id",
        "scope_code",
        "rank",
        value_units=(pl.col("value") * 10**decimals).round().cast(pl.Int64),
    )
    both = accounts.standing.join(
        published, on=["unit_id", "scope_code"], how="full", suffix="_published", coalesce=True
    ).filter(
        pl.col("value_units").ne_missing(pl.col("value_units_published"))
        | pl.col("rank").ne_missing(pl.col("rank_published"))
    )
    return [
        f"{unit_id} {scope_code}"
        for unit_id, scope_code in both.select("unit_id", "scope_code").sort(pl.all()).iter_rows()
    ]
