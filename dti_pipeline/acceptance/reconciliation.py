"""Two sources of one figure: the central table and the report, side by side, and which counted."""

from typing import Final

import polars as pl

from dti_pipeline.acceptance.accept import KEY
from dti_pipeline.exact import MICRO
from dti_pipeline.index.definition import Definition
from schemas.codes import CENTRAL_KINDS
from schemas.tables.observations import FactReconciliation
from schemas.words import words_of

_WANTED: Final = (
    *KEY,
    *("value_micro", "source_kind", "source_file", "source_cell", "delivery_no"),
    *("unit_of_measure", "data_basis"),
)


def reconciliation(definition: Definition, observations: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of ``fact_reconciliation``, without a revision, sorted by key.

    A side that was left blank gives nothing; one that could not be read has no figure.
    """
    entries = observations.lazy().filter(pl.col("obs_status") != "blank").select(_WANTED).collect()
    is_central = pl.col("source_kind").is_in(CENTRAL_KINDS)
    counted = observations.filter("accepted").select(
        *KEY,
        counted_source=pl.when(is_central).then(pl.lit("central")).otherwise("source_kind"),
    )
    reports = entries.filter(source_kind="self_report")
    tables = entries.filter(is_central).join(reports, on=KEY, how="semi", maintain_order="left")
    # The report speaks in the variable's own unit; both sides were read into it.
    both = _side(reports.join(tables, on=KEY, how="semi", maintain_order="left"), "report").join(
        _side(tables, "central").drop("unit_of_measure", "data_basis"),
        on=KEY,
        maintain_order="left",
    )
    central, report = pl.col("central_micro"), pl.col("report_micro")
    difference = report - central
    reason, reasons = pl.col("counted_source"), words_of("counted_reasons")
    return (
        definition.labelled(both.join(counted, on=KEY, how="left", maintain_order="left"))
        .with_columns(pl.col("counted_source").fill_null("none"))
        .with_columns(
            # Divided without ``as_figure``, as these rows have been written from the first
            # version on.
            central_value=central / MICRO,
            report_value=report / MICRO,
            difference=difference / MICRO,
            difference_pct=pl.when(central != 0).then(100 * difference / central.abs()),
            agrees=report.eq(central).fill_null(value=False),
            reason_vi=reason.replace_strict({code: text.vi for code, text in reasons.items()}),
            reason_en=reason.replace_strict({code: text.en for code, text in reasons.items()}),
        )
        .select(FactReconciliation.computed_schema().names())
        .sort(*KEY)
    )


def _side(observations: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return one source's figure and place; of several deliveries the latest."""
    return (
        observations.sort("delivery_no", maintain_order=True)
        .unique(KEY, keep="last", maintain_order=True)
        .select(
            *KEY,
            "unit_of_measure",
            "data_basis",
            pl.col("value_micro").alias(f"{name}_micro"),
            pl.col("source_file").alias(f"{name}_file"),
            pl.col("source_cell").alias(f"{name}_cell"),
        )
    )
