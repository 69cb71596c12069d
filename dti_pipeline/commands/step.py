"""The next step of one component: which figures it needs, and what they earn on the way."""

from typing import Any

import polars as pl

from dti_pipeline.analysis.improvement.plan_table import measure
from dti_pipeline.analysis.improvement.reachable import reachable
from dti_pipeline.analysis.improvement.rescoring import without_evidence
from dti_pipeline.analysis.improvement.slope import step_to
from dti_pipeline.analysis.improvement.worth import Reach
from dti_pipeline.commands.errors import UsageError
from dti_pipeline.commands.recorded import recorded_accounts
from dti_pipeline.exact import MICRO
from dti_pipeline.release.releases import Release
from dti_pipeline.workspace import Workspace


def next_step(
    release: Release, assessment: str, unit_id: str, *, component: str, workspace: Workspace
) -> dict[str, Any] | None:
    """Return a component's next step with the figures it needs.

    Returns:
        points, slope (points per unit of the figure), measures; None where there is none, or the
        assessment is not scored from figures of its own.
    """
    try:
        accounts = recorded_accounts(assessment, release=release, workspace=workspace)
    except UsageError:
        return None
    observations = release.scan("fact_observation").filter(pl.col("assessment_id") == assessment)
    kept_back = without_evidence(observations.collect(), unit_id=unit_id)
    found = reachable(accounts, unit_id, codes=[component], kept_back=kept_back).get(component)
    if found is None:
        return None
    general = Reach.of(found.component.steps())
    wanted = int(general.next_step(pl.Series([found.points]).to_numpy())[0])
    step = step_to(found, wanted)
    if step is None:
        return None
    framework = accounts.framework_of(unit_id)
    present = {**kept_back, **accounts.figures_of(unit_id)}
    return {
        "points": step.points / MICRO,
        "slope": step.slope,
        "measures": [
            measure(framework, place, before=present.get(place), after=figure)
            for place, figure in step.changes.items()
        ],
    }
