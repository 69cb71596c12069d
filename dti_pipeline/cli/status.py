"""``dti status``: who has delivered, what is missing, what waits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dti_pipeline.cli import options
from dti_pipeline.cli.output import print_json, print_table, say
from dti_pipeline.workspace import Workspace

if TYPE_CHECKING:
    from dti_pipeline.index.definition import Definition


def show_status(
    assessment: options.Assessment, data: options.Data = Path("data"), as_json: options.Json = False
) -> int:
    """Say who has delivered, what is missing and what waits."""
    import polars as pl

    from dti_pipeline.index.definition import define
    from dti_pipeline.pipeline import accept, read

    definition = define(assessment, workspace=Workspace(data=data.resolve()))
    intake = read(definition)
    delivered = (
        intake.observations.filter(pl.col("source_kind") == "self_report")
        .group_by("unit_id")
        .agg(figures=pl.len(), file=pl.col("source_file").first())
    )
    asking = _asking_frameworks(definition)
    report = (
        pl.when(~pl.col("framework_id").is_in(asking))
        .then(pl.lit("not asked"))
        .when(pl.col("file").is_null())
        .then(pl.lit("missing"))
        .otherwise(pl.lit("delivered"))
    )
    rows = (
        definition.units.select("unit_id", "unit_name", "framework_id")
        .join(delivered, on="unit_id", how="left", maintain_order="left")
        .select("unit_id", "unit_name", "figures", "file", report=report)
    )
    missing = rows.filter(pl.col("report") == "missing")
    waits, state = _state(definition)
    if as_json:
        print_json(rows.to_dicts(), assessment_id=assessment, waits=waits, missing=missing.height)
        return 0
    by_kind = pl.Series("kind", [d.kind for d in intake.deliveries]).value_counts(sort=True)
    print_table(by_kind.iter_rows(named=True), ("Loại·Kind", "kind"), ("Tệp·Files", "count"))
    if asking:
        asked = rows.filter(pl.col("report") != "not asked").height
        say(
            f"Báo cáo · reports: {asked - missing.height}/{asked}; "
            f"thiếu · missing: {', '.join(missing['unit_name'].to_list()) or '–'}"
        )
    issues = pl.concat([intake.issues, accept(definition, intake.observations).issues])
    counts = issues.group_by("severity").len().sort("severity")
    counted = ", ".join(f"{n} {severity}" for severity, n in counts.iter_rows())
    say(f"Vấn đề · issues: {counted or '0'}")
    say(state)
    return 0


def _asking_frameworks(definition: Definition) -> list[str]:
    """Return the frameworks that ask units for reports.

    Nobody owes reports to a history; a derived assessment shows its source's deliveries.
    """
    return [
        framework.id
        for framework in definition.frameworks.values()
        if definition.assessment.kind == "computed"
        and any(
            variable.source == "self_report"
            for component in framework.components
            for variable in component.component.variables.values()
        )
    ]


def _state(definition: Definition) -> tuple[str, str]:
    """Return what waits to be computed, empty where nothing does, and a line that says it."""
    from dti_pipeline.release.publish import WithdrawnInputsError, input_state

    try:
        state = input_state(definition, definition.workspace)
    except WithdrawnInputsError as error:
        return str(error), f"đã bị rút · withdrawn: {error}"
    if state.revision is None:
        return state.changes, f"chờ tính · waits to be computed: {state.changes}"
    name = state.revision.revision_id
    if state.is_current:
        return "", f"đã công bố · published: {name}"
    return "", f"đã tính, chờ công bố · computed, waits to be published: {name}"
