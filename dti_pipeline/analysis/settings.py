"""The settings of simulations, plans and index checks, with their meaning in ``settings.toml``."""

from typing import Annotated

from pydantic import Field, model_validator

from schemas.codes import EvidenceState
from schemas.files.model import Model, Number
from schemas.package_data import toml_beside


class RobustnessSettings(Model):
    """What is drawn: ``weight_noise`` is the half-width of the uniform factors on weights.

    ``rejection`` is state of the evidence → chance that the figure's points are lost; ``left_out``
    components are left out of each draw, chosen at random.
    """

    draws: int = Field(ge=1)
    seed: int = Field(ge=0)
    weight_noise: Number
    rejection: dict[EvidenceState, Annotated[Number, Field(ge=0, le=1)]]
    left_out: int = Field(default=0, ge=0)


class Price(Model):
    """Effort of one point, up to the group's median and beyond it."""

    to_median: Number
    beyond_median: Number

    @model_validator(mode="after")
    def _check_that_it_rises(self) -> "Price":
        if not 0 <= self.to_median <= self.beyond_median:
            msg = "prices must not be negative, and beyond_median not below to_median"
            raise ValueError(msg)
        return self


class PlanSettings(Model):
    """How plans are made; ``by_band`` is present band → band to reach next year."""

    price: Price
    by_band: dict[str, str]


class IndexCheckThresholds(Model):
    """When a check of the index speaks up."""

    all_pass: Number
    none_pass: Number
    against_rest: Number
    repeats_another: Number
    weak_main: Number


class AnalysisSettings(Model):
    robustness: RobustnessSettings
    plan: PlanSettings
    index_check: IndexCheckThresholds


def load_analysis_settings() -> AnalysisSettings:
    return AnalysisSettings.model_validate(toml_beside(__file__))
