"""The stages of one assessment as assets, partitioned by assessment: deliveries to a revision.

An asset loads, calls one stage function and says what a person wants to see. No arithmetic here.
One partition is one assessment: a partition per unit would drown the event log.
"""

from functools import partial

import dagster as dg
import polars as pl

from assets.checks import AGREES_WITH_OFFICIAL, NOTHING_BLOCKS, checked_asset
from assets.resources import Frames, Tables, WorkspaceResource, preview
from dti_pipeline import pipeline
from dti_pipeline.exact import with_figures
from dti_pipeline.index.definition import define
from dti_pipeline.intake.files.deliveries import Kind
from dti_pipeline.intake.observe import MODELS, Reading
from dti_pipeline.intake.tables.official import OfficialResults
from dti_pipeline.release import publish
from dti_pipeline.results.facts import Facts
from dti_pipeline.scoring.score import Scores
from dti_pipeline.store.inputs import Input, collect_inputs, input_hash
from dti_pipeline.version import RULES_VERSION
from schemas.catalogue import TABLES
from schemas.codes import SEVERITIES
from schemas.issues.issue import to_frame
from schemas.stages import (
    AcceptedObservations,
    AcceptedValues,
    ComponentPoints,
    ComponentScores,
    Observations,
    OfficialComparison,
    OfficialFigures,
    RecordedInputs,
    ScopeScores,
    ScopeSums,
)

Context = dg.AssetExecutionContext
Result = dg.MaterializeResult[Frames]
OWNERS = ["team:dti"]
# Reading fails on a locked or half-copied file; scoring is pure and never needs a second try.
RETRY = dg.RetryPolicy(max_retries=2, delay=1)


def severities(issues: pl.DataFrame) -> dict[str, int]:
    return {f"{name}_issues": issues.filter(severity=name).height for name in SEVERITIES}


