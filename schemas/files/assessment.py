"""The model of an assessment file: one level, year and unit set, and how it is scored and ranked."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from schemas.codes import DECIMAL, MONTH_DAY, TARGET, DataBasis, Level, ScopeKind
from schemas.files.errors import SettingError
from schemas.files.model import Code, Model, Named, Worded, Words
from schemas.messages import message
from schemas.text import Text, joined

# Between the codes of groups that are summed up together.
COMBINED: Final = "+"

_YEAR: Final = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")


class Group(Named):
    """A group of units with a framework of its own, ranked within itself where the pool says so."""

    code: Code = Field(description="as in the units' group_code")
    framework: Code = Field(description="id of its framework")


class CombinedGroup(Named):
    """Groups that are also summed up together: one mean of all departments is published."""

    groups: list[str] = Field(min_length=2, description="codes of the groups")

    @property
    def code(self) -> str:
        return COMBINED.join(self.groups)


class UnitException(Model):
    """A unit that is treated otherwise than the rest, with the reason in both languages."""

    unit_id: str = Field(description="the unit")
    reason_vi: Words
    reason_en: Words


class WithoutReport(UnitException):
    """A unit that sent no self-report: scored as zero where figures are missing, or left out."""

    treatment: Literal["zero", "not_assessed"] = Field(
        description="zero points where figures are missing, or left out"
    )


class NotAssessed(Model):
    """A component that was not assessed for anybody in this assessment."""

    component: str = Field(description="code of the component")
    scope: Literal["main", "total"] = Field(
        description="total: leaves the whole maximum; main: the rest of the main is scaled up"
    )
    reason_vi: Words
    reason_en: Words


class OfficialTable(Model):
    """A published table to compare with: where its units and figures stand.

    ``columns`` maps a header to ``SCOPE:CODE:WHAT`` such as ``overall:DTI:value`` or
    ``main:7:rank``; ``overall:DTI:rank_of`` is how many units a published year ranked. A table with the columns unit, scope, scope_code, value, points, rank needs no
    mapping.
    """

    match: Words = Field(description="file name in official/, such as *2024*")
    unit_column: str = Field(default="unit", description="heading of the column of units")
    where: dict[str, str] = Field(default={}, description="column → text a row must have")
    columns: dict[str, Annotated[str, Field(pattern=TARGET)]] = Field(
        default={}, description="heading → SCOPE:CODE:WHAT, such as overall:DTI:rank"
    )


class PublishedMean(Model):
    """A published mean over the units, or over one group of them.

    Of the assessment's own year (``year`` left out) it is checked against the computed mean; of an
    earlier year it is what growth is counted from, where no earlier assessment gives a mean.
    """

    scope: ScopeKind = Field(description="what it is a mean of")
    scope_code: str = Field(description="DTI, GOV, ECO, SOC or a main's code")
    mean: str = Field(pattern=DECIMAL, description="as printed, such as 0.6961")
    source: str
    measure: Literal["value", "points"] = Field(
        default="value", description="of values or of points"
    )
    group: str | None = Field(
        default=None,
        description="group code, codes of a combined group joined by +; None: all units",
    )
    year: int | None = Field(default=None, description="an earlier year; None: the own year")
    is_compared: bool = Field(
        default=True,
        description="false: printed by somebody else than who published the results; shown "
        "beside the computed mean and not held against it",
    )


class Break(Worded):
    """Why values before and after this assessment are not strictly comparable."""

    kind: Literal["framework_changed", "units_changed", "not_comparable"] = Field(
        description="what changed"
    )


class Assessment(Model):
    """One assessment file."""

    id: Code = Field(description="the file's name without .toml; holds the year")
    level: Level = Field(description="level of the units")
    year: int = Field(description="year assessed")
    title_vi: Words
    title_en: Words
    kind: Literal["computed", "history", "derived"] = Field(
        default="computed",
        description="computed: scored and ranked from deliveries; history: what is public of a "
        "year, values and ranks as published, never ranked here; derived: the results of another "
        "assessment for the units that succeeded its own",
    )
    computed_on: str | None = Field(
        default=None,
        pattern=MONTH_DAY,
        description="month and day (to 28), such as 07-01, on which the year before is computed "
        "by itself",
    )
    unit_set: str = Field(description="name of the file of units")
    parent_unit_id: str | None = Field(
        default=None,
        description="unit that all units without a parent of their own lie in; may be of another "
        "unit set",
    )
    framework: Code | None = Field(default=None, description="id of the one framework; or groups")
    groups: list[Group] = Field(default=[], description="groups of units with a framework each")
    combined_groups: list[CombinedGroup] = Field(
        default=[], description="groups also summed up together"
    )
    rank_pool: Literal["all", "group"] = Field(
        default="all", description="rank among all, or within groups"
    )
    period_start: date = Field(description="first day of the data")
    period_end: date = Field(description="last day of the data")
    deadline: date | None = Field(default=None, description="last day to deliver")
    value_decimals: int = Field(
        default=4, ge=0, le=6, description="decimals of published values; ranks compare these"
    )
    points_decimals: int = Field(default=2, ge=0, le=6, description="decimals of published points")
    compared_with: str | None = Field(default=None, description="id of the assessment before")
    comparability_break: Break | None = Field(
        default=None, description="why both are not strictly comparable"
    )
    derived_from: str | None = Field(
        default=None, description="id of the source of a derived assessment"
    )
    delivery_basis: DataBasis = Field(
        default="delivered",
        description="basis of deliveries that carry no mark of their own; samples always do",
    )
    without_report: list[WithoutReport] = Field(
        default=[], description="units without a self-report, with the reason"
    )
    not_ranked: list[UnitException] = Field(default=[], description="units assessed but not ranked")
    zero_denominator: Literal["zero"] | None = Field(
        default=None,
        description="what a denominator of zero counts where its component does not say it; "
        "without either such a figure blocks",
    )
    not_assessed: list[NotAssessed] = Field(
        default=[], description="components assessed for nobody"
    )
    official: list[OfficialTable] = Field(
        default=[], description="published tables to compare with"
    )
    published_means: list[PublishedMean] = Field(default=[], description="means as published")
    source: str = ""

    @model_validator(mode="after")
    def _whole(self) -> "Assessment":
        is_derived, codes = self.kind == "derived", {group.code for group in self.groups}
        unknown = {code for one in self.combined_groups for code in one.groups} - codes
        late = [mean.year for mean in self.published_means if (mean.year or 0) >= self.year]
        faults = {
            "no_source": is_derived and self.derived_from is None,
            "not_derived": not is_derived and self.derived_from is not None,
            "one_framework": (self.framework is None) == (not self.groups),
            "derived_framework": is_derived and self.framework is None,
            "pool": self.rank_pool == "all" and len(self.framework_ids()) > 1,
            "combined_groups": unknown,
            "late_mean": late,
            "compared_with_itself": self.compared_with == self.id,
            "deadline": self.deadline is not None and self.deadline < self.period_start,
            "period": self.period_end < self.period_start,
        }
        details = {"kind": self.kind, "unknown": sorted(unknown), "year": late[:1]}
        for key in filter(faults.get, faults):
            raise SettingError(f"assessment_file.{key}", **details)
        if texts := list(self._of_another_year()):
            rest = joined(texts, "; ")
            raise SettingError("assessment_file.another_year", year=self.year, rest=rest)
        return self

    def _of_another_year(self) -> Iterator[Text]:
        """Yield what only a copy of another year's file can say: nothing is published ahead."""
        if (years := _YEAR.findall(self.id)) and str(self.year) not in years:
            yield Text(*[f"id = '{self.id}'"] * 2)
        first, last = self.period_start, self.period_end
        if not first.year <= self.year <= last.year:
            yield message("assessment_file.of_period", first=first, last=last)
        for table in self.official:
            for text in (table.match, *table.where.values()):
                if self._is_earlier(text):
                    yield message("assessment_file.of_official", text=text)
        for mean in self.published_means:
            if mean.year is None and self._is_earlier(mean.source):
                yield message("assessment_file.of_mean", text=mean.source)

    def _is_earlier(self, text: str) -> bool:
        """Say whether a text names earlier years only."""
        return max(map(int, _YEAR.findall(text)), default=self.year) < self.year

    @property
    def left_out(self) -> list[str]:
        """Return the units that are not assessed."""
        return [u.unit_id for u in self.without_report if u.treatment == "not_assessed"]

    @property
    def dropped(self) -> dict[str, str]:
        """Return component → the maximum it leaves, main or total, of those nobody is assessed on."""
        return {entry.component: entry.scope for entry in self.not_assessed}

    @property
    def framework_of_group(self) -> dict[str | None, str]:
        """Return group → id of its framework; one entry under None where all units share one."""
        if self.framework is not None:
            return {None: self.framework}
        return {group.code: group.framework for group in self.groups}

    def framework_ids(self) -> tuple[str, ...]:
        """Return the ids of all frameworks in use, without repeats."""
        return tuple(dict.fromkeys(self.framework_of_group.values()))
