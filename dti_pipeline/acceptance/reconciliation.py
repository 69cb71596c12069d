"""Two sources on one figure: the central table and the report, side by side, and which counted."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from dti_pipeline.acceptance.accept import CENTRAL, KEY
from dti_pipeline.exact import MICRO
from dti_pipeline.index.definition import Definition
from schemas.tables.observations import FactReconciliation

# Source that counted → why, in both languages.
_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "central": (
        "Bộ chỉ số lấy số liệu này từ cơ quan trung ương.",
        "The framework takes this figure from the central agency.",
    ),
    "self_report": (
        "Bộ chỉ số lấy số liệu này từ báo cáo của đơn vị.",
        "The framework takes this figure from the unit's report.",
    ),
    "correction": (
        "Một đính chính có thẩm quyền thay cho cả hai.",
        "A correction by a competent authority replaces both.",
    ),
    "appraisal": (
        "Kết quả thẩm định thay cho số đã báo cáo.",
        "The appraisal replaces the reported figure.",
    ),
    "none": ("Không nguồn nào cho số liệu dùng được.", "Neither source gives a usable figure."),
}


def reconciliation(definition: Definition, judged: pl.DataFrame) -> pl.DataFrame:
    """Return one row per unit and variable of which a central table and a report both speak.

    Args:
        definition: the assessment.
        judged: observations with ``accepted`` and ``remark``.

    Returns:
        Columns of ``fact_reconciliation`` without ``revision_id``, sorted by key. A side that was
        left blank does not speak; one that could not be read has no figure.
    """
    speaks = judged.filter(pl.col("obs_status") != "blank")
    key = list(KEY)
    central = speaks.filter(pl.col("source_kind").is_in(CENTRAL))
    report = speaks.filter(pl.col("source_kind") == "self_report")
    counted = judged.filter("accepted").select(
        *key,
        counted_source=pl.when(pl.col("source_kind").is_in(CENTRAL))
        .then(pl.lit("central"))
        .otherwise("source_kind"),
    )
    # The report speaks in the variable's own unit; both sides were read into it.
    both = _side(report, "report").join(
        _side(central, "central").drop("unit_of_measure", "data_basis"),
        on=key,
        maintain_order="left",
    )
    difference = pl.col("report_micro") - pl.col("central_micro")
    return (
        definition.labelled(both.join(counted, on=key, how="left", maintain_order="left"))
        .with_columns(pl.col("counted_source").fill_null("none"))
        .with_columns(
            central_value=pl.col("central_micro") / MICRO,
            report_value=pl.col("report_micro") / MICRO,
            difference=difference / MICRO,
            difference_pct=pl.when(pl.col("central_micro") != 0).then(
                100 * difference / pl.col("central_micro").abs()
            ),
            agrees=pl.col("report_micro").eq(pl.col("central_micro")).fill_null(value=False),
            reason_vi=_reason(0),
            reason_en=_reason(1),
        )
        .select(FactReconciliation.computed_schema().names())
        .sort(*key)
    )


def _reason(language: int) -> pl.Expr:
    texts = {source: reasons[language] for source, reasons in _REASONS.items()}
    return pl.col("counted_source").replace_strict(texts, return_dtype=pl.String)


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
