"""The figures behind a unit's components, as delivered: own ones and borrowed ones."""

import polars as pl

from dti_pipeline.analysis.improvement.reachable import places_of
from dti_pipeline.index.frameworks.load import BoundFramework
from schemas.files.framework import GENERAL


def figures_of(observations: pl.DataFrame, *, framework: BoundFramework) -> pl.DataFrame:
    """Return one unit's figures per component that uses them (``used_by``), in its order.

    One row per component, variable and delivery in ``observations``, the unit's rows of
    ``fact_observation``, with label_vi, label_en and central (``TABLE.COLUMN`` where a central
    table holds it, else null). General information uses its own; a figure nobody delivered stands
    with nulls.
    """
    rows = []
    for component in framework.asked:
        for name, (code, origin) in places_of(component).items():
            variable = component.component.variables[name]
            # A borrowed figure says only whom it is borrowed from; the origin says who holds it.
            owner = framework.general if code == GENERAL else framework.by_code[code]
            source = owner.component.variables[origin]
            central = ".".join(source.origin) if source.is_central else None
            rows.append((component.code, code, origin, variable.vi, variable.en, central))
    columns = ("used_by", "component_code", "variable", "label_vi", "label_en", "central")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row").join(
        observations, on=["component_code", "variable"], how="left", maintain_order="left_right"
    )
