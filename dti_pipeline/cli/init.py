"""``dti init``: an office's first data folder, with an example of each kind of file."""

from datetime import date
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Final

import typer

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import tell
from dti_pipeline.whole_file import write_whole
from dti_pipeline.workspace import Workspace

EXAMPLE: Final = "vi_du"
ASSESSMENT: Final = "vi-du-2026"
FOLDERS: Final = (
    "raw",
    *(f"config/{kind}" for kind in ("assessments", "frameworks", "units", "targets")),
)


def make_data_folder(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
) -> int:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("init.not_empty", folder=folder)
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    with as_file(files("dti_pipeline.cli") / "examples") as examples:
        for source in filter(Path.is_file, examples.rglob("*")):
            target = folder / EXAMPLE / source.relative_to(examples)
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, source.read_bytes())
    for name in ("README.md", "config/settings.toml"):
        (folder / EXAMPLE / name).replace(folder / name)
    _write_reports(Workspace(data=folder / EXAMPLE))
    command = f"dti run --data {folder / EXAMPLE}"
    tell("init.next_steps", folder=folder, command=command)
    return 0


def _write_reports(workspace: Workspace) -> None:
    """Write the example's self-reports: two units answered, the third handed in nothing."""
    from dti_pipeline.index.definition import define
    from dti_pipeline.intake.forms.layout import Answer, Evidence
    from dti_pipeline.intake.forms.write import write_form

    definition = define(ASSESSMENT, workspace=workspace)
    plan = Evidence(number="01/KH-UBND", issued=date(2026, 2, 10), title="Kế hoạch năm (giả định)")
    answers = {
        "VD-1": {("0101", "plan"): Answer("yes"), ("0102", "trained"): Answer(65)},
        "VD-2": {("0101", "plan"): Answer("no"), ("0102", "trained"): Answer(45)},
    }
    folder = workspace.raw / ASSESSMENT / "self_reports"
    folder.mkdir(parents=True)
    for unit in definition.all_units.iter_rows(named=True):
        if unit["unit_id"] in answers:
            write_form(
                folder / f"{unit['official_code']}_{unit['name_ascii'].replace(' ', '_')}.xlsx",
                assessment=definition.assessment,
                framework=definition.frameworks["vi-du"],
                unit=unit,
                answers=answers[unit["unit_id"]],
                evidence={"0101": [plan]} if unit["unit_id"] == "VD-1" else {},
                data_basis="sample",
            )
