"""Accepted values laid out for scoring: a unit is a row, a variable a column."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from dti_pipeline.index.frameworks.load import BoundFramework

# Suffix of the column that says a component does not apply to a unit.
NA: Final = "!na"
NOT_APPLICABLE: Final = "not_applicable"


def figures_frame(
    values: pl.DataFrame, *, framework: BoundFramework, unit_ids: Sequence[str]
) -> pl.DataFrame:
    """Lay accepted values out as one row per unit.

    Args:
        values: unit_id, component_code, variable, value_micro (Int64), obs_status; one row per
            unit and variable.
        framework: names the columns that must exist.
        unit_ids: the units to score, each once; the order of the result.

    Returns:
        unit_id; ``code.variable`` (Int128, null where there is no figure) for every variable of the
        framework; ``code!na`` (Boolean) for components that do not apply to some unit.
    """
    keyed = values.with_columns(key=pl.concat_str("component_code", "variable", separator="."))
    numbers = keyed.filter(pl.col("value_micro").is_not_null()).pivot(
        "key", index="unit_id", values="value_micro"
    )
    exempt = (
        values.filter(pl.col("obs_status") == NOT_APPLICABLE)
        .select("unit_id", key=pl.col("component_code") + NA, flag=pl.lit(True))
        .unique(maintain_order=True)
        .pivot("key", index="unit_id", values="flag")
    )
    columns = list(
        dict.fromkeys(column for c in framework.components for column in c.columns.values())
    )
    base = pl.DataFrame({"unit_id": list(unit_ids)}, schema={"unit_id": pl.String})
    missing = [pl.lit(None, dtype=pl.Int64).alias(name) for name in columns if name not in numbers]
    # Widened once, so that no rule's products can wrap and none has to widen them again.
    return (
        base.join(numbers, on="unit_id", how="left", maintain_order="left")
        .with_columns(missing)
        .select("unit_id", pl.col(columns).cast(pl.Int128))
        .join(exempt, on="unit_id", how="left", maintain_order="left")
        .with_columns(pl.col([c for c in exempt.columns if c != "unit_id"]).fill_null(value=False))
    )
