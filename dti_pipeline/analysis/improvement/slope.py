"""The effective slope of a rule: what one more unit of a figure brings from where a unit is."""

from dataclasses import dataclass

from dti_pipeline.analysis.improvement.reachable import ComponentReach
from dti_pipeline.analysis.improvement.rescoring import Place
from dti_pipeline.exact import ratio


@dataclass(frozen=True)
class Step:
    """The way to one result.

    Attributes:
        points: the result in micro-points.
        changes: figures in millionths, by the place where they are delivered.
        slope: points per unit of the figure; None where several figures or an answer change.
    """

    points: int
    changes: dict[Place, int]
    slope: float | None


def step_up(reach: ComponentReach) -> Step | None:
    """Return the way to the next result where the rule changes, or else to the top."""
    steps = reach.component.steps()
    return step_to(reach, next((p for p in steps.breaks if p > reach.points), steps.top()))


def step_to(reach: ComponentReach, points: int) -> Step | None:
    """Return the way to the smallest result from ``points`` on; None where there is none.

    The slope is that of the whole way: on a straight rule it is the slope everywhere, where a step
    lies between it tells what the figure earns until the step is taken.
    """
    aim = reach.at_least(points)
    changes = None if aim is None or aim <= reach.points else reach.changes_for(aim)
    if aim is None or changes is None:
        return None
    return Step(points=aim, changes=changes, slope=_slope(reach, aim, changes))


def _slope(reach: ComponentReach, points: int, changes: dict[Place, int]) -> float | None:
    if len(changes) != 1:
        return None
    ((place, figure),) = changes.items()
    name = next(name for name, own in reach.places.items() if own == place)
    before = reach.now.get(name)
    if reach.component.parts[0].is_answered(name) or before is None or before == figure:
        return None
    return ratio(points - reach.points, figure - before, decimals=12)
