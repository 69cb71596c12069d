"""The accepted figures of one framework's units, laid out for the checks, with their places."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import polars as pl

from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.index.frameworks.load import BoundFramework
from schemas.files.framework import Variable
from schemas.issues.issue import Issue, make
from schemas.text import Text

_KEY: Final = ("unit_id", "component_code", "variable")
_PLACE: Final = ("source_file", "source_sheet", "source_cell", "raw_text")


@dataclass(frozen=True, eq=False)
class Book:
    """What the checks look at.

    Attributes:
        framework: the framework that scores the units.
        units: unit_id → name.
        figures: accepted observations of these units with a figure.
    """

    framework: BoundFramework
    units: dict[str, str]
    figures: pl.DataFrame

    @cached_property
    def wide(self) -> pl.DataFrame:
        """Return one row per unit, one column ``code.variable`` per variable (Int128)."""
        return figures_frame(self.figures, framework=self.framework, unit_ids=list(self.units))

    @cached_property
    def variables(self) -> dict[tuple[str, str], Variable]:
        """Return the variables by component and name."""
        return {
            (component.code, name): variable
            for component in self.framework.components
            for name, variable in component.component.variables.items()
        }

    @cached_property
    def _places(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        rows = self.figures.select(*_KEY, *_PLACE).iter_rows()
        size = len(_KEY)
        return {row[:size]: dict(zip(_PLACE, row[size:], strict=True)) for row in rows}

    def origin(self, code: str, name: str) -> tuple[str, str]:
        """Return component and variable where a figure was delivered, following borrowing."""
        origin, _, variable = self.framework.by_code[code].columns[name].rpartition(".")
        return origin, variable

    def label(self, code: str, name: str) -> Text:
        """Name a variable in both languages."""
        variable = self.variables[(code, name)]
        return Text(variable.vi, variable.en)

    def issue(self, rule_id: str, *, unit_id: str, code: str, name: str, **details: Any) -> Issue:
        """Make an issue about one unit's figure, with the cell it was read from."""
        at = self._places.get((unit_id, *self.origin(code, name)), {})
        return make(
            rule_id,
            unit_id=unit_id,
            unit_name=self.units[unit_id],
            component_code=code,
            **at,
            **details,
        )


def books(
    observations: pl.DataFrame, *, frameworks: dict[str, BoundFramework], units: pl.DataFrame
) -> Iterator[Book]:
    """Yield one book per framework.

    Args:
        observations: every observation with ``accepted``.
        frameworks: frameworks by id.
        units: unit_id, unit_name, framework_id of the units that are assessed.
    """
    accepted = observations.filter("accepted", pl.col("value_micro").is_not_null())
    for framework in frameworks.values():
        own = units.filter(pl.col("framework_id") == framework.id)
        yield Book(
            framework=framework,
            units=dict(own.select("unit_id", "unit_name").iter_rows()),
            figures=accepted.join(own, on="unit_id", how="semi", maintain_order="left"),
        )
