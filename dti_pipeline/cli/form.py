"""``dti form``, ``dti appraisal-form``: the workbooks that units and appraisers fill in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError, unit_hint
from dti_pipeline.cli.output import say, tell, whole
from dti_pipeline.workspace import Workspace

if TYPE_CHECKING:
    from dti_pipeline.index.definition import Definition


def write_forms(
    assessment: options.Assessment,
    unit: options.UnitOrAll = None,
    out: Annotated[Path, typer.Option("--out")] = Path("forms"),
    is_missing: Annotated[bool, typer.Option("--missing")] = False,
    is_forced: Annotated[bool, typer.Option("--force")] = False,
    data: options.Data = Path("data"),
) -> int:
    from dti_pipeline.index.definition import define
    from dti_pipeline.intake.forms.asked_units import form_name
    from dti_pipeline.intake.forms.write import write_form
    from dti_pipeline.release.past_figures import past_figures

    definition = define(assessment, workspace=Workspace(data=data.resolve()))
    units = _named_units(definition, unit)
    if is_missing:
        units = _without_report(definition, units)
    paths = {number: out / form_name(number, row) for number, row in units.items()}
    figures = past_figures(definition)
    existing = next((path for path in paths.values() if path.exists()), None)
    if existing and not is_forced:
        raise UsageError("form.exists", path=existing)
    out.mkdir(parents=True, exist_ok=True)
    for number, row in units.items():
        write_form(
            paths[number],
            assessment=definition.assessment,
            framework=definition.frameworks[row["framework_id"]],
            unit=row,
            last_year=figures.get(row["unit_id"]),
        )
        say(str(paths[number]))
    return 0


def write_appraisal_forms(
    assessment: options.Assessment,
    unit: options.UnitOrAll = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE")] = None,
    is_forced: Annotated[bool, typer.Option("--force")] = False,
    data: options.Data = Path("data"),
) -> int:
    from dti_pipeline.index.definition import define
    from dti_pipeline.intake.observe import read_all
    from dti_pipeline.intake.tables.appraisal_form import appraisal_rows, write_appraisal_form
    from dti_pipeline.pipeline import together
    from dti_pipeline.release.past_figures import past_figures

    definition = define(assessment, workspace=Workspace(data=data.resolve()))
    names = {row["name_vi"] for row in _named_units(definition, unit).values()}
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


def _without_report(
    definition: Definition, units: dict[int, dict[str, Any]]
) -> dict[int, dict[str, Any]]:
    """Keep the units of which no report has arrived, readable or not."""
    from dti_pipeline.intake.assessed_units import AssessedUnits
    from dti_pipeline.intake.files.deliveries import list_deliveries, require_access
    from dti_pipeline.intake.forms.reports import units_by_file_name
    from dti_pipeline.intake.observe import read_deliveries

    require_access(definition.workspace, definition.assessment.id)
    listing = list_deliveries(definition.workspace, definition.assessment.id, kinds=["self_report"])
    paths = [delivery.path for delivery in listing.deliveries]
    present = set(units_by_file_name(paths, AssessedUnits.of(definition)).values())
    present |= set(read_deliveries(definition, "self_report").figures["unit_id"].unique())
    return {number: row for number, row in units.items() if row["unit_id"] not in present}


def _named_units(definition: Definition, unit: str | None) -> dict[int, dict[str, Any]]:
    """Return place in the unit set → unit that is asked for a report; all, or the one named."""
    import polars as pl

    from dti_pipeline.intake.forms.asked_units import asked_units

    assessment = definition.assessment
    units = asked_units(definition)
    if not units:
        raise UsageError("form.no_reports", assessment=assessment.id)
    if unit is None:
        return units
    matches = definition.registry.match(pl.Series([unit]), unit_set=assessment.unit_set)
    match = matches.row(0, named=True)
    named = {number: row for number, row in units.items() if row["unit_id"] == match["unit_id"]}
    if not named:
        hint = unit_hint(match["candidates"], [row["name_vi"] for row in units.values()])
        raise UsageError("form.unknown_unit", assessment=assessment.id, unit=unit, hint=hint)
    return named
