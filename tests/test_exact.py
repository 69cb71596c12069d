from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from dti_pipeline.exact import (
    array_value_units,
    as_figure,
    as_micro,
    as_whole,
    figure_text,
    points_of,
    quotient,
    round_half_up,
    rounded,
    share_of,
    show,
    value_units,
)

WIDE = pl.Int128


def test_quotients_round_half_up_also_below_zero() -> None:
    frame = pl.DataFrame({"a": [5, 7, -5, -7, 0, None], "b": [2, 2, 2, 2, 2, 2]}).cast(WIDE)
    found = frame.select(quotient(pl.col("a"), pl.col("b"))).to_series()
    assert found.to_list() == [3, 4, -2, -3, 0, None]
    assert found.dtype == pl.Int64


def test_dividing_by_zero_gives_null_and_never_a_number() -> None:
    frame = pl.DataFrame({"a": [0, 5], "b": [0, 0]}).cast(WIDE)
    assert frame.select(rounded(pl.col("a"), pl.col("b"))).to_series().to_list() == [None, None]
    assert frame.select(share_of(pl.col("a"), pl.col("b"), 10)).to_series().to_list() == [None] * 2


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_fixed_denominator_must_be_positive(denominator: int) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        rounded(pl.col("a"), denominator)


def test_products_beyond_64_bits_are_exact() -> None:
    top = 9_000_000_000_000 * 10**6
    frame = pl.DataFrame({"a": [top - 1, top], "b": [top, top]}).cast(WIDE)
    found = frame.select(share_of(pl.col("a"), pl.col("b"), 200 * 10**6)).to_series()
    assert found.to_list() == [200 * 10**6, 200 * 10**6]
    # The same product in 64 bits is another number altogether.
    narrow = frame.cast(pl.Int64).select(pl.col("a") * (2 * 200 * 10**6)).to_series()
    assert narrow[0] != (top - 1) * 2 * 200 * 10**6


def test_a_share_ends_at_zero_and_at_the_maximum_without_overflow() -> None:
    frame = pl.DataFrame({"a": [9 * 10**18, -9 * 10**18], "b": [1, 1]}).cast(WIDE)
    found = frame.select(share_of(pl.col("a"), pl.col("b"), 200 * 10**6)).to_series()
    assert found.to_list() == [200 * 10**6, 0]


def test_values_are_whole_numbers_of_last_places() -> None:
    frame = pl.DataFrame({"p": [716_355_000, 500_049_999, 500_050_000], "m": [10**9] * 3})
    found = frame.select(value_units(pl.col("p"), pl.col("m"), 4)).to_series().to_list()
    assert found == [7164, 5000, 5001]


def test_fractions_become_millionths_rounded_once() -> None:
    assert as_micro(Fraction(1, 3)) == 333_333
    assert as_micro(Decimal("0.0000005")) == 1
    assert points_of(5_000_000, Fraction(1, 3)) == 1_666_667
    assert [round_half_up(Fraction(n, 2)) for n in (1, 3, -1, -3)] == [1, 2, 0, -1]


def test_numbers_are_shown_as_people_write_them() -> None:
    assert [show(Fraction(n)) for n in ("52", "1/2", "1/3", "995/10")] == [
        "52",
        "0.5",
        "1/3",
        "99.5",
    ]
    assert figure_text(1_290_000_000) == "1290"
    assert figure_text(61_700_000) == "61.7"


def test_a_written_figure_reads_back_as_the_whole_it_was_made_from() -> None:
    whole = pl.Series([0, 1, 68_370_000, -2_500_001, 999_999_999_999])
    figures = whole.to_frame("a").select(as_figure(pl.col("a"))).to_series()
    assert figures.to_frame("a").select(as_whole(pl.col("a"))).to_series().to_list() == list(whole)


# --- values of many draws -----------------------------------------------------------------------


def exact_value(numerator: int, denominator: int, decimals: int) -> int:
    return (Fraction(numerator, denominator) * 10**decimals * 2 + 1) // 2


def test_an_exact_half_of_an_array_rounds_up() -> None:
    values = array_value_units(np.array([12345.0, 12344.0]), np.array([100_000.0]), decimals=4)
    assert values.tolist() == [1235, 1234]


def test_values_next_to_a_half_round_to_their_own_side() -> None:
    """One part in 2**52 below a half: the float quotient itself sits on the half."""
    maximum = 2**52 - 5 * 2**20 * 5**3  # any large maximum will do
    half = (2 * 1234 + 1) * maximum / 20_000
    below, above = float(np.floor(half)), float(np.ceil(half))
    values = array_value_units(np.array([below, above]), np.array([float(maximum)]), decimals=4)
    assert values.tolist() == [
        exact_value(int(below), maximum, 4),
        exact_value(int(above), maximum, 4),
    ]
    assert values.tolist() == [1234, 1235]


@pytest.mark.parametrize("decimals", [0, 2, 4, 6, 9])
def test_values_of_an_array_agree_with_fractions(decimals: int) -> None:
    random = np.random.default_rng(decimals)
    denominators = random.integers(1, 2**50, 400)
    numerators = (random.random(400) * 1.1 * denominators).astype(np.int64)
    # Every fourth is an exact half of the last place, or its neighbour, or a penalty.
    denominators[::4] = 2 * 10**decimals * random.integers(1, 2**18, 100)
    step = denominators[::4] // (2 * 10**decimals)
    numerators[::4] = step * (2 * random.integers(0, 10**decimals, 100) + 1)
    numerators[::8] -= 1
    numerators[3::8] *= -1
    expected = [
        exact_value(n, d, decimals)
        for n, d in zip(numerators.tolist(), denominators.tolist(), strict=True)
    ]
    values = array_value_units(
        numerators.astype(float), denominators.astype(float), decimals=decimals
    )
    assert values.tolist() == expected


def test_a_maximum_of_zero_is_an_error_not_a_zero_score() -> None:
    with pytest.raises(ValueError, match="maximum is zero"):
        array_value_units(np.array([0.0]), np.array([0.0]), decimals=4)
