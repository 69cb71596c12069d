"""The model of a framework file: mains, pillars, components, rules, central tables and bands.

A framework is data. This module says which keys a framework file may have and what each of them
means; it checks shapes and types only. Whether the file makes sense as a whole (points that add
up, known rules, no cycle) is checked where the rules live, in ``dti_pipeline.index.frameworks``.
"""

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator, model_validator

from schemas.codes import OR_CODE, Basis, Level, NationalConcept
from schemas.files.errors import SettingError
from schemas.files.model import Code, Model, Name, Named, Number, Points, Positive, Worded, Words
from schemas.text import Text

GENERAL: Final = "TTC"
"""The code under which general information (Thông tin chung) stands among components."""

# Framework 1726 is known at pillar grain only: its three mains stand for whole pillars
# (``*_pillar``) and must never be compared with the activity indices of later frameworks.
Concept = Literal[NationalConcept, "government_pillar", "economy_pillar", "society_pillar"]
FigureKind = Literal["count", "amount", "percent", "ratio", "score"]
VariableKind = FigureKind | Literal["yes_no", "choice"]

YES_NO: Final = {"no": Text("Không", "No"), "yes": Text("Có", "Yes")}


class Band(Named):
    """One band of results, as an interval in percent of the maximum, such as ``[70, 90)``."""

    code: Code = Field(description="short key of the band")
    range: str = Field(description="interval in percent: [ or ] closed, ( or ) open")


class _Bounded(Model):
    """What bounds the figures of a column or variable."""

    minimum: Number | None = Field(default=None, description="smallest figure that is accepted")
    maximum: Number | None = Field(default=None, description="largest figure that is accepted")

    @model_validator(mode="after")
    def _in_order(self) -> "_Bounded":
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and high < low:
            raise SettingError("file_value.bounds", low=low, high=high)
        return self


class TableColumn(_Bounded, Named):
    """One column of a central table that components use."""

    header: Words = Field(description="the column's heading in the file")
    unit: str = Field(default="", description="unit of measure")
    kind: FigureKind = Field(default="amount", description="what the figures are")


class CentralTable(Named):
    """A table a central agency holds: how to find its file, its units and its columns."""

    id: Name = Field(description="name used in central:TABLE.COLUMN")
    owner_vi: Words = Field(description="agency that keeps the table")
    owner_en: Words = Field(description="the same in English")
    match: Words = Field(description="file name pattern inside central/, such as *population*")
    unit_column: Words = Field(description="heading of the column of units")
    where: dict[str, str] = Field(
        default={},
        description="column → text a row must have; {year} is the year of the assessment",
    )
    identity: list[str] = Field(
        default=[],
        description="columns, total first: total = sum of parts decides a doubtful reading",
    )
    columns: dict[Name, TableColumn] = Field(description="column → what it holds")


class Option(Worded):
    """One answer of a choice: its label in both languages."""


class Variable(_Bounded, Worded):
    """One figure or answer that a component's rule uses."""

    unit: str = Field(default="", description="unit of measure, such as %")
    kind: VariableKind = Field(default="count", description="what is reported")
    options: dict[Name, Option] = Field(default={}, description="answers of a choice: key → text")
    source: str = Field(
        default="self_report",
        description="self_report, central:TABLE.COLUMN, or component:CODE.VARIABLE",
    )
    also_reported: bool = Field(
        default=False, description="a central figure that the unit's form asks for as well"
    )

    @field_validator("options")
    @classmethod
    def _told_apart(cls, options: dict[str, Option]) -> dict[str, Option]:
        labels = [" ".join(option.vi.split()).casefold() for option in options.values()]
        if len(set(labels)) < len(labels):
            raise SettingError("file_value.same_label", labels=labels)
        return options

    @property
    def is_central(self) -> bool:
        return self.source.startswith("central:")

    @property
    def is_borrowed(self) -> bool:
        return self.source.startswith("component:")

    @property
    def origin(self) -> tuple[str, str]:
        """Return table and column, or component and variable, that the figure comes from."""
        owner, _, name = self.source.partition(":")[2].partition(".")
        return owner, name

    @property
    def is_answer(self) -> bool:
        return self.kind in ("yes_no", "choice")

    @property
    def answers(self) -> dict[str, Text]:
        """Return code → label of what may be answered, numbered from 0; empty for figures."""
        own = {code: option.name for code, option in self.options.items()}
        return YES_NO if self.kind == "yes_no" else own


class Part(Model):
    """One part of a component: a share of its points or points of its own, and a rule."""

    rule: dict[str, Any] = Field(description="how its points follow")
    share: Positive | None = Field(
        default=None, description="share of the component's points, such as 2/3"
    )
    points: Points | None = Field(default=None, description="points of its own, instead of a share")
    name_vi: str = ""
    name_en: str = ""


class NotApplicable(Model):
    """What happens when a component does not apply to a unit.

    ``full``: full marks; ``rescale``: leaves the maximum (``scope`` main: the rest of the main is
    scaled up to the main's maximum; total: the whole shrinks); ``zero``: no points; ``refuse``:
    the answer is not allowed and is an issue.
    """

    treatment: Literal["full", "rescale", "zero", "refuse"] = Field(
        default="refuse", description="full marks, rescale, zero, or refuse the answer"
    )
    scope: Literal["main", "total"] = Field(
        default="main", description="rescale within the main, or the whole"
    )


class Validity(Model):
    """From when to when something is in force; an open side is None."""

    valid_from: date | None = Field(default=None, description="the first day in force")
    valid_to: date | None = Field(default=None, description="the last day in force")

    @model_validator(mode="after")
    def _in_order(self) -> "Validity":
        first, last = self.valid_from, self.valid_to
        if first and last and last < first:
            raise SettingError("file_value.validity", first=first, last=last)
        return self

    def is_in_force(self, day: date) -> bool:
        return (self.valid_from or day) <= day <= (self.valid_to or day)


