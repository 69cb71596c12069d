"""Commands on deliveries: check and status."""

import sys
from pathlib import Path

import polars as pl

from dti_pipeline.commands.ahead import jumps_ahead
from dti_pipeline.commands.issues import print_issues
from dti_pipeline.commands.output import print_json, print_table
from dti_pipeline.index.definition import Definition, define
from dti_pipeline.pipeline import accept, read
from dti_pipeline.release.publish import WithdrawnInputsError, standing
from dti_pipeline.workspace import Workspace


def check_deliveries(
    assessment: str, *, data: Path, lang: str, as_json: bool, html: Path | None = None
) -> int:
    """Read and validate; exit 1 if an issue blocks.

    Args:
        assessment: the assessment.
        data: the data folder.
        lang: language of the messages, vi or en.
        as_json: print one JSON object in place of the list.
        html: folder for the data-quality pages; None writes none.
    """
    workspace = Workspace(data=data.resolve())
    definition = define(assessment, workspace=workspace)
    intake = read(definition)
    accepted = accept(definition, intake.observations)
    issues = pl.concat([intake.issues, accepted.issues])
    blocked = issues.filter(pl.col("severity") == "blocking").height
    ahead = jumps_ahead(
        definition, accepted, intake.official, workspace=workspace, is_blocked=blocked > 0
    )
    issues = pl.concat([issues, ahead])
    pages = []
    if html is not None:
        from dti_pipeline.reports.quality.write import write_quality_pages
        from schemas.text import Text

        pages = write_quality_pages(
            html,
            title=Text(definition.assessment.title_vi, definition.assessment.title_en),
            deadline=definition.assessment.deadline,
            units=dict(definition.units.select("unit_id", "unit_name").iter_rows()),
            components={
                component.code: Text(component.component.name_vi, component.component.name_en)
                for framework in definition.frameworks.values()
                for component in framework.components
            },
            n_files=len(intake.deliveries),
            observations=intake.observations,
            issues=issues,
        )
    if as_json:
        print_json(issues, assessment_id=assessment, blocked=blocked > 0)
    else:
        print_issues(issues, lang=lang, stream=sys.stdout)
        sys.stdout.write(
            f"{assessment}: {len(intake.deliveries)} tệp · files, "
            f"{intake.observations.height} số liệu · figures, {issues.height} vấn đề · issues, "
            f"{blocked} chặn · blocking\n"
        )
        if pages:
            sys.stdout.write(f"{len(pages)} trang · pages: {pages[0]}\n")
    return 1 if blocked else 0


def show_status(assessment: str, *, data: Path, as_json: bool) -> int:
    """Say who has delivered, what is missing, and whether the release reflects it."""
    workspace = Workspace(data=data.resolve())
    definition = define(assessment, workspace=workspace)
    intake = read(definition)
    delivered = (
        intake.observations.filter(pl.col("source_kind") == "self_report")
        .group_by("unit_id")
        .agg(figures=pl.len(), file=pl.col("source_file").first())
    )
    # Nobody owes reports to a history; a derived assessment shows its source's deliveries.
    asking = [
        framework.id
        for framework in definition.frameworks.values()
        if definition.assessment.kind == "computed"
        and any(
            variable.source == "self_report"
            for component in framework.components
            for variable in component.component.variables.values()
        )
    ]
    rows = (
        definition.units.select(
            "unit_id", "unit_name", is_asked=pl.col("framework_id").is_in(asking)
        )
        .join(delivered, on="unit_id", how="left", maintain_order="left")
        .with_columns(
            report=pl.when(~pl.col("is_asked"))
            .then(pl.lit("not asked"))
            .when(pl.col("file").is_null())
            .then(pl.lit("missing"))
            .otherwise(pl.lit("delivered"))
        )
        .drop("is_asked")
    )
    waiting, state = _state(definition, workspace)
    missing = rows.filter(pl.col("report") == "missing")
    if as_json:
        print_json(rows, assessment_id=assessment, waits=waiting, missing=missing.height)
        return 0
    by_kind = pl.Series("kind", [d.kind for d in intake.deliveries]).value_counts(sort=True)
    print_table(by_kind.iter_rows(named=True), columns={"kind": "Loại·Kind", "count": "Tệp·Files"})
    if asking:
        asked = rows.filter(pl.col("report") != "not asked").height
        sys.stdout.write(
            f"Báo cáo · reports: {asked - missing.height}/{asked}; "
            f"thiếu · missing: {', '.join(missing['unit_name'].to_list()) or '–'}\n"
        )
    issues = pl.concat([intake.issues, accept(definition, intake.observations).issues])
    counts = issues.group_by("severity").len().sort("severity")
    sys.stdout.write(
        "Vấn đề · issues: "
        + (", ".join(f"{n} {severity}" for severity, n in counts.iter_rows()) or "0")
        + "\n"
    )
    sys.stdout.write(f"{state}\n")
    return 0


def _state(definition: Definition, workspace: Workspace) -> tuple[str, str]:
    """Return what waits to be computed, empty where nothing does, and a line that says it."""
    try:
        now = standing(definition, workspace)
    except WithdrawnInputsError as error:
        return str(error), f"đã bị rút · withdrawn: {error}"
    if now.is_current:
        return "", f"đã công bố · published: {now.known.revision_id}" if now.known else ""
    if now.known is not None:
        return (
            "",
            f"đã tính, chờ công bố · computed, waits to be published: {now.known.revision_id}",
        )
    return now.reason, f"chờ tính · waits to be computed: {now.reason}"
