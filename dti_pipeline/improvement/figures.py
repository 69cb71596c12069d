"""The figures behind a unit's components, as delivered: own ones and borrowed ones."""

import polars as pl

from dti_pipeline.frameworks.load import BoundFramework


def links(framework: BoundFramework) -> pl.DataFrame:
    """List which figure each component uses, with its name and whether it is borrowed.

    Returns:
        used_by (component), component_code and variable (where the figure is delivered),
        label_vi, label_en; in the framework's order.
    """
    rows = [
        (component.code, *column.rsplit(".", 1), variable.vi, variable.en)
        for component in framework.components
        for name, column in component.columns.items()
        for variable in (component.component.variables[name],)
    ]
    return pl.DataFrame(
        rows,
        schema={
            "used_by": pl.String,
            "component_code": pl.String,
            "variable": pl.String,
            "label_vi": pl.String,
            "label_en": pl.String,
        },
        orient="row",
    )


def figures_of(observations: pl.DataFrame, *, framework: BoundFramework) -> pl.DataFrame:
    """Return one unit's figures per component that uses them.

    Args:
        observations: the unit's rows of ``fact_observation``.
        framework: the framework that scores it.

    Returns:
        ``used_by``, the labels and the columns of ``fact_observation``; one row per component,
        variable and delivery. A figure nobody delivered stands with nulls.
    """
    return links(framework).join(
        observations, on=["component_code", "variable"], how="left", maintain_order="left_right"
    )
