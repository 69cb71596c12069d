"""The accepted figures of one framework's units, laid out for the checks, with their places."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import polars as pl

from dti_pipeline.acceptance.accept import KEY
from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.index.frameworks.load import BoundFramework
from schemas.issues.issue import Issue, make
from schemas.text import Text

_PLACE: Final = ("source_file", "source_sheet", "source_cell", "raw_text")


@dataclass(frozen=True, eq=False)
class CheckedFigures:
    """What the checks look at.

    Attributes:
        framework: the framework that scores the units.
        units: unit_id → name.
        rows: accepted observations of these units with a figure.
    """

    framework: BoundFramework
    units: dict[str, str]
    rows: pl.DataFrame

    @cached_property
    def wide(self) -> pl.DataFrame:
        """Return one row per unit, one column ``code.variable`` per variable (Int128)."""
        return figures_frame(self.rows, framework=self.framework, unit_ids=list(self.units))

    @cached_property
    def _places(self) -> dict[tuple[Any, ...], pl.DataFrame]:
        """Return component and variable → unit_id and place of its figures."""
        places = self.rows.select(*KEY, *_PLACE)
        return places.partition_by(KEY[1:], as_dict=True, include_key=False)

    def label(self, code: str, name: str) -> Text:
        return self.framework.by_code[code].component.variables[name].name

    def issue(self, rule_id: str, *, unit_id: str, code: str, name: str, **details: Any) -> Issue:
        """Make an issue about one unit's figure, with the cell it was read from."""
        # A borrowed figure was delivered for another component.
        origin, _, variable = self.framework.by_code[code].columns[name].rpartition(".")
        places = self._places.get((origin, variable), self.rows.clear()).filter(unit_id=unit_id)
        return make(
            rule_id,
            unit_id=unit_id,
            unit_name=self.units[unit_id],
            component_code=code,
            **next(places.select(_PLACE).iter_rows(named=True), {}),
            **details,
        )


def checked_figures(
    observations: pl.DataFrame, *, frameworks: Mapping[str, BoundFramework], units: pl.DataFrame
) -> Iterator[CheckedFigures]:
    """Yield what the checks look at, framework by framework.

    Observations have ``accepted``; units have unit_id, unit_name and framework_id.
    """
    accepted = observations.lazy().filter("accepted", pl.col("value_micro").is_not_null())
    for framework in frameworks.values():
        own = units.filter(framework_id=framework.id)
        yield CheckedFigures(
            framework=framework,
            units=dict(own.select("unit_id", "unit_name").iter_rows()),
            rows=accepted.join(own.lazy(), on="unit_id", how="semi", maintain_order="left")
            .select(*KEY, "value_micro", "obs_status", "source_kind", *_PLACE)
            .collect(),
        )
