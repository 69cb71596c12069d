"""One assessment from its deliveries to its tables: the order of the stages, and nothing else.

Each function is one stage; the Dagster assets call them one by one, ``dti check`` the first two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dti_pipeline.acceptance import Acceptance, accept
from dti_pipeline.aggregation import add_up, scopes
from dti_pipeline.assessments.load import load_assessment
from dti_pipeline.facts import GroupResult, component_facts, ranking_facts, score_facts
from dti_pipeline.frameworks.load import BoundFramework, load_framework
from dti_pipeline.intake.observe import Intake, observe
from dti_pipeline.official import (
    agreement_issues,
    calibrated,
    compare,
    mean_issues,
    read_official,
)
from dti_pipeline.ranking import publish_values, rank_units
from dti_pipeline.scoring.exact import MICRO
from dti_pipeline.scoring.score import figures_frame, score_components
from dti_pipeline.units.registry import UnitRegistry, load_registry
from dti_pipeline.workspace import Workspace
from schemas.assessment import Assessment


@dataclass(frozen=True, eq=False)
class Definition:
    """What an assessment is, before any delivery is read.

    Attributes:
        assessment: the assessment file.
        frameworks: its frameworks by id.
        registry: all units.
        workspace: where its deliveries lie.
    """

    assessment: Assessment
    frameworks: Mapping[str, BoundFramework]
    registry: UnitRegistry
    workspace: Workspace

    @cached_property
    def units(self) -> pl.DataFrame:
        """Return the units to score, in the registry's order.

        Columns: unit_id, unit_name, group_code, region_code, framework_id, pool (null where the
        unit is assessed but not ranked).
        """
        assessment = self.assessment
        left_out = [e.unit_id for e in assessment.without_report if e.treatment == "not_assessed"]
        unranked = [entry.unit_id for entry in assessment.not_ranked]
        pool = pl.lit("all") if assessment.rank_pool == "all" else pl.col("group_code")
        frameworks = {group.code: group.framework for group in assessment.groups}
        framework = (
            pl.lit(assessment.framework)
            if assessment.framework
            else pl.col("group_code").replace_strict(frameworks, return_dtype=pl.String)
        )
        return (
            self.registry.of_set(assessment.unit_set)
            .filter(~pl.col("unit_id").is_in(left_out))
            .select(
                "unit_id",
                "group_code",
                "region_code",
                unit_name="name_vi",
                framework_id=framework,
                pool=pl.when(~pl.col("unit_id").is_in(unranked)).then(pool),
            )
        )


def define(assessment_id: str, *, workspace: Workspace) -> Definition:
    """Load an assessment with its frameworks and units.

    Raises:
        AssessmentError, FrameworkError, FileNotFoundError, UnitFileError: if one of the files is
            missing or wrong; each message names the file, the place and what is known.
    """
    assessment = load_assessment(assessment_id, search=workspace.config("assessments"))
    return Definition(
        assessment=assessment,
        frameworks={
            framework_id: load_framework(framework_id, search=workspace.config("frameworks"))
            for framework_id in assessment.framework_ids()
        },
        registry=load_registry(search=workspace.config("units")),
        workspace=workspace,
    )


def read(definition: Definition) -> Intake:
    """Read all deliveries of an assessment into observations and issues."""
    assessment, frameworks = definition.assessment, definition.frameworks
    by_group: dict[str | None, BoundFramework] = {
        group.code: frameworks[group.framework] for group in assessment.groups
    }
    if assessment.framework is not None:
        by_group = {None: frameworks[assessment.framework]}
    return observe(
        assessment=assessment,
        frameworks=by_group,
        registry=definition.registry,
        data_dir=definition.workspace.data,
    )


def judge(definition: Definition, observations: pl.DataFrame) -> Acceptance:
    """Choose the value that counts for every unit and variable."""
    return accept(observations, frameworks=definition.frameworks, units=definition.units)


@dataclass(frozen=True)
class Scores:
    """Wide frames of one framework's units: points per component, sums per scope."""

    framework_id: str
    points: pl.DataFrame
    sums: pl.DataFrame


