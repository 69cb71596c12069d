"""The model of a targets file: levels, ranks and bands that units were set to reach."""

from typing import Literal

from pydantic import Field, model_validator

from schemas.files.errors import SettingError
from schemas.files.model import Code, Model, Named, Number


class _Aim(Named):
    """What every target says: for whom, for which year, set by what."""

    code: Code
    units: list[str] = Field(default=[], description="units the target was set for; empty: all")
    year: int | None = Field(default=None, description="year it is to be reached; None: the own")
    source: str = ""


class Target(_Aim):
    """One target: a level that a component's measure, or a figure nobody delivers, has to reach."""

    value: Number = Field(description='the level in the target\'s unit: "70" with unit "%"')
    unit: str = Field(description="% stands for a ratio times one hundred")
    direction: Literal["at_least", "at_most"] = Field(
        default="at_least", description="at least or at most the level"
    )
    component: str | None = Field(
        default=None, description="component whose measure is compared; None: nobody measures it"
    )
    part: int = Field(default=1, ge=1, description="which of the component's parts, from 1")
    is_reference: bool = Field(
        default=False, description="the units it was not set for see it as a reference"
    )
    reason_vi: str = Field(default="", description="why no figure exists, where none is measured")
    reason_en: str = ""

    @model_validator(mode="after")
    def _measured_or_explained(self) -> "Target":
        if self.component is None and not (self.reason_vi and self.reason_en):
            raise SettingError("target_file.unexplained")
        return self


class RankTarget(_Aim):
    """A rank to reach in each of some scopes, or a better one."""

    scopes: list[str] = Field(min_length=1, description="codes of the scopes: DTI, GOV, 1 …")
    rank: int = Field(ge=1, description="the worst rank that reaches the target")


class BandTarget(_Aim):
    """A band that components should leave for a better one, or keep."""

    band: str = Field(description="code of the framework's component band")
    aims: list[str] = Field(min_length=1, description="bands to reach; its own: it is kept")


class Targets(Model):
    """One targets file, named after its assessment."""

    targets: list[Target] = Field(default=[], description="levels of figures")
    ranks: list[RankTarget] = Field(default=[], description="ranks to reach")
    bands: list[BandTarget] = Field(default=[], description="bands to reach")
