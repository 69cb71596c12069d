"""The settings of plans: prices of points, and targets by band."""

import tomllib
from pathlib import Path

from pydantic import model_validator

from schemas.files.model import Model, Number


class Price(Model):
    """Effort of one point, up to the group's median and beyond it."""

    to_median: Number
    beyond_median: Number

    @model_validator(mode="after")
    def _rises(self) -> "Price":
        if not 0 <= self.to_median <= self.beyond_median:
            msg = "prices must not be negative, and beyond_median not below to_median"
            raise ValueError(msg)
        return self


class PlanSettings(Model):
    """How plans are made where nobody says otherwise.

    Attributes:
        price: effort of one point.
        by_band: present band → band to reach next year.
    """

    price: Price
    by_band: dict[str, str]


def load_settings() -> PlanSettings:
    """Read the package's settings file."""
    path = Path(__file__).with_name("settings.toml")
    return PlanSettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
