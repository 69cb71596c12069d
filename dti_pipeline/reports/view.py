"""A release as reports see it: its tables, cut to one assessment, and what stands beside them.

Reports read a release folder and nothing else. A table the release does not hold reads as empty,
so that a section about it is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import polars as pl

from dti_pipeline.release.releases import Release
from dti_pipeline.reports.words import BASES, DATA_MARKS, OVERALL, STATUS_NOTES
from schemas.catalogue import RELEASE_TABLES
from schemas.text import Text

Row = dict[str, Any]
LEVEL_ORDER: Final = ("province", "ministry", "department", "district", "commune")
SCOPE_ORDER: Final = {"overall": 0, "pillar": 1, "main": 2}


class Book:
    """A release; every table is read once.

    Attributes:
        release: the release.
        status: what it is at this moment: draft, approved, published, superseded or withdrawn.
    """

    def __init__(self, release: Release, *, status: str = "published") -> None:
        self.release = release
        self.status = status
        self._tables: dict[str, pl.DataFrame] = {}

    def __contains__(self, name: str) -> bool:
        """Say whether the release holds any row of a table."""
        entry = self.release.manifest["files"].get(f"{name}.parquet")
        return entry is not None and entry["rows"] > 0

    @property
    def computed_at(self) -> datetime:
        """Return when the release was computed, the only clock time reports show."""
        return datetime.fromisoformat(self.release.manifest["computed_at"])

    @property
    def status_note(self) -> Text | None:
        """Return what to say about a release that is not in force; None where it is."""
        return STATUS_NOTES.get(self.status)

    def table(self, name: str) -> pl.DataFrame:
        """Return a table, empty where the release does not hold it."""
        if name not in self._tables:
            held = f"{name}.parquet" in self.release.manifest["files"]
            self._tables[name] = (
                self.release.table(name)
                if held
                else pl.DataFrame(schema=RELEASE_TABLES[name].polars_schema())
            )
        return self._tables[name]

    @cached_property
    def editions(self) -> tuple["Edition", ...]:
        """Return the assessments: by level, the newest first, the larger unit set first."""
        order = {level: place for place, level in enumerate(LEVEL_ORDER)}
        rows = self.table("dim_assessment").to_dicts()
        rows.sort(
            key=lambda row: (
                order.get(row["level"], len(order)),
                -row["assessment_year"],
                row["is_derived"],
                row["assessment_id"],
            )
        )
        return tuple(Edition(self, row) for row in rows)

    def edition(self, assessment_id: str) -> "Edition":
        """Return one assessment.

        Raises:
            KeyError: if the release does not hold it.
        """
        for edition in self.editions:
            if edition.id == assessment_id:
                return edition
        raise KeyError(assessment_id)

    @cached_property
    def units(self) -> dict[str, Row]:
        """Return ``dim_unit`` by unit."""
        return {row["unit_id"]: row for row in self.table("dim_unit").iter_rows(named=True)}


class Edition:
    """One assessment of a release.

    Attributes:
        book: the release.
        row: its row of ``dim_assessment``.
    """

    def __init__(self, book: Book, row: Row) -> None:
        self.book = book
        self.row = row
        self._tables: dict[str, pl.DataFrame] = {}

    @property
    def id(self) -> str:
        """Return the assessment's id."""
        return str(self.row["assessment_id"])

    @property
    def year(self) -> int:
        """Return the year of its data."""
        return int(self.row["assessment_year"])

    @property
    def decimals(self) -> int:
        """Return the decimals of published values."""
        return int(self.row["publication_value_decimals"])

    @property
    def title(self) -> Text:
        """Return its title."""
        return Text(self.row["title_vi"], self.row["title_en"])

    @property
    def break_text(self) -> Text | None:
        """Return why it is not strictly comparable with the one before; None where it is."""
        kind, vi, en = (self.row[name] for name in ("comparability", "break_vi", "break_en"))
        return None if kind == "none" else Text(vi or kind, en or kind)

    def table(self, name: str) -> pl.DataFrame:
        """Return the assessment's rows of a table."""
        if name not in self._tables:
            whole = self.book.table(name)
            self._tables[name] = whole.filter(pl.col("assessment_id") == self.id)
        return self._tables[name]

    @cached_property
    def sample_marks(self) -> list[str]:
        """Return the kinds of samples that any of its values rests on."""
        found = self.table("fact_ranking")["data_basis"].unique().to_list()
        return [kind for kind in DATA_MARKS if kind in found]

    @cached_property
    def unofficial(self) -> dict[str, Any] | None:
        """Return how many components it scores are not official, by basis; None where all are.

        A framework's invented components say nothing about results that were taken as published.
        """
        if not self.has_components:
            return None
        bases = [row["basis"] for row in self.components()]
        counts = [(basis, bases.count(basis)) for basis in BASES if basis in bases]
        if all(basis == "official" for basis, _ in counts):
            return None
        return {"total": len(bases), "counts": counts}

    @cached_property
    def ranking(self) -> pl.DataFrame:
        """Return ``fact_ranking`` with what stands beside a value and a rank.

        The median and the best value of the unit's group, and the number of units that it was
        ranked among in the assessment compared with.
        """
        within = ("scope_code", "group_code")
        return (
            self.table("fact_ranking")
            .with_columns(
                median=pl.col("value").median().over(within),
                best=pl.col("value").max().over(within),
                order=pl.col("scope").replace_strict(SCOPE_ORDER, return_dtype=pl.Int32),
            )
            .join(
                self._counts_before,
                on=["unit_id", "scope", "concept"],
                how="left",
                maintain_order="left",
            )
        )

    @cached_property
    def overall(self) -> pl.DataFrame:
        """Return the overall ranking with the description of the units, the first rank first."""
        described = self.book.table("dim_unit").select(
            "unit_id", "name_en", "name_ascii", "unit_type", "region_name", "region_name_en"
        )
        return (
            self.ranking.filter(pl.col("scope") == "overall")
            .join(described, on="unit_id", how="left", maintain_order="left")
            .sort(self.pool_order, nulls_last=True, maintain_order=True)
        )

    @property
    def _counts_before(self) -> pl.DataFrame:
        """Return how many units were ranked before, by unit and concept: codes may differ."""
        before = pl.lit(self.row["compared_with"], dtype=pl.String)
        return (
            self.book.table("fact_ranking")
            .filter(pl.col("assessment_id") == before)
            .select("unit_id", "scope", "concept", n_ranked_prev="n_ranked")
            .unique(["unit_id", "scope", "concept"], maintain_order=True)
        )

    @cached_property
    def pool_order(self) -> list[str]:
        """Return the columns that put units in order: the group first where each is a pool."""
        return ["group_code", "rank", "unit_id"] if self.ranks_groups else ["rank", "unit_id"]

    @cached_property
    def ranks_groups(self) -> bool:
        """Say whether units are ranked within several groups, never across."""
        rows = self.table("fact_ranking").filter(
            pl.col("scope") == "overall", pl.col("rank").is_not_null()
        )
        several = rows["group_code"].n_unique() > 1
        return several and bool((rows["n_ranked"] == rows["n_in_group"]).all())

    @cached_property
    def frameworks(self) -> tuple[str, ...]:
        """Return the frameworks of its units."""
        found = self.table("fact_ranking")["framework_id"].unique(maintain_order=True)
        return tuple(found.to_list()) or tuple(str(self.row["framework_id"]).split("+"))

    @cached_property
    def indicators(self) -> dict[tuple[str, str, str], Row]:
        """Return ``dim_indicator`` by framework, level and code, in the order of the framework."""
        rows = self.book.table("dim_indicator").filter(
            pl.col("framework_id").is_in(self.frameworks)
        )
        return {
            (row["framework_id"], row["indicator_level"], row["indicator_code"]): row
            for row in rows.sort("framework_id", "sort_order").iter_rows(named=True)
        }

    @cached_property
    def framework_of(self) -> dict[str, str]:
        """Return unit → the framework it is assessed with."""
        rows = self.table("fact_ranking").filter(pl.col("scope") == "overall")
        return dict(rows.select("unit_id", "framework_id").iter_rows())

    @property
    def component_scores(self) -> pl.DataFrame:
        """Return ``fact_component_score`` with the framework: codes are unique within one only."""
        framework = pl.col("unit_id").replace_strict(
            self.framework_of, default=None, return_dtype=pl.String
        )
        return self.table("fact_component_score").with_columns(framework_id=framework)

    def anchor(self, framework_id: str, code: str) -> str:
        """Return the id of a component on the page about the method."""
        if len(self.frameworks) == 1:
            return f"c-{code}"
        return f"c-{self.frameworks.index(framework_id) + 1}-{code}"

    @property
    def has_components(self) -> bool:
        """Say whether the release holds scores of components for it."""
        return not self.table("fact_component_score").is_empty()

    @cached_property
    def rank_bases(self) -> list[str]:
        """Return where its overall ranks come from: computed, published, none."""
        return sorted(self.table("fact_ranking").filter(scope="overall")["rank_basis"].unique())

    def components(self) -> Iterator[Row]:
        """Yield the components of its frameworks in their order."""
        return (row for (_, level, _), row in self.indicators.items() if level == "component")

    def scope_name(self, framework_id: str, scope: str, code: str) -> Text:
        """Return the name of the whole, a pillar or a main."""
        if scope == "overall":
            return OVERALL
        found = self.indicators.get((framework_id, scope, code))
        return Text(found["name_vi"], found["name_en"]) if found else Text(code, code)

    @cached_property
    def scopes(self) -> tuple["ScopeView", ...]:
        """Return what has values: the whole, pillars, mains, in the order of the framework."""
        rows = self.ranking.group_by("scope", "scope_code", maintain_order=True).agg(
            pl.first("framework_id", "concept", "order"),
            is_ranked=pl.col("rank").is_not_null().any(),
            has_value=pl.col("value").is_not_null().any(),
        )
        places = {key: place for place, key in enumerate(self.indicators)}
        found = [
            ScopeView(
                kind=row["scope"],
                code=row["scope_code"],
                concept=row["concept"],
                name=self.scope_name(row["framework_id"], row["scope"], row["scope_code"]),
                is_ranked=row["is_ranked"],
                indicator=self.indicators.get(
                    (row["framework_id"], row["scope"], row["scope_code"])
                ),
            )
            for row in rows.iter_rows(named=True)
            if row["is_ranked"] or row["has_value"]
        ]
        return tuple(
            sorted(
                found,
                key=lambda scope: (
                    SCOPE_ORDER[scope.kind],
                    min(
                        (p for k, p in places.items() if k[1:] == (scope.kind, scope.code)),
                        default=0,
                    ),
                    scope.code,
                ),
            )
        )


@dataclass(frozen=True)
class ScopeView:
    """What can be ranked: the whole, a pillar or a main, with its name.

    Attributes:
        kind: overall, pillar or main.
        code: DTI, GOV, ECO, SOC or the main's code.
        concept: key that stays the same across frameworks.
        name: its name.
        is_ranked: whether any unit is ranked on it.
        indicator: its row of ``dim_indicator``.
    """

    kind: str
    code: str
    concept: str
    name: Text
    is_ranked: bool
    indicator: Row | None

    @property
    def title(self) -> Text:
        """Return the name with what it is, for lists in which kinds stand side by side."""
        if self.kind == "pillar":
            return Text(f"Trụ cột: {self.name.vi}", f"Pillar: {self.name.en}")
        if self.kind == "main":
            return Text(f"{self.code}. {self.name.vi}", f"{self.code}. {self.name.en}")
        return self.name

    @property
    def is_reference(self) -> bool:
        """Say whether it is shown for reference only and counts in no total."""
        return self.kind == "main" and self.indicator is not None and not self.indicator["counted"]
