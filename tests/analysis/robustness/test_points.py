import numpy as np
import pytest

from dti_pipeline.analysis.robustness.points import NotDrawnError
from dti_pipeline.analysis.robustness.ranks import competition_ranks
from tests.analysis.robustness.samples import random_scores, scored

# DTI 2022: values of the eight counted mains and the overall value, of five provinces. (The printed
# mains of a sixth, TP. Hồ Chí Minh, are rounded such that they give 0.7164 for the published 0.7163.)
MAXIMA = [100, 100, 100, 100, 100, 200, 150, 150]
KNOWN = {
    "Đà Nẵng": ([1.0, 0.9, 0.8253, 0.8487, 0.7578, 0.8575, 0.7836, 0.5197], 8002),
    "Quảng Ninh": ([0.9581, 0.9, 0.7648, 0.6250, 0.5382, 0.8385, 0.5904, 0.4505], 7024),
    "Thừa Thiên Huế": ([0.95, 0.9, 0.6823, 0.6794, 0.6423, 0.8262, 0.6787, 0.3001], 6975),
    "Cần Thơ": ([0.9, 0.8, 0.7233, 0.7376, 0.7226, 0.7325, 0.7556, 0.2947], 6924),
    "Bắc Kạn": ([0.675, 0.4, 0.4742, 0.5807, 0.1704, 0.3483, 0.4554, 0.1742], 3941),
}


def test_overall_values_of_2022_come_out_as_published() -> None:
    points = scored(
        np.array([mains for mains, _ in KNOWN.values()]) * MAXIMA, MAXIMA, list(range(8))
    )
    values = points.nominal_values()
    assert values.tolist() == [value for _, value in KNOWN.values()]
    assert competition_ranks(values[None, :], points.pools).tolist() == [[1, 2, 3, 4, 5]]


def test_each_unit_may_have_its_own_maximum() -> None:
    """A component that does not apply leaves the second unit's maximum."""
    points = scored([[6, 3], [6, 0]], [[10, 5], [10, 0]], [0, 1])
    assert points.nominal_values().tolist() == [6000, 6000]
    assert points.values(np.array([[1.0, 2.0]])).tolist() == [[6000, 6000]]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"points_micro": np.array([[1.0, 2.0]])}, TypeError, "points_micro must be int64"),
        ({"points_micro": np.zeros((0, 2), np.int64)}, ValueError, "units × components"),
        ({"max_micro": np.array([5])}, ValueError, "max_micro must have shape"),
        ({"max_micro": np.array([[-5, 5]])}, ValueError, "must not be negative"),
        ({"max_micro": np.array([[0, 0]])}, ValueError, "nothing is counted"),
        ({"max_micro": np.array([[5.0, 5.0]])}, TypeError, "max_micro must be int64"),
        ({"main_of_component": np.array([0, -1])}, ValueError, "must not be negative"),
        ({"pool_ids": np.array([0, 1])}, ValueError, "pool_ids must have shape"),
        ({"rejection_probability": np.array([[0.1, np.nan]])}, ValueError, "between 0 and 1"),
        ({"rejection_probability": np.array([[0.1, 1.5]])}, ValueError, "between 0 and 1"),
        ({"rejection_probability": np.array([0.1, 0.1])}, ValueError, "must have shape"),
    ],
)
def test_input_that_cannot_be_right_is_refused(
    changes: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        scored([[1, 2]], [5, 5], [0, 0], **changes)


def test_weights_too_large_for_exact_sums_are_refused() -> None:
    points = random_scores(3)
    with pytest.raises(NotDrawnError, match="too large for exact sums"):
        points.values(np.full((1, 12), 2.0**40))
