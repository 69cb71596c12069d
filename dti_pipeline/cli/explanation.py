"""What a release holds about one unit: scopes, components, losses and reasons, figures, cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from dti_pipeline.analysis.improvement.figures import figures_of
from dti_pipeline.analysis.improvement.losses import band_counts, with_distances
from dti_pipeline.analysis.improvement.plan_table import measures_of
from dti_pipeline.analysis.improvement.reachable import reachable
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.selection import Selection
from dti_pipeline.exact import MICRO, difference, with_figures
from dti_pipeline.index.beside import beside
from dti_pipeline.release.folder import Release
from dti_pipeline.reports.figures import to_micro
from dti_pipeline.reports.losses import Losses, losses
from dti_pipeline.reports.unit_page import gaps
from dti_pipeline.reports.words import words_of
from schemas.files.framework import GENERAL
from schemas.messages import message
from schemas.text import Text, WrongUsageError

# Columns of ``fact_observation`` that say where a figure came from and what it was worth.
FIGURE_COLUMNS: Final = (
    *("component_code", "variable", "label_vi", "label_en", "central"),
    *("value", "value_micro", "option", "unit_of_measure", "obs_status"),
    *("evidence_state", "evidence_text", "accepted", "remark"),
    *("source_kind", "source_file", "source_sheet", "source_cell", "raw_text", "data_basis"),
)


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a release holds about one unit, or of it about one kept component.

    Attributes:
        scopes: its rows of ``fact_ranking``: overall, pillars, mains.
        components: its component scores with names, rules, distances and what they could bring;
            the counted ones first, most points lost first.
        figures: the figures behind them, by ``used_by``.
        stages: its points at each stage of the appraisal.
        steps: the waterfall.
        bands: counted components per band.
        answers: names of answers by component, variable and option.
        n_zero: counted components at zero, of all, also where one component is kept.
        gap: rank of the next better unit and the value missing to it; None for the first.
        unranked: why the assessment does not rank the unit; None where it does.
    """

    release: Release
    scopes: pl.DataFrame
    components: pl.DataFrame
    figures: pl.DataFrame
    stages: pl.DataFrame
    steps: pl.DataFrame
    bands: pl.DataFrame
    band_names: Mapping[str, Text]
    answers: Mapping[tuple[str, str, str], Text]
    n_zero: int
    gap: Mapping[str, Any] | None
    unranked: Text | None

    @classmethod
    def read(cls, selection: Selection, unit_id: str) -> Explanation:
        ranking = selection.table("fact_ranking")
        own = ranking.filter(unit_id=unit_id)
        framework_id = own["framework_id"][0]
        framework = selection.framework(framework_id)
        indicators = selection.release.table("dim_indicator").filter(framework_id=framework_id)
        order = indicators.select(
            "name_vi", "name_en", scope_code="indicator_code", order="sort_order"
        )
        scopes = beside(own, order, on=["scope_code"])
        observations = selection.table("fact_observation").filter(unit_id=unit_id)
        components = _components(selection, indicators, unit_id=unit_id)
        bands = framework.file.component_bands
        overall = selection.view.overall.row(by_predicate=pl.col("unit_id") == unit_id, named=True)
        return cls(
            release=selection.release,
            scopes=scopes.sort("order"),
            components=components,
            figures=figures_of(observations, framework=framework),
            stages=selection.table("fact_stage_score").filter(unit_id=unit_id),
            steps=waterfall(
                losses(
                    selection.view,
                    overall=overall,
                    mains=selection.table("fact_main_score").filter(unit_id=unit_id).to_dicts(),
                    components=components.to_dicts(),
                    observations=(),
                )
            ),
            bands=band_counts(components, order=[band.code for band in bands]),
            band_names={band.code: band.name for band in bands},
            answers={
                (component.code, name, option): label
                for component, name, variable in framework.variables
                for option, label in variable.answers.items()
            },
            n_zero=components.filter("counted", pl.col("points_micro") == 0).height,
            gap=next(iter(gaps(overall, selection.view.pools[overall["pool"]])), None),
            unranked=selection.reason_of("not_ranked", unit_id),
        )

    def of_component(self, code: str) -> Explanation:
        """Keep one component, by its code or its printed one."""
        printed = dict(self.components.select("printed_code", "component_code").iter_rows())
        codes = self.components["component_code"].to_list()
        code = printed.get(code, code)
        if code not in codes:
            names = sorted(printed) or message("explain.no_components")
            raise UsageError("explain.unknown_component", code=code, known=names)
        return replace(
            self,
            components=self.components.filter(component_code=code),
            figures=self.figures.filter(used_by=code),
            stages=self.stages.filter(scope="component", scope_code=code),
            steps=self.steps.filter(component_code=code),
        )

    @property
    def overall(self) -> dict[str, Any]:
        return self.scopes.filter(scope="overall").row(0, named=True)

    def stage_points(self) -> list[dict[str, Any]]:
        """Return points, value and rank by stage, of the unit or of the kept component."""
        whole = self.stages.filter(scope="overall")
        rows = self.stages if whole.is_empty() else whole
        columns = ("stage", "points", "max_points_effective", "value", "rank", "move")
        order = {name: place for place, name in enumerate(words_of("stages"))}
        return rows.select(columns).sort(pl.col("stage").replace_strict(order)).to_dicts()

    @property
    def general(self) -> list[dict[str, Any]]:
        """Return the figures of general information, which no component uses."""
        return self.figures_by_component().get(GENERAL, [])

    def figures_by_component(self) -> dict[str, list[dict[str, Any]]]:
        return {
            str(code): rows.select(FIGURE_COLUMNS).to_dicts()
            for (code,), rows in self.figures.group_by("used_by", maintain_order=True)
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return the components for programs, most points lost first, each with its figures."""
        figures = self.figures_by_component()
        rows = self.components.drop("release_id").with_columns(
            is_zero=pl.col("points_micro").eq_missing(0)
        )
        return [
            row | {"figures": figures.get(row["component_code"], [])} for row in rows.to_dicts()
        ]

    def head(self) -> dict[str, Any]:
        overall = self.overall
        lost = difference(pl.col("max_points_effective"), pl.col("points"))
        columns = ("unit_id", "unit_name", "value", "points", "max_points_effective", "rank")
        more = ("n_ranked", "rank_in_region", "n_in_region", "data_basis", "revision_id")
        above = self.gap and {"rank": self.gap["rank"], "value_missing": self.gap["value"]}
        return {
            "release_id": self.release.release_id,
            "assessment_id": overall["assessment_id"],
            **{name: overall[name] for name in (*columns, *more)},
            "points_lost": self.scopes.filter(scope="overall").select(lost).item(),
            "n_zero": self.n_zero,
            "next_above": above,
            "general": self.general,
            "stages": self.stage_points(),
            "scopes": self.scopes.drop("release_id", "order").to_dicts(),
            "bands": self.bands.to_dicts(),
            "waterfall": self.steps.to_dicts(),
        }


def waterfall(lost: Losses | None) -> pl.DataFrame:
    """Walk from the effective maximum down to the unit's points.

    Returns:
        One row per step: kind (maximum, main, component, adjustment, result), main_code,
        component_code, points (of the step: lost ones negative), left (points left after the
        main). A main's components come below it. The steps of kind main add up to
        result - maximum.
    """
    mains = lost.mains if lost else ()
    left = sum(to_micro(main.row["max_points_effective"]) for main in mains)
    steps: list[tuple[str, str | None, str | None, int, int | None]] = [
        ("maximum", None, None, left, left)
    ]
    for main in mains:
        left -= main.lost
        code = main.row["main_code"]
        steps.append(("main", code, None, -main.lost, left))
        for part in filter(lambda part: part.lost, main.parts):
            steps.append(("component", code, part.row["component_code"], -part.lost, None))
        if main.other:
            steps.append(("adjustment", code, None, -main.other, None))
    steps.append(("result", None, None, left, left))
    codes = dict.fromkeys(("kind", "main_code", "component_code"), pl.String)
    schema = {**codes, "points_micro": pl.Int64, "left_micro": pl.Int64}
    return with_figures(pl.DataFrame(steps, schema=schema, orient="row")).select(
        *codes, "points", "left"
    )


def _components(selection: Selection, indicators: pl.DataFrame, *, unit_id: str) -> pl.DataFrame:
    names = indicators.filter(indicator_level="component").select(
        *("name_vi", "name_en", "counted", "rule_kind", "rule_text_vi", "rule_text_en"),
        *("lead_role", "lead_role_en"),
        component_code="indicator_code",
        # Releases of earlier versions have no printed codes.
        printed_code="printed_code" if "printed_code" in indicators.columns else "indicator_code",
    )
    components = (
        with_distances(selection.table("fact_component_score"))
        .filter(unit_id=unit_id)
        .pipe(beside, names, on=["component_code"])
        .sort(["counted", "points_lost", "component_code"], descending=[True, True, False])
    )
    if "fact_component_outlook.parquet" not in selection.release.manifest["files"]:
        return components
    outlook = selection.table("fact_component_outlook").filter(unit_id=unit_id)
    worth = outlook.select("component_code", pl.exclude(components.columns))
    return beside(components, worth, on=["component_code"])


def why_not_assessed(selection: Selection, component: str) -> Text | None:
    """Return why a component was not assessed for anybody; None where it was, or nobody says."""
    try:
        entries = selection.definition().assessment.not_assessed
    except WrongUsageError:
        return None
    reasons = {entry.component: Text(entry.reason_vi, entry.reason_en) for entry in entries}
    return reasons.get(component)


def next_step(selection: Selection, unit_id: str, *, component: str) -> dict[str, Any] | None:
    """Return a component's next step: points, slope (points per unit of its figure), measures.

    None where there is none, or the assessment is not scored from figures of its own.
    """
    try:
        accounts = selection.accounts()
    except WrongUsageError:
        return None
    reach = reachable(accounts, unit_id, codes=[component]).get(component)
    if reach is None:
        return None
    steps = reach.component.steps()
    aim = reach.at_least(next((p for p in steps.breaks if p > reach.points), steps.top()))
    changes = None if aim is None or aim <= reach.points else reach.changes_for(aim)
    if aim is None or changes is None:
        return None
    return {
        "points": aim / MICRO,
        "slope": reach.slope(aim, changes),
        "measures": measures_of(accounts, unit_id, changes),
    }
