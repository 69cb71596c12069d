"""The units of an assessment: their names in deliveries, and which framework scores each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.units.registry import UnitRegistry


@dataclass(frozen=True)
class GroupUnits:
    """The units that one framework scores, unit_id → name."""

    framework: BoundFramework
    units: Mapping[str, str]


@dataclass(frozen=True)
class Match:
    """What a name in a delivery means; near names, joined with "; ", where it means no unit."""

    unit_id: str | None
    candidates: str | None


@dataclass(frozen=True)
class AssessedUnits:
    """All units of an assessment, by the framework that scores them."""

    groups: tuple[GroupUnits, ...]
    unit_set: str
    registry: UnitRegistry

    @classmethod
    def of(cls, definition: Definition) -> "AssessedUnits":
        assessment, registry = definition.assessment, definition.registry
        units = registry.of_set(assessment.unit_set)
        groups = []
        for code, framework in definition.framework_by_group.items():
            in_group = units if code is None else units.filter(group_code=code)
            names = dict(in_group.select("unit_id", "name_vi").iter_rows())
            groups.append(GroupUnits(framework, names))
        return cls(tuple(groups), assessment.unit_set, registry)

    @cached_property
    def names(self) -> dict[str, str]:
        """Return unit_id → name."""
        return {unit_id: name for group in self.groups for unit_id, name in group.units.items()}

    def group_of(self, unit_id: str | None) -> GroupUnits | None:
        return next((group for group in self.groups if unit_id in group.units), None)

    def match(self, names: Sequence[str], *, are_codes: bool = False) -> list[Match]:
        """Match names, codes or ids, as ``UnitRegistry.match``; one result per name."""
        matched = self.registry.match(
            pl.Series(names, dtype=pl.String), unit_set=self.unit_set, code_column=are_codes
        )
        return [Match(*pair) for pair in matched.select("unit_id", "candidates").iter_rows()]
