"""The model of a targets file: what one assessment's units were set to reach in the year."""

from typing import Literal

from pydantic import Field, model_validator

from schemas.files.model import Model, Number


class Target(Model):
    """One target: a level that a component's measure, or a figure nobody delivers, has to reach."""

    code: str
    name_vi: str
    name_en: str
    value: Number = Field(description='the level in the target\'s unit: "70" with unit "%"')
    unit: str = Field(description="% stands for a ratio times one hundred")
    direction: Literal["at_least", "at_most"] = "at_least"
    component: str | None = Field(
        default=None, description="component whose measure is compared; None: nobody measures it"
    )
    part: int = Field(default=1, ge=1, description="which of the component's parts, from 1")
    units: list[str] = Field(
        default_factory=list, description="units the target was set for; empty: all"
    )
    reason_vi: str = Field(default="", description="why no figure exists, where none is measured")
    reason_en: str = ""
    source: str = ""

    @model_validator(mode="after")
    def _measured_or_explained(self) -> "Target":
        if self.component is None and not (self.reason_vi and self.reason_en):
            msg = "name the component to compare with, or say in reason_vi and reason_en why none"
            raise ValueError(msg)
        return self


class Targets(Model):
    """One targets file, named after its assessment."""

    targets: list[Target]
