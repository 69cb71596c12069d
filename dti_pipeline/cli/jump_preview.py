"""What a release would say across years, before it is computed, so that senders can be asked."""

import polars as pl

from dti_pipeline.acceptance.accept import Acceptance
from dti_pipeline.acceptance.plausibility.settings import load_check_settings
from dti_pipeline.exact import with_figures
from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.tables.official import OfficialResults
from dti_pipeline.pipeline import agree, rank, score
from dti_pipeline.release.issues import year_of
from dti_pipeline.release.jumps import Year, jumps
from dti_pipeline.release.releases import Published
from dti_pipeline.release.repeats import repeated_files
from dti_pipeline.release.years import add_change
from dti_pipeline.results.facts import observation_facts
from dti_pipeline.store.revisions import Store
from schemas.issues.issue import to_frame
from schemas.tables.observations import FactObservation


def jumps_ahead(
    definition: Definition, accepted: Acceptance, official: OfficialResults, *, is_blocked: bool
) -> pl.DataFrame:
    """Return the jumps on the compared assessment, as it stands in the release or in the store.

    With ``is_blocked``, figures are missing or unread: values of main indices mean nothing yet and
    only single figures are compared. Nothing is, where the years are not strictly comparable or
    the compared one was never computed.
    """
    # A derived assessment has no observations of its own: its source shows them.
    observations = observation_facts(definition, definition.own_rows(accepted.observations))
    before = _compared_year(definition)
    files = repeated_files(observations, _earlier_observations(definition, before))
    if before is None:
        return to_frame(files)
    if is_blocked:
        ranking = before.ranking.clear()
    else:
        facts = rank(definition, score(definition, accepted.values), accepted.observations)
        scopes, _ = agree(definition, facts.scopes, official)
        ranking = add_change(with_figures(scopes), previous=before.ranking, kind="none")
    units = definition.units.select("unit_id", "framework_id")
    now = Year(units=units, observations=observations, ranking=ranking)
    names = {name: framework.names for name, framework in definition.frameworks.items()}
    settings = {
        name: load_check_settings(framework.file.checks, framework_id=name)
        for name, framework in definition.frameworks.items()
    }
    return to_frame([*files, *jumps(now, before, names=names, settings=settings)])


def _earlier_observations(definition: Definition, before: Year | None) -> pl.DataFrame:
    """Return the figures of earlier years: those of the release, and of the compared one."""
    columns = ("assessment_id", "source_file", "source_sheet", "source_cell", "source_sha256")
    latest = Published(definition.workspace.published).latest()
    frames = [before.observations if before is not None else FactObservation.empty()]
    if latest is not None:
        earlier = pl.col("assessment_year") < definition.assessment.year
        frames.append(latest.scan("fact_observation").filter(earlier).collect())
    return pl.concat([frame.select(columns) for frame in frames])


def _compared_year(definition: Definition) -> Year | None:
    """Return the compared assessment, published or computed only; None where it is neither."""
    assessment, workspace = definition.assessment, definition.workspace
    compared = assessment.compared_with
    if compared is None or assessment.comparability_break is not None:
        return None
    latest = Published(workspace.published).latest()
    names = ("fact_observation", "fact_ranking")
    if latest is not None and compared in latest.revisions:
        observations, ranking = (
            latest.scan(name).filter(assessment_id=compared).collect() for name in names
        )
    else:
        store = Store(workspace.store)
        revisions = store.revisions(compared)
        if not revisions:
            return None
        observations, ranking = (store.table(revisions[-1], name) for name in names)
    return year_of(observations=observations, ranking=ranking)
