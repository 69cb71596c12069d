"""``dti evidence``: the documents behind the figures."""

from pathlib import Path
from typing import Annotated, Any

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import print_json, print_table, tell, whole
from dti_pipeline.workspace import Workspace
from schemas.messages import message

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _documents() -> None:
    """Keep ``check`` a command of its own: Typer makes one of a family of one."""


@app.command("check")
def check_evidence(
    assessment: options.Assessment,
    folder: Annotated[Path | None, typer.Option("--folder", metavar="DIR")] = None,
    opens_links: Annotated[bool, typer.Option("--links")] = False,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    from dti_pipeline.index.definition import define
    from dti_pipeline.intake.forms.evidence_register import register, with_links_opened
    from dti_pipeline.intake.observe import read_deliveries
    from dti_pipeline.store.storage import storage_of

    definition = define(assessment, workspace=Workspace(data=data.resolve()))
    folder = folder or definition.workspace.data / "evidence" / definition.assessment.id
    storage_of(folder).bring(folder)
    portal_files = definition.workspace.data / "portal" / "files"
    reports = read_deliveries(definition, "self_report", with_reports=True).reports
    entries = register(reports, definition.assessment, folder=folder, portal_files=portal_files)
    if opens_links:
        entries = with_links_opened(entries)
    names = dict(definition.units.select("unit_id", "unit_name").iter_rows())
    rows: list[dict[str, Any]] = [
        {
            "unit_id": entry.unit_id,
            "unit_name": names[entry.unit_id],
            "component_code": document.component_code,
            "number": document.number or None,
            # A date cell may hold a time too; a typed date (ngày 5 tháng 3 năm 2026) is longer.
            "date": document.date[: 10 if document.date[:4].isdigit() else None] or None,
            "title": document.title or None,
            "link": document.link or None,
            "source_file": entry.source_file,
            "source_row": document.row or None,
            "problems": list(entry.problems),
        }
        for entry in entries
        for document in [entry.document]
    ]
    # Most reports name papers without saying where they lie: counted, not listed one by one.
    faulty = [row for row in rows if set(row["problems"]) - {"no_link"}]
    if as_json:
        print_json(rows, assessment_id=definition.assessment.id, reports=len(reports))
        return 1 if faulty else 0
    if faulty:
        print_table(
            "evidence",
            faulty,
            problems=lambda row: "; ".join(
                spoken(message(f"evidence_faults.{problem}")) for problem in row["problems"]
            ),
        )
    tell(
        "evidence.summary",
        reports=whole(len(reports)),
        documents=whole(sum(row["source_row"] is not None for row in rows)),
        faulty=whole(len(faulty)),
        without_link=whole(sum("no_link" in row["problems"] for row in rows)),
    )
    if faulty:
        tell("evidence.remedy", folder=folder)
    return 1 if faulty else 0
