"""What an assessment is before any delivery is read, and what is special about its kind.

Stages never ask for the kind; they ask the definition what to read, which absences matter, who is
scored and whose ranks hold. `Definition` answers for an assessment computed from deliveries,
`PublishedYear` for what is public of a past year, `MergedUnits` for units that succeeded those of
another assessment.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Final

import polars as pl
from pandera.typing.polars import DataFrame

from dti_pipeline.index.assessments.load import (
    UnknownAssessmentError,
    assessment_path,
    load_assessment,
    parse_assessment,
)
from dti_pipeline.index.beside import beside
from dti_pipeline.index.frameworks.load import (
    BoundFramework,
    UnknownFrameworkError,
    framework_path,
    load_framework,
)
from dti_pipeline.index.toml_files import FileError
from dti_pipeline.index.toml_lines import line_of
from dti_pipeline.index.units.registry import UnitRegistry, load_registry
from dti_pipeline.workspace import Workspace
from schemas.files.assessment import Assessment
from schemas.issues.issue import blocking
from schemas.messages import message
from schemas.stages import Observations
from schemas.text import Text

# Nobody owed what a published year does not hold: it holds what happens to be public.
_NOT_OWED: Final = (
    "table.missing",
    "table.header_only",
    "table.other_year",
    "table.unit_missing",
    "table.figure_missing",
    "report.missing",
    "value.missing",
)


@dataclass(frozen=True, eq=False)
class Definition:
    """An assessment computed from its own deliveries."""

    assessment: Assessment
    frameworks: Mapping[str, BoundFramework]
    registry: UnitRegistry
    workspace: Workspace

    checks_plausibility: ClassVar[bool] = True
    ranks_are_published: ClassVar[bool] = False

    @property
    def source(self) -> "Definition":
        """Return the assessment whose deliveries are read and scored."""
        return self

    @property
    def succession(self) -> pl.DataFrame | None:
        """Return old_unit_id, new_unit_id where the source's units differ from its own."""
        return None

    @cached_property
    def all_units(self) -> pl.DataFrame:
        """Return the units of the assessment's set, assessed or not."""
        return self.registry.of_set(self.assessment.unit_set)

    @cached_property
    def units(self) -> pl.DataFrame:
        """Return the units to score, in the registry's order.

        Columns: unit_id, unit_name, group_code, region_code, framework_id, pool (null where the
        unit is assessed but not ranked by computation).
        """
        assessment = self.assessment
        ranked = ~pl.col("unit_id").is_in([entry.unit_id for entry in assessment.not_ranked])
        pool = pl.lit("all") if assessment.rank_pool == "all" else pl.col("group_code")
        framework = (
            pl.lit(assessment.framework)
            if assessment.framework
            else pl.col("group_code").replace_strict(
                assessment.framework_of_group, return_dtype=pl.String
            )
        )
        return self.all_units.filter(~pl.col("unit_id").is_in(assessment.left_out)).select(
            "unit_id",
            "group_code",
            "region_code",
            unit_name="name_vi",
            framework_id=framework,
            pool=pl.when(ranked & (not self.ranks_are_published)).then(pool),
        )

    def labelled(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add what every fact carries: the assessment, and name and group of the unit."""
        names = self.all_units.select("unit_id", "group_code", unit_name="name_vi")
        return beside(rows, names, on=["unit_id"]).with_columns(**label_columns(self.assessment))

    def peers(self, framework_id: str) -> list[list[str]]:
        """Return the units of a framework, divided as relative rules compare them."""
        units = self.units.filter(framework_id=framework_id)
        if self.assessment.rank_pool == "all":
            return [units["unit_id"].to_list()]
        groups = units.partition_by("group_code", maintain_order=True)
        return [group["unit_id"].to_list() for group in groups]

    def observations_that_matter(
        self, observations: DataFrame[Observations]
    ) -> DataFrame[Observations]:
        """Leave out observations that say nothing in this kind of assessment."""
        return observations

    def issues_that_matter(self, issues: pl.DataFrame) -> pl.DataFrame:
        """Leave out issues that are none in this kind of assessment."""
        return issues

    def expected_units(self, observations: pl.DataFrame) -> pl.DataFrame:
        return self.units

    def scored_units(self, framework_id: str, values: pl.DataFrame) -> list[str]:
        return self.units.filter(framework_id=framework_id)["unit_id"].to_list()

    def own_rows(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of figures and components that this assessment itself shows."""
        return rows


class PublishedYear(Definition):
    """What is public of a past year: scored where complete, ranks as published, never ranked."""

    checks_plausibility = False
    ranks_are_published = True

    def observations_that_matter(
        self, observations: DataFrame[Observations]
    ) -> DataFrame[Observations]:
        return Observations.validate(observations.filter(pl.col("obs_status") != "blank"))

    def issues_that_matter(self, issues: pl.DataFrame) -> pl.DataFrame:
        return issues.filter(~pl.col("rule_id").is_in(_NOT_OWED))

    def expected_units(self, observations: pl.DataFrame) -> pl.DataFrame:
        return self.units.filter(pl.col("unit_id").is_in(observations["unit_id"].to_list()))

    def scored_units(self, framework_id: str, values: pl.DataFrame) -> list[str]:
        """Return the units all of whose figures are public, so that their index follows."""
        n_variables = self.frameworks[framework_id].n_own_variables
        counts = values.group_by("unit_id").len()
        complete = counts.filter(pl.col("len") == n_variables)["unit_id"].to_list()
        return [name for name in super().scored_units(framework_id, values) if name in complete]


@dataclass(frozen=True, eq=False)
class MergedUnits(Definition):
    """The results of another assessment for the units that succeeded its own.

    It shows no figures and components: nobody assessed these units. Of the source's issues it
    has those that stop both.
    """

    merged_from: Definition

    @property
    def source(self) -> Definition:
        return self.merged_from

    @cached_property
    def succession(self) -> pl.DataFrame:
        old, new = (each.all_units["unit_id"].to_list() for each in (self.source, self))
        return self.registry.succession.filter(
            pl.col("old_unit_id").is_in(old) & pl.col("new_unit_id").is_in(new)
        )

    def observations_that_matter(
        self, observations: DataFrame[Observations]
    ) -> DataFrame[Observations]:
        return self.source.observations_that_matter(observations)

    def issues_that_matter(self, issues: pl.DataFrame) -> pl.DataFrame:
        return blocking(self.source.issues_that_matter(issues))

    def own_rows(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.clear()


def label_columns(assessment: Assessment) -> dict[str, pl.Expr]:
    """Return the columns that name the assessment in every row of its tables."""
    return {
        "assessment_id": pl.lit(assessment.id),
        "assessment_year": pl.lit(assessment.year, dtype=pl.Int32),
        "level": pl.lit(assessment.level),
    }


def define(assessment_id: str, *, workspace: Workspace) -> Definition:
    """Load an assessment with its frameworks and units; an error names the file and the place."""
    search = workspace.config("assessments")
    path = assessment_path(assessment_id, search=search)
    assessment = parse_assessment(path.read_bytes(), path)
    _refuse(path, _unknown_files(assessment, workspace))
    frameworks = {
        name: load_framework(name, search=workspace.config("frameworks"))
        for name in assessment.framework_ids()
    }
    registry = load_registry(search=workspace.config("units"))
    source = None
    if assessment.derived_from is not None:
        source = load_assessment(assessment.derived_from, search=search)
    _refuse(path, _problems(assessment, source, frameworks, registry))
    if source is not None:
        merged = define(source.id, workspace=workspace)
        return MergedUnits(assessment, frameworks, registry, workspace, merged_from=merged)
    kind = PublishedYear if assessment.kind == "history" else Definition
    return kind(assessment, frameworks, registry, workspace)


def _refuse(path: Path, problems: Iterable[tuple[tuple[int | str, ...], Text]]) -> None:
    if faults := list(problems):
        text = path.read_text(encoding="utf-8-sig")
        raise FileError(path, [(line_of(place, text), fault) for place, fault in faults])


def _unknown_files(
    assessment: Assessment, workspace: Workspace
) -> Iterator[tuple[tuple[int | str, ...], Text]]:
    """Yield the frameworks and the source that an assessment names and nobody has."""
    frameworks: dict[tuple[int | str, ...], str] = {
        ("groups", number, "framework"): group.framework
        for number, group in enumerate(assessment.groups)
    }
    if assessment.framework is not None:
        frameworks = {("framework",): assessment.framework}
    for place, name in frameworks.items():
        try:
            framework_path(name, search=workspace.config("frameworks"))
        except UnknownFrameworkError as error:
            yield place, error.text
    if assessment.derived_from is not None:
        try:
            assessment_path(assessment.derived_from, search=workspace.config("assessments"))
        except UnknownAssessmentError as error:
            yield ("derived_from",), error.text


def _problems(
    assessment: Assessment,
    source: Assessment | None,
    frameworks: Mapping[str, BoundFramework],
    registry: UnitRegistry,
) -> Iterator[tuple[tuple[int | str, ...], Text]]:
    """Yield what an assessment says of units, components and a source that they do not bear out."""
    if source is not None:
        key, here, there = "framework", assessment.framework, source.framework
        if here == there and source.kind != "derived":
            key, here, there = "year", str(assessment.year), str(source.year)
        if here != there or source.kind == "derived":
            fields = {"here": here, "there": there, "frameworks": source.framework_ids()}
            yield (
                ("derived_from",),
                message(f"assessment_file.other_{key}", source=source.id, **fields),
            )
    if assessment.unit_set not in registry.unit_sets:
        name, sets = assessment.unit_set, registry.unit_sets
        yield ("unit_set",), message("assessment_file.no_unit_set", name=name, known=sets)
        return
    units = registry.of_set(assessment.unit_set)
    parent = assessment.parent_unit_id
    if parent is not None and parent not in registry.units["unit_id"]:
        yield ("parent_unit_id",), message("assessment_file.no_parent", name=parent)
    ended = units.filter(
        pl.col("valid_to") < assessment.period_start, ~pl.col("unit_id").is_in(assessment.left_out)
    )
    if not ended.is_empty():
        names, day = ended["unit_id"].to_list(), assessment.period_start
        listed = [*names[:5], "…"] if len(names) > 5 else names
        yield ("unit_set",), message("assessment_file.units_ended", units=listed, day=day)
    if assessment.level != "local" and (others := set(units["level"]) - {assessment.level}):
        yield ("level",), message("assessment_file.other_level", levels=sorted(others))
    groups = set(units["group_code"].fill_null("–"))
    if assessment.groups and (others := groups - {group.code for group in assessment.groups}):
        yield ("groups",), message("assessment_file.no_group", groups=sorted(others))
    components = {code for framework in frameworks.values() for code in framework.by_code}
    for part, field, codes in (
        ("groups", "code", groups),
        ("without_report", "unit_id", set(units["unit_id"])),
        ("not_ranked", "unit_id", set(units["unit_id"])),
        ("not_assessed", "component", components),
    ):
        names = [getattr(item, field) for item in getattr(assessment, part)]
        for number, name in enumerate(names):
            if name in names[:number]:
                yield (part, number, field), message("assessment_file.twice", part=part, name=name)
            elif name not in codes:
                near = get_close_matches(name, sorted(codes - {"–"}), cutoff=0)
                key = f"assessment_file.{'nowhere' if near else 'nowhere_near'}"
                yield (part, number, field), message(key, part=part, name=name, near=near)
