"""Whole runs of an assessment over the repository's own deliveries, without writing anything."""

from dataclasses import dataclass

import polars as pl

from dti_pipeline import pipeline
from dti_pipeline.exact import with_figures
from dti_pipeline.index.definition import Definition, define
from dti_pipeline.scoring.score import Scores
from dti_pipeline.workspace import Workspace
from tests.conftest import REPOSITORY


@dataclass(frozen=True)
class Run:
    """What one run gives: the intake's and acceptance's issues, scores, facts."""

    definition: Definition
    issues: pl.DataFrame
    observations: pl.DataFrame
    scores: tuple[Scores, ...]
    components: pl.DataFrame
    scopes: pl.DataFrame
    differences: pl.DataFrame

    def overall(self, group: str | None = None) -> pl.DataFrame:
        rows = self.scopes.filter(scope="overall")
        return rows if group is None else rows.filter(group_code=group)


def run(assessment_id: str) -> Run:
    definition = define(assessment_id, workspace=Workspace(data=REPOSITORY / "data"))
    intake = pipeline.read(definition)
    accepted = pipeline.accept(definition, intake.observations)
    scores = pipeline.score(definition, accepted.values)
    facts = pipeline.rank(definition, scores, accepted.observations)
    scopes, differences = pipeline.agree(definition, facts.scopes, intake.official)
    return Run(
        definition=definition,
        issues=pl.concat([intake.issues, accepted.issues]),
        observations=accepted.observations,
        scores=scores,
        components=with_figures(facts.components),
        scopes=with_figures(scopes),
        differences=differences,
    )
