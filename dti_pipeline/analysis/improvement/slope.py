"""The effective slope of a rule: what one more unit of a figure brings from where a unit is."""

from dataclasses import dataclass

from dti_pipeline.analysis.improvement.reachable import ComponentReach
from dti_pipeline.analysis.improvement.rescoring import Place


@dataclass(frozen=True)
class Step:
    """The way to one result.

    Attributes:
        points: the result in micro-points.
        changes: figures to reach it, in millionths, by the place where they are delivered.
        slope: points per unit of the figure on the way there; None where several figures change or
            an answer does.
    """

    points: int
    changes: dict[Place, int]
    slope: float | None


def step_to(reach: ComponentReach, points: int) -> Step | None:
    """Return the way to the smallest result from ``points`` on; None where there is none.

    The slope is that of the whole way: on a straight rule it is the slope everywhere, where a step
    lies between it tells what the figure earns until the step is taken.
    """
    aim = reach.at_least(points)
    if aim is None or aim <= reach.points:
        return None
    changes = reach.changes_for(aim)
    if changes is None:
        return None
    return Step(points=aim, changes=changes, slope=_slope(reach, aim, changes))


def _slope(reach: ComponentReach, points: int, changes: dict[Place, int]) -> float | None:
    if len(changes) != 1:
        return None
    (((code, variable), figure),) = changes.items()
    names = [n for n, column in reach.component.columns.items() if column == f"{code}.{variable}"]
    part = reach.component.parts[0]
    before = reach.parts[0].now.get(names[0])
    if part.is_answered(names[0]) or before is None or before == figure:
        return None
    return round((points - reach.points) / (figure - before), 12)
