"""Say before a run which jumps its release would show, so that senders can be asked in time."""

import polars as pl

from dti_pipeline.acceptance.accept import Acceptance
from dti_pipeline.acceptance.plausibility.settings import load_settings
from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.tables.official import OfficialResults
from dti_pipeline.pipeline import agree, rank, score
from dti_pipeline.release.jump_issues import year_of
from dti_pipeline.release.jumps import Year, jumps
from dti_pipeline.release.releases import Published
from dti_pipeline.release.years import add_change
from dti_pipeline.results.facts import observation_facts
from dti_pipeline.store.revisions import Store
from dti_pipeline.workspace import Workspace
from schemas.issues.issue import to_frame
from schemas.text import Text


def jumps_ahead(
    definition: Definition,
    accepted: Acceptance,
    official: OfficialResults,
    *,
    workspace: Workspace,
    is_blocked: bool,
) -> pl.DataFrame:
    """Return the jumps on the compared assessment, as it stands in the release or in the store.

    Args:
        definition: the assessment.
        accepted: its figures and what was said of them.
        official: its official results.
        workspace: where the compared assessment is looked up.
        is_blocked: figures are missing or unread, so that values of main indices mean nothing yet
            and only single figures are compared.

    Returns:
        Columns of ``dq_issue`` as far as an issue has them; empty where nothing is strictly
        comparable or the compared assessment was never computed.
    """
    before = _before(definition, workspace)
    if before is None:
        return to_frame([])
    # A derived assessment has no observations of its own: its source shows them.
    judged = accepted.observations
    observations = observation_facts(definition, definition.own_rows(judged))
    if is_blocked:
        ranking = before.ranking.clear()
    else:
        facts = rank(definition, score(definition, accepted.values), judged)
        scopes, _ = agree(definition, facts.scopes, official)
        ranking = add_change(scopes, previous=before.ranking, kind="none")
    frameworks = definition.frameworks.values()
    return to_frame(
        jumps(
            Year(
                units=definition.units.select("unit_id", "framework_id"),
                observations=observations,
                ranking=ranking,
            ),
            before,
            names={
                one.id: {
                    bound.code: Text(bound.component.name_vi, bound.component.name_en)
                    for bound in one.components
                }
                for one in frameworks
            },
            settings={
                one.id: load_settings(one.file.checks, framework_id=one.id) for one in frameworks
            },
        )
    )


def _before(definition: Definition, workspace: Workspace) -> Year | None:
    """Find the compared assessment: published, or computed only; None where it is neither."""
    assessment = definition.assessment
    compared = assessment.compared_with
    if compared is None or assessment.comparability_break is not None:
        return None
    latest = Published(workspace.published).latest()
    if latest is not None and compared in latest.assessments:
        own = pl.col("assessment_id") == compared
        tables = {
            name: latest.scan(name).filter(own).collect()
            for name in ("fact_observation", "fact_ranking")
        }
    else:
        store = Store(workspace.store)
        revisions = store.revisions(compared)
        if not revisions:
            return None
        newest = revisions[-1].revision_id
        tables = {name: store.table(newest, name) for name in ("fact_observation", "fact_ranking")}
    return year_of(observations=tables["fact_observation"], ranking=tables["fact_ranking"])
