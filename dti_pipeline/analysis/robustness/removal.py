"""Leave one component, or one main index, out: which one decides a unit's rank.

What is left out leaves the points and the maximum, as a component that was not assessed does. A
unit that has nothing else to be scored on has no rank without it: the others are ranked as if it
were not there, and nothing decides its rank.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.points import ScoredPoints
from dti_pipeline.analysis.robustness.ranks import competition_ranks
from dti_pipeline.exact import array_value_units

# Deciding component of a unit whose rank nothing moves.
NONE_DECIDES: Final = -1

# Rank of a unit that has nothing to be scored on.
NO_RANK: Final = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class LeftOut:
    """(units × elements) with one component or main left out in turn.

    ``rank`` is the rank without it, `NO_RANK` where nothing else is assessed; ``move`` the places
    gained by leaving it out: positive is up, 0 without a rank.
    """

    rank: NDArray[np.int64]
    move: NDArray[np.int64]


def leave_one_component_out(points: ScoredPoints) -> LeftOut:
    return _leave_out(points, np.arange(len(points.main_of_component)))


def leave_one_main_out(points: ScoredPoints) -> LeftOut:
    return _leave_out(points, points.main_of_component)


def _leave_out(points: ScoredPoints, element: NDArray[np.intp]) -> LeftOut:
    """Give each element weight zero in turn; ``element`` is the one each component belongs to."""
    weights = (element != np.arange(element.max() + 1)[:, None]).astype(np.float64)
    maximum = weights @ points.max_micro.T
    has_rest = maximum > 0
    values = array_value_units(
        weights @ points.points_micro.T, np.where(has_rest, maximum, 1), decimals=points.decimals
    )
    # Below everyone: a unit without a rank must not move the others.
    values = np.where(has_rest, values, values.min() - 1)
    nominal, *without = competition_ranks(
        np.vstack((points.nominal_values(), values)), points.pools
    )
    rank, has_rest = np.stack(without, axis=1), has_rest.T
    move = np.where(has_rest, nominal[:, None] - rank, 0)
    return LeftOut(rank=np.where(has_rest, rank, NO_RANK), move=move)


def deciding_component(points: ScoredPoints, left_out: LeftOut) -> NDArray[np.int64]:
    """Return the component that decides each unit's rank, -1 where none moves it.

    It is the one that moves the rank furthest, up or down, when left out; of several the one that
    lost the unit most points, and then the first.
    """
    distance = np.abs(left_out.move)
    furthest = distance.max(axis=1, keepdims=True)
    # Losses only tell apart those that move furthest; the rest must never win.
    lost = np.where(
        distance == furthest, points.max_micro - points.points_micro, np.iinfo(np.int64).min
    )
    return np.where(furthest[:, 0] > 0, lost.argmax(axis=1), NONE_DECIDES)
