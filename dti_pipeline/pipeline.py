"""The order of the stages: deliveries of one assessment in, the tables of its revision out.

`compute` is the whole way. The Dagster assets, `dti check` and commands that try other figures
call the stages one by one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import polars as pl
from pandera.typing.polars import DataFrame

from dti_pipeline.acceptance.accept import Acceptance, accept_values
from dti_pipeline.acceptance.plausibility.checks import doubts
from dti_pipeline.analysis.tables import analysis_tables
from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.files.deliveries import Kind
from dti_pipeline.intake.files.kept import KeptResults
from dti_pipeline.intake.observe import Intake, Reading, gather, read_all, read_deliveries
from dti_pipeline.intake.tables.official import read_official
from dti_pipeline.results.agreement import agree
from dti_pipeline.results.facts import Facts, rank
from dti_pipeline.results.on_demand import OnDemand
from dti_pipeline.results.tables import result_tables
from dti_pipeline.scoring.score import score
from dti_pipeline.workspace import Workspace
from schemas.stages import AcceptedObservations, Observations

__all__ = [
    "accept",
    "agree",
    "compute",
    "deliveries",
    "rank",
    "read",
    "score",
    "tables",
    "together",
]


def compute(definition: Definition) -> dict[str, pl.DataFrame]:
    """Compute an assessment from its deliveries.

    Returns:
        Release table name → rows, without the ids of revision and release.
    """
    intake = read(definition)
    accepted = accept(definition, intake.observations)
    scores = score(definition, accepted.values)
    facts = rank(definition, scores, accepted.observations)
    scopes, differences = agree(definition, facts.scopes, intake.official)
    computed = tables(
        definition,
        facts=replace(facts, scopes=scopes),
        observations=accepted.observations,
        issues=[intake.issues, accepted.issues, differences],
    )
    return dict(computed)


def read(definition: Definition) -> Intake:
    """Read all deliveries of the source, and the official results of the assessment itself."""
    return together(definition, read_all(definition.source))


def deliveries(
    definition: Definition,
    kind: Kind,
    *,
    after: Sequence[Reading] = (),
    workspace: Workspace,
) -> Reading:
    """Read the source's deliveries of one kind, after those that they correct or appraise.

    Args:
        definition: the assessment, laid out: nobody changes its files meanwhile.
        kind: one of `Kind`.
        after: the readings of the kinds before it.
        workspace: keeps what was read before.
    """
    kept = KeptResults(workspace.readings(definition.source.assessment.id) / kind)
    return read_deliveries(definition.source, kind, after=after, kept=kept)


def together(definition: Definition, readings: Sequence[Reading]) -> Intake:
    """Put what the deliveries say together, and read the assessment's own official results."""
    intake = gather(definition.source, readings)
    official, file_issues = read_official(definition)
    issues = [definition.issues_that_matter(intake.issues), file_issues]
    return replace(
        intake,
        observations=definition.observations_that_matter(intake.observations),
        issues=pl.concat(issues),
        official=official,
    )


def accept(definition: Definition, observations: DataFrame[Observations]) -> Acceptance:
    """Choose the value that counts for every unit and variable, and say what is doubtful."""
    source = definition.source
    units = source.expected_units(observations)
    accepted = accept_values(observations, frameworks=source.frameworks, units=units)
    issues = [accepted.issues]
    if source.checks_plausibility:
        issues.append(
            doubts(
                accepted.observations,
                frameworks=source.frameworks,
                units=units,
                not_assessed=source.assessment.dropped,
                zero_denominator=source.assessment.zero_denominator,
            )
        )
    return replace(accepted, issues=definition.issues_that_matter(pl.concat(issues)))


def tables(
    definition: Definition,
    *,
    facts: Facts,
    observations: DataFrame[AcceptedObservations],
    issues: Iterable[pl.DataFrame],
) -> OnDemand:
    """Lay an assessment's results and what follows from them out as the tables of a revision.

    Args:
        facts: components, and scopes after the comparison with official results.
        observations: all of them, and which count.
        issues: those of every stage, in the order of the stages.
    """
    results = result_tables(definition, facts=facts, observations=observations, issues=issues)
    return results | analysis_tables(definition, results)
