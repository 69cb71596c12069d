"""``dti annex``: papers that an office signs, as DOCX and PDF in the form of Decree 30/2020."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import say, tell, warn
from dti_pipeline.cli.report import print_paths
from dti_pipeline.whole_file import write_whole
from dti_pipeline.workspace import Workspace
from schemas.messages import message

if TYPE_CHECKING:
    import polars as pl

    from dti_pipeline.cli.selection import Selection
    from dti_pipeline.reports.papers.paper import Paper

# In the folder config: the styles of papers.
TEMPLATE: Final = "paper.docx"


def write_paper(
    assessment: Annotated[str | None, typer.Argument(metavar="ASSESSMENT")] = None,
    paper: Literal["annex", "table", "correction", "reply"] = "annex",
    unit: Annotated[str | None, typer.Option(metavar="UNIT")] = None,
    component: Annotated[list[str] | None, typer.Option(metavar="CODE")] = None,
    number: str = "",
    day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"])] = None,
    pdf: bool = True,
    init: Annotated[bool, typer.Option("--init")] = False,
    out: options.OutFolder = None,
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    config = data / "config"
    if init:
        return _write_settings(config)
    if assessment is None or (unit is None) == (paper == "reply"):
        raise UsageError("papers.usage")
    from dti_pipeline.cli.selection import Selection, open_view
    from dti_pipeline.reports.papers import contents
    from dti_pipeline.reports.unit_page import UnitPages
    from dti_pipeline.reports.workbook.sheets import basis_note

    release = open_view(data, as_of=as_of)
    selection = Selection(release.source, Workspace(data=data), assessment)
    view = release.assessment(assessment)
    document = paper_of(
        config, warning=basis_note(view)[0], number=number, day=day.date() if day else None
    )
    name = f"dti-{assessment}-{paper}"
    if unit is not None:
        unit_id = selection.find_unit(unit)
        name += f"-{unit_id}"
        contents.write_reply(document, UnitPages(view), unit_id, codes=component or ())
    elif paper == "correction":
        contents.write_correction(document, view, figures=_changed_figures(selection))
    else:
        write = {"annex": contents.write_annex, "table": contents.write_table}
        write[paper](document, view)
    folder = out or Workspace(data=data).reports / release.release_id
    path, moment = folder / f"{name}.docx", release.computed_at
    paths = [document.save(path, title=view.title.vi, moment=moment, source=release.release_id)]
    paths += _pdf_of(paths[0]) if pdf else []
    print_paths(release, paper, paths, as_json=as_json)
    return 0


def _changed_figures(selection: Selection) -> pl.DataFrame | None:
    """Return the figures that the release's revision changed; None where the store lacks one."""
    from dti_pipeline.release.rank_changes import changed_figures
    from dti_pipeline.store.recorded import accepted_values
    from dti_pipeline.store.revisions import Store

    store, current = Store(selection.workspace.store), selection.release.revisions
    moves = selection.table("fact_change").filter(revision_id=current[selection.assessment])
    revisions = moves.select("revision_from", "revision_id").unique().rows()
    if not revisions or not all((store.root / name).is_dir() for name in revisions[0]):
        return None
    before, after = (accepted_values(store.revision(name), store) for name in revisions[0])
    return changed_figures(before, after)


def paper_of(config: Path, *, warning: str, number: str = "", day: date | None = None) -> Paper:
    """Begin a paper for the office and in the styles of the folder config."""
    from dti_pipeline.index.settings import load_office_settings
    from dti_pipeline.reports.papers.paper import Paper

    template = config / TEMPLATE if (config / TEMPLATE).is_file() else None
    office = load_office_settings(config).papers
    return Paper(office, warning=warning, number=number, day=day, template=template)


def _write_settings(config: Path) -> int:
    """Write template and settings for the office to change; what is there stays as it is."""
    from importlib.resources import files

    from dti_pipeline.index.settings import NAME as SETTINGS

    package, example = files("dti_pipeline"), f"cli/examples/config/{SETTINGS}"
    config.mkdir(parents=True, exist_ok=True)
    for name, source in ((TEMPLATE, "reports/papers/template.docx"), (SETTINGS, example)):
        path = config / name
        if path.exists():
            tell("papers.kept", path=path)
        else:
            write_whole(path, package.joinpath(source).read_bytes())
            say(str(path))
    return 0


def _pdf_of(path: Path) -> list[Path]:
    """Return the PDF of a paper; says so where it could not be made."""
    from dti_pipeline.reports.papers.pdf import convert_to_pdf, office_program

    program = office_program()
    pdf = program and convert_to_pdf(path, program=program)
    if pdf:
        return [pdf]
    why = message("papers.not_converted") if program else message("papers.no_program")
    warn(message("papers.no_pdf", why=why))
    return []
