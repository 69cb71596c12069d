"""Leave one component, or one main index, out: which one decides a unit's rank.

What is left out leaves the points and the maximum, as a component that was not assessed does.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.points import ScoredPoints
from dti_pipeline.analysis.robustness.ranks import competition_ranks
from dti_pipeline.analysis.robustness.tree import path_weights, without_each

# Deciding component of a unit whose rank nothing moves.
NONE_DECIDES: Final = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class LeftOut:
    """Ranks with one element left out in turn.

    Attributes:
        element: (elements,) component or main number left out, as in the points given.
        rank: (units × elements) rank without it.
        move: (units × elements) places gained by leaving it out: positive is up.
    """

    element: NDArray[np.intp]
    rank: NDArray[np.int64]
    move: NDArray[np.int64]


def leave_one_component_out(points: ScoredPoints, *, decimals: int = 4) -> LeftOut:
    """Rank all units without each counted component in turn.

    Args:
        points: the assessment.
        decimals: published decimals of the overall value; ranks compare these.

    Raises:
        ValueError: if a unit has no other component to be scored on.
    """
    return _leave_out(points, level=1, element=points.components, decimals=decimals)


def leave_one_main_out(points: ScoredPoints, *, decimals: int = 4) -> LeftOut:
    """Rank all units without each main index in turn.

    Args:
        points: the assessment.
        decimals: published decimals of the overall value; ranks compare these.

    Raises:
        ValueError: if a unit has no other main to be scored on.
    """
    return _leave_out(points, level=2, element=points.mains, decimals=decimals)


def deciding_component(points: ScoredPoints, left_out: LeftOut) -> NDArray[np.int64]:
    """Find the component that decides each unit's rank.

    It is the one that moves the rank furthest, up or down, when left out; of several the one that
    lost the unit most points, and then the first.

    Args:
        points: the assessment.
        left_out: as ``leave_one_component_out`` returns it.

    Returns:
        (units,) component number as in the points given, -1 where none moves the rank.
    """
    lost = (points.max_micro - points.points_micro)[:, left_out.element]
    distance = np.abs(left_out.move)
    furthest = distance.max(axis=1, keepdims=True)
    # Losses only tell apart those that move furthest; the rest must never win.
    place = np.where(distance == furthest, lost, np.iinfo(np.int64).min).argmax(axis=1)
    return np.where(furthest[:, 0] > 0, left_out.element[place], NONE_DECIDES)


def _leave_out(
    points: ScoredPoints, *, level: int, element: NDArray[np.intp], decimals: int
) -> LeftOut:
    """Give each element of a level weight zero in turn, and rank."""
    ones = [np.ones(size, dtype=np.int64) for size in points.tree.sizes]
    weights = path_weights(
        points.tree, without_each(points.tree, ones, level=level), normalised=False
    )
    everything = np.ones((1, len(points.components)), dtype=np.int64)
    values = points.values(np.concatenate((everything, weights)).astype(float), decimals=decimals)
    ranks = competition_ranks(values, points.pools).T.astype(np.int64)
    return LeftOut(element=element, rank=ranks[:, 1:], move=ranks[:, :1] - ranks[:, 1:])
