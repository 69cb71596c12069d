"""The command that writes self-report workbooks to fill in."""

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from dti_pipeline.commands.errors import UsageError
from dti_pipeline.exact import MICRO
from dti_pipeline.index.definition import Definition, define
from dti_pipeline.intake.forms.write import write_form
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace

LastYear = dict[tuple[str, str], Decimal | int | str]


def write_forms(assessment: str, unit: str | None, *, out: Path, data: Path) -> int:
    """Write the form of one unit, or of every unit that is asked for a report.

    Files are named by official code (or place in the list) and name; one that exists is never
    overwritten.

    Raises:
        UsageError: if the unit is unknown, nobody is asked for a report, or a file exists.
    """
    workspace = Workspace(data=data.resolve())
    definition = define(assessment, workspace=workspace)
    units = _chosen(definition, unit)
    earlier = _last_year(definition, workspace)
    paths = {row["unit_id"]: out / _name(number, row) for number, row in units.items()}
    existing = [str(path) for path in paths.values() if path.exists()]
    if existing:
        msg = f"{existing[0]} exists already; forms are never overwritten, name another --out"
        raise UsageError(msg)
    out.mkdir(parents=True, exist_ok=True)
    for row in units.values():
        write_form(
            paths[row["unit_id"]],
            assessment=definition.assessment,
            framework=definition.frameworks[row["framework_id"]],
            unit=row,
            last_year=earlier.get(row["unit_id"]),
        )
        sys.stdout.write(f"{paths[row['unit_id']]}\n")
    return 0


def _chosen(definition: Definition, unit: str | None) -> dict[int, dict[str, Any]]:
    """Return place in the unit set → unit; all of them, or the one that is named."""
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
        msg = f"{definition.assessment.id} asks no unit for a report: no figure is self-reported"
        raise UsageError(msg)
    described = definition.registry.of_set(definition.assessment.unit_set)
    framework_ids = definition.units.select("unit_id", "framework_id")
    rows = described.join(framework_ids, on="unit_id", maintain_order="left").filter(
        pl.col("framework_id").is_in(asking)
    )
    listed = dict(enumerate(rows.iter_rows(named=True), start=1))
    if unit is None:
        return listed
    match = definition.registry.match(
        pl.Series([unit]), unit_set=definition.assessment.unit_set
    ).row(0, named=True)
    found = {n: row for n, row in listed.items() if row["unit_id"] == match["unit_id"]}
    if not found:
        hint = match["candidates"] or "; ".join(rows["name_vi"].head(5))
        msg = f"no unit '{unit}' asked for a report in {definition.assessment.id}; nearest: {hint}"
        raise UsageError(msg)
    return found


def _name(number: int, row: dict[str, Any]) -> str:
    code = row["official_code"] or f"{number:03d}"
    plain = "_".join("".join(c if c.isalnum() else " " for c in str(row["name_ascii"])).split())
    return f"{code}_{plain.lower()}.xlsx"


def _last_year(definition: Definition, workspace: Workspace) -> dict[str, LastYear]:
    """Return the accepted figures of the compared assessment, where the same framework scored it.

    Codes mean the same figure only within one framework, so another framework's are not shown.
    """
    compared = definition.assessment.compared_with
    latest = Published(workspace.published).latest()
    if latest is None or compared not in latest.assessments:
        return {}
    before = define(compared, workspace=workspace)
    same = set(before.frameworks) & set(definition.frameworks)
    codes = [c.code for name in same for c in definition.frameworks[name].components]
    figures = (
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
    found: dict[str, LastYear] = {}
    for unit_id, code, name, micro in figures.iter_rows():
        found.setdefault(unit_id, {})[(code, name)] = Decimal(micro) / MICRO
    return found
