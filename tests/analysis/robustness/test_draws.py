import numpy as np
import pytest
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness import draws as draws_module
from dti_pipeline.analysis.robustness.draws import CHUNK, RejectionDraws, WeightDraws
from dti_pipeline.analysis.robustness.points import NotDrawnError, ScoredPoints
from dti_pipeline.exact import EXACT_LIMIT
from tests.analysis.robustness.samples import random_scores, scored


def weights_of(*, noise: float = 0.25, left_out: int = 0, chunks: int = 40) -> NDArray[np.float64]:
    draws = WeightDraws(points=random_scores(3), seed=11, noise=noise, left_out=left_out)
    return np.concatenate([draws.chunk(number) for number in range(chunks)]) / draws.scale


def test_weights_are_products_of_two_uniform_factors() -> None:
    weights = weights_of()
    assert weights.shape == (40 * CHUNK, 12)
    assert 0.75**2 <= weights.min() < 0.60
    assert 1.50 < weights.max() <= 1.25**2
    # Each factor has mean 1 and variance 0.25²/3, so the product has (1 + v)² - 1.
    assert weights.mean() == pytest.approx(1, abs=0.005)
    assert weights.var() == pytest.approx((1 + 0.25**2 / 3) ** 2 - 1, rel=0.03)


def test_components_of_one_main_share_its_factor() -> None:
    """Correlation v(1)/((1 + v)² - 1) within a main, none across."""
    correlation = np.corrcoef(weights_of().T)
    variance = 0.25**2 / 3
    assert correlation[0, 1] == pytest.approx(variance / ((1 + variance) ** 2 - 1), abs=0.04)
    assert correlation[0, 11] == pytest.approx(0, abs=0.04)


def test_no_noise_means_weight_one() -> None:
    assert (weights_of(noise=0, chunks=1) == 1).all()


def test_grid_of_weights_is_as_fine_as_exact_sums_allow() -> None:
    thousand = scored(np.full((2, 98), 5.0), [10.0] * 98, [0] * 98)
    draws = WeightDraws(points=thousand, seed=1, noise=0.25, left_out=0)
    assert draws.scale == 2**21
    assert thousand.largest_total * draws.chunk(0).max() < EXACT_LIMIT


def test_weights_are_whole_numbers() -> None:
    weights = WeightDraws(points=random_scores(3), seed=1, noise=0.25, left_out=0).chunk(5)
    assert (weights == np.rint(weights)).all()


def test_an_index_too_large_for_exact_sums_is_refused() -> None:
    huge = scored([[1e6]], [5e6], [0])
    with pytest.raises(NotDrawnError, match="5000000 points"):
        WeightDraws(points=huge, seed=1, noise=0.25, left_out=0)


def test_components_left_out_have_weight_zero() -> None:
    weights = weights_of(left_out=3)
    assert ((weights == 0).sum(axis=1) == 3).all()
    assert (weights == 0).mean(axis=0) == pytest.approx([3 / 12] * 12, abs=0.03)


@pytest.mark.parametrize(("noise", "left_out"), [(1.0, 0), (-0.1, 0), (0.25, 12), (0.25, -1)])
def test_settings_out_of_range_are_refused(noise: float, left_out: int) -> None:
    with pytest.raises(ValueError, match=r"noise must be|cannot leave"):
        WeightDraws(points=random_scores(3), seed=1, noise=noise, left_out=left_out)


# --- rejections ---------------------------------------------------------------------------------

N_UNITS, N_COMPONENTS, CHUNKS = 40, 10, 40


def lost_points(points: ScoredPoints, *, chunks: int) -> NDArray[np.float64]:
    """Return what every unit loses in every draw, with weight one: (units × draws)."""
    draws = RejectionDraws(points, seed=3)
    weights = np.ones((CHUNK, len(points.main_of_component)))
    return np.concatenate([draws.lost_points(chunk, weights).T for chunk in range(chunks)], axis=1)


def rejected(chance: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which cells each draw rejects: (units × components × draws).

    Component c is worth 2**c micro-points, so the sum of what a unit lost tells which they were.
    """
    worth = 2 ** np.arange(N_COMPONENTS) / 1e6
    points = scored(
        np.tile(worth, (N_UNITS, 1)), [1.0] * N_COMPONENTS, [0] * N_COMPONENTS,
        rejection_probability=chance,
    )  # fmt: skip
    bits = lost_points(points, chunks=CHUNKS).astype(np.int64)
    return (bits[:, None, :] >> np.arange(N_COMPONENTS)[None, :, None] & 1).astype(bool)


def test_each_cell_is_rejected_with_its_own_probability() -> None:
    """Spread evenly: in every chunk ⌊128 p⌋ times or once more, and p in the long run."""
    chance = np.tile(np.array([0, 0.001, 0.05, 0.1, 0.125, 0.3, 0.5, 0.9, 0.999, 1]), (N_UNITS, 1))
    hit = rejected(chance)
    per_chunk = hit.reshape(N_UNITS, N_COMPONENTS, CHUNKS, CHUNK).sum(axis=3)
    expected = chance[:, :, None] * CHUNK
    assert (per_chunk >= np.floor(expected)).all()
    assert (per_chunk <= np.ceil(expected)).all()
    # 1,600 chunks and cells per probability: the mean of a 0/1 remainder is within 0.06.
    assert np.abs(per_chunk.mean(axis=(0, 2)) - chance[0] * CHUNK).max() < 0.06


def test_every_draw_of_a_chunk_is_hit_equally() -> None:
    hit = rejected(np.full((N_UNITS, N_COMPONENTS), 0.1))
    per_draw = hit.reshape(-1, CHUNKS, CHUNK).mean(axis=(0, 1))
    # 16,000 cells each: standard error 0.0024.
    assert np.abs(per_draw - 0.1).max() < 0.011


def test_cells_of_one_draw_are_rejected_independently() -> None:
    """The number rejected in a draw is binomial: its variance shows any dependence."""
    hit = rejected(np.full((N_UNITS, N_COMPONENTS), 0.1))
    per_unit = hit.sum(axis=1)
    in_all = hit.sum(axis=(0, 1))
    assert per_unit.var() == pytest.approx(N_COMPONENTS * 0.1 * 0.9, rel=0.03)
    assert in_all.var() == pytest.approx(N_UNITS * N_COMPONENTS * 0.1 * 0.9, rel=0.1)
    both = (hit[:, 0] & hit[:, 1]).mean()
    assert both == pytest.approx(0.01, abs=0.001)
    neighbours = (hit[:-1] & hit[1:]).mean()
    assert neighbours == pytest.approx(0.01, abs=0.0005)


def test_a_rejection_says_nothing_about_the_next_draw() -> None:
    hit = rejected(np.full((N_UNITS, N_COMPONENTS), 0.1))
    assert (hit[:, :, :-1] & hit[:, :, 1:]).mean() == pytest.approx(0.01, abs=0.003)


def test_rejections_do_not_depend_on_how_many_cells_are_worked_on_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = np.random.default_rng(1).random((N_UNITS, N_COMPONENTS)) * 0.3
    together = rejected(chance)
    monkeypatch.setattr(draws_module, "CELLS_AT_ONCE", 7)
    assert (rejected(chance) == together).all()


def test_a_rejected_penalty_gives_nothing_back() -> None:
    points = scored([[3, -2]], [5, 5], [0, 0], rejection_probability=np.ones((1, 2)))
    assert (lost_points(points, chunks=1) == 3_000_000).all()


def test_nothing_unchecked_means_nothing_lost() -> None:
    assert (lost_points(random_scores(3), chunks=2) == 0).all()
