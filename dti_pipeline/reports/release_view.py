"""A release as reports see it: its tables, cut to one assessment, and what is shown beside them.

Reports read a release folder and nothing else. A table the release does not hold reads as empty,
so that a section about it is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import polars as pl

from dti_pipeline.release.folder import Release
from dti_pipeline.release.overview import Overview
from dti_pipeline.reports.words import DATA_MARKS, name_of, unchecked, words_of
from schemas.catalogue import RELEASE_TABLES
from schemas.files.assessment import COMBINED
from schemas.text import Text, joined

Row = dict[str, Any]
LEVEL_ORDER: Final = {"province": 0, "ministry": 1, "department": 2, "district": 3, "commune": 4}
# Components of `fact_component_score` that left the maximum of a unit, with no points to show.
LEFT_OUT: Final = (pl.col("obs_status") == "not_applicable") & (pl.col("max_points_effective") == 0)
SCOPE_ORDER: Final = {"overall": 0, "pillar": 1, "main_group": 2, "main": 3}


@dataclass(eq=False)
class ReleaseView:
    """A release and what it and its revisions are at this moment; every table is read once."""

    source: Release
    status: str = "published"
    revision_statuses: Mapping[str, str] | None = None
    _tables: dict[str, pl.DataFrame] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def open(cls, published: Overview, release: Release) -> "ReleaseView":
        """Show a release or draft with what became of it and of its revisions."""
        status = published.status(release.release_id)
        return cls(release, status, published.revision_statuses(release))

    @property
    def release_id(self) -> str:
        return self.source.release_id

    @property
    def manifest(self) -> Mapping[str, Any]:
        return self.source.manifest

    @property
    def computed_at(self) -> datetime:
        """Return when the release was computed, the only clock time reports show."""
        return datetime.fromisoformat(self.manifest["computed_at"])

    @property
    def status_note(self) -> Text | None:
        return words_of("status_notes").get(self.status)

    def table(self, name: str) -> pl.DataFrame:
        if name not in self._tables:
            self._tables[name] = (
                self.source.table(name)
                if f"{name}.parquet" in self.manifest["files"]
                else RELEASE_TABLES[name].empty()
            )
        return self._tables[name]

    @cached_property
    def assessments(self) -> tuple["AssessmentView", ...]:
        """Return the assessments: by level, the newest first, the larger unit set first."""
        level = pl.col("level").replace_strict(LEVEL_ORDER, default=len(LEVEL_ORDER))
        newest_first = pl.col("assessment_year").cast(pl.Int32).neg()
        rows = self.table("dim_assessment").sort(level, newest_first, "is_derived", "assessment_id")
        return tuple(AssessmentView(self, row) for row in rows.iter_rows(named=True))

    def assessment(self, assessment_id: str) -> "AssessmentView":
        return {assessment.id: assessment for assessment in self.assessments}[assessment_id]

    @cached_property
    def units(self) -> dict[str, Row]:
        return {row["unit_id"]: row for row in self.table("dim_unit").iter_rows(named=True)}


class AssessmentView:
    """One assessment of a release; ``row`` is its row of ``dim_assessment``."""

    def __init__(self, release: ReleaseView, row: Row) -> None:
        self.release = release
        self.row = row
        self.id: str = row["assessment_id"]
        self.year: int = row["assessment_year"]
        self.decimals: int = row["publication_value_decimals"]
        self.title = Text(row["title_vi"], row["title_en"])
        self._tables: dict[str, pl.DataFrame] = {}

    @property
    def break_text(self) -> Text | None:
        """Return why it is not comparable with the assessment before; None where it is."""
        kind, vi, en = (self.row[name] for name in ("comparability", "break_vi", "break_en"))
        return None if kind == "none" else Text(vi or kind, en or kind)

    def table(self, name: str) -> pl.DataFrame:
        if name not in self._tables:
            self._tables[name] = self.release.table(name).filter(assessment_id=self.id)
        return self._tables[name]

    @cached_property
    def sample_marks(self) -> list[str]:
        kinds = self.table("fact_ranking")["data_basis"].unique().to_list()
        return [kind for kind in DATA_MARKS if kind in kinds]

    @cached_property
    def unofficial(self) -> Text | None:
        """Say how many components it scores are not official, by basis; None where all are.

        A framework's invented components say nothing about results that were taken as published.
        """
        if not self.has_components:
            return None
        rows = self.indicators.values()
        return unchecked([row["basis"] for row in rows if row["indicator_level"] == "component"])

    @cached_property
    def ranking(self) -> pl.DataFrame:
        """Return ``fact_ranking`` with figures to compare with.

        The median and the best value of the unit's group, and the number of units that it was
        ranked among in the assessment before, where codes may differ. Units of one ``pool`` are
        ranked together.
        """
        group = ("scope_code", "group_code")
        key = ["unit_id", "scope", "concept"]
        before = (
            self.release.table("fact_ranking")
            .filter(assessment_id=pl.lit(self.row["compared_with"], dtype=pl.String))
            .select(*key, n_ranked_prev="n_ranked")
            .unique(key, maintain_order=True)
        )
        return (
            self.table("fact_ranking")
            .with_columns(
                median=pl.col("value").median().over(group),
                best=pl.col("value").max().over(group),
                pool=pl.col("group_code") if self.ranks_groups else pl.lit("all"),
                order=pl.col("scope").replace_strict(SCOPE_ORDER, return_dtype=pl.Int32),
            )
            .join(before, on=key, how="left", maintain_order="left")
        )

    @cached_property
    def overall(self) -> pl.DataFrame:
        described = self.release.table("dim_unit").select(
            "unit_id", "name_en", "name_ascii", "unit_type", "region_name", "region_name_en"
        )
        return (
            self.ranking.filter(scope="overall")
            .join(described, on="unit_id", how="left", maintain_order="left")
            .sort("pool", "rank", "unit_id", nulls_last=True, maintain_order=True)
        )

    @cached_property
    def pools(self) -> dict[str, list[Row]]:
        """Return pool → overall rows of its units, the first rank first."""
        return self.overall.rows_by_key("pool", named=True, include_key=True)

    @cached_property
    def unit_names(self) -> dict[str, str]:
        return dict(self.overall.select("unit_id", "unit_name").iter_rows())

    @cached_property
    def ranks_groups(self) -> bool:
        """Say whether units are ranked within several groups, never across."""
        rows = self.table("fact_ranking").filter(pl.col("rank").is_not_null(), scope="overall")
        several = rows["group_code"].n_unique() > 1
        return several and bool((rows["n_ranked"] == rows["n_in_group"]).all())

    @cached_property
    def _group_names(self) -> dict[str, Text]:
        rows = self.table("dim_group").select("group_code", "name_vi", "name_en")
        names = {code: Text(vi, en) for code, vi, en in rows.iter_rows()}
        # A group that is a whole level goes by the level's name; one of several in it does not.
        if len(names) == 1 or self.row["level"] == "local":
            names |= {code: name for code, name in words_of("levels").items() if code in names}
        return names

    @cached_property
    def region_names(self) -> dict[str, Text]:
        rows = (
            self.overall.select("region_code", "region_name", "region_name_en")
            .drop_nulls("region_code")
            .unique()
            .sort("region_name", "region_code")
        )
        return {code: Text(vi or code, en or vi or code) for code, vi, en in rows.iter_rows()}

    def summary_name(self, row: Row) -> Text:
        """Name what a row of ``fact_group_summary`` is about: all units, a group, a region."""
        kind, code = row["group_kind"], row["group_code"]
        if kind == "pool":
            return name_of("group_kinds", kind)
        return self.region_names[code] if kind == "region" else self.group_name(code)

    def group_name(self, code: str | None) -> Text:
        """Name a ranking group, or groups that are summed up together."""
        names = {**words_of("levels"), **self._group_names}
        if code is None or code in names or COMBINED not in code:
            return names.get(code or "", name_of("levels", code))
        return joined([self.group_name(part) for part in code.split(COMBINED)], " + ")

    @cached_property
    def frameworks(self) -> tuple[str, ...]:
        ids = self.table("fact_ranking")["framework_id"].unique(maintain_order=True).to_list()
        return tuple(ids) or tuple(str(self.row["framework_id"]).split("+"))

    @cached_property
    def indicators(self) -> dict[tuple[str, str, str], Row]:
        """Return ``dim_indicator`` by framework, level and code, in the order of the framework."""
        own = pl.col("framework_id").is_in(self.frameworks)
        rows = self.release.table("dim_indicator").filter(own).sort("framework_id", "sort_order")
        key = ("framework_id", "indicator_level", "indicator_code")
        return rows.rows_by_key(key, named=True, include_key=True, unique=True)

    def printed_code(self, framework_id: str, code: str) -> str:
        indicator = self.indicators.get((framework_id, "component", code), {})
        return str(indicator.get("printed_code") or code)

    @cached_property
    def framework_rows(self) -> list[Row]:
        own = pl.col("framework_id").is_in(self.frameworks)
        return self.release.table("dim_framework").filter(own).to_dicts()

    @cached_property
    def compared(self) -> "AssessmentView | None":
        views = (view for view in self.release.assessments if view.id == self.row["compared_with"])
        return next(views, None)

    @property
    def short_title(self) -> Text:
        """Return what readers call the assessment, with its units where a year has two."""
        years = [(other.row["level"], other.year) for other in self.release.assessments]
        name, n = f"DTI {self.year}", self.row["n_units"]
        if years.count((self.row["level"], self.year)) == 1:
            return Text(name, name)
        return Text(f"{name} ({n} đơn vị)", f"{name} ({n} units)")

    @property
    def compared_title(self) -> Text:
        compared = str(self.row["compared_with"])
        return self.compared.short_title if self.compared else Text(compared, compared)

    @cached_property
    def _variables(self) -> dict[tuple[str, ...], Text]:
        place = ("framework_id", "component_code", "variable")
        variables = self.release.table("dim_variable").select(*place, "name_vi", "name_en")
        options = self.release.table("dim_option").select(*place, "option", "label_vi", "label_en")
        return {tuple(key): Text(vi, en) for *key, vi, en in (*variables.rows(), *options.rows())}

    def variable_name(self, unit_id: str, *place: str) -> Text:
        """Name a unit's figure by component and variable; its code without one.

        A unit that the release leaves out has the framework of the others, where there is one.
        """
        only = self.frameworks[0] if len(self.frameworks) == 1 else ""
        framework = self.framework_of.get(unit_id, only)
        return self._variables.get((framework, *place), Text(place[-1], place[-1]))

    # An answer is found in the same way, by component, variable and option.
    option_name = variable_name

    @cached_property
    def framework_of(self) -> dict[str, str]:
        rows = self.table("fact_ranking").filter(scope="overall")
        return dict(rows.select("unit_id", "framework_id").iter_rows())

    @property
    def component_scores(self) -> pl.DataFrame:
        """Return ``fact_component_score`` with the framework: codes are unique within one only."""
        unit = pl.col("unit_id")
        framework = unit.replace_strict(self.framework_of, default=None, return_dtype=pl.String)
        return self.table("fact_component_score").with_columns(framework_id=framework)

    def anchor(self, framework_id: str, code: str) -> str:
        if len(self.frameworks) == 1:
            return f"c-{code}"
        return f"c-{self.frameworks.index(framework_id) + 1}-{code}"

    @property
    def has_components(self) -> bool:
        return not self.table("fact_component_score").is_empty()

    @cached_property
    def rank_bases(self) -> list[str]:
        return sorted(self.table("fact_ranking").filter(scope="overall")["rank_basis"].unique())

    def scope_name(self, framework_id: str, scope: str, code: str) -> Text:
        if scope == "overall":
            return name_of("scopes", scope)
        row = self.indicators.get((framework_id, scope, code))
        return Text(row["name_vi"], row["name_en"]) if row else Text(code, code)

    @cached_property
    def scopes(self) -> tuple["ScopeView", ...]:
        rows = (
            self.ranking.group_by("scope", "scope_code", maintain_order=True)
            .agg(
                pl.first("framework_id"),
                is_ranked=pl.col("rank").is_not_null().any(),
                has_value=pl.col("value").is_not_null().any(),
            )
            .filter(pl.col("is_ranked") | pl.col("has_value"))
        )
        scopes = []
        for kind, code, framework, is_ranked, _ in rows.iter_rows():
            indicator = self.indicators.get((framework, kind, code))
            name = self.scope_name(framework, kind, code)
            scopes.append(ScopeView(kind, code, name, is_ranked, indicator))
        places = [(level, code) for _, level, code in self.indicators]

        def order(scope: ScopeView) -> tuple[int, int, str]:
            key = (scope.kind, scope.code)
            return SCOPE_ORDER[scope.kind], places.index(key) if key in places else 0, scope.code

        return tuple(sorted(scopes, key=order))


@dataclass(frozen=True)
class ScopeView:
    """What can be ranked: overall, a pillar, a group of mains or a main."""

    kind: str
    code: str
    name: Text
    is_ranked: bool
    indicator: Row | None

    @property
    def title(self) -> Text:
        if self.kind == "pillar":
            return Text(f"Trụ cột: {self.name.vi}", f"Pillar: {self.name.en}")
        if self.kind == "main":
            return Text(f"{self.code}. {self.name.vi}", f"{self.code}. {self.name.en}")
        return self.name

    @property
    def is_reference(self) -> bool:
        return self.kind == "main" and self.indicator is not None and not self.indicator["counted"]