class LegalBasis(Named):
    """A law, decree or decision that components rest on."""

    id: Code = Field(description="name used in legal_bases of components")
    validity: Validity = Field(default=Validity(), description="from when to when")
    ended_by: str = Field(default="", description="id of the legal basis that ended this one")
    source: str


class Supply(Model):
    """Who supplies a figure of a component, and by which way it arrives."""

    variable: str = Field(description="the figure")
    supplier_vi: Words = Field(description="who supplies it")
    supplier_en: Words = Field(description="the same in English")
    way: Literal["portal", "report", "letter", "table", "service", "none"] = Field(
        description="portal: collection portal; report: self-report; letter: by letter; table: a "
        "table of an agency; service: from system to system; none: nobody can supply it"
    )
    agreed_on: date | None = Field(default=None, description="the day the way was agreed on")
    state: Literal["agreed", "asked", "not_asked", "refused"] = Field(
        default="not_asked", description="how far that is settled"
    )
    basis: Basis = Field(
        default="official",
        description="illustrative: supplier, way and state are made up; said wherever they are shown",
    )


class Heading(Named):
    """A heading over components of one main, with the sum of their points as its maximum."""

    code: Code
    points: Points = Field(description="sum of the components under it")
    basis: Basis


class Component(Named):
    """One component (chỉ số thành phần): points, figures, rule, source and duties."""

    code: Name = Field(description="digits of one width, such as 0101")
    main: str = Field(description="code of its main")
    points: Points = Field(description="maximum")
    basis: Basis
    source: str = Field(default="", description="where name and points come from")
    rule: dict[str, Any] | None = Field(
        default=None, description="how points follow from figures; or parts"
    )
    parts: list[Part] = Field(default=[], description="several rules that add up; or one rule")
    cap: Annotated[Positive, Field(le=1)] | None = Field(
        default=None, description="largest fraction of the points that the parts may add up to"
    )
    variables: dict[Name, Variable] = Field(description="figure → what is asked")
    evidence: Literal["required", "none"] = Field(
        default="none", description="whether documents are required"
    )
    lead_role: str = Field(default="", description="who leads")
    lead_role_en: str = Field(default="", description="the same in English")
    coordinating_role: str = Field(default="", description="who helps")
    not_applicable: NotApplicable = Field(
        default=NotApplicable(), description="what happens where it does not apply"
    )
    zero_denominator: Literal["zero", "not_applicable"] | None = Field(
        default=None,
        description="how a denominator of zero, in the rule or in one part, counts; always "
        "reported, and blocks where nothing is said",
    )
    effort: Annotated[Number, Field(ge=0)] | None = Field(
        default=None, description="effort of one point, for plans"
    )
    printed_code: str = Field(
        default="",
        pattern=OR_CODE,
        description="the code as the decision prints it, such as 4.22.11",
    )
    heading: str = Field(default="", description="code of the heading that it stands under")
    validity: Validity = Field(default=Validity(), description="from when to when it is in force")
    legal_bases: list[str] = Field(default=[], description="ids of what the component rests on")
    supplies: list[Supply] = Field(default=[], description="who supplies its figures")

    @property
    def without_path(self) -> frozenset[str]:
        """Return the variables that nobody can supply."""
        return frozenset(supply.variable for supply in self.supplies if supply.way == "none")


class Main(Named):
    """One main index (chỉ số chính)."""

    code: Code
    concept: Concept = Field(
        description="key that stays the same from set to set; years are compared by it"
    )
    points: Points = Field(description="maximum: the sum of its components")
    counted: bool = Field(default=True, description="counts in the total")
    ranked: bool = Field(default=True, description="units are ranked on it")
    group: Literal["foundation", "activity"] = Field(
        default="foundation", description="common foundation or activity"
    )
    basis: Basis
    source: str = ""


class Pillar(Named):
    """One pillar (trụ cột): the mains whose points over whose maximum give its value."""

    code: Literal["GOV", "ECO", "SOC"]
    concept: Literal["government", "economy", "society"] = Field(
        description="key that stays the same"
    )
    mains: list[str] = Field(min_length=1, description="codes of the mains that add up to it")


class Framework(Model):
    """One framework file."""

    id: Code = Field(description="the file's name without .toml")
    level: Level = Field(description="level of the units, such as commune")
    title_vi: Words
    title_en: Words
    decision: str = Field(description="number and date of the decision; empty where not at hand")
    source: str
    note_vi: str = Field(default="", description="note on the method page")
    note_en: str = Field(default="", description="the same in English")
    mains: list[Main] = Field(description="main indices")
    pillars: list[Pillar] = Field(default=[], description="digital government, economy, society")
    components: list[Component] = Field(description="components, in the order of the decision")
    tables: list[CentralTable] = Field(default=[], description="tables of central agencies")
    component_bands: list[Band] = Field(default=[], description="bands of components in percent")
    unit_bands: list[Band] = Field(default=[], description="bands of units in percent")
    checks: dict[str, dict[str, str]] = Field(
        default={}, description="thresholds of the plausibility checks, by check"
    )
    validity: Validity = Field(
        default=Validity(), description="from when to when the set is in force"
    )
    headings: list[Heading] = Field(default=[], description="headings over components")
    general: dict[Name, Variable] = Field(
        default={},
        description="general information (Thông tin chung) by name: asked and shown, never scored",
    )
    legal_bases: list[LegalBasis] = Field(
        default=[], description="laws and decrees that components rest on"
    )
