"""What a release says about one unit: scopes, components, losses and reasons, figures, cells."""

from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from dti_pipeline.analysis.improvement.figures import figures_of
from dti_pipeline.analysis.improvement.losses import band_counts, waterfall, with_distances
from dti_pipeline.analysis.improvement.worth import gap_to_next
from dti_pipeline.commands.errors import UsageError
from dti_pipeline.commands.recorded import recorded_framework
from dti_pipeline.commands.units import assessment_of
from dti_pipeline.release.releases import Release
from dti_pipeline.workspace import Workspace

# Columns of ``fact_observation`` that say where a figure came from and what it was worth.
FIGURE_COLUMNS: Final = (
    "component_code",
    "variable",
    "label_vi",
    "label_en",
    "central",
    "value",
    "value_micro",
    "option",
    "unit_of_measure",
    "obs_status",
    "evidence_state",
    "accepted",
    "remark",
    "source_kind",
    "source_file",
    "source_sheet",
    "source_cell",
    "raw_text",
    "data_basis",
)
# Columns of ``fact_component_outlook`` that say what a component could still bring.
WORTH_COLUMNS: Final = (
    "points_next",
    "points_target",
    "points_top",
    "rank_if_next",
    "rank_if_target",
    "rank_if_top",
    "value_if_top",
    "is_relative",
)


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a release says about one unit.

    Attributes:
        release: the release read.
        scopes: the unit's rows of ``fact_ranking``: overall, pillars, mains.
        components: its component scores with names, rules, distances and what they could bring;
            the counted ones first, most points lost first.
        figures: the figures behind them, by ``used_by``.
        steps: the waterfall.
        bands: counted components per band.
        n_zero: counted components at zero, of all, also where one component is kept.
        gap: rank of the next better value and the value missing to it; None for the first.
    """

    release: Release
    scopes: pl.DataFrame
    components: pl.DataFrame
    figures: pl.DataFrame
    steps: pl.DataFrame
    bands: pl.DataFrame
    n_zero: int
    gap: tuple[int, float] | None

    @classmethod
    def read(
        cls, release: Release, assessment: str, unit_id: str, *, workspace: Workspace
    ) -> "Explanation":
        """Read everything about one unit of an assessment."""

        def table(name: str) -> pl.LazyFrame:
            return release.scan(name).filter(pl.col("assessment_id") == assessment)

        def own(name: str) -> pl.DataFrame:
            return table(name).filter(pl.col("unit_id") == unit_id).collect()

        ranking = own("fact_ranking")
        framework_id = ranking["framework_id"][0]
        framework = recorded_framework(framework_id, release=release, workspace=workspace)
        indicators = (
            release.table("dim_indicator")
            .filter(pl.col("framework_id") == framework_id)
            .sort("sort_order")
        )
        order = indicators.select(
            "name_vi", "name_en", scope_code="indicator_code", order="sort_order"
        )
        components = _components(
            table("fact_component_score").collect(), indicators, release=release, unit_id=unit_id
        )
        if "fact_component_outlook.parquet" in release.manifest["files"]:
            worth = own("fact_component_outlook").select("component_code", *WORTH_COLUMNS)
            components = components.join(
                worth, on="component_code", how="left", maintain_order="left"
            )
        mains = own("fact_main_score").join(
            order, left_on="main_code", right_on="scope_code", how="left", maintain_order="left"
        )
        decimals = assessment_of(release, assessment)["publication_value_decimals"]
        assert isinstance(decimals, int)
        overall = table("fact_ranking").filter(pl.col("scope") == "overall").collect()
        bands = [band.code for band in framework.file.component_bands]
        return cls(
            release=release,
            scopes=ranking.join(order, on="scope_code", how="left", maintain_order="left").sort(
                "order"
            ),
            components=components,
            figures=figures_of(own("fact_observation"), framework=framework),
            steps=waterfall(mains.filter("is_counted").sort("order"), components),
            bands=band_counts(components, order=bands),
            n_zero=components.filter("counted", pl.col("points_micro") == 0).height,
            gap=gap_to_next(overall, unit_id=unit_id, decimals=decimals),
        )

    def of_component(self, code: str) -> "Explanation":
        """Keep one component.

        Raises:
            UsageError: naming the components there are.
        """
        known = self.components["component_code"].to_list()
        if code not in known:
            names = ", ".join(sorted(known)) or "none: its values come from other units"
            msg = f"no component '{code}'; known components: {names}"
            raise UsageError(msg)
        return replace(
            self,
            components=self.components.filter(pl.col("component_code") == code),
            figures=self.figures.filter(pl.col("used_by") == code),
            steps=self.steps.filter(pl.col("component_code") == code),
        )

    @property
    def overall(self) -> dict[str, Any]:
        """Return the unit's overall row."""
        return self.scopes.filter(pl.col("scope") == "overall").row(0, named=True)

    def figures_by_component(self) -> dict[str, list[dict[str, Any]]]:
        """Return the figures of each component."""
        return {
            str(code): rows.select(FIGURE_COLUMNS).to_dicts()
            for (code,), rows in self.figures.group_by("used_by", maintain_order=True)
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return the components for programs, most points lost first, each with its figures."""
        figures = self.figures_by_component()
        return [
            row
            | {
                "is_zero": row["points_micro"] == 0,
                "figures": figures.get(row["component_code"], []),
            }
            for row in self.components.drop("release_id").iter_rows(named=True)
        ]

    def head(self) -> dict[str, Any]:
        """Return what stands above the rows, for programs."""
        overall = self.overall
        kept = ("unit_id", "unit_name", "value", "points", "max_points_effective", "rank")
        more = ("n_ranked", "rank_in_region", "n_in_region", "data_basis", "revision_id")
        above = {"rank": self.gap[0], "value_missing": self.gap[1]} if self.gap else None
        return {
            "release_id": self.release.release_id,
            "assessment_id": overall["assessment_id"],
            **{name: overall[name] for name in (*kept, *more)},
            "points_lost": points_lost(overall),
            "n_zero": self.n_zero,
            "next_above": above,
            "scopes": self.scopes.drop("release_id", "order").to_dicts(),
            "bands": self.bands.to_dicts(),
            "waterfall": self.steps.to_dicts(),
        }


def points_lost(scope: dict[str, Any]) -> float | None:
    """Return the points a scope lacks; None where only its value or rank was published."""
    if scope["points"] is None or scope["max_points_effective"] is None:
        return None
    return float(round(scope["max_points_effective"] - scope["points"], 6))


def _components(
    scores: pl.DataFrame, indicators: pl.DataFrame, *, release: Release, unit_id: str
) -> pl.DataFrame:
    """Return a unit's component scores with distances, names and rules.

    Counted ones first, then those with most points lost.
    """
    named = indicators.filter(pl.col("indicator_level") == "component").select(
        "name_vi",
        "name_en",
        "counted",
        "rule_kind",
        "rule_text_vi",
        "rule_text_en",
        "lead_role",
        "lead_role_en",
        component_code="indicator_code",
    )
    return (
        with_distances(scores, units=release.table("dim_unit"))
        .filter(pl.col("unit_id") == unit_id)
        .join(named, on="component_code", how="left", maintain_order="left")
        .sort(["counted", "points_lost", "component_code"], descending=[True, True, False])
    )
