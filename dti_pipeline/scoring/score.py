"""Points and sums of all units of an assessment, framework by framework."""

from dataclasses import dataclass, replace

import polars as pl
from pandera.typing.polars import DataFrame

from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.scoring.aggregation import add_up, scopes
from dti_pipeline.scoring.components import gaps, score_within
from dti_pipeline.scoring.merged_units import merged_sums
from dti_pipeline.scoring.ranking import publish_values
from schemas.stages import ComponentPoints, ScopeSums


@dataclass(frozen=True)
class Scores:
    """Wide frames of one framework's units: points per component, sums and values per scope."""

    framework_id: str
    points: DataFrame[ComponentPoints]
    sums: DataFrame[ScopeSums]


def score(definition: Definition, values: pl.DataFrame) -> tuple[Scores, ...]:
    """Score the components of the source's units and add them up.

    The values are those that count, or what might be in their place: unit_id, component_code,
    variable, value_micro, obs_status, one row per unit and variable.
    """
    source = definition.source
    scores = []
    for framework in source.frameworks.values():
        unit_ids = source.scored_units(framework.id, values)
        figures = figures_frame(
            values.filter(pl.col("unit_id").is_in(unit_ids)),
            framework=framework,
            unit_ids=unit_ids,
        )
        points = score_within(
            figures,
            framework=framework,
            pools=source.peers(framework.id),
            not_assessed=source.assessment.dropped,
        )
        sums = add_up(points, framework=framework, not_assessed=source.assessment.dropped)
        scores.append(
            Scores(
                framework_id=framework.id,
                points=ComponentPoints.validate(points.hstack(gaps(figures, framework))),
                sums=_published(sums, framework, source),
            )
        )
    return tuple(scores)


def carried_over(scores: Scores, definition: Definition) -> Scores:
    """Turn the source's sums into those of the assessment's own units; the same where they are."""
    if definition.succession is None:
        return scores
    framework = definition.frameworks[scores.framework_id]
    sums = merged_sums(scores.sums, succession=definition.succession, framework=framework)
    return replace(scores, sums=_published(sums, framework, definition))


def _published(
    sums: pl.DataFrame, framework: BoundFramework, definition: Definition
) -> DataFrame[ScopeSums]:
    decimals = definition.assessment.value_decimals
    return ScopeSums.validate(publish_values(sums, scopes=scopes(framework), decimals=decimals))
