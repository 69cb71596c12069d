"""Which framework scores which units."""

from collections.abc import Mapping
from dataclasses import dataclass

from dti_pipeline.index.frameworks.load import BoundFramework


@dataclass(frozen=True)
class GroupUnits:
    """The units that one framework scores, unit_id → name."""

    framework: BoundFramework
    units: Mapping[str, str]
