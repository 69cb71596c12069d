"""The settings of the draws: read from a file, so that nobody has to look for them in code."""

import tomllib
from pathlib import Path

from pydantic import Field, field_validator

from schemas.columns import EVIDENCE_STATES
from schemas.files.model import Model, Number


class RobustnessSettings(Model):
    """What is drawn.

    Attributes:
        draws: number of draws.
        seed: of all random numbers.
        weight_noise: half-width of the uniform factors on weights.
        rejection: state of the evidence → chance that the figure's points are lost.
        left_out: components left out of each draw, chosen at random.
    """

    draws: int = Field(ge=1)
    seed: int = Field(ge=0)
    weight_noise: Number
    rejection: dict[str, Number]
    left_out: int = Field(default=0, ge=0)

    @field_validator("rejection")
    @classmethod
    def _known_states(cls, rejection: dict[str, Number]) -> dict[str, Number]:
        unknown = sorted(set(rejection) - set(EVIDENCE_STATES))
        if unknown:
            msg = f"unknown state of evidence {unknown}; known: {', '.join(EVIDENCE_STATES)}"
            raise ValueError(msg)
        outside = sorted(state for state, chance in rejection.items() if not 0 <= chance <= 1)
        if outside:
            msg = f"the chance of {outside} is outside 0 to 1"
            raise ValueError(msg)
        return rejection


def load_settings() -> RobustnessSettings:
    """Read the package's settings file."""
    path = Path(__file__).with_name("settings.toml")
    return RobustnessSettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
