"""One assessment from its deliveries to its tables: the order of the stages, and nothing else.

Each function is one stage; the Dagster assets call them one by one, ``dti check`` the first two.

The kind of an assessment says what is special about it. History (``results.published_years``): units
are scored as far as their figures are public, and ranks are those published. Derived
(``scoring.merged_units``): the stages up to the scores are those of the assessment it is derived
from, and its units take the mean of their predecessors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from dti_pipeline.acceptance.accept import Acceptance, accept, named_sources
from dti_pipeline.acceptance.plausibility.checks import doubts
from dti_pipeline.exact import as_figure
from dti_pipeline.index.assessments.load import AssessmentError, load_assessment
from dti_pipeline.index.frameworks.load import BoundFramework, load_framework
from dti_pipeline.index.units.registry import UnitRegistry, load_registry
from dti_pipeline.intake.observe import Intake, observe
from dti_pipeline.results import published_years
from dti_pipeline.results.facts import GroupResult, component_facts, ranking_facts, score_facts
from dti_pipeline.results.official import (
    Official,
    agreement_issues,
    calibrated,
    compare,
    mean_issues,
    read_official,
)
from dti_pipeline.scoring import merged_units
from dti_pipeline.scoring.aggregation import add_up, scopes
from dti_pipeline.scoring.ranking import publish_values, rank_units
from dti_pipeline.scoring.score import figures_frame, score_within
from dti_pipeline.workspace import Workspace
from schemas.files.assessment import Assessment
from schemas.issues.issue import blocking


@dataclass(frozen=True, eq=False)
class Definition:
    """What an assessment is, before any delivery is read.

    Attributes:
        assessment: the assessment file.
        frameworks: its frameworks by id.
        registry: all units.
        workspace: where its deliveries lie.
        source: what a derived assessment is derived from; None for all others.
    """

    assessment: Assessment
    frameworks: Mapping[str, BoundFramework]
    registry: UnitRegistry
    workspace: Workspace
    source: "Definition | None" = None

    @property
    def scored(self) -> "Definition":
        """Return the assessment whose deliveries are scored: itself, or its source."""
        return self.source or self

    @property
    def is_history(self) -> bool:
        """Say whether it shows what is public of a past year."""
        return self.assessment.kind == "history"

    @cached_property
    def succession(self) -> pl.DataFrame:
        """Return the successions from the source's units to its own; none without a source."""
        old = self.scored.registry.of_set(self.scored.assessment.unit_set)["unit_id"].to_list()
        new = self.registry.of_set(self.assessment.unit_set)["unit_id"].to_list()
        return self.registry.succession.filter(
            pl.col("old_unit_id").is_in(old) & pl.col("new_unit_id").is_in(new)
        )

    @cached_property
    def units(self) -> pl.DataFrame:
        """Return the units to score, in the registry's order.

        Columns: unit_id, unit_name, group_code, region_code, framework_id, pool (null where the
        unit is assessed but not ranked; in a history nobody is ranked by computation).
        """
        assessment = self.assessment
        left_out = [e.unit_id for e in assessment.without_report if e.treatment == "not_assessed"]
        ranked = ~pl.col("unit_id").is_in([entry.unit_id for entry in assessment.not_ranked])
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
                pool=pl.when(ranked & (not self.is_history)).then(pool),
            )
        )

    def peers(self, framework_id: str) -> list[list[str]]:
        """Return the units of a framework, divided as relative rules compare them."""
        units = self.units.filter(framework_id=framework_id)
        if self.assessment.rank_pool == "all":
            return [units["unit_id"].to_list()]
        groups = units.partition_by("group_code", maintain_order=True)
        return [group["unit_id"].to_list() for group in groups]


def define(assessment_id: str, *, workspace: Workspace) -> Definition:
    """Load an assessment with its frameworks and units.

    Raises:
        AssessmentError, FrameworkError, FileNotFoundError, UnitFileError: if one of the files is
            missing or wrong; each message names the file, the place and what is known.
    """
    assessment = load_assessment(assessment_id, search=workspace.config("assessments"))
    source = None
    if assessment.derived_from is not None:
        source = define(assessment.derived_from, workspace=workspace)
        if source.assessment.framework != assessment.framework or source.source is not None:
            msg = (
                f"{assessment_id}: derived_from = '{assessment.derived_from}': the source must be "
                f"scored from deliveries, with the same framework (here {assessment.framework}, "
                f"there {source.assessment.framework})"
            )
            raise AssessmentError(msg)
    return Definition(
        assessment=assessment,
        frameworks={
            framework_id: load_framework(framework_id, search=workspace.config("frameworks"))
            for framework_id in assessment.framework_ids()
        },
        registry=load_registry(search=workspace.config("units")),
        workspace=workspace,
        source=source,
    )