def assessment_assets(partitions: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """Build the assets; the caller lists the partitions, so that importing reads no file."""
    stage = partial(
        checked_asset, partitions_def=partitions, owners=OWNERS, code_version=RULES_VERSION
    )

    @stage(
        RecordedInputs,
        group_name="intake",
        kinds={"excel"},
        retry_policy=RETRY,
        description="Every file the assessment is computed from, with its hash, kept by content.",
    )
    def inputs(context: Context, workspace: WorkspaceResource) -> Result:
        definition = define(context.partition_key, workspace=workspace.paths)
        inputs = collect_inputs(definition)
        workspace.store.archive(inputs.entries)
        rows = [entry.record for entry in inputs.entries]
        listing = RecordedInputs.validate(pl.DataFrame(rows, schema=RecordedInputs.schema()))
        return dg.MaterializeResult(
            value={"inputs": listing, "issues": to_frame(inputs.issues)},
            metadata={"files": listing.height, "inputs": preview(listing, rows=50)},
            data_version=dg.DataVersion(input_hash(context.partition_key, inputs.entries)),
        )

    def delivered(name: str, kind: Kind, about: str, *after: str) -> dg.AssetsDefinition:
        """Declare the asset that reads the deliveries of one kind, after those it speaks of."""

        @stage(
            MODELS[kind],
            name=name,
            ins={before: dg.AssetIn(before) for before in ("inputs", *after)},
            group_name="intake",
            kinds={"polars", "excel"},
            description=about,
        )
        def read(context: Context, workspace: WorkspaceResource, **upstream: Tables) -> Result:
            inputs = upstream.pop("inputs")
            definition = workspace.definition(context.partition_key, inputs)
            reading = pipeline.deliveries(
                definition,
                kind,
                after=[_reading(before) for before in upstream.values()],
                workspace=workspace.paths,
            )
            files = inputs["inputs"].filter(role=kind).select("path", "sha256")
            return dg.MaterializeResult(
                value={"figures": reading.figures, "issues": reading.issues},
                metadata={
                    "files": len(reading.deliveries),
                    "figures": reading.figures.height,
                    "units": reading.figures["unit_id"].n_unique(),
                    **severities(reading.issues),
                    "deliveries": preview(files, rows=50),
                },
            )

        return read

    figures = ("central_tables", "self_reports")
    corrected = "Figures put in the place of earlier ones, with reason and authority."
    decided = "What reviewers and the council decided."
    deliveries = [
        delivered("central_tables", "central", "Figures that agencies hold."),
        delivered("self_reports", "self_report", "Figures that units report."),
        delivered("corrections", "correction", corrected, *figures),
        delivered("appraisals", "appraisal", decided, *figures, "corrections"),
    ]

    @stage(
        Observations,
        OfficialFigures,
        group_name="intake",
        kinds={"polars", "excel"},
        description="Every figure of every delivery, with its file, sheet and cell, and issues.",
    )
    def observations(
        context: Context,
        workspace: WorkspaceResource,
        inputs: Tables,
        central_tables: Tables,
        self_reports: Tables,
        corrections: Tables,
        appraisals: Tables,
    ) -> Result:
        readings = [central_tables, self_reports, corrections, appraisals]
        intake = pipeline.together(
            workspace.definition(context.partition_key, inputs), [*map(_reading, readings)]
        )
        issues = pl.concat([inputs["issues"], intake.issues])
        return dg.MaterializeResult(
            value={
                "observations": intake.observations,
                "issues": issues,
                "official": intake.official.figures,
                "official_issues": intake.official.issues,
            },
            metadata={
                "observations": intake.observations.height,
                "deliveries": inputs["inputs"].filter(pl.col("role").is_in(list(MODELS))).height,
                **severities(issues),
                "first_issues": preview(
                    issues.select("severity", "rule_id", "message_vi", "source_file")
                ),
            },
        )

    @stage(
        AcceptedObservations,
        AcceptedValues,
        checks=[NOTHING_BLOCKS],
        group_name="intake",
        kinds={"polars"},
        description="One accepted value per unit and variable; central data wins where named.",
    )
    def accepted_values(
        context: Context, workspace: WorkspaceResource, inputs: Tables, observations: Tables
    ) -> Result:
        acceptance = pipeline.accept(
            workspace.definition(context.partition_key, inputs), observations["observations"]
        )
        return dg.MaterializeResult(
            value={
                "observations": acceptance.observations,
                "values": acceptance.values,
                "issues": pl.concat([observations["issues"], acceptance.issues]),
            },
            metadata={"values": acceptance.values.height, **severities(acceptance.issues)},
        )

    @stage(
        ComponentPoints,
        ScopeSums,
        group_name="scoring",
        kinds={"polars"},
        description="Points of every component, main, pillar and the whole, in micro-points.",
    )
    def scores(
        context: Context, workspace: WorkspaceResource, inputs: Tables, accepted_values: Tables
    ) -> Result:
        of_frameworks = pipeline.score(
            workspace.definition(context.partition_key, inputs), accepted_values["values"]
        )
        return dg.MaterializeResult(
            value={
                f"{what}-{entry.framework_id}": frame
                for entry in of_frameworks
                for what, frame in (("points", entry.points), ("sums", entry.sums))
            },
            metadata={
                "units": sum(entry.points.height for entry in of_frameworks),
                "components": sum(entry.points.width - 1 for entry in of_frameworks),
            },
        )

    @stage(
        ComponentScores,
        ScopeScores,
        group_name="ranking",
        kinds={"polars"},
        description="Ranks of every scope within pool, group and region, as long tables.",
    )
    def rankings(
        context: Context,
        workspace: WorkspaceResource,
        inputs: Tables,
        scores: Tables,
        accepted_values: Tables,
    ) -> Result:
        definition = workspace.definition(context.partition_key, inputs)
        of_frameworks = tuple(
            Scores(name, points=scores[f"points-{name}"], sums=scores[f"sums-{name}"])
            for name in definition.frameworks
        )
        facts = pipeline.rank(definition, of_frameworks, accepted_values["observations"])
        top = (
            with_figures(facts.scopes)
            .filter(pl.col("scope") == "overall")
            .sort("rank", "unit_id", nulls_last=True)
            .select("rank", "unit_name", "value", "points")
        )
        return dg.MaterializeResult(
            value={"components": facts.components, "scopes": facts.scopes},
            metadata={"top_ten": preview(top), "rows": facts.scopes.height},
        )

    @stage(
        OfficialComparison,
        ScopeScores,
        checks=[AGREES_WITH_OFFICIAL],
        group_name="ranking",
        kinds={"polars"},
        description="Results beside the official ones; marks what reproduces a published value.",
    )
    def official_agreement(
        context: Context,
        workspace: WorkspaceResource,
        inputs: Tables,
        observations: Tables,
        rankings: Tables,
    ) -> Result:
        scopes, issues = pipeline.agree(
            workspace.definition(context.partition_key, inputs),
            rankings["scopes"],
            OfficialResults(observations["official"], observations["official_issues"]),
        )
        return dg.MaterializeResult(
            value={"scopes": scopes, "issues": issues}, metadata={"differences": issues.height}
        )

    @stage(
        *TABLES.values(),
        group_name="release",
        kinds={"parquet"},
        io_manager_key="nothing",
        description="One computation of one assessment, kept for ever in the store.",
    )
    def revision(
        context: Context,
        workspace: WorkspaceResource,
        inputs: Tables,
        accepted_values: Tables,
        rankings: Tables,
        official_agreement: Tables,
    ) -> dg.MaterializeResult[None]:
        definition = workspace.definition(context.partition_key, inputs)
        store = workspace.store
        # `inputs` has put their contents into the store.
        entries = [Input(**row) for row in inputs["inputs"].iter_rows(named=True)]
        state = publish.input_state(definition, workspace.paths, entries)
        saved = state.revision or publish.save_revision(
            definition,
            store,
            tables=pipeline.tables(
                definition,
                facts=Facts(components=rankings["components"], scopes=official_agreement["scopes"]),
                observations=accepted_values["observations"],
                issues=[accepted_values["issues"], official_agreement["issues"]],
            ),
            state=state,
        )
        return dg.MaterializeResult(
            metadata={
                "revision_id": saved.revision_id,
                "reason": saved.reason,
                "is_new": state.revision is None,
                **severities(store.table(saved, "dq_issue")),
            },
            data_version=dg.DataVersion(saved.input_hash),
        )

    return [
        inputs,
        *deliveries,
        observations,
        accepted_values,
        scores,
        rankings,
        official_agreement,
        revision,
    ]


def _reading(tables: Tables) -> Reading:
    return Reading(tables["figures"], tables["issues"], deliveries=())
