from collections.abc import Callable

import numpy as np
import pytest

from dti_pipeline.analysis.robustness.points import ScoredPoints
from dti_pipeline.analysis.robustness.ranks import competition_ranks
from dti_pipeline.analysis.robustness.removal import (
    NO_RANK,
    NONE_DECIDES,
    LeftOut,
    deciding_component,
    leave_one_component_out,
    leave_one_main_out,
)
from tests.analysis.robustness.samples import random_scores, scored


def ranks_without(points: ScoredPoints, dropped: np.ndarray) -> np.ndarray:
    """Rank again from an assessment that does not have the dropped components."""
    rest = ScoredPoints(
        points_micro=points.points_micro[:, ~dropped],
        max_micro=points.max_micro[:, ~dropped],
        main_of_component=points.main_of_component[~dropped],
        rejection_probability=points.rejection_probability[:, ~dropped],
        pool_ids=points.pool_ids,
        decimals=4,
    )
    return competition_ranks(rest.nominal_values()[None, :], rest.pools)[0]


def test_leaving_a_component_out_is_ranking_as_if_it_were_not_there() -> None:
    points = random_scores(40, pool_ids=np.arange(40) % 3)
    left_out = leave_one_component_out(points)
    assert left_out.rank.shape == (40, 12)
    for component in range(12):
        expected = ranks_without(points, np.arange(12) == component)
        assert (left_out.rank[:, component] == expected).all()
    nominal = ranks_without(points, np.zeros(12, dtype=bool))
    assert (left_out.move == nominal[:, None] - left_out.rank).all()
    assert (left_out.move != 0).any()


def test_leaving_a_main_out_takes_all_its_components_along() -> None:
    points = random_scores(40)
    left_out = leave_one_main_out(points)
    assert left_out.rank.shape == (40, 4)
    for main in range(4):
        expected = ranks_without(points, points.main_of_component == main)
        assert (left_out.rank[:, main] == expected).all()


def test_the_component_that_moves_the_rank_furthest_decides() -> None:
    """The third component keeps the first unit from being first; nothing moves the last."""
    points = scored([[5, 5, 0], [4, 4, 4], [3, 3, 3], [0, 0, 0]], [5, 5, 5], [0, 1, 1])
    left_out = leave_one_component_out(points)
    assert left_out.rank[0].tolist() == [3, 3, 1]
    assert left_out.move[0].tolist() == [-1, -1, 1]
    assert deciding_component(points, left_out).tolist() == [2, 2, 0, NONE_DECIDES]


def test_of_components_that_move_the_rank_as_far_the_one_that_lost_most_points_decides() -> None:
    points = scored([[4, 2, 9], [6, 6, 0]], [10, 10, 10], [0, 0, 0])
    left_out = leave_one_component_out(points)
    # First place (15 against 12 points) is lost without the third component only.
    assert left_out.move[0].tolist() == [0, 0, -1]
    assert deciding_component(points, left_out).tolist() == [2, 2]
    level = scored([[9, 0, 5], [5, 5, 3]], [10, 10, 10], [0, 0, 0])
    left_out = leave_one_component_out(level)
    assert left_out.move[0].tolist() == [-1, 0, -1]
    # Both cost it the lead; it lost 1 point in the first component and 5 in the third.
    assert deciding_component(level, left_out)[0] == 2


@pytest.mark.parametrize("leave_out", [leave_one_component_out, leave_one_main_out])
def test_a_unit_without_its_only_component_has_no_rank_and_moves_nobody(
    leave_out: Callable[[ScoredPoints], LeftOut],
) -> None:
    """Values 0.5, 0.7 and 0.6; the second unit is scored on the first component only."""
    points = scored([[2, 3], [4.2, 0], [4, 2]], [[6, 4], [6, 0], [6, 4]], [0, 1])
    left_out = leave_out(points)
    # Without the first: 0.75 before 0.5. Without the second: 0.33, 0.7, 0.67.
    assert left_out.rank.tolist() == [[1, 3], [NO_RANK, 1], [2, 2]]
    assert left_out.move.tolist() == [[2, 0], [0, 0], [0, 0]]
    assert deciding_component(points, left_out).tolist() == [0, NONE_DECIDES, NONE_DECIDES]