def read(definition: Definition) -> Intake:
    """Read all deliveries into observations and issues.

    A derived assessment reads those of its source, and has only the issues that stop both.
    """
    if definition.source is not None:
        found = read(definition.source)
        return replace(found, issues=blocking(found.issues))
    assessment, frameworks = definition.assessment, definition.frameworks
    by_group: dict[str | None, BoundFramework] = {
        group.code: frameworks[group.framework] for group in assessment.groups
    }
    if assessment.framework is not None:
        by_group = {None: frameworks[assessment.framework]}
    found = observe(
        assessment=assessment,
        frameworks=by_group,
        registry=definition.registry,
        data_dir=definition.workspace.data,
    )
    if not definition.is_history:
        return found
    return replace(
        found,
        observations=found.observations.filter(pl.col("obs_status") != "blank"),
        issues=published_years.without_absences(found.issues),
    )


def judge(definition: Definition, observations: pl.DataFrame) -> Acceptance:
    """Choose the value that counts for every unit and variable."""
    if definition.source is not None:
        found = judge(definition.source, observations)
        return replace(found, issues=blocking(found.issues))
    if not definition.is_history:
        units, frameworks = definition.units, definition.frameworks
        found = accept(observations, frameworks=frameworks, units=units)
        odd = doubts(found.observations, frameworks=frameworks, units=units)
        return replace(found, issues=pl.concat([found.issues, odd]))
    units = definition.units.filter(pl.col("unit_id").is_in(observations["unit_id"].to_list()))
    found = accept(observations, frameworks=definition.frameworks, units=units)
    return replace(found, issues=published_years.without_absences(found.issues))


@dataclass(frozen=True)
class Scores:
    """Wide frames of one framework's units: points per component, sums per scope."""

    framework_id: str
    points: pl.DataFrame
    sums: pl.DataFrame


def score(definition: Definition, values: pl.DataFrame) -> tuple[Scores, ...]:
    """Score components and add them up, framework by framework."""
    definition = definition.scored
    assessment = definition.assessment
    found = []
    for framework in definition.frameworks.values():
        unit_ids = definition.units.filter(framework_id=framework.id)["unit_id"].to_list()
        if definition.is_history:
            needed = named_sources({framework.id: framework}).height
            complete = set(published_years.complete_units(values, n_variables=needed))
            unit_ids = [unit_id for unit_id in unit_ids if unit_id in complete]
        figures = figures_frame(
            values.filter(pl.col("unit_id").is_in(unit_ids)),
            framework=framework,
            unit_ids=unit_ids,
        )
        points = score_within(
            figures,
            framework=framework,
            pools=definition.peers(framework.id),
            not_assessed=assessment.not_assessed,
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
    """Rank units and lay everything out as facts.

    A merged unit has no components: nobody assessed it. What its mains stand on follows from the
    components of its predecessors.
    """
    components, ranked = [], []
    for entry in scores:
        result = _group_result(definition.scored, entry, observations)
        of_components = component_facts(result)
        if definition.source is not None:
            result = _group_result(definition, _merged(definition, entry), observations)
            behind = merged_units.succeeded(of_components, succession=definition.succession)
            of_components = of_components.clear()
        else:
            behind = of_components
        components.append(of_components)
        ranked.append(ranking_facts(result, score_facts(result, behind)))
    return Facts(components=pl.concat(components), scopes=pl.concat(ranked))


def _group_result(
    definition: Definition, scores: Scores, observations: pl.DataFrame
) -> GroupResult:
    """Rank the units that one framework scored."""
    framework = definition.frameworks[scores.framework_id]
    units = definition.units.filter(framework_id=framework.id).join(
        scores.sums.select("unit_id"), on="unit_id", how="semi", maintain_order="left"
    )
    pooled = scores.sums.join(units.select("unit_id", "pool"), on="unit_id", maintain_order="left")
    return GroupResult(
        assessment=definition.assessment,
        framework=framework,
        units=units,
        points=scores.points,
        sums=scores.sums,
        ranks=rank_units(pooled, scopes=scopes(framework), pool="pool"),
        observations=observations,
    )


def _merged(definition: Definition, scores: Scores) -> Scores:
    """Turn the source's scores into those of the units that succeeded its own."""
    framework = definition.frameworks[scores.framework_id]
    sums = merged_units.merged_sums(
        scores.sums, succession=definition.succession, framework=framework
    )
    return replace(
        scores,
        sums=publish_values(
            sums, scopes=scopes(framework), decimals=definition.assessment.value_decimals
        ),
    )


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
    if definition.is_history:
        return _agree_with_history(definition, ranked, official)
    compared = compare(official, ranking=ranked, assessment=assessment)
    issues = [
        official.issues,
        agreement_issues(compared),
        mean_issues(ranking=ranked, assessment=assessment),
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


def _agree_with_history(
    definition: Definition, ranked: pl.DataFrame, official: Official
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Compare what could be computed with what was published, then add what was only published."""
    assessment = definition.assessment
    (framework,) = definition.frameworks.values()
    values = replace(official, figures=official.figures.filter(pl.col("what") != "rank"))
    compared = compare(values, ranking=ranked, assessment=assessment)
    rows, issues = published_years.with_published(
        ranked,
        figures=official.figures,
        units=definition.units,
        scopes=scopes(framework),
        assessment=assessment,
    )
    return rows, pl.concat([official.issues, agreement_issues(compared), issues])


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
        value=as_figure(pl.col("value_micro")),
    )
