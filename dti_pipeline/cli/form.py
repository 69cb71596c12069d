"""``dti form``: the self-report workbooks to fill in."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import say
from dti_pipeline.workspace import Workspace

if TYPE_CHECKING:
    from dti_pipeline.index.definition import Definition

LastYear = dict[tuple[str, str], Decimal | int | str]


def write_forms(
    assessment: options.Assessment,
    unit: Annotated[
        str | None, typer.Argument(metavar="[UNIT]", help="Default: every unit.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the workbooks.")] = Path("forms"),
    data: options.Data = Path("data"),
) -> int:
    """Write the self-report workbook(s) to fill in."""
    from dti_pipeline.index.definition import define
    from dti_pipeline.intake.forms.write import write_form

    definition = define(assessment, workspace=Workspace(data=data.resolve()))
    units = _units_asked(definition, unit)
    paths = {number: out / _file_name(number, row) for number, row in units.items()}
    figures = _last_year(definition)
    existing = [path for path in paths.values() if path.exists()]
    if existing:
        msg = f"{existing[0]} exists already; forms are never overwritten, name another --out"
        raise UsageError(msg)
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


def _units_asked(definition: Definition, unit: str | None) -> dict[int, dict[str, Any]]:
    """Return place in the unit set → unit that is asked for a report; all, or the one named."""
    import polars as pl

    assessment = definition.assessment
    asking = [
        framework.id
        for framework in definition.frameworks.values()
        if any(
            variable.source == "self_report" or variable.also_reported
            for component in framework.components
            for variable in component.component.variables.values()
        )
    ]
    if not asking:
        msg = f"{assessment.id} asks no unit for a report: no figure is self-reported"
        raise UsageError(msg)
    rows = (
        definition.registry.of_set(assessment.unit_set)
        .join(
            definition.units.select("unit_id", "framework_id"), on="unit_id", maintain_order="left"
        )
        .filter(pl.col("framework_id").is_in(asking))
    )
    units = dict(enumerate(rows.iter_rows(named=True), start=1))
    if unit is None:
        return units
    matches = definition.registry.match(pl.Series([unit]), unit_set=assessment.unit_set)
    match = matches.row(0, named=True)
    named = {number: row for number, row in units.items() if row["unit_id"] == match["unit_id"]}
    if not named:
        hint = match["candidates"] or "; ".join(rows["name_vi"].head(5))
        msg = f"no unit '{unit}' asked for a report in {assessment.id}; nearest: {hint}"
        raise UsageError(msg)
    return named


def _file_name(number: int, unit: dict[str, Any]) -> str:
    """Name a form by official code, or place in the list, and name."""
    code = unit["official_code"] or f"{number:03d}"
    plain = "_".join("".join(c if c.isalnum() else " " for c in str(unit["name_ascii"])).split())
    return f"{code}_{plain.lower()}.xlsx"


def _last_year(definition: Definition) -> dict[str, LastYear]:
    """Return the accepted figures of the compared assessment, where the same framework scored it.

    Codes mean the same figure only within one framework, so another framework's are not shown.
    """
    import polars as pl

    from dti_pipeline.exact import MICRO
    from dti_pipeline.index.definition import define
    from dti_pipeline.release.releases import Published

    compared = definition.assessment.compared_with
    latest = Published(definition.workspace.published).latest()
    if latest is None or compared not in latest.assessments:
        return {}
    before = define(compared, workspace=definition.workspace)
    same = set(before.frameworks) & set(definition.frameworks)
    codes = [c.code for name in same for c in definition.frameworks[name].components]
    observations = (
        latest.scan("fact_observation")
        .filter(
            pl.col("assessment_id") == compared,
            pl.col("accepted"),
            pl.col("value_micro").is_not_null(),
            pl.col("option").is_null(),
            pl.col("component_code").is_in(codes),
        )
        .select("unit_id", "component_code", "variable", "value_micro")
        .collect()
    )
    figures: dict[str, LastYear] = {}
    for unit_id, code, name, micro in observations.iter_rows():
        figures.setdefault(unit_id, {})[(code, name)] = Decimal(micro) / MICRO
    return figures