def score(definition: Definition, values: pl.DataFrame) -> tuple[Scores, ...]:
    """Score components and add them up, framework by framework."""
    assessment = definition.assessment
    found = []
    for framework in definition.frameworks.values():
        unit_ids = definition.units.filter(framework_id=framework.id)["unit_id"].to_list()
        figures = figures_frame(
            values.filter(pl.col("unit_id").is_in(unit_ids)),
            framework=framework,
            unit_ids=unit_ids,
        )
        points = score_components(
            figures, framework=framework, not_assessed=assessment.not_assessed
        )
        sums = add_up(points, framework=framework, not_assessed=assessment.not_assessed)
        found.append(
            Scores(
                framework_id=framework.id,
                points=points,
                sums=publish_values(
                    sums, scopes=scopes(framework), decimals=assessment.value_decimals
                ),
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class Facts:
    """Long tables of one assessment, before they get a revision.

    Attributes:
        components: one row per unit and component.
        scopes: one row per unit and scope with points, value, ranks.
    """

    components: pl.DataFrame
    scopes: pl.DataFrame


def rank(definition: Definition, scores: tuple[Scores, ...], observations: pl.DataFrame) -> Facts:
    """Rank units and lay everything out as facts."""
    components, ranked = [], []
    for entry in scores:
        framework = definition.frameworks[entry.framework_id]
        units = definition.units.filter(framework_id=entry.framework_id)
        pooled = entry.sums.join(
            units.select("unit_id", "pool"), on="unit_id", maintain_order="left"
        )
        result = GroupResult(
            assessment=definition.assessment,
            framework=framework,
            units=units,
            points=entry.points,
            sums=entry.sums,
            ranks=rank_units(pooled, scopes=scopes(framework), pool="pool"),
            observations=observations,
        )
        of_components = component_facts(result)
        components.append(of_components)
        ranked.append(ranking_facts(result, score_facts(result, of_components)))
    return Facts(components=pl.concat(components), scopes=pl.concat(ranked))


def agree(definition: Definition, ranked: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Compare with official results.

    Returns:
        The scopes with ``data_basis`` raised to calibrated_sample where a sample reproduces the
        published value, and the issues of the comparison.
    """
    assessment, workspace = definition.assessment, definition.workspace
    folder = workspace.raw / assessment.id / "official"
    official = read_official(
        sorted(folder.glob("*.csv")),
        assessment=assessment,
        registry=definition.registry,
        data_dir=workspace.data,
    )
    compared = compare(official, ranking=ranked, assessment=assessment)
    issues = [
        official.issues,
        agreement_issues(compared),
        mean_issues(assessment.published_means, ranking=ranked, decimals=assessment.value_decimals),
    ]
    pairs = [
        calibrated(compared, mains_outside=_mains_outside(framework))
        for framework in definition.frameworks.values()
    ]
    marked = ranked.join(
        pl.concat(pairs).unique(maintain_order=True).with_columns(reproduced=pl.lit(True)),
        on=["unit_id", "scope_code"],
        how="left",
        maintain_order="left",
    ).with_columns(
        data_basis=pl.when(
            pl.col("reproduced").fill_null(value=False) & (pl.col("data_basis") == "sample")
        )
        .then(pl.lit("calibrated_sample"))
        .otherwise("data_basis")
    )
    return marked.drop("reproduced"), pl.concat(issues)


def _mains_outside(framework: BoundFramework) -> dict[str, tuple[str, ...]]:
    """Return, per pillar, the counted mains that are not part of it."""
    counted = [main.code for main in framework.file.mains if main.counted]
    return {
        pillar.code: tuple(code for code in counted if code not in pillar.mains)
        for pillar in framework.file.pillars
    }


def observation_facts(definition: Definition, judged: pl.DataFrame) -> pl.DataFrame:
    """Return the observations with what every fact carries."""
    assessment = definition.assessment
    mains = {
        component.code: component.component.main
        for framework in definition.frameworks.values()
        for component in framework.components
    }
    names = definition.registry.of_set(assessment.unit_set).select("unit_id", unit_name="name_vi")
    return judged.join(names, on="unit_id", how="left", maintain_order="left").with_columns(
        assessment_id=pl.lit(assessment.id),
        assessment_year=pl.lit(assessment.year, dtype=pl.Int32),
        level=pl.lit(assessment.level),
        main_code=pl.col("component_code").replace_strict(mains, default=None),
        value=pl.col("value_micro") / MICRO,
    )
