"""The model of a framework file: mains, pillars, components, rules, central tables and bands.

A framework is data. This module says which keys a framework file may have and what each of them
means; it checks shapes and types only. Whether the file makes sense as a whole (points that add
up, known rules, no cycle) is checked where the rules live, in ``dti_pipeline.index.frameworks``.
"""

from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from schemas.files.model import Model, Number

Basis = Literal["official", "inferred", "illustrative"]
# Framework 1726 is known at pillar grain only: its three mains stand for whole pillars
# (``*_pillar``) and must never be compared with the activity indices of later frameworks.
Concept = Literal[
    "awareness",
    "institutions",
    "infrastructure",
    "human_resources",
    "cyber_security",
    "smart_city",
    "government",
    "economy",
    "society",
    "foundation_other",
    "government_pillar",
    "economy_pillar",
    "society_pillar",
]
FigureKind = Literal["count", "amount", "percent", "ratio", "score"]


class Band(Model):
    """One band of results, as an interval in percent of the maximum, such as ``[70, 90)``."""

    code: str
    name_vi: str
    name_en: str
    range: str = Field(description="interval in percent: [ or ] closed, ( or ) open")


class TableColumn(Model):
    """One column of a central table that components use."""

    header: str
    name_vi: str
    name_en: str
    unit: str = ""
    kind: FigureKind = "amount"
    minimum: Number | None = None
    maximum: Number | None = None


class CentralTable(Model):
    """A table a central agency holds: how to find its file, its units and its columns."""

    id: str
    name_vi: str
    name_en: str
    owner_vi: str
    owner_en: str
    match: str = Field(description="file name pattern inside central/, such as *population*")
    unit_column: str
    where: dict[str, str] = Field(
        default_factory=dict,
        description="column → text a row must have; {year} is the year of the assessment",
    )
    identity: list[str] = Field(
        default_factory=list,
        description="columns, total first: total = sum of parts decides a doubtful reading",
    )
    columns: dict[str, TableColumn]


class Option(Model):
    """One answer of a choice: its label in both languages."""

    vi: str
    en: str


class Variable(Model):
    """One figure or answer that a component's rule uses."""

    vi: str
    en: str
    unit: str = ""
    kind: FigureKind | Literal["yes_no", "choice"] = "count"
    minimum: Number | None = None
    maximum: Number | None = None
    options: dict[str, Option] = Field(default_factory=dict)
    source: str = Field(
        default="self_report",
        description="self_report, central:TABLE.COLUMN, or component:CODE.VARIABLE",
    )
    also_reported: bool = Field(
        default=False, description="a central figure that the unit's form asks for as well"
    )


class Part(Model):
    """One part of a component: a share of its points or points of its own, and a rule."""

    rule: dict[str, Any]
    share: Number | None = None
    points: Number | None = None
    name_vi: str = ""
    name_en: str = ""


class NotApplicable(Model):
    """What happens when a component does not apply to a unit.

    ``full``: full marks; ``rescale``: leaves the maximum (``scope`` main: the rest of the main is
    scaled up to the main's maximum; total: the whole shrinks); ``zero``: no points; ``refuse``:
    the answer is not allowed and is an issue.
    """

    treatment: Literal["full", "rescale", "zero", "refuse"] = "refuse"
    scope: Literal["main", "total"] = "main"


class Validity(Model):
    """From when to when something is in force; an open side is None."""

    valid_from: date | None = None
    valid_to: date | None = Field(default=None, description="the last day in force")

    @model_validator(mode="after")
    def _in_order(self) -> "Validity":
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            msg = f"valid_to {self.valid_to} lies before valid_from {self.valid_from}"
            raise ValueError(msg)
        return self

    def is_in_force(self, day: date) -> bool:
        return (self.valid_from or day) <= day <= (self.valid_to or day)


class LegalBasis(Model):
    """A law, decree or decision that components rest on."""

    id: str
    name_vi: str
    name_en: str
    validity: Validity = Validity()
    ended_by: str = Field(default="", description="id of the legal basis that ended this one")
    source: str


class Supply(Model):
    """Who supplies a figure of a component, and by which way it arrives."""

    variable: str
    supplier_vi: str
    supplier_en: str
    way: Literal["portal", "report", "letter", "table", "service", "none"] = Field(
        description="portal: collection portal; report: self-report; letter: by letter; table: a "
        "table of an agency; service: from system to system; none: nobody can supply it"
    )
    agreed_on: date | None = Field(default=None, description="the day the way was agreed on")
    state: Literal["agreed", "asked", "not_asked", "refused"] = "not_asked"


class Heading(Model):
    """A heading over components of one main, with the sum of their points as its maximum."""

    code: str
    name_vi: str
    name_en: str
    points: Number
    basis: Basis


class Component(Model):
    """One component (chỉ số thành phần): points, figures, rule, source and duties."""

    code: str
    main: str
    points: Number
    name_vi: str
    name_en: str
    basis: Basis
    source: str = Field(default="", description="where name and points come from")
    rule: dict[str, Any] | None = None
    parts: list[Part] = Field(default_factory=list)
    cap: Number | None = Field(
        default=None, description="largest fraction of the points that the parts may add up to"
    )
    variables: dict[str, Variable]
    evidence: Literal["required", "none"] = "none"
    lead_role: str = ""
    lead_role_en: str = ""
    coordinating_role: str = ""
    not_applicable: NotApplicable = NotApplicable()
    zero_denominator: Literal["zero", "not_applicable"] | None = Field(
        default=None,
        description="how a denominator of zero, in the rule or in one part, counts; always "
        "reported, and blocks where nothing is said",
    )
    effort: Number | None = Field(default=None, description="effort of one point, for plans")
    printed_code: str = Field(
        default="", description="the code as the decision prints it, such as 4.22.11"
    )
    heading: str = Field(default="", description="code of the heading that it stands under")
    validity: Validity = Validity()
    legal_bases: list[str] = Field(
        default_factory=list, description="ids of what the component rests on"
    )
    supplies: list[Supply] = Field(default_factory=list)

    @property
    def without_path(self) -> frozenset[str]:
        """Return the variables that nobody can supply."""
        return frozenset(supply.variable for supply in self.supplies if supply.way == "none")


class Main(Model):
    """One main index (chỉ số chính)."""

    code: str
    concept: Concept
    name_vi: str
    name_en: str
    points: Number
    counted: bool = True
    ranked: bool = True
    group: Literal["foundation", "activity"] = "foundation"
    basis: Basis
    source: str = ""


class Pillar(Model):
    """One pillar (trụ cột): the mains whose points over whose maximum give its value."""

    code: Literal["GOV", "ECO", "SOC"]
    concept: Literal["government", "economy", "society"]
    name_vi: str
    name_en: str
    mains: list[str]


class Framework(Model):
    """One framework file."""

    id: str
    level: str
    title_vi: str
    title_en: str
    decision: str
    source: str
    note_vi: str = ""
    note_en: str = ""
    mains: list[Main]
    pillars: list[Pillar] = Field(default_factory=list)
    components: list[Component]
    tables: list[CentralTable] = Field(default_factory=list)
    component_bands: list[Band] = Field(default_factory=list)
    unit_bands: list[Band] = Field(default_factory=list)
    checks: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="thresholds of the plausibility checks, by check"
    )
    validity: Validity = Validity()
    headings: list[Heading] = Field(default_factory=list)
    legal_bases: list[LegalBasis] = Field(default_factory=list)
