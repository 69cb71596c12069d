"""``dti status``: who has delivered, what is missing, what waits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dti_pipeline.cli import options
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import print_json, print_table, say, whole
from dti_pipeline.reports.words import name_of, reason, words_of
from dti_pipeline.workspace import Workspace
from schemas.text import Text

if TYPE_CHECKING:
    from dti_pipeline.index.definition import Definition


def show_status(
    assessment: options.Assessment,
    data: options.Data = Path("data"),
    lang: options.Lang = "vi",  # noqa: ARG001 - its callback chooses the language
    as_json: options.Json = False,
) -> int:
    """Say who has delivered, what is missing and what waits."""
    import polars as pl

    from dti_pipeline.index.definition import define
    from dti_pipeline.pipeline import accept, read
    from dti_pipeline.results.dimensions import supply_rows

    definition = define(assessment, workspace=Workspace(data=data.resolve()))
    intake = read(definition)
    delivered = (
        intake.observations.filter(pl.col("source_kind") == "self_report")
        .group_by("unit_id")
        .agg(figures=pl.len(), file=pl.col("source_file").first())
    )
    asking = _asking_frameworks(definition)
    report = (
        pl.when(~pl.col("framework_id").is_in(asking))
        .then(pl.lit("not asked"))
        .when(pl.col("file").is_null())
        .then(pl.lit("missing"))
        .otherwise(pl.lit("delivered"))
    )
    rows = (
        definition.units.select("unit_id", "unit_name", "framework_id")
        .join(delivered, on="unit_id", how="left", maintain_order="left")
        .select("unit_id", "unit_name", "figures", "file", report=report)
    )
    missing = rows.filter(pl.col("report") == "missing")
    waits, state = _state(definition)
    supplies = supply_rows(definition)
    if as_json:
        print_json(
            rows.to_dicts(),
            assessment_id=assessment,
            waits=waits,
            missing=missing.height,
            supplies=supplies,
        )
        return 0
    by_kind = pl.Series("kind", [d.kind for d in intake.deliveries]).value_counts(sort=True)
    print_table(
        by_kind.iter_rows(named=True),
        (Text("Loại tệp", "Kind"), lambda row: name_of("deliveries", row["kind"])),
        (Text("Số tệp", "Files"), "count"),
    )
    if asking:
        asked = rows.filter(pl.col("report") != "not asked").height
        names = ", ".join(missing["unit_name"].to_list()) or "–"
        count = f"{asked - missing.height}/{asked}"
        say(
            Text(
                f"Báo cáo tự đánh giá: {count}; chưa nộp: {names}",
                f"Self-assessment reports: {count}; missing: {names}",
            )
        )
    if supplies:
        print_table(
            supplies,
            (Text("Chỉ số", "Component"), "printed_code"),
            (Text("Số liệu", "Figure"), lambda row: Text(row["name_vi"], row["name_en"])),
            (
                Text("Nơi cung cấp", "Supplier"),
                lambda row: Text(row["supplier_vi"], row["supplier_en"]),
            ),
            (Text("Cách cung cấp", "Way"), lambda row: name_of("supply_ways", row["way"])),
            (Text("Ngày thống nhất", "Agreed on"), "agreed_on"),
            (Text("Tình trạng", "State"), lambda row: name_of("supply_states", row["state"])),
        )
    issues = pl.concat([intake.issues, accept(definition, intake.observations).issues])
    counts = dict(issues.group_by("severity").len().iter_rows())
    counted = ", ".join(
        f"{spoken(name)} {whole(counts[severity])}"
        for severity, name in words_of("severities").items()
        if severity in counts
    )
    say(Text(f"Lỗi và lưu ý: {counted or '0'}", f"Issues: {counted or '0'}"))
    say(state)
    return 0


def _asking_frameworks(definition: Definition) -> list[str]:
    """Return the frameworks that ask units for reports.

    Nobody owes reports to a history; a derived assessment shows its source's deliveries.
    """
    return [
        framework.id
        for framework in definition.frameworks.values()
        if definition.assessment.kind == "computed"
        and any(
            variable.source == "self_report"
            for component in framework.components
            for variable in component.component.variables.values()
        )
    ]


def _state(definition: Definition) -> tuple[str, Text]:
    """Return what waits to be computed, empty where nothing does, and a line that says it."""
    from dti_pipeline.release.publish import WithdrawnInputsError, input_state

    try:
        state = input_state(definition, definition.workspace)
    except WithdrawnInputsError as error:
        text = error.text
        return str(error), Text(f"Đã thu hồi: {text.vi}", f"Withdrawn: {text.en}")
    if state.revision is None:
        changes = reason(state.changes)
        return state.changes, Text(f"Chờ tính: {changes.vi}", f"Waits to be computed: {changes.en}")
    name = state.revision.revision_id
    if state.is_current:
        return "", Text(f"Đã phát hành: {name}", f"Released: {name}")
    return "", Text(f"Đã tính, chờ phát hành: {name}", f"Computed, waits to be released: {name}")
