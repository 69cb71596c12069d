"""``dti appraisal-form``: the workbook in which appraisers decide."""

from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import tell, whole
from dti_pipeline.workspace import Workspace


def write_appraisal_forms(
    assessment: options.Assessment,
    unit: options.UnitOrAll = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE")] = None,
    is_forced: Annotated[bool, typer.Option("--force")] = False,
    data: options.Data = Path("data"),
) -> int:
    from dti_pipeline.cli.form import named_units
    from dti_pipeline.index.definition import define
    from dti_pipeline.intake.observe import read_all
    from dti_pipeline.intake.tables.appraisal_form import appraisal_rows, write_appraisal_form
    from dti_pipeline.pipeline import together
    from dti_pipeline.release.past_figures import past_figures

    definition = define(assessment, workspace=Workspace(data=data.resolve()))
    names = {row["name_vi"] for row in named_units(definition, unit).values()}
    path = out or Path(f"01_tham_dinh_{definition.assessment.id}.xlsx")
    if path.exists() and not is_forced:
        raise UsageError("appraisal_form.exists", path=path)
    readings = read_all(definition.source, with_reports=True)
    observations = together(definition, readings).observations
    rows = [
        row
        for row in appraisal_rows(
            definition,
            reports=[report for reading in readings for report in reading.reports],
            observations=observations,
            last_year=past_figures(definition),
        )
        if row.cells["unit"] in names
    ]
    if not rows:
        folder = definition.workspace.raw / definition.assessment.id / "self_reports"
        raise UsageError("appraisal_form.no_reports", folder=folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    bases = set(observations["data_basis"].unique())
    basis = next((kind for kind in ("sample", "calibrated_sample") if kind in bases), None)
    title = f"PHIẾU THẨM ĐỊNH – {definition.assessment.title_vi}"
    write_appraisal_form(path, rows, title=title, data_basis=basis)
    tell("appraisal_form.written", path=path, count=whole(len(rows)))
    return 0
