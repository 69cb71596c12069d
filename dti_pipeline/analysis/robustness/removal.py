"""Leave one component, or one main index, out: which one decides a unit's rank.

What is left out leaves the points and the maximum, as a component that was not assessed does.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.points import ScoredPoints
from dti_pipeline.analysis.robustness.ranks import competition_ranks

# Deciding component of a unit whose rank nothing moves.
NONE_DECIDES: Final = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class LeftOut:
    """Ranks with one component or main left out in turn.

    Attributes:
        rank: (units × elements) rank without it.
        move: (units × elements) places gained by leaving it out: positive is up.
    """

    rank: NDArray[np.int64]
    move: NDArray[np.int64]


def leave_one_component_out(points: ScoredPoints) -> LeftOut:
    """Rank all units without each component in turn.

    Raises:
        ValueError: if a unit has no other component to be scored on.
    """
    return _leave_out(points, np.arange(len(points.main_of_component)))


def leave_one_main_out(points: ScoredPoints) -> LeftOut:
    """Rank all units without each main index in turn.

    Raises:
        ValueError: if a unit has no other main to be scored on.
    """
    return _leave_out(points, points.main_of_component)


def _leave_out(points: ScoredPoints, element: NDArray[np.intp]) -> LeftOut:
    """Give each element weight zero in turn; ``element`` is the one each component belongs to."""
    weights = element != np.arange(element.max() + 1)[:, None]
    values = np.vstack((points.nominal_values(), points.values(weights.astype(np.float64))))
    nominal, *without = competition_ranks(values, points.pools)
    rank = np.stack(without, axis=1)
    return LeftOut(rank=rank, move=nominal[:, None] - rank)


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
