"""The thresholds of the plausibility checks: the package's own, and those of a framework."""

from collections.abc import Mapping

from pydantic import Field, ValidationError

from schemas.files.errors import error_message
from schemas.files.model import Model, Number
from schemas.messages import message
from schemas.package_data import toml_beside
from schemas.text import SpokenError, joined


class CheckSettingsError(SpokenError, ValueError):
    """Thresholds or sums of a framework file that mean nothing; the message says which."""


class Heaping(Model):
    """When units heap just above a threshold."""

    width: Number
    least_units: Number
    times: Number
    least_count: Number


class Identical(Model):
    """When two reports are too much alike."""

    least_figure: Number
    shared_by_most: Number
    least_shared: Number
    share: Number


class UnitOfMeasure(Model):
    """When a figure only fits another unit of measure."""

    least_units: Number
    distance: Number
    apart: Number


class Jump(Model):
    """When a change on the compared assessment is too large."""

    times: Number
    least_figure: Number
    value: Number


class CheckSettings(Model):
    """All thresholds.

    Attributes:
        sums: ``code.variable`` of a total → ``code.variable + code.variable`` of its parts.
    """

    heaping: Heaping
    identical: Identical
    unit_of_measure: UnitOfMeasure
    jump: Jump
    sums: dict[str, str] = Field(default_factory=dict)


def load_check_settings(
    overrides: Mapping[str, Mapping[str, str]] | None = None, *, framework_id: str = "framework"
) -> CheckSettings:
    """Read the package's thresholds and put a framework's own in their place.

    Args:
        overrides: check → threshold → figure, the ``[checks.*]`` of a framework file.
        framework_id: named in the message of a `CheckSettingsError`, with the known thresholds.
    """
    defaults: dict[str, dict[str, str]] = toml_beside(__file__)
    own = {name: {**defaults.get(name, {}), **each} for name, each in (overrides or {}).items()}
    try:
        return CheckSettings.model_validate(defaults | own)
    except ValidationError as error:
        faults = [
            message(
                "file.at",
                place=f"[checks.{'.'.join(map(str, fault['loc']))}]",
                text=error_message(fault, CheckSettings),
            )
            for fault in error.errors()
        ]
        checks = "; ".join(
            f"{name}: {', '.join(of_check) or 'CODE.VARIABLE'}"
            for name, of_check in defaults.items()
        )
        wrong = joined(faults, "; ")
        raise CheckSettingsError(
            "checks_file.wrong", framework=framework_id, faults=wrong, known=checks
        ) from None
