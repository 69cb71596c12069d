"""``dti score``: what one filled form is worth before it is sent, by the real rules."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import points_text, print_issues, print_json, print_table, tell
from dti_pipeline.reports.words import name_of
from dti_pipeline.workspace import Workspace
from schemas.text import Text, joined

if TYPE_CHECKING:
    import polars as pl
    from pandera.typing.polars import DataFrame

    from dti_pipeline.analysis.unit_points import ComponentOutlook
    from dti_pipeline.index.definition import Definition
    from dti_pipeline.intake.forms.reports import Report
    from schemas.stages import Observations

Sums = dict[str, dict[str, float]]
# The one folder that may be missing: points of what a unit reports need no delivery of others.
DataFolder = Annotated[Path, typer.Option("--data", envvar="DTI_DATA", callback=options.opened)]


def score_form(
    form: Annotated[Path, typer.Argument(metavar="FORM")],
    data: DataFolder = Path("data"),
    as_json: options.Json = False,
) -> int:
    import polars as pl

    from dti_pipeline.analysis.unit_points import unit_outlook
    from dti_pipeline.intake.observe import read_deliveries, report_rows
    from dti_pipeline.release.past_figures import past_points
    from schemas.issues.issue import to_frame
    from schemas.stages import Observations

    definition, report = _report(form, Workspace(data=data.resolve()))
    agencies = read_deliveries(definition, "central").figures.filter(unit_id=report.unit_id)
    reported = Observations.of(list(report_rows(report, definition.assessment)))
    observations = Observations.validate(agencies.vstack(reported))
    outlook = unit_outlook(definition, report.unit_id, observations)
    before = past_points(definition, report.unit_id)
    rows = [_row(component, before.get(component.code)) for component in outlook.components]
    sums = {
        code: {"low": low / 1e6, "high": high / 1e6, "maximum": maximum / 1e6}
        for code, (low, high, maximum) in outlook.sums.items()
    }
    issues = pl.concat(
        [to_frame(report.reading.issues), _doubts(definition, report.unit_id, observations)]
    )
    if as_json:
        head = {"assessment_id": definition.assessment.id, "unit_id": report.unit_id}
        print_json(rows, **head, sums=sums, issues=issues.to_dicts())
        return 0
    _print(definition, report.unit_id, rows, sums)
    if issues.is_empty():
        tell("score.nothing_asked")
        return 0
    tell("score.asked_back")
    print_issues(issues, stream=sys.stdout)
    return 0


def _doubts(
    definition: Definition, unit_id: str, observations: DataFrame[Observations]
) -> pl.DataFrame:
    """Return what acceptance would say of the unit's own figures; agencies answer for theirs."""
    import polars as pl

    from dti_pipeline.acceptance.accept import accept_values
    from dti_pipeline.acceptance.plausibility.checks import doubts

    assessment = definition.assessment
    unit = definition.units.filter(unit_id=unit_id)
    frameworks = {name: definition.frameworks[name] for name in unit["framework_id"]}
    accepted = accept_values(observations, frameworks=frameworks, units=unit)
    doubtful = doubts(
        accepted.observations,
        frameworks=frameworks,
        units=unit,
        not_assessed=assessment.dropped,
        zero_denominator=assessment.zero_denominator,
    )
    is_own = pl.col("source_file").is_null() | ~pl.col("source_file").str.contains("/central/")
    return pl.concat([accepted.issues, doubtful]).filter(is_own)


def _report(form: Path, workspace: Workspace) -> tuple[Definition, Report]:
    """Read a form as the report of the unit and assessment that it names."""
    from hashlib import sha256

    from dti_pipeline.index.definition import define
    from dti_pipeline.intake.assessed_units import AssessedUnits
    from dti_pipeline.intake.files.deliveries import Delivery
    from dti_pipeline.intake.files.file_issues import file_words
    from dti_pipeline.intake.files.workers import read_files
    from dti_pipeline.intake.forms.meta import read_meta
    from dti_pipeline.intake.forms.reader import read_form
    from dti_pipeline.intake.forms.reports import Report
    from dti_pipeline.intake.place import Place

    if not form.is_file():
        raise UsageError("score.missing", form=form)
    (content,) = read_files([form.resolve()], root=form.resolve().parent)
    meta = read_meta(content.sheets or ())
    if content.sheets is None or not meta.get("assessment_id"):
        why = joined([("", ""), *map(file_words, content.findings)], "; ")
        raise UsageError("score.no_form", form=form, why=why)
    definition = define(meta["assessment_id"], workspace=workspace)
    unit_id = meta.get("unit_id", "")
    group = AssessedUnits.of(definition).group_of(unit_id)
    if group is None:
        assessment = definition.assessment.id
        raise UsageError("score.unknown_unit", form=form, assessment=assessment, unit=unit_id)
    reading = read_form(
        content.sheets,
        assessment=definition.assessment,
        framework=group.framework,
        place=Place(form.name, unit_id=unit_id, unit_name=group.units[unit_id]),
    )
    digest = sha256(form.read_bytes()).hexdigest()
    delivery = Delivery(1, form.name, "self_report", digest)
    return definition, Report(delivery, unit_id, reading)


def _row(outlook: ComponentOutlook, points_prev: float | None) -> dict[str, Any]:
    return {
        "component_code": outlook.code,
        "main_code": outlook.main_code,
        "points_low": outlook.low / 1e6,
        "points_high": outlook.high / 1e6,
        "max_points": outlook.maximum / 1e6,
        "points_lost": (outlook.maximum - outlook.high) / 1e6,
        "points_prev": points_prev,
        "lost_reason": outlook.lost or None,
        "waits_for": outlook.waits_for or None,
    }


def _print(definition: Definition, unit_id: str, rows: list[dict[str, Any]], sums: Sums) -> None:
    from dti_pipeline.analysis.unit_points import LOST, WAITS

    unit = definition.units.filter(unit_id=unit_id).row(0, named=True)
    framework = definition.frameworks[unit["framework_id"]]
    texts = {**LOST, **WAITS}

    def scope_name(code: str) -> Text:
        main = framework.mains.get(code)
        return main.name if main else name_of("scopes", "overall")

    is_compared = any(row["points_prev"] is not None for row in rows)
    print_table(
        "form_components",
        rows,
        title=f"{definition.assessment.id} · {unit['unit_name']}",
        without=() if is_compared else ["points_prev"],
        name=lambda row: framework.names[row["component_code"]],
        points=lambda row: _range(row["points_low"], row["points_high"]),
        reason=lambda row: texts.get(row["lost_reason"] or row["waits_for"], ""),
    )
    scopes = [
        {"code": code, "points_lost": max(of_scope["maximum"] - of_scope["high"], 0.0), **of_scope}
        for code, of_scope in sums.items()
    ]
    print_table(
        "form_scopes",
        scopes,
        name=lambda row: scope_name(row["code"]),
        points=lambda row: _range(row["low"], row["high"]),
    )
    if any(row["waits_for"] for row in rows):
        tell("score.ranges")


def _range(low: float, high: float) -> str:
    return f"{points_text(low)}" if low == high else f"{points_text(low)}–{points_text(high)}"
