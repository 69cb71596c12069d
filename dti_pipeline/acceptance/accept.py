"""From observations to one accepted value per unit and variable.

Central-agency data is authoritative where a component names it as its source; a reported figure
beside it never replaces it and is reported where it differs. A reported figure counts only with
the evidence its component asks for. Nothing is dropped: every observation stays, with the remark
why it was used or not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from pandera.typing.polars import DataFrame

from dti_pipeline.exact import figure_words
from dti_pipeline.index.beside import beside
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.tables.decisions import LATER
from schemas.codes import CENTRAL_KINDS, READ_STATUSES
from schemas.issues.issue import Issue, make, place_of, to_frame
from schemas.stages import AcceptedObservations, AcceptedValues
from schemas.text import Text

KEY: Final = ("unit_id", "component_code", "variable")

_VARIABLE: Final = ("framework_id", "component_code", "variable")
_FLAGS: Final = ("from_central", "needs_evidence", "refuses_exemption", "is_scored")
# Framework, component and variable → the flags, and the names of component, variable and table.
_Variables = Mapping[tuple[str, str, str], dict[str, Any]]


@dataclass(frozen=True)
class Acceptance:
    """What counts, and issues about it.

    Attributes:
        observations: every observation, and why it does not count.
        values: those that count, one per unit and variable.
        issues: two sources that differ, figures that nobody delivered.
    """

    observations: DataFrame[AcceptedObservations]
    values: DataFrame[AcceptedValues]
    issues: pl.DataFrame


def accept_values(
    observations: pl.DataFrame, *, frameworks: Mapping[str, BoundFramework], units: pl.DataFrame
) -> Acceptance:
    """Choose the value that counts for every unit and variable.

    Args:
        observations: the later of two deliveries has the larger ``delivery_no``.
        frameworks: frameworks in use, by id.
        units: unit_id, unit_name, framework_id of the units to assess.
    """
    variables = _own_variables(frameworks)
    # Names are for issues: beside every observation of a country they would fill the memory.
    flags = pl.DataFrame(
        [(*key, *map(variable.__getitem__, _FLAGS)) for key, variable in variables.items()],
        schema=dict.fromkeys(_VARIABLE, pl.String()) | dict.fromkeys(_FLAGS, pl.Boolean()),
        orient="row",
    )
    expected = units.select("unit_id", "unit_name", "framework_id").join(
        flags, on="framework_id", maintain_order="left"
    )
    # For whom an observation speaks; a correction or appraisal speaks for the source that the
    # framework names; of a unit that is not assessed, for the source that there is.
    is_agency = pl.col("source_kind").is_in(CENTRAL_KINDS)
    from_agency = pl.coalesce("from_central", is_agency.any().over(*KEY))
    speaks_for_agency = is_agency | (pl.col("source_kind").is_in(LATER) & from_agency)
    explained = (
        beside(observations, expected, on=KEY)
        .with_columns(is_central=speaks_for_agency.fill_null(value=False))
        .with_columns(remark=_remark())
        .with_columns(accepted=pl.col("remark").is_null())
    )
    # Lazy, so that only the columns that are wanted of the rows are copied.
    every = explained.lazy()
    values = every.filter("accepted").select(AcceptedValues.names()).collect()
    issues = [
        *_missing(expected.lazy(), every, variables),
        *_blanks(every, variables),
        *_refused_exemptions(every, variables),
        *_figures_beside_exemptions(every, variables),
        *_disagreements(every, variables),
    ]
    return Acceptance(
        observations=AcceptedObservations.validate(explained.select(AcceptedObservations.names())),
        values=AcceptedValues.validate(values),
        issues=to_frame(issues),
    )


def _own_variables(frameworks: Mapping[str, BoundFramework]) -> _Variables:
    """Describe the variables that need an observation of their own; borrowed ones are left out."""
    variables: dict[tuple[str, str, str], dict[str, Any]] = {}
    for framework in frameworks.values():
        tables = {table.id: table.name for table in framework.file.tables}
        for component, name, variable in framework.variables:
            if variable.is_borrowed:
                continue
            variables[framework.id, component.code, name] = {
                "label": variable.name,
                "table": tables.get(variable.origin[0]),
                "component": component.component.name,
                "from_central": variable.is_central,
                "needs_evidence": component.component.evidence == "required",
                "refuses_exemption": component.component.not_applicable.treatment == "refuse",
                "is_scored": component.is_scored,
            }
    return variables


def _remark() -> pl.Expr:
    """Say why an observation does not count; null where it does."""
    stage = pl.col("source_kind").replace_strict(LATER, default=0, return_dtype=pl.Int64)
    order = stage * 10**9 + pl.col("delivery_no")
    reasons = {
        "other_source": pl.col("from_central") != pl.col("is_central"),
        # Before all other reasons: what a council replaced is not held against the unit.
        "superseded": order < order.max().over(*KEY, "is_central"),
        "blank": pl.col("obs_status") == "blank",
        "unread": ~pl.col("obs_status").is_in(READ_STATUSES),
        "no_reason": (pl.col("source_kind") == "self_report")
        & (pl.col("obs_status") == "not_applicable")
        & pl.col("na_reason").is_null(),
        "evidence_missing": pl.col("needs_evidence") & (pl.col("evidence_state") == "missing"),
        "evidence_rejected": pl.col("evidence_state") == "rejected",
    }
    return pl.coalesce(pl.when(holds).then(pl.lit(name)) for name, holds in reasons.items())


def _named(rows: pl.LazyFrame, variables: _Variables) -> Iterator[dict[str, Any]]:
    """Yield rows beside the names of their component, variable and table."""
    for row in rows.collect().iter_rows(named=True):
        yield row | variables[row["framework_id"], row["component_code"], row["variable"]]


def _missing(
    expected: pl.LazyFrame, observations: pl.LazyFrame, variables: _Variables
) -> Iterator[Issue]:
    """Yield figures the framework needs and no delivery mentions.

    What reading has reported already is not repeated for every figure: a cell that was left blank,
    a unit without a report, a table that is not there for anybody.
    """
    mentioned = observations.filter(pl.col("from_central") == pl.col("is_central"))
    reports = observations.filter(source_kind="self_report")
    gaps = expected.filter("is_scored").join(mentioned, on=KEY, how="anti", maintain_order="left")
    of_tables = gaps.filter("from_central").join(
        mentioned, on=KEY[1:], how="semi", maintain_order="left"
    )
    of_reports = gaps.filter(~pl.col("from_central")).join(
        reports, on="unit_id", how="semi", maintain_order="left"
    )
    for row in _named(pl.concat([of_tables, of_reports]), variables):
        yield make(
            "value.missing",
            **place_of(row),
            variable=row["label"],
            action_taken="counted as no data: 0 points",
        )


def _blanks(observations: pl.LazyFrame, variables: _Variables) -> Iterator[Issue]:
    """Yield figures that a central table leaves out and that nothing has replaced.

    They would count as zero. A table without a single row is an issue of reading.
    """
    blanks = observations.filter("from_central", "is_central", "is_scored", remark="blank").filter(
        pl.col("reading").ne_missing("no_rows")
    )
    place = ("unit_id", "unit_name", "source_file", "source_sheet", "source_cell", "raw_text")
    places = set()  # a row or cell that several variables read is one issue
    for row in _named(blanks, variables):
        where = {name: row[name] for name in place}
        if (where_and_table := (*where.values(), row["table"])) in places:
            continue
        places.add(where_and_table)
        if row["reading"] == "no_row":
            yield make("table.unit_missing", **where, table=row["table"])
        else:
            yield make("table.figure_missing", **where, table=row["table"], variable=row["label"])


def _refused_exemptions(observations: pl.LazyFrame, variables: _Variables) -> Iterator[Issue]:
    """Yield “not applicable” where the component does not allow it; forms have said so already."""
    refused = observations.filter(
        "accepted",
        "refuses_exemption",
        pl.col("obs_status") == "not_applicable",
        pl.col("source_kind") != "self_report",
    )
    for row in _named(refused, variables):
        code = row["component_code"]
        component = Text(*(f"{code} {name}" for name in row["component"]))
        yield make("value.not_applicable_refused", **place_of(row), component=component)


def _figures_beside_exemptions(
    observations: pl.LazyFrame, variables: _Variables
) -> Iterator[Issue]:
    """Yield figures of a unit beside its “not applicable”, which leave the maximum with it.

    An agency's figures do not contradict the unit: they may be what its words rest on.
    """
    component = ("unit_id", "component_code")
    is_exempt = pl.col("obs_status") == "not_applicable"
    contradicting = observations.filter("accepted", "is_scored", ~pl.col("is_central")).filter(
        is_exempt.any().over(component), ~is_exempt
    )
    for row in _named(contradicting, variables):
        yield make(
            "value.beside_not_applicable",
            **place_of(row),
            variable=row["label"],
            raw=row["raw_text"] or figure_words(row["value_micro"]),
        )


def _disagreements(observations: pl.LazyFrame, variables: _Variables) -> Iterator[Issue]:
    """Yield reported figures that differ from the central figure that counts."""
    central = observations.filter("accepted", "is_central")
    differing = (
        observations.filter("from_central", ~pl.col("is_central"))
        .join(
            central.select(*KEY, central_micro="value_micro"), on=list(KEY), maintain_order="left"
        )
        .filter(pl.col("value_micro") != pl.col("central_micro"))
    )
    for row in _named(differing, variables):
        yield make(
            "source.disagrees",
            **place_of(row),
            variable=row["label"],
            reported=figure_words(row["value_micro"]),
            central=figure_words(row["central_micro"]),
            counted=figure_words(row["central_micro"]),
            action_taken="central figure counted",
        )
