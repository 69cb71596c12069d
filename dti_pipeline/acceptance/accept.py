"""From observations to one accepted value per unit and variable.

Central-agency data is authoritative where a component names it as its source; a reported figure
beside it never replaces it and is reported where it differs. A reported figure counts only with
the evidence its component asks for. Nothing is dropped: every observation stays, with the remark
why it was used or not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from dti_pipeline.exact import figure_text
from dti_pipeline.index.frameworks.load import BoundFramework
from schemas.issues.issue import Issue, make, to_frame
from schemas.text import Text

# Statuses of a figure that was read and means something; all others stand for no figure.
READ: Final = ("ok", "percent", "none_declared", "not_applicable")
# Kinds of delivery that speak for the central agency.
CENTRAL: Final = ("central", "published")
# Kinds of delivery that replace figures, in the order in which they do.
LATER: Final = {"correction": 1, "appraisal": 2}

REMARKS: Final = {
    "unread": "figure could not be read",
    "blank": "no figure delivered",
    "other_source": "the framework names another source",
    "no_reason": "said not to apply without a reason",
    "evidence_missing": "required evidence is missing",
    "evidence_rejected": "evidence was rejected",
    "superseded": "a later delivery replaces it",
}


@dataclass(frozen=True)
class Acceptance:
    """What counts, and what was said about it.

    Attributes:
        observations: every observation with ``accepted`` (Boolean) and ``remark`` (String, null
            where accepted; otherwise a key of ``REMARKS``).
        values: the accepted ones: unit_id, component_code, variable, value_micro, obs_status,
            evidence_state, source_kind, data_basis; one row per unit and variable.
        issues: two sources that differ, figures that nobody delivered.
    """

    observations: pl.DataFrame
    values: pl.DataFrame
    issues: pl.DataFrame


KEY: Final = ("unit_id", "component_code", "variable")


def named_sources(frameworks: Mapping[str, BoundFramework]) -> pl.DataFrame:
    """List the variables that need an observation of their own, and where it must come from.

    Returns:
        framework_id, component_code, variable, label_vi, label_en, from_central (Boolean),
        needs_evidence (Boolean); borrowed variables are left out.
    """
    rows = [
        (
            framework.id,
            component.code,
            name,
            variable.vi,
            variable.en,
            variable.source.startswith("central:"),
            component.component.evidence == "required",
        )
        for framework in frameworks.values()
        for component in framework.components
        for name, variable in component.component.variables.items()
        if not variable.source.startswith("component:")
    ]
    return pl.DataFrame(
        rows,
        schema={
            "framework_id": pl.String,
            "component_code": pl.String,
            "variable": pl.String,
            "label_vi": pl.String,
            "label_en": pl.String,
            "from_central": pl.Boolean,
            "needs_evidence": pl.Boolean,
        },
        orient="row",
    )


def accept_values(
    observations: pl.DataFrame, *, frameworks: Mapping[str, BoundFramework], units: pl.DataFrame
) -> Acceptance:
    """Choose the value that counts for every unit and variable.

    Args:
        observations: as intake returns them; the later of two deliveries has the larger
            ``delivery_no``.
        frameworks: frameworks in use, by id.
        units: unit_id, unit_name, framework_id of the units to assess.
    """
    expected = units.select("unit_id", "unit_name", "framework_id").join(
        named_sources(frameworks), on="framework_id", maintain_order="left"
    )
    remark = (
        pl.when(pl.col("from_central") != pl.col("source_kind_family").eq("central"))
        .then(pl.lit("other_source"))
        # Before all else that is said of a figure: what a council replaced is not held against it.
        .when(_order() < _order().max().over(_source_key()))
        .then(pl.lit("superseded"))
        .when(pl.col("obs_status") == "blank")
        .then(pl.lit("blank"))
        .when(~pl.col("obs_status").is_in(READ))
        .then(pl.lit("unread"))
        .when(_is_unfounded())
        .then(pl.lit("no_reason"))
        .when(pl.col("needs_evidence") & (pl.col("evidence_state") == "missing"))
        .then(pl.lit("evidence_missing"))
        .when(pl.col("evidence_state") == "rejected")
        .then(pl.lit("evidence_rejected"))
    )
    judged = (
        observations.join(expected, on=list(KEY), how="left", maintain_order="left", coalesce=True)
        .with_columns(source_kind_family=_family())
        .with_columns(remark=remark)
        .with_columns(accepted=pl.col("remark").is_null())
    )
    values = judged.filter("accepted").select(
        *KEY, "value_micro", "obs_status", "evidence_state", "source_kind", "data_basis"
    )
    issues = [*_missing(expected, judged), *_disagreements(judged)]
    return Acceptance(
        observations=judged.select(*observations.columns, "accepted", "remark"),
        values=values,
        issues=to_frame(issues),
    )


def _family() -> pl.Expr:
    """Say for whom an observation speaks: the central agency or the unit.

    A correction or appraisal speaks for the source that the framework names.
    """
    speaks_for_agency = pl.col("source_kind").is_in(CENTRAL) | (
        pl.col("source_kind").is_in(LATER) & pl.col("from_central")
    )
    return pl.when(speaks_for_agency).then(pl.lit("central")).otherwise(pl.lit("unit"))


def _is_unfounded() -> pl.Expr:
    """Say whether a unit calls a figure not applicable and gives no reason."""
    return (
        (pl.col("source_kind") == "self_report")
        & (pl.col("obs_status") == "not_applicable")
        & pl.col("na_reason").is_null()
    )


def _order() -> pl.Expr:
    """Order observations of one source: deliveries, then corrections, then appraisals."""
    stage = pl.col("source_kind").replace_strict(LATER, default=0, return_dtype=pl.Int64)
    return stage * 10**9 + pl.col("delivery_no")


def _source_key() -> list[pl.Expr]:
    return [*(pl.col(name) for name in KEY), pl.col("source_kind_family")]


def _missing(expected: pl.DataFrame, judged: pl.DataFrame) -> Iterator[Issue]:
    """Yield figures the framework needs and no delivery speaks of.

    What the reading has said already is not repeated for every figure: a cell that was left blank,
    a unit without a report, a table that is not there for anybody.
    """
    spoken_of = judged.filter(pl.col("from_central") == pl.col("source_kind_family").eq("central"))
    reporting = judged.filter(pl.col("source_kind") == "self_report")["unit_id"].unique()
    gaps = (
        expected.join(spoken_of, on=list(KEY), how="anti", maintain_order="left")
        .join(
            spoken_of.select("component_code", "variable", is_delivered=pl.lit(True)).unique(),
            on=["component_code", "variable"],
            how="left",
            maintain_order="left",
        )
        .filter(
            pl.when("from_central")
            .then(pl.col("is_delivered").fill_null(value=False))
            .otherwise(pl.col("unit_id").is_in(reporting.implode()))
        )
    )
    for row in gaps.iter_rows(named=True):
        yield make(
            "value.missing",
            unit_id=row["unit_id"],
            unit_name=row["unit_name"],
            component_code=row["component_code"],
            variable=Text(row["label_vi"], row["label_en"]),
            action_taken="counted as no data: 0 points",
        )


def _disagreements(judged: pl.DataFrame) -> Iterator[Issue]:
    """Yield reported figures that differ from the central figure that counts."""
    central = judged.filter(pl.col("accepted") & (pl.col("source_kind_family") == "central"))
    reported = judged.filter(
        (pl.col("source_kind_family") == "unit")
        & pl.col("from_central")
        & pl.col("value_micro").is_not_null()
    )
    both = reported.join(
        central.select(*KEY, central_micro="value_micro"), on=list(KEY), maintain_order="left"
    )
    for row in both.filter(pl.col("value_micro") != pl.col("central_micro")).iter_rows(named=True):
        yield make(
            "source.disagrees",
            unit_id=row["unit_id"],
            unit_name=row["unit_name"],
            component_code=row["component_code"],
            source_file=row["source_file"],
            source_sheet=row["source_sheet"],
            source_cell=row["source_cell"],
            raw_text=row["raw_text"],
            variable=Text(row["label_vi"], row["label_en"]),
            reported=figure_text(row["value_micro"]),
            central=figure_text(row["central_micro"]),
            counted=Text("số liệu trung ương", "the central figure"),
            action_taken="central figure counted",
        )
