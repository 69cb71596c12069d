"""``dti report``, ``dti workbook``, ``dti onepager``: what people look at, from a release alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.language import language
from dti_pipeline.cli.output import counting, print_json, print_status, say
from dti_pipeline.workspace import Workspace
from schemas.text import Text

if TYPE_CHECKING:
    from dti_pipeline.reports.release_view import ReleaseView


def write_report(
    out: options.OutFolder = None,
    pdf: bool = False,
    csv: bool = False,
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    from dti_pipeline.cli.selection import open_view
    from dti_pipeline.index.settings import load_office_settings
    from dti_pipeline.reports.site.write import write_site

    release = open_view(data, as_of=as_of)
    workspace = Workspace(data=data)
    folder = out or workspace.site / release.release_id
    settings = load_office_settings(data / "config").site
    with counting(Text("trang", "pages")) as progress:
        index = write_site(
            release, folder, one_pagers=pdf, all_csv=csv, settings=settings, progress=progress
        )
    print_paths(release, "site", [index], as_json=as_json)
    return 0


def write_workbooks(
    assessments: Annotated[list[str] | None, typer.Argument(metavar="[ASSESSMENT]...")] = None,
    out: options.OutFolder = None,
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    from dti_pipeline.cli.selection import open_view, require_assessment
    from dti_pipeline.reports.workbook.write import write_workbook

    release = open_view(data, as_of=as_of)
    names = assessments or [assessment.id for assessment in release.assessments]
    for name in names:
        require_assessment(release.source, name)
    folder = out or Workspace(data=data).reports / release.release_id
    folder.mkdir(parents=True, exist_ok=True)
    paths = [
        write_workbook(release.assessment(name), folder / f"dti-{name}.xlsx") for name in names
    ]
    print_paths(release, "workbook", paths, as_json=as_json)
    return 0


def write_onepagers(
    assessment: options.Assessment,
    units: Annotated[list[str] | None, typer.Argument(metavar="[UNIT]...")] = None,
    out: options.OutFolder = None,
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    from dti_pipeline.cli.selection import Selection, open_view
    from dti_pipeline.reports.onepager.write import OnePagers
    from dti_pipeline.reports.unit_page import UnitPages

    workspace = Workspace(data=data)
    release = open_view(data, as_of=as_of)
    selection = Selection(release.source, workspace, assessment)
    unit_ids = [selection.find_unit(unit) for unit in units or ()]
    pages = UnitPages(release.assessment(assessment))
    folder = out or workspace.reports / release.release_id / assessment
    with counting(Text("tờ", "pages")) as progress:
        one_pagers = OnePagers(pages, language=language())
        paths = one_pagers.write_all(folder, units=unit_ids or None, progress=progress)
    print_paths(release, "onepager", paths, as_json=as_json)
    return 0


def print_paths(release: ReleaseView, kind: str, paths: Sequence[Path], *, as_json: bool) -> None:
    """Print what was written; the first and the last where there are many."""
    if as_json:
        rows = [{"kind": kind, "path": str(path)} for path in paths]
        print_json(rows, release_id=release.release_id, status=release.status)
        return
    print_status(release.status_note)
    listed = list(paths) if len(paths) <= 10 else [*paths[:3], *paths[-1:]]
    for path in listed:
        say(str(path))
    if len(listed) < len(paths):
        say(Text(f"{len(paths)} tệp", f"{len(paths)} file(s)"))
