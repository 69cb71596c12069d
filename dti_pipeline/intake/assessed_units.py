"""The units of an assessment: their names in deliveries, and which framework scores each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from dti_pipeline.index.frameworks.load import BoundFramework

if TYPE_CHECKING:  # workers that read forms need neither
    from dti_pipeline.index.definition import Definition
    from dti_pipeline.index.units.registry import UnitRegistry


@dataclass(frozen=True)
class GroupUnits:
    """The units that one framework scores, unit_id → name."""

    framework: BoundFramework
    units: Mapping[str, str]


class Match(NamedTuple):
    """What a name in a delivery means; nothing where it is nowhere near a unit's."""

    unit_id: str | None
    candidates: str | None  # near names, joined with "; ", where it means no unit
    # Of a unit of an earlier set: the name of the unit that it became part of, and the day.
    successor: tuple[str, date] | None = None


@dataclass(frozen=True)
class AssessedUnits:
    groups: tuple[GroupUnits, ...]
    unit_set: str
    registry: "UnitRegistry"

    @classmethod
    def of(cls, definition: "Definition") -> "AssessedUnits":
        assessment, units = definition.assessment, definition.all_units
        groups = []
        for code, framework_id in assessment.framework_of_group.items():
            in_group = units if code is None else units.filter(group_code=code)
            names = dict(in_group.select("unit_id", "name_vi").iter_rows())
            groups.append(GroupUnits(definition.frameworks[framework_id], names))
        return cls(tuple(groups), assessment.unit_set, definition.registry)

    @cached_property
    def names(self) -> dict[str, str]:
        """Return unit_id → name."""
        return {unit_id: name for group in self.groups for unit_id, name in group.units.items()}

    @cached_property
    def content_hash(self) -> str:
        """Return the hash of the frameworks, the units, and all that names are matched with."""
        frameworks = [(group.framework.content_hash, dict(group.units)) for group in self.groups]
        digest = sha256(json.dumps([self.unit_set, frameworks]).encode())
        for frame in (self.registry.units, self.registry.aliases, self.registry.succession):
            digest.update(frame.write_csv().encode())
        return digest.hexdigest()

    @cached_property
    def frameworks(self) -> dict[str, BoundFramework]:
        """Return unit_id → the framework that scores the unit."""
        return {unit_id: group.framework for group in self.groups for unit_id in group.units}

    def group_of(self, unit_id: str | None) -> GroupUnits | None:
        return next((group for group in self.groups if unit_id in group.units), None)

    def match(self, names: Sequence[str], *, are_codes: bool = False) -> list[Match]:
        """Match names, codes or ids, as ``UnitRegistry.match``; one result per name."""
        if not names:
            return []
        matched = self.registry.match(
            pl.Series(names, dtype=pl.String), unit_set=self.unit_set, are_codes=are_codes
        )
        unmatched = matched.filter(pl.col("unit_id").is_null())["raw_name"].drop_nulls().unique()
        successors = self._successors(unmatched) if len(unmatched) else {}
        return [
            Match(unit_id, candidates, successors.get(name))
            for name, unit_id, candidates in matched.select(
                "raw_name", "unit_id", "candidates"
            ).iter_rows()
        ]

    def _successors(self, names: pl.Series) -> dict[str, tuple[str, date]]:
        """Return name → successor for names of units that were merged into one of the set."""
        registry = self.registry
        here = registry.units.filter(unit_set=self.unit_set).select("unit_id", "name_vi")
        merged = registry.succession.join(
            here, left_on="new_unit_id", right_on="unit_id", maintain_order="left"
        )
        earlier = registry.units.join(
            merged, left_on="unit_id", right_on="old_unit_id", how="semi", maintain_order="left"
        )
        return {
            name: (successor, day)
            for unit_set in earlier["unit_set"].unique(maintain_order=True)
            for name, successor, day in registry.match(names, unit_set=unit_set)
            .join(merged, left_on="unit_id", right_on="old_unit_id", maintain_order="left")
            .select("raw_name", "name_vi", "effective_date")
            .iter_rows()
        }
