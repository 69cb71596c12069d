"""``dti check``: the issues of the deliveries, before anything is computed."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.output import print_issues, print_json, say, tell, whole
from dti_pipeline.whole_file import naming
from dti_pipeline.workspace import Workspace
from schemas.text import Text


def check_deliveries(
    assessment: options.Assessment,
    html: Annotated[Path | None, typer.Option(metavar="DIR")] = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    import polars as pl

    from dti_pipeline.cli.jump_preview import jumps_ahead
    from dti_pipeline.index.assessments.load import assessment_path
    from dti_pipeline.index.definition import define
    from dti_pipeline.index.targets.load import load_targets
    from dti_pipeline.pipeline import accept, read
    from schemas.issues.issue import COLUMNS

    workspace = Workspace(data=data.resolve())
    definition = define(assessment, workspace=workspace)
    # Files that only later stages use: what is wrong in them is told here already.
    load_targets(definition)
    if compared := definition.assessment.compared_with:
        assessment_path(compared, search=workspace.config("assessments"))
    intake = read(definition)
    accepted = accept(definition, intake.observations)
    issues = pl.concat([intake.issues, accepted.issues])
    blocked = issues.filter(severity="blocking").height
    jumps = jumps_ahead(definition, accepted, intake.official, is_blocked=blocked > 0)
    issues = pl.concat([issues, jumps])
    pages: list[Path] = []
    if html is not None:
        from dti_pipeline.reports.quality.write import write_quality_pages

        with naming(html):
            pages = write_quality_pages(
                html,
                title=Text(definition.assessment.title_vi, definition.assessment.title_en),
                deadline=definition.assessment.deadline,
                units=dict(definition.units.select("unit_id", "unit_name").iter_rows()),
                components=dict(
                    pair for each in definition.frameworks.values() for pair in each.names.items()
                ),
                n_files=len(intake.deliveries),
                observations=intake.observations,
                issues=issues,
            )
    if as_json:
        rows = issues.select(COLUMNS).to_dicts()
        print_json(rows, assessment_id=assessment, blocked=blocked > 0)
        return 1 if blocked else 0
    print_issues(issues, stream=sys.stdout)
    tell(
        "check.summary",
        assessment=assessment,
        files=whole(len(intake.deliveries)),
        figures=whole(intake.observations.height),
        issues=whole(issues.height),
        blocked=whole(blocked),
    )
    if pages:
        say(Text(f"{len(pages)} trang: {pages[0]}", f"{len(pages)} page(s): {pages[0]}"))
    return 1 if blocked else 0
